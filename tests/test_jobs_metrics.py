"""The metrics file: as Prometheus's own library reads it."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobruns import BREACH, COUNTED, MadeUpRun
from prometheus_client.parser import text_string_to_metric_families

from cleaner.errors import CleanerError, UsageError
from cleaner.jobs.metrics import (
    METRICS,
    JobMetrics,
    check_place,
    exposition,
    metrics_of,
    metrics_table,
    write_metrics,
)

GUIDE = Path(__file__).parents[1] / "docs" / "jobs-seen.md"
ENDED = 1_772_589_675.0
"""2026-03-04T02:01:15 UTC"""


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Read a file's samples: by name and the values of the labels after the job's, all of one job."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation == METRICS[family.name]
        for one in family.samples:
            labels = dict(one.labels)
            assert labels.pop("job") == "letters"
            assert one.timestamp is None
            found[one.name.removeprefix("cleaner_job_"), *labels.values()] = one.value
    return found


def test_a_run_that_went_well_says_so_with_its_counts() -> None:
    text = exposition(metrics_of("letters", MadeUpRun(totals=COUNTED), None))
    said = samples(text)
    statuses = {key: said.pop(key) for key in list(said) if key[0] == "last_run_status"}
    assert len(statuses) == 8
    assert [key[1] for key, value in statuses.items() if value] == ["published"]
    assert said == {
        ("schema_version",): 1,
        ("last_run_timestamp_seconds",): ENDED,
        ("last_success_timestamp_seconds",): ENDED,
        ("duration_seconds",): 61.25,
        ("documents", "cleaned"): 1_032,
        ("documents", "unchanged"): 200,
        ("documents", "quarantined"): 2,
        ("documents", "reused"): 5_000,
        ("inputs", "new"): 1_000,
        ("inputs", "changed"): 30,
        ("inputs", "redone"): 0,
        ("inputs", "unchanged"): 200,
        ("inputs", "stale"): 7,
        ("inputs", "vanished"): 4,
        ("edits", "web/footer", "applied"): 3_000,
        ("edits", "web/footer", "proposed"): 5,
        ("edits", "text/spacing", "applied"): 12,
        ("gate_breaches",): 0,
    }


@pytest.mark.parametrize("status", ["failed", "held", "interrupted"])
def test_the_last_success_outlives_a_run_that_was_none(status: str) -> None:
    run = MadeUpRun(status=status, breaches=[BREACH, BREACH])  # type: ignore[arg-type]
    said = samples(exposition(metrics_of("letters", run, "2026-03-03T02:00:00+00:00")))
    assert said["last_success_timestamp_seconds",] == ENDED - 86_475
    assert said["last_run_timestamp_seconds",] == ENDED
    assert (said["last_run_status", status], said["last_run_status", "published"]) == (1, 0)
    assert said["gate_breaches",] == 2
    never = samples(exposition(metrics_of("letters", run, None)))
    assert never["last_success_timestamp_seconds",] == 0


def test_a_run_that_found_nothing_new_is_a_success_and_took_what_the_clock_says() -> None:
    said = samples(exposition(metrics_of("letters", MadeUpRun(status="idle"), "2026-03-03T02:00:00+00:00")))
    assert said["last_success_timestamp_seconds",] == ENDED
    assert said["duration_seconds",] == 75


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_label_is_read_as_it_was(job: str, rule: str) -> None:
    text = exposition(JobMetrics(job, "idle", 1.0, edits={rule: {"applied": 1}}))
    found = [one for family in text_string_to_metric_families(text) for one in family.samples]
    (edits,) = (one for one in found if one.name == "cleaner_job_edits")
    assert edits.labels == {"job": job, "rule": rule, "status": "applied"}


def test_half_a_surrogate_pair_is_written_as_its_escape() -> None:
    said = exposition(JobMetrics("letters", "idle", 1.0, edits={"a\udc80": {"applied": 1}}))
    assert ("edits", "a\\udc80", "applied") in samples(said)
    assert said.encode("utf-8").endswith(b"\n")


def test_the_file_is_whole_and_readable_by_the_collector(tmp_path: Path) -> None:
    path = tmp_path / "cleaner-letters.prom"
    before = os.umask(0o077)
    try:
        write_metrics(path, JobMetrics("letters", "failed", 1.0))
        write_metrics(path, JobMetrics("letters", "idle", 2.0))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert path.read_text("utf-8") == exposition(JobMetrics("letters", "idle", 2.0))
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cleaner-letters.prom"
    write_metrics(path, JobMetrics("letters", "idle", 1.0))
    old = path.read_bytes()

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(CleanerError, match="cannot be written: No space left on device"):
        write_metrics(path, JobMetrics("letters", "failed", 2.0))
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["letters.txt", "letters", ".letters.prom", "missing/letters.prom"])
def test_a_place_the_collector_never_looks_at_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        check_place(tmp_path / name)
    check_place(tmp_path / "letters.prom")


def test_the_guide_has_every_metric_with_its_labels() -> None:
    table = metrics_table()
    assert "| `cleaner_job_edits` | `job`, `rule`, `status` |" in table
    assert table in GUIDE.read_text("utf-8")
