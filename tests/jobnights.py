"""Nights of a job that does not exist: measures as sites, pages and chance would make them."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cleaner.jobs.characters import NewCharacters
from cleaner.jobs.measures import Clumped, Measures

Numbers = npt.NDArray[np.float64]
SITES, RULES = 30, 25


@dataclass(frozen=True)
class Drift:
    """What goes wrong in a night: a rule that fires so much more, a share quarantined, sites in mojibake."""

    rule: str = ""
    times: float = 1.0
    quarantined: float = 0.005
    mojibake: float = 0.0


class Nights:
    """Draws nights of one job: sites come in bursts, weekends, rules that each site needs in its own way."""

    def __init__(self, seed: int) -> None:
        """Draw the job itself: its sites, its rules, and how often which fires where."""
        self.draw = np.random.default_rng(seed)
        usual = np.exp(self.draw.uniform(np.log(0.01), np.log(3), RULES))
        by_site = self.draw.lognormal(0, 0.8, (SITES, RULES))
        self.rates: Numbers = usual * by_site / by_site.mean(axis=0)
        self.sizes: Numbers = self.draw.lognormal(1.8, 0.7, SITES)
        self.lost = self.draw.integers(1, 25, RULES)
        self.rules = [f"web/rule-{number:02}" for number in range(RULES)]

    def night(self, number: int, drift: Drift = Drift(), times: float = 1.0) -> Measures:
        """Draw the night of a number; each seventh and sixth is a weekend's, some nights bring a handful."""
        busy = 0.3 if number % 7 in {5, 6} else 1.0
        quiet = 0.03 if self.draw.random() < 0.05 else 1.0
        pages = self.draw.poisson(self.sizes * busy * quiet * times * self._bursts())
        sites = np.repeat(np.arange(SITES), pages)
        return self._measured(sites if len(sites) else np.array([0]), drift)

    def _bursts(self) -> Numbers:
        """One site in three says nothing tonight; the others less or more than usual, seldom ten times."""
        speaks = self.draw.random(SITES) > 1 / 3
        return np.asarray(speaks * self.draw.lognormal(0, 0.8, SITES))

    def _measured(self, sites: npt.NDArray[np.int64], drift: Drift) -> Measures:
        draw, pages = self.draw, len(sites)
        lengths = np.maximum(100, draw.lognormal(7.6, 0.8, pages)).astype(int)
        rates = self.rates[sites] * np.array(
            [drift.times if rule == drift.rule else 1 for rule in self.rules]
        )
        waver = draw.gamma(0.5, 2.0, (pages, RULES))
        made = draw.poisson(rates * waver * lengths[:, None] / 1000)
        lost = np.minimum(lengths, (made * self.lost).sum(axis=1))
        fate = draw.random(pages)
        is_changed = made.any(axis=1) & (draw.random(pages) > 0.1)
        return Measures(
            documents=pages,
            quarantined=int((fate < drift.quarantined).sum()),
            unchanged=int((~is_changed & (fate >= drift.quarantined)).sum()),
            characters=int(lengths.sum()),
            removed=Clumped.of(lost.tolist()),
            edits={rule: Clumped.of(made[:, at].tolist()) for at, rule in enumerate(self.rules)},
            new_characters=self._new(pages, drift),
        )

    def _new(self, pages: int, drift: Drift) -> NewCharacters:
        """One page in 300 brings a few, seldom a script; mojibake brings thirty, over its pages."""
        bringing = int(self.draw.poisson(pages / 300))
        brought = int(np.minimum(60, self.draw.pareto(1.2, bringing) + 1).sum())
        broken = int(self.draw.binomial(pages, drift.mojibake))
        return NewCharacters(brought + min(30, 3 * broken), bringing + broken)


def scaled(measures: Measures, times: int) -> Measures:
    """Give the same night with each document there so many times over."""

    def more(sums: Clumped) -> Clumped:
        return Clumped(sums.total * times, sums.squares * times)

    return replace(
        measures,
        documents=measures.documents * times,
        quarantined=measures.quarantined * times,
        unchanged=measures.unchanged * times,
        characters=measures.characters * times,
        removed=more(measures.removed),
        edits={rule: more(sums) for rule, sums in measures.edits.items()},
    )
