"""Whether a text speaks of markup, so that the tags and references in it are its subject, not left-overs."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

import regex

from cleaner.expressions.compiled import compile_once
from cleaner.finders.repairs.shown import TAGGED, code_blocks, without

_ADDRESS = compile_once(r"(?:\b[a-z]{2,8}://|\bwww\.)[^\s<>\"]{1,2000}+", regex.IGNORECASE)
_FORMAT = r"(?: feeds?| files?| formats?| versions?| sitemaps?| data\b| documents?| e-?mails?| newsletters?)"
_WORD = compile_once(
    r"(?<![\w./@#-])(?<!valid )(?<!(?:pdf|word|text|rtf),? (?:and|or) )"
    rf"(?:(?P<html>[xd]?html[45]?(?!{_FORMAT}|,? (?:and|or) PDF))"
    rf"|(?P<xml>xml(?!{_FORMAT}))|(?P<css>(?-i:CSS)|style ?sheets?|selectors?)|(?P<dom>(?-i:DOM)|(?-i:JSX))"
    r"|(?P<markup>mark-?up(?: languages?)?(?! (?:on|of|to|pric)))|(?P<doctype>doctype)"
    r"|(?P<markdown>(?-i:Markdown)|BBCode|wikitext)"
    r"|(?P<source>source code|(?:code|HTML) (?:snippet|sample)s?)"
    r"|(?P<tags>(?:opening|closing|self-closing|start|end|anchor|heading|header|meta|script|style|void|bold"
    r"|italic|paragraph|line[- ]break|block|inline|formatting|image|these|those|all|any|no|both|two) tags?"
    r"|tags? (?:around|pairs?|names?|soup|it with)|HTML (?:tag|element|attribute)s?)"
    r"|(?P<format>(?:make|makes|making|set|sets|put|puts|turn|turns|write|format)\b"
    r"[^.\n]{0,40}\b(?:bold(?:face)?|italics?"
    r"|underlined?|a link|hyperlinks?))"
    r"|(?P<syntax>syntax|parsers?)|(?P<site>web ?(?:developers?|development|design(?:ers?)?|pages?)))"
    r"(?![\w/]|\.\w|-\w)",
    regex.IGNORECASE,
)
"""Words of markup; the name of the group is the word."""
_LEADING = frozenset({"html", "css", "markup", "tags", "dom", "xml"})
_NEAR = _LEADING | {"format", "source", "markdown", "doctype", "syntax"}
_OFTEN = 3
"""A text that says one leading word so often, or two different words, is about markup."""
_NAME = r"[A-Za-z][A-Za-z0-9-]{0,20}(?:\s[^<>\n]{0,200})?"
_ELEMENT = (
    r"a|abbr|article|aside|audio|b|big|blink|blockquote|body|button|caption|center|cite|code|dd|del|details|div"
    r"|dl|dt|em|embed|fieldset|figure|font|footer|form|frame|h[1-6]|head|header|html|i|iframe|img|input|ins|label"
    r"|li|link|main|marquee|meta|nav|ol|option|p|picture|pre|q|s|samp|script|section|select|small|span|strike"
    r"|strong|style|sub|sup|svg|table|tbody|td|template|textarea|th|thead|title|tr|tt|u|ul|var|video"
)
"""Elements whose tag a sentence may name; other words in angle brackets stand for something else."""
_MENTION = compile_once(
    rf"<{_NAME}/?> (?:tags?|elements?|attributes?|markup|containers?)\b"
    rf"|\b(?:closing|opening|end|start|the|an?) </?{_NAME}/?> (?:tag|element)"
    rf"|\b(?:tags?|elements?|attributes?)(?: called| named|:| like| such as)? </?{_NAME}/?>(?=[\s,.;:)]|$)"
    rf"|(?P<quote>[\"'“‘«(`])</?{_NAME}/?>[\"'”’»)`]"
    rf"|`[^`\n]{{0,200}}</?{_NAME}/?>[^`\n]{{0,200}}`"
    rf"|\b(?:use|using|uses|type|typing|write|writing|insert|put|add|enter|prefer|called"
    rf"|leave out|begins? with|starts? with|ends? with|wrapped in|replace|between)"
    rf" (?:an? |the )?</?{_NAME}/?>(?=\s+[a-z]|[,.;:)])"
    rf"|(?<=\w )<(?:{_ELEMENT})>(?=[,;:)]|\.\s)(?!\.\s*</)"
    rf"|\b(?:wrap|wrapped|enclose|enclosed|surround) [^.\n<]{{0,40}}\b(?:in|with|by|inside) <{_NAME}>"
    rf"|\b(?:il|lo|un|una|el|la|le|les|des|das|der|die|ein|o|os|as|het|een|de)"
    rf" (?:tags?|balises?|etiquetas?|elementos?"
    rf"|éléments?|Elemente?|Tags?|marcador(?:es)?) </?{_NAME}>"
    r"|\bclassName=|\breturn \(?\s{0,9}<[A-Za-z]|=>\s{0,3}\(?<[A-Za-z]"
    r"|\b(?:const|let|var) \w{1,40} = <[A-Za-z]"
    r"|\bcomments? (?:is|are|looks?|written|like|tags?|in|begins?|starts?)\b[^\n<]{0,60}<!--"
    r"|<!--[^\n<>]{0,60}--> (?:tags?|is|comments?|marks)\b"
    r"|^ {0,3}(?:`{3}|~{3})|<\?xml version|&lt;/?[a-z]{1,10}&gt; (?:tag|element)",
    regex.MULTILINE | regex.IGNORECASE,
)
"""A tag that a sentence names, quotes or shows as code."""
_SIGN = compile_once("[<`]|~~~|&lt;|className=", regex.IGNORECASE)
"""What each of them holds one of …"""
_FAR = 400
"""… and no further from its ends, in code points of its lines."""
_BLANK = compile_once(r"\s*")
_CUE = compile_once(
    r"^[^\n]{0,200}?\b(?:code|example|examples|write|type|paste|embed|syntax|snippet"
    r"|looks? like|output|result|script|template)\b"
    r"[^\n:]{0,60}:[^\S\n]*$",
    regex.MULTILINE | regex.IGNORECASE,
)
"""A line that announces a sample: what stands under it is one."""
_CODE_LINE = compile_once(
    r"(?:[;{}]|=>|\) ?:)[^\S\n]{0,20}$|^[^\S\n]{0,40}(?:import|from|const|def|class) \w[^\n]{0,80}$",
    regex.MULTILINE,
)
"""A line that ends or begins as one of a program does."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What a text says of markup: whether it is about it, and the stretches that speak of it or show it."""

    whole: bool
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    def about(self, start: int, end: int) -> bool:
        """Whether the text as a whole, or a line beside the place, speaks of markup."""
        return self.whole or self.near(start, end)

    def near(self, start: int, end: int) -> bool:
        """Whether the line of the place or one beside it speaks of markup."""
        index = bisect_right(self.starts, end) - 1
        return index >= 0 and start <= self.ends[index]


