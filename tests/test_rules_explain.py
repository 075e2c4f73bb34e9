"""Why a rule did not fire: each reason, at the line it holds for; and the options that explain takes."""

from pathlib import Path
from typing import Any

import pytest
from rulefiles import cleaner_of, drop, rule, swap
from typer.testing import CliRunner, Result

from cleaner.cli import app
from cleaner.model import Document
from cleaner.pipeline import Cleaner
from cleaner.prove import check
from cleaner.prove.silence import silences

CAT = [[{"from": "cat", "to": "Cat's food", "times": 1}]]


def reasons(cleaner: Cleaner, text: str, name: str = "test/it", **metadata: Any) -> list[str]:
    chosen = next(one for one in cleaner.rules if one.name == name)
    return [line.reason for line in silences(cleaner, chosen, Document("x", text, metadata))]


def lines(**options: Any) -> dict[str, Any]:
    return rule("it", {"lines": {"any": ["Menu", "Home"], **options}})


EDGE = "the run of such lines does not reach the edge of the text (start)"
CASES: dict[str, tuple[list[dict[str, Any]], str, list[str]]] = {
    "not matched": ([swap("it", "q", "x")], "a\nb", ["not matched", "not matched"]),
    "fired": ([swap("it", "a", "x")], "a\n\nb", ["fired: applied", "not matched"]),
    "proposed": ([swap("it", "a", "x", safety="review")], "a", ["fired: proposed"]),
    "noted": ([rule("it", {"regex": "a"}, do="flag")], "a", ["fired: noted"]),
    "outside the zone": (
        [swap("it", "a", "x", where={"zone": "start", "lines": 1})],
        "b\na",
        ["not matched", "outside the zone: the start of the text, 1 lines"],
    ),
    "host": (
        [swap("it", "a", "x", where={"host": "a.org"})],
        "a",
        ["host: the rule is for a.org; where the text came from is unknown"],
    ),
    "when": (
        [swap("other", "q", "r"), swap("it", "a", "x", where={"when": {"matched": "other"}})],
        "a",
        ["when: none of the rules it waits for made an edit: test/other"],
    ),
    "unless, a word": (
        [swap("it", "a", "x", unless={"words": ["no", "HTML"]})],
        "a in html",
        ["unless: the word 'HTML' stands beside it"],
    ),
    "unless, an expression": (
        [swap("it", "a", "x", unless={"regex": r"\d"})],
        "a 1",
        ["unless: '\\\\d' matches beside it"],
    ),
    "unless, anywhere": (
        [swap("it", "a", "x", unless={"document": "html"})],
        "a\nHTML",
        ["unless: the document holds 'html'"] * 2,
    ),
    "protected": (
        [rule("keep", {"regex": "<.*?>"}, do="protect"), swap("it", "a", "x")],
        "<a>",
        ["protected: the edit is blocked, for it touches a protected span"],
    ),
    "not enough company": (
        [lines(together=2)],
        "Menu\nText.",
        ["not enough company: it asks for 2 such lines in a row", "not matched"],
    ),
    "not at the edge": (
        [lines(edge="start")],
        "Text.\nMenu\nText.",
        ["not matched", EDGE, "not matched"],
    ),
    "neither": (
        [lines(edge="start", together=2)],
        "Text.\nMenu\nText.",
        [
            "not matched",
            f"not enough company: it asks for 2 such lines in a row; {EDGE}",
            "not matched",
        ],
    ),
    "capitals": ([swap("it", "menu", "x")], "MENU", ["only its capitals and small letters differ"]),
    "no closing line": (
        [rule("it", {"block": {"opens": "begin", "closes": "end"}})],
        "begin\nText.",
        ["a block opens here, but no line in reach closes it"] * 2,
    ),
    "too few copies": (
        [rule("it", {"repeat": {"unit": "phrase", "at_least": 3}})],
        "so very very good",
        ["fewer copies than 3"],
    ),
    "no proof": (
        [rule("it", {"undo": CAT})],
        "I like Cat's food.",
        ["no proof: it reads like the damage, but is English too, and no place here is certain"],
    ),
    "another took the line": (
        [drop("first", "Menu"), lines()],
        "Menu\nText.",
        ["another rule took the line: test/first", "not matched"],
    ),
    "as it should be": ([swap("it", "[ab]", "a")], "a", ["what it would write stands there already"]),
}


@pytest.mark.parametrize(("rules", "text", "expected"), CASES.values(), ids=CASES)
def test_each_silence_has_its_reason(
    tmp_path: Path, rules: list[dict[str, Any]], text: str, expected: list[str]
) -> None:
    assert reasons(cleaner_of(tmp_path, *rules), text) == expected


