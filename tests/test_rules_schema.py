"""The JSON Schema of rule files: current, met by every shipped file, refusing what the loader refuses."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from cleaner.finders import FINDERS
from cleaner.packs import shipped
from cleaner.packs.published import json_schema, schema_text

FILES = sorted(shipped().rglob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def values(file: Path) -> Any:  # noqa: ANN401 - any YAML value
    return YAML(typ="safe", pure=True).load(file.read_text("utf-8"))


def test_the_published_schema_is_current() -> None:
    published = (shipped() / "schema.json").read_text("utf-8")
    assert published == schema_text(), "run `cleaner rules schema > rules/schema.json`"
    jsonschema.Draft202012Validator.check_schema(json.loads(published))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(shipped()).as_posix())
def test_shipped_files_meet_it_and_name_it(file: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(values(file))] == []
    first = file.read_text("utf-8").split("\n", 1)[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert (file.parent / named).resolve() == (shipped() / "schema.json").resolve(), first


RULE = {
    "id": "x",
    "summary": "Do.",
    "why": "Because.",
    "find": {"regex": "a"},
    "replace": "b",
    "safety": "safe",
    "examples": [{"name": "a", "before": "a", "after": "b"}, {"name": "b", "same": "c"}],
}
PACK = {"pack": "x", "version": "1", "summary": "X.", "rules": [RULE]}

FINDS = [
    {"lines": "Menu"},
    {"lines": ["Menu", 404]},
    {"lines": {"patterns": "a+"}},
    {"regex": {"pattern": "a", "ignore_case": True}},
    {"block": {"opens": "a", "closes": ["b"]}},
    {"repeat": "line"},
    {"fixer": "entities"},
    {"page": 0.5},
    {"page": {"below": 0.5}},
    {"page": {}},
    {"undo": [[{"from": "a", "to": "b", "times": 2}]]},
    {"undo": {"chains": [[{"from": "a", "to": "b"}]]}},
]


@pytest.mark.parametrize("find", FINDS, ids=str)
def test_every_finder_and_its_shorthand_may_stand_under_find(find: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid({**PACK, "rules": [{**RULE, "find": find}]})
    assert {key for one in FINDS for key in one} == set(FINDERS)


def wrong(**changes: Any) -> dict[str, Any]:
    pack = copy.deepcopy(PACK)
    pack["rules"] = [{**RULE, **changes}]
    return pack


WRONG = {
    "two finders": wrong(find={"regex": "a", "lines": "b"}),
    "no finder": wrong(find={}),
    "an unknown finder": wrong(find={"regexp": "a"}),
    "an unknown repair": wrong(find={"fixer": "everything"}),
    "an unknown option": wrong(find={"regex": {"pattern": "a", "flags": "i"}}),
    "an unknown key": wrong(colour="red"),
    "an unknown safety": wrong(safety="perhaps"),
    "a misspelt zone": wrong(where={"zone": "top", "lines": 3}),
    "no rules": {key: value for key, value in PACK.items() if key != "rules"},
    "an unknown order": {**PACK, "order": "last"},
    "a profile with rules": {"profile": "x", "summary": "X.", "packs": [], "rules": []},
    "a list": [PACK],
}


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_what_the_loader_refuses_is_refused(value: Any) -> None:  # noqa: ANN401 - any YAML value
    assert not VALIDATOR.is_valid(value)


def test_overrides_and_profiles_may_stand() -> None:
    overrides = [{"rule": "a/b", "off": "a reason"}, {"rule": "a/c", "safety": "review", "why": "a reason"}]
    assert VALIDATOR.is_valid({"pack": "x", "version": 1.0, "summary": "X.", "overrides": overrides})
    assert VALIDATOR.is_valid({"profile": "x", "summary": "X.", "packs": ["text/spacing"]})
