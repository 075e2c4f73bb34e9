"""The templates of the pages for people, and the bound on what comes out of them."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from cleaner.report.counts import plural
from cleaner.report.samples import MOST, name_text

MOST_BYTES = 5_000_000
"""How large a page may grow."""


def fitting(render: Callable[[int], str]) -> str:
    """Give a page made with 20 samples a rule, or with fewer where it would pass 5 MB."""
    for most in (MOST, 10, 5, 2, 1):
        page = render(most)
        if len(page.encode()) <= MOST_BYTES:
            return page
    return render(0)


@cache
def environment() -> Environment:
    """Give the templates of this package; what is put into them is escaped."""
    loader = FunctionLoader(lambda name: files("cleaner.report").joinpath(name).read_text("utf-8"))
    made = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(number="{:,}".format, plural=plural, markup=Markup, named=name_text)
    return made
