"""Which fields of a record are its id, its text and its metadata."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleaner.corpus.html import Page, read_html
from cleaner.corpus.source import SourceDocument, sha256
from cleaner.corpus.steady import MAX_BYTES
from cleaner.decode import read_newlines
from cleaner.errors import DocumentError

ID_LIMIT = 10_000
"""Longer ids (code points) are no ids: every edit of a document carries its id."""

METADATA_LIMIT = 1_000
"""Longer strings (code points) are content, not metadata, and are not shown to the rules."""

_NO_TEXT = (None, "")


@dataclass(frozen=True, slots=True)
class Fields:
    """The names of the text field and the id field, and how to make a document of a record.

    A record that holds a page in its field `html` and no text is read from that page; so is every record with
    a page where these `prefer_html`. Without a name for it no page is read. `max_bytes` are the most of one
    record, unpacked; none is read that has more.
    """

    text: str = "text"
    id: str = "id"
    html: str | None = "html"
    prefer_html: bool = False
    max_bytes: int = MAX_BYTES

    @classmethod
    def named(cls, text: str, id_field: str, html: str | None, max_bytes: int = MAX_BYTES) -> "Fields":
        """Give the fields that a user names; a page's field that is named goes before the text."""
        if html is None:
            return cls(text, id_field, max_bytes=max_bytes)
        return cls(text, id_field, html, prefer_html=True, max_bytes=max_bytes)

    def document(  # noqa: PLR0913 - a record has these parts
        self,
        name: str,
        row: int,
        values: Mapping[str, Any],
        raw: Callable[[], bytes],
        *,
        hashed: bytes | None = None,
        origin: Any = None,  # noqa: ANN401 - the format's own
    ) -> SourceDocument:
        """Make a document of a record's values; `hashed` is what the source hash is of, if not the text.

        A record without a usable text gives a document with an error.
        """
        try:
            self._check_id(values)
            html = self._html(values)
            if html is not None:
                page = read_html(html, url=_string(values.get("url")))
                return self._of_page(
                    name, row, values, raw, page, html.encode() if hashed is None else hashed, origin
                )
            text = _text(values, self.text)
        except DocumentError as error:
            return unreadable(name, row, raw, error.message, id=self._id(name, row, values))
        read, newline = read_newlines(text)
        source = text.encode() if hashed is None else hashed
        return SourceDocument(
            self._id(name, row, values),
            name,
            row,
            raw,
            text=read,
            encoding="utf-8",
            confidence=1.0,
            newline=newline,
            source_sha256=sha256(source),
            size=len(source),
            metadata=metadata({key: value for key, value in values.items() if key != self.text}),
            origin=origin,
        )

    def _html(self, values: Mapping[str, Any]) -> str | None:
        """Give the page that a record is read from, if it is."""
        if self.html is None or (values.get(self.text) not in _NO_TEXT and not self.prefer_html):
            return None
        return _string(values.get(self.html))

    def _of_page(  # noqa: PLR0913, PLR0917 - a record has these parts
        self,
        name: str,
        row: int,
        values: Mapping[str, Any],
        raw: Callable[[], bytes],
        page: Page,
        source: bytes,
        origin: Any,  # noqa: ANN401 - the format's own
    ) -> SourceDocument:
        own = {key: value for key, value in values.items() if key not in {self.text, self.html}}
        given = {key: value for key, value in own.items() if value is not None}
        return SourceDocument(
            self._id(name, row, values),
            name,
            row,
            raw,
            text=page.text,
            encoding="utf-8",
            confidence=1.0,
            newline="lf",
            source_sha256=sha256(source),
            size=len(source),
            metadata=metadata({**page.metadata, **given}),
            origin=origin,
            marks=page.marks,
            from_html=True,
        )

    def _check_id(self, values: Mapping[str, Any]) -> None:
        """Raise DocumentError where the id is too long for one."""
        value = values.get(self.id)
        if isinstance(value, str) and len(value) > ID_LIMIT:
            kind, size = "unreadable", f"{len(value):,} characters, more than {ID_LIMIT:,}"
            raise DocumentError(
                kind, f"the id in field {self.id!r} has {size}; name the id field with id_field (--id-field)"
            )

    def _id(self, name: str, row: int, values: Mapping[str, Any]) -> str:
        value = values.get(self.id)
        given = isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
        given = given and len(str(value)) <= ID_LIMIT
        return str(value) if given and is_storable(str(value)) else f"{name}#{row}"


def unreadable(  # noqa: PLR0913 - a record has these parts
    name: str,
    row: int | None,
    raw: Callable[[], bytes],
    message: str,
    *,
    id: str | None = None,  # noqa: A002 - the document's word
    whole: Path | None = None,
    kind: str = "unreadable",
) -> SourceDocument:
    """Make a document that goes to quarantine; its message begins with the place.

    `whole` is the input file itself, where it cannot be read on; `kind` is one of DocumentError's.
    """
    data = raw()
    return SourceDocument(
        id or (f"{name}#{row}" if row else name),
        name,
        row,
        raw,
        source_sha256=sha256(data) if data else None,
        size=len(data),
        error=DocumentError(kind, f"{name}{f':{row}' if row else ''}: {message}"),
        whole=whole,
    )


def too_large(name: str, row: int | None, most: int, *, id: str | None = None) -> SourceDocument:  # noqa: A002 - the same
    """Make a document that goes to quarantine because it has more than so many bytes.

    None of them are held, so that none are given: they stay in the input.
    """
    cure = "split it, or raise max_bytes (--max-bytes)"
    message = f"it has more than {most:,} bytes, and stays where it is; {cure}"
    return unreadable(name, row, bytes, message, id=id, kind="too-large")


def metadata(values: Mapping[str, Any]) -> str:
    """Give the scalar values among these as a JSON object with sorted keys.

    >>> metadata({"url": "https://example.org", "tags": ["a"], "date": None, "age": 3})
    '{"age": 3, "url": "https://example.org"}'
    """
    kept = {key: value for key, value in values.items() if is_storable(key) and _is_scalar(value)}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False)


def is_storable(text: str) -> bool:
    """Whether UTF-8 can hold the text: a lone surrogate it cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_scalar(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= METADATA_LIMIT and is_storable(value)
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _text(values: Mapping[str, Any], field: str) -> str:
    if field not in values:
        there = ", ".join(list(values)[:12]) or "none"
        message = f"no field {field!r} (it has {there}); name the text field with text_field (--text-field)"
    elif not isinstance(value := values[field], str):
        message = f"field {field!r} is {_kind(value)}, not a string"
    elif not is_storable(value):
        message = f"field {field!r} holds a lone surrogate, which no file of text can hold"
    else:
        return value
    kind = "unreadable"
    raise DocumentError(kind, message)


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "an array", dict: "an object"}
    return "null" if value is None else names.get(type(value), "bytes that are not UTF-8")