@lru_cache(maxsize=8)
def speech(text: str) -> Speech:
    """Say what a text says of markup, its tags, comments and addresses left out.

    >>> speech("The <b> tag makes text bold.").whole
    True
    >>> speech("It comes with a steep price tag, <b>see</b> www.example.org/a.html.").whole
    False
    """
    shown = code_blocks(text)
    prose = without(text, shown)
    bare = _ADDRESS.sub(_spaces, TAGGED.sub(_spaces, text))
    bare_prose = without(bare, shown)
    found = [(match.start(), match.lastgroup or "") for match in _WORD.finditer(bare_prose)]
    counts = Counter(name for _, name in found)
    leading = _LEADING.intersection(counts)
    kinds = len(counts) + _is_code(bare)
    whole = _mentions(prose) or (
        bool(leading) and (kinds > 1 or max(counts[name] for name in leading) >= _OFTEN)
    )
    places = [place for place, name in found if name in _NEAR]
    return Speech(whole, *_stretches(text, places, list(_cues(bare)), shown))


def _mentions(prose: str) -> bool:
    """Whether a sentence names a tag; it is looked for about the signs that any way to do so needs."""
    return any(_MENTION.search(prose, start, end) for start, end in _about_signs(prose))


def _about_signs(prose: str) -> Iterator[tuple[int, int]]:
    """Give the lines about each sign, to where the next line that says something begins."""
    start = end = 0
    for sign in _SIGN.finditer(prose):
        first = prose.rfind("\n", 0, max(0, sign.start() - _FAR)) + 1
        if first > end:
            if end:
                yield start, end
            start = first
        broken = prose.find("\n", sign.end() + _FAR)
        end = len(prose) if broken < 0 else _BLANK.match(prose, broken).end() + 2  # type: ignore[union-attr]
    if end:
        yield start, end


def _cues(bare: str) -> Iterator[int]:
    """Give where lines begin that announce a sample."""
    start = 0
    for line in bare.split("\n"):
        if line.rstrip().endswith(":") and _CUE.match(line):
            yield start
        start += len(line) + 1


def _spaces(match: "regex.Match[str]") -> str:
    return " " * len(match[0])


def _is_code(bare: str) -> bool:
    found = islice(_CODE_LINE.finditer(bare), _OFTEN)
    return len(list(found)) == _OFTEN


def _stretches(
    text: str, places: list[int], cues: list[int], shown: Sequence[tuple[int, int]]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Give the lines of the places with the non-blank lines beside them, those under a cue, and code."""
    if not places and not cues and not shown:
        return (), ()
    breaks = [-1, *(index for index, character in enumerate(text) if character == "\n"), len(text)]
    filled = [
        (one + 1, two) for one, two in pairwise(breaks) if not text[one + 1 : two].isspace() and two > one + 1
    ]
    firsts = [start for start, _ in filled]
    stretches = {(max(0, row - 1), min(len(filled) - 1, row + 1)) for row in _rows(firsts, places)}
    stretches |= {(row, min(len(filled) - 1, row + 1)) for row in _rows(firsts, cues)}
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted((*((filled[first][0], filled[last][1]) for first, last in stretches), *shown)):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return tuple(starts), tuple(ends)


def _rows(firsts: list[int], places: list[int]) -> set[int]:
    return {max(0, bisect_right(firsts, place) - 1) for place in places}
