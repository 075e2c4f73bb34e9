"""Train the weights that judge the lines of a page, and write `rules/models/page.json`.

`python benchmarks/page_model.py --data PAGES` trains on all pages; `folds` gives models for judging, each
trained without the hosts of the pages it is to judge. Needs scikit-learn; the seed is fixed, so that the same
pages give the same file.
"""

import hashlib
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from page_looks import Look, Words, boosted, word_weights
from page_recogniser import filled_spans, read_page, recogniser
from pages import Page, arguments, chance, read_pages
from removal import Content
from threadpoolctl import threadpool_limits

from cleaner.pages import PageModel
from cleaner.pages.features import mark_columns, page_columns, sequence_columns, word_columns
from cleaner.pages.line import Line, line_of
from cleaner.pages.marked import marked_lines
from cleaner.pages.model import LOOKS, SCHEMA
from cleaner.pages.surroundings import Column, Columns

FILE = Path(__file__).parents[1] / "rules" / "models" / "page.json"
WORDS_FILE = Path(__file__).parent / "material" / "function_words.txt"
CODE = Path(__file__).parents[1] / "cleaner" / "pages"
LEARNT_FROM = ("features.py", "line.py", "marked.py", "surroundings.py", "whole.py")
SCRIPTS = ("page_model.py", "page_looks.py", "page_recogniser.py")
FOLDS, INNER = 5, 3
WITHOUT_TITLE = 0.25
"""The share of pages that are learnt from as if nobody had said their title and address."""
OF_WORDS = frozenset(word_columns(np.zeros(1)))
OF_LANGUAGES = (
    "capital",
    "begins in lower case",
    "function words",
    "letters outside ASCII",
    "names alone",
    "characters a word",
    "time or age",
)
"""Parts of the names of features that mean something else in another language."""
_LATER = frozenset(sequence_columns(*[np.zeros(1)] * 4))
THRESHOLD = 0.4
"""The chance below which a line counts as cut, where a whole page is to be recognised."""
LEVEL = 0.55
"""The chance from which a text is a whole page: of reviewed content hardly any, of pages nearly all."""


@dataclass(slots=True)
class Lesson:
    """A page to learn from: its lines, what is known of each, whether it is wanted, how much it counts."""

    id: str
    host: str
    lines: list[Line]
    columns: Columns
    wanted: Column
    weight: Column


def lesson(page: Page, seed: int) -> Lesson | None:
    """Make a lesson of a page; None where it has no line."""
    texts = page.text.split("\n")
    rows = [number for number, text in enumerate(texts) if text and not text.isspace()]
    if not rows:
        return None
    stripped = [texts[number].strip() for number in rows]
    lines = [line_of(text, function_words()) for text in stripped]
    gaps = [after - before - 1 for before, after in zip((-1, *rows), rows, strict=False)]
    told = {} if chance(f"{seed} {page.id}").random() < WITHOUT_TITLE else page.metadata
    columns = page_columns(lines, stripped, gaps, told)
    content = Content(page.gold)
    wanted = np.array([content.holds(text) for text in stripped], dtype=float)
    words = columns["words"]
    # a page counts as much as any other, however long it is: so are the figures made
    weight = np.minimum(words / max(40.0, float((words * wanted).sum())), 1.0) + 0.3 / len(rows)
    return Lesson(page.id, str(page.metadata.get("host") or page.id), lines, columns, wanted, weight)


def function_words() -> frozenset[str]:
    """Give the function words of many languages."""
    return frozenset(WORDS_FILE.read_text("utf-8").split())


def by_host(lessons: Sequence[Lesson], count: int) -> Iterator[tuple[list[Lesson], list[Lesson]]]:
    """Cut lessons into what to learn from and what to judge, so that no host is in both; sizes are alike."""
    hosts: dict[str, list[Lesson]] = defaultdict(list)
    for one in lessons:
        hosts[one.host].append(one)
    groups: list[list[str]] = [[] for _ in range(count)]
    sizes = [0] * count
    for host in sorted(
        hosts, key=lambda host: (-len(hosts[host]), hashlib.sha256(host.encode()).hexdigest())
    ):
        least = sizes.index(min(sizes))
        groups[least].append(host)
        sizes[least] += len(hosts[host])
    for group in groups:
        held = frozenset(group)
        yield [one for one in lessons if one.host not in held], [one for one in lessons if one.host in held]


