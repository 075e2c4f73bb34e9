"""How much memory: ten times the corpus beside the corpus; one very large document; one very long line."""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pages import Page, arguments, chance, read_pages
from processes import Ran, clean
from speed import write_jsonl
from timing import Figure, figures_table

TIMES = 10
BIG = 10.0
MOST_MEMORY = 500
_LINEAR = 2.5


def corpora(pages: list[Page]) -> Iterator[Figure]:
    """Clean the pages, and the pages ten times with other ids; yield what that does to the peak."""
    found = [(page, page.text) for page in pages]
    with tempfile.TemporaryDirectory() as folder:
        once, _ = clean(write_jsonl(Path(folder, "once.jsonl"), found), memory=True)
        often, _ = clean(write_jsonl(Path(folder, "often.jsonl"), found, TIMES), memory=True)
    what = f"peak memory of `cleaner clean` and its workers: {TIMES} times the corpus, against the corpus"
    yield Figure(what, f"{often.peak:.0f} MB", f"{once.peak:.0f} MB", often.peak / once.peak, most=1.1)
    what = "the same, against what it may be in all"
    yield Figure(what, f"{often.peak:.0f} MB", f"{MOST_MEMORY} MB", often.peak / MOST_MEMORY, most=1)


def big(pages: list[Page], megabytes: float, seed: int, timeout: float) -> Iterator[Figure]:
    """Clean one document, and one line, of half the size and of the whole; yield time and memory.

    The memory is what comes to that of an empty run. `timeout` is in seconds, for one rule.
    """
    text = "\n\n".join(page.text for page in chance(seed).sample(pages, len(pages)))
    with tempfile.TemporaryDirectory() as folder:
        empty, _ = _cleaned(Path(folder), "A word.", timeout)
        for name, one in (("document", text), ("line", " ".join(text.split("\n")))):
            half, _ = _cleaned(Path(folder), _sized(one, megabytes / 2), timeout)
            whole, end = _cleaned(Path(folder), _sized(one, megabytes), timeout)
            what = f"one {name} of {megabytes:g} MB ({end}), against half of it"
            took = (f"{whole.seconds:.1f} s", f"{half.seconds:.1f} s")
            yield Figure(what, *took, whole.seconds / half.seconds, most=_LINEAR)
            more = whole.peak - empty.peak
            what = f"memory for one {name}, beyond {empty.peak:.0f} MB for nothing, against its size"
            yield Figure(what, f"{more:.0f} MB", f"{megabytes:g} MB", more / megabytes, most=12)


def _sized(text: str, megabytes: float) -> str:
    """Give a text of so many MB: the same again and again, cut off."""
    data = text.encode("utf-8", "surrogatepass")
    size = int(megabytes * 1e6)
    return (data * (size // len(data) + 1))[:size].decode("utf-8", "ignore")


def _cleaned(folder: Path, text: str, timeout: float) -> tuple[Ran, str]:
    """Clean a text as a file; give what it took and what became of it."""
    path = folder / "big.txt"
    path.write_text(text, "utf-8")
    ran, totals = clean(path, "--timeout", f"{timeout:g}", memory=True)
    return ran, "quarantined" if totals["quarantined"] else "cleaned"


def add_big(parser: argparse.ArgumentParser) -> None:
    """Add the size of the large document, and the patience with it."""
    parser.add_argument("--big", type=float, default=BIG, help=f"MB of a large document; {BIG:g}")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for a rule on it; 60 unless given")


if __name__ == "__main__":
    parser = arguments(__doc__ or "")
    add_big(parser)
    chosen = parser.parse_args()
    read = read_pages(chosen.data, chosen.limit, chosen.seed)
    print(figures_table([*corpora(read), *big(read, chosen.big, chosen.seed, chosen.timeout)]))
