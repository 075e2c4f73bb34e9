"""Everything that can be wrong with a job before it runs."""

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from cleaner.corpus.extras import require
from cleaner.engines.options import usable_cores
from cleaner.errors import CleanerError, Fault, RuleFileError
from cleaner.jobs.check_inputs import Inputs, Wrong, refused
from cleaner.jobs.disk import lacking
from cleaner.jobs.job import Job, is_broken, read_usable
from cleaner.jobs.owner import refuse_output_of_other
from cleaner.jobs.state_file import look_at, refuse_network
from cleaner.packs import protecting, running
from cleaner.packs.load import files_of, load, parse
from cleaner.packs.schema import pack_of
from cleaner.packs.source import Path as Steps
from cleaner.remote.address import is_address
from cleaner.repeats import Repeats

STATE = "state.sqlite"
"""The state of a job, in its output folder."""
_OURS = {
    *(STATE, "lock", "generations", "work", "current", "remote"),
    *("verdicts.sqlite", "mined.sqlite", "candidates.yaml"),
}
_METRICS = ".prom"

Ask = Callable[[str], object]


class Findings(NamedTuple):
    """What is wrong with a job, and the `cautions`: what a run would do, and nobody may mean it to."""

    faults: list[Fault]
    cautions: list[Fault]


def check_job(job: Job, *, read_verdicts: Ask | None = None) -> list[Fault]:
    """Give all that is wrong with a job and can be known before it runs, each at its place in the file.

    Writes a few small files where the output will be, and removes them. `read_verdicts` reads the verdicts at
    a place and raises CleanerError where it cannot; without it that is not asked.
    """
    return look_over(job, read_verdicts=read_verdicts).faults


def check_file(path: Path, *, read_verdicts: Ask | None = None) -> tuple[Job | None, Findings]:
    """Give all that is wrong with a job file: its form, and what `check_job` says of all that is left.

    The job is None where the faults of its form leave none. Raises UsageError where it cannot be read.
    """
    job, faults, broken = read_usable(path)
    if job is None:
        return None, Findings(sorted(faults), [])
    found = look_over(job, read_verdicts=read_verdicts, broken=broken)
    return None if faults else job, Findings(sorted({*faults, *found.faults}), found.cautions)


def look_over(
    job: Job, *, read_verdicts: Ask | None = None, broken: Collection[Steps] = frozenset()
) -> Findings:
    """Look a job over, but for what is `broken` in its file, and what depends on that."""
    inputs, rules = Inputs(job, broken), _RuleFaults(job, broken)
    wrong = [*inputs.wrong()]
    if ("output",) not in broken:
        wrong += _output(job)
    others = [*_verdicts(job, read_verdicts), *_places(job), *_notify(job)]
    wrong += (one for one in others if not is_broken(one[0], broken))
    faults = {*(job.fault(steps, message) for steps, message in wrong), *rules.all()}
    cautions = {job.fault(steps, message) for steps, message in [*inputs.cautions, *_many(job), *rules.left]}
    return Findings(sorted(faults), sorted(cautions))


def _many(job: Job) -> Wrong:
    """Yield that there are more processes than can work at once."""
    workers, cores = job.options.workers, usable_cores()
    if workers > cores:
        count = "1 core" if cores == 1 else f"{cores} cores"
        what = f"{workers:,} processes share {count}, and each takes memory of its own"
        yield ("workers",), f"{what}; take 'workers' out, and there is one a core"


def _output(job: Job) -> Wrong:
    steps: Steps = ("output",)
    output = job.output
    if output.exists() and not output.is_dir():
        yield steps, f"{output}: is a file; name a folder"
        return
    with suppress(OSError):  # not there yet, or not to be listed, which is told below
        names = set(os.listdir(output))  # noqa: PTH208 - names alone
        if names and not names & _OURS:
            yield steps, f"{output}: holds files that no job wrote; name a new folder"
    for message in lacking(output):
        yield steps, message
    state = output / STATE
    yield from refused(steps, partial(refuse_network, state))
    if state.exists():
        unfit = list(refused(steps, partial(look_at, state)))
        yield from unfit or refused(steps, partial(refuse_output_of_other, job))