def train(
    lessons: Sequence[Lesson], *, worded: bool
) -> tuple[dict[str, Any], list[tuple[PageModel, frozenset[str]]]]:
    """Give the model of lines, as its file holds it, and models of parts, each with the ids it never saw.

    What one look tells the next is what it says of pages that it did not learn from. Without `worded` nothing
    is learnt of what words say.
    """
    splits = [(learn, judge) for learn, judge in by_host(lessons, INNER)]
    words = [word_weights(learn) if worded else Words(0.0, {}) for learn, _ in splits]
    columns: dict[str, Columns] = {}
    for told, (_, judge) in zip(words, splits, strict=True):
        every = {one.id: one.columns | word_columns(told.of(one.lines)) for one in judge}
        columns |= every if worded else {name: in_any_language(one) for name, one in every.items()}
    looks = [_first_looks(learn, columns) for learn, _ in splits]
    for look, (_, judge) in zip(looks, splits, strict=True):
        for one in judge:
            first = (each.chance(columns[one.id]) for each in look)
            columns[one.id] = columns[one.id] | sequence_columns(*first, one.columns["words"])
    parts = [
        (
            PageModel.of(written(_model(*learnt, _second_look(learn, columns)))),
            frozenset(one.id for one in judge),
        )
        for *learnt, (learn, judge) in zip(words, looks, splits, strict=True)
    ]
    return _model(
        word_weights(lessons), _first_looks(lessons, columns), _second_look(lessons, columns)
    ), parts


def _model(words: Words, looks: Sequence[Look], second: Look) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "threshold": THRESHOLD,
        "level": LEVEL,
        "function_words": " ".join(sorted(function_words())),
        "words": words.data(),
        **{name: look.data() for name, look in zip(("first", "begin", "end"), looks, strict=True)},
        "second": second.data(),
    }


def _second_look(lessons: Sequence[Lesson], columns: dict[str, Columns]) -> Look:
    known = [columns[one.id] for one in lessons]
    return boosted(known, [one.wanted for one in lessons], [one.weight for one in lessons])


def _first_looks(lessons: Sequence[Lesson], columns: dict[str, Columns]) -> tuple[Look, Look, Look]:
    """Learn what is content, which line is its first and which its last."""
    known = [_plain(columns[one.id]) for one in lessons]
    even = [np.ones(len(one.wanted)) for one in lessons]
    edges = [_edges(one.wanted) for one in lessons]
    return (
        boosted(known, [one.wanted for one in lessons], [one.weight for one in lessons]),
        boosted(known, [first for first, _ in edges], even, rare=True),
        boosted(known, [last for _, last in edges], even, rare=True),
    )


def _plain(columns: Columns) -> Columns:
    """Leave out what a first look said: it is not known before."""
    return {name: values for name, values in columns.items() if name not in _LATER}


def in_any_language(columns: Columns) -> Columns:
    """Leave out what hangs on the language or the script: words, and capitals, which few scripts have."""
    return {
        name: values
        for name, values in columns.items()
        if name not in OF_WORDS and not any(part in name for part in OF_LANGUAGES)
    }


def _edges(wanted: Column) -> tuple[Column, Column]:
    first, last = np.zeros(len(wanted)), np.zeros(len(wanted))
    if (there := np.flatnonzero(wanted)).size:
        first[there[0]] = last[there[-1]] = 1.0
    return first, last


def trained(pages: Sequence[Page], seed: int) -> dict[str, Any]:
    """Give the whole model: with words, and for pages whose words are unknown without."""
    model, plain = (_trained(pages, seed, worded=worded) for worded in (True, False))
    return model | {"plain": {name: plain[name] for name in plain if name in LOOKS}}


