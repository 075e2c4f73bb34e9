"""Parts of a run: when they are committed, what they hold, and that the state has it with them."""

from dataclasses import replace
from pathlib import Path

import pytest
from jobfolders import Folder, reasons, records

from cleaner.errors import CleanerError
from cleaner.jobs.cleaning import verdicts_hash
from cleaner.jobs.log import NoLog
from cleaner.jobs.state import State
from cleaner.jobs.underway import How
from cleaner.jobs.work import Part
from cleaner.verdicts import Verdict, Verdicts

ONE = Verdict("rejected", edit_id="e1-1")
TWO = Verdict("accepted", rule="test/spaces", host="x.org")


class Commits(NoLog):
    """Counts the documents of each part."""

    def __init__(self) -> None:
        """Start with none."""
        self.parts: list[object] = []

    def event(self, name: str, words: str, **fields: object) -> None:
        """Take note of a part."""
        del words
        if name == "committed":
            self.parts.append(fields["documents"])


def test_parts_end_between_inputs_and_never_within_a_record_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleaner.jobs.work.DOCUMENTS", 3)
    folder = Folder(tmp_path)
    folder.write(
        m_jsonl=records(*((f"m{number}", "m") for number in range(5))),
        n_jsonl=records(("n", "n")),
        o_jsonl=records(("o", "o"), ("p", "p"), ("q", "q")),
    )
    log = Commits()
    folder.run(How(log=log))
    assert log.parts == [5, 4]
    assert (len(folder.statuses()), folder.differences()) == (9, [])


def test_large_documents_end_a_part_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.jobs.work.BYTES", 10)
    folder = Folder(tmp_path)
    folder.write(**{f"t{number}_txt": "0123456789" for number in range(4)})
    log = Commits()
    folder.run(How(log=log))
    assert log.parts == [2, 2]


def test_a_second_document_with_an_id_is_found_over_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleaner.jobs.work.DOCUMENTS", 1)
    folder = Folder(tmp_path)
    folder.write(m_jsonl=records(("x", "1")), n_jsonl=records(("x", "2")), o_jsonl=records(("x", "3")))
    folder.run()
    assert list(folder.statuses().values()) == ["unchanged", "quarantined", "quarantined"]
    assert folder.texts()["m.jsonl"] == records(("x", "1"))


@pytest.mark.parametrize("documents", [1, 2, 100])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_refused_id_is_told_with_the_input_that_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, documents: int, workers: int
) -> None:
    monkeypatch.setattr("cleaner.jobs.work.DOCUMENTS", documents)
    monkeypatch.setattr("cleaner.jobs.cleaning.ALONE", 0)
    folder = Folder(tmp_path, workers=workers)
    folder.write(a_txt="held", m_jsonl=records(*((f"m{number}", "x") for number in range(5)), ("m4", "late")))
    folder.run()
    folder.write(n_jsonl=records(("n", "x"), ("a.txt", "2"), ("m0", "3"), ("n", "4")))
    folder.run()
    told = {row["doc_id"]: row["message"] for row in reasons(folder.places.current / "quarantine", "n.jsonl")}
    cure = "give each its own, or name a field with such ids as id_field (--id-field)"
    assert told == {
        "a.txt": f"n.jsonl:2: a document of a.txt had the id 'a.txt' first; {cure}",
        "m0": f"n.jsonl:3: a document of m.jsonl had the id 'm0' first; {cure}",
        "n": f"n.jsonl:4: a document of n.jsonl had the id 'n' first; {cure}",
    }
    (own,) = reasons(folder.places.current / "quarantine", "m.jsonl")
    assert own["message"].startswith("m.jsonl:6: a document of m.jsonl had the id 'm4' first; ")


def test_a_part_that_cannot_be_committed_leaves_no_open_file_and_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path)
    folder.write(m_jsonl=records(("x", "x")))

    def refused(part: Part) -> None:
        raise CleanerError(str(part.place))

    with monkeypatch.context() as patch:
        patch.setattr(Part, "commit", refused)
        with pytest.raises(CleanerError, match="part-00001"):
            folder.run()
    assert list(folder.places.run_work(1).iterdir()) == []
    assert folder.run().status == "published"


def test_a_part_on_the_disk_that_the_state_does_not_know_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path)
    folder.write(a_txt="a  a")

    def refused(*_: object) -> None:
        message = "the disk is full"
        raise CleanerError(message)

    with monkeypatch.context() as patch:
        patch.setattr(State, "stage", refused)
        with pytest.raises(CleanerError, match="the disk is full"):
            folder.run()
    assert folder.run().status == "published"
    assert folder.texts() == {"a.txt": "a a"}


def test_what_steers_nothing_of_a_verdict_makes_nothing_stale() -> None:
    said = replace(ONE, comment="seen twice", reviewer="Anna", time="2026-01-01")
    later = replace(said, time="2026-02-01", comment="")
    assert {verdicts_hash(Verdicts(some)) for some in ([ONE], [said], [later, said])} == {
        verdicts_hash(Verdicts([ONE]))
    }
    other = replace(ONE, verdict="deferred", time="2026-03-01")
    assert verdicts_hash(Verdicts([said, other])) != verdicts_hash(Verdicts([said]))


def test_verdicts_in_any_order_are_the_same_verdicts() -> None:
    assert verdicts_hash(Verdicts([ONE, TWO])) == verdicts_hash(Verdicts([TWO, ONE]))
    assert len({verdicts_hash(Verdicts(said)) for said in ([], [ONE], [TWO], [ONE, TWO])}) == 4
