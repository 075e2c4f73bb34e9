"""A run whose parts are done by an engine's workers: the same files come out, whoever dies on the way."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crews import Dying, in_turn
from odd_cleaners import Named, Obedient
from rulefiles import cleaner_of, rule, swap

from cleaner.corpus.text_file import TextFiles
from cleaner.engines import crew as crews
from cleaner.engines.cluster import clean_on, opened
from cleaner.engines.crew import Opened
from cleaner.engines.local import CorpusOptions, RunSummary, clean_corpus
from cleaner.engines.outcome import BatchCleaner
from cleaner.engines.unit import DamagedUnit, from_bytes, to_bytes
from cleaner.engines.units import Units
from cleaner.errors import CleanerError, UsageError
from cleaner.pipeline import Cleaner
from cleaner.report import RunningReport
from cleaner.verdicts import Verdict, Verdicts


@pytest.fixture
def cleaner(tmp_path: Path) -> Cleaner:
    """Give a cleaner that makes two spaces one, takes titles out, and waits at `maybe`."""
    title = rule("title", {"regex": "^Title: (?P<title>.+)$"}, do="extract")
    maybe = rule("maybe", {"regex": "maybe"}, do="remove", safety="review")
    return cleaner_of(tmp_path, title, swap("spaces", " {2,}", " "), maybe)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Give a folder with a file of every format, some of them broken, and ids that stand twice."""
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    for number in range(40):
        (folder / "deep" / f"{number}.txt").write_text(f"Title: No {number}\n\nSome  text, maybe.\n" * 3)
    (folder / "bad.txt").write_bytes(b"\x00\xff" * 40)
    records = [{"id": f"r{number % 30}", "text": f"a  b {number}", "n": number} for number in range(40)]
    lines = [json.dumps(record) + "\n" for record in records]
    (folder / "a.jsonl").write_text("".join([*lines, "{broken\n", "\n", '{"no": "text"}\n']))
    (folder / "b.jsonl.gz").write_bytes(gzip.compress("".join(lines).encode())[:-20])
    (folder / "c.csv").write_text("id,text\r\n" + "".join(f'c{n},"x  y"\r\n' for n in range(25)))
    table = pa.table(
        {"id": [f"p{n}" for n in range(33)], "text": ["q  r"] * 33, "x": [[n] for n in range(33)]}
    )
    pq.write_table(table, folder / "d.parquet", row_group_size=12)
    return folder


def run(
    source: Path, out: Path, cleaner: BatchCleaner, engine: Opened | None = None, **options: Any
) -> RunSummary:
    told: dict[str, Any] = {"report": RunningReport({}), "arguments": {}}
    if engine is None:
        return clean_corpus([source], out, cleaner, CorpusOptions(**options), **told)
    return clean_on(engine, [source], out, cleaner, CorpusOptions(**options), **told)


def files(folder: Path) -> dict[str, bytes]:
    """Give what is in every file of an output, without what depends on the clock."""
    paths: Iterable[Path] = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    about = json.loads(found["run.json"])
    del about["timings"]
    return found | {"run.json": json.dumps(about).encode()}


