"""The ledger as frames, CSV, a workbook: counted right, given back whole, nothing live."""

import csv
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from openpyxl.utils.escape import unescape

from cleaner.errors import UsageError
from cleaner.ledger import CHANGES, name_edits
from cleaner.model import CleanResult, Document, Edit, Safety, Span, Status
from cleaner.report import ChangeReport, excel
from cleaner.report.delimited import write_csv

HOSTILE = [
    '=HYPERLINK("http://evil.example","click")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "http://evil.example",
    "12345678901234567890",
    "<r><t>rich</t></r>",
    "<r>&amp;</t></is></c></r>",
    "</script><script>alert(1)</script>",
    'quo"te, comma\nand line\r\nbreak',
    "  edges  ",
    "\u202eevil\u202c",
    "'quoted",
    "emoji \U0001f600",
]


def edited(doc_id: str, before: str, after: str, rule: str, status: Status = "applied") -> CleanResult:
    """Give a result whose document is `before` alone, with one edit."""
    safety: Safety = "review" if status == "proposed" else "safe"
    now = Span(0, len(after) if status == "applied" else len(before))
    edit = Edit(Span(0, len(before)), before, after, (rule,), "replace", safety, status, "", now)
    document = Document(doc_id, before)
    text = after if status == "applied" else before
    return CleanResult(document, text, name_edits(doc_id, before, [edit]), {})


@pytest.fixture(name="report")
def report_of_some() -> ChangeReport:
    return ChangeReport.of(
        [
            edited("b", "x", "", "t/one"),
            edited("a", "x", "", "t/one"),
            edited("c", "y", "z", "t/two", "proposed"),
            edited("d", "w", "", "t/one", "rejected"),
            CleanResult(Document("e", "calm"), "calm", (), {"date": "2002"}),
        ]
    )


def test_the_frame_is_the_ledger_and_is_made_once(report: ChangeReport) -> None:
    assert list(report.frame.columns) == CHANGES.names
    assert len(report.frame) == 4
    assert report.frame is report.frame


def test_edits_are_counted_by_rule_busiest_first(report: ChangeReport) -> None:
    rows = report.by_rule().to_dict("records")
    assert [
        (row["rule"], row["applied"], row["proposed"], row["rejected"], row["documents"]) for row in rows
    ] == [
        ("t/one", 2, 0, 1, 3),
        ("t/two", 0, 1, 0, 1),
    ]


def test_edits_are_counted_by_document_in_their_order(report: ChangeReport) -> None:
    frame = report.by_document()
    assert frame["doc_id"].tolist() == ["b", "a", "c", "d", "e"]
    assert frame["applied"].tolist() == [1, 1, 0, 0, 0]
    assert frame["status"].tolist() == ["cleaned", "cleaned", "unchanged", "unchanged", "unchanged"]
    assert frame["chars_out"].tolist() == [0, 0, 1, 1, 4]


def test_a_second_document_of_one_id_has_no_edits_of_its_own(report: ChangeReport) -> None:
    rows = report.documents.to_pylist()
    rows.append(rows[0] | {"status": "quarantined", "chars_out": None})
    documents = type(report.documents).from_pylist(rows, schema=report.documents.schema)
    assert ChangeReport(report.changes, documents).by_document()["applied"].tolist() == [1, 1, 0, 0, 0, 0]


def test_equal_edits_are_grouped_commonest_first_and_ties_stand_still(report: ChangeReport) -> None:
    rows = report.groups().to_numpy().tolist()
    assert rows == [["t/one", "x", "", 2], ["t/one", "w", "", 1], ["t/two", "y", "z", 1]]


def test_an_empty_report_counts_nothing(tmp_path: Path) -> None:
    report = ChangeReport.of([])
    assert (
        len(report.by_rule()) == len(report.by_document()) == len(report.groups()) == len(report.frame) == 0
    )
    report.to_excel(tmp_path / "empty.xlsx")
    report.to_csv(tmp_path / "empty.csv")
    assert openpyxl.load_workbook(tmp_path / "empty.xlsx")["changes"].max_row == 1
    assert "No document was read" in report._running().to_html()


def test_the_report_is_imported_without_pandas() -> None:
    code = "import sys, cleaner.report; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603


def test_parquet_gives_the_ledger_back(report: ChangeReport, tmp_path: Path) -> None:
    report.to_parquet(tmp_path / "changes.parquet")
    assert pq.read_table(tmp_path / "changes.parquet").equals(report.changes)


def test_a_run_folder_is_read(report: ChangeReport, tmp_path: Path) -> None:
    pq.write_table(report.changes, tmp_path / "changes.parquet")
    pq.write_table(report.documents, tmp_path / "documents.parquet")
    assert ChangeReport.read(tmp_path).by_rule().equals(report.by_rule())


@pytest.mark.parametrize("content", [None, b"", b"PAR1 not really"])
def test_a_folder_that_no_run_left_is_refused_with_place_and_cure(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "changes.parquet").write_bytes(content)
    with pytest.raises(UsageError, match=r"changes\.parquet: .*clean"):
        ChangeReport.read(tmp_path)


