"""Where a rule may act: zones, hosts, what matched before, and what forbids it."""

from pathlib import Path
from typing import Any

import pytest
from rulefiles import cleaner_of, drop, rule, swap

from cleaner.draft import Draft
from cleaner.errors import DocumentError
from cleaner.finders.pattern import Pattern
from cleaner.model import Document, Span
from cleaner.packs.where import Unless, Where, host_of

TEN = "\n\n".join("abcdefghij")


def kept(tmp_path: Path, source: str, **where: Any) -> str:
    """Remove every one-letter line that `where` allows and give the letters left."""
    letters = rule("letters", {"lines": {"patterns": "[a-z]"}}, where=where)
    return "".join(
        cleaner_of(tmp_path, letters, max_removed=1.0)
        .clean("Text.\n" + source + "\nText.")
        .text.split("Text.")
    ).replace("\n", "")


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ({}, ""),
        ({"zone": "start", "lines": 1}, "abcdefghij"),
        ({"zone": "start", "lines": 3}, "cdefghij"),
        ({"zone": "end", "lines": 3}, "abcdefgh"),
        ({"zone": "edges", "lines": 3}, "cdefgh"),
        ({"zone": "edges", "lines": 8}, ""),
        ({"zone": "start", "lines": 100}, ""),
        ({"zone": "end", "lines": 100}, ""),
    ],
)
def test_a_zone_counts_lines_that_are_not_blank(where: dict[str, Any], left: str) -> None:
    draft = Draft.of(Document("a", "Text.\n" + TEN + "\nText."))
    zones = Where(**where).zones_of(draft)
    found = {
        letter
        for letter in "abcdefghij"
        for zone in zones
        if letter in draft.text[zone.start : zone.end].split()
    }
    assert "".join(sorted(set("abcdefghij") - found)) == left


def test_a_zone_is_counted_anew_at_every_turn(tmp_path: Path) -> None:
    assert kept(tmp_path, TEN, zone="start", lines=3) == ""


def test_a_match_must_lie_in_the_zone_whole(tmp_path: Path) -> None:
    pair = rule("pair", {"regex": r"b\nc"}, do="remove", where={"zone": "start", "lines": 2})
    assert cleaner_of(tmp_path, pair).clean("a\nb\nc\nd").text == "a\nb\nc\nd"
    wider = rule("pair", {"regex": r"b\nc"}, do="remove", where={"zone": "start", "lines": 3})
    assert cleaner_of(tmp_path, wider).clean("a\nb\nc\nd").text == "a\nd"


def test_a_text_without_lines_is_its_own_zone() -> None:
    assert Where("end", 3).zones_of(Draft.of(Document("a", "\n\n"))) == [Span(0, 2)]


HOSTS = [
    ({"host": "x.org"}, True),
    ({"host": "www.x.org"}, True),
    ({"host": "X.ORG"}, True),
    ({"url": "https://www.x.org:8080/a?b#c"}, True),
    ({"url": "https://user@x.org/"}, True),
    ({"host": "y.org", "url": "https://x.org/"}, False),
    ({"host": "", "url": "https://x.org/"}, True),
    ({"host": None, "url": None}, False),
    ({"host": "notx.org"}, False),
    ({"host": "x.org.evil.com"}, False),
    ({"url": "http://[::1"}, False),
    ({"url": "no address"}, False),
    ({"url": 7, "host": 0}, False),
    ({}, False),
]


@pytest.mark.parametrize(("metadata", "allowed"), HOSTS)
@pytest.mark.parametrize("site", ["x.org", "X.org"])
def test_a_site_is_its_host_and_subdomains(site: str, metadata: dict[str, Any], allowed: bool) -> None:  # noqa: FBT001
    assert Where(host=("z.net", site)).allows(Document("a", "", metadata), set()) is allowed


def test_a_malformed_address_fails_no_document(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, swap("spaces", " {2,}", " ", where={"host": "x.org"}))
    assert cleaner.clean(Document("a", "a  b", {"url": "http://[::1"})).text == "a  b"


def test_a_document_has_the_host_of_its_address() -> None:
    assert host_of(Document("a", "", {"url": "https://WWW.X.org/y"})) == "www.x.org"


