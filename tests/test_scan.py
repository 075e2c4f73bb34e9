"""The scan in front of the finders: it may see too much and never too little, and changes no result."""

from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from texts import EXAMPLES, SEEDS, texts

from cleaner import cache
from cleaner.draft import Draft
from cleaner.errors import DocumentError
from cleaner.expressions.characters import FOLDED
from cleaner.expressions.superset import UntranslatableError, begins_lines, reach, superset
from cleaner.finders.gate import Gate, Sign
from cleaner.model import Document
from cleaner.pipeline import Cleaner
from cleaner.scan import database
from cleaner.scan.database import Database, Expression
from cleaner.scan.lookout import Lookout
from cleaner.scan.watch import Watch

pytestmark = pytest.mark.skipif(not database.is_available(), reason="there is no Hyperscan for this platform")

PLAIN = Cleaner(scan=False)
SCANNING = Cleaner(scan=True)
WATCH = Watch(PLAIN.rules) if database.is_available() else None


def outcome(cleaner: Cleaner, text: str) -> object:
    try:
        result = cleaner.clean(Document("a", text, {"host": "www.amnesty.org.uk"}))
    except DocumentError as error:
        return error.kind, error.rule
    return result.text, result.edits, result.metadata


def misses(text: str) -> list[tuple[str, str]]:
    """Give the matches that begin on a line which the watch does not name for their rule."""
    draft = Draft.of(Document("a", text))
    assert WATCH is not None
    rows = WATCH.over(draft)
    missed = []
    for number, rule in enumerate(PLAIN.rules):
        if number in rows and rows[number] is None:
            continue
        named = set(rows.get(number) or ())
        if rule.finder_name == "lines" and (getattr(rule.finder, "fill", False)):
            continue  # it may take lines between those it knows
        found = [] if rule.finder_name == "fixer" and named else rule.finder.find(draft, 10.0)
        missed += [
            (rule.name, draft.text[match.start : match.end])
            for match in found
            if draft.line_at(match.start) not in named
        ]
    return missed


def test_no_match_in_an_example_is_missed() -> None:
    assert [miss for text in EXAMPLES for miss in misses(text)] == []


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_no_match_in_a_seed_is_missed(seed: Path) -> None:
    assert misses(seed.read_text("utf-8")) == []


@given(texts())
def test_no_match_in_a_generated_text_is_missed(text: str) -> None:
    assert misses(text) == []


def test_examples_come_out_the_same() -> None:
    for text in EXAMPLES:
        assert outcome(SCANNING, text) == outcome(PLAIN, text)


@given(texts())
def test_generated_texts_come_out_the_same(text: str) -> None:
    assert outcome(SCANNING, text) == outcome(PLAIN, text)


PATTERNS = [
    r"(?<=\p{Ll}) \.(?!\w)",
    r"(?i)(?:private|personal) use\b",
    r"^\s*foo[^\n]*$",
    r"\b(the|of)(?: \1)+",
    r"(?<![\w-])(?:dont|wont)(?!\w)",
    r"[^\S\n]+$",
    r"x(?:\s|y){1,3}z",
    r"(?P<a>é|ß)[^\x00-\x7f]?(?=\.)",
    r"(?i)kiss",
    r"(?-i:\p{Lu}{2})\d{1,3}",
    r"[“”]{1,2}|\u2026",
    r"(?<=^|\s)(?=\d{2},)",
    r"a\sb\sc",
    r"(?|(a)|(b))-\1",
    r"(?:(?P<n>x)|(?P<n>y))(z)\2",
    r"(?i)(?-i:(a))-\1",
    r"(?<!\s)foo(?!\s)",
    r"\Akiss|kiss\Z",
    r"(?<=\s)[AB](?=\s)",
    r"\bthe\b(?!\n)|\bß\b|\bı|é\b",
    r"(?:foo|kiss \b(?:of|dont)\b|x)+ ?[Aé]",
    r"\d*(?:[A-Zé]{2,}|x?y)(?:\w+\b)?",
    r"(?<=[a-z]) (?=[xyz]{1,2}[.,\n](?!\w))",
    r"[fo]{2}(?=\s*[xA])(?<!\n\nfo)(?!\nx|o(?=\n))",
    r"\A[^\n]*?-(?=\s\s)",
    r"(?<![\p{L}’.])[fox] (?=\p{Ll}+(?![\p{L}’…)]))",
    r"(?<![“–a])[xy](?![”’\n])",
    r" (?=(?:o|th)e(?!\p{L}))",
    r"(?<!\w)[Aé](?=x{1,3}(?!x))",
]
signs = st.sampled_from(list(" \n\t.,xyzfooKISSkissé ßİıſ\u212a0123ABtheof the of dont private use“”’–…-abc"))


