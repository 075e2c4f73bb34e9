"""A record file that changed: only what is new or changed in it is cleaned, and nobody can tell."""

import gzip
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from growing import Counting, Night, Record, jsonl, nights, reusable, table
from hypothesis import given, settings
from jobcorpus import differences
from webpages import page, response

from cleaner.engines import sinks
from cleaner.jobs import reusable as reusable_of_jobs
from cleaner.jobs.compacting import compact_job
from cleaner.jobs.ended import ended_words
from cleaner.jobs.log import NoLog
from cleaner.jobs.mend import Mend
from cleaner.jobs.rebuild import rebuild_state
from cleaner.jobs.underway import How
from cleaner.report.folder import files
from cleaner.verdicts import Verdict

ONE, TWO, THREE, MAYBE = (
    Record("x", "one  gap", "a.example"),
    Record("y", "two  gaps  here", "a.example"),
    Record("z", "plain", "b.example"),
    Record("v", "maybe  so", "b.example"),
)
BAD = Record(None, None, "")

Written = Callable[[Sequence[Record]], bytes]


def packed(records: Sequence[Record]) -> bytes:
    return gzip.compress(jsonl(records), mtime=0)


def parquet(records: Sequence[Record]) -> bytes:
    columns = {name: [getattr(one, name) for one in records] for name in Record._fields}
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, row_group_size=2)
    return file.getvalue()


def pages(records: Sequence[Record]) -> bytes:
    return b"".join(
        response(number, page(number, f"{one.text} of {one.host}").encode(), record_id=f"<urn:uuid:{one.id}>")
        for number, one in enumerate(records)
    )


def html(records: Sequence[Record]) -> bytes:
    rows = ({"id": one.id, "html": page(1, f"{one.text} here"), "host": one.host} for one in records)
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


FORMATS: dict[str, Written] = {
    "g.jsonl": jsonl,
    "g.csv": table,
    "g.jsonl.gz": packed,
    "g.parquet": parquet,
    "g.warc": pages,
    "h.jsonl": html,
}


BESIDE = {"a.txt": b"a  text", "b.jsonl": jsonl([Record("b", "before  it", "")]), "p.csv": table([])}
"""Inputs that stay as they are, before and behind the one that changes."""


@contextmanager
def small_groups() -> Iterator[None]:
    """Have ledgers, and what is reused of them, in groups of two rows."""
    with patch.object(sinks, "GROUP_ROWS", 2), patch.object(reusable_of_jobs, "BATCH_ROWS", 2):
        yield


@pytest.mark.parametrize("name", ["g.jsonl", "g.csv"])
@settings(max_examples=15, deadline=None)
@given(told=nights())
def test_a_file_that_changes_comes_out_as_if_cleaned_anew(name: str, told: list[list[Record]]) -> None:
    written = FORMATS[name]
    with TemporaryDirectory() as folder, small_groups():
        night = Night(Path(folder, "grown"))
        night.run({**BESIDE, name: written(told[0])})
        for before, after in pairwise(told):
            result = night.run({name: written(after)})
            if written(before) != written(after):
                assert result.totals["reused"] == reusable(name, before, after)
                assert result.totals["documents"] + result.totals["reused"] == len(after)
                assert night.faults() == []
        anew = Night(Path(folder, "anew"))
        anew.run({**BESIDE, name: written(told[-1])})
        assert differences(night.made(), anew.made()) == {}


