"""Every rule's examples, alone and under the whole profile; and that a wrong example is caught."""

from pathlib import Path
from typing import Any

import pytest
from rulefiles import REFUSES, cleaner_of, drop, rule, swap

from cleaner import prove
from cleaner.packs import Example, Rule
from cleaner.pipeline import Cleaner

STANDARD = Cleaner()


@pytest.mark.parametrize("rule", STANDARD.rules, ids=lambda rule: rule.name)
def test_shipped_rules_do_as_their_examples_say(rule: Rule) -> None:
    failures = [
        f"{example.name} ({mode}): {message}"
        for example in rule.examples
        for mode in ("alone", "profile")
        if not example.known_failure and (message := prove.prove(STANDARD, rule, example, mode))
    ]
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("rule", STANDARD.rules, ids=lambda rule: rule.name)
def test_known_failures_still_fail(rule: Rule) -> None:
    marked = [example for example in rule.examples if example.known_failure]
    for example in marked:
        assert any(prove.prove(STANDARD, rule, example, mode) for mode in ("alone", "profile")), (
            f"{example.name} passes now; take its known_failure mark off"
        )


def change(before: str, after: str, **more: Any) -> dict[str, Any]:
    return {"name": "a change", "before": before, "after": after, **more}


def refusal(same: str, **more: Any) -> dict[str, Any]:
    return {"name": "a refusal", "same": same, **more}


def failures(folder: Path, *rules: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (failure.example, failure.mode, failure.message)
        for failure in prove.check(cleaner_of(folder, *rules))
    ]


