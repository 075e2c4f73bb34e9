"""Damaged text in: how much of the damage that `damage.py` does is undone exactly, family by family.

The clean texts are the prose in `material/`, written for this, and runs of prose lines from reviewed content;
each is cleaned first and taken only where it then rests. It is a regression test by the authors of the rules,
so it proves little alone.
"""

import argparse
import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from damage import kinds
from pages import Finding, Page, Section, arguments, chance, clean, read_pages, share, shown, table
from wounds import Expectation, Kind, Wound, damaged, surroundings

from cleaner import Cleaner, Edit, Example, Rule

MATERIAL = Path(__file__).parent / "material"
EACH = 60
"""Texts damaged in each kind's way."""

UNDONE = 0.98
POOL = 400
LINE = 60
LONGEST = 1800
"""Code points of a clean text, about, and of a line that counts as prose."""


@dataclass(slots=True)
class Outcome:
    """How the texts of one kind came out; `proposed` counts those with a proposal or a flag at a wound."""

    texts: int = 0
    exact: int = 0
    untouched: int = 0
    otherwise: int = 0
    elsewhere: int = 0
    proposed: int = 0
    accepted: int = 0
    misses: Counter[str] = field(default_factory=Counter)


def blocks(name: str) -> list[str]:
    """Give the pieces of a file of material, which lines of `%%` part."""
    return [part.strip("\n") for part in (MATERIAL / name).read_text("utf-8").split("%%\n")]


def clean_texts(cleaner: Cleaner, pages: list[Page], seed: int) -> list[str]:
    """Give clean texts of prose lines, half of those from pages under a headline; each rests."""
    draw = chance(seed)
    headlines = (MATERIAL / "headlines.txt").read_text("utf-8").splitlines()
    found = blocks("prose.txt")
    shuffled = draw.sample(pages, len(pages))
    passages = [passage for page in shuffled if (passage := _passage(page.gold, draw.random()))]
    found += (
        f"{draw.choice(headlines)}\n\n{passage}" if draw.random() < 0.5 else passage  # noqa: PLR2004
        for passage in passages[: POOL - len(found)]
    )
    about = (
        page.gold[page.gold.rfind("\n", 0, page.gold.find("women")) + 1 :]
        for page in shuffled
        if "women" in page.gold
    )
    found += [passage for text in about if "women" in (passage := _passage(text, 0))]
    cleaned = [clean(cleaner, "clean", text).text for text in found]
    return [text for text in cleaned if not clean(cleaner, "clean", text).applied]


def _passage(text: str, at: float) -> str:
    """Give a run of lines that are prose from about a place of the text, parted by blank lines."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    chosen: list[str] = []
    for line in lines[int(at * len(lines) / 2) :]:
        if len(line) >= LINE and re.search(r"[.!?][\"'”’)]*$", line) and not re.search(r"[<>{}|]", line):
            chosen.append(line)
        elif chosen:
            break
        if sum(map(len, chosen)) > LONGEST:
            break
    return "\n\n".join(chosen) if len(chosen) > 1 else ""


def chrome(cleaner: Cleaner) -> Iterator[Kind]:
    """Give a kind for each safe rule that removes lines: the lines its own positive examples lose."""
    for rule in cleaner.rules:
        lost = [piece for example in rule.examples if not example.refuses for piece in _lost(rule, example)]
        if lost and rule.name.startswith("web/"):
            place = {"start": "above", "edges": "above", "end": "below"}.get(rule.where.zone, "between")
            yield from surroundings("chrome lines", {rule.name: lost}, place)


def _lost(rule: Rule, example: Example) -> Iterator[str]:
    """Yield the run of lines that an example of a rule that only removes loses.

    One that loses lines at several places shows lines that prove each other; none of them alone is damage.
    """
    before, after = example.before, example.after
    if before is None or after is None or rule.safety != "safe" or example.host:
        return
    old, new = before.split("\n"), after.split("\n")
    changes = [code for code in _opcodes(old, new) if code[0] != "equal"]
    if [code[0] for code in changes] == ["delete"]:
        for _, start, end, _, _ in changes:
            if piece := "\n".join(old[start:end]).strip("\n"):
                yield piece


def all_kinds(cleaner: Cleaner) -> list[Kind]:
    """Give every kind of damage: inside texts, chrome from the packs, and press lines written for this."""
    headers = {shown(block, 40): [block] for block in blocks("press_headers.txt")}
    contacts = {shown(block, 40): [block] for block in blocks("contacts.txt")}
    return [
        *kinds(),
        *chrome(cleaner),
        *surroundings("press headers", headers, "above"),
        *surroundings("contact blocks", contacts, "below"),
    ]


def measure(cleaner: Cleaner, kind: Kind, texts: list[str], seed: int, each: int = EACH) -> Outcome:
    """Damage up to `each` texts in one kind's way, clean them, and say how they came out."""
    outcome = Outcome()
    draw = chance(f"{seed} {kind.family} {kind.name}")
    for text in draw.sample(texts, len(texts)):
        wounds = kind.wound(text, draw)
        if not wounds or outcome.texts >= each:
            continue
        _count(outcome, cleaner, kind, text, wounds)
    return outcome


