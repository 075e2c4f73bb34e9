"""Rules that can never fire, and lines of them that say nothing new."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from cleaner.draft import fold
from cleaner.finders.block import Block
from cleaner.finders.lines import Lines, whole_line
from cleaner.packs import Rule
from cleaner.packs.source import Path
from cleaner.packs.where import Unless
from cleaner.prove.finding import Finding

_SECONDS = 1.0
"""For one line against the patterns of one rule; a slow pattern is told elsewhere."""


def unreachable(every: Sequence[Rule], rules: Iterable[Rule]) -> Iterator[Finding]:
    """Yield which of `rules` can never fire among `every` rule that runs, in their order, and why."""
    by_name = {rule.name: rule for rule in every}
    for rule in rules:
        if rule.where.awaited:
            yield from _waits_in_vain(rule, by_name)
        if rule.do == "protect":
            yield from _protects_late(rule, every)
        yield from _asks_too_much(rule)


def _waits_in_vain(rule: Rule, by_name: dict[str, Rule]) -> Iterator[Finding]:
    awaited = [by_name[name] for name in rule.where.awaited if name in by_name]
    acting = [one for one in awaited if one.do not in ("protect", "flag") and one.name != rule.name]
    steps: Path = ("where", "when")
    if not acting:
        message = "it waits for rules that are off, or never edit, or itself; name one that edits"
        yield Finding("never fires", rule.name, steps, message)
    elif rule.where.host and not any(_share_a_host(rule, one) for one in acting):
        message = "it waits for rules that are for other hosts; they never act on the same document"
        yield Finding("never fires", rule.name, steps, message)
    elif all(one.safety == "review" for one in acting):
        message = (
            "it waits for 'review' rules alone, and so acts only where a person accepted an edit of theirs"
        )
        yield Finding("never fires", rule.name, steps, message, fatal=False)


def _protects_late(rule: Rule, every: Sequence[Rule]) -> Iterator[Finding]:
    """Yield a note where rules that edit run before one that protects: they heed it not."""
    earlier = takewhile(lambda one: one.name != rule.name, every)
    count = sum(one.do not in ("protect", "flag") for one in earlier)
    if count:
        message = (
            f"it protects from the rules after it alone, and {count:,} run before it; "
            f"put what protects into a pack with `order: first`"
        )
        yield Finding("never fires", rule.name, ("do",), message, fatal=False)


def _share_a_host(rule: Rule, other: Rule) -> bool:
    if not rule.where.host or not other.where.host:
        return True
    return any(
        f".{one}".endswith(f".{two}") or f".{two}".endswith(f".{one}")
        for one in rule.where.host
        for two in other.where.host
    )


def _asks_too_much(rule: Rule) -> Iterator[Finding]:
    finder, where = rule.finder, rule.where
    needed = _lines_needed(rule)
    if where.zone in ("start", "end") and where.lines is not None and needed > where.lines:
        message = f"it needs {needed} lines in a row, and its zone has {where.lines}; widen the zone"
        yield Finding("never fires", rule.name, ("where", "lines"), message)
    if isinstance(finder, Lines):
        kinds = max(finder.kinds, finder.header.kinds if finder.header else 0)
        if kinds > len(set(finder.group_names)):
            message = f"'kinds: {kinds}' asks for so many named groups; the patterns have fewer"
            yield Finding("never fires", rule.name, ("find", "lines"), message)


def _lines_needed(rule: Rule) -> int:
    if isinstance(rule.finder, Lines):
        return rule.finder.together
    return rule.finder.at_least if isinstance(rule.finder, Block) else 1


def repeated(every: Sequence[Rule], rules: Iterable[Rule]) -> Iterator[Finding]:
    """Yield lines and patterns of `rules` that stand twice in a rule, or that an earlier rule takes first."""
    line_rules = [rule for rule in every if isinstance(rule.finder, Lines)]
    for rule in rules:
        yield from _twice(rule)
        if rule in line_rules and isinstance(rule.finder, Lines):
            earlier = [one for one in line_rules[: line_rules.index(rule)] if _is_wider(one, rule)]
            yield from _shadowed(rule, rule.finder, earlier)


def _twice(rule: Rule) -> Iterator[Finding]:
    for key, texts in _lists(rule):
        seen: dict[str, str] = {}
        for index, text in enumerate(texts):
            same = fold(text) if key[-1] in ("any", "weak") else text
            if same in seen:
                message = f"{text!r} says the same as {seen[same]!r} above; take one out"
                yield Finding("duplicate", rule.name, (*key, index), message)
            seen.setdefault(same, text)


def _lists(rule: Rule) -> Iterator[tuple[Path, Sequence[str]]]:
    finder = rule.finder
    if isinstance(finder, Lines):
        yield ("find", "lines", "any"), finder.any
        yield ("find", "lines", "weak"), finder.weak
        yield ("find", "lines", "patterns"), finder.patterns
        yield ("find", "lines", "weak_patterns"), finder.weak_patterns
    if isinstance(finder, Block):
        yield ("find", "block", "opens"), finder.opens
        yield ("find", "block", "closes"), finder.closes
        yield ("find", "block", "every"), finder.every
    yield ("unless", "words"), [word.casefold() for word in rule.unless.words]
    yield ("unless", "regex"), rule.unless.regex
    yield ("unless", "document"), rule.unless.document


def _shadowed(rule: Rule, finder: Lines, earlier: Sequence[Rule]) -> Iterator[Finding]:
    takers = [(index, line, _taker(line, earlier)) for index, line in enumerate(finder.any)]
    taken = [(index, line, taker) for index, line, taker in takers if taker]
    if len(taken) == len(takers) and taken and _patterns_taken(finder, earlier):
        names = ", ".join(dict.fromkeys(taker for _, _, taker in taken))
        message = f"every line of it is taken by an earlier rule ({names}); take the rule out"
        yield Finding("never fires", rule.name, ("find",), message)
        return
    for index, line, taker in taken:
        message = f"the earlier rule {taker} takes the line {line!r} first; take it out here"
        yield Finding("shadowed", rule.name, ("find", "lines", "any", index), message, fatal=False)
    for index, line in enumerate(finder.any):
        if finder.patterns and _matches(finder, line):
            message = f"a pattern of the same rule matches {line!r} already; take the line out"
            yield Finding("shadowed", rule.name, ("find", "lines", "any", index), message, fatal=False)


def _taker(line: str, earlier: Sequence[Rule]) -> str:
    folded = fold(line)
    for rule in earlier:
        if isinstance(rule.finder, Lines) and (
            folded in map(fold, rule.finder.any) or _matches(rule.finder, line)
        ):
            return rule.name
    return ""


def _patterns_taken(finder: Lines, earlier: Sequence[Rule]) -> bool:
    known = {
        pattern for rule in earlier if isinstance(rule.finder, Lines) for pattern in rule.finder.patterns
    }
    return known.issuperset(finder.patterns)


def _matches(finder: Lines, line: str) -> bool:
    if not finder.patterns:
        return False
    try:
        return bool(whole_line(finder.patterns).fullmatch(line.strip(), timeout=_SECONDS))
    except TimeoutError:
        return False


def _is_wider(earlier: Rule, later: Rule) -> bool:
    """Whether an earlier rule of lines acts wherever a later one could, whatever stands around a line."""
    first, where, wanted = earlier.finder, earlier.where, later.where
    if not isinstance(first, Lines) or earlier.do in ("protect", "flag"):
        return False
    at_ease = bool(first.any or first.patterns) and first == Lines(any=first.any, patterns=first.patterns)
    zone = where.zone == "anywhere" or (
        where.zone == wanted.zone and (where.lines or 0) >= (wanted.lines or 0)
    )
    host = not where.host or set(where.host) >= set(wanted.host or ("",))
    free = where.when in (None, wanted.when) and earlier.unless in (Unless(), later.unless)
    return at_ease and zone and host and free and (earlier.safety == "safe" or later.safety == "review")
