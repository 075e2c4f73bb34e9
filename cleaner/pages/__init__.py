"""A web page as lines: what each one looks like, and how likely it belongs to the content."""

from cleaner.pages.model import PageModel, Scored

__all__ = ["PageModel", "Scored"]
