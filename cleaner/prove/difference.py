"""Which edits appear, vanish or change between two rulesets on a corpus."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

from cleaner.batch import documents_of
from cleaner.corpus.fields import Fields
from cleaner.corpus.find import Found, find, survey
from cleaner.corpus.formats import open_records
from cleaner.corpus.source import SourceDocument, batches, to_arrow
from cleaner.corpus.text_file import read_text_file
from cleaner.errors import DocumentError, UsageError
from cleaner.files import new_folder, put_folder
from cleaner.ledger import edit_rows
from cleaner.model import CleanResult, Document
from cleaner.pipeline import Cleaner
from cleaner.prove.changed import write_differences
from cleaner.report import RuleText

What = Literal["appeared", "vanished", "changed"]
FIELDS = ("text", "id")
"""The fields of a record that hold its text and its id, unless others are given."""

_SAME = ("start", "end", "rule", "status", "before", "after", "field", "value")
"""What two edits of one document must share to be the same."""


@dataclass
class Difference:
    """The differences on a corpus in numbers."""

    documents: int = 0
    texts: int = 0
    """Documents whose clean text differs."""
    edits: dict[str, Counter[What]] = field(default_factory=dict)
    """By the rule of the new edit, or of the vanished one."""
    failed: Counter[str] = field(default_factory=Counter)
    """Documents that only the `old` rules could not clean, only the `new` ones, or `both`."""
    unread: int = 0

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Count differences."""
        for row in rows:
            self.edits.setdefault(row["rule"], Counter())[row["difference"]] += 1

    def total(self, what: What) -> int:
        """Give how many edits appeared, vanished or changed."""
        return sum(counts[what] for counts in self.edits.values())


def compare(  # noqa: PLR0913 - what is compared, on what, and where to
    old: Cleaner,
    new: Cleaner,
    inputs: Sequence[Path],
    out: Path | None = None,
    *,
    fields: tuple[str, str] = FIELDS,
    limit: int | None = None,
) -> Difference:
    """Clean a corpus with both rulesets and count the edits that differ, a document at a time.

    With `out`, a new or empty folder, every difference is written there: `differences.parquet` and `.csv`
    with the schema `changed.DIFFERENCES`, and `report.html`, as a page for people. Raises UsageError where an
    input or the folder cannot be used.
    """
    chosen = Fields(*fields)
    survey(inputs, (), out, chosen)
    difference = Difference()
    found = (one for one in find(inputs, (), out) if one.kind != "skipped")
    documents = _documents(found, chosen, difference)
    if out is None:
        for _ in _rows(old, new, documents, difference, limit):
            pass
        return difference
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        message = f"{out}: is there already and not an empty folder; choose another"
        raise UsageError(message)
    with new_folder(out) as folder:
        write_differences(folder, _rows(old, new, documents, difference, limit), _texts(old, new))
        put_folder(folder, out)
    return difference


def _documents(found: Iterable[Found], fields: Fields, difference: Difference) -> Iterator[Document]:
    for batch in batches(_sources(found, fields)):
        readable = [document for document in batch if document.text is not None]
        difference.unread += len(batch) - len(readable)
        for document, failure in documents_of(to_arrow(readable)) if readable else ():
            if failure is None:
                yield document
            else:
                difference.unread += 1


def _sources(found: Iterable[Found], fields: Fields) -> Iterator[SourceDocument]:
    for file in found:
        if file.kind == "text":
            yield read_text_file(file.path, file.name, None)
        else:
            yield from open_records(file.path, file.name, fields).documents()


def _rows(
    old: Cleaner, new: Cleaner, documents: Iterator[Document], difference: Difference, limit: int | None
) -> Iterator[tuple[CleanResult, list[dict[str, Any]]]]:
    """Yield each document's result with the new rules and its differences; count both."""
    for document in documents:
        if difference.documents == limit:
            break
        difference.documents += 1
        before, after = _cleaned(old, document), _cleaned(new, document)
        if before is None or after is None:
            both = before is None and after is None
            difference.failed["both" if both else "old" if before is None else "new"] += 1
            continue
        difference.texts += before.text != after.text
        rows = [{"doc_id": document.id, **row} for row in differences(before, after)]
        difference.add(rows)
        yield after, rows


def _cleaned(cleaner: Cleaner, document: Document) -> CleanResult | None:
    try:
        return cleaner.clean(document)
    except DocumentError:
        return None


def differences(old: CleanResult, new: CleanResult) -> list[dict[str, Any]]:
    """Give the edits of one document that differ, as rows of `DIFFERENCES` without `doc_id`, by their place.

    An old edit and a new one that touch the same place of the source are one edit that changed; each is
    paired once. An edit that differs from another in its id or its place in the clean text alone is the same.
    """
    gone, come = edit_rows(old), edit_rows(new)
    kept = Counter(map(_key, gone)) & Counter(map(_key, come))
    waiting, rows = deque(_without(gone, kept)), []
    for row in _without(come, kept):
        while waiting and waiting[0]["end"] < row["start"]:
            rows.append({"difference": "vanished", **waiting.popleft()})
        former = _former(row, waiting)
        if former is None:
            rows.append({"difference": "appeared", **row})
        else:
            waiting.remove(former)
            was = {f"old_{name}": former[name] for name in ("rule", "status", "before", "after")}
            rows.append({"difference": "changed", **row, **was})
    rows += [{"difference": "vanished", **row} for row in waiting]
    return sorted(rows, key=lambda row: (row["start"], row["end"], row["difference"], row["rule"]))


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _SAME)


def _without(rows: list[dict[str, Any]], kept: Counter[tuple[Any, ...]]) -> list[dict[str, Any]]:
    left = Counter(kept)
    rest = []
    for row in rows:
        if left[_key(row)]:
            left[_key(row)] -= 1
        else:
            rest.append(row)
    return rest


def _former(row: dict[str, Any], waiting: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Give the first of the old edits, in order of place, that touches the place of a new one."""
    near = takewhile(lambda one: one["start"] <= row["end"], waiting)
    return next((one for one in near if _touch(one, row)), None)


def _touch(one: dict[str, Any], other: dict[str, Any]) -> bool:
    same = (one["start"], one["end"]) == (other["start"], other["end"])
    return same or bool(one["start"] < other["end"] and other["start"] < one["end"])


def _texts(*cleaners: Cleaner) -> dict[str, RuleText]:
    return {
        rule.name: RuleText(rule.summary, rule.why, rule.safety)
        for cleaner in cleaners
        for rule in cleaner.rules
    }
