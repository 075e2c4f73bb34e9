"""Rules that ask for whole pages, and the model that says what one is."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from cleaner.finders.page import Page
from cleaner.packs.load import shipped
from cleaner.packs.rule import Rule

if TYPE_CHECKING:
    from cleaner.pages import PageModel


def asks_for_pages(rule: Rule) -> bool:
    """Whether a rule needs a model of pages."""
    return isinstance(rule.finder, Page) or rule.where.whole_page


def judged_by(model: "PageModel | None", rules: Iterable[Rule]) -> Iterator[Rule]:
    """Give the rules, those that judge lines with the model's weights."""
    for rule in rules:
        if model is not None and isinstance(rule.finder, Page):
            yield replace(rule, finder=rule.finder.judging_by(model))
        else:
            yield rule


def page_model() -> "PageModel":
    """Load the shipped model of pages."""
    from cleaner.pages import PageModel  # noqa: PLC0415 - imports numpy, which most runs need not wait for

    return PageModel.of((shipped() / "models" / "page.json").read_text("utf-8"))