def test_a_known_host_is_named(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, swap("it", "a", "x", where={"host": "a.org"}))
    assert reasons(cleaner, "a", host="b.org") == ["host: the rule is for a.org; the text came from b.org"]
    assert reasons(cleaner, "a", host="www.a.org") == ["fired: applied"]


def test_a_line_is_judged_as_it_stands_at_rest(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, swap("it", "^ab", "x"), swap("later", "^aa", "q"))
    assert reasons(cleaner, "aab, ab") == ["not matched"]
    assert reasons(cleaner, "aab, ab", "test/later") == ["fired: applied"]
    gone = cleaner_of(tmp_path, swap("it", "b", "x"), swap("first", "^.*x.*$", "-"))
    assert reasons(gone, "a b\nc") == ["fired: applied", "not matched"]


def test_lines_are_numbered_as_in_the_source(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, drop("first", "Menu"), swap("it", "a", "x"))
    chosen = cleaner.rules[1]
    told = [
        (one.line, one.text, one.fired) for one in silences(cleaner, chosen, Document("x", "Menu\n\na\n\nb"))
    ]
    assert told == [(1, "Menu", False), (3, "a", True), (5, "b", False)]


def test_every_shipped_rule_can_be_asked(standard: Cleaner) -> None:
    document = Document("x", "Skip to content\n\nHad had  enough , he said.\n\nContact:\nA. Name\n\n© 2004")
    for one in standard.rules:
        told = list(silences(standard, one, document))
        assert [line.line for line in told] == [1, 3, 5, 6, 8]
        assert all(line.reason for line in told)


def run(*arguments: object, stdin: str = "") -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def test_the_command_tells_line_by_line() -> None:
    result = run("explain", "-", "--rule", "trailing-spaces", stdin="one  \ntwo\n")
    assert result.stdout.splitlines() == [
        "text/spacing/trailing-spaces (safe, remove): Take out spaces at the end of a line.",
        "    1  fired: applied",
        "       one  ",
        "    2  not matched",
        "       two",
    ]
    unknown = run("explain", "-", "--rule", "trailing", stdin="one")
    assert unknown.exit_code == 2
    assert "no rule is called trailing; did you mean" in unknown.stderr


def test_the_command_says_that_a_rule_is_off(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "pack: own\nversion: '1'\nsummary: X\noverrides: [{rule: text/spacing/blank-runs, off: verse}]\n"
    )
    result = run("explain", "-", "--pack", own, "--rule", "blank-runs", stdin="one")
    assert result.stdout.splitlines()[1:] == ["it is off: verse (own)"]


def test_explain_and_clean_apply_what_waits_and_keep_what_is_protected(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "pack: own\nversion: '1'\nsummary: X\nrules:\n  - id: a\n    summary: Write b.\n    why: A test.\n"
        "    find: {regex: a}\n    replace: b\n    safety: review\n"
        "    examples: [{name: x, before: a, after: b}, {name: y, same: c}]\n"
    )
    shown = run("explain", "-", "--pack", own, "--apply", "review", "--protect", "#a", stdin="a #a\n").stdout
    assert shown.startswith("[-a-]{+b+} #a\n")
    assert "own/a  blocked" in shown
    text = tmp_path / "in.txt"
    text.write_text("a #a\n")
    out = tmp_path / "out"
    options = ("--pack", own, "--apply", "review", "--protect", "#a", "--quiet")
    assert run("clean", text, "--out", out, *options).exit_code == 0
    assert (out / "texts" / "in.txt").read_text() == "b #a\n"
    recorded = (out / "run.json").read_text()
    assert '"apply": "review"' in recorded
    assert '"#a"' in recorded
    (out / "report.html").unlink()
    assert run("report", out).exit_code == 0
    assert (
        "Write b." in (out / "report.html").read_text()
    )  # the same rules are found again, the protected too
    assert run("clean", text, "--out", out, "--protect", "(").exit_code == 2
    assert run("clean", text, "--out", out, "--apply", "everything").exit_code == 2


def test_the_protect_pack_holds_and_its_examples_do() -> None:
    cleaner = Cleaner("standard", ["text/protect"])
    assert cleaner.packs[0].name == "text/protect"
    mine = [one for one in check(cleaner) if one.rule.startswith("text/protect/")]
    assert mine == []
    text = 'He said "it is  so , yes" and `x  , y` at https://a.org/x&amp;y , then left .\n'
    result = cleaner.clean(text)
    assert result.text == 'He said "it is  so , yes" and `x  , y` at https://a.org/x&amp;y , then left.\n'
    assert "blocked" in {edit.status for edit in result.edits}
