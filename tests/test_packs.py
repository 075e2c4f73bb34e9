"""Reading rule files: every fault at once with place and cure; packs by name, file and folder; the cache."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from rulefiles import REFUSES, drop, empty_profile, rule, swap, write_pack

from cleaner.errors import RuleFileError, UsageError
from cleaner.packs import load, load_profile, profiles, shipped, shipped_packs
from cleaner.packs.source import DEEPEST, LARGEST_FILE, read
from cleaner.pipeline import Cleaner

GOOD = """\
pack: test
version: "1.0.0"
summary: Rules of a test.
rules:
  - id: spaces
    summary: Shrink runs of spaces.
    why: Tables became text.
    find: {regex: ' {2,}'}
    replace: " "
    safety: safe
    examples:
      - {name: two, before: "a  b", after: "a b"}
      - {name: one, same: "a b"}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the cache of a test to itself."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def faults(tmp_path: Path, text: str | bytes) -> list[str]:
    """Give the faults of a rule file, without the folder it lies in."""
    file = tmp_path / "bad.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RuleFileError) as caught:
        load(empty_profile(tmp_path), [file])
    assert caught.value.faults == sorted(caught.value.faults)
    assert str(caught.value) == "\n".join(map(str, caught.value.faults))
    return [str(fault).removeprefix(f"{tmp_path}/") for fault in caught.value.faults]


