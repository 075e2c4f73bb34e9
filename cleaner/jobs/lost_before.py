"""What is in quarantine already: it is tried again, and is no news where it fails again."""

from typing import Any

import pyarrow as pa

from cleaner.jobs.state import State


class LostBefore:
    """Asks the state which documents of an input are in quarantine in what is published."""

    def __init__(self, state: State) -> None:
        """Ask where something is lost."""
        self._state = state
        self._name: str | None = None
        self._lost: frozenset[bytes] = frozenset()

    def among(self, documents: pa.Table) -> frozenset[int]:
        """Give the places, from 0, of those that are lost, and were with the same bytes.

        The table has the columns of `ledger.DOCUMENTS`. A document without bytes of its own goes by its id.
        """
        statuses = documents["status"].to_pylist()
        if "quarantined" not in statuses:
            return frozenset()
        columns: list[list[Any]] = [
            documents[name].to_pylist() for name in ("input", "doc_id", "source_sha256")
        ]
        rows = enumerate(zip(statuses, *columns, strict=True))
        return frozenset(
            place
            for place, (status, name, doc_id, source) in rows
            if status == "quarantined" and _key(doc_id, source) in self._of(name)
        )

    def _of(self, name: str) -> frozenset[bytes]:
        if name != self._name:
            self._name = name
            known = self._state.known([name]).get(name)
            rows = self._state.documents_of(name) if known is not None and known.quarantined else ()
            self._lost = frozenset(
                _key(row.doc_id, (row.source_sha256 or b"").hex())
                for row in rows
                if row.status == "quarantined"
            )
        return self._lost


def _key(doc_id: str, source: str | None) -> bytes:
    return bytes.fromhex(source) if source else doc_id.encode("utf-8", "surrogatepass")
