"""Boosted stumps and weighed words, as the tables that a model file holds."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from cleaner.pages.line import Line
from cleaner.pages.model import Additive, Table, said
from cleaner.pages.surroundings import Column, Columns

BINS = 96
"""Values told apart of a feature: its quantiles."""
HOSTS = 4
"""A token is known that stands on the pages of so many hosts."""
SMALL = 0.02
"""Weights and scores nearer to nothing are left out."""
DIGITS = 3


class Told(Protocol):
    """A lesson, as far as its words go."""

    host: str
    lines: list[Line]
    wanted: Column


@dataclass(frozen=True, slots=True)
class Words:
    """What tokens weigh."""

    bias: float
    weights: dict[str, float]

    def of(self, lines: Sequence[Line]) -> Column:
        """Give what the words of each line say."""
        return np.array([said(line, self.bias, self.weights) for line in lines])

    def data(self) -> dict[str, Any]:
        """Give them as a model file holds them."""
        return {"bias": self.bias, "weights": self.weights}


def word_weights(lessons: Sequence[Told]) -> Words:
    """Learn what the tokens of a line say: a logistic regression, each line's tokens sharing one length."""
    hosts: dict[str, set[str]] = defaultdict(set)
    for one in lessons:
        for line in one.lines:
            for token in line.tokens:
                hosts[token].add(one.host)
    known = {
        token: place
        for place, token in enumerate(sorted(t for t, where in hosts.items() if len(where) >= HOSTS))
    }
    rows = [
        [known[token] for token in line.tokens if token in known] for one in lessons for line in one.lines
    ]
    ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(len(row))) for row in rows if row])
    places = np.concatenate([row for row in rows if row])
    table = scipy.sparse.csr_matrix((values, places, ends), shape=(len(rows), len(known)))
    fitted = LogisticRegression(C=1.0, max_iter=60, solver="liblinear", random_state=0)
    fitted.fit(table, np.concatenate([one.wanted for one in lessons]))
    weights = zip(known, np.round(fitted.coef_[0], DIGITS).tolist(), strict=True)
    kept = {token: weight for token, weight in weights if abs(weight) >= SMALL}
    return Words(round(float(fitted.intercept_[0]), DIGITS), kept)


class Look(Additive):
    """Tables that were learnt, and can be written down."""

    def data(self) -> dict[str, Any]:
        """Give them as a model file holds them."""
        tables = {
            name: [table.edges.tolist(), table.scores.tolist()] for name, table in sorted(self.tables.items())
        }
        return {"bias": self.bias, "tables": tables}


def boosted(
    known: Sequence[Columns], wanted: Sequence[Column], weight: Sequence[Column], *, rare: bool = False
) -> Look:
    """Learn a sum of tables, one a feature: boosted stumps, gathered by the feature that each asks.

    `rare` is for what holds of one line a page: of the others every fourth will do.
    """
    if rare:
        parts = [_fewer(*one) for one in zip(known, wanted, weight, strict=True)]
        known, wanted, weight = (list(one) for one in zip(*parts, strict=True))
    names = list(known[0])
    edges: list[Column] = []
    binned: list[Column] = []
    for name in names:
        values = np.concatenate([one[name] for one in known])
        cuts = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))
        edges.append(np.round(cuts, 5))
        binned.append(np.searchsorted(edges[-1], values).astype(np.uint8))
    table = np.column_stack(binned)
    weights = np.concatenate(weight)
    fitted = HistGradientBoostingClassifier(
        max_iter=150 if rare else 300,
        learning_rate=0.1 if rare else 0.15,
        max_leaf_nodes=2,
        l2_regularization=1.0,
        min_samples_leaf=20 if rare else 60,
        early_stopping=False,
        random_state=0,
    ).fit(table, np.concatenate(wanted), sample_weight=weights / weights.mean())
    return _tables(fitted, names, edges)


def _fewer(columns: Columns, wanted: Column, weight: Column) -> tuple[Columns, Column, Column]:
    rows = np.flatnonzero((wanted > 0) | (np.arange(len(wanted)) % 4 == 0))
    return {name: values[rows] for name, values in columns.items()}, wanted[rows], weight[rows]


def _tables(fitted: Any, names: list[str], edges: list[Column]) -> Look:  # noqa: ANN401 - a fitted classifier
    steps: dict[str, Counter[int]] = defaultdict(Counter)
    bias = float(fitted._baseline_prediction.ravel()[0])  # noqa: SLF001 - nothing public gives the trees
    for (tree,) in fitted._predictors:  # noqa: SLF001 - the same
        root = tree.nodes[0]
        if root["is_leaf"]:
            bias += float(root["value"])
            continue
        left, right = (float(tree.nodes[root[side]]["value"]) for side in ("left", "right"))
        bias += left
        steps[names[root["feature_idx"]]][int(np.floor(root["num_threshold"]))] += right - left
    tables: dict[str, Table] = {}
    for name, cuts in zip(names, edges, strict=True):
        places = sorted(steps[name])
        scores = np.cumsum([0.0, *(steps[name][place] for place in places)])
        if places and np.ptp(scores) >= SMALL:
            tables[name] = Table(cuts[places], np.round(scores, DIGITS + 1))
    return Look(round(bias, DIGITS + 1), tables)
