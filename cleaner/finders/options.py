"""How the options of a finder or rule are read from a rule file."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict

STRICT = ConfigDict(extra="forbid")
"""What every class that a rule file fills declares as `__pydantic_config__`: unknown keys are faults."""


def _listed(value: Any) -> Any:  # noqa: ANN401 - a rule file holds anything until it is checked
    return [value] if isinstance(value, str) else value


LISTED = BeforeValidator(_listed)
"""Lets one text stand without its list."""
Texts = Annotated[tuple[str, ...], LISTED]
"""Several texts; one alone may stand without its list."""
