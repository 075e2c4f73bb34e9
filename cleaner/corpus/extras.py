"""Libraries that only some inputs need, and a clear word where one is missing."""

from importlib.util import find_spec

from cleaner.errors import UsageError

EXTRAS = {
    "datasets": ("datasets",),
    "datatrove": ("datatrove",),
    "html": ("lxml", "html_text", "trafilatura", "w3lib"),
    "mine": ("duckdb",),
    "polars": ("polars",),
    "ray": ("ray", "fsspec"),
    "remote": ("fsspec",),
    "spark": ("pyspark",),
    "warc": ("lxml", "html_text", "trafilatura", "w3lib", "fastwarc"),
}
"""The modules of each extra in `pyproject.toml`."""


class MissingExtra(UsageError):  # noqa: N818 - it says what is, as `Fault` does
    """Libraries that an input needs are not installed: no fault of the input's."""


def require(extra: str, place: str) -> None:
    """Raise MissingExtra where a module of an extra is missing; `place` is what needs it."""
    missing = [name for name in EXTRAS[extra] if find_spec(name) is None]
    if missing:
        message = f"{place}: needs {', '.join(missing)}; pip install 'cleaner[{extra}]'"
        raise MissingExtra(message)