@pytest.fixture(params=[1, 5, 100_000])
def _in_waves(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand over so many tasks at once."""
    monkeypatch.setattr(crews, "WAVE_TASKS", request.param)


@pytest.mark.usefixtures("_in_waves")
@pytest.mark.parametrize("rows", [1, 7, 256])
def test_an_engine_writes_what_one_process_writes(
    corpus: Path, tmp_path: Path, cleaner: Cleaner, rows: int
) -> None:
    run(corpus, tmp_path / "plain", cleaner)
    summary = run(corpus, tmp_path / "out", cleaner, in_turn(seed=rows), batch_size=rows)
    assert files(tmp_path / "out") == files(tmp_path / "plain")
    assert summary.quarantined
    assert not (tmp_path / "out.units").exists()


@pytest.mark.parametrize("limit", [1, 20, 60])
def test_a_limit_holds(corpus: Path, tmp_path: Path, cleaner: Cleaner, limit: int) -> None:
    run(corpus, tmp_path / "plain", cleaner, limit=limit)
    run(corpus, tmp_path / "out", cleaner, in_turn(), limit=limit, batch_size=7)
    assert files(tmp_path / "out") == files(tmp_path / "plain")


def test_verdicts_are_heard(corpus: Path, tmp_path: Path, cleaner: Cleaner) -> None:
    said = [
        Verdict("rejected", rule="test/spaces", before="  ", after=" "),
        Verdict("accepted", rule="test/maybe", before="maybe", after=""),
        Verdict("accepted", rule="test/none", before="x", after="y"),
    ]
    steered = cleaner.steered_by(Verdicts(said))
    plain = run(corpus, tmp_path / "plain", steered)
    summary = run(corpus, tmp_path / "out", steered, in_turn(), batch_size=5)
    assert files(tmp_path / "out") == files(tmp_path / "plain")
    assert summary.verdicts == plain.verdicts
    assert summary.verdicts.honoured


def test_a_driver_that_dies_goes_on_from_what_is_done(corpus: Path, tmp_path: Path, cleaner: Cleaner) -> None:
    run(corpus, tmp_path / "plain", cleaner)
    with pytest.raises(KeyboardInterrupt):
        run(corpus, tmp_path / "out", cleaner, in_turn(dies_after=9), batch_size=4)
    assert not (tmp_path / "out").exists()
    done = len(list((tmp_path / "out.units").rglob("*.arrow")))
    assert done == 9
    run(corpus, tmp_path / "out", cleaner, in_turn(seed=1), batch_size=4)
    assert files(tmp_path / "out") == files(tmp_path / "plain")


def test_what_is_done_counts_only_for_the_same(corpus: Path, tmp_path: Path, cleaner: Cleaner) -> None:
    """Another rule, a changed document: nothing of before is taken."""
    with pytest.raises(KeyboardInterrupt):
        run(corpus, tmp_path / "out", cleaner, in_turn(dies_after=12), batch_size=4)
    other = cleaner_of(tmp_path, swap("dots", r"\.", "!"))
    (corpus / "deep/3.txt").write_text("Another  text.\n")
    run(corpus, tmp_path / "plain", other)
    run(corpus, tmp_path / "out", other, in_turn(), batch_size=4)
    assert files(tmp_path / "out") == files(tmp_path / "plain")


def test_a_damaged_unit_is_done_again(corpus: Path, tmp_path: Path, cleaner: Cleaner) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(corpus, tmp_path / "out", cleaner, in_turn(dies_after=20), batch_size=4)
    for path in (tmp_path / "out.units").rglob("*.arrow"):
        path.write_bytes(path.read_bytes()[:-7])
    run(corpus, tmp_path / "plain", cleaner)
    run(corpus, tmp_path / "out", cleaner, in_turn(), batch_size=4)
    assert files(tmp_path / "out") == files(tmp_path / "plain")


def test_a_document_that_ends_workers_goes_to_quarantine(tmp_path: Path) -> None:
    source, engine = tmp_path / "in.jsonl", Dying()
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in ["a", "kill", "b"]))
    summary = run(source, tmp_path / "out", Named(), engine.opened())
    assert (summary.documents, summary.quarantined, engine.deaths) == (3, 1, 2)
    assert "cleaning it ended its process (SIGKILL)" in summary.reasons[0]
    assert not (tmp_path / "out.units").exists()


def test_a_part_that_ends_workers_for_ever_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.txt").write_text("a")
    monkeypatch.setattr(Units, "try_for", lambda *_: 5)
    with pytest.raises(CleanerError, match=r"a part of in\.txt has ended 5 workers"):
        run(tmp_path / "in.txt", tmp_path / "out", Named(), in_turn())


def test_what_a_worker_raises_is_raised(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("fault")
    with pytest.raises(RuntimeError, match="a fault in the engine") as caught:
        run(tmp_path / "in.txt", tmp_path / "out", Named(), in_turn())
    assert "odd_cleaners.py" in caught.value.__notes__[0]


def test_storage_that_is_not_shared_is_told(
    corpus: Path, tmp_path: Path, cleaner: Cleaner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Units, "put", lambda *_: None)  # as if it were on a disk of another machine
    with pytest.raises(CleanerError, match=r"another of this run wrote it; .* share as --units"):
        run(corpus / "deep", tmp_path / "out", cleaner, in_turn())


def test_an_engine_does_not_check(corpus: Path, tmp_path: Path, cleaner: Cleaner) -> None:
    with pytest.raises(UsageError, match="--check writes nothing"):
        run(corpus, tmp_path / "out", cleaner, in_turn(), check=True)


@pytest.mark.parametrize(
    ("source", "out", "words"),
    [
        ("memory://in", "out", "memory://in: --engine reads files under a path that all machines see"),
        ("in", "memory://out", "memory://out: workers keep what is done in a folder"),
    ],
)
def test_an_address_is_refused(cleaner: Cleaner, source: str, out: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        clean_on(in_turn(), [source], out, cleaner, CorpusOptions(), report=RunningReport({}), arguments={})


def test_an_engine_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no engine 'flink'; there are ray and spark"):
        opened("flink", None, None)


def test_a_cleaner_without_a_fingerprint_is_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Obedient has no fingerprint"):
        run(corpus, tmp_path / "out", Obedient(), in_turn())


def test_a_unit_is_told_from_anything_else(corpus: Path, cleaner: Cleaner) -> None:
    finished = crews.finish(cleaner, _task(corpus), ())
    data = to_bytes("key", finished)
    assert from_bytes("key", data) == finished
    for key, held in [("other", data), ("key", data[:-1]), ("key", b""), ("key", b"ARROW1" + bytes(80))]:
        with pytest.raises(DamagedUnit):
            from_bytes(key, held)


def _task(corpus: Path) -> crews.Task:
    records = TextFiles(((path, path.name) for path in sorted(corpus.glob("deep/*"))), None)
    return crews.Task(records, next(records.parts(256)))
