"""Whole pages: how much of the article is kept and how much of the rest goes, beside what others do.

Scores are over runs of four words (see `grams.py`). The pages' hosts come from `--hosts`, or the environment:
pages of every kind, several of each host.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import extractors
import mined
from grams import Loss, Score, loss, score
from ours import HeldOut, NotThere, mined_repeats, ours
from pages import Finding, Page, Section, arguments, clean, read_pages, share, table, words

from cleaner import CleanResult

HOSTS = "CLEANER_QUALITY_HOSTS"
PROFILES = ("standard", "auto", "page")
MOST_LOST = 0.002
MOST_RESTLESS = 0.005
ARTICLES, ON_HTML, ON_HOSTS = 0.930, 0.955, 0.720
_HEADS = ["way", "pages", "precision", "recall", "F1", "pages left empty"]
_PERFECT = "a perfect choice of lines"
_SAID = """\
Articles, the text alone; no page is judged by weights that saw its host. C4’s rules are those that choose
lines (those that drop whole pages are off); jusText gets each line as a paragraph and the stop words of the
text's language, or English ones; the block is the run of lines with most words of prose, less five for each
line between; the perfect choice keeps the lines that lie inside the reviewed content as defined above."""
Texts = Mapping[str, str]
Measured = TypeVar("Measured")


@dataclass(frozen=True, slots=True)
class Way:
    """One way of cleaning: it takes pages and gives texts by id; what it lacks it raises."""

    name: str
    run: Callable[[Sequence[Page]], Texts]


def peer(name: str, ready: Callable[[], extractors.Extract]) -> Way:
    """Give a way of others; a page on which it fails is one on which it found nothing."""

    def run(pages: Sequence[Page]) -> Texts:
        try:
            extract = ready()
        except ImportError as error:
            message = f"not installed: {error.name or error}"
            raise NotThere(message) from error
        return {page.id: _kept(extract, page) for page in pages}

    return Way(name, run)


def _kept(extract: extractors.Extract, page: Page) -> str:
    try:
        return extract(page)
    except Exception as error:  # noqa: BLE001 - whatever they raise
        print(f"{page.id}: {type(error).__name__}: {error}"[:200], file=sys.stderr)
        return ""


def profile(name: str, held: HeldOut, *, html: bool = False, repeats: Path | None = None) -> Way:
    """Give a profile as a way; with `repeats`, by what is mined from that file too."""

    def run(pages: Sequence[Page]) -> Texts:
        mined = mined_repeats(repeats) if repeats else None
        found = ours(pages, name, held, html=html, repeats=mined)
        return {key: result.text for key, result in found.items()}

    return Way(f"**`{name}`**" + (", mined repeats" if repeats else ""), run)


def scores(title: str, ways: Sequence[Way], pages: Sequence[Page]) -> dict[str, Score | str]:
    """Score each way; one that is not there says so in place of a score."""
    golds = {page.id: page.gold for page in pages}
    return {way.name: _tried(title, way, pages, lambda texts: score(golds, texts)) for way in ways}


def losses(title: str, ways: Sequence[Way], pages: Sequence[Page]) -> dict[str, Loss | str]:
    """Feed each way the reviewed contents; say what it lost of them."""
    good = [replace(page, text=page.gold, html="") for page in pages]
    golds = {page.id: page.gold for page in pages}
    return {way.name: _tried(title, way, good, lambda texts: loss(golds, texts)) for way in ways}


def _tried(
    title: str, way: Way, pages: Sequence[Page], measure: Callable[[Texts], Measured]
) -> Measured | str:
    start = time.monotonic()
    try:
        return measure(way.run(pages))
    except NotThere as error:
        return str(error)
    finally:
        print(f"  {title}: {way.name}: {time.monotonic() - start:.0f} s", file=sys.stderr)


def section(options: argparse.Namespace, pages: list[Page] | None = None) -> Section:
    """Measure all of it and write the section."""
    pages = pages or read_pages(options.data, options.limit, options.seed)
    held = HeldOut(pages, options.seed)
    parts = (
        _articles(pages, held),
        _html([page for page in pages if page.html], held),
        _hosts(options, held),
        _good(pages, held),
        _second(pages, held),
        _mined(options),
    )
    text = "\n\n".join(part.text for part in parts)
    return Section(text, tuple(finding for part in parts for finding in part.findings))


def _articles(pages: Sequence[Page], held: HeldOut) -> Section:
    others = [peer(name, ready) for name, ready in extractors.TEXT.items()]
    ways = [*others, *(profile(name, held) for name in PROFILES), peer(_PERFECT, extractors.perfect)]
    found = scores("articles", ways, pages)
    reached = [
        _reach(f"boilerplate: F1 of `{name}` on articles, text alone", ARTICLES, found, f"**`{name}`**")
        for name in ("page", "auto")
    ]
    return Section(f"{_SAID}\n\n{_table(found)}", tuple(reached))


def _html(pages: Sequence[Page], held: HeldOut) -> Section:
    if not pages:
        return Section("No page of this set has HTML.")
    others = [peer(name, ready) for name, ready in extractors.HTML.items()]
    mine = [profile(name, held, html=True) for name in PROFILES]
    found = scores("HTML", [*others, *mine, peer(_PERFECT, extractors.perfect)], pages)
    reached = _reach("boilerplate: F1 of `page` on HTML", ON_HTML, found, "**`page`**")
    return Section(f"The articles that came with HTML, read from it:\n\n{_table(found)}", (reached,))


def _hosts(options: argparse.Namespace, held: HeldOut) -> Section:
    if not options.hosts:
        return Section(f"Several pages of each host: not measured, no set was given (`--hosts`, ${HOSTS}).")
    pages = read_pages(options.hosts, None, options.seed)
    ways = [
        peer("keep all", extractors.keep_all),
        peer("block of prose", extractors.block),
        peer("lines of two pages or more of a host out", lambda: extractors.repeats_alone(pages)),
        *(profile(name, held) for name in PROFILES),
        *(profile(name, held, repeats=options.hosts) for name in PROFILES),
        peer(_PERFECT, extractors.perfect),
    ]
    found = scores("hosts", ways, pages)
    hosts = len({page.metadata.get("host") for page in pages})
    said = f"Pages of every kind, {len(pages)} of {hosts} hosts (`{options.hosts.name}`), the text alone:"
    name = "boilerplate: F1 of `page` with mined repeats, several pages of each host"
    reached = _reach(name, ON_HOSTS, found, "**`page`**, mined repeats")
    return Section(f"{said}\n\n{_table(found)}", (reached,))


def _good(pages: Sequence[Page], held: HeldOut) -> Section:
    others = [peer(name, ready) for name, ready in extractors.TEXT.items()]
    found = losses("reviewed contents", [*others, *(profile(name, held) for name in PROFILES)], pages)
    rows: list[list[object]] = [
        [name, *((share(one.overall, 1, 3), share(one.mean, 1, 3)) if isinstance(one, Loss) else (one, "–"))]
        for name, one in found.items()
    ]
    heads = ["way", "share of all words lost", "mean of the texts' shares"]
    said = "The reviewed contents of the articles fed in, which are to stay:"
    auto = found["**`auto`**"]
    name, target = "boilerplate: words of reviewed contents that `auto` loses", f"≤ {MOST_LOST:.1%}"
    reached = (
        Finding(name, target, auto, None)
        if isinstance(auto, str)
        else Finding(name, target, _both(auto), max(auto.overall, auto.mean) <= MOST_LOST)
    )
    return Section(f"{said}\n\n{table(heads, rows)}", (reached,))


def _both(found: Loss) -> str:
    return f"{found.overall:.3%} of all words, {found.mean:.3%} of a text's on average"


def _second(pages: Sequence[Page], held: HeldOut) -> Section:
    name, target = "boilerplate: pages of which `auto` cuts more when they come again", "≤ 0.5%"
    try:
        first = ours(pages, "auto", held)
    except NotThere as error:
        return Section(
            f"A second pass of `auto` over its own texts: {error}.",
            (Finding(name, target, str(error), None),),
        )
    cut = [page.id for page in pages if _cuts_more(first[page.id], page, held)]
    figure = f"{share(len(cut), len(pages))} ({len(cut)} of {len(pages)})"
    said = f"The texts that `auto` gives fed to it again: words go from {figure}."
    return Section(said, (Finding(name, target, figure, len(cut) <= MOST_RESTLESS * len(pages)),))


def _cuts_more(result: CleanResult, page: Page, held: HeldOut) -> bool:
    again = clean(held.cleaner("auto", page), page.id, result.text, page.metadata)
    return len(words(again.text)) < len(words(result.text))


def _mined(options: argparse.Namespace) -> Section:
    """Measure what `cleaner mine` proposes."""
    if not options.hosts:
        return Section(f"What `cleaner mine` proposes: not measured, no set was given (${HOSTS}).")
    return mined.measured(read_pages(options.hosts, None, options.seed))


def _reach(promise: str, least: float, found: Mapping[str, Score | str], way: str) -> Finding:
    """Give the F1 of a way beside the best of the others that do not know the answer."""
    mine, target = found[way], f"≥ {least:.3f}"
    if isinstance(mine, str):
        return Finding(promise, target, mine, None)
    others = {
        name: one.f1
        for name, one in found.items()
        if isinstance(one, Score) and "**" not in name and name != _PERFECT
    }
    best = max(others, key=lambda name: others[name])
    return Finding(
        promise, target, f"{mine.f1:.4f} (best of others {others[best]:.4f}: {best})", mine.f1 >= least
    )


def _table(found: Mapping[str, Score | str]) -> str:
    rows = []
    for name, one in found.items():
        figures: Sequence[object] = [one, *"––––"]
        if isinstance(one, Score):
            figures = [
                one.pages,
                *(f"{value:.4f}" for value in (one.precision, one.recall, one.f1)),
                one.empty,
            ]
        rows.append([name, *figures])
    return table(_HEADS, rows)


def add_hosts(parser: argparse.ArgumentParser) -> None:
    """Add the set with several pages of each host."""
    path = os.environ.get(HOSTS)
    text = f"pages with several of each host, like --data (else ${HOSTS})"
    parser.add_argument("--hosts", type=Path, default=Path(path) if path else None, help=text)


if __name__ == "__main__":
    given = arguments(__doc__ or "")
    add_hosts(given)
    found = section(given.parse_args())
    print(
        found.text,
        *(f"{one.promise}: {one.figure} (target {one.target})" for one in found.findings),
        sep="\n\n",
    )
