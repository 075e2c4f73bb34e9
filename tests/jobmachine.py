"""Nights of a job at random: inputs come, change and go, rules and verdicts too, and runs are killed."""

import os
import signal
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from jobfolders import FIRST, NEVER, OPEN, SECOND, Folder, records, rows
from joblaws import Laws
from rulefiles import drop, swap

from cleaner.jobs.cleaning import verdicts_hash
from cleaner.jobs.recover import Hashes
from cleaner.jobs.state import State
from cleaner.jobs.underway import How
from cleaner.pipeline import Cleaner
from cleaner.verdicts import Verdict, Verdicts

RULES = [FIRST, SECOND, [*SECOND, swap("dash", "--", "\u2013")], [drop("footer", "share this page")]]
"""The packs that the user writes, one after the other or back again."""
TEXTS = ["Plain.\n", "One  two.\n", "So maybe  it -- is.\nShare this page\n", "Maybe maybe  not.\n", ""]
FILES = ["a.txt", "b.txt", "sub/c.txt", "p.html"]
RECORDS = ["m.jsonl", "n.jsonl", "sub/o.jsonl"]
IDS = "wxyz"

some_text = st.sampled_from(TEXTS)
one_file = st.tuples(st.sampled_from(FILES), some_text)
some_record = st.one_of(st.tuples(st.sampled_from(IDS), some_text), st.just("{broken"))
some_records = st.lists(some_record, max_size=4)
TOUCHING = {
    *("os.rename", "os.link", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"),
    *("shutil.rmtree", "sqlite3.connect"),
}
"""What a process tells of its doings to the disk, besides the files that it opens to write."""


class Asked:
    """Asks a run to stop, from so many looks on."""

    def __init__(self, looks: int) -> None:
        """Count down."""
        self.looks = looks

    @property
    def asked(self) -> bool:
        """Whether it shall stop."""
        self.looks -= 1
        return self.looks < 0


def in_child(folder: Folder, how: How, step: int) -> bool:
    """Run a night in a fork that is killed at a step; say whether it came so far."""
    with warnings.catch_warnings():  # Python warns of threads, which are Arrow's and mind forks
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        try:
            _die_at(step)
            folder.run(how)
        except BaseException as error:  # noqa: BLE001 - the parent is told
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(70)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def _die_at(step: int) -> None:
    """Kill this process before it touches the disk for the time of that number, from 0."""
    left = step

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        writes = (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if event in TOUCHING or writes:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def writing(self: Any, begin: str = "BEGIN IMMEDIATE") -> Any:  # noqa: ANN401 - as it is wrapped
        count("sqlite3.connect", ())
        return begun(self, begin)

    def published(self: Any, *arguments: Any) -> None:  # noqa: ANN401 - as it is wrapped
        done(self, *arguments)
        count("sqlite3.connect", ())

    begun, done = State._writing, State.publish
    State._writing, State.publish = writing, published  # type: ignore[method-assign,assignment]
    sys.addaudithook(count)


class Nights(RuleBasedStateMachine):
    """One job over its years."""

    runs: ClassVar[Counter[str]] = Counter()
    """How all runs of all machines ended."""

    def __init__(self) -> None:
        """Begin with no input."""
        super().__init__()
        self.root = tempfile.TemporaryDirectory()
        self.folder = Folder(Path(self.root.name, "job"))
        self.laws = Laws()
        self.there: dict[str, bytes] = {}
        self.rules = 0
        self.resumes = False

    def teardown(self) -> None:
        """Let a last night come to its end, and leave nothing."""
        self.folder.gates = OPEN
        self.night(redo=True, retry=False, stops=None)
        self.night(redo=True, retry=False, stops=None)
        self.laws.check_whole(self.folder, self.there, self.laws.cleaner_of[self.key()]())
        self.root.cleanup()

    def put(self, name: str, content: str) -> None:
        """Write an input."""
        self.folder.put(name, content)
        self.there[name] = content.encode()
        self.laws.saw(self.there[name])

    @initialize(text=some_text)
    def begin(self, text: str) -> None:
        """Write a first input."""
        self.put("a.txt", text)

    @rule(one=one_file)
    def write_file(self, one: tuple[str, str]) -> None:
        """Let a text or a page come, or change."""
        name, text = one
        text = text if self.there.get(name) != text.encode() else f"{text}More.\n"
        self.put(name, f"<html><body><p>{text}</p></body></html>" if name == "p.html" else text)

    @rule(name=st.sampled_from(RECORDS), several=some_records)
    def write_records(self, name: str, several: list[tuple[str, str] | str]) -> None:
        """Let a record file come, or change."""
        self.put(name, records(*several))

    @precondition(lambda self: set(RECORDS) & self.there.keys())
    @rule(data=st.data(), above=st.booleans(), one=some_record)
    def grow(self, data: st.DataObject, *, above: bool, one: tuple[str, str] | str) -> None:
        """Let a record file get one more record, and keep the others."""
        name = data.draw(st.sampled_from(sorted(set(RECORDS) & self.there.keys())))
        before, more = self.there[name].decode(), records(one)
        self.put(name, more + before if above else before + more)

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """Let an input vanish."""
        name = data.draw(st.sampled_from(sorted(self.there)))
        self.folder.remove(name)
        del self.there[name]

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        """Let an input have the name of another, or a new one."""
        name = data.draw(st.sampled_from(sorted(self.there)))
        target = data.draw(st.sampled_from(RECORDS if name in RECORDS else FILES[:3]))
        if name not in {"p.html", target}:
            self.put(target, self.there[name].decode())
            self.folder.remove(name)
            del self.there[name]

    @rule(rules=st.integers(0, len(RULES) - 1))
    def edit_rules(self, rules: int) -> None:
        """Let the user edit the pack."""
        self.rules = rules
        self.folder.edit_rules(RULES[rules])

    @precondition(lambda self: self.folder.places.current.exists())
    @rule(data=st.data())
    def judge(self, data: st.DataObject) -> None:
        """Let somebody judge an edit."""
        edits = rows(self.folder.places.current, "changes")
        if edits:
            edit = data.draw(st.sampled_from(edits))
            says = "rejected" if edit["status"] == "applied" else "accepted"
            self.folder.said.append(Verdict(says, edit_id=edit["edit_id"]))

    @rule()
    def forget_verdicts(self) -> None:
        """Let all verdicts be taken back."""
        self.folder.said.clear()

    @rule(vanished=st.sampled_from(["keep", "retire"]))
    def settings(self, vanished: Literal["keep", "retire"]) -> None:
        """Let the user say what becomes of vanished inputs."""
        self.folder.vanished = vanished

    @rule(strict=st.booleans())
    def gates(self, *, strict: bool) -> None:
        """Let quarantine hold a run back, or not."""
        self.folder.gates = NEVER if strict else OPEN

    @rule(redo=st.booleans(), retry=st.booleans(), stops=st.none() | st.integers(0, 3))
    def night(self, *, redo: bool, retry: bool, stops: int | None) -> None:
        """Run, perhaps until it is asked to stop."""
        how = self.how(redo=redo, retry=retry, stops=stops)
        before, seen = self.known(), self.seen()
        result = self.folder.run(how)
        self.runs[result.status] += 1
        if result.status in ("held", "interrupted"):
            assert self.seen() == seen or self.resumes
        elif not self.resumes:
            self.check_fresh(before, redo=redo)
        self.laws.check(self.folder)
        self.resumes = result.status == "interrupted"

    @rule()
    def usual_night(self) -> None:
        """Run as every night."""
        self.night(redo=False, retry=False, stops=None)

    @precondition(lambda _: hasattr(os, "fork"))
    @rule(redo=st.booleans(), step=st.integers(0, 150), one=one_file)
    def killed_night(self, *, redo: bool, step: int, one: tuple[str, str]) -> None:
        """Run in a process that is killed; what readers see is whole."""
        self.write_file(one)
        seen, last = self.seen(), self.last()
        died = in_child(self.folder, self.how(redo=redo, retry=False, stops=None), step)
        self.runs["killed" if died else "not killed"] += 1
        self.resumes = True
        if self.seen() == seen and self.last() == last and not died:
            self.laws.check(self.folder)

    @precondition(lambda self: self.last("held"))
    @rule()
    def release(self) -> None:
        """Publish what is held back."""
        last = self.last("held")
        unfinished = self.last("running", "ready")
        if last and not unfinished:
            assert self.folder.release() == last
            self.runs["released"] += 1
            self.laws.check(self.folder)
            self.resumes = True

    def how(self, *, redo: bool, retry: bool, stops: int | None) -> How:
        """Say how a run is done, and remember with what."""
        stopping = Asked(10_000 if stops is None else stops)
        pack, said = RULES[self.rules], tuple(self.folder.said)
        key = self.key()
        self.laws.cleaner_of[key] = lambda: self.cleaner(pack, said)
        return How(stale="redo" if redo else "report", retry=retry, stopping=stopping)

    def key(self) -> bytes:
        """Give what inputs are done with now."""
        job, verdicts = self.folder.job, Verdicts(self.folder.said)
        cleaner = job.rules.cleaner(verdicts)
        return Hashes(cleaner.ruleset_hash, job.settings_hash, verdicts_hash(verdicts)).key

    def cleaner(self, pack: list[dict[str, Any]], said: tuple[Verdict, ...]) -> Cleaner:
        """Give the cleaner that there was."""
        self.folder.edit_rules(pack)
        try:
            return self.folder.job.rules.cleaner(Verdicts(said))
        finally:
            self.folder.edit_rules(RULES[self.rules])

    def check_fresh(self, before: dict[str, Any], *, redo: bool) -> None:
        """Hold what the state knows against the inputs of tonight."""
        known, key = self.known(), self.key()
        names = {
            f"{name}.txt" if name.endswith(".html") else name: content for name, content in self.there.items()
        }
        kept = set() if self.folder.vanished == "retire" else before.keys()
        assert known.keys() == names.keys() | kept
        for name, one in known.items():
            assert one.gone == (name not in names)
            if name in names:
                assert one.sha256 == self.laws.saw(names[name])
                was = before.get(name)
                is_done = redo or was is None or was.sha256 != one.sha256 or was.quarantined
                assert one.key in ({key} if is_done else {was.key})
            else:
                assert one.key == before[name].key

    def known(self) -> dict[str, Any]:
        """Give what the state knows of inputs."""
        return self.folder.known() if self.folder.places.state.exists() else {}

    def last(self, *statuses: Any) -> int:
        """Give the number of the newest run, 0 for none."""
        if not self.folder.places.state.exists():
            return 0
        with State.open(self.folder.places.state) as state:
            found = state.last(*statuses)
        return found.number if found else 0

    def seen(self) -> int | None:
        """Give the number of the generation that readers see."""
        return self.folder.places.published()
