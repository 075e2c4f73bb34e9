"""What became of the verdicts of a run: honoured, lapsed, or unused."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import pyarrow as pa

from cleaner.engines.outcome import Finished
from cleaner.flush import flush
from cleaner.ledger import storable
from cleaner.verdicts import Target, Verdict, Verdicts, to_line

UNHEARD_FILE = "verdicts-unused.jsonl"
"""Where the verdicts stand that met no edit."""

FIRST_UNHEARD = 5
"""So many of them are told where there is no such file."""

_SHOWN = 30
"""Code points of a judged text in the summary."""

Use = Literal["lapsed", "unused"]
"""Why a verdict met no edit."""


@dataclass(frozen=True, slots=True)
class VerdictsHeard:
    """How many verdicts of a run did what; of one thing judged, the newest counts.

    `honoured` met an edit of the run, `lapsed` ones are on an edit of a document that came through the run
    without it, for the place or the repair changed; all else is `unused`: another corpus, a rule that is off,
    a document in quarantine. `first` are the first few that met nothing, in words.
    """

    honoured: int = 0
    lapsed: int = 0
    unused: int = 0
    first: tuple[str, ...] = ()

    @property
    def given(self) -> int:
        """How many there were."""
        return self.honoured + self.lapsed + self.unused

    def counts(self) -> dict[str, int]:
        """Give the numbers by name."""
        return {"honoured": self.honoured, "lapsed": self.lapsed, "unused": self.unused}


class Hearing:
    """Learns part by part which verdicts met an edit, and which documents came through."""

    def __init__(self, verdicts: Verdicts) -> None:
        """Expect these verdicts."""
        self._verdicts = verdicts
        self._met: set[Target] = set()
        self._awaited = {storable(one.doc_id) for one in verdicts if one.edit_id and one.doc_id is not None}
        self._came: set[str] = set()

    def add(self, finished: Finished) -> None:
        """Learn from a part."""
        self._met.update(finished.met)
        if self._awaited:
            self._came |= self._awaited.intersection(_came_through(finished.documents))

    def unheard(self) -> Iterator[tuple[Verdict, Use]]:
        """Yield the verdicts that met no edit, the oldest first, each with what they are."""
        for verdict in self._verdicts.unmet(self._met):
            lapsed = verdict.edit_id and verdict.doc_id is not None and storable(verdict.doc_id) in self._came
            yield verdict, "lapsed" if lapsed else "unused"

    def summary(self) -> VerdictsHeard:
        """Give the numbers so far."""
        uses = Counter(use for _, use in self.unheard())
        first = tuple(_in_words(verdict, use) for verdict, use in islice(self.unheard(), FIRST_UNHEARD))
        honoured = len(self._verdicts) - uses.total()
        return VerdictsHeard(honoured, uses["lapsed"], uses["unused"], first)

    def write(self, folder: Path) -> bool:
        """Write the verdicts that met no edit, if there are any; say whether. Raises OSError.

        Each is a line of `verdicts.to_line` that says its `use` too.
        """
        lines = (f"{to_line(verdict, use)}\n" for verdict, use in self.unheard())
        first = next(lines, None)
        if first is None:
            return False
        with (folder / UNHEARD_FILE).open("w", encoding="utf-8", newline="\n") as file:
            file.write(first)
            file.writelines(lines)
            file.flush()
            flush(file.fileno(), folder / UNHEARD_FILE)
        return True


def _came_through(documents: pa.Table) -> Iterator[str]:
    """Yield the ids of documents that are not in quarantine."""
    columns = (documents[name].to_pylist() for name in ("doc_id", "status"))
    return (one for one, status in zip(*columns, strict=True) if status != "quarantined")


def _in_words(verdict: Verdict, use: Use) -> str:
    """Say what a verdict is on, for the summary."""
    place = f" in {verdict.doc_id}" if verdict.doc_id is not None else ""
    if verdict.edit_id:
        return f"{use}: {verdict.verdict} {verdict.edit_id}{place}"
    if verdict.host is not None:
        return f"{use}: {verdict.verdict} {verdict.rule} on {verdict.host or 'no host'}"
    change = f"{_short(verdict.before or '')} → {_short(verdict.after or '')}"
    return f"{use}: {verdict.verdict} {verdict.rule}: {change}"


def _short(text: str) -> str:
    return repr(text) if len(text) <= _SHOWN else repr(text[:_SHOWN]) + "…"