def spaces(*examples: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Give a rule with the examples, the second and third of one name numbered: no two may share it."""
    names = [example["name"] for example in examples]
    numbered = [
        example | {"name": f"{example['name']} {names[:index].count(example['name']) + 1}"}
        if example["name"] in names[:index]
        else example
        for index, example in enumerate(examples)
    ]
    return swap("spaces", " {2,}", " ", examples=numbered, **more)


def test_right_examples_pass(tmp_path: Path) -> None:
    assert failures(tmp_path, spaces(change("a  b", "a b"), refusal("a b"))) == []


@pytest.mark.parametrize(
    ("example", "cause"),
    [
        (change("a  b", "ab"), "it came out as 'a b'"),
        (change("a b", "ab"), "the rule made no edit"),
        (refusal("a  b"), "the rule made: '  ' -> ' ' (applied)"),
    ],
    ids=["another text", "nothing found", "a change refused"],
)
def test_a_wrong_example_is_caught(tmp_path: Path, example: dict[str, Any], cause: str) -> None:
    found = failures(tmp_path, spaces(example, change("c  d", "c d"), refusal("c d")))
    assert {mode for _, mode, _ in found} == {"alone", "profile"}
    assert found[0][2].startswith(cause)


def test_an_example_that_another_rule_spoils_is_caught_under_the_profile(tmp_path: Path) -> None:
    case = swap("case", "A", "a", examples=[change("A", "a"), refusal("b")])
    found = failures(tmp_path, case, spaces(change("A  b", "A b"), refusal("a b")))
    assert [(name, mode) for name, mode, _ in found] == [("a change", "profile")]
    assert "it came out as 'a b'" in found[0][2]


def test_a_refusal_counts_only_its_own_rule_under_the_profile(tmp_path: Path) -> None:
    case = swap("case", "A", "a", examples=[change("A", "a"), refusal("b")])
    assert failures(tmp_path, case, spaces(change("a  b", "a b"), refusal("A b"))) == []


def test_helpers_run_too(tmp_path: Path) -> None:
    case = swap("case", "A", "a", examples=[change("A", "a"), refusal("b")])
    helped = spaces(change("A  b", "a b", **{"with": ["case"]}), refusal("a b"))
    assert failures(tmp_path, case, helped) == []
    named = spaces(change("A  b", "a b", **{"with": "test/case"}), refusal("a b"))
    assert failures(tmp_path, case, named) == []


def test_a_rule_that_waits_for_another_is_proved_with_it(tmp_path: Path) -> None:
    menu = drop("menu", "Home", examples=[change("Home\nx", "x"), refusal("x")])
    footer = drop(
        "footer",
        "Terms",
        where={"when": {"matched": "menu"}},
        examples=[change("Home\nx\nTerms", "x\n", **{"with": "menu"}), refusal("x\nTerms")],
    )
    assert failures(tmp_path, menu, footer) == []


def test_review_rules_are_proved_as_if_accepted(tmp_path: Path) -> None:
    assert failures(tmp_path, spaces(change("a  b", "a b"), refusal("a b"), safety="review")) == []


def test_an_example_has_the_host_it_names(tmp_path: Path) -> None:
    where = {"host": "x.org"}
    assert (
        failures(
            tmp_path, spaces(change("a  b", "a b", host="x.org"), refusal("a  b", host="y.org"), where=where)
        )
        == []
    )
    assert len(failures(tmp_path, spaces(change("a  b", "a b"), refusal("a b"), where=where))) == 2


@pytest.mark.parametrize("do", ["flag", "protect"])
def test_what_a_silent_rule_finds_is_proved(tmp_path: Path, do: str) -> None:
    right = {"name": "a find", "before": "a § b", "finds": "§"}
    assert failures(tmp_path, rule("odd", {"regex": "§"}, do=do, examples=[right, REFUSES])) == []
    wrong = {"name": "a find", "before": "a § b", "finds": "a"}
    found = failures(tmp_path, rule("odd", {"regex": "§"}, do=do, examples=[wrong, REFUSES]))
    assert [message for _, _, message in found] == ["the rule found: '§' -> '§' (noted)"] * 2
    refused = failures(tmp_path, rule("odd", {"regex": "§"}, do=do, examples=[right, refusal("§")]))
    assert len(refused) == 2


def test_a_rule_that_protects_still_protects_from_the_others(tmp_path: Path) -> None:
    verse = rule(
        "verse",
        {"regex": "^>.*"},
        do="protect",
        examples=[{"name": "v", "before": "> a", "finds": "> a"}, REFUSES],
    )
    assert failures(tmp_path, verse, spaces(change("a  b", "a b"), refusal("b\n> a c"))) == []
    assert (
        cleaner_of(tmp_path, verse, spaces(change("a  b", "a b"), refusal("a"))).clean("> a  c").text
        == "> a  c"
    )


def test_a_document_error_is_a_failure(tmp_path: Path) -> None:
    menu = drop("menu", "Home", examples=[change("Home", ""), refusal("x")])
    assert [message for _, _, message in failures(tmp_path, menu)] == [
        (
            "emptied: the rules would leave nothing of a document that has words (rule test/menu); "
            "let a line stand that the rule leaves"
        )
    ] * 2


def test_a_known_failure_must_fail(tmp_path: Path) -> None:
    fails = change("a  b", "ab", known_failure="not yet")
    assert failures(tmp_path, spaces(fails, change("a  b", "a b"), refusal("a b"))) == []
    passes = change("a  b", "a b", known_failure="not yet")
    assert failures(tmp_path, spaces(passes, refusal("a b"))) == [
        ("a change", "profile", "the example passes now; take its known_failure mark off")
    ]


def test_a_known_failure_may_pass_in_one_way_only(tmp_path: Path) -> None:
    case = swap("case", "A", "a", examples=[change("A", "a"), refusal("b")])
    only_alone = change("A  b", "A b", known_failure="the other rule spoils it")
    assert failures(tmp_path, case, spaces(only_alone, change("c  d", "c d"), refusal("a b"))) == []
    only_with_others = change("A  b", "a b", known_failure="needs the other rule")
    assert failures(tmp_path, case, spaces(only_with_others, change("c  d", "c d"), refusal("a b"))) == []


def test_examples_name_what_they_are() -> None:
    with pytest.raises(ValueError, match="'before' and 'after', or 'before' and 'finds', or 'same' alone"):
        Example("both", before="a", after="b", same="c")
    with pytest.raises(ValueError, match="'before' equals 'after'"):
        Example("nothing", before="a", after="a")
    with pytest.raises(ValueError, match="does not stand in 'before'"):
        Example("elsewhere", before="a", finds="b")


def test_a_rule_that_protects_is_shown_and_protects(tmp_path: Path) -> None:
    file = tmp_path / "tide.yaml"
    file.write_text(
        "pack: tide\nversion: '1'\nsummary: A name.\norder: first\nrules:\n"
        "  - id: name\n    summary: Leave the name of a band alone.\n    why: It is written so.\n"
        "    find: {regex: 'Tide \\.'}\n    do: protect\n    safety: safe\n    examples:\n"
        "      - {name: the band, before: 'They heard Tide . It was loud.', finds: 'Tide .'}\n"
        "      - {name: the sea, same: 'The tide turned.'}\n",
        "utf-8",
    )
    cleaner = Cleaner(packs=[file])
    (band,) = (rule for rule in cleaner.rules if rule.name == "tide/name")
    assert not any(
        prove.prove(cleaner, band, one, mode) for one in band.examples for mode in ("alone", "profile")
    )
    assert cleaner.clean("They heard Tide . It was loud.").text == "They heard Tide . It was loud."
