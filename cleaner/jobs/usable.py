"""A job file with faults: what is left when each is taken out, so that the rest is looked over too."""

from typing import Any

from cleaner.jobs.job_schema import JobFile
from cleaner.packs.checked import checked
from cleaner.packs.source import Path as Steps
from cleaner.packs.source import Source

LISTS = ("inputs", "packs", "apply", "protect", "verdicts")
"""Keys with lists of texts: one that is faulty leaves an empty text in its place."""

_REQUIRED = {"inputs": [], "output": "."}


def usable(source: Source) -> tuple[JobFile | None, frozenset[Steps]]:
    """Give what a job file says but for what is faulty, and where that stands; its faults are the source's.

    None where nothing is left.
    """
    entry = checked(JobFile, source.value, (), source)
    if entry is not None or not isinstance(source.value, dict):
        return entry, frozenset()
    left: Any = _copy(source.value)
    broken: set[Steps] = set()
    steps_out = source.faulty
    while steps_out:
        for steps in steps_out:
            broken.add(_take_out(left, steps))
        again = Source(source.file, left, kind=source.kind)
        entry = checked(JobFile, left, (), again)
        steps_out = [steps[:1] for steps in again.faulty if steps] if entry is None else []
        if not {steps[0] for steps in steps_out} & (left.keys() | _REQUIRED.keys() - left.keys()):
            break
    return entry, frozenset(broken)


def _take_out(left: Any, steps: Steps) -> Steps:  # noqa: ANN401 - YAML holds anything
    """Take a faulty value out, or what is missing in; give the steps to what is broken."""
    if len(steps) == 1 or not isinstance(left.get(steps[0]), dict):
        key = str(steps[0])
        listed = left.get(key)
        if len(steps) > 1 and key in LISTS and isinstance(listed, list) and isinstance(steps[1], int):
            listed[steps[1]] = ""
            return steps[:2]
        left.pop(key, None)
        if key in _REQUIRED:
            left[key] = _REQUIRED[key]
        return steps[:1]
    inner, depth = left, 0
    while depth + 1 < len(steps) and isinstance(inner.get(steps[depth]), dict):
        inner, depth = inner[steps[depth]], depth + 1
    inner.pop(steps[depth], None)
    return steps[: depth + 1]


def _copy(value: Any) -> Any:  # noqa: ANN401 - the same
    if isinstance(value, dict):
        return {key: _copy(one) for key, one in value.items()}
    return [*map(_copy, value)] if isinstance(value, list) else value
