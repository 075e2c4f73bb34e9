"""A web page as text, marks and metadata.

The text holds every line of the page: what is outside the article is marked, and cut by nobody here.
"""

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from cleaner.corpus.extras import require
from cleaner.corpus.html_lines import CONTROL, break_lines, element_marks, line_spans
from cleaner.corpus.html_main import kept_lines
from cleaner.decode import decode
from cleaner.errors import DocumentError
from cleaner.model import Mark

# lxml and what stands on it are imported where they are needed: they are an extra, and few runs read pages.

SUFFIXES = (".html", ".htm", ".xhtml")
"""Files that are web pages."""

JUDGED_ELEMENTS = 30_000
JUDGED_CHARS = 3_000_000
"""Pages of more elements, or more code points of HTML, have neither `main` marks nor metadata: trafilatura
takes minutes for some of them. The largest of 242 article pages has 4,000 elements."""

_DATES = {"original_date": True, "extensive_search": False, "max_date": "2100-01-01"}
"""Dates that the page declares; trafilatura's own search guesses, and its last date is the day of the run."""

_METADATA = {"title": "title", "date": "date", "author": "author", "site": "sitename", "url": "url"}
"""Our names for what trafilatura knows of a page."""

# Charsets of seven bits, which would pass for UTF-8.
_SEVEN_BITS = "iso2022"
# A page that declares these inside itself is in neither: its declaration could be read as ASCII.
_WIDE = ("utf-16", "utf-32")

_KIND = "unreadable"
_LOGGERS = ("trafilatura", "htmldate", "courlan", "readability")

_TAG = re.compile(r"""<[a-zA-Z](?:[^>"']++|"[^"]*+"|'[^']*+')*+""")
_CLOSED = re.compile(r"</html\s*>", re.IGNORECASE)
"""What follows it is seen all the same, but libxml2 reads nothing behind it."""

_ATTRIBUTES = 1_000
"""No tag may have more: the time for one grows with the square of their number."""


class Page(NamedTuple):
    """A page: its lines as text, labelled spans of them, what it says of itself, and how it was written.

    `marks` are whole lines labelled `heading`, `link`, `nav` and `main`, sorted; `metadata` may hold `title`,
    `date` (ISO), `author`, `site` and `url`. `encoding` and `confidence` are those of `decode`, None where
    the page came as text.
    """

    text: str
    marks: tuple[Mark, ...]
    metadata: Mapping[str, str]
    encoding: str | None = None
    confidence: float | None = None


def is_html(name: str) -> bool:
    """Whether a file is a web page, by its suffix.

    >>> is_html("news/Page.HTM"), is_html("page.html.txt")
    (True, False)
    """
    name = name.rpartition("/")[2].lower()
    return name.endswith(SUFFIXES) and name not in SUFFIXES


def read_html(data: bytes | str, charset: str | None = None, url: str | None = None) -> Page:
    r"""Read a page; `charset` is what its transport declares, `url` where it came from.

    Bytes are read by byte-order mark, strict UTF-8, `charset`, the page's own declaration, else a guess.
    Raises UsageError where the extra `html` is not installed, DocumentError of kind `undecodable` or
    `unreadable` for bytes that are no text and for a page that no parser reads to its end.

    >>> page = read_html("<title>T</title><nav><a href=/>Home</a></nav><h1>Rain</h1><p>It rained.")
    >>> page.text
    'T\n\nHome\n\nRain\n\nIt rained.'
    >>> [(mark.label, page.text[mark.span.start : mark.span.end]) for mark in page.marks][:3]
    [('link', 'Home'), ('nav', 'Home'), ('heading', 'Rain')]
    """
    require("html", "reading HTML")
    if isinstance(data, str):
        return _page(data, url, None, None)
    declared = _declared(data, charset)
    if declared is not None and declared.startswith(_SEVEN_BITS) and b"\x1b" in data:
        with suppress(UnicodeDecodeError):
            return _page(data.decode(declared), url, declared, 1.0)
    decoded = decode(data, declared)
    return _page(decoded.text, url, decoded.encoding, decoded.confidence)


def _declared(data: bytes, charset: str | None) -> str | None:
    """Give the charset that the transport or else the page declares, as browsers read its name."""
    from w3lib.encoding import html_body_declared_encoding, resolve_encoding  # noqa: PLC0415

    transport: str | None = resolve_encoding(charset) if charset else None
    declared: str | None = html_body_declared_encoding(data)
    if declared is not None and declared.startswith(_WIDE):
        declared = None
    return transport or declared


