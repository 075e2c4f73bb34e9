"""The JSON Schema of rule files, for editors: made from the types that the loader checks them against."""

import json
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter

from cleaner.finders import FINDERS
from cleaner.finders.fixer import FIXES, Fixer
from cleaner.packs.schema import PackFile, ProfileFile, RuleEntry

_TITLE = "A pack of cleaner's rules, or a profile"
_DEFINED = "#/$defs/{model}"


def json_schema() -> dict[str, Any]:
    """Give the schema (draft 2020-12) that every pack and profile satisfies.

    It checks form: what keys there are and what they hold. That patterns compile, names exist and examples
    hold is for the loader and `cleaner rules check` to say.
    """
    definitions: dict[str, Any] = {}
    for kind in (PackFile, ProfileFile, RuleEntry, *FINDERS.values()):
        schema = TypeAdapter(kind).json_schema(ref_template=_DEFINED)
        definitions |= schema.pop("$defs", {})
        definitions[kind.__name__] = schema
    definitions["PackFile"]["properties"]["rules"]["items"] = {"$ref": "#/$defs/RuleEntry"}
    definitions["PackFile"]["anyOf"] = [{"required": ["rules"]}, {"required": ["overrides"]}]
    definitions["Fixer"]["properties"]["name"]["enum"] = sorted(FIXES)
    definitions["RuleEntry"]["properties"]["find"] = {"oneOf": [_find(kind) for kind in FINDERS]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _TITLE,
        "if": {"required": ["profile"]},
        "then": {"$ref": "#/$defs/ProfileFile"},
        "else": {"$ref": "#/$defs/PackFile"},
        "$defs": {name: eased(definitions[name]) for name in sorted(definitions)},
    }


def schema_text() -> str:
    """Give the schema as the text of `rules/schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _find(kind: str) -> dict[str, Any]:
    """Give the schema of one finder under `find`: its options, or the one that stands for all of them."""
    finder = FINDERS[kind]
    option = next(field for field in fields(finder) if field.name == finder.shorthand)  # type: ignore[arg-type]
    inner = TypeAdapter(finder).json_schema(ref_template=_DEFINED)["properties"][option.name]
    if finder is Fixer:
        inner["enum"] = sorted(FIXES)
    return {
        "type": "object",
        "description": (finder.__doc__ or "").split("\n\n")[0],
        "properties": {kind: {"anyOf": [{"$ref": _DEFINED.format(model=finder.__name__)}, inner]}},
        "required": [kind],
        "additionalProperties": False,
    }


def eased(node: Any, *, empty: bool = False) -> Any:  # noqa: ANN401 - any part of a schema
    """Give a part of a schema as a YAML file may write it.

    The loader reads every plain scalar as the text it was written as, so that a number or `true` is text too;
    one text may stand without its list; a key that may be missing is left out, and null only where `empty`.
    """
    if isinstance(node, list):
        return [eased(one, empty=empty) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {key: eased(value, empty=empty) for key, value in node.items() if key not in ("title", "default")}
    if "properties" in node:  # its keys are names, not keywords
        kept["properties"] = {key: eased(value, empty=empty) for key, value in node["properties"].items()}
    if "description" in kept:
        kept["description"] = kept["description"].split("\n\n>>>")[0].strip()
    choices = [one for one in kept.get("anyOf", ()) if one != {"type": "null"}]
    if not empty and len(choices) == 1 and len(choices) < len(kept["anyOf"]):
        kept = {**kept, **choices[0]}
        del kept["anyOf"]
    if kept.get("type") == "string" and "enum" not in kept and "const" not in kept:
        kept["type"] = ["string", "number", "boolean"]
    if kept.get("type") == "array" and kept.get("items", {}).get("type") == ["string", "number", "boolean"]:
        kept = {"anyOf": [kept, {"type": ["string", "number", "boolean"]}]}
    return kept
