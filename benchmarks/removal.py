"""And not by doing nothing: how much of what surrounds a text `standard` removes, beside a plain phrase list.

A line of the page lies inside the reviewed content when its words, case aside, stand there in one run, or at
least four fifths of its runs of four words do; a line of fewer than four words when it is a line there. What
is removed is counted over the other lines; what it costs is counted in words and in runs of four words of the
reviewed content which the page held and the cleaned page lacks.
"""

import argparse
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

from languages import language
from pages import Finding, Page, Section, arguments, clean, read_pages, share, table, words

from cleaner import Cleaner, CleanResult

RUN = 4
ENOUGH = 0.8
TIMES = 1.5
MOST_LOST = 0.001


@dataclass(slots=True)
class Removal:
    """What one way of cleaning removed outside the reviewed content, and what it cost inside."""

    lines: int = 0
    words_lost: int = 0
    runs_lost: int = 0

    def add(self, other: "Removal") -> None:
        """Count another page in."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(slots=True)
class Tally:
    """The figures of a group of pages."""

    pages: int = 0
    outside: int = 0
    words: int = 0
    runs: int = 0
    standard: Removal = field(default_factory=Removal)
    phrases: Removal = field(default_factory=Removal)


def folded(text: str) -> list[str]:
    """Give the words of a text with case and forms of letters folded."""
    return words(unicodedata.normalize("NFKC", text).casefold())


def runs(found: list[str]) -> Counter[tuple[str, ...]]:
    """Give the runs of four words, as a bag; a shorter text is one run."""
    last = max(1, len(found) - RUN + 1)
    return Counter(tuple(found[start : start + RUN]) for start in range(last)) if found else Counter()


class Content:
    """The reviewed content of a page, ready to be asked whether a line of the page lies inside."""

    def __init__(self, gold: str) -> None:
        """Fold the text once."""
        found = folded(gold)
        self.words = Counter(found)
        self.runs = runs(found)
        self._text = f" {' '.join(found)} "
        self._lines = {_key(line) for line in gold.splitlines()}

    def holds(self, line: str) -> bool:
        """Whether a line of the page is part of the content."""
        found = folded(line)
        if len(found) < RUN:
            return _key(line) in self._lines
        if f" {' '.join(found)} " in self._text:
            return True
        grams = runs(found)
        return sum(count for gram, count in grams.items() if gram in self.runs) >= ENOUGH * grams.total()


def _key(line: str) -> str:
    return " ".join(folded(line)) or line.strip()


@cache
def phrases() -> frozenset[str]:
    """Give the plain list: forty phrases, compared with whole lines, case and white space aside."""
    file = Path(__file__).parent / "material" / "phrases.txt"
    return frozenset(line.strip().casefold() for line in file.read_text("utf-8").splitlines())


def filled_lines(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines that are not blank, each with its offset."""
    offset = 0
    for line in text.split("\n"):
        if line.strip():
            yield offset, line
        offset += len(line) + 1


def removed_lines(result: CleanResult) -> set[int]:
    """Give the offsets of the lines of which nothing is left: all that is not white space was removed."""
    edits = result.applied
    ends = [edit.span.end for edit in edits]
    gone = set()
    for offset, line in filled_lines(result.document.text):
        left, end, position = [], offset + len(line), offset
        for edit in edits[bisect_left(ends, offset + 1) :]:
            if edit.span.start >= end:
                break
            left += (result.document.text[position : max(position, edit.span.start)], edit.after)
            position = edit.span.end
        left.append(result.document.text[position:end] if position < end else "")
        if not "".join(left).strip():
            gone.add(offset)
    return gone


