"""Where in a document, and in which documents, a rule may act."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import regex
from pydantic import ConfigDict

from cleaner.draft import Draft
from cleaner.expressions.compiled import compiled
from cleaner.finders.options import STRICT, Texts
from cleaner.finders.pattern import check_listed
from cleaner.model import Document, Match, Span
from cleaner.packs.bounds import refusal, shown
from cleaner.repeats import Repeats

_TWICE = 2
_FEW = 2
"""Zones that are looked through one by one, for they may overlap."""


@dataclass(frozen=True, slots=True)
class When:
    """A property of the document: one of the rules in `matched` made an edit earlier in the run.

    Where `when` is `whole-page`, without a mapping, the draft looks like a whole page: content and all that
    stands around it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    matched: Texts = ()


@dataclass(frozen=True, slots=True)
class Repeated:
    """Runs of lines that repeat on the document's host, by the statistics that the run was given.

    A line counts that stands in `documents` of the host's documents or more, and in that `share` of them; a
    run is `together` such lines or more with nothing but blank lines between. Where no statistics were given
    there are none, and none in a text that holds nothing else: it has no text that they could be beside.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    documents: int = 2
    share: float = 0.5
    together: int = 1

    def __post_init__(self) -> None:
        """Refuse bounds that count nothing."""
        if self.documents < _TWICE or self.together < 1 or not 0 <= self.share <= 1:
            message = "'repeated' takes 'documents' from 2, 'together' from 1, and 'share' from 0 to 1"
            raise ValueError(message)

    def runs_of(self, draft: Draft, repeats: Repeats) -> list[Span]:
        """Give the runs in draft offsets, in order."""
        lines, host = draft.lines(), host_of(draft.document)
        counts = [self._counts(repeats, host, lines.texts[index]) for index in lines.filled]
        if all(counts):
            return []
        found: list[Span] = []
        position = 0
        for repeat, run in groupby(counts):
            end = position + len(list(run))
            if repeat and end - position >= self.together:
                first, last = lines.filled[position], lines.filled[end - 1]
                found.append(Span(lines.starts[first], lines.starts[last + 1] - 1))
            position = end
        return found

    def count(self, draft: Draft, repeats: Repeats) -> int:
        """Count the lines that repeat so."""
        lines, host = draft.lines(), host_of(draft.document)
        return sum(self._counts(repeats, host, lines.texts[index]) for index in lines.filled)

    def _counts(self, repeats: Repeats, host: str, line: str) -> bool:
        known = repeats.of(host, line)
        return known is not None and known.documents >= max(self.documents, self.share * known.of)


@dataclass(frozen=True, slots=True)
class Where:
    """The part of a document and the documents that a rule is for.

    A zone is the first or last `lines` non-blank lines of the draft at the rule's turn, or both (`edges`);
    a match must lie in it whole. `host` names sites; their subdomains count. A document of unknown host is on
    no site. With `repeated` a match must lie whole in a run of lines that repeat on the document's host.

    >>> Where(host=("amnesty.org.uk",)).allows(Document("a", "", {"host": "www.amnesty.org.uk"}), set())
    True
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    zone: Literal["start", "end", "edges", "anywhere"] = "anywhere"
    lines: int | None = None
    host: Texts = ()
    when: When | Literal["whole-page"] | None = None
    repeated: Repeated | None = None

    def __post_init__(self) -> None:
        """Refuse a zone without a bound and a bound without a zone."""
        if (self.zone == "anywhere") != (self.lines is None) or (self.lines is not None and self.lines < 1):
            message = "'zone: start' and 'zone: end' need 'lines: N' (1 or more), and only they take it"
            raise ValueError(message)
        if any(not regex.search(r"\w", site) for site in self.host):
            message = "'host' names sites, such as example.org; take out what is empty"
            raise ValueError(message)

    def allows(self, document: Document, matched: AbstractSet[str]) -> bool:
        """Whether a document, in which the rules `matched` have made edits, is one the rule is for."""
        if self.awaited and matched.isdisjoint(self.awaited):
            return False
        if not self.host:
            return True
        host = host_of(document)
        return any(f".{host}".endswith(f".{site.lower()}") for site in self.host)

    @property
    def awaited(self) -> Texts:
        """The rules of which one must have made an edit; none where it waits for none."""
        return self.when.matched if isinstance(self.when, When) else ()

    @property
    def whole_page(self) -> bool:
        """Whether the draft must look like a whole page."""
        return self.when == "whole-page"

    def zones_of(self, draft: Draft, repeats: Repeats | None = None) -> list[Span]:
        """Give where a match may lie in draft offsets: one span or two, or the runs that repeat, in order."""
        zones = self._zones_of(draft)
        if self.repeated is None:
            return zones
        runs = self.repeated.runs_of(draft, repeats) if repeats else []
        return _common(zones, runs)

    def _zones_of(self, draft: Draft) -> list[Span]:
        whole = Span(0, len(draft.text))
        if self.lines is None or not (filled := draft.lines().filled):
            return [whole]
        starts = draft.lines().starts
        start = Span(0, starts[filled[: self.lines][-1] + 1] - 1)
        end = Span(starts[filled[-self.lines :][0]], whole.end)
        return {"start": [start], "end": [end], "edges": [start, end], "anywhere": [whole]}[self.zone]


