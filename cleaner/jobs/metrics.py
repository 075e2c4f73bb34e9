"""What the last run left for Prometheus: a file for the textfile collector of its node exporter.

A library would bring a registry of its own for what is a page of text; a test reads ours with that library.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cleaner.errors import CleanerError, UsageError
from cleaner.files import put_file, write_flushed
from cleaner.jobs.status import STATUSES, RunRow, seconds

SCHEMA_VERSION = 1
"""Of the file: names and labels of one version stay."""

SUCCEEDED = frozenset({"published", "idle"})
"""What a run must have come to for its end to be the last success; one held back is none."""

STATES = ("cleaned", "unchanged", "quarantined", "reused")
"""What documents are counted by …"""
INPUTS = ("new", "changed", "redone", "unchanged", "stale", "vanished")
"""… and the inputs, files of one document or many, that they came from."""

_READABLE = 0o644
"""The collector is another user."""

METRICS: Mapping[str, str] = {
    "cleaner_job_schema_version": "Version of these metrics.",
    "cleaner_job_last_run_timestamp_seconds": "When the last run of the job ended, in Unix time.",
    "cleaner_job_last_success_timestamp_seconds": (
        "When the last run ended that published its output or found nothing new, in Unix time; 0 for never."
    ),
    "cleaner_job_last_run_status": "1 for the status of the last run, 0 for every other.",
    "cleaner_job_duration_seconds": "How long the last run took.",
    "cleaner_job_inputs": "Input files that the last run looked at, by state.",
    "cleaner_job_documents": "Documents that the last run cleaned, by outcome, and those that it reused.",
    "cleaner_job_edits": "Edits of the last run by rule and status.",
    "cleaner_job_gate_breaches": "Measures of the last run that lay beyond a gate.",
}
"""Every metric with its help, which must be the same in the files of all jobs; all of them are gauges."""


class Sample(NamedTuple):
    """A value of a metric, with its labels."""

    metric: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class JobMetrics:
    """What the file says: times in Unix seconds, inputs and documents by state, edits by rule and status."""

    job: str
    status: str
    ended: float
    last_success: float | None = None
    seconds: float = 0.0
    inputs: Mapping[str, int] = field(default_factory=dict)
    documents: Mapping[str, int] = field(default_factory=dict)
    edits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    breaches: int = 0


def metrics_of(job: str, run: RunRow, last_success: str | None) -> JobMetrics:
    """Give the metrics of an ended run; `last_success` is when the last one ended well, by the state.

    A run that itself ended well needs none. Times are ISO 8601, the end of a run not yet ended its start.
    """
    ended = _unix(run.ended or run.started)
    well = ended if run.status in SUCCEEDED else None if last_success is None else _unix(last_success)
    inputs = {state: int(run.totals.get("inputs", {}).get(state, 0)) for state in INPUTS}
    documents = {state: int(run.totals.get(state, 0)) for state in STATES}
    taken = seconds(run) or 0.0
    edits = run.totals.get("edits", {})
    return JobMetrics(job, run.status, ended, well, taken, inputs, documents, edits, len(run.breaches))


def exposition(metrics: JobMetrics) -> str:
    r"""Give metrics in Prometheus's text format.

    >>> text = exposition(JobMetrics("letters", "idle", 1.5, 1.5))
    >>> print("\n".join(text.splitlines()[:3]))
    # HELP cleaner_job_schema_version Version of these metrics.
    # TYPE cleaner_job_schema_version gauge
    cleaner_job_schema_version{job="letters"} 1
    """
    lines = []
    samples = list(_samples(metrics))
    for name, text in METRICS.items():
        lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
        lines += [_line(metrics.job, sample) for sample in samples if sample.metric == name]
    return "\n".join(lines) + "\n"


def check_place(path: Path) -> None:
    """Raise UsageError where the collector would never find a file at `path`."""
    if path.suffix != ".prom" or path.name.startswith("."):
        message = f"{path}: the collector reads files named like 'cleaner-letters.prom'; name it so"
        raise UsageError(message)
    if not path.parent.is_dir():
        message = f"{path}: its folder is not there; give the one the collector reads"
        raise UsageError(message)


def write_metrics(path: Path, metrics: JobMetrics) -> None:
    """Put the file in its place whole, readable by all. Raises CleanerError where the disk refuses."""

    def write(temporary: Path) -> None:
        write_flushed(temporary, exposition(metrics).encode())
        temporary.chmod(_READABLE)

    try:
        put_file(path, write)
    except OSError as error:
        message = f"{path}: the metrics cannot be written: {error.strerror}; the run itself is not affected"
        raise CleanerError(message) from error


def metrics_table() -> str:
    """Give the table of all metrics, for the guide, as Markdown."""
    example = JobMetrics("", "idle", 0, edits={"": {"applied": 0}})
    labels = {sample.metric: sample.labels for sample in _samples(example)}
    rows = [
        f"| `{name}` | {', '.join(f'`{label}`' for label in ('job', *labels[name]))} | {text} |"
        for name, text in METRICS.items()
    ]
    return "\n".join(["| metric | labels | what it says |", "| --- | --- | --- |", *rows])


def _samples(metrics: JobMetrics) -> Iterator[Sample]:
    yield Sample("cleaner_job_schema_version", {}, SCHEMA_VERSION)
    yield Sample("cleaner_job_last_run_timestamp_seconds", {}, metrics.ended)
    yield Sample("cleaner_job_last_success_timestamp_seconds", {}, metrics.last_success or 0)
    for each in STATUSES:
        yield Sample("cleaner_job_last_run_status", {"status": each}, int(each == metrics.status))
    yield Sample("cleaner_job_duration_seconds", {}, metrics.seconds)
    for state in INPUTS:
        yield Sample("cleaner_job_inputs", {"state": state}, metrics.inputs.get(state, 0))
    for state in STATES:
        yield Sample("cleaner_job_documents", {"state": state}, metrics.documents.get(state, 0))
    for rule, counts in sorted(metrics.edits.items()):
        for status, number in sorted(counts.items()):
            yield Sample("cleaner_job_edits", {"rule": rule, "status": status}, number)
    yield Sample("cleaner_job_gate_breaches", {}, metrics.breaches)


def _line(job: str, sample: Sample) -> str:
    labels: Iterable[tuple[str, str]] = {"job": job, **sample.labels}.items()
    written = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{sample.metric}{{{written}}} {sample.value!r}"


def _escaped(value: str) -> str:
    r"""Give a label's value as the format wants it.

    >>> print(_escaped('a"b\\c\n\udc80'))
    a\"b\\c\n\\udc80
    """
    whole = value.encode("utf-8", "backslashreplace").decode()
    return whole.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _unix(time: str) -> float:
    read = datetime.fromisoformat(time)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
