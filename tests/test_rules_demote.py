"""`cleaner rules demote`: rules that people disagreed with too often wait for a person from then on."""

from pathlib import Path

import pytest
from rulefiles import drop, empty_profile, rule, swap, write_pack
from typer.testing import CliRunner, Result

from cleaner.cli import app
from cleaner.errors import UsageError
from cleaner.packs import in_order, load
from cleaner.pipeline import Cleaner
from cleaner.review.demoted import JOINT, Demotion, Demotions, demote, demotions
from cleaner.review.precision import RulePrecision
from cleaner.verdicts import Verdict, to_line

RULES = [
    swap("one", "a", "b"),
    swap("two", "c", "d", safety="review"),
    drop("three", "Footer"),
    rule("four", {"regex": "poem"}, do="flag"),
]


@pytest.fixture(name="base")
def _base(tmp_path: Path) -> Path:
    return write_pack(tmp_path / "base.yaml", RULES, "base")


def bad(*rules: str) -> list[RulePrecision]:
    return [RulePrecision(name, 3, 2, newest="2026-01-04T10:00:00Z") for name in rules]


def demoted(folder: Path, base: Path, *rows: RulePrecision, packs: tuple[Path, ...] = ()) -> Demotions:
    return demotions(rows, load(empty_profile(folder), [base, *packs]), 0.975)


def test_a_safe_rule_below_the_floor_is_demoted_and_says_why(tmp_path: Path, base: Path) -> None:
    good = RulePrecision("base/three", 40, 1)
    found = demoted(tmp_path, base, *bad("base/one"), good)
    why = (
        "people accepted 3 and rejected 2, the last on 2026-01-04: precision 60.0% "
        "(95% interval 23.1% to 88.2%), below the floor of 97.5%"
    )
    assert found.written == (Demotion("base/one", why),)
    assert found.left == ()


def test_what_cannot_be_demoted_is_told(tmp_path: Path, base: Path) -> None:
    found = demoted(tmp_path, base, *bad("base/two", "base/four", "base/gone"))
    assert found.written == ()
    assert found.left == (
        "base/two: its edits wait for a person already",
        "base/four: it changes no text ('do: flag'); mend the rule, or switch it off",
        "base/gone: no rule of the profile has this name",
    )


def test_what_other_packs_decided_is_theirs_to_change(tmp_path: Path, base: Path) -> None:
    content = [swap("better", "a", "b", replaces="base/one")]
    own = write_pack(tmp_path / "own.yaml", content, "own")
    said = tmp_path / "said.yaml"
    said.write_text(
        'pack: said\nversion: "1"\nsummary: s\noverrides:\n'
        "  - {rule: base/two, safety: safe, why: seen to}\n  - {rule: base/three, off: not ours}\n"
    )
    names = ("base/one", "own/better", "base/two", "base/three")
    found = demoted(tmp_path, base, *bad(*names), packs=(own, said))
    assert found.written == ()
    assert found.left == (
        "base/one: it is off already: replaced by own/better",
        "own/better: it stands in the place of base/one; write 'safety: review' in its own file",
        f"base/two: the pack said says that it is safe; change that in {said}",
        "base/three: it is off already: not ours (said)",
    )


