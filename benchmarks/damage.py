"""Damage of known kind: it spoils clean texts in each family's way and knows what should come out.

A wound is a span of the clean text and what damage made of it. A kind of damage gives the wounds it does to a
text, or none where the text offers no place; so the answer is always the clean text itself.
"""

import html
import re
import unicodedata
from functools import partial
from html.entities import codepoint2name
from random import Random

import ftfy.bad_codecs  # noqa: F401 - registers the encodings that real programs use
from wounds import Doing, Expectation, Kind, Replacement, Wound, each, everywhere, headline, some, stuck

# The linker cascade --------------------------------------------------------------------------------------

CASCADE = "Women's rights's rightss rights's rights's rights's rights"
CAMPAIGN = "Women's rights's rights's rightss rights's rights's rights's rights"
_CAMPAIGN = "Stop Violence Against Women"
_TOPICS = {"women": CASCADE, "children": "Children's rights"}
_OPENS = re.compile(r"(?:\A|\n|[.!?][\"”’')]*\s+)[\"“‘']?\Z")


def _linked(text: str, _: Random, *, campaign: bool = False, names: bool = False) -> list[Wound]:
    """Link the topic words.

    Only `names` takes a text with capitals that their place does not give ("International Women’s Day").
    """
    found = list(re.finditer(f"{_CAMPAIGN}|women|children", text, re.IGNORECASE))
    if not any(match[0].lower() == "women" for match in found):
        return []
    if not names and campaign != any(match[0] == _CAMPAIGN for match in found):
        return []
    named = [
        match for match in found if match[0] != _CAMPAIGN and match[0][0].isupper() != _opens(text, match)
    ]
    if bool(named) != names:
        return []
    return [Wound(match.start(), match.end(), _TOPICS.get(match[0].lower(), CAMPAIGN)) for match in found]


def _opens(text: str, match: re.Match[str]) -> bool:
    return bool(_OPENS.search(text[max(0, match.start() - 10) : match.start()]))


# Encoding ------------------------------------------------------------------------------------------------

_ENCODINGS = {
    "cp1252": "sloppy-windows-1252",
    "latin-1": "latin-1",
    "cp1250": "sloppy-windows-1250",
    "mac-roman": "mac-roman",
    "cp437": "cp437",
}


def _misread(text: str, _: Random, encoding: str, times: int) -> list[Wound]:
    def spoil(match: re.Match[str]) -> str:
        spoiled = match[0]
        for _ in range(times):
            spoiled = spoiled.encode().decode(encoding)
        return spoiled

    return list(each(r"[^\x00-\x7f]+", spoil, text))


def _quoted_printable(match: re.Match[str]) -> str:
    return "".join(f"={byte:02X}" for byte in match[0].encode())


# Markup --------------------------------------------------------------------------------------------------


def _named(match: re.Match[str]) -> str:
    name = codepoint2name.get(ord(match[0]))
    return f"&{name};" if name else match[0]


def _escaped(match: re.Match[str]) -> str:
    return html.escape(f"&#{ord(match[0])};" if match[0] in "'’" else _named(match), quote=False)


_SPECIAL = r"[&\"'’“”‘–—…À-ÿ]"
_LONG_WORD = r"(?<![\w<])[^\W\d_]{4,}(?![\w>])"


def _pair(tag: str, attributes: str = "") -> Replacement:
    return lambda match: f"<{tag}{attributes}>{match[0]}</{tag}>"


# Layout --------------------------------------------------------------------------------------------------


def _wrapped(text: str, _: Random, width: int = 72) -> list[Wound]:
    wounds, start = [], 0
    for match in re.finditer(r"[ \n]", text):
        if match[0] == "\n":
            start = match.end()
            continue
        following = re.compile(r"\S*").match(text, match.end())
        if following and following.end() - start > width:
            wounds.append(Wound(match.start(), match.end(), "\n"))
            start = match.end()
    return wounds


