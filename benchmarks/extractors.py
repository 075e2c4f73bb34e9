"""What others would make of a page: from its text alone, from its HTML, from the other pages of its host.

Each way is a function that loads what it needs, raising ImportError where that is not installed, and gives a
function from a page to the text that it keeps.
"""

import html
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from languages import language
from pages import Page, words
from removal import Content, phrases

Extract = Callable[[Page], str]
PROSE_WORDS = 15
LINE_COSTS = 5
"""What a line that is no prose takes from the block it stands in, in words."""
_ENDS = (".", "?", "!", '"', "'", "”", "’", "…", ":", ")", "。", "！", "？")
_DIGITS = re.compile(r"\d+")


def lines_of(text: str) -> list[str]:
    """Give the lines that are not blank."""
    return [line for line in text.splitlines() if line.strip()]


def keep_all() -> Extract:
    """Keep the text as it is."""
    return lambda page: page.text


def perfect() -> Extract:
    """Keep the lines that lie inside the reviewed content: what no choice of lines can better."""

    def extract(page: Page) -> str:
        content = Content(page.gold)
        return "\n".join(line for line in lines_of(page.text) if content.holds(line))

    return extract


def phrase_list() -> Extract:
    """Take out the lines that are on the plain list of forty phrases."""
    listed = phrases()
    return lambda page: "\n".join(
        line for line in lines_of(page.text) if line.strip().casefold() not in listed
    )


def block() -> Extract:
    """Keep the block that holds most prose."""
    return lambda page: prose_block(page.text)


def prose_block(text: str) -> str:
    r"""Keep one run of lines: that with most words of prose, less five for every line that is none.

    A line is prose where it has fifteen words or more and ends as a sentence does. A text without
    prose stays.

    >>> prose = "It was late in the year when the last of them came down to the harbour again."
    >>> prose_block("\n".join(["Home", "About", prose, "A heading", prose, "Share", "Home"])).count("\n")
    2
    """
    lines = lines_of(text)
    best, sum_here, start, kept = 0, 0, 0, (0, len(lines))
    for number, line in enumerate(lines):
        if sum_here <= 0:
            sum_here, start = 0, number
        count = len(words(line))
        prose = count >= PROSE_WORDS and line.rstrip().endswith(_ENDS)
        sum_here += count if prose else -LINE_COSTS
        if sum_here > best:
            best, kept = sum_here, (start, number + 1)
    return "\n".join(lines[slice(*kept)])


def c4() -> Extract:
    """Choose lines by C4's rules, as datatrove has them; the rules that drop whole pages are off."""
    from datatrove.data import Document  # noqa: PLC0415 - of the group `quality` alone
    from datatrove.pipeline.filters import C4QualityFilter  # noqa: PLC0415

    chosen = C4QualityFilter(min_num_sentences=-1, filter_lorem_ipsum=False, filter_curly_bracket=False)

    def extract(page: Page) -> str:
        document = Document(text=page.text, id=page.id)
        chosen.filter(document)
        return str(document.text)

    return extract


@cache
def _stop_words(name: str) -> frozenset[str]:
    import justext  # noqa: PLC0415 - of the group `quality` alone

    known = justext.get_stoplists()
    return frozenset(justext.get_stoplist(name if name in known else "English"))


def _by_justext(source: str, text: str) -> str:
    import justext  # noqa: PLC0415 - of the group `quality` alone

    paragraphs = justext.justext(source, _stop_words(language(text))) if text.strip() else []
    return "\n".join(one.text for one in paragraphs if not one.is_boilerplate)


def justext_on_text() -> Extract:
    """Let jusText judge each line as a paragraph, with the stop words of the text's language."""
    _stop_words("English")

    def extract(page: Page) -> str:
        body = "".join(f"<p>{html.escape(line)}</p>" for line in lines_of(page.text))
        return _by_justext(f"<html><body>{body}</body></html>", page.text)

    return extract


def justext_on_html() -> Extract:
    """Let jusText judge the paragraphs of the page, with the stop words of its language."""
    _stop_words("English")
    return lambda page: _by_justext(page.html, page.text)


def trafilatura(**options: Any) -> Extract:
    """Extract the main content, comments apart, by trafilatura with any further options."""
    from trafilatura import extract  # noqa: PLC0415 - of the group `quality` alone

    return lambda page: extract(page.html, include_comments=False, **options) or ""


def resiliparse() -> Extract:
    """Extract the main content by Resiliparse, without alternative texts of images."""
    from resiliparse.extract.html2text import extract_plain_text  # noqa: PLC0415 - of `quality` alone

    return lambda page: str(extract_plain_text(page.html, main_content=True, alt_texts=False))


def repeats_alone(pages: Sequence[Page]) -> Extract:
    """Take out the lines that stand on two of a host's pages or more, case, spaces and digits folded."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for page in pages:
        seen[_host(page)].update({_folded(line) for line in lines_of(page.text)})
    return lambda page: "\n".join(
        line for line in lines_of(page.text) if seen[_host(page)][_folded(line)] <= 1
    )


def _host(page: Page) -> str:
    return str(page.metadata.get("host", ""))


def _folded(line: str) -> str:
    return _DIGITS.sub("0", " ".join(line.casefold().split()))


TEXT: dict[str, Callable[[], Extract]] = {
    "keep all": keep_all,
    "phrase list": phrase_list,
    "C4 rules (datatrove, rules for lines)": c4,
    "jusText, a line a paragraph": justext_on_text,
    "block of prose": block,
}
"""The ways that need a text alone."""

HTML: dict[str, Callable[[], Extract]] = {
    "keep all": keep_all,
    "jusText": justext_on_html,
    "Resiliparse, main content": resiliparse,
    "trafilatura": trafilatura,
    "trafilatura, favouring recall": lambda: trafilatura(favor_recall=True),
}
"""The ways that read HTML; the first keeps every line that is seen."""