def test_a_rejected_fusion_speaks_against_each_rule_that_does_not_prove_itself(
    tmp_path: Path, base: Path
) -> None:
    fused = JOINT.join(("base/one", "base/three"))
    found = demoted(tmp_path, base, *bad(fused), RulePrecision("base/three", 10))
    assert [one.rule for one in found.written] == ["base/one", "base/three"]
    assert "rejected 2 of its edits as base/one + base/three" in found.written[0].why
    proven = demoted(tmp_path, base, *bad(fused), RulePrecision("base/three", 150))
    assert [one.rule for one in proven.written] == ["base/one"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def verdicts_on(path: Path, name: str, accepted: int, rejected: int) -> Path:
    said = [
        Verdict("accepted" if number < accepted else "rejected", edit_id=f"e1-{number}", rule=name)
        for number in range(accepted + rejected)
    ]
    path.write_text("".join(f"{to_line(verdict)}\n" for verdict in said), "utf-8")
    return path


def test_from_verdicts_to_proposals(tmp_path: Path) -> None:
    said = verdicts_on(tmp_path / "verdicts.jsonl", "text/punctuation/space-before-stop", 3, 2)
    text, pack = tmp_path / "page.txt", tmp_path / "demoted.yaml"
    text.write_text("They fled persecution . The end.")
    assert run("clean", text, "--out", tmp_path / "before", "--quiet").exit_code == 0
    assert (tmp_path / "before/texts/page.txt").read_text() == "They fled persecution. The end."
    result = run("rules", "demote", said, "--to", pack)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[0].startswith("demoted: text/punctuation/space-before-stop: people")
    assert result.output.splitlines()[-1] == (
        f"wrote {pack}; use it: cleaner clean INPUT --out DIR --pack {pack}"
    )
    again = run("clean", text, "--out", tmp_path / "after", "--quiet", "--pack", pack)
    assert again.exit_code == 0, again.output
    assert (tmp_path / "after/texts/page.txt").read_text() == text.read_text()
    (proposal,) = Cleaner("standard", [pack]).clean(text.read_text()).edits
    assert (proposal.status, proposal.safety) == ("proposed", "review")


def test_nothing_below_the_floor_writes_nothing(tmp_path: Path) -> None:
    said = verdicts_on(tmp_path / "verdicts.jsonl", "text/punctuation/space-before-stop", 40, 1)
    result = run("rules", "demote", said, "--to", tmp_path / "demoted.yaml")
    assert result.exit_code == 0
    assert result.output == "no safe rule is below 97.5%; nothing was written\n"
    assert [path.name for path in tmp_path.iterdir()] == ["verdicts.jsonl"]
    assert run("rules", "demote", said, "--to", tmp_path / "strict.yaml", "--floor", 0.98).exit_code == 0
    assert (tmp_path / "strict.yaml").is_file()


def test_a_file_that_is_there_stays_unless_asked(tmp_path: Path, base: Path) -> None:
    to, profile = tmp_path / "demoted.yaml", empty_profile(tmp_path)
    demote(bad("base/one"), to, profile=profile, packs=[base])
    first = to.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        demote(bad("base/three"), to, profile=profile, packs=[base])
    assert to.read_bytes() == first
    # What it said before does not count, though it is named among the packs.
    demote(bad("base/one", "base/three"), to, profile=profile, packs=[base, to], overwrite=True)
    rules = {one.name: one for one in in_order(load(profile, [base, to]))}
    assert {name for name, one in rules.items() if one.override} == {"base/one", "base/three"}
    assert rules["base/three"].override.endswith("below the floor of 97.5% (demoted)")


def test_what_a_file_demotes_no_more_is_told(tmp_path: Path) -> None:
    stop, blanks = "text/punctuation/space-before-stop", "text/spacing/blank-runs"
    to, demoting = tmp_path / "demoted.yaml", ("rules", "demote")
    said = verdicts_on(tmp_path / "verdicts.jsonl", stop, 3, 2)
    assert run(*demoting, said, "--to", to).exit_code == 0
    other = verdicts_on(tmp_path / "other.jsonl", blanks, 3, 2)
    told = run(*demoting, other, "--to", to, "--overwrite").output.splitlines()
    assert told[-2] == f"no longer demoted: {stop}: these verdicts do not put it below 97.5%"
    good = verdicts_on(tmp_path / "good.jsonl", blanks, 50, 0)
    before = to.read_bytes()
    told = run(*demoting, good, "--to", to, "--overwrite").output.splitlines()
    assert told[-2:] == [
        "no safe rule is below 97.5%; nothing was written",
        f"{to} still demotes {blanks}, for which nothing speaks any more; delete it to lift that",
    ]
    assert to.read_bytes() == before


@pytest.mark.parametrize("added", ["", "rules: []\n"])
def test_a_pack_with_rules_of_its_own_is_not_written_over(tmp_path: Path, base: Path, added: str) -> None:
    to, profile = tmp_path / "own.yaml", empty_profile(tmp_path)
    if added:
        demote(bad("base/one"), to, profile=profile, packs=[base])
        to.write_text(to.read_text("utf-8") + added, "utf-8")
    else:
        write_pack(to, [swap("mine", "x", "y")], "own")
    before = to.read_bytes()
    with pytest.raises(UsageError, match=r"own\.yaml: holds what .* did not write, .*choose another file"):
        demote(bad("base/one"), to, profile=profile, packs=[base], overwrite=True)
    assert to.read_bytes() == before


def test_a_pack_that_would_not_load_is_never_written(tmp_path: Path, base: Path) -> None:
    to = tmp_path / "base" / "base.yaml"
    to.parent.mkdir()
    with pytest.raises(UsageError, match=rf"(?s){to}:2:.*is the pack 'base' too"):
        demote(bad("base/one"), to, profile=empty_profile(tmp_path), packs=[base])
    assert not list(to.parent.iterdir())


@pytest.mark.parametrize(
    ("name", "cause"), [("demoted.txt", "a pack is a .yaml file"), ("none/demoted.yaml", "no such folder")]
)
def test_a_place_where_no_pack_can_be_is_refused(tmp_path: Path, base: Path, name: str, cause: str) -> None:
    with pytest.raises(UsageError, match=cause):
        demote(bad("base/one"), tmp_path / name, profile=empty_profile(tmp_path), packs=[base])
