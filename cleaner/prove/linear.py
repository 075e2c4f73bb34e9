"""Whether the patterns of a rule stay linear: pumped inputs at n, 2n and 4n, in seconds of processor time."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import regex

from cleaner.expressions.compiled import compiled
from cleaner.expressions.syntax import Engines, engines_of, parts_of
from cleaner.finders.pattern import Pattern
from cleaner.packs import Rule
from cleaner.packs.source import Path
from cleaner.prove.finding import Finding

MOST_GROWTH = 2.5
"""How many times longer twice the text may take."""

SCREEN_LENGTH, SCREEN_SECONDS = 8_000, 0.004
"""A text of so many code points done in so many seconds (0.5 µs each) is fast; others are measured."""

CLEAR_SECONDS = 0.02
"""Measured times are judged from here on: below, a machine's noise could pass for growth."""

LONGEST = 64_000
"""Code points of the longest text tried."""

PATIENCE = 1.5
"""Seconds for one text; a pattern that takes longer has failed."""

_MOST_PUMPS = 24
_LONGEST_UNIT = 200
_GENERIC = (
    "a",
    " ",
    "a ",
    "A b. ",
    "1",
    "1 ",
    "-",
    ".",
    '"',
    "'",
    "<a>",
    "&amp;",
    "\t",
    "\n",
    "a\n",
    "\n ",
    "é",
)
_STOP = "\u2298"
"""A character that few classes hold, so that a match that came so far fails."""


@dataclass(frozen=True, slots=True)
class Used:
    """A pattern of a rule, where it stands there, and how it is matched.

    It must match a `whole_line`, or is looked for: in the text, or in texts of `one_line`.
    """

    rule: Rule
    steps: Path
    pattern: str
    ignore_case: bool
    whole_line: bool
    one_line: bool = False

    @property
    def engines(self) -> Engines:
        """Which linear-time engines could run it."""
        return engines_of(self.pattern)


_LISTS: dict[str, dict[str, bool]] = {
    "lines": {"patterns": True, "weak_patterns": True},
    "block": dict.fromkeys(("opens", "closes", "every", "holds", "above", "not_below"), True),
    "undo": {"before": False, "after": False, "spare": False},
    "repeat": {"like": True},
}
"""The options of each finder that hold expressions, and whether these match whole lines or anywhere."""


def patterns_of(rules: Iterable[Rule]) -> Iterator[Used]:
    """Yield every pattern of the rules."""
    for rule in rules:
        finder = rule.finder
        if isinstance(finder, Pattern):
            place = ("find", "regex", "pattern")
            yield Used(rule, place, finder.pattern, finder.ignore_case, whole_line=False)
        for steps, patterns, whole_line in _listed(rule):
            for index, pattern in enumerate(patterns):
                one_line = whole_line or (steps == ("unless", "regex") and _stays_on_its_line(rule))
                yield Used(rule, (*steps, index), pattern, True, whole_line, one_line)  # noqa: FBT003


def _stays_on_its_line(rule: Rule) -> bool:
    """Whether every match of a rule lies on one line, so that `unless` looks at that line alone."""
    if isinstance(rule.finder, Pattern):
        return not parts_of(rule.finder.pattern).crosses_lines
    return rule.finder_name in ("lines", "repeat")


def _listed(rule: Rule) -> Iterator[tuple[Path, tuple[str, ...], bool]]:
    """Yield the lists of patterns of a rule: where each stands, and whether it is for whole lines."""
    for option, whole_line in _LISTS.get(rule.finder_name, {}).items():
        patterns = getattr(rule.finder, option) or ()
        listed = (patterns,) if isinstance(patterns, str) else patterns
        yield ("find", rule.finder_name, option), listed, whole_line
    header = getattr(rule.finder, "header", None)
    if header:
        yield ("find", rule.finder_name, "header", "holds"), header.holds, True
        yield ("find", rule.finder_name, "header", "not_beside"), header.not_beside, True
    yield ("unless", "regex"), rule.unless.regex, False
    yield ("unless", "document"), rule.unless.document, False


@dataclass(frozen=True, slots=True)
class Pumped:
    """A text that can be made as long as one likes: `before`, then `unit` again and again, then `after`."""

    before: str
    unit: str
    after: str = ""

    def of_length(self, length: int) -> str:
        """Give the text with about so many code points, the unit twice at least."""
        count = (length - len(self.before) - len(self.after)) // len(self.unit)
        return self.before + self.unit * max(2, count) + self.after

    def __str__(self) -> str:
        """Give it as an expression: `'a' * n + '!'`."""
        parts = [repr(self.before)] if self.before else []
        parts.append(f"{self.unit!r} * n")
        return " + ".join((*parts, repr(self.after)) if self.after else parts)


@dataclass(frozen=True, slots=True)
class Growth:
    """Seconds of processor time at n, 2n and 4n code points; a time that ran out is infinite."""

    length: int
    seconds: tuple[float, float, float]

    @property
    def per_doubling(self) -> float:
        """How many times longer twice the text took: the less of two doublings, for noise can make one."""
        first, second, third = self.seconds
        return min(second / first, third / second) if math.isfinite(third) else math.inf

    def __str__(self) -> str:
        """Give the figures in words."""
        lengths = [self.length * factor for factor in (1, 2, 4)]
        shown = [f"{one:.4f} s" if math.isfinite(one) else f"over {PATIENCE:g} s" for one in self.seconds]
        times = ", ".join(f"{took} for {n:,}" for took, n in zip(shown, lengths, strict=True))
        grown = f", {self.per_doubling:.1f} times a doubling" if math.isfinite(self.per_doubling) else ""
        return f"{times} characters{grown}"


