"""Threads that share a cleaner get what one alone would give them."""

import os
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from generated import outcome
from texts import EXAMPLES

from cleaner import Cleaner

TEXT = "The crew won &amp;."
OFTEN = 1e-5
"""Seconds after which another thread gets its turn."""


@pytest.fixture
def hurried() -> Iterator[None]:
    """Have threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(OFTEN)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("scan", [True, False], ids=["scan", "no scan"])
def test_threads_may_share_a_cleaner(*, scan: bool) -> None:
    texts = EXAMPLES[:200]
    alone, shared = Cleaner(scan=scan), Cleaner(scan=scan)
    wanted = [outcome(alone, text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: outcome(shared, text), texts)) == wanted


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not copied here")
@pytest.mark.usefixtures("hurried")
def test_a_copy_of_the_process_waits_for_no_thread_that_it_does_not_have() -> None:
    cleaner, done = Cleaner("minimal"), threading.Event()

    def clean() -> None:
        while not done.is_set():
            cleaner.clean(TEXT * 50)

    thread = threading.Thread(target=clean)
    thread.start()
    try:
        assert [_cleans_in_a_copy(cleaner) for _ in range(10)] == [0] * 10
    finally:
        done.set()
        thread.join()


def _cleans_in_a_copy(cleaner: Cleaner) -> int:
    """Clean in a copy of this process; give its exit code, or a signal's number below 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads and copies: that is what is tried
        child = os.fork()
    if child == 0:
        import signal  # noqa: PLC0415 - in the copy

        signal.alarm(10)  # a copy that waits for ever is ended
        os._exit(cleaner.clean(TEXT).text != "The crew won &.")
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