@pytest.mark.parametrize("name", FORMATS)
def test_only_what_is_new_or_changed_comes_to_the_rules(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, changed = FORMATS[name], TWO._replace(text="other  gaps")
    night = Night(tmp_path / "grown")
    night.run({name: written([ONE, TWO, THREE])})
    came = Counting(monkeypatch)
    result = night.run({name: written([ONE, changed, THREE, MAYBE])})
    assert came.ids == ["y", "v"]
    assert (result.totals["documents"], result.totals["reused"]) == (2, 2)
    assert night.faults() == []
    anew = Night(tmp_path / "anew")
    anew.run({name: written([ONE, changed, THREE, MAYBE])})
    assert differences(night.made(), anew.made()) == {}


@pytest.mark.parametrize("name", ["g.jsonl", "g.csv", "g.parquet"])
def test_another_host_makes_another_document_though_its_text_is_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = Night(tmp_path)
    night.run({name: FORMATS[name]([ONE, TWO])})
    came = Counting(monkeypatch)
    night.run({name: FORMATS[name]([ONE, TWO._replace(host="b.example")])})
    assert came.ids == ["y"]
    assert [json.loads(row)["rule"] for row in night.made().changes["y"]] == ["test/spaces"] * 2


def test_a_column_of_another_name_makes_other_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night, data = Night(tmp_path), table([ONE, TWO])
    night.run({"g.csv": data})
    came = Counting(monkeypatch)
    night.run({"g.csv": data.replace(b"host", b"hosts", 1)})
    assert came.ids == ["x", "y"]


def test_processes_that_share_the_work_take_over_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleaner.jobs.cleaning.ALONE", 0)
    night = Night(tmp_path / "grown", workers=2)
    night.run({"g.jsonl": jsonl([ONE, TWO, MAYBE])})
    result = night.run({"g.jsonl": jsonl([MAYBE, THREE, TWO, ONE])})
    assert (result.totals["documents"], result.totals["reused"]) == (1, 3)
    anew = Night(tmp_path / "anew")
    anew.run({"g.jsonl": jsonl([MAYBE, THREE, TWO, ONE])})
    assert differences(night.made(), anew.made()) == {}


def test_several_files_with_one_id_in_two_of_them(tmp_path: Path) -> None:
    first = {"g.jsonl": jsonl([ONE, TWO]), "h.jsonl": jsonl([TWO, THREE]), "t.csv": table([MAYBE])}
    second = {"g.jsonl": jsonl([ONE]), "t.csv": table([BAD, MAYBE, BAD])}
    night, anew = Night(tmp_path / "grown"), Night(tmp_path / "anew")
    night.run(first)
    totals = night.run(second).totals
    assert (totals["documents"], totals["quarantined"], totals["reused"]) == (2, 2, 4)  # y is h's from now on
    assert night.faults() == []
    anew.run({**first, **second})
    assert differences(night.made(), anew.made()) == {}


def test_what_runs_were_compacted_to_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night = Night(tmp_path)
    night.run({"a.txt": b"a  text", "g.jsonl": jsonl([ONE, TWO])})
    night.run({"h.jsonl": jsonl([THREE])})
    compact_job(night.job)
    came = Counting(monkeypatch)
    night.run({"g.jsonl": jsonl([ONE, MAYBE, TWO])})
    assert (came.ids, night.faults()) == (["v"], [])


def test_what_is_in_quarantine_is_tried_again_and_measured_once(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.run({"g.jsonl": jsonl([BAD, ONE])})
    totals = night.run({"g.jsonl": jsonl([BAD, ONE, TWO])}).totals
    assert [totals[name] for name in ("documents", "cleaned", "quarantined", "reused")] == [2, 1, 1, 1]
    measures = night.measures()
    assert (measures.documents, measures.quarantined, measures.characters) == (1, 0, len("two  gaps  here"))
    assert measures.edits["test/spaces"].total == 2
    retried = night.run(how=How(retry=True)).totals
    assert [retried[name] for name in ("documents", "quarantined", "reused")] == [1, 1, 2]
    assert night.measures().documents == 0
    night.run({"g.jsonl": jsonl([BAD, ONE, BAD._replace(text="mended now")])})
    assert (night.measures().documents, night.measures().quarantined) == (1, 0)


def test_characters_are_new_once(tmp_path: Path) -> None:
    night, odd = Night(tmp_path), Record("o", "\u2603", "")
    night.run({"a.txt": b"a  text", "g.jsonl": jsonl([ONE])})
    night.run({"g.jsonl": jsonl([BAD, ONE, odd])})
    first = night.measures().new_characters
    night.run({"g.jsonl": jsonl([BAD, ONE, odd, TWO._replace(text="\u2604  one")])})
    second = night.measures().new_characters
    assert first is not None
    assert second is not None
    assert (first.count, first.documents, second.count, second.documents) == (1, 1, 1, 1)


def test_a_run_says_what_it_took_over(tmp_path: Path) -> None:
    night = Night(tmp_path)
    first = night.run({"g.jsonl": jsonl([ONE])})
    assert "reused" not in ended_words(first)
    second = night.run({"g.jsonl": jsonl([ONE, TWO])})
    assert "1 document, 1 cleaned, 0 unchanged, 0 quarantined, 1 reused" in ended_words(second)
    record = json.loads((tmp_path / "out/current/run.json").read_text())
    assert (record["totals"]["documents"], record["totals"]["reused"]) == (1, 1)
    assert "one  gap" not in (tmp_path / "out/current/report.html").read_text()
    assert record["totals"]["edits"]["test/spaces"] == {"applied": 2}


class Said(NoLog):
    """Keeps the names of what is told."""

    def __init__(self) -> None:
        """Start with none."""
        self.names: list[str] = []

    def event(self, name: str, words: str, **fields: object) -> None:
        """Take note of a name."""
        del words, fields
        self.names.append(name)


def other_verdicts(night: Night) -> How:
    night.said.append(Verdict("rejected", rule="test/spaces", host="b.example"))
    return How(stale="redo")


def repaired(night: Night) -> How:
    del night
    return How(mend=Mend(inputs=frozenset({"g.jsonl"})))


def rebuilt(night: Night) -> How:
    (night.root / "out/state.sqlite").unlink()
    rebuild_state(night.job)
    return How()


@pytest.mark.parametrize("made_otherwise", [other_verdicts, repaired, rebuilt])
def test_nothing_is_taken_over_of_what_was_made_otherwise(
    made_otherwise: Callable[[Night], How], tmp_path: Path
) -> None:
    night = Night(tmp_path)
    night.run({"g.jsonl": jsonl([ONE, TWO])})
    totals = night.run({"g.jsonl": jsonl([ONE, TWO, THREE])}, made_otherwise(night)).totals
    assert (totals["documents"], totals["reused"]) == (3, 0)
    assert night.faults() == []


def text_of_another(current: Path) -> None:
    path = current / "texts/g.jsonl"
    data = path.read_bytes().replace(b"two gaps yonder", b"two gaps beyond")
    path.unlink()
    path.write_bytes(data)


def text_that_is_gone(current: Path) -> None:
    (current / "texts/g.jsonl").unlink()


def ledger_of_another(current: Path) -> None:
    (path,) = files(current, "changes.parquet")
    rows: Any = pq.read_table(path).to_pylist()
    for row in rows:
        row["reason"] = "forged"
    schema = pq.read_schema(path)
    path.unlink()
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


DAMAGE: dict[Callable[[Path], None], tuple[int, bool]] = {
    text_of_another: (2, False),
    text_that_is_gone: (0, False),
    ledger_of_another: (0, True),
}
"""What somebody did to a generation: how many documents are reused all the same, and whether it is told."""


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_generation_is_not_believed(damage: Callable[[Path], None], tmp_path: Path) -> None:
    night, said = Night(tmp_path / "grown"), Said()
    night.run({"g.jsonl": jsonl([ONE, TWO, MAYBE])})
    damage(night.root / "out/current")
    totals = night.run({"g.jsonl": jsonl([ONE, TWO, MAYBE, THREE])}, How(log=said)).totals
    assert (totals["reused"], "not_reused" in said.names) == DAMAGE[damage]
    anew = Night(tmp_path / "anew")
    anew.run({"g.jsonl": jsonl([ONE, TWO, MAYBE, THREE])})
    assert differences(night.made(), anew.made()) == {}
    assert night.faults() == []


def test_nothing_is_left_of_what_was_laid_out(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.run({"g.jsonl": jsonl([ONE])})
    seen: list[bool] = []

    class Stops:
        """Asks to stop at the first record file, and looks at what stands in the work folder."""

        @property
        def asked(self) -> bool:
            seen.append((tmp_path / "out/work/000002/earlier").is_dir())
            return True

    assert night.run({"g.jsonl": jsonl([ONE, TWO])}, How(stopping=Stops())).status == "interrupted"
    assert any(seen)
    assert not any((tmp_path / "out/work").rglob("*.arrow"))
    result = night.run()
    assert (result.status, result.totals["reused"]) == ("published", 1)
