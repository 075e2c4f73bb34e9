"""The three streams that every process is given, made good where a caller closed them."""

import os
import sys


def mend_streams() -> None:
    """Lead streams that the caller closed to nowhere, as `nohup` and service managers do.

    Else the next file that is opened, a state or a text, would get the number of a stream, and whatever
    prints would end there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:  # what is lower was made good before
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)  # noqa: FBT003 - as the system has it
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, "r", encoding="utf-8", closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
