"""Memory and time of `cleaner mine` for very many lines: generated sites, each with its own template."""

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

from pages import SEED, chance
from processes import run_cleaner
from timing import Figure, figures_table

LINES = 10_000_000
MOST_MEMORY = 2_000
"""MB."""
_HOSTS, _DOCUMENT = 200, 40
_MENU, _FOOTER = 10, 6
_SYLLABLES = [
    first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "en", "or")
]


def documents(lines: int, seed: int) -> Iterator[dict[str, str]]:
    """Yield pages of forty lines: a site's menu and footer around lines that hardly ever repeat."""
    draw = chance(seed)
    templates = [[_words(draw, 2) for _ in range(_MENU + _FOOTER)] for _ in range(_HOSTS)]
    for number in range(max(1, lines // _DOCUMENT)):
        host = draw.randrange(_HOSTS)
        own = (_words(draw, draw.randint(1, 14)) for _ in range(_DOCUMENT - _MENU - _FOOTER))
        text = "\n".join([*templates[host][:_MENU], *own, *templates[host][_MENU:]])
        yield {"id": f"page-{number}", "host": f"site-{host}.example", "text": text}


def _words(draw: Random, number: int) -> str:
    return " ".join("".join(draw.choices(_SYLLABLES, k=draw.randint(1, 4))) for _ in range(number))


def measured(lines: int, seed: int, memory: int) -> Iterator[Figure]:
    """Mine so many lines for proposals and statistics; yield peak memory and seconds."""
    with tempfile.TemporaryDirectory() as name:
        corpus = Path(name, "pages.jsonl")
        with corpus.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(document) + "\n" for document in documents(lines, seed))
        size = corpus.stat().st_size / 1e6
        targets = ("--out", Path(name, "mined.yaml"), "--stats", Path(name, "lines.parquet"))
        ran = run_cleaner(["mine", corpus, *targets, "--memory", str(memory), "--quiet"], memory=True)
        if ran.code:
            message = f"`cleaner mine` ended with {ran.code}"
            raise RuntimeError(message)
    what = f"peak memory of `cleaner mine` for {lines:,} lines, {size:,.0f} MB"
    yield Figure(what, f"{ran.peak:.0f} MB", f"{MOST_MEMORY} MB", ran.peak / MOST_MEMORY, most=1)
    yield Figure("the same, seconds", f"{ran.seconds:.0f} s", "–", None)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES, help=f"generate so many; {LINES:,} unless given")
    parser.add_argument("--memory", type=int, default=1_000, help="megabytes for counting")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    print(figures_table(measured(given.lines, given.seed, given.memory)))


if __name__ == "__main__":
    main()