def test_a_good_file_has_none(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    file.write_text("\ufeff" + GOOD, "utf-8")
    (pack,) = load(empty_profile(tmp_path), [file])
    assert [one.name for one in pack.rules] == ["test/spaces"]
    assert (pack.rules[0].do, pack.rules[0].finder_name, pack.version) == ("replace", "regex", "1.0.0")


def test_scalars_are_kept_as_written(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    file.write_text(
        GOOD.replace('"1.0.0"', "1.10").replace("name: two", "name: no").replace("name: one", "name: 0o17")
    )
    (pack,) = load(empty_profile(tmp_path), [file])
    assert (pack.version, [one.name for one in pack.rules[0].examples]) == ("1.10", ["no", "0o17"])


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    bad = """\
pack: Test
version: 1
colour: red
summary: Many faults.
rules:
  - id: One rule
    summary: Two finders.
    why: Because.
    find: {regex: a, lines: [b]}
    safety: safe
    examples: [{name: one, same: "a"}]
  - id: two
    summary: A bad pattern.
    why: Because.
    find: {regex: "(a"}
    replace: "b"
    safety: perhaps
    examples: [{name: one, before: a, after: b}, {name: two, same: a}]
  - id: two
    find: {regexp: a}
    summary: No reason.
    safety: safe
    replace: b
    examples: [{name: one, before: a}, {name: two, same: a}]
"""
    first, *others = faults(tmp_path, bad)
    assert first.startswith(
        "bad.yaml:3:1: unknown key 'colour'; there are pack, version, summary, rules, overrides, order"
    )
    assert others == [
        "bad.yaml:6:5 rule 1: 'One rule' is no rule id; use up to 100 of a-z, 0-9 and '-'",
        (
            "bad.yaml:9:5 rule 1: "
            "'find' takes one finder of lines, regex, block, repeat, undo, fixer, page; got regex and lines"
        ),
        "bad.yaml:11:5 rule 1: no example shows the rule at work; add one with 'before' and 'after'",
        "bad.yaml:15:12 two: pattern '(a' does not compile: missing ) at position 2",
        "bad.yaml:17:5 two: 'safety' must be 'safe' or 'review'; got 'perhaps'",
        "bad.yaml:19:5 two: 'why' is missing; add it",
        "bad.yaml:19:5 two: two rules have this id; rename one",
        (
            "bad.yaml:20:5 two: 'find' takes one finder of "
            "lines, regex, block, repeat, undo, fixer, page; got regexp"
        ),
        "bad.yaml:24:16 two: an example gives 'before' and 'after', or 'before' and 'finds', or 'same' alone",
    ]


RULE = "    find: {regex: ' {2,}'}\n    replace: \" \"\n"
MAPPING = "keys and values must stand here, pack: …, version: …"


def without(part: str, instead: str = "") -> str:
    assert part in GOOD
    return GOOD.replace(part, instead)


def finds(find: str) -> str:
    return without(RULE, f"    find: {find}\n")


FORM = {
    "nothing": ("", f"1:1: {MAPPING}"),
    "a comment": ("# nothing\n", f"1:1: {MAPPING}"),
    "a list at the top": ("- a\n- b\n", f"1:1: {MAPPING}"),
    "a word at the top": ("pack", f"1:1: {MAPPING}"),
    "no rules": (GOOD[: GOOD.index("rules:")], "1:1: a pack needs 'rules' or 'overrides'"),
    "an empty list of rules": (GOOD[: GOOD.index("rules:")] + "rules: []", "1:1: a pack needs 'rules' or"),
    "words for rules": (
        GOOD[: GOOD.index("rules:")] + "rules: [x]",
        "4:9: 'rules' must be keys and values; got 'x'",
    ),
    "two documents": (GOOD + "---\n" + GOOD, "14:1: this is not YAML: a rule file is one document"),
    "a quote left open": ('pack: "a', "1:9: this is not YAML: found unexpected end of stream"),
    "a tab": ("pack:\ta: b", "1:6: this is not YAML"),
    "a key twice": (
        without("safety: safe", "safety: safe\n    safety: safe"),
        "11:5: the key 'safety' stands twice; keep one",
    ),
    "an anchor": (
        without("Tables", "&a Tables"),
        "7:10: anchors and aliases are not allowed; write the value out",
    ),
    "a merge": (without("safety: safe", "<<: {a: b}\n    safety: safe"), "10:5: merge keys are not"),
    "a list as a key": (
        without("safety:", "? [a]\n    : b\n    safety:"),
        "10:7: a key must be a plain word",
    ),
    "a Python tag": (
        without("Tables", "!!python/object:os.system Tables"),
        "7:10: the tag 'tag:yaml.org,2002:python/",
    ),
    "an own tag": (
        without("Tables", "!own Tables"),
        "7:10: the tag '!own' is not allowed; write a plain value",
    ),
    "a tagged mapping": (
        without("{regex:", "!!omap {regex:"),
        "8:11: the tag 'tag:yaml.org,2002:omap' is not",
    ),
    "too deep": (without("Tables became text.", "[" * 40 + "]" * 40), "7:28: nested too deep"),
    "far too deep": ("[" * 1_000, "1:1: nested too deep; a rule file has at most 20 levels"),
    "too large": (
        "#" * (LARGEST_FILE + 1),
        "1:1: the file has 2,000,001 characters; split it below 2,000,000",
    ),
    "NUL": (GOOD + "# \x00", "14:3: the character U+0000 may not stand in YAML; write it as an escape"),
    "Latin-1": (GOOD.encode() + b"# \xe9", "14:3: a rule file must be UTF-8; the byte 0xE9 here is not"),
    "Latin-1 after a mark": (b"\xef\xbb\xbf\xe9", "1:1: a rule file must be UTF-8; the byte 0xE9 here"),
    "half a character": (
        GOOD.encode() + b"\xed\xa0\x80",
        "14:1: a rule file must be UTF-8; the byte 0xED here",
    ),
}


@pytest.mark.parametrize("name", FORM)
def test_faults_of_form_have_a_place(tmp_path: Path, name: str) -> None:
    text, fault = FORM[name]
    assert any(one.startswith(f"bad.yaml:{fault}") for one in faults(tmp_path, text)), faults(tmp_path, text)


def test_what_is_no_yaml_is_one_fault(tmp_path: Path) -> None:
    assert len(faults(tmp_path, 'pack: "a')) == 1
    assert len(faults(tmp_path, b"\xff")) == 1


CONTENT = {
    "no key such": (
        without("safety:", "saftey: x\n    safety:"),
        "10:5 spaces: unknown key 'saftey'; there are id, summary",
    ),
    "no key such in an example": (
        without("{name: two,", "{name: two, wit: x,"),
        "12:21 spaces: unknown key 'wit'",
    ),
    "nothing after a key": (
        without(" Tables became text."),
        "7:5 spaces: 'why' is empty; write a value",
    ),
    "a list for a word": (
        without("safety: safe", "safety: [safe]"),
        "10:5 spaces: 'safety' must be 'safe' or 'review'",
    ),
    "a word for find": (
        finds("regex"),
        "8:5 spaces: 'find' must be keys and values, such as {lines: [a whole line]}; got 'regex'",
    ),
    "no finder": (
        finds("{}"),
        "8:5 spaces: 'find' takes one finder of lines, regex, block, repeat, undo, fixer, page; got none",
    ),
    "no option such": (
        finds("{regex: {pattern: a, case: no}}"),
        "8:32 spaces: unknown key 'case'; there are pattern, ignore_case",
    ),
    "no truth": (
        finds("{regex: {pattern: a, ignore_case: maybe}}"),
        "8:32 spaces: 'ignore_case' must be true or false; got 'maybe'",
    ),
    "no number": (
        without("safety:", "where: {zone: end, lines: few}\n    safety:"),
        "10:24 spaces: 'lines' must be a whole number; got 'few'",
    ),
    "no zone such": (
        without("safety:", "where: {zone: middle, lines: 1}\n    safety:"),
        "10:13 spaces: 'zone' must be 'start', 'end', 'edges' or",
    ),
    "a zone without end": (
        without("safety:", "where: {zone: end}\n    safety:"),
        "10:5 spaces: 'zone: start' and 'zone: end' need 'lines: N'",
    ),
    "a bad expression in unless": (
        without("safety:", "unless: {regex: '('}\n    safety:"),
        "10:5 spaces: pattern '(' does not compile",
    ),
    "no rule such": (
        without("safety:", "where: {when: {matched: menu}}\n    safety:"),
        "5:5 spaces: it names the rule 'test/menu', which is not loaded",
    ),
    "no helper such": (
        without("{name: two,", "{name: two, with: a/b,"),
        "5:5 spaces: it names the rule 'a/b', which is not loaded",
    ),
    "no replacement": (without('    replace: " "\n'), "8:5 spaces: 'do: replace' needs 'replace:'"),
    "a replacement of no use": (
        without("safety:", "do: remove\n    safety:"),
        "9:5 spaces: 'replace:' has no use with 'regex' and 'do: remove'",
    ),
    "no group such": (
        without('replace: " "', "replace: '\\g<day> \\1'"),
        "9:5 spaces: the pattern has no group 'day' to write here",
    ),
    "half a character": (
        without('replace: " "', 'replace: "\\uD800"'),
        "9:5 spaces: half a surrogate pair cannot be written",
    ),
    "nothing to move": (
        without('replace: " "', "do: extract"),
        "8:5 spaces: 'do: extract' needs a named group",
    ),
    "a repair removed": (finds("{fixer: nfc}\n    do: remove"), "9:5 spaces: 'fixer' knows its own repair"),
    "no repair such": (
        finds("{fixer: nfd}"),
        "8:12 spaces: no repair is called 'nfd'; there are angle-signs, angle-tags",
    ),
    "no chain": (finds("{undo: {chains: []}}"), "8:12 spaces: 'undo' needs at least one chain"),
    "a chain of nothing": (
        finds("{undo: {chains: [[{from: a, to: a}]]}}"),
        "8:12 spaces: a chain needs a replacement that changes",
    ),
    "a step of nothing": (
        finds("{undo: {chains: [[{from: a, to: b, times: 0}]]}}"),
        "8:29 spaces: a replacement needs 'from', 'to' and 'times'",
    ),
    "a step without end": (finds("{undo: {chains: [[{from: a}]]}}"), "8:29 spaces: 'to' is missing; add it"),
    "signs for a line": (
        finds("{lines: ['---']}"),
        "8:12 spaces: '---' has only signs, which are not compared",
    ),
    "a block without end": (
        finds("{block: a}"),
        "8:12 spaces: 'block' needs 'closes' (the last line) or 'every'",
    ),
    "once is no repetition": (
        finds("{repeat: {unit: line, at_least: 1}}"),
        "8:12 spaces: 'repeat' needs 'at_least' of 2 or more",
    ),
    "no change": (
        without('      - {name: two, before: "a  b", after: "a b"}\n'),
        "11:5 spaces: no example shows the rule at work; add one with 'before' and 'after'",
    ),
    "no refusal": (
        without('      - {name: one, same: "a b"}\n'),
        "11:5 spaces: no example shows the rule refusing; add one with 'same'",
    ),
    "half an example": (without(', after: "a b"'), "12:9 spaces: an example gives 'before' and 'after'"),
    "an example that changes nothing": (
        without('after: "a b"', 'after: "a  b"'),
        "12:9 spaces: 'before' equals 'after'",
    ),
    "a flag that changes": (
        without("safety:", "do: flag\n    safety:"),
        "12:5 spaces: 'do: flag' asks for 'before' and 'finds' in 'two'",
    ),
    "protection that waits": (
        without("safety:", "do: protect\n    where: {when: {matched: spaces}}\n    safety:"),
        "11:5 spaces: a rule that protects must not depend on 'when'",
    ),
    "an id with a slash": (
        without("id: spaces", "id: a/b"),
        "5:5 rule 1: 'a/b' is no rule id; use up to 100 of a-z, 0-9 and '-'",
    ),
    "no id": (without("id: spaces\n    summary", "summary"), "5:5 rule 1: 'id' is missing; add it"),
}


@pytest.mark.parametrize("name", CONTENT)
def test_faults_of_content_have_place_rule_and_cure(tmp_path: Path, name: str) -> None:
    text, fault = CONTENT[name]
    assert any(one.startswith(f"bad.yaml:{fault}") for one in faults(tmp_path, text)), faults(tmp_path, text)


def test_faults_of_several_files_come_together(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(without("safety: safe", "safety: no"))
    (tmp_path / "rules" / "b.yml").write_text(without("safety: safe", "safety: yes"))
    with pytest.raises(RuleFileError) as caught:
        load(empty_profile(tmp_path), [tmp_path / "rules"])
    assert [(Path(fault.file).name, fault.line) for fault in caught.value.faults] == [
        ("a.yaml", 10),
        ("b.yml", 10),
    ]


def test_places_are_told_again_when_the_file_is_cached(tmp_path: Path) -> None:
    bad = without("safety: safe", "safety: perhaps")
    assert faults(tmp_path, bad) == faults(tmp_path, bad)
    assert faults(tmp_path, bad)[0].startswith("bad.yaml:10:5 spaces:")


def test_two_packs_of_one_name_clash(tmp_path: Path) -> None:
    files = [write_pack(tmp_path / name, [drop("menu", "Home")]) for name in ("a.yaml", "b.yaml")]
    with pytest.raises(RuleFileError, match=r"b\.yaml:2:2: .*a\.yaml is the pack 'test' too; rename one"):
        load(empty_profile(tmp_path), files)


def test_one_file_given_twice_is_loaded_once(tmp_path: Path) -> None:
    file = write_pack(tmp_path / "a.yaml", [drop("menu", "Home")])
    assert len(load(empty_profile(tmp_path), [file, str(file)])) == 1


def test_a_rule_may_name_one_of_another_pack(tmp_path: Path) -> None:
    menu = write_pack(tmp_path / "rules" / "a.yaml", [drop("menu", "Home")], "web/menus")
    waits = drop("footer", "Terms", where={"when": {"matched": "web/menus/menu"}})
    write_pack(tmp_path / "rules" / "sub" / "b.yaml", [waits])
    assert [pack.name for pack in load(empty_profile(tmp_path), [tmp_path / "rules"])] == [
        "web/menus",
        "test",
    ]
    menu.unlink()
    with pytest.raises(RuleFileError, match="it names the rule 'web/menus/menu', which is not loaded"):
        load(empty_profile(tmp_path), [tmp_path / "rules"])


# --- names


def test_what_does_not_exist_is_told_with_what_does(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no profile 'nope'; there are .*standard.*, or give a \.yaml file"):
        load("nope")
    with pytest.raises(UsageError, match=r"no pack 'nope'; there are .*text/spacing"):
        load("standard", ["nope"])
    with pytest.raises(UsageError, match=r"no rule file .*nope\.yaml"):
        load("standard", [tmp_path / "nope.yaml"])
    with pytest.raises(UsageError, match=r"no profile '.*nope\.yaml'"):
        load(str(tmp_path / "nope.yaml"))
    (tmp_path / "empty" / "folder.yaml").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"the folder .*empty holds no \.yaml or \.yml file"):
        load("standard", [tmp_path / "empty"])


def test_a_profile_of_no_such_pack_is_told(tmp_path: Path) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text("profile: mine\nsummary: Mine.\npacks: [text/nope]\n")
    with pytest.raises(UsageError, match="no pack 'text/nope'"):
        load(str(profile))


def test_a_faulty_profile_has_a_place_every_time(tmp_path: Path) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text("profile: mine\nsummary: Mine.\npack: [text/spacing]\n")
    for _ in range(2):
        with pytest.raises(RuleFileError) as caught:
            load_profile(str(profile))
        assert [(fault.line, fault.message.split(";")[0]) for fault in caught.value.faults] == [
            (1, "'packs' is missing"),
            (3, "unknown key 'pack'"),
        ]


def test_a_profile_orders_shipped_packs(tmp_path: Path) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text("profile: mine\nsummary: Mine.\npacks: [text/spacing, text/encoding]\n")
    packs = load(str(profile), ["text/invisible", "text/spacing"])
    assert [pack.name for pack in packs] == ["text/spacing", "text/encoding", "text/invisible"]


def test_shipped_files_are_named_as_they_name_themselves() -> None:
    assert "standard" in profiles()
    packs = load("standard", shipped_packs())
    assert sorted(pack.name for pack in packs) == shipped_packs()
    assert all((shipped() / f"{pack.name}.yaml").is_file() for pack in packs)


# --- the cache


def cached(cache: Path) -> Path:
    (file,) = cache.rglob("packs-*/*")
    return file


@pytest.mark.usefixtures("cache")
def test_shipped_packs_come_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    load("standard")
    parsed: list[str] = []
    module = sys.modules["cleaner.packs.load"]
    monkeypatch.setattr(module, "read", lambda file, *rest: parsed.append(file) or read(file, *rest))
    load("standard")
    assert [Path(file).parent.name for file in parsed] == ["profiles"]


def test_the_cache_gives_what_a_fresh_reading_gives(tmp_path: Path, cache: Path) -> None:
    rules = [
        swap("spaces", " {2,}", " ", examples=[{"name": "é\u2028", "before": "\x01", "after": "é"}, REFUSES])
    ]
    file = write_pack(tmp_path / "a.yaml", rules)
    profile = empty_profile(tmp_path)
    fresh = load(profile, [file])
    assert cached(cache).is_file()
    assert load(profile, [file]) == fresh
    assert Cleaner(profile, [file]).ruleset_hash == Cleaner(profile, [file]).ruleset_hash


@pytest.mark.parametrize("damage", [b"", b"{", b"null", b"{}", b"\xff\x00", b"x\n{}"])
def test_a_damaged_cache_is_read_anew(tmp_path: Path, cache: Path, damage: bytes) -> None:
    file, profile = write_pack(tmp_path / "a.yaml", [drop("menu", "Home")]), empty_profile(tmp_path)
    fresh = load(profile, [file])
    whole = cached(cache).read_bytes()
    cached(cache).write_bytes(damage)
    assert load(profile, [file]) == fresh
    assert cached(cache).read_bytes() == whole


def test_a_cache_that_was_altered_is_read_anew(tmp_path: Path, cache: Path) -> None:
    file, profile = write_pack(tmp_path / "a.yaml", [drop("menu", "Home")]), empty_profile(tmp_path)
    fresh = load(profile, [file])
    cached(cache).write_bytes(cached(cache).read_bytes().replace(b"Home", b"Text"))
    assert load(profile, [file]) == fresh


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    file, profile = write_pack(tmp_path / "a.yaml", [drop("menu", "Home")]), empty_profile(tmp_path)
    load(profile, [file])
    write_pack(file, [drop("menu", "About")])
    assert Cleaner(profile, [file]).clean("Home\nAbout\nText.").text == "Home\nText."


def test_a_faulty_file_is_not_cached(tmp_path: Path, cache: Path) -> None:
    faults(tmp_path, without("safety: safe", "safety: safe\n    safety: safe"))
    assert not list(cache.rglob("packs-*/*"))


def test_rules_load_where_nothing_can_be_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a file"))
    file = write_pack(tmp_path / "a.yaml", [drop("menu", "Home")])
    assert len(load(empty_profile(tmp_path), [file])) == 1


def test_half_characters_survive_the_cache(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(GOOD.replace('before: "a  b"', 'before: "a  \\uD800"'))
    profile = empty_profile(tmp_path)
    assert load(profile, [file])[0].rules[0].examples[0].before == "a  \ud800"
    assert load(profile, [file]) == load(profile, [file])


def test_values_nest_as_deep_as_rules_need(tmp_path: Path) -> None:
    fine = without("Tables became text.", "[" * (DEEPEST - 3) + "]" * (DEEPEST - 3))
    assert not any("too deep" in fault for fault in faults(tmp_path, fine))


def test_options_may_be_one_text_or_several(tmp_path: Path) -> None:
    one: list[dict[str, Any]] = [rule("menu", {"lines": "Home"})]
    several = [rule("menu", {"lines": {"any": ["Home"]}})]
    profile = empty_profile(tmp_path)
    finders = [
        load(profile, [write_pack(tmp_path / "a.yaml", rules)])[0].rules[0].finder for rules in (one, several)
    ]
    assert finders[0] == finders[1]
    assert json.loads((tmp_path / "a.yaml").read_text("utf-8"))["pack"] == "test"
