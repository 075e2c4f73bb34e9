"""Several processes at work: the same files come out, and whatever ends a run ends all of them."""

import gzip
import io
import json
import multiprocessing
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from odd_cleaners import Obedient
from pagetexts import PAGES
from rulefiles import cleaner_of, rule, swap

from cleaner.engines import local
from cleaner.engines import workers as processes
from cleaner.engines.local import BatchCleaner, CorpusOptions, RunSummary, clean_corpus, clean_stream
from cleaner.engines.workers import WORTH, worthwhile
from cleaner.errors import CleanerError
from cleaner.pipeline import Cleaner
from cleaner.report import RunningReport
from cleaner.verdicts import Verdict, Verdicts

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(autouse=True)
def _for_small_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start workers however little there is to do."""
    monkeypatch.setattr(processes, "WORTH", 1)
    monkeypatch.setattr(local, "ALONE", 0)


@pytest.fixture
def spaces(tmp_path: Path) -> Cleaner:
    """Give a cleaner that makes two spaces one, takes titles out, and waits at `maybe`."""
    title = rule("title", {"regex": "^Title: (?P<title>.+)$"}, do="extract")
    maybe = rule("maybe", {"regex": "maybe"}, do="remove", safety="review")
    return cleaner_of(tmp_path, title, swap("spaces", " {2,}", " "), maybe)


def run(source: Path, out: Path, cleaner: BatchCleaner, **options: Any) -> RunSummary:
    return clean_corpus(
        [source], out, cleaner, CorpusOptions(**options), report=RunningReport({}), arguments={}
    )


def grown(folder: Path) -> dict[str, bytes]:
    """Give what is in every file of an output folder; of `run.json` what does not depend on the clock."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    about = json.loads(found["run.json"])
    del about["timings"]
    return found | {"run.json": json.dumps(about).encode()}


def text(number: int) -> str:
    return f"Title: {number}\nLine  {number} of {LETTERS[number % 26] * (number % 40)}\r\n" + "maybe " * (
        number % 3
    )


def lines(*numbers: int, start: str = "") -> bytes:
    rows = ({"id": f"{start}{number}", "text": text(number), "n": number} for number in numbers)
    return b"".join(f"{json.dumps(row)}\n".encode() for row in rows)


def plant(folder: Path) -> Path:
    """Write inputs of every format, with records that are broken, and ids that stand twice."""
    folder.mkdir()
    odd = b'nonsense\n\n{"text": 7}\n\n{"id": "a3", "text": "a  third time"}\n{"text": "caf\xe9"}\n'
    (folder / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + lines(*range(20), start="a") + odd + lines(3, 40)[:-1])
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(lines(*range(15)) + odd, mtime=0))
    (folder / "cut.jsonl.gz").write_bytes(gzip.compress(lines(*range(600), start="cut"), mtime=0)[:-400])
    packed = zstandard.ZstdCompressor().compress(lines(*range(10, 25)))
    (folder / "c.jsonl.zst").write_bytes(packed)
    (folder / "empty.jsonl").write_bytes(b"")
    rows = "".join(f'{number},"{text(number)}",x\r\n' for number in range(5, 30))
    (folder / "d.csv").write_text(f'id,text,n\r\n{rows}\r\n99,"a"b\r\n7,again  twice,\r\n', newline="")
    table = pa.table(
        {"id": [None, *range(30, 60)], "text": [None, *map(text, range(30))], "list": [[1, None]] * 31}
    )
    pq.write_table(table, folder / "e.parquet", row_group_size=12)
    pq.write_table(table, folder / "f.parquet", row_group_size=16, compression="none")
    broken = bytearray((folder / "f.parquet").read_bytes())
    place = pq.ParquetFile(folder / "f.parquet").metadata.row_group(1).column(1).data_page_offset
    broken[place : place + 12] = b"\xff" * 12
    (folder / "f.parquet").write_bytes(broken)
    for number in range(12):
        name = f"texts/{number % 3}/{number}.txt"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text(number).encode("utf-16") if number == 4 else text(number).encode())
    (folder / "texts/image.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10")
    return folder


def test_the_files_are_the_same_with_any_workers_and_batches(tmp_path: Path, spaces: Cleaner) -> None:
    source = plant(tmp_path / "in")
    told = run(source, tmp_path / "out", spaces)
    files = grown(tmp_path / "out")
    assert told.cleaned > 10 * told.quarantined > 400
    assert {"quarantine/f.parquet.broken", "quarantine/cut.jsonl.gz.broken"} <= files.keys()
    for number in (1, 2, 3):
        for size in (1, 7, 4096):
            out = tmp_path / f"out-{number}-{size}"
            summary = run(source, out, spaces, workers=number, batch_size=size)
            assert grown(out) == files, (number, size)
            assert summary.reasons == told.reasons


