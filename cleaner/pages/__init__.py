"""A web page as lines: what each one looks like, and how likely it belongs to the content."""

from cleaner.pages.judged import Judged, judged
from cleaner.pages.model import PageModel

__all__ = ["Judged", "PageModel", "judged"]
