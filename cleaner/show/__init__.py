"""How characters and edits are shown to people: nothing invisible unseen, nothing hostile live."""

from cleaner.show.edits import (
    Kind,
    Piece,
    Segment,
    document_html,
    edit_html,
    lines_visible,
    plain,
    segments,
    short_html,
    woven,
)
from cleaner.show.signs import shortened, sign, text_html, visible

__all__ = [
    "Kind",
    "Piece",
    "Segment",
    "document_html",
    "edit_html",
    "lines_visible",
    "plain",
    "segments",
    "short_html",
    "shortened",
    "sign",
    "text_html",
    "visible",
    "woven",
]
