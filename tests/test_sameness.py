"""Fast is the same: the scan misses nothing that a generated rule finds, and changes nothing that comes out.

`nox -s sameness -- 20000` says how many rules and texts are tried; without a number, five hundred.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import regex
from generated import loaded, outcome, packs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from patterns import SECONDS, patterns, texts_around
from rulefiles import cleaner_of, swap

from cleaner.finders.gate import Gate, Sign
from cleaner.pipeline import Cleaner
from cleaner.scan import database
from cleaner.scan.lookout import Lookout

pytestmark = pytest.mark.skipif(not database.is_available(), reason="there is no Hyperscan for this platform")

COUNT = int(os.environ.get("HYPOTHESIS_EXAMPLES", "500"))
many = settings(max_examples=COUNT, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True, scope="module")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what is compiled here out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def missed(sign: Sign, text: str) -> list[str]:
    """Give the matches in a text that begin on no line that the lookout names."""
    lookout = Lookout({0: Gate((sign,))})
    if 0 in lookout.open:
        return []
    lines = text.split("\n")
    named = {row for row, numbers in lookout.numbers(lines) if 0 in numbers}
    if 0 in lookout.free and named:
        return []
    return [match for row, match in matches(sign, text) if row not in named]


def matches(sign: Sign, text: str) -> Iterator[tuple[int, str]]:
    """Yield each match of a sign with the line it begins on; blank lines no rule asks about."""
    flags = regex.MULTILINE | (regex.IGNORECASE if sign.ignore_case else 0)
    if sign.whole_line:
        expression = regex.compile(f"(?:{sign.pattern})", flags)
        for row, line in enumerate(map(str.strip, text.split("\n"))):
            if line and expression.fullmatch(line, timeout=SECONDS):
                yield row, line
        return
    for match in regex.finditer(sign.pattern, text, flags, timeout=SECONDS):
        yield text.count("\n", 0, match.start()), match.group()


@st.composite
def signs_with_texts(draw: st.DrawFn) -> tuple[Sign, str]:
    """Give a sign and a text that it is likely to match somewhere."""
    drawn = draw(patterns)
    sign = Sign(drawn.pattern, ignore_case=draw(st.booleans()), whole_line=draw(st.booleans()))
    return sign, draw(texts_around([drawn]))


@many
@given(signs_with_texts())
def test_the_scan_misses_no_match_of_a_generated_pattern(drawn: tuple[Sign, str]) -> None:
    try:
        found = missed(*drawn)
    except (TimeoutError, regex.error):
        assume(condition=False)
    assert found == []


@pytest.mark.parametrize(
    ("sign", "text"),
    [
        (Sign("xyz(?:|a)bcd"), "xyzabcd"),
        (Sign("(?:^|a)", whole_line=True), "a"),
        (Sign("(?i:^)ı", ignore_case=True), "ı"),
        (Sign("(?<=bc)(?<=c)xy"), "a bcxy b"),
        (Sign(r"(?<=\d )(?<= )USD"), "price: 10 USD"),
        (Sign(r"(?<!\P{ASCII})wordword", ignore_case=True), "swordword"),
        (Sign(r"wordword(?!\p{Letterlike Symbols})", ignore_case=True), "wordwordk"),
        (Sign("(?i:kingking)(?-i:ſoso)"), "\u212aing\u212aingſoso"),
        (Sign("(?<![[:ascii:]])kingking", ignore_case=True), "ſ\u212aingking"),
        (Sign("(?-i:(?<!s))(?i:kingking)"), "ſ\u212aingking"),
        (Sign(r"(?=[^\n]*\n(z))(a)(b)\2longword"), "abalongword\nzzz\nend"),
        (Sign(r"^(?>foobar(?=\n\nx)|foobarbar)bazbaz"), "foobarbarbazbaz"),
        (Sign(r"^(?:foobar(?=\n\nx)|foobarbar)++bazbaz"), "foobarbarbazbaz"),
        (Sign(r"^foo(?:bar(?=\n\nx))?+(?=b)barbazbaz"), "foobarbazbaz"),
        (Sign("[^a-k]*", whole_line=True), "AA"),
    ],
)
def test_what_was_missed_once_is_seen(sign: Sign, text: str) -> None:
    assert [match for _, match in matches(sign, text)]
    assert missed(sign, text) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\A\s*foobarbaz", "\n\n\nfoobarbaz tail"),
        (r"\A(?:[^\n]+\n){1,5}foobarbaz", "one\ntwo\nfoobarbaz"),
        (r"\Aone(?=\s+two\s+foobarbaz)", "one\n\ntwo\nfoobarbaz"),
        (r"\A?foobarbaz", "x\nfoobarbaz\ny"),
        (r"^(?=foobar)f??", "foobar\nfoobar\n"),
    ],
)
def test_rules_that_differed_once_do_the_same(pattern: str, text: str, tmp_path: Path) -> None:
    plain, fast = (
        outcome(cleaner_of(tmp_path, swap("one", pattern, "-"), scan=scan), text) for scan in (False, True)
    )
    assert fast == plain
    assert plain != outcome(cleaner_of(tmp_path, swap("one", "nowhere", "-"), scan=False), text)


@st.composite
def packs_with_texts(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """Give rules and a text that some of them are likely to match."""
    content, found = draw(packs())
    return content, draw(texts_around(found))


@many
@given(packs_with_texts())
def test_generated_rules_do_the_same_with_and_without_a_scan(drawn: tuple[dict[str, Any], str]) -> None:
    content, text = drawn
    pack = loaded(content)
    assume(pack is not None)
    plain, fast = (outcome(Cleaner([pack], scan=scan, timeout=SECONDS), text) for scan in (False, True))
    assume("timeout" not in (plain, fast))
    assert fast == plain
