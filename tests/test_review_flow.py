"""The loop of review: clean, judge, clean again, and what became of each verdict."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from rulefiles import empty_profile, rule, swap, write_pack
from typer.testing import CliRunner, Result

import cleaner.engines.workers as processes
from cleaner.cli import app
from cleaner.engines import local
from cleaner.review.store import Store
from cleaner.verdicts import Verdict, read, to_line

SEEDS = Path(__file__).parent.parent / "seeds"
SEED = "002_32b2a2d94d6409ee.txt"
PROPOSED = "It was the govern- ment that said so in the end, the govern ment .\n"

Row = dict[str, Any]
Judge = Callable[..., Path]


@pytest.fixture
def _for_small_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start workers however little there is to do."""
    monkeypatch.setattr(processes, "WORTH", 1)
    monkeypatch.setattr(local, "ALONE", 0)


@pytest.fixture(name="corpus")
def texts_of_seeds(tmp_path: Path) -> Path:
    """Give the seeds, and a text with a proposal."""
    folder = tmp_path / "in"
    folder.mkdir()
    for seed in SEEDS.glob("*.txt"):
        shutil.copy(seed, folder)
    (folder / "proposed.txt").write_text(PROPOSED, "utf-8")
    return folder


@pytest.fixture(name="sites")
def records_of_sites(tmp_path: Path) -> Path:
    """Give the same text from two sites, and one of its own."""
    text = "Title: News\nBy: Li\nOne  two maybe three."
    records = [
        {"id": "a", "text": text, "host": "X.org"},
        {"id": "b", "text": text, "host": "y.org"},
        {"id": "c", "text": "Four  five.", "host": "x.org"},
    ]
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    return path


@pytest.fixture(name="own")
def own_rules(tmp_path: Path) -> list[str]:
    """Give the options for rules that extract, replace, and propose both."""
    rules = [
        rule("title", {"regex": r"^Title: (?P<title>.+)\n"}, do="extract"),
        rule("author", {"regex": r"^By: (?P<author>.+)\n"}, do="extract", safety="review"),
        swap("spaces", " {2,}", " "),
        swap("maybe", "maybe ", "", safety="review"),
    ]
    pack = write_pack(tmp_path / "packs/test.yaml", rules)
    return ["--profile", empty_profile(tmp_path), "--pack", str(pack)]


@pytest.fixture(name="judge")
def file_or_store_of_verdicts(tmp_path: Path) -> Judge:
    def judge(*verdicts: Verdict, name: str = "verdicts.jsonl") -> Path:
        path = tmp_path / name
        if path.suffix == ".sqlite":
            with Store.open(path) as store:
                store.add(verdicts)
            return path
        path.write_text("".join(to_line(one) + "\n" for one in verdicts), "utf-8")
        return path

    return judge


def clean(source: Path, out: Path | None, *more: object) -> Result:
    place = [] if out is None else ["--out", out]
    result = CliRunner().invoke(app, [str(one) for one in ("clean", source, *place, *more)])
    assert result.exit_code in (0, 3, 5), result.output
    return result


def ledger(out: Path) -> list[Row]:
    return pq.read_table(out / "changes.parquet").to_pylist()


def documents(out: Path) -> dict[str, Row]:
    return {row["doc_id"]: row for row in pq.read_table(out / "documents.parquet").to_pylist()}


def heard(out: Path) -> dict[str, int]:
    told: dict[str, int] = json.loads((out / "run.json").read_text("utf-8"))["totals"]["verdicts"]
    return told


def unheard(out: Path) -> list[tuple[str, str]]:
    """Give the verdicts that met no edit: what each is on, and its use."""
    lines = (out / "verdicts-unused.jsonl").read_text("utf-8").splitlines()
    return [
        (json.loads(line).get("edit_id") or json.loads(line)["rule"], json.loads(line)["use"])
        for line in lines
    ]


def only(rows: list[Row], **values: object) -> Row:
    (found,) = (row for row in rows if all(row[name] == value for name, value in values.items()))
    return found


def on(row: Row, judgement: Any = "rejected") -> Verdict:  # noqa: ANN401 - one of three words
    return Verdict(judgement, row["edit_id"], row["rule"], row["before"], row["after"], doc_id=row["doc_id"])


def still(row: Row) -> Row:
    """Give what of an edit another edit's verdict may not change."""
    return {name: value for name, value in row.items() if name not in ("clean_start", "clean_end")}


# --- the golden flow


