"""Rules drafted on the review page, and where they are kept."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import reviewruns
from reviewing import Reviewer, reviewing, said


@pytest.fixture(name="shipped", scope="module")
def run_of_shipped_rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = {
        "id": "a",
        "host": "x.org",
        "text": "A first line.\n\nIt rained. He uses . NET a lot when he programs. It was cold.\n",
    }
    return reviewruns.clean([record], None, tmp_path_factory.mktemp("shipped"))


@pytest.fixture(name="drafter")
def review_of_a_copy(shipped: Path, tmp_path: Path, own_cache: Path) -> Iterator[Reviewer]:
    """Let a browser in to a run by shipped rules; beside it packs may be saved."""
    del own_cache
    out = shutil.copytree(shipped, tmp_path / "here" / "out")
    with reviewing(out, tmp_path / "v.sqlite") as browser:
        yield browser


def first_id(browser: Reviewer) -> str:
    found = reviewruns.ledger(browser.app.desk.out)[0]
    assert found["before"] == " "
    return str(found["edit_id"])


@pytest.mark.parametrize("kind", ["example", "unless"])
@pytest.mark.parametrize("name", ["", "mine.yaml"])
def test_a_draft_is_shown_and_saved_as_a_pack(drafter: Reviewer, kind: str, name: str) -> None:
    edit_id, folder = first_id(drafter), drafter.app.desk.out.parent
    shown = drafter.get("/draft", edit_id=edit_id, kind=kind)
    assert shown.status_code == 200
    assert "pack: own" in shown.text
    path = folder / name if name else folder / "own.yaml"
    form = {"edit_id": edit_id, "kind": kind, "path": str(path) if name else ""}
    saved = drafter.post("/draft/save", form)
    assert saved.status_code == 200
    assert "Saved in" in saved.text
    text = path.read_text("utf-8")
    assert "pack: own" in text
    assert ("uses . NET" in text.partition("examples:")[0]) == (kind == "unless")
    again = drafter.post("/draft/save", form, "application/json")
    assert again.status_code == 409, "the rule is in it already"
    assert path.read_text("utf-8") == text
    assert said(drafter.app.desk.out.parent.parent / "v.sqlite") == []


NO_PACKS = [
    "/etc/own.yaml",
    "../../own.yaml",
    "here/../../own.yaml",
    "~nobody-of-this-name/own.yaml",
    "\x00.yaml",
    "own.txt",
    "here",
    "here/out/run.json",
    "here/folder.yaml",
    "x" * 300 + ".yaml",
]


def test_a_pack_is_saved_nowhere_else(
    drafter: Reviewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here/folder.yaml").mkdir()
    before = sorted(tmp_path.rglob("*"))
    record = (drafter.app.desk.out / "run.json").read_bytes()
    for path in NO_PACKS:
        form = {"edit_id": first_id(drafter), "kind": "example", "path": path}
        answer = drafter.post("/draft/save", form, "application/json")
        assert (path, answer.status_code in {400, 409}) == (path, True)
        assert answer.json()["error"]
        assert sorted(tmp_path.rglob("*")) == before
    assert (drafter.app.desk.out / "run.json").read_bytes() == record


def test_no_draft_is_saved_of_what_is_not_there(drafter: Reviewer) -> None:
    for form in ({"edit_id": "e1-0"}, {"edit_id": first_id(drafter), "kind": "x"}, {}):
        assert drafter.post("/draft/save", form).status_code == 404
    assert not (drafter.app.desk.out.parent / "own.yaml").exists()


def test_a_rule_of_ones_own_file_is_pasted_there_by_hand(reviewer: Reviewer, review_run: Path) -> None:
    edit_id = next(row["edit_id"] for row in reviewruns.ledger(review_run) if row["rule"] == "test/dash")
    shown = reviewer.get("/draft", edit_id=edit_id)
    assert "paste the draft over it there" in shown.text
    answer = reviewer.post("/draft/save", {"edit_id": edit_id}, "application/json")
    assert answer.status_code == 409
    assert "stands in" in answer.json()["error"]
    assert not (review_run.parent / "own.yaml").exists()


def test_without_its_rules_a_run_is_still_judged(tmp_path: Path, own_cache: Path, verdicts: Path) -> None:
    del own_cache
    out = reviewruns.clean(reviewruns.RECORDS[:2], reviewruns.RULES, tmp_path / "run")
    (tmp_path / "run" / "test.yaml").unlink()
    edit_id = reviewruns.ledger(out)[0]["edit_id"]
    with reviewing(out, verdicts) as browser:
        for address in ("/", "/queue", "/rules", "/rule?name=test/title", f"/edit/{edit_id}"):
            assert browser.get(address).status_code == 200
        browser.judge(edit_id, "rejected")
        shown = browser.get("/draft", edit_id=edit_id, accept="application/json")
        assert shown.status_code == 409
        assert "cannot be loaded any more" in shown.json()["error"]
    assert [one.verdict for one in said(verdicts)] == ["rejected"]
