"""Whose an id is that a document was refused, so that the reason can say it."""

import json
from collections.abc import Iterator
from dataclasses import replace

from cleaner.corpus.source import Input
from cleaner.engines.outcome import DUPLICATE, Finished, Lost, digest, digests, told_holder
from cleaner.jobs.state import State


class Holders:
    """The inputs whose documents hold ids: those that the state knows, and those of the part in hand."""

    def __init__(self, state: State) -> None:
        """Ask the state of what stands in no part in hand."""
        self._state = state
        self._in_hand: dict[bytes, str] = {}

    def told(self, records: Input, finished: Finished, *, is_full: bool) -> Finished:
        """Say of each id that was refused which input has it.

        What a part holds that `is_full` already is of the record file in hand, and need not be remembered.
        """
        if not is_full:
            admitted = set(digests(finished.admitted))
            inputs = [str(name) for name in finished.documents["input"].to_pylist()]
            known = zip(digests(finished.ids), inputs, strict=True)
            self._in_hand |= {one: name for one, name in known if one in admitted}
        if not any(map(_is_refused, finished.lost)):
            return finished
        return replace(finished, lost=tuple(self._said(finished.lost, records.name)))

    def clear(self) -> None:
        """Forget the part in hand: the state knows it."""
        self._in_hand.clear()

    def _said(self, lost: tuple[Lost, ...], other: str) -> Iterator[Lost]:
        wanted = [digest(_id(one)) for one in lost if _is_refused(one)]
        held = self._state.holders([one for one in wanted if one not in self._in_hand])
        refused = iter(wanted)
        for one in lost:
            if _is_refused(one):
                key = next(refused)
                yield told_holder(one, self._in_hand.get(key) or held.get(key) or other)
            else:
                yield one


def _is_refused(lost: Lost) -> bool:
    return lost.message.startswith(f"{DUPLICATE}: ")


def _id(lost: Lost) -> str:
    return str(json.loads(lost.reason)["doc_id"])