def _decomposed(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFD", match[0])


def _mixed_breaks(text: str, draw: Random) -> list[Wound]:
    """Break lines in three ways, each run of breaks in one of them, so that the answer is certain."""
    wounds = [
        Wound(match.start(), match.end(), draw.choice(["\r\n", "\r", "\n"]) * len(match[0]))
        for match in re.finditer("\n+", text)
    ]
    kept = [wound for wound in wounds if "\r" in wound.text]
    return kept if len(wounds) > len(kept) else []


_GAP = r"(?<=[^\W\d_]) (?=[^\W\d_])"
_INSIDE = r"(?<=[a-zà-ÿ])(?=[a-zà-ÿ])"
_STOP = r"(?<=\w)[.,;](?=\s|$)"

_KINDS: dict[str, dict[str, Doing]] = {
    "linker cascade": {
        "women and children": _linked,
        "the campaign": partial(_linked, campaign=True),
    },
    "linker cascade in names": {"International Women’s Day and such": partial(_linked, names=True)},
    "mojibake": {
        f"{name}, {'once' if times == 1 else 'twice'}": partial(_misread, encoding=codec, times=times)
        for times in (1, 2)
        for name, codec in _ENCODINGS.items()
    },
    "entities": {
        "named": everywhere(_SPECIAL, _named),
        "by number": everywhere(_SPECIAL, lambda match: f"&#{ord(match[0])};"),
        "by hexadecimal number": everywhere(_SPECIAL, lambda match: f"&#x{ord(match[0]):X};"),
        "escaped twice": everywhere(_SPECIAL, _escaped),
        "spaces": some(_GAP, lambda _: "&nbsp;"),
        "spaces, escaped twice": some(_GAP, lambda _: "&amp;nbsp;"),
    },
    "tags": {
        **{f"<{tag}> around words": some(_LONG_WORD, _pair(tag)) for tag in ("b", "i", "u", "strong", "em")},
        "<span> around words": some(_LONG_WORD, _pair("span", ' class="hl"')),
        "links around words": some(_LONG_WORD, _pair("a", ' href="https://example.org/a?b=1&amp;c=2"')),
        "<p> around paragraphs": everywhere(r"(?m)^.*\S.*$", _pair("p")),
        "<br> for breaks": everywhere(r"\n", lambda _: "<br>"),
        "<br /> before breaks": everywhere(r"\n", lambda _: "<br />\n"),
        "a comment": some(r"\n\n", lambda _: "\n\n<!-- /post_content -->\n\n", 1),
    },
    "invisible": {
        "zero-width space": some(_INSIDE, lambda _: "\u200b"),
        "word joiner": some(_INSIDE, lambda _: "\u2060"),
        "byte-order mark": some(_INSIDE, lambda _: "\ufeff"),
        "byte-order mark at the start": everywhere(r"\A", lambda _: "\ufeff"),
        "soft hyphen": some(_INSIDE, lambda _: "\u00ad"),
        "no-break space": some(_GAP, lambda _: "\u00a0"),
        "em space": some(_GAP, lambda _: "\u2003"),
        "thin space": some(_GAP, lambda _: "\u2009"),
        "ideographic space": some(_GAP, lambda _: "\u3000"),
        "line separators": everywhere(r"\n", lambda _: "\u2028"),
        "paragraph separators": everywhere(r"\n", lambda _: "\u2029"),
    },
    "spacing": {
        "space before . , ;": some(_STOP, lambda match: f" {match[0]}"),
        "doubled spaces": some(_GAP, lambda match: " " * (2 + match.start() % 3)),
        "blank runs": some(r"\n\n", lambda match: "\n" * (4 + match.start() % 4)),
        "trailing spaces": some(r"(?m)(?<=\S)$", lambda _: "  "),
        "trailing tabs": some(r"(?m)(?<=\S)$", lambda _: "\t"),
        "blank lines of spaces": some(r"\n\n", lambda _: "\n   \n"),
    },
    "control characters": {
        "inside words": some(_INSIDE, lambda match: "\x00\x01\x08\x1f\x7f"[match.start() % 5]),
        "between words": some(_GAP, lambda match: " " + "\x00\x02\x1b"[match.start() % 3]),
        "quotes of cp1252": everywhere(
            r"[‘’“”–—…]", lambda match: match[0].encode("cp1252").decode("latin-1")
        ),
    },
    "line breaks": {"mixed": _mixed_breaks, "all CR": everywhere(r"\n", lambda _: "\r")},
    "Unicode form": {"NFD": everywhere(r"[^\x00-\x7f]", _decomposed)},
    "stuck runs": {
        "a word": stuck(r"(?<= )[a-z]{3,}(?= )", 6, 20),
        "a phrase": stuck(r"(?<= )[a-z]{2,} [a-z]{2,} [a-z]{4,}(?= )", 6, 12),
        "a paragraph twice": stuck(r"(?m)^.{120,}$", 2, 2, "\n\n"),
        "a paragraph twice, on the next line": stuck(r"(?m)^.{120,}$", 2, 2, "\n"),
        "a sentence": stuck(r"(?<=[.] )[A-Z][^.\n]{40,}[.](?= )", 6, 9),
    },
    "headline copies": {
        "with a blank line": headline("{0}\n\n"),
        "on the next line": headline("{0}\n"),
        "with the site": headline("{0} | Example Times\n\n"),
        "with the site, by a dash": headline("{0} - Example Times\n\n"),
    },
}

_PROPOSED: dict[str, dict[str, Doing]] = {
    "stuck runs in quotations": {
        "a word": stuck(r"(?<= )[a-z]{3,}(?= )", 6, 20, quoted=True),
        "a phrase": stuck(r"(?<= )[a-z]{2,} [a-z]{2,} [a-z]{4,}(?= )", 6, 12, quoted=True),
    },
    "lost letters": {
        "lost apostrophe": some(r"(?<=[a-z])[’'](?=(?:t|re|ve|ll)\b)", lambda _: "", 2),
        "? for an apostrophe": some(r"(?<=[a-z])[’'](?=(?:s|t|re|ve|ll)\b)", lambda _: "?", 2),
        "U+FFFD for an apostrophe": some(r"(?<=[a-z])[’'](?=(?:s|t|re|ve|ll)\b)", lambda _: "\ufffd", 2),
        "U+FFFD for a letter": some(r"(?<=[a-z]{2})[aeiou](?=[a-z]{3})", lambda _: "\ufffd", 2),
    },
    "doubtful spacing": {
        "space before : ! ?": some(r"(?<=\w)[:!?](?=\s|$)", lambda match: f" {match[0]}", 2),
        "no space after a sentence": some(r"(?<=[a-z][.]) (?=[A-Z][a-z])", lambda _: "", 2),
        "split words": some(_INSIDE, lambda _: " ", 3),
        "spaces inside quotation marks": some(
            r"[“\"](\w[^“”\"\n]{8,}[\w.,])[”\"]", lambda m: f"{m[0][0]} {m[1]} {m[0][-1]}", 1
        ),
    },
    "quoted-printable": {"=E2=80=99": everywhere(r"[^\x00-\x7f]", _quoted_printable)},
}

_PRINTED: dict[str, dict[str, Doing]] = {
    "hard wraps (profile `pdf`)": {"at 72": _wrapped, "at 60": partial(_wrapped, width=60)},
}


def kinds() -> list[Kind]:
    """Give every kind of damage that is done inside a text, by family."""
    tables: tuple[tuple[dict[str, dict[str, Doing]], Expectation, str], ...] = (
        (_KINDS, "safe", "standard"),
        (_PRINTED, "safe", "pdf"),
        (_PROPOSED, "review", "standard"),
    )
    return [
        Kind(family, name, wound, expectation, profile)
        for found, expectation, profile in tables
        for family, members in found.items()
        for name, wound in members.items()
    ]
