"""Plain values of a YAML file checked against a class, with every fault in words of the file."""

from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from cleaner.packs.bounds import shown
from cleaner.packs.source import Kind, Path, Source

Made = TypeVar("Made")


def checked(kind: type[Made], value: object, path: Path, source: Source, rule_id: str = "") -> Made | None:
    """Make an object of a class from a value; add what is wrong to the source's faults and give None.

    `path` are the steps to the value; `rule_id` is the rule that the faults are told of, if it is one's.
    """
    try:
        return cast("Made", _adapter(cast("Any", kind)).validate_python(value))
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            inner = tuple(filter(_is_written, problem["loc"]))
            if problem["type"] != "literal_error" or not isinstance(
                problem["input"], dict
            ):  # it is another's
                message = _worded(dict(problem) | {"loc": inner}, kind, source.kind)
                source.faults.append(source.fault((*path, *inner), message, rule_id))
                source.faulty.append((*path, *inner))
        return None


def _is_written(step: str | int) -> bool:
    """Whether a step to a value stands in the file, and is not what the checker took the value for."""
    return not isinstance(step, str) or not ("[" in step or step[:1].isupper())


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _keys(kind: type) -> list[str]:
    """Give the keys that a class is read from, as the file writes them."""
    return list(_adapter(kind).json_schema()["properties"])


def _worded(problem: dict[str, Any], kind: type, file: Kind) -> str:
    """Say what is wrong in words of the file."""
    place = problem["loc"]
    key = next((step for step in reversed(place) if isinstance(step, str)), "")
    match problem["type"]:
        case "missing":
            return f"'{key}' is missing; add it"
        case "extra_forbidden" | "unexpected_keyword_argument":
            known = f"; there are {', '.join(_keys(kind))}" if len(place) == 1 else "; take it out"
            return f"unknown key {shown(key)}{known}"
        case "value_error":
            return str(problem["msg"]).removeprefix("Value error, ")
        case "literal_error":
            return f"'{key}' must be {problem['ctx']['expected']}; got {problem['input']!r}"
        case "dataclass_type" | "dataclass_exact_type" | "dict_type" if not place:
            keys = ", ".join(f"{one}: …" for one in _keys(kind)[:4])
            return f"keys and values must stand here, {keys} …; {file.starter}"
    return _mistyped(key, problem)


def _mistyped(key: str, problem: dict[str, Any]) -> str:
    """Say what kind of value must stand under a key."""
    given = problem["input"]
    if given is None:
        return f"'{key}' is empty; write a value, or take the key out"
    if problem["type"] in _BOUNDS:
        name, words = _BOUNDS[problem["type"]]
        bound = (
            f"{problem['ctx'][name]:,g}" if isinstance(problem["ctx"][name], float) else problem["ctx"][name]
        )
        return f"'{key}' must be {words.format(bound)}; got {_kind_of(given)}"
    wanted = _WANTED.get(problem["type"])
    if wanted:
        wanted += ", such as {lines: [a whole line]}" if key == "find" else ""
        return f"'{key}' must be {wanted}; got {_kind_of(given)}"
    return f"'{key}': {str(problem['msg'])[:1].lower()}{str(problem['msg'])[1:]}"


def _kind_of(value: object) -> str:
    """Give a value as a message shows it: a text as it is, of other things what they are."""
    kinds = {dict: "a mapping", list: "a list", type(None): "nothing"}
    return kinds.get(type(value)) or shown(str(value))


_BOUNDS = {
    "greater_than": ("gt", "more than {}"),
    "greater_than_equal": ("ge", "{} or more"),
    "less_than": ("lt", "less than {}"),
    "less_than_equal": ("le", "{} or less"),
}
"""How the checker names a bound, and what a number beyond it must be."""

_WANTED = {
    "string_type": "a text",
    "dataclass_type": "keys and values",
    "dataclass_exact_type": "keys and values",
    "dict_type": "keys and values",
    "tuple_type": "a list",
    "list_type": "a list",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a number that is not infinite",
}
"""What the checker's kinds of problem ask for, in words of the file."""
