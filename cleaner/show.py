"""How characters and edits are shown to people: nothing invisible unseen, nothing hostile live."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import Literal, NamedTuple

Piece = tuple[int, int, str, str]
"""`(start, end, after, rule)`: source `[start, end)` in code points becomes `after`."""

Kind = Literal["same", "deleted", "inserted", "proposed deletion", "proposed insertion"]


class Segment(NamedTuple):
    """A stretch of a text with its edits: what became of it, the stretch as it came, the rule behind it."""

    kind: Kind
    text: str
    rule: str = ""


CONTROLS = (
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI "
    "DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US"
)
"""What the 32 C0 controls are called, in order."""

SIGNS = {
    **{chr(code): f"⟨{name}⟩" for code, name in enumerate(CONTROLS.split())},
    "\t": "⇥",
    "\n": "⏎",
    "\x7f": "⟨DEL⟩",
    "\x85": "⟨NEL⟩",
    "\xa0": "⟨NBSP⟩",
    "\xad": "⟨SHY⟩",
    "\u034f": "⟨CGJ⟩",
    "\u061c": "⟨ALM⟩",
    "\u200b": "⟨ZWSP⟩",
    "\u200c": "⟨ZWNJ⟩",
    "\u200d": "⟨ZWJ⟩",
    "\u200e": "⟨LRM⟩",
    "\u200f": "⟨RLM⟩",
    "\u2028": "⟨LSEP⟩",
    "\u2029": "⟨PSEP⟩",
    "\u202a": "⟨LRE⟩",
    "\u202b": "⟨RLE⟩",
    "\u202c": "⟨PDF⟩",
    "\u202d": "⟨LRO⟩",
    "\u202e": "⟨RLO⟩",
    "\u202f": "⟨NNBSP⟩",
    "\u2060": "⟨WJ⟩",
    "\u2066": "⟨LRI⟩",
    "\u2067": "⟨RLI⟩",
    "\u2068": "⟨FSI⟩",
    "\u2069": "⟨PDI⟩",
    "\ufeff": "⟨BOM⟩",
    "\ufffc": "⟨OBJ⟩",
}
"""The invisible characters that have a name people know; the others show as `⟨U+XXXX⟩`."""

BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters and marks by their category that nevertheless leave no ink."""

