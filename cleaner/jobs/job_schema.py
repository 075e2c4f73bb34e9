"""A job file as it is written: which keys there are, what they hold, and its JSON Schema for editors."""

import json
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, TypeAdapter

from cleaner.corpus.steady import MAX_BYTES
from cleaner.finders.options import LISTED, STRICT, Texts
from cleaner.jobs.gates import Gates
from cleaner.packs.published import eased
from cleaner.packs.source import Kind
from cleaner.pipeline import MAX_CHARS, MAX_REMOVED

JOB_FILE = Kind("job file", "`cleaner job example` prints one to copy")
"""What faults call it."""

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]
Event = Literal["breach", "failure"]

LARGEST_COPY = 10_000_000_000
"""Bytes of one file behind an address, unless a job says otherwise."""
_TITLE = "A job of cleaner"
_DEFINED = "#/$defs/{model}"


@dataclass(frozen=True, slots=True)
class Format:
    """How the inputs are read: further files of a folder, the charset of text files, the fields of records.

    They are what `cleaner clean` calls `--glob`, `--encoding`, `--text-field`, `--id-field`, `--html-field`,
    `--max-bytes` (of a document, unpacked) and `--follow-links`.
    """

    __pydantic_config__ = STRICT

    glob: Texts = ()
    encoding: str | None = None
    text_field: str = "text"
    id_field: str = "id"
    html_field: str | None = None
    max_bytes: Count = MAX_BYTES
    follow_links: bool = False


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept: so many `generations` of the output, the facts of so many `runs`."""

    __pydantic_config__ = STRICT

    generations: Count = 3
    runs: Count = 1000


@dataclass(frozen=True, slots=True)
class Remote:
    """Bounds of what is copied from addresses: no file may have more than `max_bytes`."""

    __pydantic_config__ = STRICT

    max_bytes: Count = LARGEST_COPY


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told when something is wrong: a web hook's `url`, or a `command` and its arguments.

    `on` says of what: a `breach` of a gate, a `failure` of the run.
    """

    __pydantic_config__ = STRICT

    url: str | None = None
    command: Texts = ()
    on: Annotated[tuple[Event, ...], LISTED] = ("breach", "failure")

    def __post_init__(self) -> None:
        """Refuse both ways at once, none, and what is no web address."""
        if (self.url is None) == (not self.command):
            message = "'notify' takes 'url' or 'command'; give one of them"
            raise ValueError(message)
        if self.url is not None and not _is_web(self.url):
            message = "'url' must begin with https:// or http:// and name a host"
            raise ValueError(message)
        if not self.on:
            message = "'on' is empty; name breach, failure or both, or take 'notify' out"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class JobFile:
    """A job file: paths are relative to its folder.

    `inputs` are files, folders, globs and addresses such as s3://bucket/pages/; `output` is the folder that
    the job publishes in. `vanished` says what becomes of the texts of documents that are no longer in the
    inputs, `stale` what is done about texts that other rules or settings made. `mine: true` keeps count of
    what repeats on the sites.
    """

    __pydantic_config__ = STRICT

    inputs: Texts
    output: str
    job: str | None = None
    format: Format = field(default_factory=Format)
    profile: str = "standard"
    packs: Texts = ()
    apply: Texts = ()
    protect: Texts = ()
    repeats: str | None = None
    timeout: Seconds = 10.0
    max_chars: Count = MAX_CHARS
    max_removed: Share = MAX_REMOVED
    verdicts: Texts = ()
    vanished: Literal["keep", "retire"] = "keep"
    stale: Literal["report", "redo"] = "report"
    gates: Gates = field(default_factory=Gates)
    retention: Retention = field(default_factory=Retention)
    workers: Count | None = None
    batch_size: Count = 256
    remote: Remote = field(default_factory=Remote)
    metrics: str | None = None
    notify: Notify | None = None
    mine: bool = False


def json_schema() -> dict[str, Any]:
    """Give the schema (draft 2020-12) that every job file satisfies; it checks form alone."""
    schema = TypeAdapter(JobFile).json_schema(ref_template=_DEFINED)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": _TITLE}
    return head | {key: value for key, value in eased(schema, empty=True).items() if key != "title"}


def schema_text() -> str:
    """Give the schema as text, for a file that an editor reads."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError:
        return False
