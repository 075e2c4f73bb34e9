"""What reviewers said, in a store that only grows: an undo is a row of its own."""

import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Self

import sqlalchemy as sa

from cleaner.errors import CleanerError, UsageError
from cleaner.files import write_atomic
from cleaner.review import places
from cleaner.review.database import SAID, Database, open_database
from cleaner.verdicts import Verdict, from_line, moment, read, to_line

IMPORTED = "import-"
"""The act of a brought file begins so: it is nobody's last act, and undone only by its name."""

_LONGEST_NAME = 100
_JOINERS = "\u200c\u200d"
"""Two formatting characters that names are spelt with."""
_ACT = re.compile(r"[0-9a-f]{1,64}")
_TICK = timedelta(microseconds=1)
_END_OF_TIME = datetime(9000, 1, 1, tzinfo=UTC)

_UNDO = SAID.alias()
# not `NOT IN`: before PostgreSQL has counted a table that grew fast, that reads it anew for each row
_STANDS = SAID.c.line.is_not(None) & ~sa.exists().where(_UNDO.c.undoes == SAID.c.act)
_LINES = sa.select(SAID.c.line).where(_STANDS).order_by(SAID.c.seq)
_GIVEN_HERE = SAID.c.line.is_not(None) & SAID.c.act.not_like(f"{IMPORTED}%")
_TAKEN_BACK = sa.select(SAID.c.line).where(_GIVEN_HERE, ~_STANDS)


class Said(NamedTuple):
    """A row of a store: a verdict, or the undo of an act.

    `seq` counts up in the order of commits; `act` names what was done at once, one verdict or a whole group;
    `time` is when the store heard it, and later than in every row before.
    """

    seq: int
    act: str
    undoes: str | None
    reviewer: str
    time: str
    verdict: Verdict | None


