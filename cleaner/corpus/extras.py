"""Libraries that only some inputs need, and a clear word where one is missing."""

from importlib.util import find_spec

from cleaner.errors import UsageError

EXTRAS = {
    "html": ("lxml", "html_text", "trafilatura", "w3lib"),
    "remote": ("fsspec",),
    "warc": ("lxml", "html_text", "trafilatura", "w3lib", "fastwarc"),
}
"""The modules of each extra in `pyproject.toml`."""


def require(extra: str, place: str) -> None:
    """Raise UsageError where a module of an extra is missing; `place` is what needs it."""
    missing = [name for name in EXTRAS[extra] if find_spec(name) is None]
    if missing:
        message = f"{place}: needs {', '.join(missing)}; pip install 'cleaner[{extra}]'"
        raise UsageError(message)
