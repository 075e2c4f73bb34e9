"""`cleaner rules check` and `rules new`: what is wrong with rules that load, and where it stands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rulefiles import drop, empty_profile, rule, swap, write_pack
from typer.testing import CliRunner, Result

from cleaner.cli import app
from cleaner.packs import load
from cleaner.pipeline import Cleaner
from cleaner.prove.checking import Checked, check_rules

Check = Callable[..., Checked]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for what never ends."""
    monkeypatch.setattr("cleaner.prove.linear.PATIENCE", 0.4)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(name="check")
def checker(tmp_path: Path) -> Check:
    """Check rules that stand in one pack, in a profile of nothing else."""

    def check(*rules: dict[str, Any]) -> Checked:
        pack = write_pack(tmp_path / "pack.yaml", list(rules))
        cleaner = Cleaner(load(empty_profile(tmp_path), [pack]))
        return check_rules(cleaner, cleaner.rules)

    return check


def change(before: str, after: str, **more: Any) -> dict[str, Any]:
    return {"name": "a change", "before": before, "after": after, **more}


SAME = {"name": "a refusal", "same": "nothing of it"}


def footer(name: str, *lines: str, **more: Any) -> dict[str, Any]:
    examples = [change(f"Text.\n{lines[0]}\nMore.", "Text.\nMore."), SAME]
    return drop(name, *lines, examples=examples, **more)


def test_a_good_pack_has_neither_fault_nor_note(check: Check) -> None:
    checked = check(footer("one", "Home"), swap("two", " {2,9}", " ", examples=[change("a  b", "a b"), SAME]))
    assert (checked.faults, checked.notes, checked.examples) == ((), (), 4)
    assert [used.engines.names for used in checked.patterns] == [("RE2", "Hyperscan")]


def messages(checked: Checked) -> list[str]:
    return [f"{fault.rule}: {fault.message}" for fault in (*checked.faults, *checked.notes)]


def test_an_example_that_fails_both_ways_is_told_once_at_its_place(check: Check, tmp_path: Path) -> None:
    checked = check(footer("one", "Home"), swap("two", "q", "y", examples=[change("q", "z"), SAME]))
    (fault,) = checked.faults
    assert fault.message == "example 'a change': it came out as 'y': 'q' -> 'y' (applied)"
    line = (tmp_path / "pack.yaml").read_text().split("\n")[fault.line - 1]
    assert (fault.rule, line.strip()) == ("two", "{")


def test_a_rule_that_no_example_moved_never_fires(check: Check) -> None:
    examples = [change("x", "y"), {**change("xx", "yy"), "name": "another"}, SAME]
    assert "two: no example ever made it fire; what it looks for is not what they show" in messages(
        check(swap("two", "q", "y", examples=examples))
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"where": {"when": {"matched": "flagged"}}},
            "waits for rules that are off, or never edit, or itself",
        ),
        ({"where": {"when": {"matched": "two"}}}, "waits for rules that are off, or never edit, or itself"),
        (
            {"where": {"host": "b.org", "when": {"matched": "hosted"}}},
            "waits for rules that are for other hosts",
        ),
        ({"where": {"when": {"matched": "waiting"}}}, "note: it waits for 'review' rules alone"),
        (
            {"find": {"lines": {"any": "Home", "together": 4}}, "where": {"zone": "end", "lines": 3}},
            "it needs 4 lines in a row, and its zone has 3; widen the zone",
        ),
        (
            {"find": {"lines": {"patterns": "(?P<a>x)|(?P<b>y)", "kinds": 3}}},
            "'kinds: 3' asks for so many named groups; the patterns have fewer",
        ),
    ],
)
def test_what_can_never_fire_is_told(check: Check, more: dict[str, Any], message: str) -> None:
    helpers = [
        rule("flagged", {"regex": "§"}, do="flag"),
        footer("hosted", "Terms", where={"host": "a.org"}),
        footer("waiting", "Sitemap", safety="review"),
    ]
    found = messages(check(*helpers, {**footer("two", "Home"), **more}))
    assert any(one.startswith("two: ") and message in one for one in found), found