def within(zones: Sequence[Span], match: Match) -> bool:
    """Whether a match lies whole in one of the zones; more than two are in order and do not overlap."""
    if len(zones) > _FEW:
        nearest = bisect_right(zones, match.start, key=lambda zone: zone.start)
        zones = zones[max(0, nearest - 1) : nearest]
    return any(zone.start <= match.start and match.end <= zone.end for zone in zones)


def _common(zones: Sequence[Span], runs: Sequence[Span]) -> list[Span]:
    """Give what runs and zones share, in order, without overlap."""
    found = sorted(
        Span(max(zone.start, run.start), min(zone.end, run.end))
        for zone in zones
        for run in runs
        if zone.start < run.end and run.start < zone.end
    )
    joined: list[Span] = []
    for span in found:
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def host_of(document: Document) -> str:
    """Give the site a document came from, from its metadata `host` or `url`; empty where unknown."""
    return host_in(document.metadata)


def host_in(metadata: Mapping[str, Any]) -> str:
    """Give the site that a document's metadata name.

    >>> host_in({"url": "https://Example.org/news/1"})
    'example.org'
    """
    host = metadata.get("host") or _host_in(str(metadata.get("url") or ""))
    return str(host).lower()


def _host_in(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # scraped addresses are anything, such as "http://[::1"
        return ""


@dataclass(frozen=True, slots=True)
class Unless:
    """Words and expressions that make a rule leave a match alone.

    `words` and `regex` count on the lines of the match, `document` expressions anywhere in the text; all
    ignore case.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    words: Texts = ()
    regex: Texts = ()
    document: Texts = ()

    def __post_init__(self) -> None:
        """Refuse words that stand everywhere, and patterns that do not compile or ask too much."""
        if not all(word.strip() for word in self.words):
            message = "a word under 'unless' is empty, and would stand everywhere; take it out"
            raise ValueError(message)
        for pattern in (*self.regex, *self.document):
            if wrong := refusal(pattern):
                message = f"the pattern {shown(pattern)} is refused: {wrong}"
                raise ValueError(message)
        check_listed(self.regex)
        check_listed(self.document)

    def forbids_all(self, draft: Draft, timeout: float) -> bool:
        """Whether the text holds something that makes the rule leave all of it alone."""
        return bool(self.document) and bool(_forbidden((), self.document).search(draft.text, timeout=timeout))

    def forbids(
        self, draft: Draft, match: Match, timeout: float, known: dict[tuple[int, int], bool] | None = None
    ) -> bool:
        """Whether the lines that the match lies on hold one of the words or expressions, in any case.

        `known` remembers the answers for the same draft by the first and last line: a long line may hold
        thousands of matches.
        """
        if not self.words and not self.regex:
            return False
        lines, known = draft.lines(), {} if known is None else known
        rows = draft.line_at(match.start), draft.line_at(max(match.start, match.end - 1))
        if rows not in known:
            text = draft.text[lines[rows[0]].start : lines[rows[1]].end]
            known[rows] = bool(_forbidden(self.words, self.regex).search(text, timeout=timeout))
        return known[rows]


@cache
def _forbidden(words: tuple[str, ...], patterns: tuple[str, ...]) -> "regex.Pattern[str]":
    spelled = [rf"(?<!\w){regex.escape(word)}(?!\w)" for word in words]
    return compiled("|".join(f"(?:{pattern})" for pattern in (*spelled, *patterns)), ignore_case=True)
