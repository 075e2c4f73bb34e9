"""The one loop over the rules: it repeats the profile until a pass changes nothing."""

import time
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from itertools import takewhile
from os import PathLike
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from cleaner.batch import cleaned_batch, documents_of
from cleaner.draft import Draft, Repair
from cleaner.errors import DocumentError, UsageError, too_long
from cleaner.finders.gate import Rows
from cleaner.finders.page import no_page
from cleaner.model import CleanResult, Document, Match, Span
from cleaner.packs import Rule, RulePack, load, page_model, protecting, ruleset_hash, running
from cleaner.packs.action import repairs
from cleaner.packs.paged import asks_for_pages, judged_by
from cleaner.packs.where import Repeated, within
from cleaner.pipeline.fingerprint import fingerprint
from cleaner.pipeline.run import Run, Steering, result_of, too_much
from cleaner.pipeline.threads import one_at_a_time
from cleaner.pipeline.traced import traced
from cleaner.pipeline.turns import Turns
from cleaner.repeats import Repeats
from cleaner.verdicts import Target, Verdicts

if TYPE_CHECKING:
    from cleaner.pages import PageModel

MAX_CHARS = 5_000_000
"""Code points of a document: more than there are in the longest books."""

_TEMPLATE_LINES, _DOUBTFUL = 8, 0.25
"""Lines that repeat on a site, from which a text that holds them is a whole page of it, and the part of the
level that its own looks must reach."""

MAX_REMOVED = 0.8
"""The share of a document's words that rules may remove, unless it is recognised as a whole page."""

MOST_PASSES = 8
"""Passes over the profile before a document counts as never resting."""


