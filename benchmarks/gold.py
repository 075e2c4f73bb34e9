"""Good text in: what profile `standard` does to texts that a person has already cleaned.

It counts the words that applied edits take or change, by rule; draws a sample of the edits for readers to
judge; and cleans every clean text again, which must change nothing.
"""

import argparse
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from pages import (
    QUARANTINE,
    Finding,
    Page,
    Section,
    arguments,
    chance,
    clean,
    missing,
    read_pages,
    share,
    shown,
    table,
    words,
)

from cleaner import Cleaner, CleanResult, Edit

SAMPLE = 381
MOST_A_RULE = 20
CONTEXT = 200
MOST_LOST = 0.001


@dataclass(slots=True)
class Counts:
    """What a pass over the texts found; `edits` holds each applied edit with the result it belongs to."""

    texts: int = 0
    words: int = 0
    changed: int = 0
    kept_back: list[str] = field(default_factory=list)
    restless: list[str] = field(default_factory=list)
    edits: list[tuple[CleanResult, Edit]] = field(default_factory=list)


def words_lost(edit: Edit) -> int:
    """Say how many words of `before` are not in `after`, counted as bags."""
    return missing(Counter(words(edit.before)), Counter(words(edit.after)))


def measure(cleaner: Cleaner, pages: list[Page]) -> Counts:
    """Clean the gold text of every page, twice."""
    counts = Counts()
    for page in pages:
        result = clean(cleaner, page.id, page.gold, page.metadata)
        counts.texts += 1
        counts.words += len(words(page.gold))
        counts.changed += bool(result.applied)
        if QUARANTINE in result.metadata:
            counts.kept_back.append(f"{page.id}: {result.metadata[QUARANTINE]}")
        counts.edits += ((result, edit) for edit in result.applied)
        if result.applied and clean(cleaner, page.id, result.text, page.metadata).applied:
            counts.restless.append(page.id)
    return counts


def report(counts: Counts) -> Section:
    """Write what was found, overall and by rule."""
    edits: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    worst: dict[str, Edit] = {}
    for _, edit in counts.edits:
        edits[edit.rule] += 1
        lost[edit.rule] += words_lost(edit)
        worst[edit.rule] = max(worst.get(edit.rule, edit), edit, key=words_lost)
    rows: list[list[object]] = [
        [rule, edits[rule], lost[rule], share(lost[rule], counts.words, 4), _example(worst[rule])]
        for rule in sorted(edits, key=lambda rule: (-lost[rule], -edits[rule], rule))
    ]
    total = lost.total()
    text = (
        f"{counts.texts} texts, {counts.words:,} words; {counts.changed} texts changed by {edits.total():,} "
        f"applied edits. Words lost or changed: {total:,}, {share(total, counts.words, 3)}. Cleaned again, "
        f"{len(counts.restless)} of {counts.texts} clean texts changed{_named(counts.restless)}. "
        f"Kept back in quarantine: {len(counts.kept_back)}{_named(counts.kept_back)}."
    )
    heads = ["rule", "edits", "words lost", "share of all words", "the edit that took most"]
    small = f"{share(total, counts.words, 3)} ({total:,} of {counts.words:,})"
    moved = f"{len(counts.restless)} of {counts.texts}"
    findings = (
        Finding("good text: words lost or changed", "≤ 0.1%", small, total <= MOST_LOST * counts.words),
        Finding("rest: clean content changed when cleaned again", "0", moved, not counts.restless),
    )
    return Section(f"{text}\n\n{table(heads, rows)}", findings)


def _named(restless: list[str]) -> str:
    return f" ({', '.join(restless[:10])})" if restless else ""


def _example(edit: Edit) -> str:
    return f"`{shown(edit.before, 50)}` → `{shown(edit.after, 30)}`".replace("``", "nothing")


def sample(counts: Counts, seed: int) -> list[tuple[CleanResult, Edit]]:
    """Draw at most 381 edits, at most 20 a rule, in an order that says nothing of the rule.

    Where the rules' shares come to more than 381, the rules give in turns, so that each is heard.
    """
    by_rule: defaultdict[str, list[tuple[CleanResult, Edit]]] = defaultdict(list)
    for result, edit in counts.edits:
        by_rule[edit.rule].append((result, edit))
    draw = chance(seed)
    strata = [draw.sample(group, min(MOST_A_RULE, len(group))) for _, group in sorted(by_rule.items())]
    turns = [stratum[turn] for turn in range(MOST_A_RULE) for stratum in strata if turn < len(stratum)]
    chosen = turns[:SAMPLE]
    draw.shuffle(chosen)
    return chosen


def write_sample(path: Path, chosen: list[tuple[CleanResult, Edit]]) -> None:
    """Write the edits for readers, without their rules, and beside them a key that names the rules.

    `clean` is the place in the clean text, where the other edits near it are made too: a reader who sees one
    alone takes it for half a repair. The sample holds text of the pages: it is for the readers, not for the
    repository.
    """
    rows, keys = [], []
    for result, edit in chosen:
        source = result.document.text
        row = {
            "id": edit.id,
            "context_before": source[max(0, edit.span.start - CONTEXT) : edit.span.start],
            "before": edit.before,
            "after": edit.after,
            "context_after": source[edit.span.end : edit.span.end + CONTEXT],
            "clean": result.text[max(0, edit.clean_span.start - CONTEXT) : edit.clean_span.end + CONTEXT],
        }
        rows.append(row)
        keys.append({"id": edit.id, "doc_id": result.document.id, "rule": edit.rule})
    for file, lines in ((path, rows), (path.with_suffix(".key.jsonl"), keys)):
        file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")


def section(options: argparse.Namespace, pages: list[Page] | None = None) -> Section:
    """Measure and write the section; write the sample where `options` names a file."""
    pages = pages or read_pages(options.data, options.limit, options.seed)
    counts = measure(Cleaner("standard"), pages)
    found = report(counts)
    chosen = sample(counts, options.seed)
    if options.sample:
        write_sample(options.sample, chosen)
    drawn = f"The sample for readers holds {len(chosen)} of the {len(counts.edits):,} edits"
    return Section(f"{found.text}\n\n{drawn}, at most {MOST_A_RULE} a rule.", found.findings)


if __name__ == "__main__":
    parser = arguments(__doc__ or "")
    parser.add_argument("--sample", type=Path, help="write the edits for readers to this .jsonl")
    print(section(parser.parse_args()).text)
