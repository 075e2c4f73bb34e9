"""Characters that leave no ink, and the signs that show them."""

import re
import unicodedata
from functools import lru_cache
from html import escape

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

_UNPLAIN = re.compile(r"([^\n -~])\1*")


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