@given(
    st.sampled_from(PATTERNS), st.lists(st.one_of(signs, st.sampled_from(EXAMPLES)), max_size=30).map("".join)
)
def test_a_superset_misses_no_match(pattern: str, text: str) -> None:
    lookout = Lookout({0: Gate((Sign(pattern),))})
    seen = dict(lookout.numbers(text.split("\n")))
    for found in regex.finditer(pattern, text, regex.MULTILINE):
        rows = seen if 0 in lookout.free else [text.count("\n", 0, found.start())]
        assert 0 in lookout.open or any(row in seen for row in rows)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [(r"(?|(a)|(b))-\1", "b-b"), (r"(?:(?P<n>x)|(?P<n>y))(z)\2", "yzz"), (r"(?i)(?-i:(a))-\1", "a-A")],
)
def test_a_back_reference_means_the_group_that_regex_means(pattern: str, text: str) -> None:
    assert regex.search(pattern, text)
    lookout = Lookout({0: Gate((Sign(pattern),))})
    assert 0 in lookout.open or dict(lookout.numbers([text])) == {0: (0,)}


@pytest.mark.parametrize(
    "text",
    ["\u00a0Back to the top", "\tBack to the top •", "»\u2003BACK to the top", "Back \x1cto \x1fthe\x1d top"],
)
def test_a_known_line_is_seen_whatever_its_edges(text: str) -> None:
    assert dict(Lookout({0: Gate(lines=("Back to the top",))}).numbers([text])) == {0: (0,)}


@given(st.sampled_from(PATTERNS), st.lists(signs, max_size=40).map("".join))
def test_a_match_sees_no_more_lines_than_its_reach(pattern: str, text: str) -> None:
    breaks = reach(pattern)
    starts = [0, *(one.end() for one in regex.finditer("\n", text)), len(text) + 1]
    for found in regex.finditer(pattern, text, regex.MULTILINE):
        row = text.count("\n", 0, found.start())
        end = len(text) if breaks is None else starts[min(row + 1 + breaks, len(starts) - 1)]
        again = regex.compile(pattern, regex.MULTILINE).match(text, found.start(), end)
        assert again is not None
        assert again.span() == found.span()
        assert not begins_lines(pattern) or found.start() == starts[row]


@pytest.mark.parametrize("pattern", [r"a*", r"\K", r"(?e)a", r"(a)?(?(1)b|c)", r"\n+", r"[a-z]*"])
def test_what_cannot_be_promised_is_refused(pattern: str) -> None:
    with pytest.raises(UntranslatableError):
        superset(pattern)


def test_other_cases_of_ascii_letters_are_all_known() -> None:
    beyond = "".join(map(chr, (*range(128, 0xD800), *range(0xE000, 0x110000))))
    for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
        others = set(regex.findall(f"(?i){letter}", beyond))
        assert {ord(other) for other in others} <= FOLDED.keys()


@pytest.fixture(name="folder")
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_a_database_is_kept_and_a_damaged_one_made_anew(folder: Path) -> None:
    expressions = [Expression("ab+c"), Expression("d")]
    expected = Database(expressions).ends(b"abbc d")
    (kept,) = folder.rglob("cleaner/scan-*/*")
    assert Database(expressions).ends(b"abbc d") == expected
    kept.write_bytes(kept.read_bytes()[:-9] + b"\0" * 9)
    assert Database(expressions).ends(b"abbc d") == expected
    kept.write_bytes(b"")
    assert Database(expressions).ends(b"abbc d") == expected


def test_a_foreign_database_is_made_anew(folder: Path) -> None:
    expressions = [Expression("ab+c")]
    Database(expressions)
    cache.keep("scan", database._key(expressions), b"a database of another machine")
    assert Database(expressions).ends(b"abc") == [(0, 3)]
    assert list(folder.rglob("cleaner/scan-*/*"))


def test_where_nothing_can_be_kept_it_works_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert Database([Expression("a")]).ends(b"a") == [(0, 1)]


def test_without_hyperscan_every_rule_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "hyperscan", None)
    assert Cleaner("minimal", scan=True).clean("caf&eacute;").text == "café"
