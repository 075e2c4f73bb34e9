"""The verdicts that stand at a place, whatever kind it is."""

from pathlib import Path

from cleaner.review import places
from cleaner.verdicts import Verdict, read


def verdicts_from(place: str) -> list[Verdict]:
    """Read the verdicts that stand at a place: a JSONL file, a store's file or a `postgresql://` address.

    What the file holds decides, not its name. Raises UsageError.
    """
    if not places.is_address(place) and places.begins(Path(place)) != "sqlite":
        return list(read(Path(place)))
    from cleaner.review.store import Store  # SQLAlchemy, which a run without a store need not load

    with Store.open(place, create=False) as store:
        return store.standing()