def _verdicts(job: Job, read: Ask | None) -> Wrong:
    for index, place in enumerate(job.verdicts):
        steps: Steps = ("verdicts", index)
        if not is_address(place) and not Path(place).exists():
            yield steps, f"{place}: no such file; check the path, or make it with `cleaner verdicts export`"
        elif read is not None:
            yield from refused(steps, partial(read, place))


def _places(job: Job) -> Wrong:
    """Yield what is wrong with the other files that a job reads and writes, and with missing extras."""
    if job.rules.repeats is not None:
        yield from refused(("repeats",), partial(Repeats.load, job.rules.repeats))
    if job.options.html_field is not None:
        yield from refused(("format", "html_field"), partial(require, "html", "'html_field'"))
    if job.mine and find_spec("duckdb") is None:
        yield ("mine",), "'mine' needs duckdb; pip install 'cleaner[mine]', or take it out"
    if job.metrics is not None:
        yield from ((("metrics",), message) for message in _metrics(job.metrics))


def _metrics(file: Path) -> Iterator[str]:
    if file.suffix != _METRICS:
        yield f"{file}: Prometheus' node exporter reads files called *{_METRICS} alone; name it so"
    if file.is_dir():
        yield f"{file}: is a folder; name a file"
    if not file.parent.is_dir():
        yield f"{file}: its folder is not there; make it, or name another"
    elif not os.access(file.parent, os.W_OK | os.X_OK):
        yield f"{file}: its folder may not be written; check its permissions"


def _notify(job: Job) -> Wrong:
    if job.notify is None or not job.notify.command:
        return
    program = job.notify.command[0]
    if shutil.which(program) is None:
        cure = "give its path"
        if len(job.notify.command) == 1 and " " in program:
            cure = f"write a list, [{', '.join(program.split())}]"
        yield ("notify", "command"), f"no program {program!r} to run is on the PATH; {cure}"


class _RuleFaults:
    """What is wrong with the rules: of rule files each fault at its own place."""

    def __init__(self, job: Job, broken: Collection[Steps]) -> None:
        self.left: list[tuple[Steps, str]] = []
        """What could not be looked at, since it depends on what is wrong."""
        self._job = job
        self._broken = broken
        self._faults: list[Fault] = []

    def all(self) -> list[Fault]:
        """Give all faults that can be told."""
        rules, broken = self._job.rules, self._broken
        whole = not any(is_broken((key,), broken) for key in ("profile", "packs"))
        whole &= self._asked(("profile",), partial(load, rules.profile))
        for index, pack in enumerate(rules.packs):
            steps: Steps = ("packs", index)
            whole &= not is_broken(steps, broken) and self._asked(steps, partial(_read_pack, pack))
        self._asked(("protect",), partial(protecting, [one for one in rules.protect if one.strip()]))
        whole = whole and self._asked(("packs",), partial(load, rules.profile, rules.packs))
        if rules.apply and rules.apply != "review":
            if whole:
                self._asked(("apply",), partial(_applied, self._job))
            else:
                cause = "'apply' is not looked at, since it names rules, and those cannot be loaded"
                self.left.append((("apply",), f"{cause}; mend profile and packs, and check again"))
        return self._faults

    def _asked(self, steps: Steps, call: Callable[[], object]) -> bool:
        before = len(self._faults)
        try:
            call()
        except RuleFileError as error:
            self._faults.extend(error.faults)
        except CleanerError as error:
            self._faults.append(self._job.fault(steps, str(error)))
        return len(self._faults) == before


def _read_pack(pack: str) -> None:
    """Raise UsageError for what is wrong with a pack by itself, whatever is loaded beside it."""
    sources = [parse(file) for file in files_of(pack)]
    for source in sources:
        pack_of(source)
    if faults := [fault for source in sources for fault in source.faults]:
        raise RuleFileError(faults)


def _applied(job: Job) -> None:
    """Raise CleanerError where a rule whose proposals are to be made is not loaded."""
    known = {rule.name for rule in running(load(job.rules.profile, job.rules.packs))}
    if missing := [name for name in job.rules.apply if name.strip() and name not in known]:
        message = f"'apply' names {', '.join(missing)}, which is no rule that is loaded; mend the name"
        raise CleanerError(message)
