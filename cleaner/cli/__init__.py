"""The command line: each command a thin skin over one call of the library; only these files print."""

import signal
import sys
from typing import Annotated

import typer

from cleaner.cli.check import check_rules, diff_rules
from cleaner.cli.clean import clean
from cleaner.cli.ending import TERMINATED, debugging, guarded
from cleaner.cli.explain import explain
from cleaner.cli.job import check_one, print_example
from cleaner.cli.job import print_schema as print_job_schema
from cleaner.cli.job_run import compact_one, release_one, retry_one, run_one
from cleaner.cli.job_status import show_history, show_status
from cleaner.cli.job_verify import verify_one
from cleaner.cli.mine import mine
from cleaner.cli.report import report, restore
from cleaner.cli.review import review
from cleaner.cli.rules import list_rules, new_pack, print_schema, show_rule, write_docs
from cleaner.cli.stats import demote_rules, rule_stats
from cleaner.cli.streams import mend_streams
from cleaner.cli.telling import tell
from cleaner.cli.verdicts import export_verdicts, import_verdicts, list_verdicts
from cleaner.engines.arrow import leave_pandas_out

app = typer.Typer(
    name="cleaner",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
rules_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
verdicts_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
job_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


def main() -> None:
    """Run the command line and exit with its code."""
    mend_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without the sign for a character must not end the run
            stream.reconfigure(errors="backslashreplace")
    leave_pandas_out()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that what is half written goes
    app()


def _version(wanted: bool) -> None:  # noqa: FBT001  # typer passes it so
    if wanted:
        from importlib.metadata import version  # slow, and seldom asked for

        tell(f"cleaner {version('cleaner')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[  # noqa: ARG001  # its callback acts
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Clean scraped text by rules, with every changed character accounted for."""
    debugging.set(debug)


for command in (clean, review, explain, report, restore, mine):
    app.command()(guarded(command))
rules_app.command("list")(guarded(list_rules))
rules_app.command("show")(guarded(show_rule))
rules_app.command("check")(guarded(check_rules))
rules_app.command("diff")(guarded(diff_rules))
rules_app.command("new")(guarded(new_pack))
rules_app.command("docs")(guarded(write_docs))
rules_app.command("stats")(guarded(rule_stats))
rules_app.command("demote")(guarded(demote_rules))
rules_app.command("schema")(guarded(print_schema))
app.add_typer(rules_app, name="rules", help="Look at the rules, check and compare them, write your own.")
verdicts_app.command("export")(guarded(export_verdicts))
verdicts_app.command("import")(guarded(import_verdicts))
verdicts_app.command("list")(guarded(list_verdicts))
app.add_typer(verdicts_app, name="verdicts", help="Carry verdicts between a store and a file, and list them.")
job_app.command("run")(guarded(run_one))
job_app.command("retry")(guarded(retry_one))
job_app.command("status")(guarded(show_status))
job_app.command("history")(guarded(show_history))
job_app.command("release")(guarded(release_one))
job_app.command("compact")(guarded(compact_one))
job_app.command("check")(guarded(check_one))
job_app.command("example")(guarded(print_example))
job_app.command("verify")(guarded(verify_one))
job_app.command("schema")(guarded(print_job_schema))
app.add_typer(job_app, name="job", help="Clean what is new, run after run, into one output.")