INKED = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Format characters by their category that do leave ink: signs written round or before numbers."""

MARKS: dict[Kind, tuple[str, str]] = {
    "same": ("", ""),
    "deleted": ("[-", "-]"),
    "inserted": ("{+", "+}"),
    "proposed deletion": ("[?-", "-?]"),
    "proposed insertion": ("{?+", "+?}"),
}
"""What stands around a segment where there is no colour."""

NEAR = 160
"""Code points of unchanged text kept beside an edit where a long text is shortened."""

LONG = 1_000
"""Code points of one edit shown in a notebook."""

MOST_PIECES = 400
"""Edits marked in a notebook; the rest are only counted."""

_UNPLAIN = re.compile(r"([^\n -~])\1*")
_STYLE = """<style>
.cleaner-document{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.55;max-width:75ch}
.cleaner-document del{background:rgba(215,60,50,.17);text-decoration:line-through rgb(200,65,55)}
.cleaner-document ins{background:rgba(40,160,90,.2);text-decoration:underline rgb(40,150,85)}
.cleaner-document .sign{opacity:.65;font-size:.8em}
.cleaner-document .cut{opacity:.65;font-style:italic}
</style>"""


@lru_cache(maxsize=4096)
def sign(character: str) -> str:
    r"""Give the sign for one invisible character, or the character itself where it leaves ink.

    >>> sign("a"), sign("\u200b"), sign("\x1b"), sign("\ue000")
    ('a', '⟨ZWSP⟩', '⟨ESC⟩', '⟨U+E000⟩')
    """
    if character in SIGNS:
        return SIGNS[character]
    if character == " " or character in INKED:
        return character
    inkless = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return f"⟨U+{ord(character):04X}⟩" if inkless or selector or character in BLANK else character


def visible(text: str, *, edges: bool = False) -> str:
    r"""Give text with its invisible characters made visible; ordinary spaces inside it stay.

    A text of spaces alone shows them as `␣`; with `edges`, spaces at either end show too, as an edit needs.

    >>> visible("10\u00a0000\t\r\n"), visible("  "), visible(" a b", edges=True)
    ('10⟨NBSP⟩000⇥⟨CR⟩⏎', '␣␣', '␣a b')
    """
    left, middle, right = _edges(text, edges=edges)
    return "␣" * left + "".join(map(sign, middle)) + "␣" * right


def _edges(text: str, *, edges: bool) -> tuple[int, str, int]:
    """Give how many spaces to show at the start, the text between, and how many to show at the end."""
    middle = text.strip(" ")
    if middle and not edges:
        return 0, text, 0
    left = len(text) - len(text.lstrip(" "))
    return left, middle, len(text) - left - len(middle)


def shortened(text: str, limit: int) -> tuple[str, str, str]:
    """Give the head of a text, a word for what was left out, and its tail: about `limit` code points in all.

    The word is empty, and all the text the head, where the text is no longer than the limit.

    >>> shortened("abcdefghij", 4)
    ('abc', '… 6 of 10 characters not shown …', 'j')
    """
    if len(text) <= limit:
        return text, "", ""
    tail = limit // 4
    word = f"… {len(text) - limit:,} of {len(text):,} characters not shown …"
    return text[: limit - tail], word, text[len(text) - tail :]


def text_html(text: str, *, edges: bool = False, breaks: bool = False) -> str:
    r"""Give text as HTML: escaped, invisible characters as signs that say their names on hover.

    A line break stays one; with `breaks` its sign stands before it. `edges` is as in `visible`.

    >>> text_html("<b>\n", breaks=False)
    '&lt;b&gt;\n'
    """
    left, middle, right = _edges(text, edges=edges)
    shown = _UNPLAIN.sub(lambda run: _signs_html(run[1], len(run[0])), escape(middle))
    if breaks:
        shown = shown.replace("\n", _sign_span("⏎", "line break") + "\n")
    return _spaces_html(left) + shown + _spaces_html(right)


def _spaces_html(count: int) -> str:
    return _sign_span(_times("␣", count), "space") if count else ""


def _signs_html(character: str, count: int) -> str:
    shown = sign(character)
    if shown == character:
        return character * count
    name = unicodedata.name(character, "").lower()
    return _sign_span(_times(shown, count), f"U+{ord(character):04X} {name}".strip())


def _times(shown: str, count: int) -> str:
    return shown * count if count <= 8 else f"{shown}×{count:,}"  # noqa: PLR2004  # a run longer than the eye counts


def _sign_span(shown: str, name: str) -> str:
    return f'<span class="sign" title="{name}">{shown}</span>'


def _short_html(text: str, limit: int, *, edges: bool) -> str:
    head, word, tail = shortened(text, limit)
    if not word:
        return text_html(text, edges=edges, breaks=edges)
    cut = f'<span class="cut">{word}</span>'
    return text_html(head, edges=edges, breaks=edges) + cut + text_html(tail, edges=edges, breaks=edges)


def edit_html(context_before: str, before: str, after: str, context_after: str, *, limit: int = LONG) -> str:
    """Give one edit in its context as HTML, everything escaped, no part bending another's direction.

    `before` and `after` longer than `limit` code points are shortened and say their length; where they are
    equal, the place is only marked. Words in the class `unseen` are for those who hear the page.

    >>> edit_html("a", "", "", "<c>")
    '<bdi>a</bdi><bdi>&lt;c&gt;</bdi>'
    >>> edit_html("", "", "b", "")
    '<ins><span class="unseen">[inserted: </span><bdi>b</bdi><span class="unseen">]</span></ins>'
    """
    left = f"<bdi>{text_html(context_before)}</bdi>" if context_before else ""
    right = f"<bdi>{text_html(context_after)}</bdi>" if context_after else ""
    if before == after:
        return left + _edit_html("mark", before, limit) + right
    return left + _edit_html("del", before, limit) + _edit_html("ins", after, limit) + right


def _edit_html(tag: Literal["del", "ins", "mark"], text: str, limit: int) -> str:
    if not text:
        return ""
    word = {"del": "deleted", "ins": "inserted", "mark": "noted"}[tag]
    shown = _short_html(text, limit, edges=True)
    opened, closed = f'<span class="unseen">[{word}: </span>', '<span class="unseen">]</span>'
    return f"<{tag}>{opened}<bdi>{shown}</bdi>{closed}</{tag}>"


def segments(text: str, pieces: Iterable[Piece], proposals: Iterable[Piece] = ()) -> Iterator[Segment]:
    """Cut a source text into what stays, what is deleted and what is inserted, in order.

    `pieces` are sorted and do not overlap. A proposal that touches a piece or an earlier proposal is left
    out: it cannot be drawn in the same line of text.

    >>> [segment.text for segment in segments("a  b", [(1, 3, " ", "text/spacing")])]
    ['a', '  ', ' ', 'b']
    """
    position = 0
    for start, end, after, rule, proposed in _woven(list(pieces), list(proposals)):
        if position < start:
            yield Segment("same", text[position:start])
        if start < end:
            yield Segment("proposed deletion" if proposed else "deleted", text[start:end], rule)
        if after:
            yield Segment("proposed insertion" if proposed else "inserted", after, rule)
        position = end
    if position < len(text):
        yield Segment("same", text[position:])


def _woven(pieces: Sequence[Piece], proposals: Sequence[Piece]) -> Iterator[tuple[int, int, str, str, bool]]:
    """Give pieces and the proposals that fit between them, in order, each with whether it is proposed."""
    marked = sorted(
        [(start, end, False, after, rule) for start, end, after, rule in pieces]
        + [(start, end, True, after, rule) for start, end, after, rule in proposals],
        key=lambda each: each[:2],
    )
    free_from, ahead = 0, 0
    for start, end, proposed, after, rule in marked:
        if proposed:
            while ahead < len(pieces) and pieces[ahead][1] <= start:
                ahead += 1
            if start < free_from or (ahead < len(pieces) and pieces[ahead][0] < end):
                continue
        free_from = end
        yield start, end, after, rule, proposed


def plain(shown: Iterable[Segment]) -> str:
    r"""Give segments as plain text, deletions as `[-…-]` and insertions as `{+…+}`.

    >>> plain(segments("a\u200bb c", [(1, 2, "", "x"), (4, 5, "d", "y")]))
    'a[-⟨ZWSP⟩-]b [-c-]{+d+}'
    """
    return "".join(MARKS[each.kind][0] + lines_visible(each) + MARKS[each.kind][1] for each in shown)


def lines_visible(segment: Segment) -> str:
    r"""Give a segment's text for a terminal: invisible characters visible, line breaks kept.

    In an edit the sign of a line break stands before it, so that its going can be seen.

    >>> lines_visible(Segment("same", "a\n")), lines_visible(Segment("deleted", "a \n"))
    ('a\n', 'a␣⏎\n')
    """
    lines = segment.text.split("\n")
    if segment.kind == "same":
        return "\n".join("".join(map(sign, line)) for line in lines)
    return "⏎\n".join(visible(line, edges=True) for line in lines)


def document_html(text: str, pieces: Iterable[Piece]) -> str:
    """Give a source text with its edits as a small HTML fragment that needs nothing from elsewhere.

    `pieces` are `(start, end, after, rule)` over the source in code points, sorted, not overlapping. Long
    stretches without an edit, long edits and edits past the first 400 are shortened and say so.

    >>> document_html("a  b", [(1, 3, " ", "text/spacing")]).count('title="text/spacing"')
    2
    """
    pieces = list(pieces)
    drawn = pieces[:MOST_PIECES]
    end = drawn[-1][1] + NEAR if len(drawn) < len(pieces) else len(text)
    parts = [_segment_html(segment) for segment in segments(text[:end], drawn)]
    if len(drawn) < len(pieces):
        parts.append(f'<span class="cut">… {len(pieces) - len(drawn):,} more edits not shown …</span>')
    return f'{_STYLE}<div class="cleaner-document" dir="auto">{"".join(parts)}</div>'


def _segment_html(segment: Segment) -> str:
    if segment.kind == "same":
        return f"<bdi>{_short_html(segment.text, NEAR * 4, edges=False)}</bdi>"
    tag = "del" if segment.kind == "deleted" else "ins"
    title = escape(visible(segment.rule))
    return f'<{tag} title="{title}"><bdi>{_short_html(segment.text, LONG, edges=True)}</bdi></{tag}>'
