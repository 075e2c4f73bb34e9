"""The pictures: true to their counts, legible without colour or sight, allowed on pages without styles."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_report_running import HOSTILE, change, changes, document, documents

from cleaner.report import ChangeReport, RunningReport
from cleaner.report.pictures import THIN, WIDE, changed_share, edits_by_rule
from cleaner.report.running import run_report
from cleaner.report.shares import SHARES, Shares, share_range


class Drawing(HTMLParser):
    """Collects the rows of a picture, stretches as (class, x, width), and the names of all attributes."""

    def __init__(self, html: str) -> None:  # noqa: D107
        super().__init__()
        self.rows: list[dict[str, Any]] = []
        self.names: set[str] = set()
        self.tags: list[str] = []
        self.at = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: D102
        given = dict(attrs)
        self.names |= set(given)
        self.tags.append(tag)
        self.at = tag
        if given.get("scope") == "row":
            self.rows.append({"name": "", "title": "", "number": "", "stretches": []})
            self.at = "name"
        elif tag == "title":
            self.at = "title"
        elif (given.get("class") or "").startswith("number"):
            self.at = "number"
        elif tag == "rect" and self.rows:
            x, width = int(given["x"] or 0), int(given["width"] or 0)
            self.rows[-1]["stretches"].append(((given["class"] or "").removeprefix("bar "), x, width))
        elif tag == "bdi":
            self.at = "name"

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002, D102
        self.at = ""

    def handle_data(self, data: str) -> None:  # noqa: D102
        if self.rows and self.at in self.rows[-1]:
            self.rows[-1][self.at] += data


COUNTS = {
    "t/small": {"applied": 1},
    "t/big": {"applied": 600, "proposed": 300, "noted": 100},
    "t/none": {"applied": 0},
}


def test_a_bar_is_as_long_as_its_count_and_stretches_follow_each_other() -> None:
    big, small = Drawing(edits_by_rule(COUNTS)).rows
    assert (big["name"], big["number"], big["title"]) == (
        "t/big",
        "1,000",
        "600 applied, 300 proposed, 100 noted",
    )
    assert big["stretches"] == [("applied", 0, 600), ("proposed", 600, 300), ("noted", 900, 100)]
    assert (small["name"], small["number"]) == ("t/small", "1")
    assert small["stretches"] == [("applied", 0, THIN)]


@given(
    st.dictionaries(
        st.text("abc/", min_size=1),
        st.fixed_dictionaries({"applied": st.integers(0, 10**9), "noted": st.integers(0, 9)}),
    )
)
def test_every_count_is_drawn_inside_the_picture(counts: dict[str, dict[str, int]]) -> None:
    html = edits_by_rule(counts, most=3)
    rows = Drawing(html).rows
    assert sum(int(row["number"].replace(",", "")) for row in rows) == sum(
        sum(each.values()) for each in counts.values()
    )
    assert len(rows) <= 4
    for wide in map(int, re.findall(r'role="img" viewBox="0 0 (\d+) 10"', html)):
        assert all(x + width <= wide <= WIDE + 2 * THIN for row in rows for _, x, width in row["stretches"])


def test_rules_past_the_first_share_a_bar() -> None:
    counts = {f"t/{n:02}": {"applied": 30 - n, "proposed": 1} for n in range(25)}
    rows = Drawing(edits_by_rule(counts, most=20)).rows
    assert [row["name"] for row in rows] == [*(f"t/{n:02}" for n in range(20)), "5 more rules together"]
    assert rows[-1]["title"] == "40 applied, 5 proposed"
    assert (
        len(Drawing(edits_by_rule(dict(list(counts.items())[:21]), most=20)).rows) == 21
    )  # one is no "more"


def test_the_legend_names_what_is_drawn_and_is_left_out_for_one_kind() -> None:
    html = edits_by_rule(COUNTS)
    assert re.findall(r"</svg> (\w+)</span>", html) == ["applied", "proposed", "noted"]
    assert "keys" not in edits_by_rule({"t": {"applied": 3}})
    assert "keys" not in changed_share([1] * len(SHARES))


def test_documents_are_drawn_by_range_in_order() -> None:
    rows = Drawing(changed_share([4, 0, 1, 0, 0, 0, 0, 2000])).rows
    assert [row["name"] for row in rows] == list(SHARES)
    assert [row["title"] for row in rows][:3] == ["4 documents", "0 documents", "1 document"]
    assert [row["stretches"] for row in rows][:3] == [[("documents", 0, THIN)], [], [("documents", 0, THIN)]]
    assert rows[-1]["stretches"] == [("documents", 0, WIDE)]


@pytest.mark.parametrize(
    "html",
    [
        edits_by_rule({}),
        changed_share([0] * len(SHARES)),
        edits_by_rule({HOSTILE: {"applied": 1}}),
        edits_by_rule(COUNTS),
    ],
)
def test_a_picture_fits_a_page_that_forbids_inline_styles_and_scripts(html: str) -> None:
    drawn = Drawing(html)
    assert not {name for name in drawn.names if name == "style" or name.startswith("on") or "href" in name}
    assert not {"style", "script", "img", "image", "use", "foreignObject"} & set(drawn.tags)
    assert not set(html) & set("\u202e\x00")
    assert drawn.tags.count("title") == html.count('role="img"') == len(drawn.rows)
    assert "<figcaption>" in html
    assert '<th scope="col">' in html


BOUNDS = [
    (0, 0),
    (1, 1),
    (10, 1),
    (11, 2),
    (50, 2),
    (100, 3),
    (250, 4),
    (500, 5),
    (800, 6),
    (801, 7),
    (1000, 7),
]


@pytest.mark.parametrize(("changed", "share"), BOUNDS)
def test_the_upper_bound_belongs_to_a_range(changed: int, share: int) -> None:
    assert share_range(changed, 1000) == share


def test_an_empty_document_lost_nothing() -> None:
    assert share_range(0, 0) == 0


def counted(doc_id: str, edits: int, status: str = "cleaned", long: int = 100) -> dict[str, Any]:
    return document(doc_id, status, long) | {"edits_applied": None if status == "quarantined" else edits}


def test_applied_spans_alone_count_and_quarantine_not_at_all() -> None:
    shares = Shares()
    edits = changes(
        change(1, doc_id="a", start=0, end=3),
        change(2, doc_id="a", start=3, end=7),
        change(3, doc_id="a", start=10, end=90, status="proposed"),
        change(4, doc_id="b", start=5, end=5, after="new"),
    )
    through = [counted("a", 2), counted("b", 1), counted("c", 0, "unchanged")]
    shares.add(edits, documents(*through, counted("a", 0, "quarantined")))
    assert shares.histogram() == [2, 0, 0, 1, 0, 0, 0, 0]
    assert shares.waiting == 0


EDITS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30), st.booleans()), max_size=25)


@given(EDITS, st.randoms(use_true_random=False))
def test_the_shares_do_not_depend_on_what_comes_together(
    edits: list[tuple[int, int, bool]], random: Random
) -> None:
    rows = [
        change(n, doc_id=f"d{doc}", start=n * 40, end=n * 40 + long, status="applied" if applied else "noted")
        for n, (doc, long, applied) in enumerate(edits)
    ]
    applied = Counter(row["doc_id"] for row in rows if row["status"] == "applied")
    listed = [counted(f"d{doc}", applied[f"d{doc}"], long=1000) for doc in range(6)]
    whole, parts = Shares(), Shares()
    whole.add(changes(*rows), documents(*listed))
    pieces = [(changes(row), documents()) for row in rows] + [(changes(), documents(row)) for row in listed]
    random.shuffle(pieces)
    for piece in pieces:
        parts.add(*piece)
    assert parts.histogram() == whole.histogram()
    assert sum(whole.histogram()) == 6
    assert parts.waiting == whole.waiting == 0


def test_a_run_folder_is_read_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [change(n, doc_id=f"d{n // 3:03}", start=n % 3 * 10, end=n % 3 * 10 + 5) for n in range(300)]
    listed = [counted(f"d{n:03}", 3) for n in range(100)]
    pq.write_table(changes(*rows), tmp_path / "changes.parquet")
    pq.write_table(documents(*listed), tmp_path / "documents.parquet")
    monkeypatch.setattr("cleaner.report.folder.ROWS", 10)
    most: list[int] = []
    add = RunningReport.add

    def watched(report: RunningReport, edits: pa.Table, some: pa.Table) -> None:
        add(report, edits, some)
        most.append(report.shares.waiting)

    monkeypatch.setattr(RunningReport, "add", watched)
    report = run_report(tmp_path, {})
    assert report.shares.histogram() == [0, 0, 0, 0, 100, 0, 0, 0]
    assert report.edits["t/one"].total() == 300
    assert 0 < max(most) <= 12  # the documents of a batch, and of one more batch of edits


def test_the_page_shows_both_pictures_and_no_other_style_for_them() -> None:
    table, rows = changes(change(1, doc_id="a", start=0, end=30)), documents(counted("a", 1))
    html = ChangeReport(table, rows)._running().to_html()
    section = html[html.index('id="glance"') : html.index('id="rules"')]
    assert section.count("<figure") == 2
    assert "style=" not in section
    rules, shares = section.split("<figure")[1:]
    assert Drawing("<figure" + rules).rows[0]["title"] == "1 applied"
    assert next(row for row in Drawing("<figure" + shares).rows if row["stretches"])["name"] == "25 to 50 %"
