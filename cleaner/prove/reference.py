"""The reference of the shipped rules: an index and one page a rule, as Markdown."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import regex

from cleaner.errors import UsageError
from cleaner.files import write_atomic
from cleaner.packs import Example, Rule, RulePack, load, load_profile, profiles, shipped_packs
from cleaner.show import visible

INDEX = "README.md"
MADE = "<!-- Made by `cleaner rules docs` from the packs in rules/; change those, not this. -->"
"""The first line of every page: a file without it is not ours to replace."""

_MOST_LISTED = 40
"""So many lines or words of a rule are shown; the rest are counted."""

_SAFETY = {
    "safe": "**safe**: applied in every run.",
    "review": "**review**: waits in the ledger as a proposal until a person accepts it, or a run is asked to "
    "apply what waits (`--apply review`).",
}
_DOES = {
    "replace": "writes something else in their place",
    "remove": "takes them out",
    "extract": "moves what they say to the document's metadata",
    "protect": "keeps the rules after it off them",
    "flag": "notes them and changes nothing",
}
_FINDS = {
    "lines": "whole lines",
    "regex": "places that an expression matches",
    "block": "runs of lines from one that opens them to one that ends them",
    "repeat": "copies that follow their original at once",
    "undo": "left-overs of a chain of replacements",
    "fixer": "places that a repair in code would mend",
    "page": "lines of a page that are none of its content",
}
_SPECIAL = regex.compile(r"(?P<code>`[^`]+`)|[\\`*_\[\]<>#|&]")


def pages() -> dict[str, str]:
    """Give the reference of all shipped packs: the path of each page below the folder, and its text."""
    packs = _all_packs()
    holding = {name: load_profile(name).packs for name in profiles()}
    made = {_path(rule): _page(rule, holding) for pack in packs for rule in pack.rules}
    return {INDEX: _index(packs, holding), **made}


def write_pages(folder: Path) -> tuple[int, int]:
    """Write the reference into a folder and take out pages of rules that are gone; count both.

    Files that `cleaner rules docs` did not make stay; raises UsageError where one stands in a page's place.
    """
    wanted = pages()
    there = [file for file in folder.rglob("*.md") if file.is_file()]
    ours = {file for file in there if file.read_text("utf-8", "replace").startswith(MADE)}
    foreign = [file for file in there if file not in ours and file.relative_to(folder).as_posix() in wanted]
    if foreign:
        message = f"{foreign[0]}: is no page of the reference; move it, or choose another folder with --to"
        raise UsageError(message)
    for path, text in wanted.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(target, text.encode())
    stale = [file for file in ours if file.relative_to(folder).as_posix() not in wanted]
    for file in stale:
        file.unlink()
    return len(wanted), len(stale)


def _all_packs() -> Sequence[RulePack]:
    """Give every shipped pack, those of `standard` first and in its order."""
    in_standard = load_profile("standard").packs
    others = [name for name in shipped_packs() if name not in in_standard]
    by_name = {pack.name: pack for pack in load("standard", others)}
    return [by_name[name] for name in (*in_standard, *others)]


def _path(rule: Rule) -> str:
    return f"{rule.name}.md"


def _index(packs: Sequence[RulePack], holding: Mapping[str, Sequence[str]]) -> str:
    rules = [rule for pack in packs for rule in pack.rules]
    safe = sum(rule.safety == "safe" for rule in rules)
    count = f"{len(rules)} rules in {len(packs)} packs, {safe} of them safe."
    lines = [MADE, "# The rules", "", f"{count} A safe rule is applied; an edit by a review rule waits.", ""]
    for pack in packs:
        lines += [f"## {pack.name}", "", f"{_prose(pack.summary)} {_held(pack.name, holding)}", ""]
        lines += ["| rule | what it does | safety |", "| --- | --- | --- |"]
        lines += [
            f"| [{rule.id}]({_path(rule)}) | {_prose(rule.summary)} | {rule.safety} |" for rule in pack.rules
        ]
        lines.append("")
    return "\n".join(lines)


def _held(pack: str, holding: Mapping[str, Sequence[str]]) -> str:
    names = [f"`{name}`" for name, packs in sorted(holding.items()) if pack in packs]
    if not names:
        return f"In no profile; ask for it with `--pack {pack}`."
    *others, last = names
    return f"In the profiles {', '.join(others)} and {last}." if others else f"In the profile {last}."


def _page(rule: Rule, holding: Mapping[str, Sequence[str]]) -> str:
    up = posixpath.relpath(INDEX, posixpath.dirname(_path(rule)))
    sections = {
        "What it does": [
            _prose(rule.summary),
            "",
            f"It finds {_FINDS[rule.finder_name]} and {_DOES[rule.do]}.",
        ],
        "Why the damage happens": [_prose(rule.why)],
        "Before and after": [*_changes(rule.examples)],
        "When it refuses": [*_refusals(rule)],
        "Where it may act": [*_places(rule), _held(rule.name.rpartition("/")[0], holding)],
        "Safety": [_SAFETY[rule.safety]],
        "What it looks for": [*_looks_for(rule)],
    }
    lines = [MADE, f"# {rule.name}", "", f"[All rules]({up})", ""]
    for title, content in sections.items():
        lines += [f"## {title}", "", *content, ""]
    return "\n".join(lines).replace("\n\n\n", "\n\n")


def _changes(examples: Sequence[Example]) -> Iterator[str]:
    for example in examples:
        if not example.refuses:
            heading = _heading(example)
            second = ("after", example.expected) if example.finds is None else ("finds", example.finds)
            yield from (heading, "", *_box(("before", example.text), second), "")


def _refusals(rule: Rule) -> Iterator[str]:
    for key, texts in (
        ("one of these words stands on its line", rule.unless.words),
        ("one of these expressions matches on its line", rule.unless.regex),
        ("one of these expressions matches anywhere in the text", rule.unless.document),
    ):
        if texts:
            yield from (f"Where {key}:", "", *_listed(texts), "")
    for example in rule.examples:
        if example.refuses:
            yield from (_heading(example), "", *_box(("stays", example.text)), "")


def _heading(example: Example) -> str:
    known = f" (fails for now: {_prose(example.known_failure)})" if example.known_failure else ""
    return f"{_prose(example.name[:1].upper() + example.name[1:])}{known}:"


def _places(rule: Rule) -> Iterator[str]:
    where = rule.where
    if where.zone == "anywhere":
        yield "Anywhere in a text."
    else:
        ends = {"start": "first", "end": "last", "edges": "first and last"}[where.zone]
        yield f"In the {ends} {where.lines} lines of a text that are not blank."
    if where.host:
        yield f"In documents from {', '.join(f'`{host}`' for host in where.host)} and their subdomains."
    if where.repeated:
        least = where.repeated
        yield (
            f"On lines that stand in {least.documents} or more documents of the host, and in "
            f"{least.share:.0%} of all, {least.together} or more in a row, "
            "by the statistics that `--repeats` gives."
        )
    if where.whole_page:
        yield "While the text looks like a whole page: content and all that stands around it."
    if where.awaited:
        names = ", ".join(f"`{name}`" for name in where.awaited)
        yield f"Once one of these rules made an edit: {names}."


def _looks_for(rule: Rule) -> Iterator[str]:
    """Give the finder's options, those with a value of their own, as a rule file writes them."""
    finder: Any = rule.finder
    for option in fields(finder):
        value = getattr(finder, option.name)
        if value == option.default:
            continue
        texts = list(map(_written, value if isinstance(value, tuple) else (value,)))
        yield from (f"`{rule.finder_name}`, `{option.name}`:", "", *_listed(texts), "")
    if rule.replace is not None:
        yield from ("`replace`:", "", *_box(("", rule.replace)))


