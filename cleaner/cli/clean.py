"""`cleaner clean`: files, folders or a stream into an output folder."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cleaner.cli.choices import (
    STREAM,
    Address,
    Apply,
    Engine,
    EngineName,
    Globs,
    HtmlField,
    IdField,
    Known,
    Limit,
    Master,
    MaxBytes,
    MaxRemoved,
    Packs,
    Profile,
    Protect,
    TextField,
    UnitsPlace,
)
from cleaner.cli.ending import QUARANTINED, WOULD_CHANGE
from cleaner.cli.rules import rule_texts
from cleaner.cli.telling import progress_shown, tell
from cleaner.errors import UsageError

if TYPE_CHECKING:
    from cleaner.engines.summary import RunSummary
    from cleaner.verdicts import Verdict

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.


def clean(  # noqa: PLR0913, PLR0917  # one for each thing that can be chosen
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Files, folders and addresses (s3://…); - reads JSONL."),
    ],
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="The folder to write, new or empty; also s3://….")
    ] = None,
    profile: Profile = "standard",
    pack: Packs = None,
    text_field: TextField = "text",
    id_field: IdField = "id",
    html_field: HtmlField = None,
    glob: Globs = None,
    encoding: Annotated[str | None, typer.Option(help="The charset of text files that do not say.")] = None,
    limit: Limit = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 5 if a text would change.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what an earlier run left there.")
    ] = False,
    verdicts: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="Verdicts to steer by: JSONL, a store, postgresql://…; may be repeated."
        ),
    ] = None,
    repeats: Known = None,
    apply: Apply = None,
    protect: Protect = None,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds for one rule on one document.")] = 10.0,
    max_chars: Annotated[
        int | None,
        typer.Option(min=1, help="Longer documents go to quarantine; 5,000,000 unless given."),
    ] = None,
    max_bytes: MaxBytes = None,
    follow_links: Annotated[
        bool, typer.Option("--follow-links", help="Read what links in a folder lead to outside of it.")
    ] = False,
    max_removed: MaxRemoved = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that share the work; all cores unless given.")
    ] = None,
    batch_size: Annotated[
        int, typer.Option(min=1, help="At most so many documents at once in each process.")
    ] = 256,
    engine: Engine = EngineName.local,
    address: Address = None,
    master: Master = None,
    units: UnitsPlace = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, no summary; errors show.")
    ] = False,
) -> int:
    """Clean files, folders or a stream of JSONL.

    Writes the clean texts, a ledger of every edit, and a report into an output folder. Input and output may
    lie behind addresses (s3://bucket/news, gs://…), with the extra `remote` and the store's own package.
    """
    from cleaner.cache import keep_answers
    from cleaner.corpus.steady import MAX_BYTES
    from cleaner.engines.local import CorpusOptions, clean_corpus, clean_stream
    from cleaner.engines.options import usable_cores
    from cleaner.pipeline import MAX_CHARS, MAX_REMOVED, Cleaner
    from cleaner.remote.address import place
    from cleaner.repeats import Repeats
    from cleaner.report import RunningReport
    from cleaner.verdicts import Verdicts

    streams = inputs == [str(STREAM)]
    _check_places(inputs, out, streams=streams, check=check)
    _check_engine(engine, address, master, units, streams=streams)
    said, places = _said(verdicts or ())
    repeated = Repeats.load(repeats) if repeats else None
    cleaner = Cleaner(
        profile,
        pack or (),
        verdicts=Verdicts(said),
        repeats=repeated,
        timeout=timeout,
        apply="review" if apply else (),
        protect=protect or (),
        max_chars=max_chars or MAX_CHARS,
        max_removed=MAX_REMOVED if max_removed is None else max_removed,
    )
    chosen = CorpusOptions(
        text_field,
        id_field,
        tuple(glob or ()),
        encoding,
        limit,
        overwrite,
        check,
        workers=workers or usable_cores(),
        batch_size=batch_size,
        html_field=html_field,
        max_bytes=max_bytes or MAX_BYTES,
        follow_links=follow_links,
    )
    arguments = {
        "inputs": [place(one) for one in inputs],  # without passwords
        "profile": profile,
        "packs": pack or [],
        "verdicts": places,
        "repeats": {"file": repeats, "sha256": repeated.sha256} if repeated is not None else None,
        "apply": apply,
        "protect": protect or [],
        "timeout": timeout,
        "max_chars": max_chars,
        "max_bytes": max_bytes,
        "follow_links": follow_links,
        "max_removed": max_removed,
        "glob": glob or [],
        "encoding": encoding,
        "limit": limit,
        "workers": workers,
        "batch_size": batch_size,
        "engine": engine.value,
    }
    report = RunningReport(rule_texts(cleaner.rules))
    with progress_shown(shown=not quiet) as progress:
        told: dict[str, Any] = {"report": report, "arguments": arguments, "progress": progress}
        if streams:
            summary = clean_stream(sys.stdin.buffer, sys.stdout.buffer, cleaner, chosen, out=out, **told)
        elif engine is EngineName.local:
            summary = clean_corpus(inputs, out or "", cleaner, chosen, **told)
        else:
            from cleaner.engines.cluster import clean_on, opened

            opening = opened(engine.value, address or master, workers)
            summary = clean_on(opening, inputs, out or "", cleaner, chosen, units=units, **told)
    keep_answers()
    if not quiet:
        tell("\n".join(_summary_lines(summary, check=check)), err=streams)
        if summary.out is None and summary.verdicts.first:
            tell("\n".join(_unheard_lines(summary)), err=True)
    elif summary.quarantined:  # errors show
        tell("\n".join(_quarantine_lines(summary)), err=True)
    return _exit_code(summary, check=check)


def _said(places: Sequence[str]) -> "tuple[list[Verdict], list[str]]":
    """Give the verdicts of all places, and the places without their passwords."""
    if not places:
        return [], []
    from cleaner.review.places import shown
    from cleaner.review.said import verdicts_from

    said = [verdict for place in places for verdict in verdicts_from(place)]
    return said, [shown(place) for place in places]


def _check_places(inputs: Sequence[str], out: str | None, *, streams: bool, check: bool) -> None:
    if str(STREAM) in inputs and not streams:
        message = "- is standard input and stands alone; give files and folders without it"
        raise UsageError(message)
    if out is None and not streams and not check:
        message = "no output folder; give one with --out DIR, or --check to write nothing"
        raise UsageError(message)


def _check_engine(
    engine: EngineName, address: str | None, master: str | None, units: Path | None, *, streams: bool
) -> None:
    """Refuse an option of an engine that is not asked for, and engines for a stream."""
    of = {
        "--address": (address, ("ray",)),
        "--master": (master, ("spark",)),
        "--units": (units, ("ray", "spark")),
    }
    for option, (value, engines) in of.items():
        if value is not None and engine.value not in engines:
            message = f"{option} is for --engine {' or '.join(engines)}; this run has --engine {engine.value}"
            raise UsageError(message)
    if streams and engine is not EngineName.local:
        message = f"--engine {engine.value} reads files and folders that all workers see, no standard input"
        raise UsageError(message)


def _exit_code(summary: "RunSummary", *, check: bool) -> int:
    if check and summary.would_change:
        return WOULD_CHANGE
    return QUARANTINED if summary.quarantined else 0


def _quarantine_lines(summary: "RunSummary") -> Iterator[str]:
    where = f" in {summary.out / 'quarantine'}" if summary.out else ""
    yield f"quarantined{where}:"
    yield from (f"  {reason}" for reason in summary.reasons)
    if summary.quarantined > len(summary.reasons):
        yield f"  … and {summary.quarantined - len(summary.reasons):,} more"
    if not summary.out:
        yield "  (no copy is kept of these; --out DIR keeps them)"


def _summary_lines(summary: "RunSummary", *, check: bool) -> Iterator[str]:
    would = "would be " if check else ""
    yield (
        f"{summary.documents:,} documents: {summary.cleaned:,} {would}cleaned, "
        f"{summary.unchanged:,} unchanged, {summary.quarantined:,} {would}quarantined "
        f"({summary.seconds:.1f} s)"
    )
    if summary.whole_pages:
        yield f"recognised as whole pages: {summary.whole_pages:,}"
    if summary.left_unchanged:
        yield f"left unchanged, of which too much would go (--max-removed): {summary.left_unchanged:,}"
    yield from _edit_lines(summary.edits)
    if summary.quarantined:
        yield from _quarantine_lines(summary)
    if summary.verdicts.given:
        yield _verdicts_line(summary)
    if summary.skipped:
        kinds = ", ".join(
            f"{count:,} {suffix or 'without suffix'}" for suffix, count in sorted(summary.skipped.items())
        )
        yield f"skipped files: {kinds}"
    if summary.out:
        yield f"report: {summary.out / 'report.html'}"


def _verdicts_line(summary: "RunSummary") -> str:
    counts = ", ".join(f"{count:,} {use}" for use, count in summary.verdicts.counts().items())
    return f"verdicts: {counts}" + (f": {summary.unheard}" if summary.unheard else "")


def _unheard_lines(summary: "RunSummary") -> Iterator[str]:
    verdicts = summary.verdicts
    yield "verdicts that met no edit:"
    yield from (f"  {one}" for one in verdicts.first)
    if more := verdicts.lapsed + verdicts.unused - len(verdicts.first):
        yield f"  … and {more:,} more"
    yield "  (a run with --out DIR lists them all)"


def _edit_lines(edits: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Give edits by rule, the busiest first, each status by its name."""
    totals = sorted(
        ((sum(counts.values()), rule) for rule, counts in edits.items()), key=lambda one: (-one[0], one[1])
    )
    for _, rule in totals:
        counts = ", ".join(f"{count:,} {status}" for status, count in sorted(edits[rule].items()) if count)
        yield f"  {rule}: {counts}"
    if waiting := sum(counts.get("proposed", 0) for counts in edits.values()):
        yield f"proposals waiting for a person: {waiting:,}"
