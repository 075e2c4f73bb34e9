"""What was copied of an address, and the list of it: each file with its size and what tells a newer one."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

from cleaner.files import write_atomic
from cleaner.flush import flush_folder

SCHEMA_VERSION = 2
"""Of the list; one of another version is as good as none, and all is copied again."""

FILES, LIST = "files", "fetched.json"
"""The folder of the copies, and the list beside it."""

NOTED = 60.0
"""Seconds after which the list is written anew: a kill costs what was copied since."""


class Copy(NamedTuple):
    """A file that stands here: its bytes, and its fingerprint there, None where it has none."""

    size: int
    fingerprint: str | None


@dataclass(slots=True)
class Copies:
    """What is here of an address: whether that is all, what kind of thing it names, its files by their names.

    A file that is being copied anew is not among them.
    """

    place: Path
    address: str
    kind: str
    files: dict[str, Copy] = field(default_factory=dict)
    whole: bool = False
    _unflushed: set[Path] = field(default_factory=set)
    _noted: float = field(default_factory=time.monotonic)

    @classmethod
    def read(cls, place: Path) -> Self | None:
        """Read the list in the folder of an address; None where none is, or none that can be read."""
        try:
            facts: Any = json.loads((place / LIST).read_bytes())
            files = {str(name): _copy(**copy) for name, copy in facts["files"].items()}
            found = cls(place, str(facts["address"]), str(facts["kind"]), files, facts["whole"] is True)
            return found if facts["schema"] == SCHEMA_VERSION else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def add(self, name: str, copy: Copy) -> None:
        """Take in a file that stands here now, on the disk but for its name. Raises OSError."""
        self.files[name] = copy
        self._unflushed.add((self.place / FILES / name).parent)
        if time.monotonic() - self._noted > NOTED:
            self.write()

    def write(self) -> None:
        """Write the list, once the disk has the names of all that it lists. Raises OSError."""
        for folder in sorted(self._unflushed):
            flush_folder(folder)
        self._unflushed.clear()
        facts = {
            "schema": SCHEMA_VERSION,
            "address": self.address,
            "kind": self.kind,
            "whole": self.whole,
            "files": {name: copy._asdict() for name, copy in sorted(self.files.items())},
        }
        text = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
        write_atomic(self.place / LIST, text.encode("utf-8", "surrogatepass"))  # as `json` reads it
        self._noted = time.monotonic()


def _copy(size: int, fingerprint: str | None) -> Copy:
    return Copy(int(size), None if fingerprint is None else str(fingerprint))
