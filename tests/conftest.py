"""What several test files share: the shipped rules, stores of verdicts, and how hard hypothesis tries."""

import os
from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest
import reviewruns
from hypothesis import HealthCheck, settings
from reviewing import Reviewer, reviewing

from cleaner.pipeline import Cleaner
from cleaner.review.store import Store

collect_ignore = ["browser"]  # they need a browser: `pytest tests/browser`, or the session of that name

settings.register_profile(
    "ci", max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "full",
    settings.get_profile("ci"),
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "5000")),
    derandomize=False,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def standard() -> Cleaner:
    """Give a cleaner with the profile `standard`."""
    return Cleaner()


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[str]:
    """Run a PostgreSQL server; skip where it is not installed, except where CI says that it is."""
    programs = postgres.programs()
    if programs is None:
        missing = "PostgreSQL is not installed (Debian's package `postgresql`)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    with postgres.running(programs) as socket:
        yield socket


@pytest.fixture(params=["sqlite", "postgres"])
def store_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give a place for a store where nothing is yet, once of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "verdicts.sqlite")
    return postgres.new_database(request.getfixturevalue("postgres_socket"))


@pytest.fixture
def store(store_place: str) -> Iterator[Store]:
    """Give an empty store, once of each kind."""
    with Store.open(store_place) as store:
        yield store


@pytest.fixture(scope="session")
def review_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a small run to review; it is read alone."""
    return reviewruns.clean(reviewruns.RECORDS, reviewruns.RULES, tmp_path_factory.mktemp("review"))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a test a cache folder of its own; nothing is in it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def verdicts(tmp_path: Path) -> Path:
    """Give the place of the store that `reviewer` writes."""
    return tmp_path / "verdicts.sqlite"


@pytest.fixture
def reviewer(review_run: Path, verdicts: Path, own_cache: Path) -> Iterator[Reviewer]:
    """Let a browser in to the review of the small run, in which Anna judges."""
    del own_cache
    with reviewing(review_run, verdicts) as browser:
        yield browser
