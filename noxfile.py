"""The checks of the project: `nox` alone runs the tests from the built wheel."""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nox

nox.options.sessions = ["tests", "browser", "engines", "lint", "types", "imports", "docs"]
nox.options.reuse_existing_virtualenvs = True
ROOT = Path(__file__).parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SPREAD = ("-n", "logical", "--dist", "worksteal")
"""Has pytest use all cores."""
PYPROJECT = nox.project.load_toml("pyproject.toml")


def group(name: str) -> list[str]:
    """Give the packages of a dependency group."""
    return nox.project.dependency_groups(PYPROJECT, name)


@contextmanager
def timed(session: nox.Session) -> Iterator[None]:
    """Print how long the session took."""
    start = time.monotonic()
    yield
    session.log(f"{session.name}: {time.monotonic() - start:.0f} s")


def install_wheel(session: nox.Session, *extra: str) -> None:
    """Build the wheel and install it, so that what is tested is what is shipped."""
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.install("build", *extra)
    session.run("python", "-m", "build", "--wheel", "--outdir", "dist", silent=True)
    wheel = next((ROOT / "dist").glob("*.whl"))
    session.install("--force-reinstall", "--no-deps", str(wheel))
    session.install(str(wheel))


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests and doctests against the built wheel: laws, units, examples, command line."""
    with timed(session):
        install_wheel(session, *group("test"))
        session.run("pytest", *SPREAD, "--doctest-modules", "--pyargs", "cleaner", "tests", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Drive the review page of the built wheel in the system's Chromium."""
    if not any(map(shutil.which, CHROMIUM)):
        missing = "no Chromium on PATH; install it (Debian: apt-get install chromium)"
        (session.error if os.environ.get("CI") == "true" else session.skip)(missing)
    with timed(session):
        install_wheel(session, *group("test"), *group("browser"))
        session.run("pytest", *SPREAD, "tests/browser", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check form and style."""
    with timed(session):
        session.install(*group("lint"))
        session.run("ruff", "format", "--check", ".")
        session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    with timed(session):
        session.install("-e", ".", *group("types"))
        session.run("mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """Check that imports run downward only."""
    with timed(session):
        session.install("-e", ".", *group("imports"))
        session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """Run the examples in the README and in `docs/`."""
    with timed(session):
        session.install("-e", ".", *group("test"))
        session.run("pytest", "--doctest-glob=*.md", "README.md", "docs", "-q")


@nox.session
def orchestrators(session: nox.Session) -> None:
    """Try the examples for Airflow and Dagster with those themselves, which no other session installs."""
    with timed(session):
        session.install("pytest", *group("orchestrators"))
        env = {"AIRFLOW_HOME": str(Path(session.create_tmp()).resolve())}  # its database wants a whole path
        session.run("pytest", "--noconftest", "-W", "default", "tests/test_docs_jobs_examples.py", env=env)


@nox.session
def seeds(session: nox.Session) -> None:
    """Clean the seeds and compare with `reports/`; `-- --accept` rewrites the golden report."""
    with timed(session):
        session.install("-e", ".", *group("test"))
        if "--accept" in session.posargs:
            session.run("python", "tests/golden.py")
        session.run("pytest", "-q", "tests/test_seeds.py")


@nox.session
def laws(session: nox.Session) -> None:
    """Try the laws on many more generated texts; `-- 20000` says how many for each."""
    with timed(session):
        install_wheel(session, *group("test"))
        count = next(iter(session.posargs), "5000")
        env = {"HYPOTHESIS_PROFILE": "full", "HYPOTHESIS_EXAMPLES": count}
        session.run("pytest", "tests/test_laws.py", "tests/test_draft.py", env=env)


@nox.session
def minimums(session: nox.Session) -> None:
    """Run the tests with the oldest dependencies that `pyproject.toml` admits."""
    with timed(session):
        oldest = [one.replace(">=", "==") for one in PYPROJECT["project"]["dependencies"]]
        session.install(*oldest, *group("test"))
        session.install("--no-deps", ".")
        session.run("pytest", *SPREAD, "-W", "default", "tests", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Install the built wheel where no checkout is near, and clean the seeds with it."""
    with timed(session), tempfile.TemporaryDirectory() as elsewhere:
        install_wheel(session)
        shutil.copytree(ROOT / "seeds", Path(elsewhere, "seeds"))
        with session.chdir(elsewhere):
            session.run("cleaner", "clean", "seeds", "--out", "out")
            totals = json.loads(Path("out/run.json").read_text("utf-8"))["totals"]
            session.log(f"totals: {totals}")


@nox.session
def quality(session: nox.Session) -> None:
    """Measure the rules' promises and write `docs/quality.md`; needs `--data`, or its variable.

    With `--hosts PAGES`, or its variable, what a host repeats is measured too.
    """
    with timed(session):
        session.install("-e", ".[html,mine]", *group("quality"))
        session.run("python", "benchmarks/quality.py", *session.posargs)


@nox.session
def train(session: nox.Session) -> None:
    """Train the weights that judge the lines of a page; needs `-- --data PAGES`, or its variable."""
    with timed(session):
        session.install("-e", ".[html]", *group("quality"))
        session.run("python", "benchmarks/page_model.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Clean copies of the seeds and print seconds and peak memory; `-- 5000` says how many copies.

    With `-- --data PAGES` measure every figure of `docs/performance.md` instead, and write that page.
    """
    with timed(session):
        session.install("-e", ".", *group("bench"))
        script = "performance.py" if "--data" in session.posargs else "copies.py"
        session.run("python", f"benchmarks/{script}", *session.posargs)


@nox.session
def bench_review(session: nox.Session) -> None:
    """Measure the review page on a run of a million edits; `-- --run OUT` takes one that is there."""
    with timed(session):
        session.install("-e", ".")
        session.run("python", "benchmarks/review.py", *session.posargs)


@nox.session
def bench_jobs(session: nox.Session) -> None:
    """Measure a job of very many small documents, `-- 1000000`: nights, memory, what its state answers."""
    with timed(session):
        session.install("-e", ".")
        session.run("python", "benchmarks/job_scale.py", *session.posargs)


@nox.session
def jobs_laws(session: nox.Session) -> None:
    """Let jobs run night by night at random, `-- 1000` times, against plain runs; memory must not grow."""
    with timed(session):
        install_wheel(session, *group("test"))
        session.run("python", "benchmarks/jobs_laws.py", *session.posargs)


@nox.session
def crash(session: nox.Session) -> None:
    """Kill the review server in a stream of verdicts, and running jobs, again and again.

    `-- 1000` says how often: so many forked jobs, and a real process for each fifty of them.
    """
    with timed(session):
        install_wheel(session)
        often = int(next(iter(session.posargs), "100"))
        session.run("python", "benchmarks/crash.py", str(often))
        session.run("python", "benchmarks/crash_jobs.py", str(often), str(max(5, often // 50)))


@nox.session
def engines(session: nox.Session) -> None:
    """Clean on Ray, on Spark and in other tools' tables, and kill workers and drivers.

    `-- 20` kills each so often, cleans 20,000 documents in every way, and measures what engines cost.
    """
    if not shutil.which("java"):
        missing = (
            "no Java on PATH, which Spark runs on; install it (Debian: apt-get install default-jre-headless)"
        )
        (session.error if os.environ.get("CI") == "true" else session.skip)(missing)
    with timed(session):
        install_wheel(session, *group("test"), *group("engines"))
        often = next(iter(session.posargs), "1")
        session.run("pytest", "-n", "2", "--dist", "loadfile", "tests/engines")
        session.run("python", "benchmarks/engine_kills.py", often)
        if session.posargs:
            session.run("python", "benchmarks/engine_runs.py", "digest", "20000")
            session.run("python", "benchmarks/engine_runs.py", "overhead", "100")
            session.run("python", "benchmarks/engine_runs.py", "flat", "10", "100", "1000")


@nox.session
def faults(session: nox.Session) -> None:
    """Let every operation of a job on the disk fail in every way, and cut the power after each.

    `-- --every 10` tries each tenth.
    """
    with timed(session):
        install_wheel(session)
        session.run("python", "benchmarks/fault_jobs.py", *session.posargs)
        session.run("python", "benchmarks/power_jobs.py", *session.posargs)


@nox.session
def sameness(session: nox.Session) -> None:
    """Compare the scan with the plain path on many generated rules and texts; `-- 20000` says how many.

    With `--data PAGES` compare them on those pages, and on damage generated from them, as well.
    """
    with timed(session):
        session.install("-e", ".", *group("test"))
        count = next((one for one in session.posargs if one.isdigit()), "5000")
        env = {"HYPOTHESIS_PROFILE": "full", "HYPOTHESIS_EXAMPLES": count}
        session.run("pytest", "tests/test_sameness.py", env=env)
        if "--data" in session.posargs:
            rest = [one for one in session.posargs if one != count]
            session.run("python", "benchmarks/sameness.py", *rest)


if __name__ == "__main__":
    sys.exit(nox.main())
