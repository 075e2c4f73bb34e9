"""Texts with their edits, as HTML and as plain text."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Literal, NamedTuple

from cleaner.show.signs import shortened, sign, text_html, visible

Piece = tuple[int, int, str, str]
"""`(start, end, after, rule)`: source `[start, end)` in code points becomes `after`."""

Kind = Literal["same", "deleted", "inserted", "proposed deletion", "proposed insertion"]


class Segment(NamedTuple):
    """A stretch of a text with its edits: what became of it, the stretch as it came, the rule behind it."""

    kind: Kind
    text: str
    rule: str = ""


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

SHORT = 6_000
"""Code points of a text that a notebook shows whole."""

LONG = 1_000
"""Code points of one edit shown in a notebook."""

MOST_PIECES = 400
"""Edits marked in a notebook; the rest are only counted."""

_STYLE = """<style>
.cleaner-document{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.55;max-width:75ch}
.cleaner-document del{background:rgba(215,60,50,.17);text-decoration:line-through rgb(200,65,55)}
.cleaner-document ins{background:rgba(40,160,90,.2);text-decoration:underline rgb(40,150,85)}
.cleaner-document .sign{opacity:.65;font-size:.8em}
.cleaner-document .cut{opacity:.65;font-style:italic}
</style>"""


def short_html(text: str, limit: int, *, edges: bool) -> str:
    """Give a text as HTML, shortened to about `limit` code points; with `edges` as an edit needs it.

    >>> short_html("abcdefghij", 4, edges=False)
    'abc<span class="cut">… 6 of 10 characters not shown …</span>j'
    """
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
    shown = short_html(text, limit, edges=True)
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
    for start, end, after, rule, proposed in woven(list(pieces), list(proposals)):
        if position < start:
            yield Segment("same", text[position:start])
        if start < end:
            yield Segment("proposed deletion" if proposed else "deleted", text[start:end], rule)
        if after:
            yield Segment("proposed insertion" if proposed else "inserted", after, rule)
        position = end
    if position < len(text):
        yield Segment("same", text[position:])


def woven(pieces: Sequence[Piece], proposals: Sequence[Piece]) -> Iterator[tuple[int, int, str, str, bool]]:
    """Give pieces and the proposals that fit between them, in order, each with whether it is proposed.

    A proposal fits that touches neither a piece nor a proposal before it.

    >>> list(woven([(1, 3, "", "a")], [(2, 4, "", "b"), (3, 4, "", "c")]))
    [(1, 3, '', 'a', False), (3, 4, '', 'c', True)]
    """
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
    same_limit = NEAR * 4 if len(text) > SHORT else SHORT
    parts = [_segment_html(segment, same_limit) for segment in segments(text[:end], drawn)]
    if len(drawn) < len(pieces):
        parts.append(f'<span class="cut">… {len(pieces) - len(drawn):,} more edits not shown …</span>')
    return f'{_STYLE}<div class="cleaner-document" dir="auto">{"".join(parts)}</div>'


def _segment_html(segment: Segment, same_limit: int) -> str:
    if segment.kind == "same":
        return f"<bdi>{short_html(segment.text, same_limit, edges=False)}</bdi>"
    tag = "del" if segment.kind == "deleted" else "ins"
    title = escape(visible(segment.rule))
    return f'<{tag} title="{title}"><bdi>{short_html(segment.text, LONG, edges=True)}</bdi></{tag}>'
