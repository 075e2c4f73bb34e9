"""Which edits appear, vanish or change between two rulesets on a corpus."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
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
from cleaner.report.differing import FORMER
from cleaner.report.pairs import pairs

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
    with the schema `differing.COMPARED`, and `report.html`, as a page for people. Raises UsageError where an
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
) -> Iterator[list[dict[str, Any]]]:
    """Yield the differences of each document that both could clean; count them."""
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
        yield rows


def _cleaned(cleaner: Cleaner, document: Document) -> CleanResult | None:
    try:
        return cleaner.clean(document)
    except DocumentError:
        return None


def differences(old: CleanResult, new: CleanResult) -> list[dict[str, Any]]:
    """Give the edits of one document that differ, as rows of `COMPARED` without `doc_id`, by their place.

    An old edit and a new one that touch the same place of the source are one edit that changed; each is
    paired once. An edit that differs from another in its id or its place in the clean text alone is the same.
    """
    gone, come = edit_rows(old), edit_rows(new)
    kept = Counter(map(_key, gone)) & Counter(map(_key, come))
    gone, come = _without(gone, kept), _without(come, kept)
    former = {index: one for one, index in pairs(_places(gone), _places(come))}
    rows = [
        {"difference": "changed", **row, **_former(gone[former[index]])}
        if index in former
        else {"difference": "appeared", **row}
        for index, row in enumerate(come)
    ]
    paired = set(former.values())
    rows += [{"difference": "vanished", **row} for index, row in enumerate(gone) if index not in paired]
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


def _places(rows: Iterable[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(row["start"], row["end"]) for row in rows]


def _former(row: dict[str, Any]) -> dict[str, Any]:
    """Give what an edit was, under the names of `COMPARED`."""
    return {name: row[name.removeprefix("old_")] for name in FORMER.names}


def _texts(*cleaners: Cleaner) -> dict[str, RuleText]:
    return {
        rule.name: RuleText(rule.summary, rule.why, rule.safety)
        for cleaner in cleaners
        for rule in cleaner.rules
    }
