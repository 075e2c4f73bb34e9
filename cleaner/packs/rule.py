"""Rules, their examples, and the packs and profiles that hold them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from cleaner.finders import Finder
from cleaner.finders.options import STRICT, Texts
from cleaner.model import Action, Safety
from cleaner.packs.fields import FieldType
from cleaner.packs.where import Unless, Where


@dataclass(frozen=True, slots=True)
class Example:
    """A text that a rule changes (`before` to `after`) or leaves alone (`same`).

    A rule that only flags or protects changes nothing: its examples say what it `finds` in `before`.
    `helpers` are the ids of rules that must run too (`with` in a rule file); `known_failure` says why the
    example fails for now; `host` is the site the text is taken to come from, `repeated` are lines
    that stand in each of the hundred documents which that site is taken to have.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    before: str | None = None
    after: str | None = None
    same: str | None = None
    finds: str | None = None
    helpers: Annotated[Texts, Field(validation_alias="with")] = ()
    known_failure: str | None = None
    host: str | None = None
    repeated: Texts = ()

    def __post_init__(self) -> None:
        """Refuse an example that is neither a change nor a refusal."""
        given = {key for key in ("before", "after", "finds", "same") if getattr(self, key) is not None}
        if given not in ({"before", "after"}, {"before", "finds"}, {"same"}):
            message = "an example gives 'before' and 'after', or 'before' and 'finds', or 'same' alone"
            raise ValueError(message)
        if self.before is not None and self.before == self.after:
            message = "'before' equals 'after': that is a refusal, write it as 'same'"
            raise ValueError(message)
        if self.finds is not None and self.finds not in (self.before or ""):
            message = "what the example 'finds' does not stand in 'before'"
            raise ValueError(message)

    @property
    def text(self) -> str:
        """What goes in."""
        return self.same if self.same is not None else self.before or ""

    @property
    def expected(self) -> str:
        """What must come out."""
        if self.same is not None:
            return self.same
        return (self.before if self.finds is not None else self.after) or ""

    @property
    def refuses(self) -> bool:
        """Whether the rule must leave the text alone."""
        return self.same is not None


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of damage: how it is found and what is done about it.

    `name` is `pack/id` as the ledger writes it; `why` says what causes the damage. `replaces` names the rule
    of another pack in whose place this one stands. A rule that another pack switched off says why in `off`;
    one whose safety another pack changed says so in `override`.
    `types` are the types of extracted fields; a field without one is text.
    """

    name: str
    summary: str
    why: str
    finder: Finder
    finder_name: str
    do: Action
    safety: Safety
    examples: tuple[Example, ...]
    replace: str | None = None
    where: Where = field(default_factory=Where)
    unless: Unless = field(default_factory=Unless)
    replaces: str | None = None
    off: str = ""
    override: str = ""
    types: Mapping[str, FieldType] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The name within the pack."""
        return self.name.rpartition("/")[2]


_NO_REASONS = frozenset({"", "true", "false", "yes", "no", "on", "off"})
"""What people write for a switch; an override is a decision, and says why."""


@dataclass(frozen=True, slots=True)
class Override:
    """What a pack says of a rule of another pack: it is `off`, for that reason, or has another `safety`.

    >>> Override("web/chrome/page-top", off="our pages open with their menu on purpose").safety is None
    True
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    rule: str
    off: str | None = None
    safety: Safety | None = None
    why: str | None = None

    def __post_init__(self) -> None:
        """Refuse an override that does nothing, and one without a reason."""
        if (self.off is None) == (self.safety is None):
            message = "an override gives 'off' with the reason, or 'safety' with 'why'; one of them"
            raise ValueError(message)
        reason, unused = (self.why, None) if self.off is None else (self.off, self.why)
        if unused is not None or (reason or "").strip().lower() in _NO_REASONS:
            message = "an override needs its reason: 'off: <reason>', or 'why: <reason>' beside 'safety'"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class RulePack:
    """A file of rules in their order; `content` is the file as plain values, for the ruleset hash.

    With `order` of `first` the pack acts before those without, wherever it was named.
    """

    name: str
    version: str
    summary: str
    rules: tuple[Rule, ...]
    content: Mapping[str, Any]
    overrides: tuple[Override, ...] = ()
    order: Literal["first"] | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """An ordered list of packs by name."""

    name: str
    summary: str
    packs: tuple[str, ...]
