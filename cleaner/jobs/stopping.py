"""How a run is asked to stop: it finishes the batch in hand first."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)
"""What a service manager sends, and Ctrl-C."""


class Stopping:
    """Whether a run has been asked to stop, and by which signal.

    >>> stopping = Stopping()
    >>> stopping.ask(signal.SIGTERM)
    >>> stopping.asked, stopping.exit_code
    (True, 143)
    """

    def __init__(self) -> None:
        """Begin unasked."""
        self._first: signal.Signals | None = None

    @property
    def asked(self) -> bool:
        """Whether the run should end after the batch in hand."""
        return self._first is not None

    @property
    def name(self) -> str:
        """The first signal that asked, such as `SIGTERM`; empty while none has."""
        return self._first.name if self._first is not None else ""

    @property
    def exit_code(self) -> int:
        """What a shell expects of a program that this signal ended: 143 or 130; 0 while unasked."""
        return 128 + self._first if self._first is not None else 0

    def ask(self, number: int) -> None:
        """Note a signal; the first one counts."""
        if self._first is None:
            self._first = signal.Signals(number)


@contextmanager
def stopping(on_ask: Callable[[str], object] | None = None) -> Iterator[Stopping]:
    """Turn SIGTERM and the first Ctrl-C into `asked`; a second Ctrl-C raises KeyboardInterrupt at once.

    `on_ask` is told the name of the first signal, in the midst of whatever runs: it may write to a descriptor
    but not to a stream with a buffer. The handlers of before are back afterwards. Outside the main thread,
    which alone may handle signals, nothing is ever asked.
    """
    state = Stopping()
    if threading.current_thread() is not threading.main_thread():
        yield state
        return
    interrupted = False

    def ask(number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        if number == signal.SIGINT:
            if interrupted:
                raise KeyboardInterrupt
            interrupted = True
        first = not state.asked
        state.ask(number)
        if first and on_ask is not None:
            on_ask(state.name)

    before = {number: signal.signal(number, ask) for number in SIGNALS}
    try:
        yield state
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
