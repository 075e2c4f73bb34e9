"""How fast: each figure a ratio against a peer measured in the same run, in turns, medians; writes a page.

The peer is `ftfy.fix_text` over the same texts in memory, which mends encodings and nothing else.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import ftfy
from pages import Page, arguments, read_pages, table

from cleaner import Cleaner
from cleaner.engines.local import CorpusOptions, clean_corpus
from cleaner.model import Document
from cleaner.report import RunningReport

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
TURNS = 3
SHOWN = [{"name": "a find", "before": "x", "finds": "x"}, {"name": "none", "same": "Nothing."}]
MORE_LINES, MORE_PHRASES, MORE_LITERALS = 600, 300, 100
_HEAD = """# How fast

Written by `benchmarks/speed.py`; do not edit. {count} pages, {size:.1f} MB of raw text, seed
{seed}, {turns} turns, medians; MB of UTF-8 a second, one process. The machine may do other work too: the
ratios count, not the rates.

`python benchmarks/speed.py --data PAGES`

"""


def more_rules(folder: Path, seed: int) -> Path:
    """Write a pack of a thousand rules that match nothing much, with words that nobody writes."""
    draw = random.Random(seed)  # noqa: S311 - no secret

    def words(count: int) -> str:
        return " ".join("".join(draw.choices("bcdfghklmnprstvz", k=4)) + "o" for _ in range(count))

    finds: list[dict[str, object]] = [{"lines": {"any": [words(3)]}} for _ in range(MORE_LINES)]
    finds += [{"regex": rf"\b{words(2)} (?:of|for) \p{{Lu}}\w{{2,20}}"} for _ in range(MORE_PHRASES)]
    finds += [{"regex": words(2)} for _ in range(MORE_LITERALS)]
    rules = [
        {
            "id": f"more-{number}",
            "summary": "A rule.",
            "why": "A measure wants it.",
            "find": find,
            "do": "flag",
        }
        | {"safety": "review", "examples": SHOWN}
        for number, find in enumerate(finds)
    ]
    path = folder / "more.yaml"
    pack = {"pack": "more", "version": "1.0.0", "summary": "A thousand rules.", "rules": rules}
    path.write_text(json.dumps(pack), "utf-8")
    return path


def in_memory(cleaner: Cleaner, texts: Sequence[tuple[Page, str]]) -> None:
    """Clean texts one by one."""
    for page, text in texts:
        cleaner.clean(Document(page.id, text, page.metadata))


def through_files(cleaner: Cleaner, source: Path, folder: Path) -> None:
    """Clean a JSONL file into an output folder: texts, ledger, report."""
    out = Path(tempfile.mkdtemp(dir=folder)) / "out"
    clean_corpus([source], out, cleaner, CorpusOptions(), report=RunningReport({}), arguments={})


def rates(jobs: dict[str, tuple[Callable[[], None], float]]) -> dict[str, float]:
    """Run every job in turns; give the median MB a second of each."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(TURNS):
        for name, (job, _) in jobs.items():
            start = time.perf_counter()
            job()
            seconds[name].append(time.perf_counter() - start)
    return {name: size / statistics.median(seconds[name]) for name, (_, size) in jobs.items()}


def megabytes(texts: Sequence[str]) -> float:
    """Give the size of texts in MB of UTF-8."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1e6


def build(options: argparse.Namespace, folder: Path) -> str:
    """Measure, and write the page."""
    pages = read_pages(options.data, options.limit, options.seed)
    raw, gold = ([(page, getattr(page, name)) for page in pages] for name in ("text", "gold"))
    sizes = {name: megabytes([text for _, text in texts]) for name, texts in (("raw", raw), ("gold", gold))}
    source = folder / "pages.jsonl"
    rows = ({"id": page.id, "text": text, **page.metadata} for page, text in raw)
    source.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    scanning, plain = Cleaner(scan=True), Cleaner(scan=False)
    crowded = Cleaner(packs=[more_rules(folder, options.seed)], scan=True)
    few = raw[: max(1, len(raw) // 8)]
    small = megabytes([text for _, text in few])
    for cleaner in (scanning, plain, crowded):
        in_memory(cleaner, few[:2])  # patterns and databases are made before the clock runs
    found = rates(
        {
            "ftfy": (lambda: [ftfy.fix_text(text) for _, text in raw] and None, sizes["raw"]),
            "files": (lambda: through_files(scanning, source, folder), sizes["raw"]),
            "raw": (lambda: in_memory(scanning, raw), sizes["raw"]),
            "gold": (lambda: in_memory(scanning, gold), sizes["gold"]),
            "crowded": (lambda: in_memory(crowded, raw), sizes["raw"]),
            "plain": (lambda: in_memory(plain, few), small),
        }
    )
    listed = [
        ("`standard`, JSONL in to JSONL and ledger out, against ftfy alone", "files", "ftfy", "≥ 20"),
        ("with a scan, against each rule searching each text", "raw", "plain", "–"),
        ("reviewed texts (clean input) against raw pages", "gold", "raw", "> 1"),
        ("with a thousand rules more, against without", "crowded", "raw", "≥ 0.8"),
    ]
    body = [
        [what, f"{found[one]:.2f}", f"{found[other]:.2f}", f"{found[one] / found[other]:.2f}", target]
        for what, one, other, target in listed
    ]
    head = _HEAD.format(count=len(pages), size=sizes["raw"], seed=options.seed, turns=TURNS)
    return head + table(["what", "MB/s", "peer's MB/s", "ratio", "to reach"], body) + "\n"


def main() -> None:
    """Write `docs/performance.md`, or the page that `--out` names."""
    parser = arguments(__doc__)
    parser.add_argument("--out", type=Path, default=PAGE, help="the page; docs/performance.md unless given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = build(options, Path(folder))
    options.out.write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