class Store:
    """An open store: threads may share it, and other processes may have it open too.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder, "verdicts.sqlite")) as store:
    ...     said = store.add([Verdict("rejected", edit_id="e1-00", reviewer="anna")])
    ...     before = len(store.standing())
    ...     undone = store.undo(said[0].act, "anna")
    ...     before, len(store.standing()), [row.seq for row in store.since(0)]
    (1, 0, [1, 2])
    """

    def __init__(self, database: Database) -> None:
        """Keep an open database; `Store.open` opens one."""
        self._database = database
        self._turn = Lock()  # threads of one process queue here, which is fairer than the database's waiting

    @classmethod
    def open(cls, place: str | Path, *, create: bool = True) -> Self:
        """Open the store at a file's path or a `postgresql://` address; with `create`, make it if need be.

        Without `create` a file that may not be written is opened to be read. Raises UsageError where the
        place is none for a store, cannot be reached, or holds something else, something newer or damage.
        """
        return cls(open_database(place, create=create))

    @property
    def place(self) -> str:
        """Where it is, as people may read it: without the password."""
        return self._database.shown

    def add(self, verdicts: Sequence[Verdict], act: str = "") -> list[Said]:
        """Add verdicts as one act, all or none; when this returns, they are on disk.

        A verdict without a time gets one, in UTC, later than any that the store has; a reviewer's name is
        put as `name_of` does. `act` (hex digits) is made where none is given. Raises UsageError for an act
        that was undone, CleanerError where the database fails; then nothing was added.
        """
        if act and not _ACT.fullmatch(act):
            message = f"the name of an act is up to 64 of 0-9 and a-f, not {act!r}; leave it out to get one"
            raise UsageError(message)
        if not verdicts:
            return []
        act = act or secrets.token_hex(16)
        with self._turn, self._database.writing() as connection:
            if self._undone(connection, act):
                message = f"{self.place}: the act {act} was undone; say it again as a new act"
                raise UsageError(message)
            rows = _rows(connection, act, map(_named, verdicts), stamp=True)
            return _insert(connection, rows)

    def undo(self, act: str, reviewer: str) -> Said:
        """Add that an act no longer stands. Raises UsageError where no such act stands, CleanerError."""
        with self._turn, self._database.writing() as connection:
            of_act = sa.select(SAID.c.seq).where(SAID.c.act == act, SAID.c.line.is_not(None)).limit(1)
            if _clean(act) != act or connection.scalar(of_act) is None:
                message = f"{self.place}: no verdict was given in an act {act!r}; there is nothing to undo"
                raise UsageError(message)
            if self._undone(connection, act):
                message = f"{self.place}: the act {act} is undone already; judge again to say it again"
                raise UsageError(message)
            seq, time = _newest(connection)
            row = Said(
                seq + 1, secrets.token_hex(16), act, name_of(reviewer), _stamp(_later(time, None)), None
            )
            return _insert(connection, [row])[0]

    def since(self, seq: int) -> list[Said]:
        """Give every row after a `seq`, in order; none is ever missed by asking on from the last one seen."""
        rows = sa.select(*SAID.c).where(SAID.c.seq > seq).order_by(SAID.c.seq)
        with self._database.reading() as connection:
            return [
                Said(seq, act, undoes, reviewer, time, self._verdict(line))
                for seq, act, undoes, reviewer, time, line in connection.execute(rows)
            ]

    def standing(self) -> list[Verdict]:
        """Give the verdicts that were not undone, in the order they were given."""
        return [verdict for line in self._lines() if (verdict := self._verdict(line))]

    def last_act(self, reviewer: str) -> str | None:
        """Give the newest act of a reviewer that was not undone; a brought file is nobody's."""
        newest = (
            sa.select(SAID.c.act)
            .where(SAID.c.reviewer == name_of(reviewer), _STANDS, SAID.c.act.not_like(f"{IMPORTED}%"))
            .order_by(SAID.c.seq.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            return connection.scalar(newest)

    def export(self, path: Path) -> int:
        """Write the standing verdicts as JSON lines, the file whole or not at all; give how many.

        Later verdicts stand below, by their own time, so that stores that have brought each other's files
        write the same bytes; those of one time stand as the store heard them. Raises UsageError.
        """
        if places.begins(path) == "sqlite":
            message = f"{path}: is a SQLite file, perhaps the store itself; choose another name"
            raise UsageError(message)
        lines = [to_line(verdict) for verdict in sorted(self.standing(), key=moment)]
        try:
            write_atomic(path, "".join(f"{line}\n" for line in lines).encode("ascii"))
        except OSError as error:
            message = f"{path}: cannot be written: {error.strerror}; choose another place"
            raise UsageError(message) from None
        return len(lines)

    def bring(self, path: Path) -> tuple[int, int]:
        """Add the verdicts of a JSONL file as one act, just as they stand; give how many were new, known.

        A verdict that stands in the store to the letter is known, so bringing a file twice adds nothing, and
        so is one that was given here and taken back: no file brings it again. One without a time gets none:
        it stays older than any. Raises UsageError naming the line that is none.
        """
        given = [(_named(verdict), to_line(_named(verdict))) for verdict in read(path)]
        with self._turn, self._database.writing() as connection:
            known, taken_back = (Counter(connection.scalars(one)) for one in (_LINES, _TAKEN_BACK))
            new = []
            for verdict, line in given:
                if known[line]:
                    known[line] -= 1
                elif line not in taken_back:
                    new.append(verdict)
            act = IMPORTED + secrets.token_hex(16)
            _insert(connection, _rows(connection, act, new, stamp=False))
        return len(new), len(given) - len(new)

    def close(self) -> None:
        """Let go of the database; the last one out leaves a SQLite file alone, without its log."""
        self._database.engine.dispose()

    def __enter__(self) -> Self:
        """Give itself, to be closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _lines(self) -> list[str]:
        """Give the lines that stand."""
        with self._database.reading() as connection:
            return [line for line in connection.scalars(_LINES) if line is not None]

    def _verdict(self, line: str | None) -> Verdict | None:
        """Read a row's verdict; raise CleanerError where the row holds none."""
        try:
            return None if line is None else from_line(line)
        except ValueError as error:
            message = (
                f"{self.place}: a row holds no verdict ({error}): {line!r:.200}; "
                "bring the last JSONL file that was written from it into a new store"
            )
            raise CleanerError(message) from None

    @staticmethod
    def _undone(connection: sa.Connection, act: str) -> bool:
        """Whether an act was undone."""
        return connection.scalar(sa.select(SAID.c.seq).where(SAID.c.undoes == act)) is not None


@lru_cache(maxsize=1000)
def name_of(reviewer: str) -> str:
    r"""Put a reviewer's name as stores keep it, so that one person is one name.

    Control and formatting characters and lone surrogates go, spaces become one, composed letters are
    composed, and 100 characters are enough.

    >>> name_of("  Anna\n\x00 Bell\u202e ")
    'Anna Bell'
    """
    composed = unicodedata.normalize("NFC", " ".join(_clean(" ".join(reviewer.split())).split()))
    return composed[:_LONGEST_NAME].rstrip()


def _clean(text: str) -> str:
    """Drop what no name needs and not every database holds."""
    kept = (one for one in text if one in _JOINERS or unicodedata.category(one) not in ("Cc", "Cf", "Cs"))
    return "".join(kept)


def _named(verdict: Verdict) -> Verdict:
    """Give a verdict with its reviewer's name put right."""
    name = name_of(verdict.reviewer)
    return verdict if name == verdict.reviewer else replace(verdict, reviewer=name)


def _rows(connection: sa.Connection, act: str, verdicts: Iterable[Verdict], *, stamp: bool) -> list[Said]:
    """Make the rows of an act, to follow the newest; with `stamp`, verdicts without a time get one."""
    seq, time = _newest(connection)
    rows = []
    for following, verdict in enumerate(verdicts, seq + 1):
        time = _later(time, verdict)
        said = replace(verdict, time=_stamp(time)) if stamp and not verdict.time else verdict
        rows.append(Said(following, act, None, verdict.reviewer, _stamp(time), said))
    return rows


def _insert(connection: sa.Connection, rows: list[Said]) -> list[Said]:
    """Write rows."""
    if rows:
        lines = (to_line(row.verdict) if row.verdict else None for row in rows)
        columns = SAID.c.keys()
        values = [
            dict(zip(columns, (*row[:5], line), strict=True)) for row, line in zip(rows, lines, strict=True)
        ]
        connection.execute(sa.insert(SAID), values)
    return rows


def _newest(connection: sa.Connection) -> tuple[int, datetime]:
    """Give `seq` and time of the newest row."""
    newest = sa.select(SAID.c.seq, SAID.c.time).order_by(SAID.c.seq.desc()).limit(1)
    row = connection.execute(newest).first()
    return (row.seq, datetime.fromisoformat(row.time)) if row else (0, datetime.min.replace(tzinfo=UTC))


def _later(time: datetime, verdict: Verdict | None) -> datetime:
    """Give the time now, or one later than `time` and no earlier than the verdict's, if a clock stepped back.

    So what is said last counts, even after verdicts from a machine whose clock is ahead.
    """
    given = moment(verdict) if verdict else time
    if given > _END_OF_TIME:
        message = f"a verdict has the time {given.isoformat()}, which cannot be; correct it"
        raise UsageError(message)
    return max(datetime.now(UTC), time + _TICK, given.astimezone(UTC) if given > time else time)


def _stamp(time: datetime) -> str:
    """Write a time in UTC, to the microsecond."""
    return time.isoformat(timespec="microseconds")
