"""What a run that repairs leaves behind of the generation before it, and must bring into the next one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mend:
    """What an audit found damaged in the generation that readers see.

    `inputs` are to be done again, or restored where they have vanished; `strays` are files, relative to the
    generation, that nothing speaks of; `runs` are partitions of the ledger of which a part is damaged; with
    `ledger` all of it is left behind. With `wanted` the run publishes in any case.
    """

    inputs: frozenset[str] = frozenset()
    strays: frozenset[str] = frozenset()
    runs: frozenset[int] = frozenset()
    ledger: bool = False
    wanted: bool = True


NO_MEND = Mend(wanted=False)
"""Of a run that is no repair."""
