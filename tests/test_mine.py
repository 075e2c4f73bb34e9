"""Mining: what repeats in a corpus, as proposals that hold and as statistics that clean."""

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.corpus.source import SourceDocument
from cleaner.errors import UsageError
from cleaner.mine import Mined, MineOptions, mine
from cleaner.mine.reading import LONGEST, rows_of
from cleaner.mine.store import store
from cleaner.mine.writing import quoted
from cleaner.model import Document
from cleaner.packs import load
from cleaner.packs.source import read
from cleaner.pipeline import Cleaner
from cleaner.prove import check
from cleaner.repeats import SCHEMA, Repeats

MENU = ["Home", "Fixtures & results", "Boat hire", "Page {n} of 20"]
FOOT = ["Contact the club", "Posted on {n} May 2019", "© {y} The rowing club", "All rights reserved"]
NAMES = ["Ann", "Bo", "Cy", "Di", "Ed", "Flo"]
Record = dict[str, str]


def page(number: int, host: str = "club.example", body: Sequence[str] = ()) -> Record:
    """Give a page of a site: its menu, a body of its own, its footer."""
    name = NAMES[number % len(NAMES)] * (1 + number // len(NAMES))
    own = body or [
        f"{name} rowed on Sunday, and {name} won by a length although it rained for hours and hours.",
        f"Nobody minded, least of all {name}, who was seen to smile when the cup was brought at last.",
    ]
    lines = [line.format(n=number, y=2000 + number) for line in (*MENU, *own, *FOOT)]
    return {"id": f"{host}/{number}", "host": host, "text": "\n".join(lines)}


def write(path: Path, records: Sequence[Record]) -> Path:
    """Write records as JSON lines."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def mined(folder: Path, records: Sequence[Record], **options: Any) -> Mined:
    """Mine records into `proposals.yaml` and `lines.parquet`."""
    corpus = write(folder / "pages.jsonl", records)
    targets = {"out": folder / "proposals.yaml", "stats": folder / "lines.parquet"}
    return mine([corpus], MineOptions(**options), **targets)


def made(folder: Path) -> Cleaner:
    """Give a cleaner that makes the proposals, and knows no other rules."""
    packs = load("minimal", [folder / "proposals.yaml"])
    return Cleaner([pack for pack in packs if pack.name == "mined"], apply="review")


def cleaned(cleaner: Cleaner, record: Record) -> str:
    return cleaner.clean(Document(record["id"], record["text"], {"host": record.get("host", "")})).text


def spelled(number: int) -> str:
    """Write a number in letters: digits are folded away."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def body(record: Record) -> str:
    return "\n".join(record["text"].split("\n")[len(MENU) : -len(FOOT)]) + "\n"


PAGES = [page(number) for number in range(5)]


def test_a_template_is_proposed_and_the_text_is_not(tmp_path: Path) -> None:
    numbers = mined(tmp_path, PAGES)
    assert (numbers.documents, numbers.hosts, numbers.lines, numbers.dropped) == (5, 1, 50, 0)
    assert numbers.proposals == 2  # the menu, and the footer
    cleaner = made(tmp_path)
    assert {cleaned(cleaner, record) for record in PAGES} == {body(record) for record in PAGES}
    unseen = page(9)
    assert cleaned(cleaner, unseen) == body(unseen)
    assert cleaned(cleaner, {**unseen, "host": "other.example"}) == unseen["text"]


def test_proposals_wait_for_a_person_and_their_examples_hold(tmp_path: Path) -> None:
    mined(tmp_path, PAGES)
    cleaner = Cleaner("standard", [tmp_path / "proposals.yaml"])
    own = [rule for rule in cleaner.rules if rule.name.startswith("mined/")]
    assert [rule.safety for rule in own] == ["review"] * 2
    assert [rule.where.host for rule in own] == [("club.example",)] * 2
    assert list(check(cleaner.only(rule.name for rule in own))) == []
    alone = Cleaner([pack for pack in cleaner.packs if pack.name == "mined"])
    result = alone.clean(Document("a", PAGES[0]["text"], {"host": "club.example"}))
    assert [edit.status for edit in result.edits] == ["proposed"] * 8


def test_the_evidence_stands_above_each_rule(tmp_path: Path) -> None:
    mined(tmp_path, PAGES)
    text = (tmp_path / "proposals.yaml").read_text("utf-8")
    for said in (
        "# 4 lines, 20 times in all",
        'in 5 of 5 documents of "club.example" (100%), 5 times, on 1 host',
        "# usual position: 0% to 30% of the way",
        '# in "club.example/0":',
        '#   > "Boat hire"',
        "# counter-examples, between prose and a line that does not repeat: 0",
    ):
        assert said in text, said
    assert text.count("# in ") == 2 * 5


@pytest.mark.parametrize("options", [{"batch_size": 1}, {"batch_size": 7}, {"workers": 4}, {"memory": 64}])
def test_the_same_comes_out_however_it_is_counted(tmp_path: Path, options: dict[str, int]) -> None:
    records = [page(number, f"site-{number % 3}.example") for number in range(12)]
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder, more, order in zip(folders, ({}, options), (records, records[::-1]), strict=True):
        folder.mkdir()
        mined(folder, order, **more)
    texts = [(folder / "proposals.yaml").read_bytes() for folder in folders]
    assert texts[0] == texts[1]
    assert texts[0].count(b"safety: review") >= 6
    tables = [pq.read_table(folder / "lines.parquet") for folder in folders]
    assert tables[0].equals(tables[1])
    assert tables[0].schema.equals(SCHEMA)


HOSTILE = [
    "'; DROP TABLE lines; --",
    '"quoted" & {braced}: [x] #not a comment',
    "- item: %s %(name)s {0}",
    "!tag &anchor *alias | > @ `tick`",
    "tab\tand\u00a0space and \u2028 separator",
    "no",
    "null ~",
    "bell \x07 escape \x1b[31m and \x85 next",
    "byte order \ufeff mark and \U0001f6a3 rower",
    "back\\slash \\d+ (a|b)* [^x] $ ^",
    "شارك هذه الصفحة على فيسبوك",
    "分享到微信和微博",
]


def test_hostile_lines_are_written_and_read_back(tmp_path: Path) -> None:
    records = [
        {"id": f"'{number}\n#", "text": "\n".join([*HOSTILE, body(PAGES[number]).strip()])}
        for number in range(5)
    ]
    numbers = mined(tmp_path, records)
    assert (numbers.proposals, numbers.dropped) == (1, 0)
    cleaner = made(tmp_path)
    for record in records:
        assert cleaned(cleaner, record) == "\n".join(record["text"].split("\n")[len(HOSTILE) :])


def test_very_long_lines_are_counted_and_not_proposed(tmp_path: Path) -> None:
    long = "word " * 20_000
    records = [{**record, "text": f"{long}\n{record['text']}\n{'x' * LONGEST}"} for record in PAGES]
    numbers = mined(tmp_path, records)
    assert numbers.repeated == len(MENU) + len(FOOT) + 2
    text = (tmp_path / "proposals.yaml").read_text("utf-8")
    assert "x" * LONGEST not in text.replace("…", "")
    assert pq.read_table(tmp_path / "lines.parquet").num_rows == len(MENU) + len(FOOT)


def test_lone_surrogates_in_memory_are_counted(tmp_path: Path) -> None:
    documents = [
        SourceDocument(f"a\ud800{number}", "a", None, bytes, text="one \ud800 line\ntwo\n\n", size=9)
        for number in range(3)
    ]
    with store(MineOptions(), tmp_path) as kept:
        for rows in rows_of(documents, 10):
            kept.add(rows)
        kept.count()
        assert (kept.number("kept"), kept.number("lines")) == (3, 6) or kept.number("kept") == 1


@pytest.mark.parametrize(
    "text", [*HOSTILE, "", " ", "1", "0x1f", "1e3", "2019-05-14", "a: b", "\ud7ff\ue000"]
)
def test_any_text_is_one_scalar(text: str) -> None:
    source = read("a.yaml", f"key: {quoted(text)}\n")
    assert (source.value, source.faults) == ({"key": text}, [])


def test_copies_of_a_document_count_once(tmp_path: Path) -> None:
    article = page(0)
    records = [article, *({**article, "id": f"copy-{number}"} for number in range(5)), page(1)]
    numbers = mined(tmp_path, records)
    assert (numbers.copies, numbers.lines) == (5, 20)
    rules = (rule.finder for rule in made(tmp_path).rules)
    assert not any("rowed" in line for finder in rules for line in getattr(finder, "any", ()))


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_a_document_without_lines_is_counted(tmp_path: Path, text: str) -> None:
    blank = {"id": "blank", "url": "https://club.example/blank", "text": text}
    found = mined(tmp_path, [blank, *map(page, range(8))])
    assert (found.documents, found.unread, found.copies) == (9, 0, 0)
    assert found.proposals


@pytest.mark.parametrize("step", [1, -1])
def test_versions_of_a_text_count_once(tmp_path: Path, step: int) -> None:
    told = "The {} ferry stopped for the winter in October, as the board had said."
    kept = [told.format(spelled(day)) for day in range(9)]
    ends = ["The board will meet in March, and nobody knows what it will say then.", "It met, and said no."]
    pages = [*(page(number, body=[*kept, end]) for number, end in enumerate(ends)), page(2)]
    mined(tmp_path, pages[::step])
    repeats = Repeats.load(tmp_path / "lines.parquet")
    cleaner = Cleaner(load("minimal", ["web/repeated"]), repeats=repeats, apply="review")
    for record in pages:
        assert cleaned(cleaner, record) == body(record).rstrip("\n")


def test_records_are_read_from_the_page_that_clean_reads(tmp_path: Path) -> None:
    markup = "<p>Home<p>News<p>Contact<p>{} rowed on Sunday, and nobody minded that it rained for hours."
    records = [
        {"id": name, "host": "club.example", "text": f"Only {name}.", "raw": markup.format(name)}
        for name in NAMES
    ]
    corpus, stats = write(tmp_path / "pages.jsonl", records), tmp_path / "lines.parquet"
    ran = CliRunner().invoke(app, ["mine", str(corpus), "--stats", str(stats), "--html-field", "raw"])
    assert ran.exit_code == 0
    assert Repeats.load(stats).of("club.example", "Contact") == (6, 6)


def test_a_line_with_a_nought_stands_for_all_numbers(tmp_path: Path) -> None:
    records = [
        {**record, "text": f"{record['text']}\n{number} comments"} for number, record in enumerate(PAGES)
    ]
    mined(tmp_path, records)
    for record, source in zip(records, PAGES, strict=True):
        assert cleaned(made(tmp_path), record).rstrip("\n") == body(source).rstrip("\n")


def test_what_stands_within_prose_is_not_proposed(tmp_path: Path) -> None:
    records = []
    for record in PAGES:
        first, second = body(record).strip().split("\n")
        records.append({**record, "text": "\n".join([*MENU[:3], "Again", first, second])})
        other = f"{first} Yes.\nAgain\nNo. {second}"
        records.append({**record, "id": f"{record['id']}-b", "text": other})
    mined(tmp_path, records)
    said = [line for rule in made(tmp_path).rules for line in getattr(rule.finder, "any", ())]
    assert said == [line for line in MENU if "{" not in line]
    repeats = Repeats.load(tmp_path / "lines.parquet")
    assert repeats.of("club.example", "Again") is None
    assert repeats.of("club.example", "Home") == (5, 10)


def test_texts_without_a_host_are_one_site(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    for record in PAGES:
        (folder / f"{record['id'][-1]}.txt").write_text(record["text"], "utf-8")
    numbers = mine([folder], MineOptions(), out=tmp_path / "proposals.yaml")
    assert (numbers.hosts, numbers.proposals) == (1, 2)
    assert cleaned(made(tmp_path), {"id": "a", "text": page(7)["text"]}) == body(page(7))


def test_a_rule_is_for_the_end_that_its_lines_stand_at(tmp_path: Path) -> None:
    mined(tmp_path, PAGES)
    zones = {rule.where.zone: rule.where.lines for rule in made(tmp_path).rules}
    assert zones == {"start": 4 + 10, "end": 4 + 10}
    long = page(8, body=[f"{NAMES[0]} said {word}." for word in MENU * 20])
    assert cleaned(made(tmp_path), long) == body(long)


def test_hosts_of_one_page_are_counted_together(tmp_path: Path) -> None:
    records = [page(number, f"site-{number}.example") for number in range(5)]
    assert mined(tmp_path, records).hosts == 5
    cleaner = made(tmp_path)
    assert [rule.where.host for rule in cleaner.rules] == [(), ()]
    assert cleaned(cleaner, page(7, "new.example")) == body(page(7))


def test_a_host_is_read_from_its_address(tmp_path: Path) -> None:
    records = [
        {"id": one["id"], "text": one["text"], "url": f"https://Club.example/{one['id']}"} for one in PAGES
    ]
    mined(tmp_path, records)
    assert {rule.where.host for rule in made(tmp_path).rules} == {("club.example",)}


def test_who_waits_is_told_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    corpus = write(tmp_path / "pages.jsonl", PAGES)
    mine([corpus], MineOptions(), out=tmp_path / "rules.yaml", steps=lambda *step: told.append(step))
    size = corpus.stat().st_size
    assert told[0] == ("reading, 5 documents", size - len(PAGES), size)  # without the line breaks
    assert [step[0] for step in told[1:]] == ["counting", "trying proposals", "trying proposals"]
    assert told[-1][1:] == (2, 2)


def test_what_runs_wild_is_proposed(tmp_path: Path) -> None:
    wild = "Women of Peru rights's rights's rights's rights's marched for bread in {name} today."
    records = [page(number, body=[wild.replace("{name}", NAMES[number])]) for number in range(4)]
    mined(tmp_path, records)
    cleaner = made(tmp_path)
    assert "of Peru rights's marched" in cleaned(cleaner, records[0])
    own = [rule for rule in cleaner.rules if rule.finder_name == "repeat"]
    assert [rule.where.host for rule in own] == [("club.example",)]


def test_a_line_that_stands_thrice_is_proposed_unless_it_may_be_a_cell(tmp_path: Path) -> None:
    thrice = ["Product information page"] * 4 + ["yes"] * 4
    records = [
        page(
            number,
            body=[f"{NAMES[number]} bought a boat and thought it good.", *thrice, f"So did {NAMES[number]}."],
        )
        for number in range(4)
    ]
    mined(tmp_path, records)
    rules = [rule for rule in made(tmp_path).rules if rule.finder_name == "repeat"]
    assert [rule.id for rule in rules] == ["club-example-product-information-page-again"]


@pytest.mark.parametrize(("pages", "proposals"), [(4, 0), (5, 1)])
def test_a_line_alone_needs_more_pages(tmp_path: Path, pages: int, proposals: int) -> None:
    records = [
        {"id": str(number), "host": "club.example", "text": f"Print this page\n{name} won.\n{name} was glad."}
        for number, name in enumerate(NAMES[:pages])
    ]
    assert mined(tmp_path, records).proposals == proposals
    if proposals:
        assert cleaned(made(tmp_path), records[0]) == "Ann won.\nAnn was glad."


def test_nothing_to_propose_writes_no_file(tmp_path: Path) -> None:
    numbers = mined(tmp_path, [page(0)])
    assert (numbers.proposals, numbers.out, numbers.repeated) == (0, None, 0)
    assert not (tmp_path / "proposals.yaml").exists()
    assert not Repeats.load(tmp_path / "lines.parquet")


def test_nothing_but_the_outputs_is_left(tmp_path: Path) -> None:
    mined(tmp_path, PAGES)
    assert {path.name for path in tmp_path.iterdir()} == {"pages.jsonl", "proposals.yaml", "lines.parquet"}


def test_many_lines_with_little_memory(tmp_path: Path) -> None:
    records = [
        {
            "id": str(number),
            "host": "a.example",
            "text": "\n".join([*MENU, *(f"{spelled(number)} {spelled(n)}" for n in range(200))]),
        }
        for number in range(500)
    ]
    numbers = mined(tmp_path, records, memory=64)
    assert (numbers.lines, numbers.proposals > 0) == (500 * 204, True)


def test_documents_without_a_text_are_told(tmp_path: Path) -> None:
    numbers = mined(tmp_path, [*PAGES, {"id": "x", "body": "no text"}])
    assert (numbers.documents, numbers.unread, numbers.proposals) == (6, 1, 2)


@pytest.mark.parametrize(
    ("targets", "options", "message"),
    [
        ({}, {}, "nothing to write"),
        ({"out": "rules.txt"}, {}, "rules are kept in .yaml files"),
        ({"out": "none/rules.yaml"}, {}, "its folder is not there"),
        ({"stats": "."}, {}, "is a folder"),
        ({"out": "there.yaml"}, {}, "is there already"),
        ({"out": "rules.yaml"}, {"pack": "My Rules"}, "no pack name"),
        ({"out": "rules.yaml"}, {"memory": 1}, "counting needs 64 MB"),
        ({"out": "rules.yaml"}, {"batch_size": 0}, "--batch-size 0"),
    ],
)
def test_what_cannot_work_is_refused(
    tmp_path: Path, targets: dict[str, str], options: dict[str, Any], message: str
) -> None:
    (tmp_path / "there.yaml").write_text("mine", "utf-8")
    corpus = write(tmp_path / "pages.jsonl", PAGES)
    places = {name: tmp_path / target for name, target in targets.items()}
    with pytest.raises(UsageError, match=message):
        mine([corpus], MineOptions(**options), **places)
    assert (tmp_path / "there.yaml").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ({"stats": "notes.parquet"}, "is there already, and no statistics"),
        ({"stats": "pages/pages.jsonl", "overwrite": True}, "is read, and would be written over"),
        ({"out": "pages.yaml", "overwrite": True}, "is read, and would be written over"),
        ({"out": "both.yaml", "stats": "both.yaml"}, "cannot hold both"),
    ],
)
def test_nothing_is_written_over(tmp_path: Path, targets: dict[str, Any], said: str) -> None:
    (tmp_path / "pages").mkdir()
    write(tmp_path / "pages" / "pages.jsonl", PAGES)
    for name in ("pages.yaml", "notes.parquet"):
        (tmp_path / name).write_text("mine\n", "utf-8")
    known = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    given: dict[str, Any] = {
        key: tmp_path / value if isinstance(value, str) else value for key, value in targets.items()
    }
    with pytest.raises(UsageError, match=said):
        mine([tmp_path / "pages", tmp_path / "pages.yaml"], MineOptions(), **given)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == known