def test_a_notebook_shows_counts_and_groups(report: ChangeReport) -> None:
    html = report._repr_html_()
    assert "2 edits applied and 1 proposed in 5 documents" in html
    assert "t/one" in html
    assert "<script" not in html


def hostile_report() -> ChangeReport:
    return ChangeReport.of(
        [edited(f"{number}{text}", text, "", "t/x") for number, text in enumerate(HOSTILE)]
    )


def test_csv_gives_every_text_back(tmp_path: Path) -> None:
    report = hostile_report()
    report.to_csv(tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["before"] for row in rows] == HOSTILE
    assert (
        pd.read_csv(tmp_path / "x.csv", keep_default_na=False)["edit_id"].tolist()
        == report.frame["edit_id"].tolist()
    )


def test_a_spreadsheet_runs_nothing_of_a_safe_csv(tmp_path: Path) -> None:
    hostile_report().to_csv(tmp_path / "x.csv", spreadsheet_safe=True)
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert not any(
        value.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for value in row.values()
    )
    assert [row["before"].removeprefix("'") for row in rows] == [text.removeprefix("'") for text in HOSTILE]
    assert rows[0]["before"] == "'" + HOSTILE[0]
    assert rows[11]["before"] == HOSTILE[11]


def test_csv_tells_an_empty_text_from_none(tmp_path: Path) -> None:
    write_csv(hostile_report().changes.select(["after", "field"]).slice(0, 1), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == b'"after","field"\n"",\n'


def test_a_workbook_gives_every_text_back_and_holds_no_formula(tmp_path: Path) -> None:
    hostile_report().to_excel(tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["summary", "by rule", "groups", "changes"]
    cells = [row[CHANGES.names.index("before")] for row in book["changes"].iter_rows(min_row=2)]
    assert [unescape(cell.value) for cell in cells] == HOSTILE
    assert {cell.data_type for cell in cells} == {"s"} or {cell.data_type for cell in cells} == {"inlineStr"}
    with zipfile.ZipFile(tmp_path / "x.xlsx") as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert not any(b"<f>" in part or b"<hyperlink" in part for part in parts.values())
    assert book["changes"].freeze_panes == "A2"


def test_characters_that_xml_forbids_are_written_as_excel_writes_them(tmp_path: Path) -> None:
    texts = ["nul \x00 bell \x07", "escape \x1b[31m", "\ufffe\uffff", "_x0007_ in words"]
    ChangeReport.of([edited(str(n), text, "", "t/x") for n, text in enumerate(texts)]).to_excel(
        tmp_path / "x.xlsx"
    )
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["changes"]
    values = [row[CHANGES.names.index("before")] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [unescape(value) for value in values[:2]] == texts[:2]
    assert values[2:] == ["_xFFFE__xFFFF_", "_x005F_x0007_ in words"]


@pytest.mark.parametrize(
    ("text", "kept", "note"),
    [
        ("a" * 32_767, 32_767, None),
        ("a" * 40_000, 32_767, "before: 32,767 of 40,000 characters"),
        ("\U0001f600" * 20_000, 16_383, "before: 16,383 of 20,000 characters"),
        ("a" * 1_000_000, 32_767, "before: 32,767 of 1,000,000 characters"),
    ],
)
def test_a_cell_that_had_to_be_cut_says_so(tmp_path: Path, text: str, kept: int, note: str | None) -> None:
    ChangeReport.of([edited("a", text, "", "t/x")]).to_excel(tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    head, row = book["changes"].iter_rows(values_only=True)
    cells = dict(zip(head, row, strict=True))
    assert cells["before"] == text[:kept]
    assert cells["cut"] == note
    assert next(iter(book["groups"].iter_rows(min_row=2, values_only=True)))[-1] == note


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel, "ROWS_A_SHEET", 6)
    hostile_report().to_excel(tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert [name for name in book.sheetnames if name.startswith("changes")] == [
        "changes",
        "changes 2",
        "changes 3",
    ]
    assert [book[name].max_row for name in ("changes", "changes 2", "changes 3")] == [7, 7, 5]
    column = CHANGES.names.index("doc_id")
    names = [
        row[column] for sheet in book.worksheets[-3:] for row in sheet.iter_rows(min_row=2, values_only=True)
    ]
    assert len(names) == len(set(names)) == len(HOSTILE)


def test_a_file_that_cannot_be_written_leaves_nothing(report: ChangeReport, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    for write in (report.to_excel, report.to_csv, report.to_parquet, report.to_html):
        with pytest.raises(OSError, match="taken"):
            write(tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_lone_surrogate_is_written_as_its_escape(tmp_path: Path) -> None:
    result = edited("a", "x", "", "t/x")
    hurt = replace(result, edits=(replace(result.edits[0], before="\ud800"),))
    ChangeReport.of([hurt]).to_csv(tmp_path / "x.csv")
    assert '"\\ud800"' in (tmp_path / "x.csv").read_text("utf-8")
