"""SIGTERM and Ctrl-C let a run finish its batch: tried on real processes."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from cleaner.jobs.stopping import stopping

WORKS = """
import os, sys
from cleaner.jobs.stopping import stopping
with stopping(lambda name: os.write(1, f"asked {name}\\n".encode())) as stop:
    for batch in range(3):
        print("working", flush=True)
        while not sys.stdin.readline():
            pass
        print("committed", flush=True)
        if stop.asked:
            sys.exit(stop.exit_code)
"""


def _told(signals: list[signal.Signals]) -> tuple[list[str], int]:
    """Give what a process says and how it ends that gets signals in the midst of its first batch."""
    process = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-c", WORKS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        lines = [process.stdout.readline()]
        for number in signals:
            process.send_signal(number)
            lines.append(process.stdout.readline())  # a signal is told before the next is sent
        if lines[-1]:
            process.stdin.write("done\n" * 3)
        rest = process.stdout.read()
    return "".join([*lines, rest]).split("\n")[:-1], process.returncode


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_the_batch_in_hand_is_finished_and_the_exit_code_says_why(number: signal.Signals, code: int) -> None:
    lines, ended = _told([number])
    assert lines == ["working", f"asked {number.name}", "committed"]
    assert ended == code


def test_without_a_signal_the_work_goes_on() -> None:
    assert _told([]) == (["working", "committed"] * 3, 0)


def test_a_second_interrupt_ends_at_once() -> None:
    lines, ended = _told([signal.SIGINT, signal.SIGINT])
    assert lines == ["working", "asked SIGINT"]
    assert ended == -signal.SIGINT


def test_repeated_sigterm_stays_a_question_and_the_first_signal_counts() -> None:
    with stopping() as stop:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        assert (stop.asked, stop.name, stop.exit_code) == (True, "SIGTERM", 143)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_handlers_of_before_are_back_whatever_ends_the_block() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]

    def fail() -> None:
        with stopping():
            assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] != before
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_another_thread_handles_no_signals_and_works_all_the_same() -> None:
    found: list[object] = []

    def work() -> None:
        with stopping() as stop:
            found.extend([stop.asked, stop.exit_code, stop.name])

    run: Callable[[], None] = work
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [False, 0, ""]
