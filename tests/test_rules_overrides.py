"""What packs say of each other's rules: off, another safety, another in their place; and who acts first."""

import json
from pathlib import Path
from typing import Any

import pytest
from rulefiles import drop, empty_profile, rule, swap, write_pack

from cleaner.errors import RuleFileError, UsageError
from cleaner.packs import in_order, load
from cleaner.pipeline import Cleaner

SHIPPED = [
    swap("one", "a", "b"),
    swap("two", "b", "c", safety="review"),
    drop("three", "Footer", where={"when": {"matched": "one"}}),
]


def mine(folder: Path, *rules: dict[str, Any], **more: Any) -> Path:
    """Write a pack `mine/own` with keys of its own beside its rules."""
    content = {"pack": "mine/own", "version": "1", "summary": "Mine.", **more}
    path = folder / "mine.yaml"
    path.write_text(json.dumps({**content, "rules": list(rules)} if rules else content), "utf-8")
    return path


def cleaner_with(folder: Path, own: Path | None = None, **options: Any) -> Cleaner:
    packs = [write_pack(folder / "base.yaml", SHIPPED, "base"), *([own] if own else [])]
    return Cleaner(empty_profile(folder), packs, **options)


def faults(folder: Path, *rules: dict[str, Any], **more: Any) -> list[str]:
    with pytest.raises(RuleFileError) as caught:
        cleaner_with(folder, mine(folder, *rules, **more))
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def test_a_rule_is_switched_off(tmp_path: Path) -> None:
    own = mine(tmp_path, overrides=[{"rule": "base/one", "off": "our texts spell it so"}])
    cleaner = cleaner_with(tmp_path, own)
    assert [one.name for one in cleaner.rules] == ["base/two", "base/three"]
    assert cleaner.clean("a").text == "a"
    off = next(one for one in in_order(cleaner.packs) if one.name == "base/one")
    assert off.off == "our texts spell it so (mine/own)"


def test_the_hash_tells_overridden_rules_from_others(tmp_path: Path) -> None:
    off = cleaner_with(tmp_path, mine(tmp_path, overrides=[{"rule": "base/one", "off": "one reason"}]))
    review = cleaner_with(
        tmp_path, mine(tmp_path, overrides=[{"rule": "base/one", "safety": "review", "why": "x"}])
    )
    assert len({off.ruleset_hash, review.ruleset_hash, cleaner_with(tmp_path).ruleset_hash}) == 3


def test_a_rule_gets_another_safety(tmp_path: Path) -> None:
    overrides = [
        {"rule": "base/one", "safety": "review", "why": "a person decides here"},
        {"rule": "base/two", "safety": "safe", "why": "checked on 2,000 pages"},
    ]
    cleaner = cleaner_with(tmp_path, mine(tmp_path, overrides=overrides))
    result = cleaner.clean("a b")
    assert result.text == "a c"
    assert {(edit.rule, edit.status, edit.safety) for edit in result.edits} == {
        ("base/one", "proposed", "review"),
        ("base/two", "applied", "safe"),
    }
    assert [one.override for one in cleaner.rules] == [
        "a person decides here (mine/own)",
        "checked on 2,000 pages (mine/own)",
        "",
    ]


def test_a_rule_stands_in_the_place_of_another(tmp_path: Path) -> None:
    own = mine(
        tmp_path,
        swap("last", "z", "y"),
        swap("better", "[aA]", "b", replaces="base/one"),
    )
    cleaner = cleaner_with(tmp_path, own, apply="review")
    assert [one.name for one in cleaner.rules] == [
        "mine/own/better",
        "base/two",
        "base/three",
        "mine/own/last",
    ]
    assert next(one.off for one in in_order(cleaner.packs)) == "replaced by mine/own/better"
    # A rule that waits for the replaced one waits for its stand-in.
    assert cleaner.clean("A\nFooter\nz").text == "c\ny"


def test_overrides_of_shipped_rules_hold_in_every_profile(tmp_path: Path) -> None:
    own = mine(tmp_path, overrides=[{"rule": "web/chrome/page-top", "off": "our pages have none"}])
    assert "web/chrome/page-top" not in {one.name for one in Cleaner("standard", [own]).rules}
    assert Cleaner("minimal", [own]).rules == Cleaner("minimal").rules


WRONG = {
    "an unknown rule": (
        {"overrides": [{"rule": "base/won", "off": "no such"}]},
        "no rule is called 'base/won'; write pack/id as `cleaner rules list` has it",
    ),
    "an unknown rule of a shipped pack": (
        {"overrides": [{"rule": "web/chrome/won", "off": "no such"}]},
        "no rule is called 'web/chrome/won'",
    ),
    "no reason": ({"overrides": [{"rule": "base/one", "off": "true"}]}, "an override needs its reason"),
    "an empty reason": ({"overrides": [{"rule": "base/one", "off": " "}]}, "an override needs its reason"),
    "a safety without why": (
        {"overrides": [{"rule": "base/one", "safety": "safe"}]},
        "an override needs its reason",
    ),
    "both": ({"overrides": [{"rule": "base/one", "off": "x", "safety": "safe"}]}, "one of them"),
    "nothing": ({"overrides": [{"rule": "base/one"}]}, "one of them"),
    "an unknown key": ({"overrides": [{"rule": "base/one", "of": "x"}]}, "unknown key 'of'"),
    "twice": (
        {"overrides": [{"rule": "base/one", "off": "a b"}, {"rule": "base/one", "off": "c d"}]},
        "the pack mine/own overrides or replaces 'base/one' already; keep one",
    ),
    "an order unheard of": ({"order": "last"}, "'order' must be 'first'; got 'last'"),
}


