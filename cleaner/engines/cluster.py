"""A run over files by an engine: as on one machine, but that what is done outlives a run that is killed."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cleaner.engines.crew import Opened, crew
from cleaner.engines.local import clean_corpus
from cleaner.engines.options import CorpusOptions
from cleaner.engines.outcome import BatchCleaner
from cleaner.engines.ray_crew import ray_engine
from cleaner.engines.spark_crew import spark_engine
from cleaner.engines.summary import RunSummary
from cleaner.engines.units import Units
from cleaner.errors import UsageError
from cleaner.remote.address import Address, place


def opened(engine: str, place: str | None, workers: int | None) -> Opened:
    """Give the engine of a name, to be started: at a Ray address or Spark master, or on this machine.

    It takes so many workers, or all that there are. Raises UsageError for another name.
    """
    if engine == "ray":
        return ray_engine(place, workers)
    if engine == "spark":
        return spark_engine(place, workers)
    message = f"there is no engine {engine!r}; there are ray and spark, and this machine, which needs none"
    raise UsageError(message)


def clean_on(  # noqa: PLR0913 - the contract of a run
    engine: Opened,
    inputs: Sequence[Path | str],
    out: Path | str,
    cleaner: BatchCleaner,
    options: CorpusOptions,
    *,
    units: Path | None = None,
    **told: Any,
) -> RunSummary:
    """Clean files and folders into an output folder as `clean_corpus` does, by the workers of an engine.

    All of them must see the inputs, and `units` (`OUT.units` unless given), where what is done is kept until
    the run is written: the same run, started again, goes on from there, whatever ended it. Raises UsageError
    for inputs behind an address, which only this machine would copy.
    """
    if options.check:
        message = "--check writes nothing, and an engine's workers write what they did; leave --engine out"
        raise UsageError(message)
    seen = Units(units.absolute() if units is not None else _beside(place(out)))
    summary = clean_corpus(
        [_shared(one) for one in inputs],
        out,
        cleaner,
        options,
        crew=partial(crew, engine, seen, cleaner, options),
        **told,
    )
    seen.remove()
    return summary


def _beside(out: Path | Address) -> Path:
    """Give the folder of units that belongs to an output. Raises UsageError for one behind an address."""
    if isinstance(out, Path):
        return out.with_name(f"{out.name}.units").absolute()
    message = f"{out}: workers keep what is done in a folder that all machines see; name one as --units"
    raise UsageError(message)


def _shared(given: Path | str) -> Path:
    """Give an input as every machine can open it."""
    where = place(given)
    if isinstance(where, Path):
        return where.absolute()
    message = (
        f"{where}: --engine reads files under a path that all machines see; mount the store, or give its "
        "data to cleaner.engines.ray.clean or cleaner.engines.spark.clean"
    )
    raise UsageError(message)