def test_doubled_lines_are_faults_and_shadowed_ones_notes(check: Check) -> None:
    checked = check(
        footer("first", "Home", "* HOME ", "Menu"),
        footer("second", "Search", "menu"),
        footer("third", "Search", "Terms", where={"zone": "end", "lines": 5}),
    )
    assert [fault.message for fault in checked.faults] == [
        "'* HOME ' says the same as 'Home' above; take one out"
    ]
    assert [(note.rule, note.message) for note in checked.notes if "edit one place" not in note.message] == [
        ("second", "note: the earlier rule test/first takes the line 'menu' first; take it out here"),
        ("third", "note: the earlier rule test/second takes the line 'Search' first; take it out here"),
    ]


def test_a_rule_whose_every_line_is_taken_never_fires(check: Check) -> None:
    earlier = drop("first", examples=[change("Text.\nHome", "Text.\n"), SAME])
    earlier["find"] = {"lines": {"patterns": "home|menu"}}
    found = messages(check(earlier, footer("second", "Menu", "Home")))
    assert "second: every line of it is taken by an earlier rule (test/first); take the rule out" in found


@pytest.mark.parametrize(
    "narrower",
    [
        {"where": {"zone": "end", "lines": 5}},
        {"where": {"host": "a.org"}},
        {"unless": {"words": "not"}},
        {"safety": "review"},
        {"find": {"lines": {"any": "Home", "edge": "end"}}},
        {"find": {"lines": {"any": "Home", "together": 2}}},
    ],
    ids=str,
)
def test_a_narrower_rule_shadows_none(check: Check, narrower: dict[str, Any]) -> None:
    found = messages(check({**footer("first", "Home"), **narrower}, footer("second", "Home", "Menu")))
    assert not [one for one in found if "takes the line" in one or "is taken" in one]


def test_two_rules_that_edit_one_place_are_told_once(check: Check) -> None:
    spaces = swap("spaces", " {2,9}", " ", examples=[change("a  b", "a b"), SAME])
    tails = swap("tails", " {1,9}(?= b)", "_", examples=[change("a  b", "a_ b"), SAME])
    (note,) = [one for one in check(spaces, tails).notes if "edit one place" in one.message]
    assert note.message == (
        "note: two rules edit one place of the example 'a change': "
        "this one '  ' -> ' ', test/tails ' ' -> '_'; test/spaces runs first"
    )


def test_helpers_and_silent_rules_are_no_overlap(check: Check) -> None:
    tails = swap("tails", " {1,9}$", "", examples=[change("a  ", "a"), SAME])
    spaces = swap("spaces", " {2,9}", " ", examples=[change("a  ", "a", **{"with": "tails"}), SAME])
    flagged = rule(
        "odd", {"regex": " +"}, do="flag", examples=[{"name": "a", "before": "a b", "finds": " "}, SAME]
    )
    mine = [one for one in check(tails, spaces, flagged).notes if one.rule == "spaces"]
    assert mine == []


def test_a_catastrophic_pattern_is_a_fault_with_its_figures(check: Check) -> None:
    (fault,) = check(swap("two", "(a+)+$", "y", examples=[change("aa", "y"), SAME])).faults
    assert fault.message.startswith("the pattern '(a+)+$' is slow on 'a' * n + '⊘a': ")


def test_the_command_tells_place_and_code(tmp_path: Path) -> None:
    good = write_pack(tmp_path / "good.yaml", [footer("one", "Home of nobody")], "good")
    result = run("rules", "check", good)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "1 rules, 2 examples: 0 faults, 0 notes")
    bad = write_pack(tmp_path / "bad.yaml", [footer("one", "Home", "home")], "bad")
    result = run("rules", "check", bad, "--profile", empty_profile(tmp_path))
    assert result.exit_code == 2
    assert result.stdout.startswith(f"{bad}:13:")
    assert "one: 'home' says the same as 'Home' above; take one out" in result.stdout


