"""Tiny models of pages with weights that a test can reckon with, and pages for them."""

import json
from math import log1p
from typing import Any

from cleaner.pages import PageModel

SURE, UNSURE = 0.953, 0.047
"""The chances that the model gives a line of four words or more and a shorter one; logistic of 3 and -3."""

_LONG = {"bias": 0.0, "tables": {"words": [[3.5], [-3.0, 3.0]]}}
_NEVER = {"bias": -3.0, "tables": {"words": [[], [0.0]]}}
_WHOLE = {"bias": 0.0, "tables": {"lines surely cut, log": [[log1p(18.5)], [-4.0, 4.0]]}}

MENU = (
    "Home\nNews\nBoat hire\nContact us\nSearch\nLog in\nFixtures\nJuniors\nShop\nJobs\nMap\nHelp\nLinks"
    "\nPartners\nPress\nArchive\nGallery\nTickets\nWeather\nCamps\nCookies"
)
"""Twenty-one lines that the tiny model cuts."""
ARTICLE = (
    "The crew won the regatta on Saturday by little more than a length.\n\n"
    "Nobody rowed on Sunday, for the wind on the river was too strong.\n\n"
    "The next regatta will be held in May, if the boathouse stands."
)
PAGE = f"{MENU}\n\n{ARTICLE}\n"
"""What the tiny model takes for a whole page: labels and an article."""


def model_text(**parts: Any) -> str:
    """Give the text of a model file: lines of four words or more are content, nineteen others make a page.

    A part that is None is left out.
    """
    data = {
        "schema": 1,
        "function_words": "the of and",
        "words": {"bias": 0.0, "weights": {}},
        "first": _LONG,
        "begin": _NEVER,
        "end": _NEVER,
        "second": _LONG,
        "whole": _WHOLE,
        "threshold": 0.5,
        "level": 0.9,
    }
    return json.dumps({name: part for name, part in (data | parts).items() if part is not None})


def tiny_model(**parts: Any) -> PageModel:
    """Give the model of that text."""
    return PageModel.of(model_text(**parts))