def test_statistics_are_written_anew(tmp_path: Path) -> None:
    stats = tmp_path / "lines.parquet"
    for number in (3, 5):
        mine([write(tmp_path / "pages.jsonl", PAGES[:number])], MineOptions(), stats=stats)
        assert Repeats.load(stats).of("club.example", "Home") == (number, number)


def _without_duckdb(name: str) -> ModuleType:
    if name == "duckdb":
        raise ModuleNotFoundError(name=name)
    return import_module(name)


def test_without_duckdb_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleaner.mine.store.import_module", _without_duckdb)
    corpus = write(tmp_path / "pages.jsonl", PAGES)
    ran = CliRunner().invoke(app, ["mine", str(corpus), "--out", str(tmp_path / "rules.yaml")])
    assert ran.exit_code == 2
    assert "pip install 'cleaner[mine]'" in ran.output


def test_the_command_mines_and_clean_uses_what_it_found(tmp_path: Path) -> None:
    corpus, stats, out = write(tmp_path / "pages.jsonl", PAGES), tmp_path / "lines.parquet", tmp_path / "out"
    ran = CliRunner().invoke(
        app, ["mine", str(corpus), "--out", str(tmp_path / "rules.yaml"), "--stats", str(stats)]
    )
    assert (ran.exit_code, "2 proposals" in ran.output, str(stats) in ran.output) == (0, True, True)
    given = ["--pack", "web/repeated", "--repeats", str(stats), "--workers", "1", "--apply", "review"]
    ran = CliRunner().invoke(app, ["clean", str(corpus), "--out", str(out), *given])
    assert ran.exit_code == 0, ran.output
    rows = (out / "texts" / "pages.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(row)["text"] for row in rows]
    assert texts == [body(record).strip() for record in PAGES]
    told = json.loads((out / "run.json").read_text("utf-8"))["arguments"]["repeats"]
    assert told == {"file": str(stats), "sha256": Repeats.load(stats).sha256}


@pytest.mark.parametrize(
    ("line", "proposals"),
    [
        ("Women of Peru rights's rights's rights's marched.", 1),
        ("It was very very very cold.", 0),
        ("Yes (native app) Yes (native app) Yes (native app)", 0),
        ("no no no no no", 0),
    ],
)
def test_a_phrase_of_one_document_runs_wild_if_nobody_speaks_so(
    tmp_path: Path, line: str, proposals: int
) -> None:
    assert mined(tmp_path, [{"id": "a", "text": f"One.\n{line}\nTwo."}]).proposals == proposals
