"""The examples for orchestrators: what they make of each exit code, with the real library or a stand-in."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
OUTCOMES = {0: "fine", 3: "fine", 75: "locked", 4: "for good", 2: "for good", 1: "again", 137: "again"}
"""What becomes of a task by the exit code of the run."""


def runner(code: int, seen: list[Sequence[str]]) -> Callable[[Sequence[str]], Any]:
    """Give what stands in for `subprocess.run`."""

    def run(command: Sequence[str], **_: object) -> SimpleNamespace:
        seen.append(command)
        return SimpleNamespace(returncode=code)

    return run


def example(name: str) -> ModuleType:
    """Import an example as its orchestrator would."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def marker(**given: object) -> Callable[[Any], Any]:
    """Give a decorator that keeps what it was given on the function."""

    def mark(function: Any) -> Any:  # noqa: ANN401
        function.marked = given
        return function

    return mark


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the example for Airflow, with a stand-in where that is not installed."""
    if importlib.util.find_spec("airflow") is None:
        errors: Any = ModuleType("airflow.sdk.exceptions")
        errors.AirflowException = type("AirflowException", (Exception,), {})
        errors.AirflowFailException = type("AirflowFailException", (errors.AirflowException,), {})
        errors.AirflowSkipException = type("AirflowSkipException", (errors.AirflowException,), {})
        sdk: Any = ModuleType("airflow.sdk")
        sdk.dag = marker
        sdk.task = lambda **given: lambda function: lambda: sdk.made.append((function, given))
        sdk.made = []
        for name, module in {
            "airflow": ModuleType("airflow"),
            "airflow.sdk.exceptions": errors,
            "airflow.sdk": sdk,
        }.items():
            monkeypatch.setitem(sys.modules, name, module)
    return example("airflow_job")


@pytest.fixture
def dagster(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the example for Dagster, with a stand-in where that is not installed."""
    if importlib.util.find_spec("dagster") is None:
        library: Any = ModuleType("dagster")

        class Failure(Exception):  # noqa: N818 - its name there
            def __init__(self, description: str, *, allow_retries: bool = True) -> None:
                super().__init__(description)
                self.allow_retries = allow_retries

        library.Failure = Failure
        library.asset = marker
        library.AssetSelection = SimpleNamespace(assets=lambda *assets: assets)
        for name in ("RetryPolicy", "MaterializeResult", "ScheduleDefinition", "Definitions"):
            setattr(library, name, SimpleNamespace)
        monkeypatch.setitem(sys.modules, "dagster", library)
    return example("dagster_job")


@pytest.mark.parametrize(("code", "outcome"), OUTCOMES.items())
def test_what_airflow_makes_of_each_exit_code(airflow: ModuleType, code: int, outcome: str) -> None:
    seen: list[Sequence[str]] = []
    if outcome == "fine":
        assert airflow.run_job("job.yaml", runner(code, seen)) == code
    else:
        with pytest.raises(airflow.AirflowException) as caught:
            airflow.run_job("job.yaml", runner(code, seen))
        skipped = isinstance(caught.value, airflow.AirflowSkipException)
        given_up = isinstance(caught.value, airflow.AirflowFailException)
        assert (skipped, given_up) == (outcome == "locked", outcome == "for good")
    assert seen == [["cleaner", "job", "run", "job.yaml"]]


@pytest.mark.parametrize(("code", "outcome"), OUTCOMES.items())
def test_what_dagster_makes_of_each_exit_code(dagster: ModuleType, code: int, outcome: str) -> None:
    seen: list[Sequence[str]] = []
    if outcome in ("fine", "locked"):
        assert ("another run" in dagster.run_job("job.yaml", runner(code, seen))) is (outcome == "locked")
    else:
        with pytest.raises(dagster.dagster.Failure) as caught:
            dagster.run_job("job.yaml", runner(code, seen))
        assert caught.value.allow_retries is (outcome == "again")
    assert seen == [["cleaner", "job", "run", "job.yaml"]]


def test_the_task_of_airflow_runs_the_job(airflow: ModuleType) -> None:
    sdk = sys.modules["airflow.sdk"]
    if hasattr(sdk, "made"):
        assert airflow.clean_statements.marked["max_active_runs"] == 1
        ((function, given),) = sdk.made
        assert (function, given["retries"]) == (airflow.run_job, 2)
    else:
        built = airflow.clean_statements()
        (task,) = built.tasks
        assert (built.max_active_runs, task.retries, task.python_callable) == (1, 2, airflow.run_job)


def test_the_asset_of_dagster_runs_the_job(dagster: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Sequence[str]] = []
    monkeypatch.setattr(dagster.run_job, "__defaults__", ("job.yaml", runner(3, seen)))
    made = dagster.clean_statements()
    assert "quarantine" in made.metadata["outcome"]
    assert seen == [["cleaner", "job", "run", "job.yaml"]]


@pytest.mark.parametrize("name", ["airflow", "dagster"])
def test_both_take_the_real_runner_by_default(name: str, request: pytest.FixtureRequest) -> None:
    module = request.getfixturevalue(name)
    assert module.run_job.__defaults__ == (module.JOB, subprocess.run)