def _listed(texts: Sequence[str]) -> Iterator[str]:
    yield from _box(*(("", text) for text in texts[:_MOST_LISTED]))
    if len(texts) > _MOST_LISTED:
        yield from ("", f"… and {len(texts) - _MOST_LISTED} more, in the pack.")


def _written(value: Any) -> str:  # noqa: ANN401 - an option holds anything
    """Give one value of an option as text; a chain as its replacements."""
    if isinstance(value, tuple):
        return "; ".join(
            f"{step.start} -> {step.to}" + (f" ×{step.times}" if step.times > 1 else "") for step in value
        )
    return str(value)


def _box(*parts: tuple[str, str]) -> list[str]:
    """Give texts as they stand, each line behind its label, so that nothing in them is Markdown."""
    width = max(len(label) for label, _ in parts)
    lines = []
    for label, text in parts:
        for number, line in enumerate(text.split("\n")):
            head = label if number == 0 else ""
            shown = f"| {visible(line, edges=True)}".rstrip()
            lines.append(f"{head:<{width}} {shown}" if width else shown)
    return ["```text", *lines, "```"]


def _prose(text: str) -> str:
    """Give a sentence as Markdown that shows it as it is written; what stands in backticks is code."""
    return _SPECIAL.sub(
        lambda found: found["code"].replace("|", "\\|") if found["code"] else f"\\{found.group()}",
        " ".join(text.split()),
    )
