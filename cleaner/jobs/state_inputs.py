"""What a state remembers of inputs and documents that are published, and who holds an id."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cleaner.jobs.state_file import StateFile
from cleaner.jobs.state_rows import Counts, DocumentRow, InputRow, chunks

ASKED = 500
"""Names or digests in one question."""
PAGE = 1000
"""Rows read at a time where all are given: nobody's transaction stays open between."""

_COLUMNS = "name, sha256, key, run, documents, unchanged, quarantined, gone"
_PUBLISHED = "run NOT IN (SELECT run FROM staging)"


class Inputs(StateFile):
    """The inputs of a job and their documents."""

    def known(self, names: Sequence[str]) -> dict[str, InputRow]:
        """Give what is published of those of these inputs of which something is."""
        found = {}
        with self._reading() as connection:
            for chunk in chunks(iter(names), ASKED):
                rows = connection.execute(
                    f"SELECT {_COLUMNS} FROM input WHERE name IN ({_marks(chunk)}) AND {_PUBLISHED}", chunk
                )
                found.update({row[0]: _input(row) for row in rows})
        return found

    def inputs(self) -> Iterator[InputRow]:
        """Give all inputs that are published, by name."""
        return self._pages("")

    def mark_seen(self, names: Iterable[str]) -> None:
        """Remember, as long as the state is open, that inputs are there; on disk, however many they are."""
        self._remember("seen", names)

    def vanished(self) -> Iterator[InputRow]:
        """Give, by name, the published inputs that `mark_seen` was not told of.

        Those that are `gone` had vanished before.
        """
        self._remember("seen", ())
        return self._pages("AND NOT EXISTS (SELECT 1 FROM temp.seen WHERE seen.name = input.name)")

    def set_aside(self, names: Iterable[str]) -> None:
        """Let `holders` take no notice of what is published of inputs: they are to be redone or retired.

        Remembered as long as the state is open.
        """
        self._remember("aside", names)

    def want(self, names: Iterable[str]) -> None:
        """Set inputs aside and remember, as long as the state is open, that they are to be cleaned."""
        wanted = list(names)
        self._remember("aside", wanted)
        self._remember("wanted", wanted)

    def note_stale(self, names: Iterable[str]) -> None:
        """Remember, as long as the state is open, that inputs were done otherwise than they now would be."""
        self._remember("stale", names)

    def forget_stale(self, names: Iterable[str]) -> None:
        """Forget that inputs are stale: they are cleaned for another reason."""
        self.note_stale(())
        with self._writing("BEGIN") as connection:
            connection.executemany("DELETE FROM temp.stale WHERE name = ?", ((name,) for name in names))

    def stale(self, most: int | None = None) -> list[str]:
        """Give the inputs that `note_stale` was told of, by name; no more than so many."""
        self.note_stale(())
        with self._reading() as connection:
            asked = "SELECT name FROM temp.stale ORDER BY name LIMIT ?"
            return [name for (name,) in connection.execute(asked, (-1 if most is None else most,))]

    def stale_runs(self) -> dict[int, int]:
        """Give how many of them each run has published."""
        self.note_stale(())
        with self._reading() as connection:
            asked = "SELECT run, count(*) FROM temp.stale JOIN input USING (name)"
            return dict(connection.execute(f"{asked} WHERE {_PUBLISHED} GROUP BY run").fetchall())

    def wanted(self, names: Sequence[str]) -> set[str]:
        """Give those of these inputs that are to be cleaned."""
        return self._remembered("wanted", names)

    def seen(self, names: Sequence[str]) -> set[str]:
        """Give those of these inputs that `mark_seen` was told of."""
        return self._remembered("seen", names)

    def mark_standing(self, names: Iterable[str]) -> None:
        """Remember, as long as the state is open, that inputs are as they were when the run staged them."""
        self._remember("standing", names)

    def standing(self, names: Sequence[str]) -> set[str]:
        """Give those of these inputs that `mark_standing` was told of."""
        return self._remembered("standing", names)

    def forget_seen(self) -> None:
        """Forget all that was remembered of inputs, so that all are looked at again."""
        with self._writing("BEGIN") as connection:
            for table in ("seen", "aside", "wanted", "stale", "standing", "redone"):
                connection.execute(f"DROP TABLE IF EXISTS temp.{table}")

    def holders(self, digests: Sequence[bytes]) -> dict[bytes, str]:
        """Give for each digest whose id is held the name of the input with the document that holds it.

        That is one that the run under way has staged, or a published one of an input that this run has not
        staged and that was not set aside. A document that another's id sent to quarantine holds none.
        """
        self._remember("aside", ())
        found: dict[bytes, str] = {}
        with self._reading() as connection:
            under_way = "(SELECT number FROM run WHERE status IN ('running', 'ready'))"
            for chunk in chunks(iter(digests), ASKED):
                rows = connection.execute(
                    f"""SELECT digest, name FROM document JOIN input ON input.id = document.input
                    WHERE digest IN ({_marks(chunk)}) AND holds AND (input.run = {under_way} OR (
                        input.{_PUBLISHED}
                        AND NOT EXISTS (SELECT 1 FROM temp.aside WHERE aside.name = input.name)
                        AND NOT EXISTS (SELECT 1 FROM input AS newer
                            WHERE newer.name = input.name AND newer.run = {under_way})))""",
                    chunk,
                )
                found.update(rows)
        return found

    def keep_in_hand(self, digests: Iterable[bytes]) -> None:
        """Remember, as long as the state is open, the ids that are held by what is not staged yet."""
        self._remember("in_hand", digests)

    def is_in_hand(self, digest: bytes) -> bool:
        """Whether `keep_in_hand` was told of an id."""
        with self._reading() as connection:
            row = connection.execute("SELECT 1 FROM temp.in_hand WHERE name = ?", (digest,)).fetchone()
            return row is not None

    def forget_in_hand(self) -> None:
        """Forget them all: they are staged, or dropped."""
        with self._writing("BEGIN") as connection:
            connection.execute("DELETE FROM temp.in_hand")

    def documents_of(self, name: str) -> Iterator[DocumentRow]:
        """Give what is published of an input's documents, in its order."""
        with self._reading() as connection:
            row = connection.execute(
                f"SELECT id FROM input WHERE name = ? AND {_PUBLISHED}", (name,)
            ).fetchone()
        last = -1
        while row:
            with self._reading() as connection:
                page = connection.execute(
                    """SELECT place, doc_id, row, digest, source_sha256, status, holds, given
                    FROM document
                    WHERE input = ? AND place > ? ORDER BY place LIMIT ?""",
                    (row[0], last, PAGE),
                ).fetchall()
            for _, doc_id, number, digest, sha256, status, holds, given in page:
                yield DocumentRow(doc_id, name, number, digest, sha256, status, bool(holds), given)
            if len(page) < PAGE:
                return
            last = page[-1][0]

    def documents_of_all(self, names: Sequence[str]) -> dict[str, list[DocumentRow]]:
        """Give what is published of the documents of inputs that have few, each input's in their order."""
        found: dict[str, list[DocumentRow]] = {name: [] for name in names}
        with self._reading() as connection:
            for chunk in chunks(iter(names), ASKED):
                rows = connection.execute(
                    f"""SELECT name, doc_id, row, digest, source_sha256, status, holds
                    FROM input JOIN document ON document.input = input.id
                    WHERE name IN ({_marks(chunk)}) AND input.{_PUBLISHED} ORDER BY input.id, place""",
                    chunk,
                )
                for name, doc_id, number, digest, sha256, status, holds in rows:
                    one = DocumentRow(doc_id, name, number, digest, sha256, status, bool(holds))
                    found[name].append(one)
        return found

    def counts(self) -> Counts:
        """Give how much is published; the sums are kept, so this is one row."""
        with self._reading() as connection:
            row = connection.execute("SELECT inputs, gone, documents, unchanged, quarantined FROM tally")
            return Counts(*row.fetchone())

    def _remembered(self, table: str, names: Sequence[str]) -> set[str]:
        self._remember(table, ())
        found: set[str] = set()
        with self._reading() as connection:
            for chunk in chunks(iter(names), ASKED):
                rows = connection.execute(
                    f"SELECT name FROM temp.{table} WHERE name IN ({_marks(chunk)})", chunk
                )
                found.update(name for (name,) in rows)
        return found

    def _pages(self, also: str) -> Iterator[InputRow]:
        after = ""
        operator = ">="
        while True:
            with self._reading() as connection:
                page = connection.execute(
                    f"""SELECT {_COLUMNS} FROM input WHERE name {operator} ? AND {_PUBLISHED} {also}
                    ORDER BY name LIMIT ?""",
                    (after, PAGE),
                ).fetchall()
            yield from map(_input, page)
            if len(page) < PAGE:
                return
            after, operator = page[-1][0], ">"


def _marks(chunk: Sequence[object]) -> str:
    return ", ".join("?" * len(chunk))


def _input(row: tuple[Any, ...]) -> InputRow:
    values = [*row[:-1], bool(row[-1])]
    return InputRow(*values)
