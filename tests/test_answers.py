"""What was worked out once is read again by the next process, and nothing else ever is."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
import regex

from cleaner import cache
from cleaner.cache import Answers, code_of
from cleaner.expressions import compiled as compiling
from cleaner.expressions import traits as told
from cleaner.finders.gate import Gate, Sign
from cleaner.packs import load, running
from cleaner.scan import plan as planning
from cleaner.scan.plan import plan_of

_ENDS: list[str] = []


@pytest.fixture(name="folder", autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = list(cache._ALL)
    yield tmp_path
    cache._ALL[:] = before


def lengths(key: bytes = b"1") -> Answers[str, int]:
    def write(known: dict[str, int]) -> bytes:
        return repr(known).encode()

    def read(data: bytes) -> dict[str, int]:
        pairs = regex.findall(r"'(\w+)': (\d+)", data.decode())
        return {name: int(number) for name, number in pairs}

    return Answers("lengths", lambda: key, write, read)


def refuse() -> int:
    message = "it was kept, and is worked out all the same"
    raise AssertionError(message)


def test_an_answer_is_worked_out_once_and_kept() -> None:
    first = lengths()
    assert first.get("abc", lambda: 3) == 3
    assert first.get("abc", refuse) == 3
    first.keep()
    assert lengths().get("abc", refuse) == 3


def test_an_answer_that_depends_on_something_else_is_another() -> None:
    first = lengths()
    first.get("abc", lambda: 3)
    first.keep()
    assert lengths(b"2").get("abc", lambda: 4) == 4


def test_answers_of_earlier_processes_are_kept_beside_new_ones() -> None:
    for word in ("a", "bb"):
        answers = lengths()
        answers.get(word, lambda word=word: len(word))  # type: ignore[misc]
        answers.keep()
    assert [lengths().get(word, refuse) for word in ("a", "bb")] == [1, 2]


def test_of_too_many_answers_those_asked_for_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_ANSWERS", 2)
    for words in (("a", "bb"), ("bb", "ccc")):
        answers = lengths()
        for word in words:
            answers.get(word, lambda word=word: len(word))  # type: ignore[misc]
        answers.keep()
    assert lengths().get("bb", refuse) == 2
    assert lengths().get("a", lambda: 9) == 9


def test_nothing_is_written_where_nothing_is_new(folder: Path) -> None:
    answers = lengths()
    answers.get("a", lambda: 1)
    answers.keep()
    (file,) = folder.rglob("lengths-*/*")
    file.unlink()
    again = lengths()
    again.keep()
    answers.keep()
    assert not list(folder.rglob("lengths-*/*"))


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, b"cut"])
def test_a_damaged_file_is_as_none(folder: Path, damage: bytes) -> None:
    answers = lengths()
    answers.get("a", lambda: 1)
    answers.keep()
    (file,) = folder.rglob("lengths-*/*")
    file.write_bytes(damage)
    assert lengths().get("a", lambda: 7) == 7


def test_other_code_has_another_name(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a = 1")
    (tmp_path / "two.py").write_text("a = 2")
    assert code_of(tmp_path / "one.py") != code_of(tmp_path / "two.py")
    assert code_of(tmp_path) not in (code_of(tmp_path / "one.py"), code_of(tmp_path / "two.py"))


class _Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return _ENDS.append, ("sprung",)


@pytest.mark.parametrize(
    "content", [{("a", 0): _Trap()}, [1, 2], 5, {"a": print}], ids=["trap", "list", "number", "function"]
)
def test_a_foreign_pickle_is_read_as_nothing(content: object) -> None:
    with pytest.raises(ValueError, match=r"no expression|not iterable|cannot convert"):
        compiling._read(pickle.dumps(content))
    assert not _ENDS


def test_a_kept_expression_does_what_it_did() -> None:
    known = {("a(?P<x>b+)", int(regex.I)): regex.compile("a(?P<x>b+)", regex.I)}
    (found,) = compiling._read(pickle.dumps(known)).values()
    assert found.search("xABBb").groupdict() == {"x": "BBb"}  # type: ignore[union-attr]
    assert found.flags == known["a(?P<x>b+)", int(regex.I)].flags


def test_the_traits_of_every_shipped_pattern_come_back_as_they_were() -> None:
    gates = [gate for rule in running(load("standard")) if (gate := rule.finder.gate())]
    signs = [(one.pattern, one.ignore_case) for gate in gates for one in gate.signs if not one.whole_line]
    known = {sign: told.traits_of(sign[0], ignore_case=sign[1]) for sign in signs}
    assert any(traits.alone for traits in known.values())
    assert told._read(told._write(known)) == known


def test_a_kept_expression_that_is_another_one_is_not_taken() -> None:
    known = {("a", 0): regex.compile("b"), ("c", 0): "c", ("d", 0): regex.compile("d")}
    assert list(compiling._read(pickle.dumps(known))) == [("d", 0)]


@pytest.mark.parametrize("foreign", [b"5", b"null", b"[1]", b"{", b"[[[1, 2], 3]]"])
def test_foreign_traits_are_worked_out_anew(foreign: bytes) -> None:
    with pytest.raises(ValueError, match=r"unpack|iterable|subscriptable|Expecting"):
        told._read(foreign)


@pytest.mark.parametrize("foreign", [b"5", b"{", b"[1, 2]", b"[[1], {}, []]"])
def test_a_foreign_plan_is_made_anew(foreign: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    gates = {0: Gate((Sign("foobar+"),))}
    plan = plan_of(gates)
    monkeypatch.setattr(planning, "cached", lambda _kind, _key: foreign)
    assert plan_of(gates) == plan


def test_what_was_kept_under_another_key_is_not_taken(folder: Path) -> None:
    cache.keep("kind", b"one", b"data")
    (file,) = folder.rglob("kind-*/*")
    file.rename(cache._place("kind", b"two"))
    assert cache.cached("kind", b"two") is None


def test_without_a_home_nothing_is_kept_and_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_path: Path) -> Path:
        message = "Could not determine home directory."
        raise RuntimeError(message)

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "expanduser", homeless)
    cache.keep("kind", b"key", b"data")
    assert cache.cached("kind", b"key") is None