def test_a_rule_may_wait_for_another(tmp_path: Path) -> None:
    when = {"when": {"matched": ["menu"]}}
    cleaner = cleaner_of(tmp_path, drop("menu", "Home"), drop("footer", "Terms", where=when))
    assert cleaner.clean("Home\n\nText.\nTerms").text == "Text.\n"
    assert cleaner.clean("Text.\nTerms").text == "Text.\nTerms"


def test_what_matched_is_remembered_for_the_whole_run(tmp_path: Path) -> None:
    when = {"when": {"matched": "test/menu"}}
    cleaner = cleaner_of(tmp_path, drop("footer", "Terms", where=when), drop("menu", "Home"))
    assert cleaner.clean("Home\n\nText.\nTerms").text == "Text.\n"


def test_a_proposal_is_no_match_to_wait_for(tmp_path: Path) -> None:
    when = {"when": {"matched": ["menu"]}}
    rules = drop("menu", "Home", safety="review"), drop("footer", "Terms", where=when)
    assert cleaner_of(tmp_path, *rules).clean("Home\n\nText.\nTerms").text == "Home\n\nText.\nTerms"


@pytest.mark.parametrize(
    ("unless", "text", "clean"),
    [
        ({"words": ["keep"]}, "a  b keep", "a  b keep"),
        ({"words": "keep"}, "KEEP a  b", "KEEP a  b"),
        ({"words": ["keep"]}, "a  b keeper", "a b keeper"),
        ({"words": ["keep"]}, "keep\na  b\nkeep", "keep\na b\nkeep"),
        ({"words": ["U.S."]}, "a  b in the U.S. army", "a  b in the U.S. army"),
        ({"words": ["C++"]}, "a  b in C++", "a  b in C++"),
        ({"words": ["a|b"]}, "a  b", "a b"),
        ({"words": ["no", "keep"]}, "a  b keep", "a  b keep"),
        ({"regex": [r"\d{4}$"]}, "a  b 2002\nc  d", "a  b 2002\nc d"),
        ({"regex": ["^x", "y$"]}, "x  1\n2  y\n3  4", "x  1\n2  y\n3 4"),
        ({"document": [r"^code:"]}, "a  b\ncode: x", "a  b\ncode: x"),
        ({"document": ["CODE"]}, "a  b\nno c", "a b\nno c"),
        ({}, "a  b", "a b"),
    ],
)
def test_words_and_expressions_forbid_a_match(
    tmp_path: Path, unless: dict[str, Any], text: str, clean: str
) -> None:
    assert cleaner_of(tmp_path, swap("spaces", " {2,}", " ", unless=unless)).clean(text).text == clean


def test_every_line_of_a_match_may_forbid_it() -> None:
    draft = Draft.of(Document("a", "one\ntwo keep\nthree"))
    (match,) = Pattern(r"one\ntwo").find(draft, 1.0)
    assert Unless(words=("keep",)).forbids(draft, match, 1.0)
    (match,) = Pattern(r"one\n").find(draft, 1.0)
    assert not Unless(words=("keep",)).forbids(draft, match, 1.0)


@pytest.mark.parametrize("unless", [{"document": ["^(?:x|xx)+y$"]}, {"regex": ["^(?:x|xx)+y$"]}])
def test_an_expression_that_forbids_is_timed_too(tmp_path: Path, unless: dict[str, Any]) -> None:
    cleaner = cleaner_of(tmp_path, swap("spaces", "!", ".", unless=unless), timeout=0.2)
    with pytest.raises(DocumentError, match="timeout: the rule took longer"):
        cleaner.clean("x" * 60 + "!y")


@pytest.mark.parametrize("given", [("start", None), ("anywhere", 3), ("end", 0), ("end", -1)])
def test_a_zone_and_its_bound_go_together(given: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError, match="need 'lines: N'"):
        Where(*given)


def test_a_line_is_asked_once_however_many_matches_it_holds() -> None:
    draft = Draft.of(Document("a", "a  b  c  d\n" * 3))
    unless = Unless(words=("x",))
    known: dict[tuple[int, int], bool] = {}
    matches = list(Pattern(" {2}").find(draft, 1.0))
    assert len(matches) == 9
    assert not any(unless.forbids(draft, match, 1.0, known) for match in matches)
    assert list(known) == [(0, 0), (1, 1), (2, 2)]