class Cleaner:
    """Cleans documents by the rules of a profile and any further packs.

    `profile` is a shipped name, a file, or packs already loaded; `packs` are shipped names, files or folders;
    `verdicts` steer what is kept and made; `repeats` say what repeats on a site, without which rules that ask
    for it (`where: repeated`) do nothing; `timeout` is in seconds, for one rule on one document; `apply`
    names `review` rules whose proposals are made too, or is `"review"` for all of them; what the expressions
    in `protect` match stays as it came. A document of more than `max_chars` code points is refused, for its
    cleaning would take some hundred times its size. One that would lose more than the share `max_removed` of
    its words stays as it is, and its metadata says so (`left_unchanged`), unless it was recognised as a whole
    page (`recognised_as`), by the weights of `model`, the shipped ones unless given. Opens nothing and prints
    nothing once it is built. Threads may share one; they wait for one another.

    With `scan` one scan over all rules finds where any could match, without it each searches every text; by
    default there is one where it pays and Hyperscan is installed. It changes nothing but the time it takes.

    >>> Cleaner().clean("fleeing persecution . The end").text
    'fleeing persecution. The end'
    """

    def __init__(  # noqa: PLR0913 - one for each thing that can be chosen
        self,
        profile: str | Sequence[RulePack] = "standard",
        packs: Iterable[str | PathLike[str]] = (),
        *,
        verdicts: Verdicts | None = None,
        repeats: Repeats | None = None,
        model: "PageModel | None" = None,
        timeout: float = 10.0,
        apply: Iterable[str] | Literal["review"] = (),
        protect: Sequence[str] = (),
        max_chars: int = MAX_CHARS,
        max_removed: float = MAX_REMOVED,
        scan: bool | None = None,
    ) -> None:
        """Load the rules; raise UsageError or RuleFileError where they cannot be used."""
        if timeout <= 0:
            message = f"a timeout is a number of seconds above 0; got {timeout:g}"
            raise UsageError(message)
        if max_chars < 1:
            message = f"max_chars counts the characters of a document: 1 or more; got {max_chars:,}"
            raise UsageError(message)
        if not 0 < max_removed <= 1:
            message = f"max_removed is a share of a document's words: above 0, at most 1; got {max_removed:g}"
            raise UsageError(message)
        loaded = load(profile, packs) if isinstance(profile, str) else profile
        self.packs: tuple[RulePack, ...] = (*protecting(protect), *loaded)
        rules = running(self.packs)
        self.model = (model or page_model()) if any(map(asks_for_pages, rules)) else None
        self.rules: tuple[Rule, ...] = tuple(judged_by(self.model, rules))
        self.verdicts = verdicts or Verdicts()
        self.repeats = repeats or Repeats()
        self.timeout = timeout
        self.max_chars = max_chars
        self.max_removed = max_removed
        self.apply = frozenset((rule.name for rule in self.rules) if apply == "review" else apply)
        self._shown = ""
        self._turns = Turns(self.rules, scan)

    @cached_property
    def ruleset_hash(self) -> str:
        """SHA-256 over the loaded rules, the model they ask and the engine's version, in hex."""
        return ruleset_hash(self.packs, self.model.digest if self.model else "")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256, in hex, over all that decides what comes out: rules, verdicts, repeats, limits."""
        return fingerprint(self)

    def only(self, names: Iterable[str]) -> "Cleaner":
        """Give a cleaner with just these rules, in this one's order."""
        wanted = frozenset(names)
        rules = tuple(rule for rule in self.rules if rule.name in wanted)
        return self._with(rules=rules, _turns=Turns(rules, self._turns.scan))

    def applying(self, names: Iterable[str]) -> "Cleaner":
        """Give a cleaner that makes the proposals of these `review` rules too."""
        return self._with(apply=frozenset(names))

    def showing(self, name: str) -> "Cleaner":
        """Give a cleaner in which what a protecting rule finds is noted too, so that it can be seen."""
        return self._with(_shown=name)

    def steered_by(self, verdicts: Verdicts) -> "Cleaner":
        """Give a cleaner with these verdicts in place of this one's."""
        return self._with(verdicts=verdicts)

    def knowing(self, repeats: Repeats) -> "Cleaner":
        """Give a cleaner that knows this of what repeats, in place of what this one does."""
        return self._with(repeats=repeats)

    def removing(self, share: float) -> "Cleaner":
        """Give a cleaner that may remove this share of a document's words."""
        return self._with(max_removed=share)

    def _with(self, **changes: object) -> "Cleaner":
        twin = copy(self)
        for name in ("ruleset_hash", "fingerprint"):
            twin.__dict__.pop(name, None)
        twin.__dict__.update(changes)
        return twin

    def clean(self, document: Document | str) -> CleanResult:
        """Clean one document; raise DocumentError where that cannot be done."""
        if isinstance(document, str):
            document = Document("", document)
        if not isinstance(document, Document):
            message = f"clean takes a text or a Document, not {type(document).__name__}"
            raise TypeError(message)
        return self._steered(document)[0]

    def _steered(self, document: Document) -> tuple[CleanResult, frozenset[Target]]:
        """Clean one document by the verdicts; give what of it they judged as well."""
        if len(document.text) > self.max_chars:
            raise too_long(document.text, self.max_chars)
        steering, steered = None, Steering()
        while steered != steering:
            steering = steered
            run = self._rested(document, steering)
            result = result_of(run)
            steered = steering.heard(self.verdicts, result)
            if steered == steering and (held := too_much(run, self.max_removed)):
                holding = replace(steered, held=held)
                result = result_of(self._rested(document, holding))
                steered = holding.heard(self.verdicts, result)
        return result, steered.met

    def is_page(self, draft: Draft) -> bool:
        """Whether a draft looks like a whole page; never where no rule asks for pages.

        One that holds much of its site's template need look less like one.
        """
        if self.model is None or no_page(draft):
            return False
        from cleaner.pages import judged  # noqa: PLC0415 - imports numpy, which most runs need not wait for

        whole, level = judged(draft, self.model).whole, self.model.level
        if whole < level and whole >= level * _DOUBTFUL and self.repeats:
            return Repeated().count(draft, self.repeats) >= _TEMPLATE_LINES
        return whole >= level

    def prepare(self) -> None:
        """Make the scan over all rules ready, where there is to be one, and keep it for other processes."""
        self._turns.prepare()

    def at_turn(self, rule: Rule, document: Document) -> tuple[Draft, frozenset[str]]:
        """Give a document at rest as a rule finds it, what is protected included, and the rules that acted.

        At rest nothing changes any more: whatever the rule finds here and leaves alone, it leaves for good.
        Raises DocumentError as `clean` does.
        """
        run = self._rested(document, Steering())
        for earlier in takewhile(lambda one: one.name != rule.name, self.rules):
            if earlier.do == "protect" and earlier.where.allows(document, run.matched):
                self._turn(earlier, run)
        return run.draft, frozenset(run.matched)

    def wanted(self, rule: Rule, draft: Draft) -> list[Repair]:
        """Give what a rule would make of a draft, sorted by place; raise TimeoutError as finders do."""
        return list(repairs(rule, draft, self._matches(rule, draft)))

    def clean_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Clean a batch `{id, text or bytes, metadata?}`; give one row a document, with its edits.

        A document that cannot be cleaned keeps its id and says why; its text is null. Where verdicts met an
        edit, the schema's metadata say which (`batch.met_of`).
        """
        outcomes: list[tuple[Document, CleanResult | DocumentError]] = []
        met: set[Target] = set()
        for document, failure in documents_of(batch):
            outcome: CleanResult | DocumentError
            try:
                outcome, judged = (failure, ()) if failure else self._steered(document)
                met.update(judged)
            except DocumentError as error:
                outcome = error
            outcomes.append((document, outcome))
        return cleaned_batch(outcomes, met)

    @one_at_a_time
    def _rested(self, document: Document, steering: Steering) -> Run:
        """Repeat the rules on a document until a pass changes nothing."""
        run = Run(Draft.of(document, steering.guarded(document.text)), steering)
        late: list[str] = []
        for number in range(MOST_PASSES):
            self._pass(run)
            if not run.active:
                return run
            late += run.active if number >= MOST_PASSES // 2 else ()
        rules = " + ".join(dict.fromkeys(late))
        kind, message = "restless", f"the text still changes after {MOST_PASSES} passes"
        raise DocumentError(kind, message, rules)

    def _pass(self, run: Run) -> None:
        guarded = run.draft.guarded
        run.waiting, run.active = [], []
        for rule, rows in self._turns.over(run):
            if rule.where.allows(run.draft.document, run.matched):
                try:
                    if not rule.where.whole_page or self.is_page(run.draft):
                        self._turn(rule, run, rows)
                except TimeoutError:
                    kind, message = "timeout", f"the rule took longer than {self.timeout:g} s"
                    raise DocumentError(kind, message, rule.name) from None
                except Exception as error:
                    kind, message = "failed", f"the rule raised {type(error).__name__}: {error}"
                    raise DocumentError(kind, message, rule.name, traced(error)) from error
        if run.draft.guarded != guarded:
            run.draft = replace(run.draft, guarded=guarded)

    def _turn(self, rule: Rule, run: Run, rows: Rows = None) -> None:
        """Let one rule act on the draft as it stands."""
        draft, wanted = run.asked.get(rule.name, (None, []))
        if draft is not run.draft:
            wanted = list(repairs(rule, run.draft, self._matches(rule, run.draft, rows)))
            if run.asked and next(iter(run.asked.values()))[0] is not run.draft:
                run.asked.clear()  # what was asked of an earlier draft would only hold its memory
            run.asked[rule.name] = (run.draft, wanted)
        if not wanted:
            return
        run.whole_page = run.whole_page or rule.where.whole_page
        if rule.do == "protect":
            if rule.name == self._shown:
                run.waiting += (("noted", repair) for repair in wanted)
            run.draft = run.draft.guard(Span(repair.start, repair.end) for repair in wanted)
            return
        if rule.do == "flag":
            run.waiting += (("noted", repair) for repair in wanted)
            return
        made: list[Repair] = []
        for repair in wanted:
            if self._may_make(repair, run):
                made.append(repair)
            else:
                run.waiting.append(("proposed", repair))
        draft, blocked = run.draft.replace(made)
        run.waiting += (("blocked", repair) for repair in blocked)
        if draft.changes != run.draft.changes:
            run.matched.add(rule.name)
            run.active.append(rule.name)
        run.draft = draft

    def _matches(self, rule: Rule, draft: Draft, rows: Rows = None) -> Iterator[Match]:
        deadline = time.monotonic() + self.timeout
        zones = rule.where.zones_of(draft, self.repeats)
        if not zones:
            return
        refused: bool | None = None
        known: dict[tuple[int, int], bool] = {}
        for match in rule.finder.find(draft, self.timeout, zones, rows):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            inside = within(zones, match)
            if inside and refused is None:  # asked at the first match: most rules have none
                refused = rule.unless.forbids_all(draft, left)
            if inside and not refused and not rule.unless.forbids(draft, match, left, known):
                yield match

    def _may_make(self, repair: Repair, run: Run) -> bool:
        applied = repair.safety == "safe" or repair.rule in self.apply
        return applied or run.steering.permits(repair, run.draft)
