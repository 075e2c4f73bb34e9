"""The generator of damage knows its answers, and the measures beside it count what they say."""

import json
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))  # scripts, not a package: they find each other by their folder

import ftfy_cases  # noqa: E402
import gold  # noqa: E402
import judgements  # noqa: E402
import languages  # noqa: E402
import pages  # noqa: E402
import removal  # noqa: E402
import undone  # noqa: E402
from damage import CASCADE, kinds  # noqa: E402
from wounds import Kind, Wound, damaged  # noqa: E402

from cleaner import Cleaner, Edit, Span  # noqa: E402

STANDARD = Cleaner("standard")
PROSE = undone.blocks("prose.txt")
KINDS = undone.all_kinds(STANDARD)


def kind(family: str, name: str) -> Kind:
    return next(one for one in kinds() if (one.family, one.name) == (family, name))


@pytest.mark.parametrize("one", KINDS, ids=lambda one: f"{one.family}: {one.name}")
def test_every_kind_damages_and_its_answer_is_the_clean_text(one: Kind) -> None:
    hurt = 0
    for text in PROSE:
        wounds = one.wound(text, pages.chance(1))
        if wounds:
            hurt += 1
            spoiled = damaged(text, wounds)
            assert spoiled != text
            assert all(left.end <= right.start for left, right in pairwise(wounds))
            assert _undone(spoiled, text, wounds) == text
    assert hurt


def _undone(spoiled: str, text: str, wounds: list[Wound]) -> str:
    """Put back what stood where the wounds say they lie in the damaged text."""
    for wound, (start, end) in reversed([*zip(wounds, undone._places(wounds), strict=True)]):
        assert spoiled[start:end] == wound.text
        spoiled = spoiled[:start] + text[wound.start : wound.end] + spoiled[end:]
    return spoiled


def test_the_same_seed_does_the_same_damage() -> None:
    one = kind("spacing", "doubled spaces")
    first, second, other = (one.wound(PROSE[0], pages.chance(seed)) for seed in (7, 7, 8))
    assert first == second
    assert first != other


@pytest.mark.parametrize(
    ("family", "name", "before", "after"),
    [
        (
            "linker cascade",
            "women and children",
            "Policewomen left. Children and women’s groups stayed.",
            f"Police{CASCADE} left. Children's rights and {CASCADE}’s groups stayed.",
        ),
        ("mojibake", "cp1252, once", "it’s", "itâ€™s"),
        ("mojibake", "latin-1, twice", "é", "Ã\x83Â©"),
        ("entities", "escaped twice", "A & it’s", "A &amp;amp; it&amp;#8217;s"),
        ("Unicode form", "NFD", "né", "ne\u0301"),
        ("tags", "<br> for breaks", "a\n\nb", "a<br><br>b"),
    ],
)
def test_damage_looks_like_what_is_seen(family: str, name: str, before: str, after: str) -> None:
    assert damaged(before, kind(family, name).wound(before, pages.chance(1))) == after


@pytest.mark.parametrize("text", ["the UN Women report on women", "no topic at all", "children alone"])
def test_the_linker_leaves_what_has_no_certain_answer(text: str) -> None:
    assert kind("linker cascade", "women and children").wound(text, pages.chance(1)) == []


def test_an_outcome_tells_what_was_undone_from_what_was_not() -> None:
    def spoil(text: str, _: object) -> list[Wound]:
        return [Wound(text.rindex(" "), text.rindex(" ") + 1, "  " if len(text) % 2 else " xyz ")]

    texts = ["The refugees were taken back.", "The refugees were all taken there."]
    outcome = undone.measure(STANDARD, Kind("any", "any", spoil), texts, 1)
    assert (outcome.texts, outcome.exact, outcome.untouched, outcome.elsewhere) == (2, 1, 1, 0)
    assert sum(outcome.misses.values()) == 1


def test_clean_texts_rest() -> None:
    page = pages.Page("a", "", "\n\n".join(PROSE[:3]), {})
    texts = undone.clean_texts(STANDARD, [page], 1)
    assert len(texts) >= len(PROSE)
    assert not any(STANDARD.clean(text).applied for text in texts)


