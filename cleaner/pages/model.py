"""How likely each line of a page belongs to its content: additive tables over what the line looks like.

A score is a sum of one table's entry a feature, so that what made it can be read off. Two looks: the first
judges every line by its form, its words and its surroundings, and where the content begins and ends; the
second sees what the first said of the lines around as well. The tables are boosted stumps [1], the words'
weights a logistic regression; `benchmarks/page_model.py` trains them.

[1] J. H. Friedman, Greedy function approximation: a gradient boosting machine, Annals of Statistics 29
(2001).
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import sqrt
from typing import Any

import numpy as np

from cleaner.pages.features import mark_columns, page_columns, sequence_columns, word_columns
from cleaner.pages.line import Line, line_of
from cleaner.pages.surroundings import Column, Columns

LOOKS = ("first", "begin", "end", "second", "marked", "whole")
"""The names of the looks in a model file."""
_KNOWN = 0.6
"""The share of a page's words that are known where words say something: of 145 English pages four fifths and
more, of a German page a quarter, of a Russian one hardly any."""
SCHEMA = 1
"""The version of the model file's form."""


@dataclass(frozen=True, slots=True)
class Table:
    """The score of one feature by its value: `scores[i]` holds from `edges[i - 1]`, not included, on."""

    edges: Column
    scores: Column

    def of(self, values: Column) -> Column:
        """Give the score of each value."""
        return np.asarray(self.scores[np.searchsorted(self.edges, values)])


@dataclass(frozen=True, slots=True)
class Additive:
    """A chance as the logistic of a sum over tables."""

    bias: float
    tables: Mapping[str, Table]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Additive":
        """Read it from its part of a model file."""
        tables = {
            name: Table(np.array(edges, dtype=float), np.array(scores, dtype=float))
            for name, (edges, scores) in data["tables"].items()
        }
        return cls(float(data["bias"]), tables)

    def chance(self, columns: Columns) -> Column:
        """Give the chance of each line."""
        return self._chance(
            sum((table.of(columns[name]) for name, table in self.tables.items()), np.zeros(1))
        )

    def explained(self, columns: Columns) -> tuple[Column, Column]:
        """Give the chance of each line, and what each table adds to its score: a row a table, in order."""
        added = np.array([table.of(columns[name]) for name, table in self.tables.items()])
        return self._chance(added.sum(axis=0)), added

    def _chance(self, score: Column) -> Column:
        return np.asarray(1 / (1 + np.exp(-(self.bias + score))))


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The lines of a page that are not blank, by number, and the chance of each to belong to the content.

    `whole` tells a whole page. `added` is what each of the features in `names` adds to the score of each
    line, a row a feature, in the look that tells most: the marks' where there are marks, else the first.
    """

    rows: tuple[int, ...]
    keep: Column
    words: Column
    names: tuple[str, ...] = ()
    added: Column = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    columns: Columns = field(default_factory=dict, repr=False)
    whole: Additive | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Looks:
    """What is asked of a page and its lines, each answered with a chance.

    Of a line: is it content, at `first` sight; does the content `begin` there, or `end`; is it content when
    the lines around are judged too (`second`), and when a reader's marks are (`marked`). Of the text: is it
    a `whole` page.
    """

    first: Additive
    begin: Additive
    end: Additive
    second: Additive
    marked: Additive | None
    whole: Additive | None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Looks":
        """Read them from a model file, or the part of it."""
        asked = {name: Additive.of(data[name]) for name in LOOKS if name in data}
        four = (asked["first"], asked["begin"], asked["end"], asked["second"])
        return cls(*four, asked.get("marked"), asked.get("whole"))


@dataclass(frozen=True, slots=True, eq=False)
class PageModel:
    """The weights that judge the lines of a page, as a model file holds them.

    `function_words` are those of many languages; `weights` are of tokens as `line_of` gives them; `plain` are
    looks that do not ask what words say, for pages in languages whose words no weight is known of;
    `threshold` is the chance below which `whole_columns` counts a line as cut, `level` that from which a text
    is a whole page.
    """

    function_words: frozenset[str]
    bias: float
    weights: Mapping[str, float]
    worded: Looks
    plain: Looks | None
    threshold: float
    level: float
    digest: str

    @classmethod
    def of(cls, text: str) -> "PageModel":
        """Read a model from the text of its file. Raises ValueError where it is not one."""
        data = json.loads(text)
        if data.get("schema") != SCHEMA:
            message = f"the model's schema is {data.get('schema')!r}, and {SCHEMA} is needed; train it again"
            raise ValueError(message)
        return cls(
            frozenset(data["function_words"].split()),
            data["words"]["bias"],
            data["words"]["weights"],
            Looks.of(data),
            Looks.of(data["plain"]) if "plain" in data else None,
            data["threshold"],
            data["level"],
            sha256(text.encode()).hexdigest(),
        )

    def scored(
        self, texts: Sequence[str], metadata: Mapping[str, Any], marked: Mapping[str, Column] | None = None
    ) -> Scored:
        """Judge the lines of a page; `marked` gives for each mark its share of every line not blank."""
        rows = [number for number, text in enumerate(texts) if text and not text.isspace()]
        stripped = [texts[number].strip() for number in rows]
        lines = [line_of(text, self.function_words) for text in stripped]
        if not rows:
            return Scored((), np.zeros(0), np.zeros(0))
        looks = self._looks_for(lines)
        gaps = [after - before - 1 for before, after in zip((-1, *rows), rows, strict=False)]
        columns = page_columns(lines, stripped, gaps, metadata)
        columns |= word_columns(np.array([said(line, self.bias, self.weights) for line in lines]))
        telling = looks.first
        keep, added = telling.explained(columns)
        first, end = looks.begin.chance(columns), looks.end.chance(columns)
        columns |= sequence_columns(keep, first, end, columns["words"])
        keep = looks.second.chance(columns)
        if marked is not None and looks.marked is not None:
            columns |= mark_columns(marked, keep, columns["words"])
            telling = looks.marked
            keep, added = telling.explained(columns)
        names = tuple(telling.tables)
        return Scored(tuple(rows), keep, columns["words"], names, added, columns, looks.whole)

    def _looks_for(self, lines: Sequence[Line]) -> Looks:
        """Give the looks for a page: those without words where most of its words are unknown."""
        if self.plain is None:
            return self.worded
        tokens = Counter(
            token for line in lines for token in line.tokens if token[0] not in "^=" and " " not in token
        )
        known = sum(count for token, count in tokens.items() if token in self.weights)
        return self.worded if known >= _KNOWN * tokens.total() else self.plain


def said(line: Line, bias: float, weights: Mapping[str, float]) -> float:
    """Give what the words of a line say: the mean weight of its tokens, more of them saying more."""
    known = [weight for weight in map(weights.get, line.tokens) if weight is not None]
    return bias + (sum(known) / sqrt(len(known)) if known else 0.0)
