"""Measure everything the project promises about its rules, and write `docs/quality.md`.

The pages come from `--data` or the environment and are in no part kept: what is written holds figures, the
rules' names and, of the edits that readers disputed or that took most, a few words.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import boilerplate
import ftfy_cases
import gold
import judgements
import removal
import undone
from pages import DATA, Finding, Page, Section, arguments, read_pages, table

from cleaner import Cleaner

PAGE = Path(__file__).parents[1] / "docs" / "quality.md"
_HEAD = """# What the rules do, measured

Written by `benchmarks/quality.py`; do not edit. Unless another profile is named, the figures are
those of `standard`, ruleset `{ruleset}`, on `{name}`: {count} pages{drawn}, seed {seed}. The published
figures are for the article pages of the development split of WCXB
(github.com/Murrough-Foley/web-content-extraction-benchmark, CC-BY-4.0); they are not in this repository. Any
other set with `id`, `text` and `gold` can be measured by the same commands, and figures on sets that nobody
here has seen say more than these: the damage below is the rules' own authors' work.

Set `{data}`, `{hosts}` and `{ftfy}` to the set, to one with several pages of each host and to ftfy's
test cases, or give `--data`, `--hosts` and `--ftfy`. All of it at once: `nox -s quality`, which installs what
the others in the table of whole pages need.
"""


def build(options: argparse.Namespace) -> str:
    """Run every measurement and write the page; say on stderr how long each took."""
    pages = read_pages(options.data, options.limit, options.seed)
    seed = f" --seed {options.seed}" + (f" --limit {options.limit}" if options.limit else "")
    parts: list[tuple[str, str, Callable[[], Section]]] = [
        ("Good text in, good text out", f"gold.py{seed}", lambda: gold.section(options, pages)),
        (
            "What two readers say of the edits",
            "judgements.py A.jsonl B.jsonl --sample SAMPLE.jsonl",
            lambda: _judged(options),
        ),
        ("And not by doing nothing", f"removal.py{seed}", lambda: removal.section(options, pages)),
        ("Whole pages", f"boilerplate.py{seed}", lambda: _whole(options, pages)),
        ("Damaged text in", f"undone.py{seed}", lambda: undone.section(options, pages)),
        ("ftfy's cases", "ftfy_cases.py", lambda: _cases(options)),
    ]
    written: list[str] = []
    findings: list[Finding] = []
    for title, command, measure in parts:
        start = time.monotonic()
        found = measure()
        print(f"{title}: {time.monotonic() - start:.0f} s", file=sys.stderr)
        findings += found.findings
        written.append(f"## {title}\n\n`python benchmarks/{command}`\n\n{found.text}")
    drawn = " drawn at random" if options.limit else ""
    head = _HEAD.format(
        ruleset=Cleaner("standard").ruleset_hash[:16],
        count=len(pages),
        name=options.data.name,
        drawn=drawn,
        seed=options.seed,
        data=DATA,
        hosts=boilerplate.HOSTS,
        ftfy=ftfy_cases.FTFY,
    )
    rows: list[list[object]] = [[one.promise, one.target, one.figure, _met(one.met)] for one in findings]
    summary = table(["promise", "target", "figure", "met"], rows)
    missed = [
        f"- {one.promise}: {one.figure}, where {one.target} is promised."
        for one in findings
        if one.met is False
    ]
    misses = "\n".join(missed) or "- None of the figures above."
    return "\n\n".join((head.strip(), summary, f"## Today's misses\n\n{misses}", *written)) + "\n"


def _met(met: bool | None) -> str:  # noqa: FBT001 - a plain value to write
    return {True: "yes", False: "**no**", None: "not measured"}[met]


def _whole(options: argparse.Namespace, pages: list[Page]) -> Section:
    found = boilerplate.section(options, pages)
    print(found.text)
    return found


def _judged(options: argparse.Namespace) -> Section:
    if options.readers:
        return judgements.section(options.readers, options.drawn)
    return Section("Not judged yet: no reader's file was given.")


def _cases(options: argparse.Namespace) -> Section:
    return (
        ftfy_cases.section(options)
        if options.ftfy
        else Section("Not measured: no folder of cases was given.")
    )


if __name__ == "__main__":
    parser = arguments(__doc__ or "")
    undone.add_options(parser)
    ftfy_cases.add_folder(parser, required=False)
    boilerplate.add_hosts(parser)
    parser.add_argument("--sample", type=Path, help="write the edits for readers to this .jsonl")
    parser.add_argument("--readers", type=Path, nargs=2, help="two readers' judgements, .jsonl")
    parser.add_argument("--drawn", type=Path, help="the sample they judged, .jsonl")
    parser.add_argument(
        "--out", type=Path, default=PAGE, help="the page to write; docs/quality.md unless given"
    )
    given = parser.parse_args()
    given.out.write_text(build(given), "utf-8")
    print(f"written: {given.out}")
