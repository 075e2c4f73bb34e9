"""Cleaners that other processes can import, and that do to a text what it says."""

import os
import signal
import time
from pathlib import Path

import pyarrow as pa

from cleaner.batch import cleaned_batch, documents_of
from cleaner.model import CleanResult
from cleaner.verdicts import Verdicts


class OwnError(Exception):
    """An error that no pickle can make anew: it wants two arguments."""

    def __init__(self, one: str, other: str) -> None:
        """Join them."""
        super().__init__(one + other)


class Obedient:
    """Leaves texts as they are, and obeys those that say so: a signal, a fault, or `sleep`."""

    ruleset_hash = "obedient-1"
    max_chars = 1_000_000
    verdicts = Verdicts()

    def __init__(self, asleep: Path | None = None) -> None:
        """Take the file that shows that it sleeps."""
        self._asleep = asleep

    def clean_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Clean a batch."""
        documents = [document for document, _ in documents_of(batch)]
        for document in documents:
            self._obey(document.text)
        return cleaned_batch([(one, CleanResult(one, one.text, (), one.metadata)) for one in documents])

    def _obey(self, text: str) -> None:
        if text == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith("kill once ") and (once := Path(text.removeprefix("kill once "))).exists():
            once.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        if text in {"terminate", "interrupt"}:
            os.kill(os.getpid(), signal.SIGTERM if text == "terminate" else signal.SIGINT)
        if text == "fault":
            message = "a fault in the engine"
            raise RuntimeError(message)
        if text == "own fault":
            raise OwnError(text, "!")
        if text == "sleep" and self._asleep is not None:
            self._asleep.touch()
            time.sleep(3_600)


class Named(Obedient):
    """Obeys, and has a fingerprint, as engines want of a cleaner."""

    fingerprint = "obedient"