def _count(outcome: Outcome, cleaner: Cleaner, kind: Kind, text: str, wounds: list[Wound]) -> None:
    result = clean(cleaner, "damaged", damaged(text, wounds))
    outcome.texts += 1
    places = _places(wounds)
    waiting = [edit for edit in result.edits if edit.status in ("proposed", "noted") and _near(edit, places)]
    outcome.proposed += bool(waiting)
    outcome.untouched += not result.applied
    outcome.otherwise += bool(result.applied) and result.text != text
    outcome.elsewhere += any(not _near(edit, places) for edit in result.applied)
    if result.text == text:
        outcome.exact += 1
        return
    if kind.expectation == "review" and waiting:
        allowed = cleaner.applying(rule for edit in waiting for rule in edit.rules)
        outcome.accepted += clean(allowed, "damaged", result.document.text).text == text
    outcome.misses.update(set(_differences(text, result.text)))


def _places(wounds: list[Wound]) -> list[tuple[int, int]]:
    """Give where the wounds lie in the damaged text."""
    places, growth = [], 0
    for wound in wounds:
        start = wound.start + growth
        growth += len(wound.text) - (wound.end - wound.start)
        places.append((start, start + len(wound.text)))
    return places


def _near(edit: Edit, places: list[tuple[int, int]]) -> bool:
    return any(edit.span.start <= end and start <= edit.span.end for start, end in places)


def _differences(wanted: str, got: str) -> Iterator[str]:
    """Yield what stands where something else was wanted, word by word."""
    old, new = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (wanted, got))
    for kind, start, end, other_start, other_end in _opcodes(old, new):
        if kind != "equal":
            stands, lost = "".join(new[other_start:other_end]), "".join(old[start:end])
            yield f"`{shown(stands, 50)}` for `{shown(lost, 30)}`".replace("``", "nothing")


def _opcodes(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    return difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def report(outcomes: dict[Kind, Outcome], misses: int) -> Section:
    """Write the figures by family, then by kind, then what most often came out wrong."""
    families: defaultdict[tuple[str, Expectation], list[Outcome]] = defaultdict(list)
    for kind, outcome in outcomes.items():
        families[kind.family, kind.expectation].append(outcome)
    heads = ["texts", "exactly undone", "nothing done", "done otherwise", "changed elsewhere"]
    safe = [
        [family, *_figures(found)]
        for (family, expectation), found in families.items()
        if expectation == "safe"
    ]
    waiting = [
        [family, *_figures(found), *_waiting(found)]
        for (family, expectation), found in families.items()
        if expectation == "review"
    ]
    rows = [
        [kind.family, kind.name, *_figures([outcome]), *_waiting([outcome])[:1], _worst(outcome, misses)]
        for kind, outcome in outcomes.items()
        if outcome.exact < outcome.texts or not outcome.texts
    ]
    text = "\n\n".join(
        (
            "Families whose repair is `safe` (target: at least 98% exactly undone, with no other change):",
            table(["family", *heads], safe),
            "Families whose repair waits for a person (target: proposed; nothing made that is not right):",
            table(["family", *heads, "proposed or flagged", "exact once accepted"], waiting),
            "Kinds that miss, and what most often stood there for what was wanted:",
            table(["family", "kind", *heads, "proposed", "misses"], rows),
        )
    )
    return Section(text, tuple(_findings(families)))


def _findings(families: dict[tuple[str, Expectation], list[Outcome]]) -> Iterator[Finding]:
    for (family, expectation), found in families.items():
        texts, exact = sum(one.texts for one in found), sum(one.exact for one in found)
        if expectation == "safe":
            promise, figure = f"damage undone: {family}", f"{share(exact, texts, 1)} of {texts}"
            yield Finding(promise, f"≥ {UNDONE:.0%}", figure, exact >= UNDONE * texts)


def _figures(found: list[Outcome]) -> list[object]:
    texts = sum(one.texts for one in found)
    return [
        texts,
        share(sum(one.exact for one in found), texts, 1),
        sum(one.untouched for one in found),
        sum(one.otherwise for one in found),
        sum(one.elsewhere for one in found),
    ]


def _waiting(found: list[Outcome]) -> list[object]:
    texts = sum(one.texts for one in found)
    return [
        share(sum(one.proposed for one in found), texts, 1),
        share(sum(one.accepted + one.exact for one in found), texts, 1),
    ]


def _worst(outcome: Outcome, most: int) -> str:
    return "; ".join(f"{count} × {miss}" for miss, count in outcome.misses.most_common(most))


def section(options: argparse.Namespace, pages: list[Page] | None = None) -> Section:
    """Measure every kind and write the section."""
    cleaner = Cleaner("standard")
    pages = pages or read_pages(options.data, options.limit, options.seed)
    texts = clean_texts(cleaner, pages, options.seed)
    wanted = re.compile(options.only or "")
    chosen = [kind for kind in all_kinds(cleaner) if wanted.search(f"{kind.family}: {kind.name}")]
    resting = {"standard": (cleaner, texts)}
    for profile in {kind.profile for kind in chosen} - {"standard"}:
        other = Cleaner(profile)
        resting[profile] = (other, [text for text in texts if not clean(other, "clean", text).applied])
    outcomes = {}
    for kind in chosen:
        with_profile, at_rest = resting[kind.profile]
        outcomes[kind] = measure(with_profile, kind, at_rest, options.seed, options.each)
    found = report(outcomes, options.misses)
    return Section(
        f"{len(texts)} clean texts, at most {options.each} a kind.\n\n{found.text}", found.findings
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this script alone takes."""
    parser.add_argument("--each", type=int, default=EACH, help=f"texts a kind; {EACH} unless given")
    parser.add_argument("--misses", type=int, default=3, help="wrong outcomes shown a kind; 3 unless given")
    parser.add_argument("--only", help="families and kinds whose 'family: kind' this expression finds")


if __name__ == "__main__":
    parser = arguments(__doc__ or "")
    add_options(parser)
    print(section(parser.parse_args()).text)
