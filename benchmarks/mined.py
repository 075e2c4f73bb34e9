"""What mining a corpus proposes, against the reviewed content of its pages; what its statistics clean alone.

A line lies in the content when at least half of its runs of four words stand there, or, with fewer than four
words, when it is a line there, folded. Lines without a word are left out of the count. The lines to be found
are those outside the content that stand, folded but with their numbers, on two pages of their host or more:
so they do not depend on how the mining compares lines. Each place counts.
"""

import argparse
import json
import statistics
import tempfile
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from pages import Finding, Page, Section, arguments, clean, read_pages, share, table, words

from cleaner import Cleaner, CleanResult, Repeats
from cleaner.draft import fold
from cleaner.mine import Mined, MineOptions, mine
from cleaner.packs import RulePack, load

RUN = 4
LEAST_OUTSIDE, LEAST_FOUND = 0.97, 0.85
Runs = Counter[tuple[str, ...]]


def runs(text: str) -> Runs:
    """Give the runs of four words, as a bag; a shorter text is one run."""
    found = words(text)
    last = max(1, len(found) - RUN + 1)
    return Counter(tuple(found[start : start + RUN]) for start in range(last)) if found else Counter()


class Content:
    """The reviewed content of a page, ready to be asked whether a line lies inside."""

    def __init__(self, gold: str) -> None:
        """Fold the text once."""
        self.runs = runs(gold)
        self._lines = {fold(line) for line in gold.split("\n") if line.strip()}

    def holds(self, line: str) -> bool:
        """Whether a line of the page is part of the content."""
        if len(words(line)) < RUN:
            return fold(line) in self._lines
        own = runs(line)
        return 2 * sum(count for run, count in own.items() if run in self.runs) >= own.total()


def removed_lines(result: CleanResult) -> Iterator[tuple[str, bool]]:
    """Yield the lines of a source that have words, each with whether an applied edit took it away whole."""
    spans = [edit.span for edit in result.applied]
    start = 0
    for line in result.document.text.split("\n"):
        end = start + len(line)
        place = bisect_left(spans, end, key=lambda span: span.end)
        if words(line):
            yield line, place < len(spans) and spans[place].start <= start
        start = end + 1


def f1(pages: Sequence[Page], texts: Sequence[str]) -> tuple[float, float, float]:
    """Give the means of precision and recall over pages, in runs of four words, and the F1 of the two."""
    precisions, recalls = [], []
    for page, text in zip(pages, texts, strict=True):
        gold, kept = runs(page.gold), runs(text)
        both = (gold & kept).total()
        if kept:
            precisions.append(both / kept.total())
        if gold:
            recalls.append(both / gold.total())
    precision, recall = statistics.mean(precisions), statistics.mean(recalls)
    return precision, recall, 2 * precision * recall / (precision + recall)


def mined(pages: Sequence[Page], folder: Path) -> Mined:
    """Mine the texts of pages into `proposals.yaml` and `statistics.parquet` in a folder."""
    corpus = folder / "pages.jsonl"
    with corpus.open("w", encoding="utf-8") as file:
        for page in pages:
            file.write(json.dumps({"id": page.id, "text": page.text, **page.metadata}) + "\n")
    return mine(
        [corpus],
        MineOptions(),
        out=folder / "proposals.yaml",
        stats=folder / "statistics.parquet",
    )


def judged(pages: Sequence[Page], results: Sequence[CleanResult]) -> Counter[str]:
    """Count the lines that were cut, those of them outside the content, those to be found, and found."""
    places: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for number, page in enumerate(pages):
        for line in page.text.split("\n"):
            places[page.metadata.get("host", ""), fold(line)].add(number)
    counts: Counter[str] = Counter()
    for page, result in zip(pages, results, strict=True):
        content, host = Content(page.gold), page.metadata.get("host", "")
        for line, cut in removed_lines(result):
            outside = not content.holds(line)
            wanted = outside and len(places[host, fold(line)]) > 1
            counts.update({"cut": cut, "cut outside": cut and outside, "wanted": wanted})
            counts["found"] += cut and wanted
    return counts


def measured(pages: Sequence[Page]) -> Section:
    """Mine pages, make all proposals on them, and clean them by the statistics alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        numbers = mined(pages, folder)
        proposed = load_alone(str(folder / "proposals.yaml"))
        repeats = Repeats.load(folder / "statistics.parquet")
        ways = {
            "keep all": Cleaner([], scan=False),
            "all proposals made": Cleaner(proposed, apply="review"),
            "`web/repeated` alone": Cleaner(
                load_alone("web/repeated"), repeats=repeats, apply="review", scan=False
            ),
        }
    rows, counts = [], Counter[str]()
    for way, cleaner in ways.items():
        results = [clean(cleaner, page.id, page.text, page.metadata) for page in pages]
        rows.append([way, *(f"{figure:.3f}" for figure in f1(pages, [one.text for one in results]))])
        if "proposals" in way:
            counts = judged(pages, results)
    return _section(numbers, counts, rows)


def load_alone(pack: str) -> list[RulePack]:
    """Load one pack and no other."""
    known = {one.name for one in load("minimal")}
    return [one for one in load("minimal", [pack]) if one.name not in known]


def _section(numbers: Mined, counts: Counter[str], rows: list[list[object]]) -> Section:
    outside, found = counts["cut outside"] / counts["cut"], counts["found"] / counts["wanted"]
    cut, wanted = counts["cut"], counts["wanted"]
    said = (
        f"{numbers.documents:,} pages of {numbers.hosts:,} hosts: {numbers.proposals:,} proposals, "
        f"{numbers.dropped:,} dropped. They would cut {cut:,} lines, "
        f"{share(counts['cut outside'], cut)} of them "
        f"outside the reviewed content; of {wanted:,} lines outside it that repeat on their host they find "
        f"{share(counts['found'], wanted)}."
    )
    heads = ["word runs of four", "precision", "recall", "F1"]
    findings = (
        Finding(
            "Mined proposals: lines not in the content", "≥ 97%", f"{outside:.2%}", outside >= LEAST_OUTSIDE
        ),
        Finding("Mined proposals: repeated lines found", "≥ 85%", f"{found:.2%}", found >= LEAST_FOUND),
    )
    return Section(f"{said}\n\n{table(heads, rows)}", findings)


def main(parser: argparse.ArgumentParser) -> None:
    """Measure and print."""
    given = parser.parse_args()
    section = measured(read_pages(given.data, given.limit, given.seed))
    print(section.text)
    for finding in section.findings:
        print(f"{finding.promise}: {finding.figure} ({finding.target}: {'met' if finding.met else 'MISSED'})")


if __name__ == "__main__":
    main(arguments(__doc__ or ""))
