"""What people said of a run's edits, kept beside the store and told by it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from threading import RLock
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from cleaner.review.columns import key_of
from cleaner.review.index import Mask, Rows, RunIndex
from cleaner.review.precision import RulePrecision, Sample, sample_state
from cleaner.review.store import Said
from cleaner.verdicts import Judgement, Target, Verdict, moment

JUDGEMENTS = ("none", "accepted", "rejected", "deferred")
"""What may stand on an edit; an array holds their numbers."""
_NUMBER = {word: number for number, word in enumerate(JUDGEMENTS)}

Codes = npt.NDArray[np.int8]


class Voice(NamedTuple):
    """One reviewer's newest word on an edit: said of the `edit`, its `group`, or its rule on the `host`."""

    level: str
    verdict: Verdict


class Judged:
    """The verdict that counts on each edit of a run: an edit's own, its group's, its rule's on its site.

    `verdict` holds a number into `JUDGEMENTS` for each edit, `disputed` whether reviewers differ; both are
    kept up by `hear`. `seq` is the last row of the store that was heard.
    """

    def __init__(self, run: RunIndex) -> None:
        """Start with nothing said."""
        self.run = run
        self.seq = 0
        self.verdict: Codes = np.zeros(len(run), np.int8)
        self.disputed: Mask = np.zeros(len(run), np.bool_)
        self._own: Codes = np.zeros(len(run), np.int8)
        self._of_group: Codes = np.zeros(len(run.groups.count), np.int8)
        self._of_host: Codes = np.zeros(len(run), np.int8)
        self._discussed: Mask = np.zeros(len(run), np.bool_)
        """Of which edits several people spoke at one level; on others only unlike levels can differ."""
        self._standing: defaultdict[Target, list[Said]] = defaultdict(list)
        self._acts: defaultdict[str, list[Target]] = defaultdict(list)
        self.actors: dict[str, str] = {}
        """Who did each act that stands."""
        self._rules = {name: number for number, name in enumerate(run.rules)}
        self._hosts = {name: number for number, name in enumerate(run.hosts)}
        self._keys: Rows = np.argsort(run.groups.key)
        self.said_by: Counter[tuple[str, str]] = Counter()
        """How many verdicts of each kind stand, by `(reviewer, verdict)`."""
        self.last_by: dict[str, str] = {}
        """When each reviewer last said something, as the store heard it."""
        self.turn = RLock()
        """Held while a store is asked and heard, so that rows are heard once and in order."""

    def hear(self, rows: Iterable[Said]) -> None:
        """Take in what was said since, in the order of the store."""
        targets: dict[Target, None] = {}
        for said in rows:
            self.seq = said.seq
            if said.verdict is not None:
                target = said.verdict.target
                self._standing[target].append(said)
                self.said_by[said.reviewer, said.verdict.verdict] += 1
                self.last_by[said.reviewer] = said.time
                self._acts[said.act].append(target)
                self.actors[said.act] = said.reviewer
                targets[target] = None
            elif said.undoes is not None:
                self.actors.pop(said.undoes, None)
                for target in dict.fromkeys(self._acts.pop(said.undoes, [])):
                    self._take_back(target, said.undoes)
                    targets[target] = None
        self._settle(targets)

    def voices(self, row: int) -> list[Voice]:
        """Give each reviewer's newest word on an edit at each level, the edit's own first."""
        found = []
        for level, target in zip(("edit", "group", "host"), self._targets(row), strict=True):
            newest = self._newest_by_reviewer(target)
            found += [Voice(level, verdict) for verdict in sorted(newest, key=moment, reverse=True)]
        return found

    def word(self, row: int) -> str:
        """Give the word that counts on an edit, empty where none does."""
        return "" if self.verdict[row] == 0 else JUDGEMENTS[int(self.verdict[row])]

    def on_host(self, rule: str, host: str) -> str:
        """Give the newest verdict on a rule on a site, empty where there is none."""
        said = self._standing.get((rule, None, None, host))
        return _counting(said).verdict if said else ""

    def of_group(self, number: int) -> str:
        """Give the word that counts on a group of equal edits, empty where there is none."""
        code = int(self._of_group[number])
        return JUDGEMENTS[code] if code else ""

    def edits_of(self, act: str) -> Rows:
        """Give the rows of the edits that an act speaks of, in this run."""
        rows = [self.rows(target) for target in dict.fromkeys(self._acts.get(act, []))]
        return np.unique(np.concatenate(rows)) if rows else np.zeros(0, np.int64)

    def counts(self, mask: Mask) -> dict[str, int]:
        """Count the verdicts on the edits of a mask."""
        found = np.bincount(self.verdict[mask], minlength=len(JUDGEMENTS))
        return dict(zip(JUDGEMENTS, map(int, found), strict=True))

    def precision(self) -> dict[str, RulePrecision]:
        """Give how often people agreed with each rule: each verdict on an edit or a group counts once."""
        counts = np.zeros((len(JUDGEMENTS), len(self.run.rules)), np.int64)
        of_group = self.run.rule[self.run.groups.first]
        for code in range(1, len(JUDGEMENTS)):
            counts[code] = np.bincount(self.run.rule[self._own == code], minlength=counts.shape[1])
            counts[code] += np.bincount(of_group[self._of_group == code], minlength=counts.shape[1])
        return {
            rule: RulePrecision(rule, int(accepted), int(rejected), int(deferred))
            for rule, (_, accepted, rejected, deferred) in zip(self.run.rules, counts.T, strict=True)
        }

    def sample(self, rows: Rows, floor: float) -> Sample:
        """Say how far the random sample of some edits, in the order of their ids, is judged."""
        words = [None if code == 0 else JUDGEMENTS[code] for code in self.verdict[rows[:_SAMPLED]].tolist()]
        said = [cast("Judgement | None", word) for word in words]
        return sample_state([*said, None] if len(rows) > _SAMPLED else said, floor)

    def _take_back(self, target: Target, act: str) -> None:
        kept = []
        for said in self._standing[target]:
            if said.act != act:
                kept.append(said)
            elif said.verdict is not None:
                self.said_by[said.reviewer, said.verdict.verdict] -= 1
        self._standing[target] = kept

    def _settle(self, targets: Iterable[Target]) -> None:
        """Work out anew what counts on everything that the targets speak of."""
        touched = []
        for target in targets:
            rows = self.rows(target)
            said = self._standing.get(target)
            if said and len({one.reviewer for one in said}) > 1:
                self._discussed[rows] = True
            code = _NUMBER[_counting(said).verdict] if said else 0
            if not said:
                self._standing.pop(target, None)
            if len(target) == 1:
                self._own[rows] = code
            elif target[-1] is None:
                number = self._group_number(target)
                if number is not None:
                    self._of_group[number] = code
            else:
                self._of_host[rows] = code
            touched.append(rows)
        if touched:
            self._choose(np.unique(np.concatenate(touched)))

    def _choose(self, rows: Rows) -> None:
        """Let the nearest word count on each of these edits."""
        words = np.stack([self._own[rows], self._of_group[self.run.group[rows]], self._of_host[rows]])
        own, group, host = words
        self.verdict[rows] = np.where(own, own, np.where(group, group, host))
        self.disputed[rows] = False
        unlike = np.where(words, words, len(JUDGEMENTS)).min(axis=0) < words.max(axis=0)
        for row in rows[unlike | self._discussed[rows]]:
            self.disputed[row] = _differ(self.voices(int(row)))

    def rows(self, target: Target) -> Rows:
        """Give the rows of this run's edits that a target means."""
        if len(target) == 1:
            row = self.run.row_of(target[0] or "")
            return np.array([] if row is None else [row], np.int64)
        rule, _, _, host = target
        if host is None:
            number = self._group_number(target)
            return np.zeros(0, np.int64) if number is None else self.run.of_group(number)
        if rule not in self._rules or host not in self._hosts:
            return np.zeros(0, np.int64)
        on_host = self.run.host == self._hosts[host]
        return np.flatnonzero(on_host & (self.run.rule == self._rules[rule]))

    def _group_number(self, target: Target) -> int | None:
        rule, before, after, _ = target
        key = np.frombuffer(key_of(rule or "", before or "", after or ""), "V16")[0]
        return _place(self.run.groups.key, self._keys, key)

    def _targets(self, row: int) -> Sequence[Target]:
        edit = self.run.edit(row)
        host = self.run.hosts[int(self.run.host[row])]
        rule, before, after = edit["rule"], edit["before"], edit["after"]
        return (edit["edit_id"],), (rule, before, after, None), (rule, None, None, host)

    def _newest_by_reviewer(self, target: Target) -> list[Verdict]:
        newest: dict[str, Verdict] = {}
        for said in self._standing.get(target, ()):
            verdict = said.verdict
            if verdict and (
                verdict.reviewer not in newest or moment(verdict) >= moment(newest[verdict.reviewer])
            ):
                newest[verdict.reviewer] = verdict
        return list(newest.values())


_SAMPLED = 2_000
"""Edits of a rule's random sample that are looked at; a sample with so many errors proves nothing."""


def _counting(said: Sequence[Said]) -> Verdict:
    """Give the newest of what was said of one thing; of two at one time the one said last."""
    verdicts = [one.verdict for one in said if one.verdict is not None]
    return max(enumerate(verdicts), key=lambda one: (moment(one[1]), one[0]))[1]


def _differ(voices: Sequence[Voice]) -> bool:
    """Whether two reviewers' nearest words on one edit are acceptance and rejection."""
    nearest: dict[str, str] = {}
    for voice in voices:
        nearest.setdefault(voice.verdict.reviewer, voice.verdict.verdict)
    return {"accepted", "rejected"} <= set(nearest.values())


def _place(keys: npt.NDArray[np.void], order: Rows, key: np.void) -> int | None:
    """Find a key among keys, by their sorted order."""
    low, high = 0, len(order)
    wanted = key.tobytes()
    while low < high:
        middle = (low + high) // 2
        if keys[order[middle]].tobytes() < wanted:
            low = middle + 1
        else:
            high = middle
    found = low < len(order) and keys[order[low]].tobytes() == wanted
    return int(order[low]) if found else None
