"""WARC: one document an HTML response; the clean texts go into a JSONL file."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from cleaner.corpus.compressed import BrokenFileError, is_packed, open_writer, too_far, unpacked_size
from cleaner.corpus.extras import require
from cleaner.corpus.fields import Fields, is_storable, metadata, too_large, unreadable
from cleaner.corpus.html import read_html
from cleaner.corpus.jsonl import JsonlWriter
from cleaner.corpus.remains import Remains
from cleaner.corpus.source import BATCH_ROWS, SourceDocument, gathered, sha256
from cleaner.corpus.steady import Stamp, open_steady, told
from cleaner.errors import DocumentError

# fastwarc is imported where it is needed: it is an extra.

_HEAD = 1 << 16
_HTML = re.compile(
    rb"^content-type:[ \t]*(?:text/html|application/xhtml\+xml)\b", re.IGNORECASE | re.MULTILINE
)
_END = re.compile(rb"\r?\n\r?\n")
_BARE = re.compile(rb"(?<!\r)\n")
_LENGTH = re.compile(rb"^(content-length:[ \t]*)\d+", re.IGNORECASE | re.MULTILINE)
_PAGE = ("title", "author", "site")
# Archives often hold what they have unpacked under the headers of what was sent.
_DECODINGS: tuple[Literal["all", "content", "transfer", "none"], ...] = ("all", "content", "transfer", "none")


class Records(NamedTuple):
    """HTML responses as they stand in the archive, unpacked, and the number of the first.

    `broken` says why the file cannot be read on behind them. A response of more bytes than a document
    may have is None.
    """

    row: int
    raws: list[bytes | None]
    broken: str | None = None


class WarcFile:
    """A WARC file, plain or of gzip members. Records that are no HTML response are passed over."""

    def __init__(self, path: Path, name: str, fields: Fields) -> None:
        """Take the path to read and its name. Raises UsageError where the extra `warc` is not installed."""
        require("warc", str(path))
        self.path = path
        self.name = clean_name(name)
        self.fields = fields
        self._stamp = Stamp.of(path)

    def documents(self) -> Iterator[SourceDocument]:
        """Give one document an HTML response; a break in the file is the last, with its error."""
        for part in self.parts():
            yield from self.read(part)

    def parts(self, rows: int = BATCH_ROWS) -> Iterator[Records]:
        """Gather responses: only whoever reads from the start knows where one begins."""
        broken: list[str] = []

        def whole() -> Iterator[bytes | None]:
            try:
                yield from _responses(self.path, self._stamp, self.fields.max_bytes)
            except BrokenFileError as error:
                broken.append(error.message)
            except (OSError, ValueError) as error:
                broken.append(told(error))

        row = 1
        for group in gathered(whole(), lambda raw: len(raw or b""), rows):
            yield Records(row, group)
            row += len(group)
        if broken or row == 1:
            yield Records(row, [], next(iter(broken), None))

    def read(self, part: Records) -> Iterator[SourceDocument]:
        """Give one document a response."""
        for row, raw in enumerate(part.raws, part.row):
            if raw is None:
                yield too_large(self.name, row, self.fields.max_bytes)
            else:
                yield self._document(row, raw)
        if part.broken is not None:
            row = part.row + len(part.raws)
            message = f"from page {row} on the file cannot be read: {part.broken}"
            yield unreadable(self.name, row, bytes, message, id=self.name, whole=self.path)

    def rendered(self, documents: Sequence[tuple[SourceDocument, str]]) -> bytes:
        """Give pages as lines of JSON."""
        return b"".join(
            json.dumps({**document.origin, self.fields.text: text}, ensure_ascii=False).encode() + b"\n"
            for document, text in documents
        )

    def writer(self, target: Path) -> JsonlWriter:
        """Start a JSONL file, packed as its suffix says."""
        return JsonlWriter(open_writer(target))

    def remains(self, target: Path) -> Remains:
        """Start the quarantine's file: a WARC file, which can be cleaned again."""
        return Remains(target.with_name(_archive_name(target.name)), ending=b"")

    def _document(self, row: int, raw: bytes) -> SourceDocument:
        from fastwarc import WarcRecord  # noqa: PLC0415

        source = partial(bytes, raw)
        record = WarcRecord.from_bytes(raw)
        known = _known(record.headers)
        document_id = str(known.pop("id", "")) or f"{self.name}#{row}"
        try:
            payload, charset, status = _payload(raw, self.fields.max_bytes)
            page = read_html(payload, charset, str(known.get("url", "")) or None)
        except DocumentError as error:
            return unreadable(self.name, row, source, error.message, id=document_id)
        values = {
            **known,
            "http_status": status,
            **{key: page.metadata[key] for key in _PAGE if key in page.metadata},
        }
        return SourceDocument(
            document_id,
            self.name,
            row,
            source,
            text=page.text,
            encoding=page.encoding,
            confidence=page.confidence,
            newline="lf",
            source_sha256=sha256(raw),
            size=len(raw),
            metadata=metadata(values),
            origin={self.fields.id: document_id, **values},
            marks=page.marks,
            from_html=True,
        )