def _page(html: str, url: str | None, encoding: str | None, confidence: float | None) -> Page:
    import html_text  # noqa: PLC0415

    tree = _tree(html)
    if tree is None:
        return Page("", (), {}, encoding, confidence)
    cleaned = _visible(tree)
    break_lines(cleaned)
    text = html_text.etree_to_text(cleaned)
    marks = element_marks(text, cleaned)
    known: dict[str, str] = {}
    if len(html) <= JUDGED_CHARS and sum(1 for _ in tree.iter()) <= JUDGED_ELEMENTS:
        marks += _main(text, tree)
        known = _metadata(tree, url)
    return Page(text, tuple(sorted(marks, key=_place)), known, encoding, confidence)


def _tree(html: str) -> Any:  # noqa: ANN401 - lxml's element, or None where there is none
    """Parse a page once, for its text and for what is judged of it."""
    from lxml import etree  # noqa: PLC0415
    from lxml.html import HTMLParser  # noqa: PLC0415

    try:
        data = _CLOSED.sub("", html.removeprefix("\ufeff").strip().replace("\0", "")).encode()
    except UnicodeEncodeError:
        raise DocumentError(_KIND, "the page holds a lone surrogate, which no text can hold") from None
    parser = HTMLParser(
        encoding="utf-8",
        recover=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        huge_tree=True,
    )
    try:
        _refuse_crowded(html, data)
        tree = etree.fromstring(data, parser=parser) if data else None
    except (etree.LxmlError, ValueError) as error:
        raise DocumentError(_KIND, f"the page cannot be parsed: {error}") from None
    if any(one.type_name == "ERR_RESOURCE_LIMIT" for one in parser.error_log):
        raise DocumentError(_KIND, "the page is nested too deep to be read to its end; repair its markup")
    return tree


class _Attributes:
    """Takes a page from the parser without building it, and counts the attributes of each tag."""

    def __init__(self) -> None:
        self.most = 0

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        self.most = max(self.most, len(attributes))

    def close(self) -> int:
        return self.most


def _refuse_crowded(html: str, data: bytes) -> None:
    """Raise DocumentError where a tag has too many attributes; what may be such a tag is looked at closer."""
    from lxml import etree  # noqa: PLC0415

    long = (tag[0] for tag in _TAG.finditer(html) if len(tag[0]) > _ATTRIBUTES)
    if any(len(re.findall(r"[\s/\"'][^\s/\"'=>]", tag)) > _ATTRIBUTES for tag in long):
        parser = etree.HTMLParser(target=_Attributes(), encoding="utf-8", recover=True, huge_tree=True)
        most: Any = etree.fromstring(data, parser=parser)
        if most > _ATTRIBUTES:
            raise DocumentError(
                _KIND, f"a tag of the page has {most:,} attributes; {_ATTRIBUTES:,} are the most"
            )


def _visible(tree: Any) -> Any:  # noqa: ANN401 - lxml's elements
    """Give a copy without scripts, styles and the like."""
    from html_text import cleaner  # noqa: PLC0415

    try:
        return cleaner.clean_html(tree)
    except AssertionError:  # lxml's own fault, see html_text
        return tree
    except ValueError:  # lxml reads control characters, but writes none where it joins texts
        for element in tree.iter():
            element.text = element.text and CONTROL.sub(" ", element.text)
            element.tail = element.tail and CONTROL.sub(" ", element.tail)
        return cleaner.clean_html(tree)


def _main(text: str, tree: Any) -> list[Mark]:  # noqa: ANN401 - lxml's element
    """Mark what trafilatura takes for the content: evidence, so that its failure is none of the page's."""
    import trafilatura  # noqa: PLC0415

    _silence()
    try:
        extracted = trafilatura.extract(tree, include_comments=False, favor_recall=True)
    except Exception:  # noqa: BLE001 - whatever it trips over
        return []
    spans = line_spans(text)
    lines = [text[span.start : span.end] for span in spans]
    return [Mark("main", spans[index]) for index in sorted(kept_lines(lines, extracted or ""))]


def _metadata(tree: Any, url: str | None) -> dict[str, str]:  # noqa: ANN401 - lxml's element
    """Give what a page says of itself; nothing where trafilatura trips over it."""
    from trafilatura.metadata import extract_metadata  # noqa: PLC0415

    _silence()
    try:
        found = extract_metadata(tree, url, dict(_DATES))
    except Exception:  # noqa: BLE001 - whatever it trips over
        return {}
    values = {ours: getattr(found, theirs, None) for ours, theirs in _METADATA.items()}
    return {name: value for name, value in values.items() if isinstance(value, str) and value}


def _silence() -> None:
    """Keep libraries from printing about single pages, where nobody listens to their logs."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def _place(mark: Mark) -> tuple[int, int, str]:
    return mark.span.start, mark.span.end, mark.label
