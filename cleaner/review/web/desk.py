"""What all pages of one review work on: a run, what was said of it, and who says more."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cleaner.errors import CleanerError
from cleaner.pipeline import Cleaner
from cleaner.report import RuleText
from cleaner.report.against import Comparison, compare_runs
from cleaner.report.counts import equals
from cleaner.report.folder import record
from cleaner.review.index import Mask, Rows, Step, open_run
from cleaner.review.judged import Judged
from cleaner.review.selection import Selection
from cleaner.review.store import Said, Store
from cleaner.review.texts import DocumentTexts, Texts
from cleaner.verdicts import Judgement, Verdict

MOST_AT_ONCE = 200_000
"""Verdicts that one act may give."""
_TOLD = 400
"""Code points of an edit's text that its verdict repeats for those who read the file."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is judged: counts of its edits that may be."""

    to_judge: int
    judged: int
    accepted: int
    rejected: int
    deferred: int
    disputed: int

    @property
    def share(self) -> float:
        """The share that somebody judged, from 0 to 1."""
        return self.judged / self.to_judge if self.to_judge else 1.0


class Desk:
    """An opened run with its store; threads may share it."""

    def __init__(
        self, out: Path, store: Store, against: Path | None = None, step: Step | None = None
    ) -> None:
        """Open a run; raise UsageError where it is none."""
        tell = step or (lambda *_: None)
        self.out, self.store, self.against = out, store, against
        self.record = record(out)
        self._made = _made(out)
        self.run = open_run(out, step)
        self.texts = Texts(out)
        self.judged = Judged(self.run)
        self._progress: tuple[int, Progress] | None = None
        tell("reading verdicts", 0, 1)
        self.refresh()
        self.comparison: Comparison | None = None
        if against is not None:
            tell("comparing runs", 0, 1)
            self.comparison = compare_runs(out, against)
        changed = self._changed()
        self._changes = {word: frozenset(rows.tolist()) for word, rows in (changed or {}).items()}
        self.selection = Selection(self.run, self.judged, changed)
        tell("loading rules", 0, 1)
        _ = self.rule_texts
        tell("opening texts", 0, 1)
        with suppress(CleanerError):  # the page of the edit says why
            for row in self.run.risk[:1]:
                self.document_texts(int(self.run.document[row]))

    @cached_property
    def cleaner(self) -> Cleaner | None:
        """The rules of the run, None where they cannot be had any more or say something else now."""
        arguments: Mapping[str, Any] = self.record.get("arguments", {})
        try:
            cleaner = Cleaner(
                arguments.get("profile", "standard"),
                arguments.get("packs", ()),
                protect=arguments.get("protect", ()),
            )
        except CleanerError:
            return None
        return cleaner if cleaner.ruleset_hash == self.record.get("ruleset_hash") else None

    @cached_property
    def rule_texts(self) -> dict[str, RuleText]:
        """What the rules say of themselves, by name; empty where they cannot be had."""
        rules = self.cleaner.rules if self.cleaner else ()
        return {rule.name: RuleText(rule.summary, rule.why, rule.safety) for rule in rules}

    @property
    def outdated(self) -> bool:
        """Whether the folder holds another run than the one that was opened, or none any more."""
        return _made(self.out) != self._made

    def refresh(self) -> list[Said]:
        """Hear what was said since, here or by others; give it."""
        with self.judged.turn:
            said = self.store.since(self.judged.seq)
            self.judged.hear(said)
            return said

    def say(self, verdicts: Sequence[Verdict]) -> str:
        """Add verdicts as one act, on disk when this returns; give the act, empty where there were none."""
        said = self.store.add(verdicts)
        self.refresh()
        return said[0].act if said else ""

    def take_back(self, act: str, reviewer: str) -> Rows:
        """Undo an act; give the edits that it spoke of. Raises CleanerError where it is not theirs."""
        with self.judged.turn:
            self.refresh()
            actor = self.judged.actors.get(act, reviewer)
            if actor != reviewer:
                message = f"{actor} said that, and alone may take it back; say otherwise of the edit instead"
                raise CleanerError(message)
            rows = self.judged.edits_of(act)
            self.store.undo(act, reviewer)
            self.refresh()
        return rows

    def on_edit(self, row: int, verdict: Judgement, reviewer: str, comment: str = "") -> Verdict:
        """Give a verdict on an edit, with what its readers want to know of the edit."""
        edit = self.run.edit(row)
        short = len(edit["before"]) <= _TOLD and len(edit["after"]) <= _TOLD
        return Verdict(
            verdict,
            edit_id=edit["edit_id"],
            rule=edit["rule"],
            before=edit["before"] if short else None,
            after=edit["after"] if short else None,
            host=self.host(row) or None,
            doc_id=edit["doc_id"],
            reviewer=reviewer,
            comment=comment,
        )

    def on_group(self, number: int, verdict: Judgement, reviewer: str, comment: str = "") -> Verdict:
        """Give a verdict on all edits that are alike."""
        edit = self.run.edit(int(self.run.groups.first[number]))
        said = {name: edit[name] for name in ("rule", "before", "after")}
        return Verdict(verdict, **said, reviewer=reviewer, comment=comment)

    def on_edits(self, mask: Mask, verdict: Judgement, reviewer: str, *, here: bool = False) -> list[Verdict]:
        """Give verdicts on the edits of a mask: on each group that lies in it whole, else on each edit.

        With `here` each edit has its own, so that nothing is said of equal edits elsewhere. Raises
        CleanerError where that makes more than `MOST_AT_ONCE`.
        """
        inside = np.bincount(self.run.group[mask], minlength=len(self.run.groups.count))
        whole = (inside == self.run.groups.count) & (inside > 1) & (not here)
        groups, single = np.flatnonzero(whole), np.flatnonzero(mask & ~whole[self.run.group])
        if len(groups) + len(single) > MOST_AT_ONCE:
            message = (
                f"that takes {len(groups) + len(single):,} verdicts, one for each edit or group of edits; "
                f"at once at most {MOST_AT_ONCE:,} are given; narrow the query with a filter"
            )
            raise CleanerError(message)
        found = [self.on_group(int(number), verdict, reviewer) for number in groups]
        return [*found, *(self.on_edit(int(row), verdict, reviewer) for row in single)]

    def host(self, row: int) -> str:
        """Give the site of an edit's document, empty where unknown."""
        return self.run.hosts[int(self.run.host[row])]

    def document_texts(self, document: int) -> DocumentTexts:
        """Give a document's source and clean text. Raises CleanerError where they cannot be had."""
        edits = self.run.edits(self.run.of_document(document))
        return self.texts.of(self.run.document_of(document), edits, int(self.run.places[document]))

    def metadata(self, document: int) -> dict[str, Any]:
        """Give what is known of a document besides its text."""
        metadata: dict[str, Any] = json.loads(self.run.document_of(document)["metadata"] or "{}")
        return metadata

    @cached_property
    def former(self) -> dict[str, tuple[str, str, str]]:
        """What each edit that changed since the older run was: status, before, after; by edit id."""
        if self.comparison is None:
            return {}
        changed = self.comparison.table.filter(equals(self.comparison.table["difference"], "changed"))
        names = ("edit_id", "old_status", "old_before", "old_after")
        columns: list[list[Any]] = [changed[name].to_pylist() for name in names]
        return {one[0]: (one[1], one[2], one[3]) for one in zip(*columns, strict=True)}

    def change_of(self, row: int) -> str:
        """Say whether an edit is `new` or `changed` since the older run; empty where it is neither."""
        return next((word for word, rows in self._changes.items() if row in rows), "")

    @property
    def progress(self) -> Progress:
        """How far the run is judged."""
        seq, known = self.judged.seq, self._progress
        if known is None or known[0] != seq:
            mask = self.run.judgeable
            counts = self.judged.counts(mask)
            every = sum(counts.values())
            disputed = int(np.count_nonzero(self.judged.disputed & mask))
            said = (counts["accepted"], counts["rejected"], counts["deferred"])
            known = (seq, Progress(every, sum(said), *said, disputed))
            self._progress = known
        return known[1]

    def said(self) -> str:
        """Say how far the run is judged, by all so far, for the end of the session."""
        with suppress(CleanerError):  # a store that is out of reach now; what was heard of it is told
            self.refresh()
        done = self.progress
        return (
            f"{done.judged:,} of {done.to_judge:,} edits judged: {done.accepted:,} accepted, "
            f"{done.rejected:,} rejected, {done.deferred:,} deferred; verdicts in {self.store.place}"
        )

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def _changed(self) -> dict[str, Rows] | None:
        """Give the rows of edits that are new or changed since the older run."""
        if self.comparison is None:
            return None
        table = self.comparison.table.select(["difference", "edit_id"])
        found: dict[str, list[int]] = {"new": [], "changed": []}
        for one in table.to_pylist():
            row = self.run.row_of(one["edit_id"]) if one["difference"] in found else None
            if row is not None:
                found[one["difference"]].append(row)
        return {word: np.array(rows, np.int64) for word, rows in found.items()}


def _made(out: Path) -> tuple[int, int, int] | None:
    """Tell one making of a run from another."""
    try:
        told = (out / "run.json").stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns, told.st_size
