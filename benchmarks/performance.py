"""Measure every figure that speed is judged by, print them, and write `docs/performance.md`.

The pages come from `--data` or the environment and are in no part kept.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import memory
import speed
import starts
import worst
from pages import Page, arguments, read_pages
from timing import Figure, add_turns, figures_table

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_HEAD = """# How fast

Written by `benchmarks/performance.py`; do not edit. {count} pages, {size:.1f} MB of raw text, seed {seed}.
The machine may do other work too: the ratios count, not the rates.

All of it at once: `nox -s bench -- --data PAGES`. Each part alone: the script above its table.
"""
_RATES = """\
MB of UTF-8 a second by the clock, medians of {turns} turns; each job in a new process, whose patterns and
databases are made or loaded before the clock runs, and which has seen none of the texts. Beside `standard`
through files all is in memory. ftfy runs as it comes; clean-text keeps accents, case, addresses, numbers and
line breaks; the C4 filter counts sentences with spaCy. Texts alone means JSONL in and JSONL out by the same
code, edits found and named, but no rows, no Parquet, no report. Workers share the pages {copies} times."""
_MEMORY = """\
A process and its workers at the peak, by default as many as there are cores. A large text is the pages in
some order, again and again; {timeout:g} s for a rule on it before it goes to quarantine."""
_STARTS = "Medians of whole processes, the caches warm."
_WORST = "Every shipped pattern on texts made to try it, at n, 2n and 4n; the lesser of two doublings."


def build(options: argparse.Namespace) -> str:
    """Run every measurement and give the page; say on stderr how long each took."""
    pages = read_pages(options.data, options.limit, options.seed)
    drawn = f" --limit {options.limit}" if options.limit else ""
    parts: list[tuple[str, str, str, Callable[[], Iterable[Figure]]]] = [
        ("Rates", f"speed.py --data PAGES{drawn}", _RATES, lambda: _rates(options, pages)),
        (
            "Memory and large texts",
            f"memory.py --data PAGES{drawn} --big {options.big:g}",
            _MEMORY,
            lambda: _memory(options, pages),
        ),
        ("Short commands", "starts.py", _STARTS, starts.measure),
        ("The worst rule", "worst.py", _WORST, worst.measure),
    ]
    size = sum(len(page.text.encode("utf-8", "surrogatepass")) for page in pages) / 1e6
    written = [_HEAD.format(count=len(pages), size=size, seed=options.seed)]
    for title, command, text, measure in parts:
        start = time.monotonic()
        table = figures_table(measure())
        print(f"{title}: {time.monotonic() - start:.0f} s", file=sys.stderr)
        said = text.format(**vars(options))
        written.append(f"## {title}\n\n`python benchmarks/{command}`\n\n{said}\n\n{table}\n")
    return "\n".join(written)


def _rates(options: argparse.Namespace, pages: list[Page]) -> list[Figure]:
    return speed.measure(pages, copies=options.copies, seed=options.seed, turns=options.turns)


def _memory(options: argparse.Namespace, pages: list[Page]) -> list[Figure]:
    large = memory.big(pages, options.big, options.seed, options.timeout)
    return [*memory.corpora(pages), *large]


def main() -> None:
    """Write `docs/performance.md`, or the page that `--out` names."""
    parser = arguments(__doc__ or "")
    add_turns(parser)
    speed.add_copies(parser)
    memory.add_big(parser)
    parser.add_argument("--out", type=Path, default=PAGE, help="the page; docs/performance.md unless given")
    options = parser.parse_args()
    page = build(options)
    print(page)
    options.out.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