def measure(cleaner: Cleaner, page: Page) -> tuple[Tally, bool]:
    """Clean the text of one page both ways; say too whether a second cleaning changes something."""
    content, source = Content(page.gold), page.text
    result = clean(cleaner, page.id, source, page.metadata)
    lines = dict(filled_lines(source))
    outside = {offset for offset, line in lines.items() if not content.holds(line)}
    listed = {offset for offset, line in lines.items() if line.strip().casefold() in phrases()}
    plain = "\n".join(line for offset, line in lines.items() if offset not in listed)
    held_words, held_runs = _held(content, source)
    tally = Tally(1, len(outside), held_words.total(), held_runs.total())
    for removal, text, gone in (
        (tally.standard, result.text, removed_lines(result)),
        (tally.phrases, plain, listed),
    ):
        kept_words, kept_runs = _held(content, text)
        removal.lines = len(outside & gone)
        removal.words_lost = (held_words - kept_words).total()
        removal.runs_lost = (held_runs - kept_runs).total()
    restless = bool(result.applied and clean(cleaner, page.id, result.text, page.metadata).applied)
    return tally, restless


def _held(content: Content, text: str) -> tuple[Counter[str], Counter[tuple[str, ...]]]:
    found = folded(text)
    return content.words & Counter(found), content.runs & runs(found)


def report(tallies: dict[str, Tally], restless: int) -> Section:
    """Write the figures by language and overall, and how many pages changed when cleaned again."""
    total = Tally()
    for tally in tallies.values():
        total.pages += tally.pages
        total.outside += tally.outside
        total.words += tally.words
        total.runs += tally.runs
        total.standard.add(tally.standard)
        total.phrases.add(tally.phrases)
    groups = [*sorted(tallies.items(), key=lambda one: -one[1].pages), ("**all**", total)]
    heads = ["language", "pages", "lines outside", "removed by standard", "by the list", "standard ÷ list"]
    heads += ["words lost", "by the list", "runs of four lost", "by the list"]
    return Section(table(heads, [_row(name, tally) for name, tally in groups]), _findings(total, restless))


def _findings(total: Tally, restless: int) -> tuple[Finding, ...]:
    times = total.standard.lines / max(1, total.phrases.lines)
    ours, plain = share(total.standard.lines, total.outside), share(total.phrases.lines, total.outside)
    lost = share(total.standard.words_lost, total.words, 3)
    return (
        Finding(
            "not by doing nothing: lines outside the content removed",
            f"≥ {TIMES} × the phrase list",
            f"{times:.2f} × ({ours}, the list {plain})",
            times >= TIMES,
        ),
        Finding(
            "not by doing nothing: words of the content lost from whole pages",
            "≤ 0.1%",
            lost,
            total.standard.words_lost <= MOST_LOST * total.words,
        ),
        Finding(
            "rest: clean pages changed when cleaned again", "0", f"{restless} of {total.pages}", not restless
        ),
    )


def _row(name: str, tally: Tally) -> list[object]:
    ways = (tally.standard, tally.phrases)
    times = f"{ways[0].lines / ways[1].lines:.2f}" if ways[1].lines else "–"
    return [
        name,
        tally.pages,
        f"{tally.outside:,}",
        *(share(way.lines, tally.outside) for way in ways),
        times,
        *(share(way.words_lost, tally.words, 3) for way in ways),
        *(share(way.runs_lost, tally.runs, 3) for way in ways),
    ]


def section(options: argparse.Namespace, pages: list[Page] | None = None) -> Section:
    """Measure all pages and write the section."""
    cleaner = Cleaner("standard")
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    restless = 0
    for page in pages or read_pages(options.data, options.limit, options.seed):
        measured, moved = measure(cleaner, page)
        restless += moved
        tally = tallies[language(page.gold)]
        tally.pages += 1
        tally.outside += measured.outside
        tally.words += measured.words
        tally.runs += measured.runs
        tally.standard.add(measured.standard)
        tally.phrases.add(measured.phrases)
    return report(tallies, restless)


if __name__ == "__main__":
    found = section(arguments(__doc__ or "").parse_args())
    print(
        found.text,
        *(f"{one.promise}: {one.figure} (target {one.target})" for one in found.findings),
        sep="\n\n",
    )
