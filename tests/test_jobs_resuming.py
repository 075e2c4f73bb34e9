"""A run that goes on where another was ended: what changed or vanished meanwhile is done as it is now."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jobfolders import Folder, records
from jobmachine import Asked

from cleaner.jobs.underway import How

FIRST = {
    "a.txt": "a  a",
    "b.txt": "b  b",
    "c.jsonl": records(("x", "x  x"), ("y", "y")),
    "d.jsonl": "",
    "e.txt": "e  e",
    "f.html": "<html><body><p>Some  text.</p></body></html>",
    "g.txt": b"\0\1\2" * 20,
    "sub/h.txt": "h  h",
}
LOOKS = 20
"""More looks at whether a run shall stop than it takes."""


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit after each input."""
    monkeypatch.setattr("cleaner.jobs.work.DOCUMENTS", 2)


def written(folder: Folder, files: dict[str, str | bytes]) -> Folder:
    """Write inputs."""
    for name, content in files.items():
        folder.put(name, content)
    return folder


def outcome(folder: Folder) -> tuple[object, ...]:
    """Give all that readers see of the documents, and what the state knows of the inputs."""
    known = {name: (one.sha256, one.documents, one.quarantined) for name, one in folder.known().items()}
    assert folder.differences() == []
    statuses = dict(sorted(folder.statuses().items()))
    return folder.texts(), statuses, folder.lost(), known


def change(folder: Folder) -> None:
    """Change, remove and add inputs, whether they were done or not."""
    folder.write(a_txt="other  a", c_jsonl=records(("x", "x"), ("z", "z  z")), new_txt="new  one")
    folder.write(d_jsonl=records(("w", "w")), f_html="<html><body><p>Other  text.</p></body></html>")
    folder.remove("b.txt", "g.txt", "sub/h.txt")


def stop_after(folder: Folder, looks: int) -> bool:
    """Run until so many looks say stop; say whether it did."""
    return folder.run(How(stopping=Asked(looks))).status == "interrupted"


@pytest.mark.parametrize("night", ["first", "second"])
def test_one_resume_makes_of_changed_inputs_what_an_undisturbed_run_makes(tmp_path: Path, night: str) -> None:
    def before(name: str) -> Folder:
        folder = written(Folder(tmp_path / name, vanished="retire"), FIRST)  # type: ignore[arg-type]
        if night == "second":
            folder.run()
            written(folder, {name: f"{text!r}  again" for name, text in FIRST.items() if name[0] not in "cd"})
            folder.write(c_jsonl=records(("x", "x  2"), ("v", "v")))
        return folder

    undisturbed = before("undisturbed")
    change(undisturbed)
    undisturbed.run()
    wanted = outcome(undisturbed)
    stopped = 0
    for looks in range(LOOKS):
        folder = before(f"stopped-{looks}")
        if not stop_after(folder, looks):
            break
        stopped += 1
        change(folder)
        assert folder.run().status == "published"
        assert outcome(folder) == wanted
        assert folder.run().status == "idle"
    assert LOOKS > stopped > 2


def test_only_the_parts_with_what_changed_are_done_again(tmp_path: Path) -> None:
    folder = written(Folder(tmp_path), {f"{name}.txt": f"{name}  1" for name in "abcdefgh"})
    assert stop_after(folder, 3)
    done = {part.name for part in folder.places.run_work(1).iterdir()}
    folder.write(b_txt="b  2")
    before = folder.places.part(1, 2).stat().st_ino
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cleaner.jobs.run.build_generation", _ended)
        with pytest.raises(KeyboardInterrupt):
            folder.run()
    assert folder.places.part(1, 2).stat().st_ino == before
    assert len(done) == 3
    assert folder.run().number == 1
    assert folder.texts() == {f"{name}.txt": f"{name} {1 + (name == 'b')}" for name in "abcdefgh"}


def _ended(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "changed",
    [
        {"a.jsonl": records(("other", "a"))},  # b's has the id that it was refused
        {"a.jsonl": records(("w", "a"))},  # the id of a later one
        {"c.jsonl": records(("x", "late"))},
    ],
)
def test_who_has_an_id_is_as_in_an_undisturbed_run(tmp_path: Path, changed: dict[str, str]) -> None:
    given = {
        "a.jsonl": records(("x", "of a"), ("v", "v")),
        "b.jsonl": records(("x", "of b"), ("w", "of b")),
        "c.jsonl": records(("c", "c"), ("d", "d")),
        "d.txt": "d  d",
    }
    undisturbed = written(Folder(tmp_path / "undisturbed"), given | changed)
    undisturbed.run()
    wanted = outcome(undisturbed)
    for looks in range(LOOKS):
        folder = written(Folder(tmp_path / f"stopped-{looks}"), given)  # type: ignore[arg-type]
        if not stop_after(folder, looks):
            break
        written(folder, changed)  # type: ignore[arg-type]
        folder.run()
        assert outcome(folder) == wanted


def test_a_resume_ended_while_it_drops_what_was_overtaken_is_resumed(tmp_path: Path) -> None:
    undisturbed = written(Folder(tmp_path / "undisturbed", vanished="retire"), FIRST)  # type: ignore[arg-type]
    change(undisturbed)
    undisturbed.run()
    for step in ("drop_staged", "replace_part"):
        for after in (False, True):
            folder = written(Folder(tmp_path / f"{step}-{after}", vanished="retire"), FIRST)  # type: ignore[arg-type]
            assert stop_after(folder, 4)
            change(folder)
            _end_at(folder, step, after=after)
            folder.run()
            assert outcome(folder) == outcome(undisturbed)


def _end_at(folder: Folder, step: str, *, after: bool) -> None:
    place = "cleaner.jobs.state.State" if step == "drop_staged" else "cleaner.jobs.resuming"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{place}.{step}", _ending(_real(step), after=after))
        with pytest.raises(KeyboardInterrupt):
            folder.run()


def _real(step: str) -> Callable[..., None]:
    from cleaner.jobs import resuming  # noqa: PLC0415 - it is asked by name
    from cleaner.jobs.state import State  # noqa: PLC0415

    return getattr(State if step == "drop_staged" else resuming, step)  # type: ignore[no-any-return]


def _ending(step: Callable[..., None], *, after: bool) -> Callable[..., None]:
    def ended(*arguments: object) -> None:
        if after:
            step(*arguments)
        raise KeyboardInterrupt

    return ended
