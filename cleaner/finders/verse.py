"""What tells prose that was stored twice from verse, prayers and chants, whose copies are meant."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import regex

from cleaner.draft import Draft, Line
from cleaner.expressions.compiled import compile_once

_LONG = 150
"""In code points; few sentences of a prayer or slogan are longer."""
_MIDDLING = 118
"""In code points; a line so long with prose near it is no verse, and an item of a list is none."""
_TWO = 100
"""How long two sentences are that no verse or slogan would hold."""
_SHORT = 80
"""In code points; a shorter line may be a verse, a heading or a response."""
_OWN = 300
"""In code points; a line so long is prose, and may begin as another one does."""
_PAIR = 2
"""An original and its copy."""
_NEAR = 3
"""How many lines above and below show what kind of text a line stands in."""
_SIGN = 3
"""How many words two lines share at their start or end that belong to one litany."""
_LITURGY = compile_once(
    r"\b(?:amen|all+eluia|hallelujah|litan(?:y|ies)|psalms?|hymns?|chorus|refrain|lyrics|stanzas?"
    r"|liturg\w{1,5}|antiphon|kyrie|hosanna|rosary|thee|thou|thy|(?:have|has) mercy"
    r"|pray for us|hear (?:us|our prayers?)|grant us|deliver us|miserere|ora(?:te)? pro nobis|psaume"
    r"|litanie|cantique|prends pitié|priez pour nous|refrán|estribillo|salmo|letanía|ten piedad"
    r"|ruega por nosotros|kehrvers|erbarme dich|bitte für uns|litania|ritornello|abbi pietà"
    r"|prega per noi|refrão|tende piedade|rogai por nós|refrein|bid voor ons|refren|módl się za nami"
    r"|آمين|господи,? помилуй|аминь)\b",
    regex.IGNORECASE,
)
"""Words of which one in a document is enough that a person must look."""
_ADDRESS = compile_once(
    r"\b(?:i|we|us|me|my|our|you|your|oh?|lord|god|love|nous|vous|notre|votre|seigneur|dieu|señor|dios|nosotros"
    r"|nuestr[ao]s?|wir|uns|unsere?|ihr|herr|gott|noi|nostr[aoi]|signore|nossos?|nossas?|senhor|deus|wij|ons|heer)\b",
    regex.IGNORECASE,
)
"""Who speaks or is spoken to, as in a song, a prayer or a slogan."""
_QUOTED = compile_once(r"“[^“”\n]*+”|«[^«»\n]*+»|„[^„“”\n]*+[“”]|(?<!\w)\"[^\"\n]*+\"(?!\w)")
_WORD = compile_once(r"[\w'’]++")
_SENTENCE_START = compile_once(r"(?<=[.!?…][\"”’»)\]]{0,2}[^\S\n]{1,4}|^[^\S\n]{0,4})(?=\S)", regex.MULTILINE)
_ITEM = compile_once(r"[-–*•·] ?|\(?\d{1,3}[.)] ")
_PROSE_END = compile_once(r"[.!?…][\"'”’»)\]]*\s*\Z")
_REACH = 160
"""How many code points hold the first words of a line, or the last."""


class Verse:
    r"""Judge whether copies that stand in a document in a row may be verse, prayers or slogans.

    >>> from cleaner.model import Document
    >>> text = "Lamb of God, have mercy.\nLamb of God, have mercy.\nLamb of God, grant us peace."
    >>> draft = Draft.of(Document("a", text))
    >>> Verse(draft).may_be("Lamb of God, have mercy.", draft.lines()[:2])
    True
    """

    def __init__(self, draft: Draft) -> None:
        """Take a draft; nothing is read of it until copies are asked about."""
        self._draft = draft
        self._liturgy: bool | None = None
        self._line_signs: Counter[tuple[str, ...]] = Counter()
        self._sentence_signs: Counter[tuple[str, ...]] = Counter()

    def may_be(self, unit: str, copies: Sequence[Line], *, inside: int = 0) -> bool:
        """Whether a unit that fills some lines, or stands `inside` times in one line, may be meant so."""
        unit = unit.strip()
        if self._liturgic():
            return True
        count = inside or len(copies)
        if len(unit) < _OWN and self._shares(unit, count, inside=bool(inside)):
            return True
        if len(unit) > (_LONG if inside else _OWN) or (len(unit) >= _TWO and len(_starts(unit)) > 1):
            return False
        prose, short = (0, 0) if inside else self._about(copies)
        if len(unit) > _MIDDLING and (prose or _ITEM.match(unit)):
            return False
        return bool(_ADDRESS.search(_QUOTED.sub("", unit))) or (
            not inside and (count > _PAIR or prose <= short)
        )

    def _liturgic(self) -> bool:
        if self._liturgy is None:
            self._liturgy = bool(_LITURGY.search(self._draft.text))
        return self._liturgy

    def _shares(self, unit: str, count: int, *, inside: bool) -> bool:
        """Whether other lines, or sentences, begin or end with the same words as a unit."""
        if not self._line_signs:
            lines = self._draft.lines()
            self._line_signs.update(sign for line in lines for sign in _signs(line.text))
            self._sentence_signs.update(_first(text) for line in lines for text in _starts(line.text))
        if inside:
            return self._sentence_signs[_first(unit)] > count
        return any(self._line_signs[sign] > count for sign in _signs(unit))

    def _about(self, copies: Sequence[Line]) -> tuple[int, int]:
        """Count the lines of prose and the short ones that stand near."""
        lines = self._draft.lines()
        first, last = (self._draft.line_at(line.start) for line in (copies[0], copies[-1]))
        near = _filled(lines[index] for index in range(first - 1, -1, -1))
        near += _filled(lines[index] for index in range(last + 1, len(lines)))
        prose = sum(len(line.text) >= _TWO and bool(_PROSE_END.search(line.text[-20:])) for line in near)
        return prose, sum(len(line.text) < _SHORT for line in near)


def _filled(lines: Iterable[Line]) -> list[Line]:
    """Give the first few lines that are not blank."""
    found: list[Line] = []
    for line in lines:
        if not line.blank:
            found.append(line)
        if len(found) == _NEAR:
            break
    return found


def _starts(text: str) -> list[str]:
    """Give the beginnings of the sentences of a text."""
    return [text[found.start() : found.start() + _REACH] for found in _SENTENCE_START.finditer(text)]


def _first(text: str) -> tuple[str, ...]:
    return ("first", *_WORD.findall(text[:_REACH].casefold())[:_SIGN])


def _signs(text: str) -> Iterator[tuple[str, ...]]:
    """Yield how a line begins and how it ends."""
    words = _WORD.findall(text[-_REACH:].casefold())
    if len(words) >= _SIGN:
        yield _first(text)
        yield ("last", *words[-_SIGN:])
