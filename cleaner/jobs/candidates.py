"""Boilerplate that appears: lines that stand on most of a host's last pages and that no rule takes.

They are found in what is published, after it is, and never hold it up: what cannot be done tonight is done by
the next run.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from cleaner.corpus.source import SourceDocument
from cleaner.errors import CleanerError
from cleaner.files import write_atomic
from cleaner.jobs.edges import take_pages
from cleaner.jobs.mined import WINDOW, Candidate, Mined, open_mined
from cleaner.jobs.mined_schema import SCHEMA_VERSION
from cleaner.jobs.underway import Underway
from cleaner.mine.at_hand import Repeating, repeating
from cleaner.mine.candidates import Candidate as Line
from cleaner.mine.candidates import Group
from cleaner.mine.evidence import Sample
from cleaner.mine.mining import named
from cleaner.mine.options import MineOptions
from cleaner.mine.proposal import Proposal, Prover
from cleaner.mine.wording import literal
from cleaner.mine.writing import pack_text
from cleaner.model import Document
from cleaner.pipeline import Cleaner
from cleaner.repeats import loosely

PACK = "candidates"
"""What the pack of proposals is called."""

LEAST = 5
"""Pages that a line must stand on."""

WINDOWS = ((WINDOW, 0.5), (10, 0.9))
"""How many last pages are looked at, and on what share of them a line must stand: on most of many, or on
nearly all of few, so that what appears today need not stand there for a month first."""

MOST_TOLD = 20
"""Candidates that a run tells of one by one."""

MOST_PROPOSALS = 200
"""Proposals in the file: what is more comes up when some of them are judged."""

_MEMORY, _ROWS = 128, 10_000
"""Megabytes that the counting may use, and lines that are handed to it at once."""
_LONGEST = 120
"""Characters of a line that a message shows."""


class _Frequent(NamedTuple):
    """A group, and those of its lines that stand on so many pages."""

    repeating: Repeating
    lines: tuple[Line, ...]


def update_candidates(run: Underway) -> list[Candidate]:
    """Look for new boilerplate in what is published; tell of it, and write the proposals beside it.

    Gives the candidates told of. Does nothing unless the job says `mine: true`; whatever goes wrong is told
    and fails no run.
    """
    if not run.job.mine or run.how.stopping.asked:
        return []
    try:
        return _updated(run)
    except Exception as error:  # noqa: BLE001 - the output is published: nothing here may make a failure of it
        words = f"candidates for rules were not looked for, the next run does: {error}"
        run.how.log.event("candidates_failed", words, error=type(error).__name__)
        return []


def words_of(candidate: Candidate, file: Path) -> str:
    """Say what a candidate is, for people.

    >>> words_of(Candidate("example.org", "Sign up today", 41, 60, 0, "sign-up"), Path("c.yaml"))
    '"Sign up today" stands on 41 of the last 60 pages of example.org, not yet a rule: see sign-up in c.yaml'
    >>> words_of(Candidate("example.org", "Q0", 60, 60, 0, ""), Path("c.yaml"))[:47]
    'a line such as "Q0" stands on 60 of the last 60'
    """
    shown = candidate.line if len(candidate.line) <= _LONGEST else f"{candidate.line[:_LONGEST]}…"
    beside = f", with {candidate.others} more about it," if candidate.others else ""
    site = candidate.host or "unknown host"
    proposal = f": see {candidate.rule} in {file}" if candidate.rule else ", and no proposal holds"
    number = f"{candidate.documents} of the last {candidate.of} pages"
    what = f'"{shown}"' if literal(candidate.line) is not None else f'a line such as "{shown}"'
    return f"{what}{beside} stands on {number} of {site}, not yet a rule{proposal}"


def _updated(run: Underway) -> list[Candidate]:
    published = run.places.published()
    if published is None:
        return []
    with open_mined(run.places.mined, published) as mined:
        if mined.run < published:
            with mined.change():
                after = mined.run
                take_pages(mined, run.places.generation(published), run.job.options)
                mined.conclude(published, _found(run, mined, after, published))
                mined.forget()
        _write(run.places.candidates, mined.pack)
        new = mined.untold()
        _tell(run, new)
        with mined.change():
            mined.mark_told()
    return new


def _found(run: Underway, mined: Mined, after: int, published: int) -> str:
    """Look at the hosts that have new pages; remember what is found, and give the file of proposals."""
    hosts = mined.touched(after, LEAST)
    mined.close_candidates()
    if not hosts:
        return ""
    prover = Prover(PACK)
    made: list[tuple[_Frequent, str]] = []
    different: dict[str, Proposal] = {}
    for one in _groups(mined, hosts, run):
        if len(made) < MOST_PROPOSALS and not _is_taken(one.repeating, run.cleaner):
            proposal = one.repeating.proposal(prover)
            takes = "" if proposal is None else _takes_what(one.repeating.group.host, proposal)
            if proposal is not None:
                different.setdefault(takes, proposal)  # the first is of more pages
            made.append((one, takes))
    proposals = named([*different.values()])
    ids = {takes: str(one.rule["id"]) for takes, one in zip(different, proposals, strict=True)}
    for one, takes in made:
        _remember(mined, one, ids.get(takes, ""), published)
    return pack_text(PACK, proposals, _head(run.job.name)) if proposals else ""


def _takes_what(host: str, proposal: Proposal) -> str:
    """Give what two proposals share that take the same lines of a host."""
    return json.dumps([host, proposal.rule["find"]], sort_keys=True)


def _remember(mined: Mined, one: _Frequent, rule: str, run: int) -> None:
    """Remember the lines of a group, and of those that are new the one on most pages as what to tell."""
    group = one.repeating.group
    new = [line for line in one.lines if not mined.is_known(group.host, line.text)]
    main = max(new, key=lambda line: (line.documents, line.text), default=None)
    if main is not None:
        numbers = main.documents, group.of, len(group.lines) - 1
        mined.remember(Candidate(group.host, main.text, *numbers, rule), run, told=False)
    for line in one.lines:
        mined.remember(Candidate(group.host, line.text, line.documents, group.of, 0, rule), run, told=True)


def _groups(mined: Mined, hosts: Sequence[str], run: Underway) -> list[_Frequent]:
    """Give the groups that stand on most of a host's last pages, or on nearly all of the very last."""
    scratch = run.places.work / PACK
    scratch.mkdir(parents=True, exist_ok=True)
    found: list[_Frequent] = []
    known: set[tuple[str, str]] = set()
    try:
        for most, share in WINDOWS:
            options = MineOptions(memory=_MEMORY, batch_size=_ROWS, pack=PACK)
            for one in repeating(_documents(mined, hosts, most), options, scratch, _wanted(share)):
                lines = tuple(_frequent(one.group, share))
                names = {(one.group.host, loosely(line.text)) for line in lines}
                if not names <= known:
                    known |= names
                    found.append(_Frequent(one, lines))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        with suppress(OSError):  # something else is there
            run.places.work.rmdir()
    return found


