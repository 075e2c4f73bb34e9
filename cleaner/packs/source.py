"""YAML files as plain values whose places are known, with what YAML allows and we do not as faults."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import regex
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from cleaner.errors import Fault

LARGEST_FILE = 2_000_000
"""Code points; a pack of 1,000 rules has a tenth of it."""
DEEPEST = 20
_PLAIN_TAGS = frozenset({"str", "null", "bool", "int", "float", "timestamp", "map", "seq"})

_OPENINGS = regex.compile(r"(?:[\[{][ \n]*+){100}")
"""Brackets upon brackets, that the reader would need a long time to give up on."""

Path = tuple[str | int, ...]


class Kind(NamedTuple):
    """What a file is called in its faults, and where its writer finds one to copy."""

    name: str
    starter: str

    @property
    def too_deep(self) -> str:
        """The fault of a file with more levels than any needs."""
        return f"nested too deep; a {self.name} has at most {DEEPEST} levels"


RULE_FILE = Kind("rule file", "`cleaner rules new` writes a pack to copy")


@dataclass
class Source:
    """A YAML file read: its values, the place of each (from 1), and the faults of its form."""

    file: str
    value: Any = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    kind: Kind = RULE_FILE
    faulty: list[Path] = field(default_factory=list)
    """The steps to each value that is not as it must be."""

    def place(self, path: Path) -> tuple[int, int]:
        """Give line and column of a value, or of the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))

    def fault(self, path: Path, message: str, rule: str = "") -> Fault:
        """Make a fault at the place of a value."""
        return Fault(self.file, *self.place(path), rule, message)


def read(file: str, text: str, kind: Kind = RULE_FILE) -> Source:
    """Read one YAML document; scalars come as the strings that were written, an empty one as None."""
    source = Source(file, kind=kind)
    if len(text) > LARGEST_FILE:
        source.faults.append(
            Fault(file, 1, 1, "", f"the file has {len(text):,} characters; split it below {LARGEST_FILE:,}")
        )
        return source
    if found := _OPENINGS.search(text):
        lines = text[: found.start()].split("\n")
        source.faults.append(Fault(file, len(lines), len(lines[-1]) + 1, "", kind.too_deep))
        return source
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = " ".join(str(error.problem or error.context).split())
        problem = problem.replace("but found another document", f"a {kind.name} is one document")
        source.faults.append(Fault(file, line, column, "", f"this is not YAML: {problem}"))
    except ReaderError as error:
        lines = text[: error.position].split("\n")
        cause = (
            f"the character U+{ord(text[error.position]):04X} may not stand in YAML; write it as an escape"
        )
        source.faults.append(Fault(file, len(lines), len(lines[-1]) + 1, "", cause))
    except RecursionError:
        source.faults.append(Fault(file, 1, 1, "", kind.too_deep))
    except (YAMLError, ValueError) as error:
        source.faults.append(Fault(file, 1, 1, "", f"this is not YAML: {' '.join(str(error).split())[:200]}"))
    else:
        source.value = _plain(root, (), source) if root is not None else None
    return source


def _plain(node: Node, path: Path, source: Source) -> Any:  # noqa: ANN401 - YAML holds anything
    place = (node.start_mark.line + 1, node.start_mark.column + 1)
    source.places.setdefault(path, place)
    if node.anchor or len(path) > DEEPEST:
        anchored = "anchors and aliases are not allowed; write the value out"
        cause = anchored if node.anchor else source.kind.too_deep
        source.faults.append(Fault(source.file, *place, "", cause))
        return None
    tag = str(node.tag or "")
    if tag.removeprefix("tag:yaml.org,2002:") not in _PLAIN_TAGS:
        cause = f"the tag {tag!r} is not allowed; write a plain value"
        source.faults.append(Fault(source.file, *place, "", cause))
    if isinstance(node, MappingNode):
        return dict(_members(node, path, source))
    if isinstance(node, SequenceNode):
        return [_plain(child, (*path, index), source) for index, child in enumerate(node.value)]
    return _scalar(node) if isinstance(node, ScalarNode) else None


def _members(node: MappingNode, path: Path, source: Source) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        key = str(key_node.value) if isinstance(key_node, ScalarNode) else ""
        if not key or key == "<<":
            cause = "merge keys are not allowed; write the keys out" if key else "a key must be a plain word"
            source.faults.append(Fault(source.file, *place, "", cause))
        elif key in seen:
            source.faults.append(
                Fault(source.file, *place, "", f"the key {key[:100]!r} stands twice; keep one")
            )
        else:
            seen.add(key)
            source.places[(*path, key)] = place
            yield key, _plain(value_node, (*path, key), source)


def _scalar(node: ScalarNode) -> str | None:
    return None if str(node.tag).endswith(":null") and node.style is None else str(node.value)
