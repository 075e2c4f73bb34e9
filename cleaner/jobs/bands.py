"""How far a night may lie from the nights before: a band about their median, and what chance alone explains.

Two questions are asked of a count, and only a night that fails both has drifted.

**Is it far from the usual?** The usual is the median of the last nights; their spread is the median absolute
deviation times 1.4826, which for normally distributed values estimates the standard deviation (Rousseeuw and
Croux, "Alternatives to the Median Absolute Deviation", Journal of the American Statistical Association 88,
1993, p. 1273; the constant is 1/Φ⁻¹(3/4), as in R's `mad`). Both stand still while fewer than half of the
nights are odd. The band reaches so many spreads up from the median, and down by the same factor, so that a
count that vanishes leaves the band however much it wavers. Ten equal nights have no spread at all, and any
wobble would be outside: a spread counts for no less than a floor, a part of the median or a fixed amount,
whichever is more. And the band is stretched to the second highest and second lowest night: what two of the
last nights had is no news (weekends are such), while one odd night alone moves neither end far.

**Does chance explain it?** A night of three documents has wild shares. Events that come by chance, one in so
many documents, follow a binomial distribution, or a Poisson one where there is no bound; the probability of
a count as far from the expected or farther is at most exp(-D), where D is half the deviance (Chernoff, Annals
of Mathematical Statistics 23, 1952, p. 493; Hoeffding, JASA 58, 1963, p. 13, theorem 1). Edits and removed
characters come in clumps, a document's at once, and such a sum wavers more than its size says: it is divided
by its clump (`measures.Clumped.clump`) to give a number of events, as a quasi-Poisson model divides by its
dispersion (McCullagh and Nelder, "Generalized Linear Models", 2nd ed. 1989, §6.2). One document is thus one
event, however much it holds. A job of 300 rules asks 300 questions a night: the probability that is thought
rare (`RARE`) is of the whole night, and each question has an equal part of it (Bonferroni).
"""

from collections.abc import Sequence
from math import inf, log
from statistics import median
from typing import Literal, NamedTuple

NORMAL = 1.4826
"""Median absolute deviations in a standard deviation, for a normal distribution: 1/Φ⁻¹(3/4)."""

RARE = 1e-3
"""In how many nights chance may bring one drift or more, where the nights before say what is usual."""

UNLIKELY = 1e-3
"""The same where a fixed limit says it, and few events stand behind the count."""

LEAST = 3
"""Events more or fewer than expected; less is no drift: the pages of a quiet night share one site's fault."""

FEW = 10
"""Events; from so many on, found or allowed, a fixed limit holds to the letter."""

Side = Literal["high", "low"]


class Tally(NamedTuple):
    """A count of one night: `value` is what people read and limits bound.

    `exposure` is among how much the `amount` came up (documents, characters, or 1 for the night), `clump` how
    much comes at once, in the unit of the count. A `share` cannot pass its exposure.
    """

    value: float
    amount: float
    exposure: float
    clump: float = 1.0
    is_share: bool = False

    @property
    def rate(self) -> float:
        """How much of the count came up for one of the exposure."""
        return self.amount / self.exposure


class Floor(NamedTuple):
    """The least a spread counts for: so much of the median, and never less than a fixed amount."""

    of_median: float
    least: float


class Band(NamedTuple):
    """Where a night's value is as usual: from `low` to `high`, both included."""

    low: float
    median: float
    high: float


def band(values: Sequence[float], spreads: float, floor: Floor) -> Band:
    """Give the band about some nights' values (two or more), which are not negative.

    >>> band([1, 1, 1, 1, 50], 6, Floor(0.1, 0.01))
    Band(low=0.625, median=1, high=1.6)
    """
    middle = median(values)
    spread = NORMAL * median(abs(value - middle) for value in values)
    high = middle + spreads * max(spread, floor.of_median * middle, floor.least)
    ordered = sorted(values)
    low = middle * middle / high if high else 0.0
    return Band(min(low, ordered[1]), middle, max(high, ordered[-2]))


def by_chance(tally: Tally, rate: float, clump: float) -> float:
    """Bound the logarithm of the probability of a count as far from a rate as this one, or farther.

    >>> from math import exp
    >>> round(exp(by_chance(Tally(1, 3, 3, is_share=True), 0.1, 1)), 4)
    0.001
    """
    events, expected = tally.amount / clump, rate * tally.exposure / clump
    if not tally.is_share:
        return events - expected - _weighed(events, expected)
    trials = tally.exposure / clump
    return -_weighed(events, expected) - _weighed(trials - events, trials - expected)


def _weighed(events: float, expected: float) -> float:
    if events <= 0:
        return 0.0
    return inf if expected <= 0 else events * log(events / expected)


def is_drift(tally: Tally, history: Sequence[Tally], side: Side, rare: float) -> bool:
    """Whether chance does not explain how far a count lies on one side of the nights before.

    It does where a count like that comes up with a probability of `rare` or more, and for one or two events.
    """
    clumps = [night.clump for night in history if night.amount]
    clump = max([tally.clump, median(clumps)] if clumps else [tally.clump])
    rate = _expected(history, side, clump, is_share=tally.is_share)
    more = (tally.amount - rate * tally.exposure) / clump
    is_beyond = more >= LEAST if side == "high" else more <= -LEAST
    return is_beyond and by_chance(tally, rate, clump) < log(rare)


def _expected(history: Sequence[Tally], side: Side, clump: float, *, is_share: bool) -> float:
    """Give the rate to expect: the median night's, or that of the nights together if nearer to the side.

    The oddest night on that side is left out of the sum, and one event is thought in on that side, for what
    never happened in ten nights may still happen.
    """
    nights = sorted(history, key=lambda night: (night.rate, night.exposure))
    rest = nights[:-1] if side == "high" else nights[1:]
    amount, exposure = sum(night.amount for night in rest), sum(night.exposure for night in rest)
    exposure += clump if is_share else 0
    middle = median(night.rate for night in history)
    return max(middle, (amount + clump) / exposure) if side == "high" else min(middle, amount / exposure)


def is_over(tally: Tally, limit: float, side: Side) -> bool:
    """Whether a count lies beyond a fixed limit on its rate: to the letter, but for few events.

    >>> is_over(Tally(1 / 3, 1, 3, is_share=True), 0.05, "high")
    False
    >>> is_over(Tally(51 / 1000, 51, 1000, is_share=True), 0.05, "high")
    True
    """
    if not (tally.rate > limit if side == "high" else tally.rate < limit):
        return False
    events = max(tally.amount, limit * tally.exposure)
    if tally.is_share:
        events = min(events, tally.exposure - min(tally.amount, limit * tally.exposure))
    return events / tally.clump >= FEW or by_chance(tally, limit, tally.clump) < log(UNLIKELY)
