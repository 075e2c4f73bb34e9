"""How a restored word is written where it stands: capitals as its line and sentence ask for."""

from bisect import bisect_left
from collections.abc import Sequence

import regex

from cleaner.draft import Draft, Line
from cleaner.expressions.compiled import compile_once

_WORD = compile_once(r"\p{L}[\p{L}\p{M}'’-]*")
_BULLET = compile_once(r"[\s•·∙‣◦▪■□●○*›»>–—-]*(?:\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]\s+)?")
_SENTENCE_END = compile_once(r"[.!?…]['’\")\]”»]*\s+$")
_ABBREVIATION = compile_once(
    r"\b(?:Mr|Mrs|Ms|Dr|St|Prof|Gen|Col|Lt|Sgt|No|Nr|Art|vs|cf|e\.g|i\.e|approx|incl|\p{Lu})\.\s+$"
)
_QUOTE_OPENS = compile_once(r"(?P<before>(?:^|.*?))(?P<quote>[\"“„«‘']\s?)$", regex.DOTALL)
_POSSESSIVE_NAME = compile_once(r"['’]s \p{Lu}\p{Ll}")
"""What follows in a name such as International Women's Day."""
_NAME_HEAD = compile_once(
    r"(?:\b(?:Commission|Committee|Council|Ministry|Minister|Union|Federation|Association|Fund|League|Department"
    r"|Institute|Network|Coalition|Alliance|Secretariat|Rapporteur|Conference|Forum|Summit|Caucus|Platform"
    r"|Foundation|Trust|Shelter) (?:[Oo]n|[Oo]f|[Ff]or)"
    r"|\b(?:Convention|Declaration|Charter|Committee|Court) on the Rights of"
    r"|\bSave"
    r"|[\p{L},] (?:Status (?:[Oo]f|[Oo]n)|(?:Violence|Discrimination|Crimes) against)"
    r"|\b(?:Violence|Discrimination|Crimes) Against) (?:the )?\Z"
)
"""What stands before in a name such as Commission on the Status of Women."""
_UNITED_NATIONS = compile_once(r"\bUN \Z")
_NAME_TAIL = compile_once(r" (?:of \p{Lu}\p{Ll}+ Arise|in Black|[Ll]iving [Uu]nder Muslim Laws)\b")
_STAFF = compile_once(
    r"[-‑]| (?:staff|police|peacekeep|official|employee|worker|delegate|leader|expert|activist|soldier"
    r"|officer|observer|refugee|victim)"
)
"""What follows where "UN women" is no name."""
_BRACKET_OPENS = compile_once(r"[.!?…]['’\")\]”»]*\s+[(\[]$")
_ADDRESS = compile_once(r"(?:\w+://|www\.)\S*\Z", regex.IGNORECASE)
_BROKEN_OFF = compile_once(
    r"(?:[,;–—-]|\b(?:the|an?|and|or|nor|but|of|to|in|on|at|by|for|from|with|against|among|between|about|as|that"
    r"|which|who|whose|many|most|some|all|these|those|other|more|their|his|her|its|our|your|was|were|is|are|had"
    r"|has|have|been|be|not|if|when|where|while|because|than|into|over|under|after|before|during|without))\Z"
)
"""How a line ends that breaks off in the middle of a sentence, however short it is."""
_LONG_WORD = 4
_HEADING_LENGTH = 120
_WRAPPED_LENGTH = 40


def written_as(
    draft: Draft, start: int, end: int, original: str, others: Sequence[tuple[int, int]] = ()
) -> str:
    """Give `original` in the case that its place `[start, end)` in the draft asks for.

    Only an original in lower case takes its case from the place; one with capitals of its own is kept.
    `others` are places in the draft, sorted, whose words say nothing, for they are damaged too; this one may
    be among them.
    """
    if original != original.lower() or (start > 0 and draft.text[start - 1].isalpha()):
        return original
    number = draft.line_at(start)
    line = draft.lines()[number]
    damaged = others[bisect_left(others, (line.start, 0)) : bisect_left(others, (line.end, 0))]
    left = _without(draft.text, line.start, start, damaged)
    if _ADDRESS.search(left):
        return original
    right = _without(draft.text, end, line.end, damaged)
    if _shouting(left + " " + right):
        return original.upper()
    if (
        _opens_sentence(left, right, draft, number, others)
        or _POSSESSIVE_NAME.match(right)
        or _in_name(left, right)
        or _in_title(line, left, right, draft, number)
    ):
        return original[:1].upper() + original[1:]
    return original


