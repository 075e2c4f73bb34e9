"""A job: what one file says of scheduled runs, read with every fault at once."""

import glob
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import regex

from cleaner.decode import charset
from cleaner.engines.options import CorpusOptions, usable_cores
from cleaner.errors import Fault, RuleFileError
from cleaner.jobs.gates import Gates
from cleaner.jobs.job_schema import JOB_FILE, JobFile, Notify, Remote, Retention
from cleaner.jobs.usable import LISTS, usable
from cleaner.packs.load import parse
from cleaner.packs.source import Path as Steps
from cleaner.packs.source import Source
from cleaner.pipeline import MAX_CHARS, MAX_REMOVED, Cleaner
from cleaner.remote.address import is_address
from cleaner.repeats import Repeats
from cleaner.verdicts import Verdicts

__all__ = ["Job", "Notify", "Remote", "Retention", "Rules", "read_job"]

LONGEST_NAME = 60
"""Characters of a job's name: it stands in metrics, units and messages."""
_NAME = regex.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NOT_IN_NAMES = regex.compile(r"[^a-z0-9]+")
_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Rules:
    """Which rules clean, and how: what `Cleaner` takes, but for the verdicts. `timeout` is in seconds."""

    profile: str = "standard"
    packs: tuple[str, ...] = ()
    apply: tuple[str, ...] | Literal["review"] = ()
    protect: tuple[str, ...] = ()
    repeats: Path | None = None
    timeout: float = 10.0
    max_chars: int = MAX_CHARS
    max_removed: float = MAX_REMOVED

    def cleaner(self, verdicts: Verdicts | None = None, repeats: Repeats | None = None) -> Cleaner:
        """Build the cleaner; `repeats` stand in for the file. Raises UsageError and RuleFileError."""
        if repeats is None and self.repeats is not None:
            repeats = Repeats.load(self.repeats)
        return Cleaner(
            self.profile,
            self.packs,
            verdicts=verdicts,
            repeats=repeats,
            timeout=self.timeout,
            apply=self.apply,
            protect=self.protect,
            max_chars=self.max_chars,
            max_removed=self.max_removed,
        )


