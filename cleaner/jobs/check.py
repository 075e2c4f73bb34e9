"""Everything that can be wrong with a job before it runs."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from cleaner.corpus.extras import require
from cleaner.corpus.find import find, survey
from cleaner.errors import CleanerError, Fault, RuleFileError
from cleaner.jobs.disk import lacking
from cleaner.jobs.inputs import Given, apart, matches, once
from cleaner.jobs.job import Job, is_address
from cleaner.jobs.owner import refuse_output_of_other
from cleaner.jobs.remote import reachable
from cleaner.jobs.state_file import look_at, refuse_network
from cleaner.packs import protecting, running
from cleaner.packs.load import files_of, load
from cleaner.packs.source import Path as Steps
from cleaner.repeats import Repeats

STATE = "state.sqlite"
"""The state of a job, in its output folder."""
_OURS = {
    *(STATE, "lock", "generations", "work", "current", "remote"),
    *("verdicts.sqlite", "mined.sqlite", "candidates.yaml"),
}
_METRICS = ".prom"

Ask = Callable[[str], object]
Wrong = Iterator[tuple[Steps, str]]


def check_job(job: Job, *, read_verdicts: Ask | None = None) -> list[Fault]:
    """Give all that is wrong with a job and can be known before it runs, each at its place in the file.

    Writes a few small files where the output will be, and removes them. `read_verdicts` reads the verdicts at
    a place and raises CleanerError where it cannot; without it that is not asked.
    """
    wrong = [*_inputs(job), *_output(job), *_verdicts(job, read_verdicts), *_places(job), *_notify(job)]
    return sorted({*(job.fault(steps, message) for steps, message in wrong), *_rule_faults(job)})


def _refused(steps: Steps, call: Callable[[], object]) -> Wrong:
    """Yield what a call refuses, if it does."""
    try:
        call()
    except CleanerError as error:
        yield steps, str(error)
    except OSError as error:
        yield steps, f"{error.filename or 'the disk'}: {error.strerror or error}; check its permissions"


def _inputs(job: Job) -> Wrong:
    """Yield what is wrong with each input; where nothing is, with what all of them hold."""
    found: dict[str, list[Path]] = {}
    wrong: list[tuple[Steps, str]] = []
    for index, place in enumerate(job.inputs):
        steps: Steps = ("inputs", index)
        ask = partial(reachable, place) if is_address(place) else partial(_look, place, job, found)
        wrong += _refused(steps, ask)
    yield from wrong
    if found and not wrong:
        yield from _refused(("inputs",), partial(_survey, job, found))


def _look(place: str, job: Job, found: dict[str, list[Path]]) -> None:
    found[place] = matches(place)
    apart(place, found[place], job.output)


def _survey(job: Job, found: dict[str, list[Path]]) -> None:
    """Look at what local inputs hold, as a run does; raise CleanerError where a file may not be read."""
    once(found)
    paths = sorted({path for one in found.values() for path in one})
    survey(paths, job.options.glob, None, job.options.fields)
    Given(found).refuse_empty({path for path in paths if not _gives_some(path, job)})
    files = (one.path for one in find(paths, job.options.glob, None) if one.kind != "skipped")
    if closed := [path for path in files if not os.access(path, os.R_OK)]:
        count = "1 file" if len(closed) == 1 else f"{len(closed):,} files"
        message = f"{count} may not be read, the first is {closed[0]}; check the permissions"
        raise CleanerError(message)


def _gives_some(path: Path, job: Job) -> bool:
    """Whether a file or folder holds something to read."""
    options = job.options
    found = find([path], options.glob, None, follow=options.follow_links)
    return any(one.kind != "skipped" for one in found)


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
    yield from _refused(steps, partial(refuse_network, state))
    if state.exists():
        unfit = list(_refused(steps, partial(look_at, state)))
        yield from unfit or _refused(steps, partial(refuse_output_of_other, job))


def _verdicts(job: Job, read: Ask | None) -> Wrong:
    for index, place in enumerate(job.verdicts):
        steps: Steps = ("verdicts", index)
        if not is_address(place) and not Path(place).exists():
            yield steps, f"{place}: no such file; check the path, or make it with `cleaner verdicts export`"
        elif read is not None:
            yield from _refused(steps, partial(read, place))


def _places(job: Job) -> Wrong:
    """Yield what is wrong with the other files that a job reads and writes, and with missing extras."""
    if job.rules.repeats is not None:
        yield from _refused(("repeats",), partial(Repeats.load, job.rules.repeats))
    if job.options.html_field is not None:
        yield from _refused(("format", "html_field"), partial(require, "html", "'html_field'"))
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


def _rule_faults(job: Job) -> list[Fault]:
    """Give what is wrong with the rules: of rule files each fault at its own place."""
    faults: list[Fault] = []

    def ask(steps: Steps, call: Callable[[], object]) -> bool:
        before = len(faults)
        try:
            call()
        except RuleFileError as error:
            faults.extend(error.faults)
        except CleanerError as error:
            faults.append(job.fault(steps, str(error)))
        return len(faults) == before

    fine = [ask(("profile",), partial(load, job.rules.profile))]
    fine += [ask(("packs", index), partial(files_of, pack)) for index, pack in enumerate(job.rules.packs)]
    if all(fine) and ask(("packs",), partial(load, job.rules.profile, job.rules.packs)):
        ask(("protect",), partial(protecting, job.rules.protect))
        ask(("apply",), partial(_applied, job))
    return faults


def _applied(job: Job) -> None:
    """Raise CleanerError where a rule whose proposals are to be made is not loaded."""
    if job.rules.apply and job.rules.apply != "review":
        known = {rule.name for rule in running(load(job.rules.profile, job.rules.packs))}
        if missing := [name for name in job.rules.apply if name not in known]:
            message = f"'apply' names {', '.join(missing)}, which is no rule that is loaded; mend the name"
            raise CleanerError(message)
