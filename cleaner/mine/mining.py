"""Mining a corpus: documents into the store, what repeats out of it, as proposals and as statistics."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import chain, count, islice
from pathlib import Path

from cleaner.corpus.find import Found, find, survey
from cleaner.corpus.source import SourceDocument
from cleaner.errors import UsageError
from cleaner.files import beside, write_atomic
from cleaner.flush import flush_file
from cleaner.mine.candidates import groups_of
from cleaner.mine.evidence import evidence_of, wild_of
from cleaner.mine.options import Mined, MineOptions
from cleaner.mine.proposal import Proposal, Prover, is_telling, lines_proposal, wild_proposal
from cleaner.mine.reading import read, rows_of
from cleaner.mine.store import Store, store
from cleaner.mine.writing import pack_text
from cleaner.packs.schema import LONGEST_NAME, MOST_RULES, NAME
from cleaner.repeats import is_statistics

Steps = Callable[[str, int, int], None]
"""Is told what is done, how much of it, and how much there is."""


def mine(  # noqa: PLR0913 - what is read, and where what comes of it goes
    inputs: Sequence[Path],
    options: MineOptions,
    *,
    out: Path | None = None,
    stats: Path | None = None,
    overwrite: bool = False,
    steps: Steps | None = None,
) -> Mined:
    """Count what repeats in files and folders; write proposals to `out`, and line statistics to `stats`.

    `out` is a rule file, and is not written where there is nothing to propose; `stats` is Parquet with the
    schema `cleaner.repeats.SCHEMA`. Both appear whole or not at all; they depend on the documents alone, and
    not on their order. Raises UsageError where something cannot work as given, before anything is read, and
    OSError where the disk refuses.
    """
    _check(options, out, stats, overwrite=overwrite)
    _check_apart(find(inputs, options.glob, None), out, stats, overwrite=overwrite)
    size = survey(inputs, options.glob, None, options.fields).bytes
    place = (out or stats or Path()).absolute().parent
    with ExitStack() as stack:
        kept = stack.enter_context(store(options, place))
        counted = _Counted(size, steps)
        documents = islice(read(inputs, options.glob, options.fields), options.limit)
        for rows in rows_of(counted.passing(documents), options.batch_size):
            kept.add(rows)
            counted.tell()
        if steps:
            steps("counting", 0, 1)
        kept.count()
        if stats is not None:
            _write_statistics(kept, stats)
        found = _proposals(kept, options.pack, steps) if out is not None else _Found([], 0, 0)
        numbers = _numbers(kept, counted)
    if out is not None and found.proposals:
        text = pack_text(options.pack, found.proposals, _head(numbers))
        write_atomic(out, text.encode())
    return replace(
        numbers,
        proposals=len(found.proposals),
        dropped=found.dropped,
        beyond=found.beyond,
        out=out if found.proposals else None,
        stats=stats,
    )


@dataclass(slots=True)
class _Counted:
    """Documents as they go by."""

    size: int
    steps: Steps | None
    documents: int = 0
    bytes: int = 0
    unread: int = 0

    def passing(self, documents: Iterable[SourceDocument]) -> Iterator[SourceDocument]:
        for document in documents:
            self.documents += 1
            self.bytes += document.size
            self.unread += document.text is None
            yield document

    def tell(self) -> None:
        if self.steps:  # a compressed file holds more than it is large
            self.steps(f"reading, {self.documents:,} documents", min(self.bytes, self.size), self.size)


@dataclass(frozen=True, slots=True)
class _Found:
    proposals: list[Proposal]
    dropped: int
    beyond: int


def _check(options: MineOptions, out: Path | None, stats: Path | None, *, overwrite: bool) -> None:
    options.verify()
    if out is None and stats is None:
        message = "nothing to write; give --out proposals.yaml, or --stats FILE.parquet, or both"
        raise UsageError(message)
    if not NAME.fullmatch(options.pack) or len(options.pack) > LONGEST_NAME:
        message = f"{options.pack!r} is no pack name; use a-z, 0-9, '-' and '/', as in sites/example"
        raise UsageError(message)
    if out is not None and out.suffix not in (".yaml", ".yml"):
        message = f"{out}: rules are kept in .yaml files; give it that ending"
        raise UsageError(message)
    if out is not None and out.exists() and not overwrite:
        message = (
            f"{out}: is there already, perhaps with what you decided; choose another, or say --overwrite"
        )
        raise UsageError(message)
    for target in filter(None, (out, stats)):
        if target.is_dir() or not target.absolute().parent.is_dir():
            cause = "is a folder" if target.is_dir() else "its folder is not there; make it first"
            message = f"{target}: {cause}; give a file"
            raise UsageError(message)


def _check_apart(found: Iterable[Found], out: Path | None, stats: Path | None, *, overwrite: bool) -> None:
    """Refuse to write over what is read, or over what `mine` did not write."""
    targets = [target.resolve() for target in (out, stats) if target is not None]
    if len(set(targets)) < len(targets):
        message = f"{stats}: cannot hold both; give --stats a file of its own"
        raise UsageError(message)
    if not any(target.exists() for target in targets):
        return
    for file in found:
        if file.kind != "skipped" and file.path.resolve() in targets:
            message = f"{file.path}: is read, and would be written over; choose another file to write"
            raise UsageError(message)
    if stats is not None and stats.exists() and not (overwrite or is_statistics(stats)):
        message = f"{stats}: is there already, and no statistics; choose another, or say --overwrite"
        raise UsageError(message)


def _write_statistics(kept: Store, target: Path) -> None:
    temporary = beside(target)
    try:
        kept.write_statistics(temporary)
        flush_file(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _proposals(kept: Store, pack: str, steps: Steps | None) -> _Found:
    """Give what can be proposed, the heaviest first, with ids of their own."""
    groups = groups_of(kept)
    wild = [one for one in wild_of(kept) if is_telling(one)]
    prover = Prover(pack)
    made: list[Proposal | None] = []
    about = list(zip(groups[:MOST_RULES], evidence_of(kept, groups[:MOST_RULES]), strict=True))
    whole = len(about) + len(wild)
    for group, evidence in about:
        made.append(lines_proposal(group, evidence, prover))
        if steps:
            steps("trying proposals", len(made), whole)
    for one in wild:
        made.append(wild_proposal(one, prover))
        if steps:
            steps("trying proposals", len(made), whole)
    proposals = [one for one in made if one is not None]
    proposals.sort(key=lambda one: (-one.weight, one.rule["id"], one.rule["summary"]))
    beyond = len(groups) - len(about) + max(0, len(proposals) - MOST_RULES)
    return _Found(named(proposals[:MOST_RULES]), len(made) - len(proposals), beyond)


def named(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Give each an id that no other has."""
    seen: set[str] = set()
    named = []
    for proposal in proposals:
        first = proposal.rule["id"]
        ids = chain((first,), (f"{first}-{number}" for number in count(2)))
        rule_id = next(one for one in ids if one not in seen)
        seen.add(rule_id)
        named.append(proposal.called(rule_id))
    return named


def _numbers(kept: Store, counted: _Counted) -> Mined:
    read_ones = counted.documents - counted.unread
    return Mined(
        documents=counted.documents,
        unread=counted.unread,
        copies=read_ones - kept.number("kept"),
        hosts=int(kept.run("SELECT count(DISTINCT host) FROM documents")[0][0]),
        lines=kept.number("lines"),
        repeated=kept.number("repeated"),
    )


def _head(numbers: Mined) -> list[str]:
    return [
        f"Mined by cleaner {version('cleaner')}: {numbers.documents:,} documents of {numbers.hosts:,} hosts.",
        "Each rule waits for a person (`safety: review`): read its evidence, then keep it, narrow it, or",
        "take it out. `cleaner rules check FILE` tries the file; `cleaner clean … --pack FILE` shows in the",
        "ledger what the rules would do, and with `--apply review` does it.",
    ]