@dataclass(frozen=True, slots=True)
class Job:
    """What one job file says; every path is absolute, an address stays as written.

    `places` are line and column (from 1) of what the file holds, by its keys.
    """

    name: str
    file: Path
    inputs: tuple[str, ...]
    output: Path
    options: CorpusOptions = field(default_factory=CorpusOptions)
    rules: Rules = field(default_factory=Rules)
    verdicts: tuple[str, ...] = ()
    vanished: Literal["keep", "retire"] = "keep"
    stale: Literal["report", "redo"] = "report"
    gates: Gates = field(default_factory=Gates)
    retention: Retention = field(default_factory=Retention)
    remote: Remote = field(default_factory=Remote)
    metrics: Path | None = None
    notify: Notify | None = None
    mine: bool = False
    places: Mapping[Steps, tuple[int, int]] = field(default_factory=dict, repr=False, compare=False)
    called: str = field(default="", repr=False, compare=False)
    """The job file as whoever gave it wrote it."""

    @property
    def settings_hash(self) -> str:
        """SHA-256, in hex, of what makes another clean text and is not in the ruleset hash.

        That is how inputs are read, whose proposals are made, what is too long or too much removed, and what
        the file of repeats knows. Reads that file; raises UsageError where it cannot be read.
        """
        chosen, rules = self.options, self.rules
        known = Repeats.load(rules.repeats).sha256 if rules.repeats is not None else None
        settings = {
            "encoding": charset(chosen.encoding),
            "fields": asdict(chosen.fields),
            "apply": rules.apply if rules.apply == "review" else sorted(set(rules.apply)),
            "max_chars": rules.max_chars,
            "max_removed": rules.max_removed,
            "repeats": known,
        }
        canonical = json.dumps(settings, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    def fault(self, steps: Steps, message: str) -> Fault:
        """Make a fault at the place of a value, or of the nearest thing around it."""
        return Source(self.called or str(self.file), places=dict(self.places)).fault(steps, message)


def read_job(path: Path) -> Job:
    """Read a job file. Raises UsageError with every fault of its form, and where it cannot be read."""
    read = read_usable(path)
    if read.job is None or read.faults:
        raise RuleFileError(read.faults)
    return read.job


class Read(NamedTuple):
    """A job file that may have faults: the job that is left without what is `broken`, None for none."""

    job: Job | None
    faults: list[Fault]
    broken: frozenset[Steps]


def read_usable(path: Path) -> Read:
    """Read a job file with its faults. Raises UsageError where it cannot be read."""
    file = path.expanduser().absolute()
    source = parse(path.expanduser(), JOB_FILE)
    if source.value is None and source.faults:  # nothing was read
        return Read(None, source.faults, frozenset())
    entry, broken = usable(source)
    if entry is None:
        return Read(None, source.faults, broken)
    wrong = [(steps, words) for steps, words in _wrong(entry, file) if not is_broken(steps, broken)]
    source.faults += [source.fault(steps, message) for steps, message in wrong]
    return Read(_job(entry, file, source), source.faults, broken.union(steps for steps, _ in wrong))


def is_broken(steps: Steps, broken: Collection[Steps]) -> bool:
    """Whether a value, or something around it, is broken."""
    return any(steps[:length] in broken for length in range(1, len(steps) + 1))


def _wrong(entry: JobFile, file: Path) -> Iterator[tuple[Steps, str]]:
    """Yield what is well formed and cannot be meant: the steps to it, and what is wrong."""
    name = named(file) if entry.job is None else entry.job
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        given = f"{name[:LONGEST_NAME]!r} is" if name else "the file's name makes"
        yield ("job",), f"{given} no name of a job; write 'job:' with up to {LONGEST_NAME} of a-z, 0-9 and -"
    if not entry.inputs:
        yield ("inputs",), "'inputs' is empty; name a file, a folder, a glob or an address"
    for key in LISTS:
        for index, one in enumerate(getattr(entry, key)):
            if not one.strip():
                yield (key, index), f"an empty text in '{key}'; write one, or take it out"
    for key in ("output", "metrics", "repeats"):
        place = getattr(entry, key)
        if place is not None and (is_address(place) or not place.strip()):
            yield (key,), f"'{key}' must be a path on this machine; got {place!r}"
    encoding = entry.format.encoding
    if encoding is not None and charset(encoding) is None:
        cure = "use a name such as utf-8, cp1252 or shift_jis"
        yield ("format", "encoding"), f"{encoding!r} is no charset; {cure}"


def named(file: Path) -> str:
    """Give the name of a job that does not say one, from its file's.

    >>> named(Path("Old Statements.yaml"))
    'old-statements'
    """
    return _NOT_IN_NAMES.sub("-", file.stem.lower()).strip("-")


def _job(entry: JobFile, file: Path, source: Source) -> Job:
    folder, form = file.parent, entry.format
    options = CorpusOptions(
        text_field=form.text_field,
        id_field=form.id_field,
        html_field=form.html_field,
        max_bytes=form.max_bytes,
        follow_links=form.follow_links,
        glob=form.glob,
        encoding=form.encoding,
        workers=entry.workers or usable_cores(),
        batch_size=entry.batch_size,
    )
    return Job(
        named(file) if entry.job is None else entry.job,
        file,
        tuple(_input(one, folder) for one in entry.inputs),
        _path(entry.output, folder),
        options,
        _rules(entry, folder),
        tuple(_verdicts(one, folder) for one in entry.verdicts),
        entry.vanished,
        entry.stale,
        entry.gates,
        entry.retention,
        entry.remote,
        _path(entry.metrics, folder) if entry.metrics else None,
        _notify(entry.notify, folder),
        entry.mine,
        source.places,
        source.file,
    )


def _rules(entry: JobFile, folder: Path) -> Rules:
    return Rules(
        _rule_file(entry.profile, folder),
        tuple(_rule_file(pack, folder) for pack in entry.packs),
        "review" if entry.apply == ("review",) else entry.apply,
        entry.protect,
        _path(entry.repeats, folder) if entry.repeats else None,
        entry.timeout,
        entry.max_chars,
        entry.max_removed,
    )


def _notify(notify: Notify | None, folder: Path) -> Notify | None:
    """Give a notify whose program, where it is a path and no name, is absolute."""
    if notify is None or not notify.command or "/" not in notify.command[0]:
        return notify
    program, *arguments = notify.command
    return Notify(command=(str(_path(program, folder)), *arguments), on=notify.on)


def _path(place: str, folder: Path) -> Path:
    return folder / Path(place).expanduser()


def _input(place: str, folder: Path) -> str:
    """Give an input as an absolute path or glob; the folder's own name is no part of the pattern."""
    if is_address(place) or not glob.has_magic(place):
        return place if is_address(place) else str(_path(place, folder))
    given = Path(place).expanduser()
    return str(given if given.is_absolute() else Path(glob.escape(str(folder)), given))


def _verdicts(place: str, folder: Path) -> str:
    return place if is_address(place) else str(_path(place, folder))


def _rule_file(name: str, folder: Path) -> str:
    """Give a profile's or pack's name, or its path where it is a file or folder of the user's."""
    path = _path(name, folder)
    return str(path) if name.endswith(_YAML) or path.is_dir() else name