def test_whole_pages_come_out_the_same_with_any_workers(tmp_path: Path) -> None:
    texts = [
        *(page.text for page in PAGES.values()),
        *("\n\n".join(page.paragraphs) for page in PAGES.values()),
    ]
    rows = [{"id": str(number), "text": f"{number}\n{one}"} for number, one in enumerate(texts * 3)]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    for number in (1, 2):
        told = run(source, tmp_path / f"out-{number}", Cleaner("auto"), workers=number, batch_size=4)
        assert told.whole_pages >= 3
    assert grown(tmp_path / "out-2") == grown(tmp_path / "out-1")


def test_the_first_document_with_an_id_is_kept(tmp_path: Path, spaces: Cleaner) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jsonl").write_bytes(lines(1, 2, 3))
    (tmp_path / "in/b.jsonl").write_bytes(lines(3, 4, 1, 4))
    summary = run(tmp_path / "in", tmp_path / "out", spaces, workers=2, batch_size=3)
    assert (summary.documents, summary.quarantined) == (7, 3)
    kept = (tmp_path / "out/texts/b.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["id"] for line in kept] == ["4"]
    assert (tmp_path / "out/quarantine/b.jsonl").read_bytes() == lines(3, 1, 4)


def test_what_is_wrong_with_a_document_is_the_same_with_any_workers(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, text in (("a", "word " * 50), ("b", "word " * 50), ("c", "word"), ("d", "word " * 50)):
        record = json.dumps({"id": "x" if name in "ab" else "y", "text": text})
        (tmp_path / "in" / f"{name}.jsonl").write_text(record + "\n", "utf-8")
    cleaner = Cleaner("minimal", max_chars=100)
    for number in (1, 2):
        run(tmp_path / "in", tmp_path / str(number), cleaner, workers=number, batch_size=1)
    reasons = (tmp_path / "1/quarantine").glob("*.reasons.jsonl")
    kinds = [json.loads(file.read_text("utf-8"))["kind"] for file in sorted(reasons)]
    assert kinds == ["too long", "duplicate", "duplicate"]
    assert grown(tmp_path / "1") == grown(tmp_path / "2")


@pytest.mark.parametrize("limit", [20, 26, 27])
def test_a_limit_counts_documents(tmp_path: Path, spaces: Cleaner, limit: int) -> None:
    source = plant(tmp_path / "in")
    told = [
        run(source, tmp_path / str(number), spaces, workers=number, batch_size=8, limit=limit)
        for number in (1, 2)
    ]
    assert [one.documents for one in told] == [limit, limit]
    assert grown(tmp_path / "1") == grown(tmp_path / "2")


def test_a_check_writes_nothing(tmp_path: Path, spaces: Cleaner) -> None:
    source = plant(tmp_path / "in")
    told = [
        run(source, tmp_path / "out", spaces, workers=number, batch_size=50, check=True) for number in (1, 2)
    ]
    assert [one.totals() for one in told] == [told[0].totals()] * 2
    assert told[0].would_change > 400
    assert not (tmp_path / "out").exists()


def test_a_stream_comes_out_the_same(spaces: Cleaner) -> None:
    source, found = lines(*range(50)) + b"nonsense\n" + lines(7, 60)[:-1], []
    for number in (1, 2):
        target = io.BytesIO()
        options = CorpusOptions(workers=number, batch_size=4)
        summary = clean_stream(
            io.BytesIO(source), target, spaces, options, report=RunningReport({}), arguments={}
        )
        found.append((target.getvalue(), summary.totals()))
    assert found[0] == found[1]
    assert found[0][1]["quarantined"] == 2


def test_whatever_steers_a_cleaner_reaches_the_workers(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jsonl").write_bytes(
        b'{"text": "one  two"}\n{"text": "maybe"}\n{"text": "keep  this"}\n{"text": "x  yy"}\n'
    )
    pack = tmp_path / "pack.yaml"
    rules = [swap("spaces", " {2,}", " "), rule("maybe", {"regex": "maybe$"}, do="remove", safety="review")]
    given = {"pack": "own", "version": "1.0.0", "summary": "Own rules.", "rules": rules}
    pack.write_text(json.dumps(given), "utf-8")
    rejected = Verdict("rejected", rule="own/spaces + text/spacing/spaces", before="  ", after=" ")
    rejected_alone = Verdict("rejected", rule="own/spaces", before="  ", after=" ")
    cleaner = Cleaner(
        "minimal",
        [pack],
        verdicts=Verdicts([rejected, rejected_alone]),
        apply=["own/maybe"],
        protect=["keep  this"],
    )
    for number in (1, 2):
        run(tmp_path / "in", tmp_path / str(number), cleaner, workers=number, batch_size=1)
    assert grown(tmp_path / "1") == grown(tmp_path / "2")
    statuses = set(pq.read_table(tmp_path / "2/changes.parquet")["status"].to_pylist())
    assert {"rejected", "blocked"} <= statuses


def obey(folder: Path, *texts: str, cleaner: BatchCleaner | None = None, **options: Any) -> RunSummary:
    """Let two workers do what texts say, one text at a time."""
    source = folder / "in.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    options = {"workers": 2, "batch_size": 1} | options
    return run(source, folder / "out", cleaner or Obedient(), **options)


def test_a_document_that_kills_its_worker_goes_to_quarantine_alone(tmp_path: Path) -> None:
    summary = obey(tmp_path, *"abc", "kill", *"defgh", batch_size=3)
    assert (summary.documents, summary.quarantined) == (9, 1)
    assert "cleaning it ended its process (SIGKILL)" in summary.reasons[0]
    kept = (tmp_path / "out/texts/in.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in kept] == [*"abcdefgh"]
    reason = json.loads((tmp_path / "out/quarantine/in.jsonl.reasons.jsonl").read_text())
    assert (reason["doc_id"], reason["kind"]) == ("in.jsonl#4", "killed")
    assert multiprocessing.active_children() == []


def test_two_workers_that_are_killed_at_once_are_replaced(tmp_path: Path) -> None:
    summary = obey(tmp_path, "kill", "kill", *"abcdef", "kill")
    assert (summary.documents, summary.quarantined) == (9, 3)


def test_a_worker_that_is_killed_by_chance_costs_no_document(tmp_path: Path) -> None:
    once = tmp_path / "once"
    once.touch()
    summary = obey(tmp_path, *"abc", f"kill once {once}", *"defgh")
    assert (summary.documents, summary.quarantined) == (9, 0)
    assert not once.exists()


@pytest.mark.parametrize("told", ["terminate", "interrupt"])
def test_a_worker_leaves_to_its_parent_what_is_told_to_all(tmp_path: Path, told: str) -> None:
    """A service manager and a terminal send their signals to every process of a run."""
    summary = obey(tmp_path, "a", told, *"bcd")
    assert (summary.documents, summary.quarantined) == (5, 0)


def test_an_exception_comes_with_its_cause(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="a fault in the engine") as caught:
        obey(tmp_path, *"abc", "fault", *"def")
    assert "odd_cleaners.py" in caught.value.__notes__[0]
    with pytest.raises(CleanerError, match="OwnError: own fault!") as caught_own:
        obey(tmp_path, *"abc", "own fault", *"def")
    assert "in a worker process" in caught_own.value.__notes__[0]
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_ends_a_worker_in_the_midst_of_a_batch(
    tmp_path: Path, stop: type[BaseException]
) -> None:
    asleep = tmp_path / "asleep"
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in ("a", "sleep", *"bcd")))

    def interrupt(_documents: int, _size: int) -> None:
        while not asleep.exists():
            time.sleep(0.01)
        raise stop

    options = CorpusOptions(workers=2, batch_size=1)
    with pytest.raises(stop):
        clean_corpus(
            [source],
            tmp_path / "out",
            Obedient(asleep),
            options,
            report=RunningReport({}),
            arguments={},
            progress=interrupt,
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["asleep", "in.jsonl"]
    assert multiprocessing.active_children() == []


def test_a_cleaner_that_cannot_be_read_again_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [one for one in sys.path if Path(one).name != "tests"])
    with pytest.raises(ModuleNotFoundError, match="odd_cleaners"):
        obey(tmp_path, *"abc")


def test_few_parts_are_read_ahead(tmp_path: Path) -> None:
    done: list[int] = []

    class Growing:
        """Lines that know how far they were read."""

        def readline(self, _most: int) -> bytes:
            if len(taken) == 100:
                return b""
            taken.append(len(taken) - len(done))
            return json.dumps({"text": str(len(taken))}).encode() + b"\n"

    taken: list[int] = []
    options = CorpusOptions(workers=2, batch_size=1)
    clean_stream(
        Growing(),  # type: ignore[arg-type]
        io.BytesIO(),
        Obedient(),
        options,
        report=RunningReport({}),
        arguments={},
        progress=lambda documents, _size: done.append(documents),
    )
    assert len(done) == 100
    assert max(taken) <= processes.AHEAD * 2 + 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("size", "limit", "number"),
    [(WORTH, None, 1), (2 * WORTH, None, 2), (7 * WORTH, None, 4), (float("inf"), 256, 1), (1e9, 700, 2)],
)
def test_a_small_input_starts_no_process(
    monkeypatch: pytest.MonkeyPatch, size: float, limit: int | None, number: int
) -> None:
    monkeypatch.setattr(processes, "WORTH", WORTH)
    assert worthwhile(size, CorpusOptions(workers=4, limit=limit)) == number
