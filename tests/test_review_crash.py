"""What the review server acknowledged stands, though it was killed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "crash.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the script forks the server")
def test_no_acknowledged_verdict_is_lost_when_the_server_is_killed() -> None:
    command = [sys.executable, str(SCRIPT), "5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("5 kills: ")
    assert "; 0 lost, 0 invented; " in done.stdout