def _in_name(left: str, right: str) -> bool:
    united = _UNITED_NATIONS.search(left) and not _STAFF.match(right)
    return bool(united or _NAME_HEAD.search(left) or _NAME_TAIL.match(right))


def _without(text: str, start: int, end: int, damaged: Sequence[tuple[int, int]]) -> str:
    """Give `[start, end)` of a text with its damaged places left out."""
    parts: list[str] = []
    for first, last in damaged:
        if start <= first and last <= end:
            parts.append(text[start:first])
            start = last
    return "".join((*parts, text[start:end]))


def _shouting(rest: str) -> bool:
    letters = [character for character in rest if character.isalpha()]
    return len(letters) > _LONG_WORD * 2 and all(character.isupper() for character in letters)


def _opens_sentence(
    left: str, right: str, draft: Draft, number: int, damaged: Sequence[tuple[int, int]]
) -> bool:
    bullet = _BULLET.match(left)
    if bullet and bullet.end() == len(left):
        return not (_lower_case_items(draft, number, damaged) if left.strip() else _continues(draft, number))
    if _SENTENCE_END.search(left):
        return not _ABBREVIATION.search(left)
    if _BRACKET_OPENS.search(left):
        return True
    quote = _QUOTE_OPENS.match(left)
    return quote is not None and _opens_quotation(quote["before"], quote["quote"].strip(), right)


def _opens_quotation(before: str, quote: str, right: str) -> bool:
    """Whether a quotation mark opens a sentence: at a start, or after a comma or colon with one inside."""
    if not before.strip() or _SENTENCE_END.search(before):
        return True
    if before[-1:].isalnum() or before.rstrip()[-1] not in ",:":
        return False
    closing = {"“": "”", "„": "“”", "«": "»", "‘": "’", "'": "'", '"': '"'}[quote]
    inside = regex.split(f"[{closing}](?!\\p{{L}})", right, maxsplit=1)[0]
    words = len(_WORD.findall(inside))
    return words >= _LONG_WORD - 1 or (words > 1 and inside.rstrip()[-1:] in tuple(".!?"))


def _continues(draft: Draft, number: int) -> bool:
    """Whether the line goes on where the line above it broke off."""
    above = draft.lines()[number - 1].text.rstrip() if number else ""
    if len(above) >= _WRAPPED_LENGTH and (above[-1].islower() or above[-1] in ",;-–—"):
        return True
    return bool(_BROKEN_OFF.search(above))


def _lower_case_items(draft: Draft, number: int, damaged: Sequence[tuple[int, int]]) -> bool:
    """Whether the items beside a list item begin in lower case; one with a damaged beginning says nothing."""
    nearby = draft.lines()[max(0, number - 4) : number] + draft.lines()[number + 1 : number + 5]
    items = [
        line.text[bullet.end() : bullet.end() + 1]
        for line in nearby
        if (bullet := _BULLET.match(line.text))
        and line.text[: bullet.end()].strip()
        and not _begins_one(damaged, line.start + bullet.end())
    ]
    letters = [first for first in items if first.isalpha()]
    return bool(letters) and all(first.islower() for first in letters)


def _begins_one(places: Sequence[tuple[int, int]], position: int) -> bool:
    index = bisect_left(places, (position, 0))
    return index < len(places) and places[index][0] == position


def _in_title(line: Line, left: str, right: str, draft: Draft, number: int) -> bool:
    """Whether the line is a heading whose other long words are all capitalised."""
    if len(line.text) > _HEADING_LENGTH or line.text.rstrip()[-1:] in tuple(".!?,;"):
        return False
    lines = draft.lines()
    if any(
        not lines[beside].blank and len(lines[beside].text) > _HEADING_LENGTH
        for beside in (number - 1, number + 1)
        if 0 <= beside < len(lines)
    ):
        return False
    words = [word for word in _WORD.findall(left) + _WORD.findall(right) if len(word) >= _LONG_WORD]
    return len(words) > 1 and all(word[0].isupper() for word in words)