@pytest.mark.usefixtures("_for_small_inputs")
@pytest.mark.parametrize(("workers", "name"), [(1, "verdicts.sqlite"), (2, "verdicts.jsonl")])
def test_a_rejection_and_an_acceptance_change_two_edits_and_nothing_else(
    corpus: Path, tmp_path: Path, judge: Judge, workers: int, name: str
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    clean(corpus, first)
    before = ledger(first)
    kept = only(before, doc_id=SEED, rule="text/punctuation/space-before-stop")
    made = only(before, rule="text/punctuation/split-words")
    assert (kept["status"], made["status"]) == ("applied", "proposed")

    verdicts = judge(on(kept), on(made, "accepted"), name=name)
    result = clean(corpus, second, "--verdicts", verdicts, "--workers", workers, "--batch-size", 1)

    assert "verdicts: 2 honoured, 0 lapsed, 0 unused\n" in result.stdout
    assert heard(second) == {"honoured": 2, "lapsed": 0, "unused": 0}
    assert not (second / "verdicts-unused.jsonl").exists()
    judged = {kept["edit_id"]: "rejected", made["edit_id"]: "applied"}
    after = ledger(second)
    assert {row["edit_id"]: row["status"] for row in after if row["edit_id"] in judged} == judged
    for old, new in zip(before, after, strict=True):
        status = judged.get(old["edit_id"], old["status"])
        if old["doc_id"] in (kept["doc_id"], made["doc_id"]):
            assert still(old) | {"status": status} == still(new)
        else:
            assert old == new

    for text_file, old in documents(first).items():
        text, again = ((out / "texts" / text_file).read_bytes().decode() for out in (first, second))
        change = {kept["doc_id"]: (kept, "after", "before"), made["doc_id"]: (made, "before", "after")}
        if text_file in change:
            row, was, now = change[text_file]
            assert text[row["clean_start"] : row["clean_end"]] == row[was]
            text = text[: row["clean_start"]] + row[now] + text[row["clean_end"] :]
        else:
            assert documents(second)[text_file] == old
        assert again == text


# --- groups, hosts, metadata


def test_a_group_is_judged_wherever_it_stands(
    sites: Path, own: list[str], tmp_path: Path, judge: Judge
) -> None:
    verdicts = judge(
        Verdict("rejected", rule="test/spaces", before="  ", after=" "),
        Verdict("accepted", rule="test/maybe", before="maybe ", after=""),
    )
    clean(sites, tmp_path / "out", *own, "--verdicts", verdicts)
    found = {(row["rule"], row["doc_id"]): row["status"] for row in ledger(tmp_path / "out")}
    assert {found["test/spaces", one] for one in "abc"} == {"rejected"}
    assert {found["test/maybe", one] for one in "ab"} == {"applied"}
    assert found["test/title", "a"] == "applied"
    texts = [json.loads(line)["text"] for line in (tmp_path / "out/texts/in.jsonl").read_text().splitlines()]
    assert texts == ["By: Li\nOne  two three."] * 2 + ["Four  five."]
    assert heard(tmp_path / "out") == {"honoured": 2, "lapsed": 0, "unused": 0}


def test_a_rule_is_judged_on_its_site_alone(
    sites: Path, own: list[str], tmp_path: Path, judge: Judge
) -> None:
    verdicts = judge(
        Verdict("rejected", rule="test/spaces", host="x.org"),
        Verdict("accepted", rule="test/maybe", host="y.org"),
    )
    clean(sites, tmp_path / "out", *own, "--verdicts", verdicts)
    found = {(row["rule"], row["doc_id"]): row["status"] for row in ledger(tmp_path / "out")}
    assert [found["test/spaces", one] for one in "abc"] == ["rejected", "applied", "rejected"]
    assert [found["test/maybe", one] for one in "ab"] == ["proposed", "applied"]
    assert heard(tmp_path / "out") == {"honoured": 2, "lapsed": 0, "unused": 0}


def test_a_verdict_decides_what_goes_into_the_metadata(
    sites: Path, own: list[str], tmp_path: Path, judge: Judge
) -> None:
    clean(sites, tmp_path / "first", *own)
    rows = ledger(tmp_path / "first")
    assert {"title", "author"} & json.loads(documents(tmp_path / "first")["a"]["metadata"]).keys() == {
        "title"
    }
    title, author = (only(rows, doc_id="a", rule=f"test/{name}") for name in ("title", "author"))

    verdicts = judge(on(title), on(author, "accepted"))
    clean(sites, tmp_path / "second", *own, "--verdicts", verdicts)
    found = {name: json.loads(row["metadata"]) for name, row in documents(tmp_path / "second").items()}
    assert found["a"].get("author") == "Li"
    assert "title" not in found["a"]
    assert found["b"] == json.loads(documents(tmp_path / "first")["b"]["metadata"])
    rows = ledger(tmp_path / "second")
    assert only(rows, edit_id=title["edit_id"])["status"] == "rejected"
    assert only(rows, edit_id=author["edit_id"])["value"] == "Li"


# --- what became of them


def test_an_accepted_proposal_that_a_later_rule_repairs_further_is_honoured(
    tmp_path: Path, judge: Judge
) -> None:
    grow = swap("grow", "maybe", "perhaps  so", safety="review")
    pack = write_pack(tmp_path / "packs/test.yaml", [grow, swap("spaces", " {2,}", " ")])
    options = ["--profile", empty_profile(tmp_path), "--pack", str(pack)]
    (tmp_path / "in.txt").write_text("It is maybe.", "utf-8")
    clean(tmp_path / "in.txt", tmp_path / "first", *options)
    (proposal,) = ledger(tmp_path / "first")

    clean(tmp_path / "in.txt", tmp_path / "second", *options, "--verdicts", judge(on(proposal, "accepted")))
    (fused,) = ledger(tmp_path / "second")
    assert (fused["rule"], fused["after"]) == ("test/grow + test/spaces", "perhaps so")
    assert fused["edit_id"] != proposal["edit_id"]
    assert heard(tmp_path / "second") == {"honoured": 1, "lapsed": 0, "unused": 0}


def test_a_verdict_that_a_nearer_one_beats_and_a_deferred_one_are_honoured_too(
    sites: Path, own: list[str], tmp_path: Path, judge: Judge
) -> None:
    clean(sites, tmp_path / "first", *own)
    spaces = only(ledger(tmp_path / "first"), doc_id="c")
    verdicts = judge(
        on(spaces, "deferred"),
        Verdict("rejected", rule="test/spaces", before="  ", after=" "),
        Verdict("accepted", rule="test/spaces", host="x.org"),
        Verdict("deferred", rule="test/title", host="z.org"),
    )
    clean(sites, tmp_path / "second", *own, "--verdicts", verdicts)
    assert heard(tmp_path / "second") == {"honoured": 3, "lapsed": 0, "unused": 1}
    assert only(ledger(tmp_path / "second"), edit_id=spaces["edit_id"])["status"] == "applied"


@pytest.fixture(name="changed")
def verdicts_on_a_changed_corpus(sites: Path, own: list[str], tmp_path: Path, judge: Judge) -> Path:
    """Give verdicts on a corpus of which one document then changed and another can no longer be cleaned."""
    clean(sites, tmp_path / "first", *own)
    rows = ledger(tmp_path / "first")
    spaces = [only(rows, doc_id=one, rule="test/spaces") for one in "abc"]
    lines = sites.read_text("utf-8").splitlines()
    sites.write_text("\n".join([lines[0].replace("One", "Zero"), "{broken", lines[2]]) + "\n", "utf-8")
    elsewhere = Verdict("rejected", "e1-0000000000000000", doc_id="elsewhere.txt", comment="of another run")
    bare = Verdict("rejected", "e1-1111111111111111")
    off = Verdict("rejected", rule="test/none", host="x.org")
    return judge(*map(on, spaces), elsewhere, bare, off)


def test_a_verdict_lapses_where_the_place_changed_and_is_unused_where_there_is_no_document(
    changed: Path, sites: Path, own: list[str], tmp_path: Path
) -> None:
    result = clean(sites, tmp_path / "out", *own, "--verdicts", changed)
    said = list(read(changed))
    assert heard(tmp_path / "out") == {"honoured": 1, "lapsed": 1, "unused": 4}
    assert unheard(tmp_path / "out") == [
        (said[0].edit_id, "lapsed"),
        (said[1].edit_id, "unused"),
        ("e1-0000000000000000", "unused"),
        ("e1-1111111111111111", "unused"),
        ("test/none", "unused"),
    ]
    listed = tmp_path / "out/verdicts-unused.jsonl"
    assert f"verdicts: 1 honoured, 1 lapsed, 4 unused: {listed}\n" in result.stdout
    assert result.stderr == ""
    assert "verdicts-unused.jsonl" in json.loads((tmp_path / "out/run.json").read_text())["outputs"]


def test_the_list_of_unused_verdicts_is_a_file_of_verdicts(
    changed: Path, sites: Path, own: list[str], tmp_path: Path
) -> None:
    clean(sites, tmp_path / "out", *own, "--verdicts", changed)
    said = list(read(changed))
    assert list(read(tmp_path / "out/verdicts-unused.jsonl")) == [*said[:2], *said[3:]]
    clean(sites, tmp_path / "again", *own, "--verdicts", tmp_path / "out/verdicts-unused.jsonl")
    assert unheard(tmp_path / "again") == unheard(tmp_path / "out")


@pytest.mark.usefixtures("_for_small_inputs")
def test_workers_and_batches_change_nothing_of_what_is_said(
    changed: Path, sites: Path, own: list[str], tmp_path: Path
) -> None:
    found = []
    for number, options in enumerate((["--workers", 1], ["--workers", 2, "--batch-size", 1])):
        out = tmp_path / str(number)
        clean(sites, out, *own, "--verdicts", changed, *options)
        found.append((heard(out), (out / "verdicts-unused.jsonl").read_bytes()))
    assert found[0] == found[1]


def test_an_overwrite_takes_the_list_of_an_earlier_run_away(
    changed: Path, sites: Path, own: list[str], tmp_path: Path
) -> None:
    clean(sites, tmp_path / "out", *own, "--verdicts", changed)
    clean(sites, tmp_path / "out", *own, "--overwrite")
    assert not (tmp_path / "out/verdicts-unused.jsonl").exists()
    assert heard(tmp_path / "out") == {"honoured": 0, "lapsed": 0, "unused": 0}


def test_where_nothing_is_written_the_first_few_are_told(changed: Path, sites: Path, own: list[str]) -> None:
    with changed.open("a", encoding="utf-8") as file:
        file.write(to_line(Verdict("rejected", rule="test/none", before="a" * 40, after="")) + "\n")
    result = clean(sites, None, *own, "--check", "--verdicts", changed)
    assert "verdicts: 1 honoured, 1 lapsed, 5 unused\n" in result.stdout
    lapsed, unused, *_ = (one.edit_id for one in read(changed))
    assert result.stderr.splitlines() == [
        "verdicts that met no edit:",
        f"  lapsed: rejected {lapsed} in a",
        f"  unused: rejected {unused} in b",
        "  unused: rejected e1-0000000000000000 in elsewhere.txt",
        "  unused: rejected e1-1111111111111111",
        "  unused: rejected test/none on x.org",
        "  … and 1 more",
        "  (a run with --out DIR lists them all)",
    ]
    quiet = clean(sites, None, *own, "--check", "--verdicts", changed, "--quiet")
    assert "verdict" not in quiet.output


def test_files_of_verdicts_add_up_and_time_decides(
    sites: Path, own: list[str], tmp_path: Path, judge: Judge
) -> None:
    group = {"rule": "test/spaces", "before": "  ", "after": " "}
    newer = judge(Verdict("rejected", **group, time="2026-01-02"), name="newer.jsonl")
    older = judge(
        Verdict("accepted", **group, time="2026-01-01"),
        Verdict("accepted", rule="test/maybe", host="x.org"),
        name="older.jsonl",
    )
    clean(sites, tmp_path / "out", *own, "--verdicts", newer, "--verdicts", older)
    found = {(row["rule"], row["doc_id"]): row["status"] for row in ledger(tmp_path / "out")}
    assert (found["test/spaces", "a"], found["test/maybe", "a"]) == ("rejected", "applied")
    assert heard(tmp_path / "out") == {"honoured": 2, "lapsed": 0, "unused": 0}
    about = json.loads((tmp_path / "out/run.json").read_text("utf-8"))
    assert about["arguments"]["verdicts"] == [str(newer), str(older)]


@pytest.mark.parametrize("place", ["", "out"])
def test_a_stream_says_it_too(changed: Path, sites: Path, own: list[str], tmp_path: Path, place: str) -> None:
    out = ["--out", str(tmp_path / place)] if place else []
    arguments = ["clean", "-", *own, *out, "--verdicts", str(changed)]
    result = CliRunner().invoke(app, arguments, input=sites.read_bytes())
    assert "verdicts: 1 honoured, 1 lapsed, 4 unused" in result.stderr
    assert "verdict" not in result.stdout
    assert ("verdicts that met no edit:" in result.stderr) == (not place)
    assert (tmp_path / "out/verdicts-unused.jsonl").exists() == bool(place)


def test_a_judgement_that_was_undone_in_the_store_steers_no_more(
    sites: Path, own: list[str], tmp_path: Path
) -> None:
    with Store.open(tmp_path / "verdicts.sqlite") as store:
        store.add([Verdict("rejected", rule="test/spaces", host="x.org")])
        (said,) = store.add([Verdict("accepted", rule="test/maybe", host="x.org")])
        store.undo(said.act, "")
    clean(sites, tmp_path / "out", *own, "--verdicts", tmp_path / "verdicts.sqlite")
    found = {(row["rule"], row["doc_id"]): row["status"] for row in ledger(tmp_path / "out")}
    assert (found["test/spaces", "a"], found["test/maybe", "a"]) == ("rejected", "proposed")
    assert heard(tmp_path / "out") == {"honoured": 1, "lapsed": 0, "unused": 0}


def test_no_password_is_written_down(sites: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.review.said.verdicts_from", lambda _: [])
    clean(sites, tmp_path / "out", "--verdicts", "postgresql://anna:secret@db/team")
    text = (tmp_path / "out/run.json").read_text("utf-8")
    assert json.loads(text)["arguments"]["verdicts"] == ["postgresql://anna:***@db/team"]
    assert "secret" not in text