def clean_name(name: str) -> str:
    """Give the name of an archive's clean texts.

    >>> clean_name("crawl.warc"), clean_name("crawl.warc.gz")
    ('crawl.warc.jsonl', 'crawl.warc.jsonl.gz')
    """
    return f"{name[:-3]}.jsonl{name[-3:]}" if name.lower().endswith(".gz") else f"{name}.jsonl"


def _archive_name(name: str) -> str:
    """Give the name of the archive that clean texts came from, the inverse of `clean_name`."""
    packed = name.lower().endswith(".jsonl.gz")
    return name[: -len(".jsonl.gz")] + name[-3:] if packed else name.removesuffix(".jsonl")


def _responses(path: Path, stamp: Stamp | None, most: int) -> Iterator[bytes | None]:
    """Give the HTML responses of an archive as they stand there, None for one of more than `most` bytes.

    Raises OSError where it cannot be read on, after every whole response before: fastwarc itself ends a cut
    file without a word. Raises BrokenFileError where it is packed too far to be no bomb.
    """
    from fastwarc import ArchiveIterator, WarcRecordType  # noqa: PLC0415

    with open_steady(path, stamp) as file:
        bound = left = unpacked_size(path, most) if is_packed(path) else None
        for record in ArchiveIterator(file, parse_http=False):
            if not record.headers.get("Content-Length"):  # every record has one
                message = "the file is cut short"
                raise OSError(message)
            size = record.content_length
            if bound is not None and left is not None:
                left -= size
                if left < 0:
                    raise too_far(bound)
            body = record.reader.read(min(size, _HEAD))
            is_page = record.record_type == WarcRecordType.response and _is_page(body)
            if is_page and size <= most:
                body += record.reader.read()
                yield _raw(record.headers, body, size)
            elif len(body) + record.consume() < size:
                raise _cut(size)
            elif is_page:
                yield None


def _is_page(body: bytes) -> bool:
    """Whether a response is HTML and not empty, as far as its beginning shows."""
    end = _END.search(body)
    return end is not None and end.end() < len(body) and _HTML.search(body, 0, end.start()) is not None


def _raw(headers: Any, body: bytes, size: int) -> bytes:  # noqa: ANN401 - fastwarc's
    if len(body) < size:
        raise _cut(size)
    head = io.BytesIO()
    headers.write(head)
    return head.getvalue() + body + b"\r\n\r\n"


def _cut(size: int) -> OSError:
    return OSError(f"the file is cut short in a record of {size:,} bytes")


def _known(headers: Any) -> dict[str, Any]:  # noqa: ANN401 - fastwarc's
    """Give id, url, host and date of a record, as far as it has them."""
    url = (headers.get("WARC-Target-URI") or "").strip("<>")
    values = {
        "id": (headers.get("WARC-Record-ID") or "").strip("<>").removeprefix("urn:uuid:"),
        "url": url,
        "host": _host(url),
        "date": headers.get("WARC-Date"),
    }
    return {name: value for name, value in values.items() if value and is_storable(value)}


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _crlf(raw: bytes) -> bytes:
    """Give a record whose HTTP headers end in bare line feeds with the breaks that fastwarc looks for.

    It would take the whole page for headers.
    """
    start = raw.index(b"\r\n\r\n") + 4
    end = _END.search(raw, start)
    http = raw[start : end.end()] if end is not None else b""
    mended = _BARE.sub(b"\r\n", http)
    if mended == http:
        return raw
    size = len(raw) - start - len(b"\r\n\r\n") + len(mended) - len(http)
    head = _LENGTH.sub(rb"\g<1>%d" % size, raw[:start])
    return head + mended + raw[start + len(http) :]


def _payload(raw: bytes, most: int) -> tuple[bytes, str | None, int | None]:
    """Give a response's page unpacked, the charset its server declared, and the HTTP status.

    Raises DocumentError where there is no way to unpack it.
    """
    from fastwarc import WarcRecord  # noqa: PLC0415

    cause, raw = "", _crlf(raw)
    for decoding in _DECODINGS:
        record = WarcRecord.from_bytes(raw)
        try:
            record.parse_http(auto_decode=decoding)
            payload = record.reader.read(most + 1)
        except (OSError, ValueError) as error:
            cause = str(error)
            continue
        if record.http_headers is None:
            cause = "its Content-Type is not application/http"
            break
        if len(payload) > most:
            cause = f"it unpacks to more than {most:,} bytes; raise max_bytes (--max-bytes)"
            break
        return payload, record.http_charset, record.http_headers.status_code
    kind, message = "unreadable", f"the response cannot be read: {cause}"
    raise DocumentError(kind, message)
