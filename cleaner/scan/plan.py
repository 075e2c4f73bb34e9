"""Which expressions stand for the gates of rules, and what no expression can promise."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import regex

from cleaner import expressions
from cleaner.cache import cached, code_of, keep
from cleaner.expressions.superset import Superset, superset
from cleaner.expressions.tree import UntranslatableError
from cleaner.finders.gate import Gate
from cleaner.scan.database import Expression, compiler, compiles

_KIND = "plan"
_LONG = 1_200
"""Characters; a longer one for whole lines costs more to compile than it saves in lines named in vain."""
_REGEX = regex.__version__.encode()


@dataclass(slots=True)
class Plan:
    """Expressions, each with the gates and their signs, by number, that it stands for.

    `open` are gates that cannot be promised, with the reason; their rules are asked everywhere. `free` are
    gates whose expressions match on some line of a match, which need not be its first.
    """

    expressions: list[tuple[Expression, list[tuple[int, int]]]] = field(default_factory=list)
    open: dict[int, str] = field(default_factory=dict)
    free: list[int] = field(default_factory=list)


def plan_of(gates: Mapping[int, Gate], *, kept: bool = False) -> Plan:
    """Translate gates, or load what was translated; with `kept` raise LookupError where nothing was."""
    key = (
        code_of(Path(expressions.__file__).parent, Path(__file__))
        + _REGEX
        + compiler()
        + repr(sorted(gates.items())).encode("utf-8", "surrogatepass")
    )
    if found := cached(_KIND, key):
        with suppress(ValueError, TypeError, AttributeError):
            return _read(json.loads(found))
    if kept:
        raise LookupError
    plan = _translated(gates)
    keep(_KIND, key, json.dumps([plan.expressions, plan.open, plan.free]).encode())
    return plan


def _read(values: Any) -> Plan:  # noqa: ANN401 - as JSON has it
    expressions, opened, free = values
    read = [
        (Expression(*expression), [(gate, sign) for gate, sign in signs]) for expression, signs in expressions
    ]
    return Plan(read, {int(number): why for number, why in opened.items()}, free)


def _translated(gates: Mapping[int, Gate]) -> Plan:
    plan = Plan()
    wanted: dict[Expression, list[tuple[int, int]]] = {}
    for number, gate in gates.items():
        try:
            seen = [_seen(gate, index) for index in range(len(gate.signs))]
        except UntranslatableError as error:
            plan.open[number] = str(error)
            continue
        if not all(one.at_start for one in seen):
            plan.free.append(number)
        for index, one in enumerate(seen):
            for text in one.expressions:
                whole_line = gate.signs[index].whole_line
                wanted.setdefault(Expression(text, one.caseless, whole_line), []).append((number, index))
    plan.expressions = list(wanted.items())
    return plan


def _seen(gate: Gate, index: int) -> Superset:
    sign = gate.signs[index]
    for brief in (False, True):
        seen = superset(sign.pattern, ignore_case=sign.ignore_case, whole_line=sign.whole_line, brief=brief)
        if sign.whole_line and not brief and max(map(len, seen.expressions)) > _LONG:
            continue
        if all(compiles(Expression(text, seen.caseless)) for text in seen.expressions):
            return seen
    message = "Hyperscan cannot run it"
    raise UntranslatableError(message)