def _wanted(share: float) -> Callable[[Group], bool]:
    return lambda group: bool(_frequent(group, share))


def _frequent(group: Group, share: float) -> list[Line]:
    """Give the lines of a group that stand on such a share of the pages."""
    return [line for line in group.lines if line.documents >= max(LEAST, share * group.of)]


def _documents(mined: Mined, hosts: Sequence[str], most: int) -> Iterator[SourceDocument]:
    """Yield the edges of the last pages of hosts as documents."""
    for host in hosts:
        metadata = json.dumps({"host": host})
        for doc_id, text in mined.pages(host, most):
            yield SourceDocument(doc_id, "", None, bytes, text, metadata=metadata)


def _is_taken(one: Repeating, cleaner: Cleaner) -> bool:
    """Whether a rule of the job takes the line, proposes to, or was told not to: then it is no news.

    That is so for pages that were cleaned before the rule was there, and for what waits for a person.
    """
    samples = one.evidence.samples
    taken = sum(_takes(cleaner, sample, one.group.host) for sample in samples)
    return bool(samples) and 2 * taken >= len(samples)


def _takes(cleaner: Cleaner, sample: Sample, host: str) -> bool:
    start = sum(len(line) + 1 for line in sample.lines[: sample.at])
    end = start + len(sample.lines[sample.at])
    document = Document(sample.document, "\n".join(sample.lines), {"host": host})
    try:
        edits = cleaner.clean(document).edits
    except CleanerError:
        return False
    return any(edit.status != "noted" and edit.span.start <= start and end <= edit.span.end for edit in edits)


def _write(file: Path, pack: str) -> None:
    """Let the file hold what is proposed, and be there only where something is. Raises OSError."""
    if not pack:
        file.unlink(missing_ok=True)
    elif not file.is_file() or file.read_bytes() != pack.encode():
        write_atomic(file, pack.encode())


def _tell(run: Underway, new: Sequence[Candidate]) -> None:
    file = run.places.candidates
    for one in new[:MOST_TOLD]:
        run.how.log.event("candidate", words_of(one, file), **one._asdict())
    if len(new) > MOST_TOLD:
        words = f"{len(new) - MOST_TOLD:,} more lines repeat on their hosts, not yet rules: see {file}"
        run.how.log.event("candidate", words, more=len(new) - MOST_TOLD)


def _head(job: str) -> list[str]:
    return [
        f"Schema {SCHEMA_VERSION}. Found by the job {job} with cleaner {version('cleaner')}; each run writes",
        "this file anew: copy what you keep into a pack of your own. Lines are counted on the last pages of",
        "their host, in the clean texts, eight at either edge. Each rule waits for a person (`safety:",
        "review`). `cleaner rules check FILE` tries the file; `cleaner clean … --pack FILE` shows in the",
        "ledger what the rules would do, and with `--apply review` does it.",
    ]
