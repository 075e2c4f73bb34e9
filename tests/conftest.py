"""What several test files share: the shipped rules, and how hard hypothesis tries."""

import os

import pytest
from hypothesis import HealthCheck, settings

from cleaner.pipeline import Cleaner

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
