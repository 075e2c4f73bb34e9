"""Small states of a job for tests."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from cleaner.engines.outcome import digest
from cleaner.jobs.state import State
from cleaner.jobs.state_rows import DocumentRow, StagedInput

KEY = b"key"


def began(state: State, **hashes: str) -> int:
    """Begin a run, whose id is its number."""
    last = state.last()
    values = {"ruleset_hash": "r", "settings_hash": "s", "verdicts_hash": "v"} | hashes
    return state.begin(f"run {last.number + 1 if last else 1}", "then", **values)


def staged(name: str, bytes_: bytes = b"bytes", *, whole: bool = True) -> StagedInput:
    """Give an input to stage."""
    return StagedInput(name, bytes_, KEY, whole)


def rows(name: str, ids: Iterable[str], status: str = "cleaned", *, holds: bool = True) -> list[DocumentRow]:
    """Give documents of an input."""
    return [
        DocumentRow(one, name, number, digest(one), digest(one) * 2, status, holds)
        for number, one in enumerate(ids, 1)
    ]


def stage(state: State, number: int, inputs: Mapping[str, Iterable[str]]) -> None:
    """Stage the next part: whole inputs with the ids of their documents."""
    documents = [row for name, ids in inputs.items() for row in rows(name, ids)]
    state.stage(number, state.staged_parts(number) + 1, [staged(name) for name in inputs], documents)


def published(state: State, inputs: Mapping[str, Iterable[str]]) -> int:
    """Publish a run of these inputs and give its number."""
    number = began(state)
    stage(state, number, inputs)
    state.ready(number, number, {}, None, [])
    state.publish(number, "later")
    return number


def content(state: State) -> dict[str, tuple[int, list[str]]]:
    """Give what is published: for each input its run and the ids of its documents."""
    return {
        one.name: (one.run, [document.doc_id for document in state.documents_of(one.name)])
        for one in state.inputs()
    }


def state_at(folder: Path) -> Path:
    """Give where a test's state is."""
    return folder / "state.sqlite"
