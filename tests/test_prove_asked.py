"""`cleaner rules check` tells which rules no scan can spare a text, what they cost, and how far it is."""

import io
import math
import sys
from pathlib import Path

import pytest
from rulefiles import cleaner_of, drop, empty_profile, rule, swap, write_pack
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.cli.telling import steps_shown
from cleaner.prove.asked import asked_everywhere
from cleaner.prove.checking import check_rules
from cleaner.scan import database

needs_scan = pytest.mark.skipif(not database.is_available(), reason="there is no Hyperscan for this platform")
KEPT = {"name": "a refusal", "same": "Nothing to see. " * 200}
ANYWHERE = swap(
    "anywhere", "[a-z]?(?=[ .])", "-", examples=[{"name": "one", "before": "x", "after": "y"}, KEPT]
)
WORDS = rule("words", {"repeat": "phrase"})
PLAIN = [drop("home", "Home page"), swap("zebra", "zebra", "horse")]


@needs_scan
def test_only_what_the_scan_cannot_promise_is_told_with_reason_and_cost(tmp_path: Path) -> None:
    found = asked_everywhere(cleaner_of(tmp_path, *PLAIN, WORDS, ANYWHERE).rules)
    told = {one.rule.id: one.why for one in found}
    assert told == {"words": "'repeat' must see the whole text", "anywhere": "it can match nothing at all"}
    costs = [one.cost for one in found]
    assert costs == sorted(costs, reverse=True)
    assert all(0 < cost < math.inf for cost in costs)


@needs_scan
def test_a_rule_that_never_ends_costs_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.prove.asked._PATIENCE", 0.05)
    kept = {"name": "a refusal", "same": "a" * 40}
    endless = rule("endless", {"regex": r"(?:(?:\w+)+x)?$"}, do="remove", examples=[kept])
    endless["examples"] += [{"name": "one", "before": "x", "after": "y"}]
    (found,) = asked_everywhere(cleaner_of(tmp_path, endless).rules)
    assert found.cost == math.inf


def test_without_a_scan_there_is_nothing_to_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "hyperscan", None)
    assert asked_everywhere(cleaner_of(tmp_path, WORDS).rules) == []


@needs_scan
def test_the_command_lists_them_and_their_sum(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack.yaml", [*PLAIN, WORDS])
    result = CliRunner().invoke(
        app, ["rules", "check", str(pack), "--profile", empty_profile(tmp_path)], catch_exceptions=False
    )
    lines = [line for line in result.stdout.splitlines() if "asked about" in line]
    assert [line.partition(",")[0] for line in lines] == [
        "test/words: asked about every text",
        "1 rules are asked about every text",
    ]
    assert lines[0].endswith(" µs a KB: 'repeat' must see the whole text")
    assert result.stderr == ""


def test_progress_is_told_as_it_goes(tmp_path: Path) -> None:
    cleaner = cleaner_of(tmp_path, *PLAIN)
    told: list[tuple[str, int, int]] = []
    check_rules(cleaner, cleaner.rules, lambda *step: told.append(step))
    assert told == [("rules", 0, 2), ("rules", 1, 2), ("patterns", 0, 1)]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, shows in ((_Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with steps_shown() as progress:
            assert (progress is not None) == shows
            if progress:
                progress("patterns", 3, 8)
        assert ("patterns" in stream.getvalue() and "3/8" in stream.getvalue()) == shows