def test_words_lost_are_those_of_before_that_after_lacks() -> None:
    def edit(before: str, after: str) -> Edit:
        return Edit(Span(0, 1), before, after, ("a/b",), "replace", "safe", "applied", "", Span(0, 1))

    assert gold.words_lost(edit("one two two", "two one")) == 1
    assert gold.words_lost(edit(" .", ".")) == 0
    assert gold.words_lost(edit("\u00ad", "")) == 0


def test_the_sample_takes_no_more_than_twenty_a_rule_and_hides_the_rules(tmp_path: Path) -> None:
    text = "One .  Two .\n" * 40
    counts = gold.measure(STANDARD, [pages.Page("a", text, text, {})])
    chosen = gold.sample(counts, 1)
    assert max(Counter(edit.rule for _, edit in chosen).values()) == gold.MOST_A_RULE
    assert chosen == gold.sample(counts, 1)
    gold.write_sample(tmp_path / "sample.jsonl", chosen)
    rows = [json.loads(line) for line in (tmp_path / "sample.jsonl").read_text("utf-8").splitlines()]
    assert {*rows[0]} == {"id", "context_before", "before", "after", "context_after", "clean"}
    assert all(row["context_before"] + row["before"] in text for row in rows)
    assert {row["id"] for row in rows} == {*judgements.read(tmp_path / "sample.key.jsonl")}


def test_lines_are_inside_the_content_when_their_words_are() -> None:
    content = removal.Content(
        "It isn't far from here to the old harbour of Lunde.\n\nHome\n\nThe end has come."
    )
    assert content.holds("IT ISN’T FAR FROM HERE")
    assert content.holds("home")
    assert content.holds("It isn't far from here to the old harbour of Lunde, they said")
    assert not content.holds("far from")
    assert not content.holds("Read more of what is far away from here")


def test_a_line_is_removed_when_nothing_of_it_is_left() -> None:
    text = "Skip to main content\n\nThe text  begins here.\n\nIt ends ."
    result = STANDARD.clean(text)
    removed = {text[offset:].split("\n", maxsplit=1)[0] for offset in removal.removed_lines(result)}
    assert removed == {line for line in text.split("\n") if line and line not in _kept(result.text)}


def _kept(text: str) -> set[str]:
    return {"The text  begins here.", "It ends ."} | {*text.split("\n")}


def test_the_phrase_list_has_forty_entries() -> None:
    assert len(removal.phrases()) == 40


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (PROSE[0], "English"),
        (PROSE[4], "French"),
        (PROSE[9], "Cyrillic"),
        ("xyz qqq", "other, in Latin letters"),
    ],
)
def test_languages_are_told_apart(text: str, name: str) -> None:
    assert languages.language(text) == name


def test_curly_quotes_must_stay_where_ftfy_straightens_them() -> None:
    case = {"fixed": "10μs of 'x'", "fixed-encoding": "10&mu;s of ‘x’"}
    assert ftfy_cases.is_right(case, "10μs of ‘x’")
    assert not ftfy_cases.is_right(case, "10μs of 'x'")
    assert not ftfy_cases.is_right(case, "10ms of ‘x’")


def test_readers_are_compared_on_what_both_judged() -> None:
    def row(verdict: str) -> dict[str, str]:
        return {"verdict": verdict, "note": "see <this>"}

    first = {"a": row("ok"), "b": row("ok"), "c": row("unsure")}
    second = {"a": row("ok"), "b": row("not ok")}
    found = judgements.report((first, second), {}, {"b": "pack/rule"})
    assert "2 edits judged by both readers, 1 by one alone. They agree on 1, 50.0%" in found.text
    assert "| b | pack/rule |" in found.text
    assert [one.met for one in found.findings] == [False, False]


@pytest.mark.parametrize("line", ['{"id": "a", "verdict": "fine"}', '{"id": "a", "verdict": "ok"}\n' * 2])
def test_a_readers_file_with_a_fault_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "reader.jsonl"
    file.write_text(line, "utf-8")
    with pytest.raises(ValueError, match=r"reader\.jsonl:[12]: "):
        judgements.read(file)
