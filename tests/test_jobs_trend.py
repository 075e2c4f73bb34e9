"""The trend of a job: every run there, harmless, whole in one file, and breaches marked where they were."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from jobnights import Drift, Nights

from cleaner.jobs.gates import Gates
from cleaner.jobs.measures import Clumped, Measures
from cleaner.jobs.trend import Run, trend_html, trend_section
from cleaner.report import RunningReport

HOSTILE = '</style></script><script>alert(1)</script><img src=x onerror="alert(1)"> {{ 7*7 }}'


def night(documents: int = 200, quarantined: int = 1, rule: str = "web/links") -> Measures:
    return Measures(
        documents=documents,
        quarantined=quarantined,
        unchanged=documents // 2,
        characters=documents * 1000,
        removed=Clumped.of([100] * documents),
        edits={rule: Clumped(documents, documents)},
        edits_together=documents,
    )


def runs(many: int, **odd: Measures) -> list[Run]:
    """Give so many runs; `run_7=…` is what the seventh measured, and it is held."""
    return [
        (
            at,
            f"2026-{at // 28 + 1:02}-{at % 28 + 1:02}T03:15:00+00:00",
            "held" if f"run_{at}" in odd else "published",
            odd.get(f"run_{at}", night()),
        )
        for at in range(1, many + 1)
    ]


class Tags(HTMLParser):
    """Counts tags, and holds each closed in its turn."""

    def __init__(self, page: str) -> None:
        """Read the page through."""
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and hold its attributes to what needs no script and no style of its own."""
        self.seen.append(tag)
        assert not any(name.startswith("on") or name in {"src", "style"} for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert self.open.pop() == tag


def test_a_page_stands_alone() -> None:
    page = trend_html(runs(70, run_66=night(quarantined=30)))
    tags = Tags(page).seen
    assert tags.count("figure") == 5
    assert "script" not in tags
    assert "http" not in re.sub(r"http-equiv", "", page)
    assert page.index("<style>") < page.index("<figure")
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_the_last_sixty_runs_are_shown_the_newest_first() -> None:
    page = trend_section(runs(70))
    numbers = [int(number) for number in re.findall(r'<th scope="row">(\d+)</th>', page)]
    assert numbers == list(range(70, 10, -1))
    assert page.count('class="column"') == 4 * 60
    assert "The last 60 runs" in page
    assert trend_section(list(reversed(runs(70)))) == page


def test_a_breach_is_marked_in_its_picture_and_told_in_the_table() -> None:
    page = trend_section(runs(20, run_15=night(quarantined=30)))
    figures = page.split("<figure")[1:]
    assert [figure.count('class="beyond"') for figure in figures] == [0, 0, 0, 1, 0]
    (marked,) = re.findall(r'<g><title>([^<]*)</title><rect[^>]*/><path class="beyond"', page)
    assert marked.startswith("run 15, 2026-01-16 03:15, held at first: 15.0%; usual 0.0% to")
    assert "documents quarantined: 15.0%; the last 10 runs had 0.5%" in page.replace("0.50%", "0.5%")
    assert page.count('class="hole"') == 4 + 1
    assert (
        trend_section(runs(20, run_15=night(quarantined=30)), Gates(off=("quarantined",))).count(
            'class="beyond"'
        )
        == page.count('class="beyond"') - 1
    )


def test_of_a_run_that_was_held_nothing_is_said_that_a_release_makes_untrue() -> None:
    page = trend_section(runs(20, run_15=night(quarantined=30)))
    assert re.findall(r"<td>(held[^<]*)</td>", page) == ["held at first"]
    assert ", held: " not in page
    note = "may have been released since this page was written: <code>cleaner job history</code>"
    assert page.count(note) == 1
    assert note not in trend_section(runs(20))


def test_a_rule_that_drifts_is_marked_among_the_edits() -> None:
    nights = Nights(2)
    history: list[Run] = [(at, "2026-01-01", "published", nights.night(at)) for at in range(10)]
    rule = max(nights.rules, key=lambda name: history[0][3].edits[name].total)  # type: ignore[union-attr]
    broken = trend_section([*history, (10, "2026-01-02", "held", nights.night(10, Drift(rule, 20)))])
    edits = broken.split("<figure")[2]
    assert 'class="beyond"' in edits
    assert f"{rule}: " in broken


def test_the_band_begins_when_five_runs_are_known() -> None:
    assert "<polygon" not in trend_section(runs(5))
    assert trend_section(runs(6)).count("<polygon") == 4
    held = [(at, started, "held", measures) for at, started, _, measures in runs(30)]
    assert "<polygon" not in trend_section(held)


def test_runs_that_measured_nothing_stand_in_the_table() -> None:
    page = trend_section([*runs(3), (4, "2026-02-01T00:00:00", "failed", None)])
    assert '<td>failed</td><td class="number">–</td>' in page
    assert page.count('class="column"') == 4 * 3
    assert "<figure" not in trend_section([(1, "2026-01-01", "failed", None)])
    assert "No run yet" in trend_section([])


@pytest.mark.parametrize("measures", [Measures(), Measures(documents=1, quarantined=1)])
def test_runs_without_characters_are_drawn(measures: Measures) -> None:
    assert Tags(trend_html([(1, "2026-01-01", "published", measures)])).seen.count("figure") == 5


def test_what_strangers_named_is_shown_as_text() -> None:
    odd = night(rule=HOSTILE)
    drifted = replace(odd, edits={HOSTILE: Clumped(9000, 9000)})
    history: list[Run] = [(at, HOSTILE, HOSTILE, odd) for at in range(3)]
    history += [(at, "2026-01-01", "published", odd) for at in range(3, 12)]
    page = trend_html([*history, (12, "2026-01-02", "held", drifted)])
    assert "script" not in Tags(page).seen
    assert "&lt;script&gt;" in page
    assert "{{ 7*7 }}" in page


def test_the_report_of_a_run_holds_the_trend() -> None:
    report = RunningReport({})
    section = trend_section(runs(8))
    page = report.to_html(section)
    assert section in page
    assert '<a href="#trend">' in page
    assert "trend" not in report.to_html()
    assert "svg" in Tags(page).seen
