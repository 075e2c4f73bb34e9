"""One document at a time in a process, whichever of its threads asks.

Finders and the scan keep in mind what they learnt of lines and of the text asked about last, and Hyperscan
has one room to work in. Python runs one thread at a time anyway, so that to wait costs threads nothing;
processes are what shares the work.
"""

import os
from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Made = TypeVar("Made")

_TURN = RLock()

if hasattr(os, "register_at_fork"):  # a copy of this process must not wait for a thread that it does not have
    os.register_at_fork(before=_TURN.acquire, after_in_parent=_TURN.release, after_in_child=_TURN.release)


def one_at_a_time(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """Have threads wait for one another before a function, and all that are wrapped so."""

    @wraps(function)
    def waiting(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        with _TURN:
            return function(*args, **kwargs)

    return waiting
