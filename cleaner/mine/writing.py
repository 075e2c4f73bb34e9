"""Proposals as a file of rules, each below its evidence as comments."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cleaner.expressions.compiled import compile_once
from cleaner.mine.candidates import Group
from cleaner.mine.evidence import Sample, Wild
from cleaner.mine.proposal import Proposal, pack_content

_UNPRINTABLE = compile_once(
    r"[^\x20-\x7E\xA0-\u2027\u202A-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD\U00010000-\U0010FFFF]"
)
_PLAIN = compile_once(r"[a-z][a-z0-9-]*")
_NUMBER = compile_once(r"[1-9][0-9]{0,5}")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_LONGEST = 160
"""Code points of a line shown in a comment."""
_AROUND = 2
"""Lines shown above and below it."""


def pack_text(name: str, proposals: Sequence[Proposal], head: Sequence[str] = ()) -> str:
    """Give the YAML text of a pack of proposals; `head` are comments above it."""
    content = pack_content(name, [])
    lines = [f"# {line}" if line else "#" for line in head]
    lines += [f"{key}: {quoted(content[key])}" for key in ("pack", "version", "summary", "order")]
    lines.append("rules:" if proposals else "rules: []")
    for proposal in proposals:
        lines += ["", *(f"  # {line}" for line in _evidence(proposal)), *_entry(proposal.rule)]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    r"""Give a text as a YAML scalar on one line, whatever it holds.

    >>> print(quoted("plain-word"), quoted("no"), quoted('a: "b"\n'), quoted("\u2028"))
    plain-word "no" "a: \"b\"\n" "\u2028"
    """
    if (_PLAIN.fullmatch(text) and text not in _WORDS) or _NUMBER.fullmatch(text):
        return text
    return _UNPRINTABLE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: Any) -> str:  # noqa: ANN401 - a match of `regex`
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - the last of four digits


def _entry(rule: Mapping[str, Any]) -> Iterator[str]:
    mark = "-"
    for key, value in rule.items():
        head, mark = f"  {mark} {key}:", " "
        if key == "examples":
            yield head
            yield from (f"      - {_flow(example)}" for example in value)
        elif key == "find":
            yield head
            yield from _finder(value)
        else:
            yield f"{head} {_flow(value)}"


def _finder(find: Mapping[str, Any]) -> Iterator[str]:
    for kind, options in find.items():
        yield f"      {kind}:"
        for option, value in options.items():
            if isinstance(value, list):
                yield f"        {option}:"
                yield from (f"          - {quoted(one)}" for one in value)
            else:
                yield f"        {option}: {quoted(value)}"


def _flow(value: Any) -> str:  # noqa: ANN401 - what a rule file holds
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    return quoted(value)


def _evidence(proposal: Proposal) -> Iterator[str]:
    about = proposal.about
    if isinstance(about, Wild):
        yield f"{about.times:,} times in {about.documents:,} documents, up to {about.copies:,} in a row"
        yield f"such as: {_line(about.text)}"
        return
    yield from _figures(about)
    for sample in proposal.evidence.samples:
        yield from _sample("in", sample)
    beside = sum(line.beside for line in about.lines)
    yield f"counter-examples, between prose and a line that does not repeat: {beside:,}"
    for sample in proposal.evidence.beside:
        yield from _sample("beside it in", sample)


def _figures(group: Group) -> Iterator[str]:
    main, number = group.main, len(group.lines)
    site = f"of {quoted(group.host)}" if group.host else "of unknown host"
    lines = "1 line" if number == 1 else f"{number:,} lines"
    yield f"{lines}, {_times(group.weight)} in all; most often {_line(main.text)}:"
    hosts = "1 host" if main.hosts == 1 else f"{main.hosts:,} hosts"
    yield (
        f"  in {main.documents:,} of {group.of:,} documents {site} ({_share(main.documents, group.of)}), "
        f"{_times(main.occurrences)}, on {hosts} of the corpus"
    )
    places = sorted(line.place for line in group.lines)
    yield f"usual position: {places[0] // 10}% to {places[-1] // 10}% of the way through a document"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _share(part: int, whole: int) -> str:
    """Give a share in whole percent; only all of it is 100.

    >>> _share(40, 60), _share(199, 200), _share(60, 60)
    ('67%', '99%', '100%')
    """
    return "100%" if part == whole else f"{min(99, round(100 * part / whole))}%"


def _sample(where: str, sample: Sample) -> Iterator[str]:
    yield f"{where} {quoted(sample.document)}:"
    first = max(0, sample.at - _AROUND)
    for number, line in enumerate(sample.lines[first : sample.at + _AROUND + 1], first):
        yield f"  {'>' if number == sample.at else '|'} {_line(line)}"


def _line(text: str) -> str:
    return quoted(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")