def test_only_the_files_named_are_checked_beside_the_profile(tmp_path: Path) -> None:
    twice = footer("one", "Home", "home")
    base = write_pack(tmp_path / "base.yaml", [twice], "base")
    own = write_pack(tmp_path / "own.yaml", [footer("own", "Home", "Menu")], "own")
    result = run("rules", "check", own, "--pack", base, "--profile", empty_profile(tmp_path))
    assert result.exit_code == 0, result.output
    assert "note: the earlier rule base/one takes the line 'Home' first" in result.stdout


def test_a_changed_copy_of_a_shipped_pack_is_checked_in_its_place(tmp_path: Path) -> None:
    write_pack(tmp_path / "own" / "spacing.yaml", [footer("one", "Home of nobody")], "text/spacing")
    result = run("rules", "check", tmp_path / "own", "--profile", "minimal")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "1 rules, 2 examples: 0 faults, 0 notes")


BOMB = "pack: x\nversion: '1'\nsummary: X\na: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nrules: [*c]\n"
HOSTILE = {
    "a bomb": (BOMB, "anchors and aliases are not allowed"),
    "a doubled key": (
        "pack: x\npack: y\nversion: '1'\nsummary: X\nrules: []\n",
        "the key 'pack' stands twice",
    ),
    "an object": (
        "pack: !!python/object:os.system x\nversion: '1'\nsummary: X\nrules: []\n",
        "is not allowed",
    ),
    "an unclosed bracket": ("pack: [x\n", "this is not YAML"),
    "a list": ("- pack: x\n", "keys and values must stand here"),
    "nothing": ("", "keys and values must stand here"),
    "bytes": ("pack: \x00\n", "U+0000 may not stand in YAML"),
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "hostile.yaml"
    file.write_text(text)
    result = run("rules", "check", file)
    assert result.exit_code == 2
    assert f"{file}:" in result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_starter_pack_passes_its_own_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("rules", "new", "sites/example")
    assert result.stdout == "wrote example.yaml; try it: cleaner rules check example.yaml\n"
    checked = run("rules", "check", "example.yaml")
    assert (checked.exit_code, checked.stdout.splitlines()[-1]) == (
        0,
        "1 rules, 2 examples: 0 faults, 0 notes",
    )
    text = Path("example.yaml").read_text()
    schema = text.split("\n", 1)[0].removeprefix("# yaml-language-server: $schema=")
    assert Path(schema).resolve().is_file()
    assert "NAME" not in text
    assert run("rules", "new", "sites/example").exit_code == 2
    Path("other.yaml").write_text(text.replace("# overrides:", "overrides:").replace("#   - {", "  - {"))
    assert run("rules", "list", "--pack", "other.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Sites/Example"], "is no pack name; use a-z, 0-9"),
        (["x", "--to", "missing/x.yaml"], "missing: no such folder; make it first"),
    ],
)
def test_a_starter_pack_needs_a_name_and_a_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("rules", "new", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_list_shows_what_is_off_and_what_changed(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "pack: own\nversion: '1'\nsummary: Mine.\noverrides:\n"
        "  - {rule: text/spacing/blank-runs, off: verse needs them}\n"
        "  - {rule: text/spacing/trailing-spaces, safety: review, why: Markdown has a meaning for two}\n"
    )
    lines = run("rules", "list", "--pack", own).stdout.splitlines()
    (off,) = [line for line in lines if line.startswith("text/spacing/blank-runs ")]
    assert off.split()[1] == "off"
    assert off.endswith("[off: verse needs them (own)]")
    (changed,) = [line for line in lines if line.startswith("text/spacing/trailing-spaces ")]
    assert changed.endswith("[review: Markdown has a meaning for two (own)]")