def slow(rules: Iterable[Rule], progress: Callable[[int, int], None] | None = None) -> Iterator[Finding]:
    """Yield a finding for each pattern that grows more than 2.5 times per doubling of some pumped text.

    All patterns are tried, for all run in an engine that backtracks; the same pattern is tried once.
    `progress` is told how many are done, and how many there are.
    """
    known: dict[tuple[str, bool, bool], str] = {}
    every = list(patterns_of(rules))
    for number, used in enumerate(every):
        if progress is not None:
            progress(number, len(every))
        key = (used.pattern, used.ignore_case, used.whole_line)
        if key not in known:
            known[key] = _judged(used)
        if known[key]:
            yield Finding("slow", used.rule.name, used.steps, known[key])


def _judged(used: Used) -> str:
    """Say with which text a pattern is slow; empty where with none."""
    for pumped, growth in growths(used):
        if growth.per_doubling > MOST_GROWTH:
            cure = "bound what repeats, or keep what repeats from matching what follows it"
            return f"the pattern {used.pattern!r} is slow on {pumped}: {growth}; {cure}"
    return ""


def growths(used: Used) -> Iterator[tuple[Pumped, Growth]]:
    """Yield how a pattern's time grows on each pumped text that it is not fast on.

    Where it is fast, or four times the text is still too short to measure, nothing is yielded.
    """
    match = _matcher(used)
    for pumped in pumps(used):
        if _took(match, pumped.of_length(max(SCREEN_LENGTH, 100 * len(pumped.unit)))) > SCREEN_SECONDS:
            growth = _growth(match, pumped)
            if growth:
                yield pumped, _confirmed(match, pumped, growth)


def pumps(used: Used) -> Iterator[Pumped]:
    """Yield texts made to try a pattern, from its own parts, its rule's examples, and at large."""
    seen: set[Pumped] = set()
    parts = parts_of(used.pattern)
    pieces = dict.fromkeys((before[-_LONGEST_UNIT:], unit[:_LONGEST_UNIT]) for before, unit in parts.pumps())
    sample = parts.sample()[:_LONGEST_UNIT]
    stop = _STOP + sample  # with the letters that the engine asks for before it tries at all
    for before, unit in islice(pieces, _MOST_PUMPS):
        seen |= {Pumped(before, unit, end) for end in (stop, "\n" + sample)} | {Pumped("", before + unit)}
        seen.add(Pumped(_STOP + before, unit, stop))  # away from the start of the line
    texts = (example.text[:_LONGEST_UNIT] for example in used.rule.examples[:4])
    units = [*_GENERIC, *(f"{text}\n" for text in texts), sample]
    seen |= {Pumped("", unit, end) for unit in units if unit for end in ("", stop)}
    if used.one_line:
        seen = {_on_one_line(pumped) for pumped in seen}
    yield from sorted(seen, key=lambda one: (len(one.unit), one.before, one.unit, one.after))


def _on_one_line(pumped: Pumped) -> Pumped:
    before, unit = pumped.before.replace("\n", " "), pumped.unit.replace("\n", " ")
    return Pumped(before, unit, "" if pumped.after.startswith("\n") else pumped.after.strip())


def _matcher(used: Used) -> Callable[[str], object]:
    expression = compiled(
        f"(?:{used.pattern})" if used.whole_line else used.pattern, ignore_case=used.ignore_case
    )
    if used.whole_line:
        return lambda text: expression.fullmatch(text.strip(), timeout=PATIENCE)
    return lambda text: _exhaust(expression.finditer(text, timeout=PATIENCE))


def _exhaust(matches: "Iterable[regex.Match[str]]") -> None:
    for _ in matches:
        pass


def _took(match: Callable[[str], object], text: str) -> float:
    """Give the seconds of processor time for one text, infinite where it ran out of time.

    A wait that the machine, not the pattern, made long does not count: it is tried again.
    """
    for _ in range(3):
        start = time.process_time()
        try:
            match(text)
        except TimeoutError:
            if time.process_time() - start > PATIENCE / 2:
                return math.inf
        else:
            return time.process_time() - start
    return math.inf


def _growth(match: Callable[[str], object], pumped: Pumped) -> Growth | None:
    """Measure at the least n whose 4n takes a clear time, each the best of three; None where none does."""
    length = 16
    while _took(match, pumped.of_length(4 * length)) < CLEAR_SECONDS:
        length *= 2
        if 4 * length > LONGEST:
            return None
    return _measured(match, pumped, length)


def _measured(match: Callable[[str], object], pumped: Pumped, length: int) -> Growth:
    best = [max(_best(match, pumped.of_length(factor * length)), 1e-9) for factor in (1, 2, 4)]
    return Growth(length, (best[0], best[1], best[2]))


def _confirmed(match: Callable[[str], object], pumped: Pumped, growth: Growth) -> Growth:
    """Measure once more what seems to grow too fast, so that no fluke is a verdict; give the lesser."""
    if growth.per_doubling <= MOST_GROWTH or math.isinf(growth.per_doubling):
        return growth
    return min(growth, _measured(match, pumped, growth.length), key=lambda one: one.per_doubling)


def _best(match: Callable[[str], object], text: str) -> float:
    first = _took(match, text)
    return first if math.isinf(first) else min(first, *(_took(match, text) for _ in range(2)))