@pytest.mark.parametrize(("keys", "message"), WRONG.values(), ids=WRONG)
def test_wrong_overrides_are_faults(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    own = swap("own", "x", "y")
    found = faults(tmp_path, own, **keys)
    assert any(message in fault for fault in found), found
    assert all(fault.startswith("mine.yaml:") and not fault.startswith("mine.yaml:1:1:") for fault in found)


def test_wrong_replacements_are_faults(tmp_path: Path) -> None:
    assert "no rule is called 'base/won'" in faults(tmp_path, swap("own", "x", "y", replaces="base/won"))[0]
    own = [swap("own", "x", "y"), swap("other", "x", "y", replaces="mine/own/own")]
    assert "the rule 'mine/own/own' is in this very file; change it there" in faults(tmp_path, *own)[0]
    twice = [swap("own", "x", "y", replaces="base/one"), swap("other", "x", "y", replaces="base/one")]
    assert "the pack mine/own overrides or replaces 'base/one' already" in faults(tmp_path, *twice)[0]


def test_replacements_do_not_chain(tmp_path: Path) -> None:
    first = mine(tmp_path, swap("own", "a", "b", replaces="base/one"))
    second = write_pack(tmp_path / "second.yaml", [swap("own", "a", "b", replaces="mine/own/own")], "second")
    base = write_pack(tmp_path / "base.yaml", SHIPPED, "base")
    with pytest.raises(RuleFileError, match="itself stands in for 'base/one'; replace that one"):
        load(empty_profile(tmp_path), [base, first, second])


def test_a_pack_with_order_first_acts_first(tmp_path: Path) -> None:
    keeps = rule("names", {"regex": "a-ha"}, do="protect")
    own = mine(tmp_path, keeps, order="first")
    cleaner = cleaner_with(tmp_path, own)
    assert cleaner.rules[0].name == "mine/own/names"
    result = cleaner.clean("a-ha a")
    assert result.text == "a-ha b"
    assert [edit.status for edit in result.edits].count("blocked") == 2


def test_what_the_user_protects_stays_and_says_so(tmp_path: Path) -> None:
    cleaner = cleaner_with(tmp_path, protect=["<.*?>", "No[.] a"])
    result = cleaner.clean("a <a> No. a")
    assert result.text == "b <a> No. a"
    assert sorted(edit.status for edit in result.edits) == ["applied", "blocked", "blocked", "proposed"]
    assert cleaner.ruleset_hash != cleaner_with(tmp_path).ruleset_hash
    with pytest.raises(UsageError, match=r"what to protect: pattern '\(' does not compile"):
        cleaner_with(tmp_path, protect=["("])


def test_all_review_rules_can_be_applied_and_stay_marked(tmp_path: Path) -> None:
    result = cleaner_with(tmp_path, apply="review").clean("b b")
    assert result.text == "c c"
    assert {(edit.status, edit.safety) for edit in result.edits} == {("applied", "review")}
    assert cleaner_with(tmp_path).clean("b b").text == "b b"


def test_a_profile_may_name_packs_beside_it(tmp_path: Path) -> None:
    write_pack(tmp_path / "packs" / "base.yaml", SHIPPED, "base")
    profile = tmp_path / "own.yaml"
    profile.write_text("profile: own\nsummary: Mine.\npacks: [text/spacing, packs/base.yaml]\n")
    assert [pack.name for pack in load(str(profile))] == ["text/spacing", "base"]


def test_a_folder_of_rules_may_hold_profiles_too(tmp_path: Path) -> None:
    write_pack(tmp_path / "base.yaml", SHIPPED, "base")
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "house.yaml").write_text("profile: house\nsummary: Mine.\npacks: [base, text/spacing]\n")
    assert [pack.name for pack in load(empty_profile(tmp_path), [tmp_path])] == ["base"]
    assert [pack.name for pack in load("house", rules=tmp_path)] == ["base", "text/spacing"]


def test_a_pack_stands_in_for_one_of_its_name_only_where_asked(tmp_path: Path) -> None:
    base = write_pack(tmp_path / "base.yaml", SHIPPED, "base")
    newer = write_pack(tmp_path / "newer.yaml", SHIPPED[:1], "base")
    other = write_pack(tmp_path / "other.yaml", SHIPPED[:1], "other")
    with pytest.raises(RuleFileError, match=r"base\.yaml is the pack 'base' too"):
        load(empty_profile(tmp_path), [base, other, newer])
    packs = load(empty_profile(tmp_path), [base, other, newer], standing_in=True)
    assert [(pack.name, len(pack.rules)) for pack in packs] == [("base", 1), ("other", 1)]
