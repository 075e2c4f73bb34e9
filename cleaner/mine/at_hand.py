"""What repeats in documents at hand, where nobody asks for a file of all that does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cleaner.corpus.source import SourceDocument
from cleaner.mine.candidates import Group, groups_of
from cleaner.mine.evidence import Evidence, evidence_of
from cleaner.mine.options import MineOptions
from cleaner.mine.proposal import Proposal, Prover, lines_proposal
from cleaner.mine.reading import rows_of
from cleaner.mine.store import store


@dataclass(frozen=True, slots=True)
class Repeating:
    """A group of lines that repeats on a host, and where it stood."""

    group: Group
    evidence: Evidence

    def proposal(self, prover: Prover) -> Proposal | None:
        """Give a rule that takes it out; None where no examples can be made to come out."""
        return lines_proposal(self.group, self.evidence, prover)


def repeating(
    documents: Iterable[SourceDocument],
    options: MineOptions,
    folder: Path,
    wanted: Callable[[Group], bool],
) -> list[Repeating]:
    """Give the groups of lines that repeat in some documents and are wanted, the heaviest first.

    What the counting needs goes below `folder`, and away again. Raises UsageError where DuckDB is not
    installed.
    """
    with store(options, folder) as kept:
        for rows in rows_of(documents, options.batch_size):
            kept.add(rows)
        kept.count()
        groups = [group for group in groups_of(kept) if wanted(group)]
        return [Repeating(*each) for each in zip(groups, evidence_of(kept, groups), strict=True)]
