"""A record file that cannot be opened goes to quarantine whole, and the rest of the run goes on."""

import json
from pathlib import Path

import jobfolders
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jobfolders import add, run, write_job

from cleaner.corpus import formats
from cleaner.corpus.extras import MissingExtra
from cleaner.errors import UsageError


def test_a_table_without_a_text_column_stops_nothing(tmp_path: Path) -> None:
    job = write_job(tmp_path, {"a.txt": "one", "no.csv": "id,body\n1,hello\n", "z.csv": "id,text\n1,hi\n"})
    pq.write_table(pa.table({"text": [1, 2]}), tmp_path / "in" / "numbers.parquet")
    result, _ = run(job)
    assert (result.status, result.totals["documents"], result.totals["quarantined"]) == ("published", 4, 2)
    assert jobfolders.texts(job.output) == {"a.txt": "one", "z.csv": "id,text\n1,hi\n"}
    quarantine = job.output / "current" / "quarantine"
    assert (quarantine / "no.csv.broken").read_text() == "id,body\n1,hello\n"
    reason = json.loads((quarantine / "no.csv.reasons.jsonl").read_text())
    assert (reason["doc_id"], reason["kind"]) == ("no.csv", "unreadable")
    assert "no column 'text'; the columns are 'id', 'body'" in reason["message"]
    assert "holds int64, not strings" in (quarantine / "numbers.parquet.reasons.jsonl").read_text()


def test_it_is_not_tried_again_until_its_bytes_change_or_somebody_asks(tmp_path: Path) -> None:
    job = write_job(tmp_path, {"no.csv": "id,body\n1,hello\n"})
    run(job)
    assert run(job)[0].status == "idle"
    assert run(job, retry=True)[0].totals["quarantined"] == 1
    add(tmp_path, {"no.csv": "id,text\n1,hello\n"})
    result, _ = run(job)
    assert (result.totals["inputs"]["changed"], result.totals["quarantined"]) == (1, 0)
    assert jobfolders.texts(job.output) == {"no.csv": "id,text\n1,hello\n"}
    assert not (job.output / "current" / "quarantine").exists()


def test_a_missing_library_is_no_fault_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        message = "x: needs fastwarc"
        raise MissingExtra(message)

    monkeypatch.setitem(formats.RECORD_FORMATS, ".warc", refuse)
    job = write_job(tmp_path, {"a.warc": "WARC/1.0\r\n"})
    with pytest.raises(UsageError, match="needs fastwarc"):
        run(job)
