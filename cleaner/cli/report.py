"""`cleaner report` and `cleaner restore`: what can be had from a run's output folder."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleaner.cli.choices import Out
from cleaner.cli.ending import FAILED
from cleaner.cli.rules import rule_texts
from cleaner.cli.telling import tell
from cleaner.errors import CleanerError, UsageError

if TYPE_CHECKING:
    from cleaner.report import RuleText
    from cleaner.report.against import Comparison

# The rest of the library is imported inside the commands: `cleaner --help` must not wait for it.


class Format(StrEnum):
    """What a report can be written as."""

    html = "html"
    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


def report(  # noqa: PLR0913, PLR0917  # one for each thing that can be chosen
    out: Out,
    to: Annotated[Format, typer.Option(help="How to write it.")] = Format.html,
    against: Annotated[
        Path | None, typer.Option(metavar="OLD", help="Another run's folder: report what changed since.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Where to; if not given in OUT, or in a job's output folder beside generations."),
    ] = None,
    spreadsheet_safe: Annotated[
        bool, typer.Option("--spreadsheet-safe", help="CSV: a ' before what a spreadsheet would run.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> int:
    """Write a run's report, or what changed between two, as HTML, CSV, Excel or Parquet."""
    from cleaner.files import write_atomic
    from cleaner.remote.address import refuse
    from cleaner.report import ChangeReport
    from cleaner.report.folder import beside, refuse_generation, standing
    from cleaner.report.running import run_report

    for path in filter(None, (output, against)):
        refuse(path)
    if output is not None and output.exists() and not overwrite:
        message = f"{output}: is there already; choose another name, or --overwrite"
        raise UsageError(message)
    if output is not None:
        refuse_generation(output)
    out = standing(out)
    if against is not None:
        return _report_against(out, against, to, output, spreadsheet_safe=spreadsheet_safe)
    is_there = to is Format.parquet and output is None
    folder = out if is_there else beside(out)
    target = output or folder / ("report.html" if to is Format.html else f"changes.{to.value}")
    if to is Format.html:
        write_atomic(target, run_report(out, _recorded_rules(out)).to_html().encode())
    elif to is Format.csv:
        ChangeReport.read(out).to_csv(target, spreadsheet_safe=spreadsheet_safe)
    elif to is Format.xlsx:
        ChangeReport.read(out).to_excel(target)
    elif not is_there:
        ChangeReport.read(out).to_parquet(target)
    tell(f"report: {target}")
    return 0


def _report_against(
    out: Path, against: Path, to: Format, output: Path | None, *, spreadsheet_safe: bool
) -> int:
    from cleaner.files import write_atomic
    from cleaner.report.against import compare_runs
    from cleaner.report.folder import beside

    target = output or beside(out) / f"against.{to.value}"
    compared = compare_runs(out, against)
    if to is Format.html:
        rules = _recorded_rules(against) | _recorded_rules(out)
        write_atomic(target, compared.to_html(rules).encode())
    elif to is Format.csv:
        compared.to_csv(target, spreadsheet_safe=spreadsheet_safe)
    elif to is Format.xlsx:
        compared.to_excel(target)
    else:
        compared.to_parquet(target)
    for line in _comparison_lines(compared):
        tell(line)
    tell(f"report: {target}")
    return 0


def _comparison_lines(compared: "Comparison") -> Iterator[str]:
    from cleaner.report.counts import plural

    documents = compared.documents
    yield f"{plural(documents.both, 'document')} in both runs: {documents.words}"
    yield "edits: " + ", ".join(f"{count:,} {kind}" for kind, count in compared.totals().items())
    for rule, counts in compared.counts.items():
        yield f"  {rule}: " + ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
    yield from compared.notes


def _recorded_rules(out: Path) -> "dict[str, RuleText]":
    """Give what the rules of a run say of themselves, as far as the same rules can still be loaded."""
    from cleaner.pipeline import Cleaner
    from cleaner.report.folder import record

    run = record(out)
    arguments = run.get("arguments", {})
    try:
        cleaner = Cleaner(
            arguments.get("profile", "standard"),
            arguments.get("packs", ()),
            protect=arguments.get("protect", ()),
        )
    except CleanerError:
        return {}
    return rule_texts(cleaner.rules) if cleaner.ruleset_hash == run.get("ruleset_hash") else {}


def restore(
    out: Out,
    to: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write, new or empty.")],
    as_bytes: Annotated[bool, typer.Option("--bytes", help="The original bytes, not UTF-8.")] = False,
) -> int:
    """Give back the source texts of a run."""
    from cleaner.engines.restore import restore_corpus
    from cleaner.remote.address import refuse

    refuse(to)
    counts = restore_corpus(out, to, as_bytes=as_bytes)
    kept = f"; {counts.quarantined:,} in quarantine stay there as they came" if counts.quarantined else ""
    tell(f"restored to {to}: {counts.restored:,} documents{kept}")
    for document in counts.not_reproduced:
        tell(f"{document}: its text is right, its bytes could not be made again; written as UTF-8", err=True)
    for document, reason in counts.failed:
        tell(f"{document}: not restored: {reason}", err=True)
    return FAILED if counts.failed else 0
