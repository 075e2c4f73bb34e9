"""What a run may measure before its output is held back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cleaner.finders.options import STRICT


@dataclass(frozen=True, slots=True)
class Limit:
    """A fixed limit of one measure, whatever the history says."""

    __pydantic_config__ = STRICT

    most: float | None = None
    least: float | None = None


@dataclass(frozen=True, slots=True)
class Gates:
    """How many published runs are looked back at, how many robust spreads are too many, and fixed limits."""

    __pydantic_config__ = STRICT

    runs: int = 10
    spread: float = 6.0
    limits: Mapping[str, Limit] = field(default_factory=dict)
