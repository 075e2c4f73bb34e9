"""Which documents wait in quarantine for an id that another input holds, and may have it now."""

from collections.abc import Iterable

from cleaner.jobs.state_file import StateFile

FEW = 1000
"""Inputs given at once."""

_RELEASED = """FROM temp.aside
    CROSS JOIN input AS own ON own.name = aside.name AND own.run NOT IN (SELECT run FROM staging)
    CROSS JOIN document AS held ON held.input = own.id AND held.holds
    CROSS JOIN document AS late ON late.digest = held.digest AND NOT late.holds
    CROSS JOIN input AS other ON other.id = late.input AND other.name <> own.name"""
"""Published documents of inputs that are set aside, each with the ones that were refused its id."""


_REFUSED = """SELECT 1 FROM document AS late
    CROSS JOIN document AS held ON held.digest = late.digest AND held.holds AND held.run = :run
    CROSS JOIN input AS own ON own.id = held.input
    CROSS JOIN input AS other ON other.id = late.input
    WHERE NOT late.holds AND late.run = :run AND :run IN (SELECT run FROM staging)
    AND own.name {own} IN (SELECT name FROM temp.redone)
    AND other.name {other} IN (SELECT name FROM temp.redone) LIMIT 1"""
"""Documents that a run has staged as refused, and whose id another has: one of both is `redone`."""


class Waiting(StateFile):
    """The documents that were refused an id: it stays with the input that had it first, while that has it."""

    def waiting(self) -> list[str]:
        """Give published inputs that are to be done again, since an input that is set aside had their id.

        They were marked seen and are not set aside themselves: set them aside and ask again, until none is
        left. A thousand are given at once at most.
        """
        self._remember("aside", ())
        self._remember("seen", ())
        with self._reading() as connection:
            if not connection.execute("SELECT 1 FROM document WHERE NOT holds LIMIT 1").fetchone():
                return []
            rows = connection.execute(
                f"""SELECT DISTINCT other.name {_RELEASED}
                WHERE other.run NOT IN (SELECT run FROM staging)
                AND other.name IN (SELECT name FROM temp.seen)
                AND other.name NOT IN (SELECT name FROM temp.aside) LIMIT {FEW}"""
            )
            return [name for (name,) in rows]

    def is_overtaken(self, number: int) -> bool:
        """Whether a run has staged a document as refused whose id nobody else has any more.

        That is so where a run was ended, and before it went on the input with that id changed or vanished.
        """
        self._remember("aside", ())
        with self._reading() as connection:
            row = connection.execute(
                f"""SELECT 1 {_RELEASED}
                WHERE other.run = :run AND :run IN (SELECT run FROM staging)
                AND NOT EXISTS (SELECT 1 FROM input AS newer WHERE newer.name = own.name AND newer.run = :run)
                AND NOT EXISTS (SELECT 1 FROM document AS now
                    WHERE now.digest = held.digest AND now.run = :run AND now.holds) LIMIT 1""",
                {"run": number},
            ).fetchone()
        return row is not None

    def mark_redone(self, names: Iterable[str]) -> None:
        """Remember, as long as the state is open, that a run which goes on does inputs again."""
        self._remember("redone", names)

    def is_refused_by_redone(self, number: int) -> bool:
        """Whether a document that stays was refused an id by one of an input that is done again."""
        return self._is_refused(number, _REFUSED.format(own="", other="NOT"))

    def is_refused_by_standing(self, number: int) -> bool:
        """Whether a document of an input that was done again was refused an id by one that stayed.

        An undisturbed run might have met them the other way round.
        """
        return self._is_refused(number, _REFUSED.format(own="NOT", other=""))

    def _is_refused(self, number: int, question: str) -> bool:
        self._remember("redone", ())
        with self._reading() as connection:
            return connection.execute(question, {"run": number}).fetchone() is not None
