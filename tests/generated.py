"""Generated rules: every finder that takes patterns or lines, with generated patterns, places and actions."""

from typing import Any

import regex
from hypothesis import strategies as st
from patterns import Drawn, patterns
from rulefiles import rule

from cleaner.errors import DocumentError
from cleaner.model import Document
from cleaner.packs import RulePack
from cleaner.packs.schema import pack_of
from cleaner.packs.source import Source
from cleaner.pipeline import Cleaner

_REPLACEMENTS = ["", " ", "x", "k", "\\n", "a.b", r"\g<0>", "ſ"]
_ACTIONS = ["replace", "replace", "replace", "remove", "flag", "protect"]
_ZONES = [
    {},
    {},
    {},
    {"zone": "start", "lines": "2"},
    {"zone": "end", "lines": "2"},
    {"zone": "edges", "lines": "1"},
]
_UNITS = ["phrase", "line", "sentence", "head"]
_FIXERS = ["entities", "encoding", "composed", "invisible", "ligatures"]
_BY_NUMBER = regex.compile(r"\\[1-9]|\\g<\d|\(\?\(\d")  # here, as `regex` draws from chance when it compiles
_listed = patterns.filter(lambda drawn: not _BY_NUMBER.search(drawn.pattern))
"""Patterns for a list: those of one are joined, so that a group's number in it may be another's."""
Found = tuple[dict[str, Any], list[Drawn]]
"""What stands under `find:`, and what it is likely to find."""


@st.composite
def _expressions(draw: st.DrawFn) -> Found:
    drawn = draw(patterns)
    options = {"pattern": drawn.pattern, "ignore_case": draw(st.sampled_from(["false", "true"]))}
    if draw(st.integers(0, 4)) == 0:
        options["apart"] = "9"
    return {"regex": options}, [drawn]


@st.composite
def _lines(draw: st.DrawFn) -> Found:
    found = draw(st.lists(_listed, min_size=1, max_size=3))
    known = [" ".join(one.text.split("\n")) for one in found if any(map(str.isalnum, one.text))]
    options: dict[str, Any] = {"together": draw(st.sampled_from(["1", "1", "2"]))}
    edge = draw(st.sampled_from([None, None, "start", "end", "either"]))
    if edge:
        options["edge"] = edge
    if draw(st.booleans()):
        options |= {"apart": "true", "headings": draw(st.sampled_from(["take", "keep"]))}
    if not known or draw(st.booleans()):
        options["patterns"] = [one.pattern for one in found]
    if known:
        options["weak" if edge and draw(st.booleans()) else "any"] = known
    return {"lines": options}, [*found, *(Drawn("", f"\n{line}\n") for line in known)]


@st.composite
def _blocks(draw: st.DrawFn) -> Found:
    some = st.lists(_listed, min_size=1, max_size=2)
    found = {"opens": draw(some), draw(st.sampled_from(["closes", "every"])): draw(some)}
    options: dict[str, Any] = {name: [one.pattern for one in drawn] for name, drawn in found.items()}
    options |= {"at_most": "3", "text_end": draw(st.sampled_from(["false", "false", "true"]))}
    every = [one for drawn in found.values() for one in drawn]
    return {"block": options}, [*every, Drawn("", "\n".join(["", *(one.text for one in every), ""]))]


@st.composite
def _others(draw: st.DrawFn) -> Found:
    word = draw(patterns)
    if draw(st.booleans()):
        return {"fixer": draw(st.sampled_from(_FIXERS))}, [
            Drawn("", "Ã©"),
            Drawn("", "&amp;"),
            Drawn("", "e\u0301"),
        ]
    unit = draw(st.sampled_from(_UNITS))
    again = Drawn("", (word.text + ("\n" if unit in ("line", "head") else " ")) * 3)
    return {"repeat": {"unit": unit, "at_least": "2"}}, [word, again]


@st.composite
def _rules(draw: st.DrawFn, number: int) -> tuple[dict[str, Any], list[Drawn]]:
    find, found = draw(st.one_of(_expressions(), _expressions(), _lines(), _blocks(), _others()))
    more: dict[str, Any] = {"where": draw(st.sampled_from(_ZONES))}
    if "fixer" not in find:
        more["do"] = draw(st.sampled_from(_ACTIONS))
    if more.get("do") == "replace":
        more["replace"] = draw(st.sampled_from(_REPLACEMENTS))
    if draw(st.integers(0, 3)) == 0:
        more["unless"] = {draw(st.sampled_from(["regex", "document"])): [draw(_listed).pattern]}
    if number and draw(st.integers(0, 5)) == 0:
        more["where"] = {"when": {"matched": ["rule-0"]}}
    safety = draw(st.sampled_from(["safe", "safe", "safe", "review"]))
    return rule(f"rule-{number}", find, **more) | {"safety": safety}, found


@st.composite
def packs(draw: st.DrawFn) -> tuple[dict[str, Any], list[Drawn]]:
    """Give a pack of one to four rules as a file would hold it, and what its patterns are likely to match."""
    made = [draw(_rules(number)) for number in range(draw(st.integers(1, 4)))]
    head = {"pack": "test", "version": "1.0.0", "summary": "Rules of a test."}
    return head | {"rules": [entry for entry, _ in made]}, [drawn for _, found in made for drawn in found]


def loaded(content: dict[str, Any]) -> RulePack | None:
    """Give the pack that a file of this content is; None where the loader refuses it."""
    return pack_of(Source("generated.yaml", content))


def outcome(cleaner: Cleaner, text: str) -> object:
    """Give all that comes of cleaning a text: the result, or of an error its kind and the rule."""
    try:
        result = cleaner.clean(Document("a", text))
    except DocumentError as error:
        return error.kind if error.kind == "timeout" else (error.kind, error.rule)
    return result.text, result.edits, result.metadata
