"""The report of a run while it runs: the same from any batches, small, harmless, complete."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.ledger import CHANGES, DOCUMENTS
from cleaner.report import RuleText, RunningReport, groups
from cleaner.report.groups import CommonGroups
from cleaner.report.running import run_report
from cleaner.report.shares import Shares
from cleaner.report.templates import MOST_BYTES

HOSTILE = '</style></script><script>alert(1)</script><img src=x onerror="alert(1)">\u202e\x00 &amp; {{ 7*7 }}'
RULES = {
    "t/one": RuleText("Take out one.", "One is dirt.", "safe"),
    "t/idle": RuleText("Never finds anything.", "", "review"),
}


def change(number: int, **given: Any) -> dict[str, Any]:
    row = {
        "doc_id": f"doc-{number}",
        "edit_id": f"e1-{number * 7919 % 10_007:016x}",
        "rule": "t/one",
        "action": "remove",
        "safety": "safe",
        "status": "applied",
        "start": 100,
        "end": 101,
        "clean_start": 100,
        "clean_end": 100,
        "line": 3,
        "column": 14,
        "before": "x",
        "after": "",
        "context_before": "left ",
        "context_after": " right",
        "field": None,
        "value": None,
        "reason": "",
    }
    return row | given


def changes(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=CHANGES)


def documents(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=DOCUMENTS)


def document(doc_id: str, status: str, chars_in: int = 10, chars_out: int | None = 8) -> dict[str, Any]:
    return {"doc_id": doc_id, "input": doc_id, "status": status, "chars_in": chars_in, "chars_out": chars_out}


class Page(HTMLParser):
    """Collects tags, attribute names, links, ids and text of a page."""

    def __init__(self, html: str) -> None:  # noqa: D107
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: D102
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in {"href", "src"}}
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:  # noqa: D102
        self.text += data


def test_counts_add_up_over_batches() -> None:
    report = RunningReport(RULES)
    report.add(
        changes(change(1), change(2, status="proposed", safety="review")), documents(document("a", "cleaned"))
    )
    report.add(
        changes(change(3)), documents(document("b", "unchanged"), document("c", "quarantined", 99, None))
    )
    report.add(changes(), documents())
    assert report.documents == {"cleaned": 1, "unchanged": 1, "quarantined": 1}
    assert report.edits == {"t/one": {"applied": 2, "proposed": 1}}
    assert (report.chars_in, report.chars_out) == (20, 16)
    assert report.quarantined == [("c", "c")]


def many(count: int) -> pa.Table:
    texts = ["x", "yy", "zzz", HOSTILE]
    return changes(*(change(n, rule=f"t/{n % 3}", before=texts[n % 4]) for n in range(count)))


def paged(table: pa.Table, size: int) -> str:
    report = RunningReport(RULES)
    for start in range(0, len(table), size):
        report.add(table.slice(start, size), documents(document(str(start), "cleaned")))
    report.documents.clear()
    report.chars_in = report.chars_out = 0
    report.shares = Shares()
    return report.to_html()


def test_the_page_does_not_depend_on_batches() -> None:
    table = many(400)
    whole = paged(table, 400)
    assert whole == paged(table, 1) == paged(table, 37)
    assert whole.count('class="edit"') == 60


def test_the_samples_do_not_depend_on_order() -> None:
    table = many(300)
    backwards = table.take(list(range(299, -1, -1)))
    assert paged(table, 50) == paged(backwards, 50)


def test_at_most_twenty_samples_a_rule_those_with_the_smallest_ids() -> None:
    report = RunningReport({})
    table = changes(*(change(n) for n in range(500)))
    for start in range(0, 500, 60):
        report.add(table.slice(start, 60), documents())
    ids = [sample.edit_id for sample in report.samples.of("t/one")]
    assert ids == sorted(table["edit_id"].to_pylist())[:20]


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60), st.integers(1, 7))
def test_groups_do_not_depend_on_batches_even_when_some_are_forgotten(texts: list[str], size: int) -> None:
    table = pa.table(
        {"rule": ["r"] * len(texts), "before": pa.array(texts, pa.large_string()), "after": [""] * len(texts)}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "CAPACITY", 3)
        patch.setattr(groups, "BLOCK", 10)
        whole, parts = CommonGroups(), CommonGroups()
        whole._room = parts._room = 10
        whole.add(table)
        for start in range(0, len(table), size):
            parts.add(table.slice(start, size))
    assert whole.commonest(9) == parts.commonest(9)
    assert whole.exact == parts.exact
    assert all(count <= texts.count(group.before.start) for group, count in whole.commonest(9))


def test_long_texts_that_begin_alike_are_different_groups() -> None:
    common = CommonGroups()
    befores = ["a" * 5000 + "1", "a" * 5000 + "2", "a" * 5000 + "1"]
    common.add(pa.table({"rule": ["r"] * 3, "before": befores, "after": [""] * 3}))
    assert [count for _, count in common.commonest(5)] == [2, 1]
    assert [group.before.length for group, _ in common.commonest(5)] == [5001, 5001]


def hostile_page() -> str:
    report = RunningReport({HOSTILE: RuleText(HOSTILE, HOSTILE, "safe")})
    columns = (
        "doc_id",
        "rule",
        "before",
        "after",
        "context_before",
        "context_after",
        "field",
        "value",
        "reason",
    )
    twice = [change(n, **dict.fromkeys(columns, HOSTILE) | {"after": "{{ 7*7 }}"}) for n in (1, 2)]
    report.add(
        changes(*twice), documents(document(HOSTILE, "quarantined", 5, None), document("b", "cleaned"))
    )
    return report.to_html()


def test_hostile_text_is_harmless_everywhere() -> None:
    html = hostile_page()
    page = Page(html)
    assert not page.tags & {"script", "img", "iframe", "object", "link", "base", "form"}
    assert not any(name.startswith("on") for name in page.attributes)
    assert "{{ 7*7 }}" in page.text
    assert not set(html) & set("\u202e\x00")
    assert page.text.count("alert(1)") > 8


def test_the_page_needs_nothing_from_elsewhere() -> None:
    html = hostile_page()
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in html
    assert all(link.startswith("#") for link in Page(html).links)
    assert "url(" not in html.replace("alert", "")
    assert "@import" not in html


def test_every_link_of_the_page_arrives() -> None:
    report = RunningReport(RULES)
    rules = ["t/one", "T One", "t-one", "t/one + u/two"]
    report.add(changes(*(change(n, rule=rule) for n, rule in enumerate(rules * 2))), documents())
    page = Page(report.to_html())
    assert page.links <= {f"#{name}" for name in page.ids}
    assert len(page.ids) == len(set(page.ids))
    assert "#rule-t-one-u-two" in page.links


def test_the_page_has_landmarks_headings_and_table_headers() -> None:
    html = hostile_page()
    assert Page(html).tags >= {"header", "main", "nav", "footer", "h1", "h2", "h3", "th", "del", "ins", "bdi"}
    assert not re.search(r"<th(?![^>]*scope=)[ >]", html)
    assert '<span class="unseen">[deleted: </span>' in html


def test_the_page_says_what_an_editor_asks() -> None:
    report = RunningReport(RULES)
    rows = [
        change(1, field="date", value="14\u00a0February"),
        change(2, status="blocked", reason="protected here"),
    ]
    report.add(
        changes(*rows), documents(document("a", "cleaned"), document("lost.txt", "quarantined", 5, None))
    )
    text = Page(report.to_html()).text
    assert "Take out one." in text
    assert "One is dirt." in text
    assert "14⟨NBSP⟩February" in text
    assert "protected here" in text
    assert "lost.txt" in text
    assert "1 rule found nothing here" in text
    assert "1 edit in 1 of 2 documents" in text


def test_a_reason_that_only_repeats_the_rule_is_not_repeated() -> None:
    report = RunningReport(RULES)
    report.add(changes(*(change(n, reason="Take out one.") for n in range(9))), documents())
    assert report.to_html().count("Take out one.") == 2


def test_a_long_edit_is_shortened_and_says_its_length() -> None:
    report = RunningReport({})
    report.add(changes(change(1, before="D" * 1_000_000, after="\u200b" * 50_000)), documents())
    html = report.to_html()
    assert "999,400 of 1,000,000 characters not shown" in html
    assert len(html) < 40_000


def test_the_page_stays_under_five_megabytes_however_many_rules() -> None:
    report = RunningReport({})
    worst = "<\u200b" * 400
    report.add(changes(*(change(n, rule=f"r/{n}", before=worst) for n in range(900))), documents())
    html = report.to_html()
    assert len(html.encode()) <= MOST_BYTES
    assert "100 more rules made fewer edits" in html


def test_a_page_that_would_be_too_large_shows_fewer_samples() -> None:
    report = RunningReport({})
    worst = "<\u200b" * 400
    report.add(changes(*(change(n, rule=f"r/{n % 12}", before=worst) for n in range(240))), documents())
    html = report.to_html()
    assert MOST_BYTES / 4 < len(html.encode()) <= MOST_BYTES
    assert "At most 10 of each rule" in html


def test_the_page_of_a_run_folder_is_that_of_the_run(tmp_path: Path) -> None:
    table, rows = many(100), documents(document("a", "cleaned"), document("b", "quarantined", 3, None))
    pq.write_table(table, tmp_path / "changes.parquet", row_group_size=7)
    pq.write_table(rows, tmp_path / "documents.parquet")
    live = RunningReport(RULES)
    live.add(table, rows)
    assert run_report(tmp_path, RULES).to_html() == live.to_html()
