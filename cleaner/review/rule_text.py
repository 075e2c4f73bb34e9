"""The text of one rule in its file: cut out, written as a pack of its own, added to another."""

from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

from cleaner.errors import RuleFileError, UsageError
from cleaner.expressions.compiled import compile_once
from cleaner.packs.load import parse
from cleaner.packs.source import read

_INVISIBLE = compile_once(r"\p{Cf}")
"""Marks of direction, spaces without width and the like, which would turn or hide what a person reads."""
_INDENT = 2


def rule_entry(file: Path, rule_id: str) -> CommentedMap:
    """Give a rule as its file writes it, quotes and order kept; it may be changed and written elsewhere.

    Raises UsageError where the file cannot be read or has no such rule any more.
    """
    text = _text(file)
    for node in _rules(YAML(typ="safe", pure=True).compose(text)):
        names = {key.value: value.value for key, value in node.value} if isinstance(node, MappingNode) else {}
        if names.get("id") == rule_id:
            snippet = " " * node.start_mark.column + text[node.start_mark.index : _end(node)]
            entry: CommentedMap = _yaml().load(snippet)
            return entry
    message = f"{file}: has no rule {rule_id} any more; load its rules again"
    raise UsageError(message)


def pack_text(head: Mapping[str, str], entry: CommentedMap) -> str:
    """Give a pack of one rule as YAML."""
    pack = CommentedMap({key: text_of(value) for key, value in head.items()})
    return _seen(_dumped(pack | {"rules": [entry]}))


def rule_text(entry: CommentedMap) -> str:
    """Give a rule as YAML, as it stands under `rules:`."""
    return _seen(_dumped({"rules": [entry]})).partition("\n")[2]


def with_rule(file: Path, entry: CommentedMap) -> str:
    """Give the text of a rule file with a rule added below its last one, and nothing else touched.

    Raises RuleFileError for a file that is no YAML, UsageError where it is so written that there is no place.
    """
    source = parse(file)
    if source.faults:
        raise RuleFileError(source.faults)
    text = _text(file)
    root = YAML(typ="safe", pure=True).compose(text)
    listed = next((value for key, value in _pairs(root) if key == "rules"), None)
    if listed is None:
        start, column, lead = len(text), _INDENT, "rules:\n"
    else:
        start, column, lead = _below(text, _end(listed)), listed.start_mark.column, ""
    added = "".join(_indented(line, column) for line in rule_text(entry).splitlines(keepends=True))
    gap = "" if text[:start].endswith("\n") else "\n"
    made = f"{text[:start]}{gap}{lead}{added}{text[start:]}"
    rules = [*(source.value.get("rules") or ()), _plain(entry)] if isinstance(source.value, dict) else None
    if rules is None or read(str(file), made).value != source.value | {"rules": rules}:
        message = f"{file}: is so written that no rule can be added to it; copy the draft into it by hand"
        raise UsageError(message)
    return made


def text_of(value: str) -> str:
    """Give a text to be written between double quotes, unless it is a plain word."""
    return value if value.replace("-", "").isalpha() else DoubleQuotedScalarString(value)


def pattern_of(value: str) -> str:
    """Give an expression to be written between single quotes."""
    quoted: str = SingleQuotedScalarString(value)
    return quoted


def flowing(values: Mapping[str, Any]) -> CommentedMap:
    """Give a mapping to be written on one line."""
    made = CommentedMap(values)
    made.fa.set_flow_style()
    return made


def listed(value: object) -> CommentedSeq:
    """Give one text or several as a list to be written on one line."""
    made = CommentedSeq(value if isinstance(value, Sequence) and not isinstance(value, str) else [value])
    made.fa.set_flow_style()
    return made


def _plain(entry: CommentedMap) -> Any:  # noqa: ANN401 - what a rule file holds
    return read("", _dumped({"rules": [entry]})).value["rules"][0]


def _seen(text: str) -> str:
    """Write what nobody would see as escapes, where that changes nothing."""
    escaped: str = _INVISIBLE.sub(lambda found: f"\\U{ord(found[0]):08x}", text)
    return escaped if read("", escaped).value == read("", text).value else text


def _dumped(value: Mapping[str, Any]) -> str:
    stream = StringIO()
    _yaml().dump(value, stream)
    return stream.getvalue()


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=_INDENT)
    return yaml


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the rule file {file} cannot be read: {error}"
        raise UsageError(message) from None


def _pairs(root: Node | None) -> list[tuple[str, Node]]:
    block = isinstance(root, MappingNode) and not root.flow_style
    return [(key.value, value) for key, value in root.value] if block and root else []


def _rules(root: Node | None) -> list[Node]:
    pairs = root.value if isinstance(root, MappingNode) else ()
    found = next((value for key, value in pairs if key.value == "rules"), None)
    return found.value if isinstance(found, SequenceNode) else []


def _end(node: Node) -> int:
    """Give where a node's own text ends: a block's last value, without the comments below it."""
    if isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(node, MappingNode) else last)
    return int(node.end_mark.index)


def _below(text: str, index: int) -> int:
    """Give where the line after a place begins; the place itself where a line begins there."""
    if text[index - 1 : index] == "\n":
        return index
    return text.find("\n", index) + 1 or len(text)


def _indented(line: str, column: int) -> str:
    return line if line == "\n" else " " * column + line[_INDENT:]
