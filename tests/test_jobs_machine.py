"""The laws of jobs over nights at random; the session `jobs_laws` tries many more."""

from hypothesis import HealthCheck, settings
from jobmachine import Nights

TestNights = Nights.TestCase
TestNights.settings = settings(
    max_examples=5, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