def _trained(pages: Sequence[Page], seed: int, *, worded: bool) -> dict[str, Any]:
    """Give the looks at the lines, at marked lines, and at what is a whole page.

    The last two learn from what the first say of pages that they have not seen.
    """
    lessons = [one for page in pages if (one := lesson(page, seed))]
    model, parts = train(lessons, worded=worded)
    judged = [(part, page) for part, ids in parts for page in pages if page.id in ids]
    html = [one for one in judged if one[1].html]
    if html:
        model["marked"] = marked_look(html, seed, worded=worded).data()
    model["whole"] = recogniser(judged, THRESHOLD, seed).data()
    return model


def marked_look(judged: Sequence[tuple[PageModel, Page]], seed: int, *, worded: bool) -> Look:
    """Learn what a reader's marks say beside the lines."""
    known: list[Columns] = []
    lessons: list[Lesson] = []
    for model, page in judged:
        document = read_page(page)
        one = lesson(replace(page, text=document.text), seed)
        if one is None:
            continue
        texts = document.text.split("\n")
        told = {} if chance(f"{seed} {page.id}").random() < WITHOUT_TITLE else page.metadata
        scored = model.scored(texts, told)
        marked = marked_lines(filled_spans(document.text), document.marks)
        columns = scored.columns | mark_columns(marked, scored.keep, scored.words)
        known.append(columns if worded else in_any_language(columns))
        lessons.append(one)
    return boosted(known, [one.wanted for one in lessons], [one.weight for one in lessons])


def folds(pages: Sequence[Page], seed: int) -> Iterator[tuple[PageModel, frozenset[str]]]:
    """Give models, each with the ids of the pages whose hosts it never saw; kept for the next time."""
    lessons = [one for page in pages if (one := lesson(page, seed))]
    known = {page.id: page for page in pages}
    groups = [frozenset(one.id for one in judge) for _, judge in by_host(lessons, FOLDS)]
    learn = [[page for page in pages if page.id not in group] for group in groups]
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        models = workers.map(kept_model, learn, [seed] * len(groups))
        for number, (model, group) in enumerate(zip(models, groups, strict=True)):
            empty = known.keys() - {one.id for one in lessons} if number == 0 else ()
            yield PageModel.of(model), group | frozenset(empty)


def kept_model(pages: Sequence[Page], seed: int) -> str:
    """Train a model, or take the one that the same pages and code gave before; give its file's text."""
    file = kept_file(pages, seed)
    if not file.is_file():
        started = time.monotonic()
        with threadpool_limits(1):
            text = written(trained(pages, seed))
        file.write_text(text, "utf-8")
        print(f"trained on {len(pages):,} pages: {time.monotonic() - started:.0f} s", file=sys.stderr)
    return file.read_text("utf-8")


def kept_file(pages: Sequence[Page], seed: int) -> Path:
    """Give where the model that these pages and this code give is kept."""
    digest = hashlib.sha256(f"{seed}".encode())
    here = Path(__file__)
    for file in (*(CODE / name for name in LEARNT_FROM), *(here.with_name(name) for name in SCRIPTS)):
        digest.update(file.read_bytes())
    for page in pages:
        told = f"{page.id}\0{page.text}\0{page.gold}\0{len(page.html)}\0"
        digest.update(told.encode("utf-8", "surrogatepass"))
    return Path(tempfile.gettempdir(), f"page-model-{digest.hexdigest()[:24]}.json")


def written(model: dict[str, Any]) -> str:
    """Give a model as the text of its file, a table a line."""
    return json.dumps(model, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Train on all pages and write the file."""
    parser = arguments("train the weights that judge the lines of a page")
    parser.add_argument(
        "--out", type=Path, default=FILE, help=f"{FILE.name} of the shipped rules unless given"
    )
    options = parser.parse_args()
    pages = read_pages(options.data, options.limit, options.seed)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(kept_model(pages, options.seed), "utf-8")
    print(f"{options.out}: {options.out.stat().st_size:,} bytes, learnt from {len(pages):,} pages")


if __name__ == "__main__":
    main()
