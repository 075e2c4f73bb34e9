"""Which elements the lines of a page's text stand in: headings, links, navigation."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from cleaner.model import Mark, Span

SHARE = 0.8
"""A line is a link, a heading or navigation where so much of it, white space apart, lies in such elements."""

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What lxml reads, and does not write."""

LABELS = ("heading", "link", "nav")

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_NAV = frozenset({"nav", "aside", "menu", "dialog", "button", "select", "form"})
_ROLES = frozenset(
    {
        *("navigation", "menu", "menubar", "banner", "contentinfo", "complementary", "search", "toolbar"),
        *("tablist", "dialog", "alertdialog"),
    }
)
_PREFORMATTED = ("pre", "listing", "xmp", "plaintext")
_PARTS = frozenset({"article", "blockquote", "main", "section"})
"""Elements with a header and a footer of their own, which belong to the text."""

_HEADING, _LINK, _NAVIGATION = frozenset({"heading"}), frozenset({"link"}), frozenset({"nav"})
_NONE: frozenset[str] = frozenset()
_SPACE = re.compile(r"\s+")


def line_spans(text: str) -> list[Span]:
    r"""Give the spans of the lines that are not blank, without their breaks.

    >>> line_spans("a\n\nbc")
    [Span(start=0, end=1), Span(start=3, end=5)]
    """
    return [Span(*line.span()) for line in re.finditer(r"[^\n]+", text)]


def break_lines(tree: Any) -> None:  # noqa: ANN401 - lxml's element
    """Put elements for the line breaks of preformatted text, where html_text sees white space alone.

    A blank line becomes a paragraph's end. Indents are lost, as all white space within a line.
    """
    for outer in tree.iter(*_PREFORMATTED):
        if next(outer.iterancestors(*_PREFORMATTED), None) is not None:
            continue  # done with the one around it
        for element in list(outer.iter()):
            lines = (element.text or "").split("\n")
            if len(lines) > 1:
                for line in _broken(element, lines):
                    element.insert(0, line)
                element.text = CONTROL.sub(" ", lines[0])
            lines = (element.tail or "").split("\n") if element is not outer else []
            if len(lines) > 1:
                element.tail = None
                for line in _broken(element, lines):
                    element.addnext(line)
                element.tail = CONTROL.sub(" ", lines[0])


def _broken(near: Any, lines: list[str]) -> Iterator[Any]:  # noqa: ANN401 - lxml's elements
    """Give an element for each line but the first, the last line's first."""
    for number in range(len(lines) - 1, 0, -1):
        blank = number > 1 and not lines[number - 1].strip()
        line = near.makeelement("p" if blank else "br")
        line.tail = CONTROL.sub(" ", lines[number])
        yield line


def element_marks(text: str, tree: Any) -> list[Mark]:  # noqa: ANN401 - lxml's element
    """Mark the lines of a text that html_text made of a tree, in order.

    The words of every text node stand in the text as they do in the tree, so that each node is found at the
    next place that is not white space.
    """
    spans = line_spans(text)
    all_signs = [0] * len(spans)
    signs = {label: [0] * len(spans) for label in LABELS}
    line = position = 0
    for words, labels in _nodes(tree):
        position = text.find(words, position)
        if position < 0:
            break  # text and tree differ: what follows has no place
        while spans[line].end <= position:
            line += 1
        position += len(words)
        count = len(words) - words.count(" ")
        all_signs[line] += count
        for label in labels:
            signs[label][line] += count
    return [
        Mark(label, spans[index])
        for label, counts in signs.items()
        for index, count in enumerate(counts)
        if count and count >= SHARE * all_signs[index]
    ]


def _nodes(tree: Any) -> Iterator[tuple[str, frozenset[str]]]:  # noqa: ANN401 - lxml's element
    """Give the words of each text node, in the order of the text, with the labels of the elements around."""
    from lxml import etree  # noqa: PLC0415 - an extra

    pages = _Pages(tree)
    around = [_NONE]
    parts = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            around.append(around[-1] | _labels(element, pages, in_part=parts > 0))
            parts += element.tag in _PARTS
            content = element.text
        else:
            around.pop()
            parts -= element.tag in _PARTS
            content = element.tail if element is not tree else None
        if content and (words := _SPACE.sub(" ", content.strip())):
            yield words, around[-1]


class _Pages:
    """Elements that hold the content itself, and so are no navigation whatever they are called."""

    def __init__(self, tree: Any) -> None:  # noqa: ANN401 - lxml's element
        headed = _around(tree.iter("h1"))
        self._around = _around(tree.iter("main"))
        self._around |= _around(one for one in tree.iter("article") if one in headed)
        self._headed = headed

    def __contains__(self, element: Any) -> bool:  # noqa: ANN401 - lxml's element
        """Whether a `main`, or an article under its heading, lies inside; any heading, for a form."""
        return element in self._around or (element.tag == "form" and element in self._headed)


def _around(elements: Iterable[Any]) -> set[Any]:
    """Give all elements that one of these lies in."""
    found: set[Any] = set()
    for element in elements:
        for ancestor in element.iterancestors():
            if ancestor in found:
                break
            found.add(ancestor)
    return found


def _labels(element: Any, pages: _Pages, *, in_part: bool) -> frozenset[str]:  # noqa: ANN401 - lxml's element
    if element.tag in _HEADINGS:
        return _HEADING
    if element.tag == "a":
        return _LINK
    return _NAVIGATION if _is_nav(element, in_part=in_part) and element not in pages else _NONE


def _is_nav(element: Any, *, in_part: bool) -> bool:  # noqa: ANN401 - lxml's element
    """Whether an element serves the site and not the text, by what it is called."""
    if element.tag in {"header", "footer"} and not in_part:
        return True
    return element.tag in _NAV or (element.get("role") or "").strip().lower() in _ROLES
