"""Children of a process that has imported everything: what they do, and what they tell."""

import json
import os
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

PATIENCE = 120
"""Seconds after which a child that ends by itself is taken for one that hangs."""

Told = dict[str, Any]
"""What a child tells, as JSON values; `error` where something went wrong."""


def memory() -> Path | None:
    """Give a folder in memory, where there is one: a kill loses nothing that was written, so it does."""
    folder = Path("/dev/shm")  # noqa: S108 - only for a folder that nobody else may enter
    return folder if os.access(folder, os.W_OK) else None


def in_child(do: Callable[[], Told]) -> tuple[int, int]:
    """Do something in a fork; give its id, and where it writes what it tells."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _be_child(do, writer)
    os.close(writer)
    return child, reader


def _be_child(do: Callable[[], Told], writer: int) -> NoReturn:
    """Do it, and never return into the code of the parent."""
    try:
        told = json.dumps(do())
    except BaseException:  # noqa: BLE001 - told to the parent
        told = json.dumps({"error": traceback.format_exc()})
    with suppress(OSError):
        os.write(writer, told.encode())
    os._exit(0)


def answer(child: int, reader: int) -> Told:
    """Wait for what a child tells; one that takes too long is ended and told of."""
    for _ in range(PATIENCE * 100):
        done, _status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.01)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reader)
        return {"error": f"no end after {PATIENCE} seconds"}
    with os.fdopen(reader, "rb") as file:
        data = file.read()
    told: Told = json.loads(data) if data else {"error": "ended without a word"}
    return told
