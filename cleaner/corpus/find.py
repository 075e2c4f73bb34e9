"""Which files an input means: itself, or what a folder holds at any depth."""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

from cleaner.corpus.extras import require
from cleaner.corpus.fields import Fields
from cleaner.corpus.formats import open_records, record_suffix
from cleaner.corpus.html import is_html
from cleaner.corpus.text_file import clean_name, file_size
from cleaner.errors import UsageError

LINK_OUT = "(link out of the input)"
FOLDER_LINK = "(link to a folder)"
BROKEN_LINK = "(broken link)"
NO_FILE = "(pipe, socket or device)"
"""Why a name in a folder is skipped, other than for its suffix."""

_REASONS = ".reasons.jsonl"


@dataclass(frozen=True, slots=True)
class Found:
    """A file under an input: where it is, its portable name below the input, and how it is read.

    `place` is its path in letters, which is made a `path` of where it is asked for: a job that looks at very
    many files each night asks for few. `why` it is skipped, where that is not its suffix.
    """

    place: str
    name: str
    kind: Literal["text", "records", "skipped"]
    why: str = ""

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self.place)

    @property
    def told(self) -> str:
        """What a count of skipped files calls it."""
        return self.why or _suffix(self.name)

    @property
    def shown(self) -> str:
        """Where it is, for people."""
        return self.place

    @property
    def size(self) -> int:
        """Its bytes, 0 where that cannot be told."""
        return file_size(self.path)

    def texts_name(self, fields: Fields) -> str:
        """Give the name under `texts/` of a record file.

        Raises UsageError where it has no text column, or its extra is missing.
        """
        return open_records(self.path, self.name, fields).name


class Elsewhere(Protocol):
    """An input that is no path of this machine; `str` of it is what people may read."""

    def found(self, globs: tuple[str, ...]) -> Iterator[Found]:
        """Give every file of it as `find` does, in the same order. Raises UsageError."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What the inputs hold, by name alone: files to read, bytes on disk, skipped files by suffix."""

    texts: int = 0
    records: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def find(
    inputs: Sequence[Path | Elsewhere], globs: Sequence[str], out: Path | None, *, follow: bool = False
) -> Iterator[Found]:
    """Give every file under the inputs, in the order given and by name within a folder.

    A folder means its `*.txt`, web pages and record files, widened by `globs` (matched from the right:
    `*.md`, `news/*.eml`) and never what lies in `out`; hidden files are skipped, and so are links to folders,
    links that lead out of the input unless they are to `follow`, and what is no ordinary file. A file that is
    named itself is read whatever its suffix. Raises UsageError where an input is missing, no ordinary file,
    cannot be listed, or lies in `out`.
    """
    closed = out.resolve() if out is not None else None
    for given in inputs:
        if not isinstance(given, Path):
            yield from given.found(tuple(globs))
            continue
        if not given.exists():
            message = f"{given}: no such file or folder; check the path"
            raise UsageError(message)
        if closed is not None and given.resolve().is_relative_to(closed):
            message = f"{given}: lies in the output folder {out}; choose another output folder"
            raise UsageError(message)
        if given.is_dir():
            walk = _Walk(given.resolve(), tuple(globs), closed, follow=follow)
            yield from walk.below(given, "")
        elif given.is_file():
            name = _portable(given.name)
            yield Found(str(given), name, "records" if record_suffix(name) else "text")
        else:
            message = f"{given}: is neither a file nor a folder; save what comes from it as a file"
            raise UsageError(message)


def survey(
    inputs: Sequence[Path | Elsewhere],
    globs: Sequence[str],
    out: Path | None,
    fields: Fields,
    *,
    follow: bool = False,
) -> Survey:
    """Count what the inputs hold, before anything is read or written.

    Raises UsageError where an input cannot be used: missing, without documents, two files whose clean texts
    would have one name, a CSV or Parquet file without its text column, a kind of file whose extra is missing.
    """
    counts: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    taken: dict[str, str] = {}
    for found in find(inputs, globs, out, follow=follow):
        if found.kind == "skipped":
            skipped[found.told] += 1
            continue
        counts[found.kind] += 1
        counts["bytes"] += found.size
        _check(found, fields, taken)
    if any(is_html(name.removesuffix(".txt")) for name in taken):
        _check_pages(find(inputs, globs, out, follow=follow), taken)
    if not counts["text"] + counts["records"]:
        raise UsageError(nothing(inputs, skipped))
    return Survey(counts["text"], counts["records"], counts["bytes"], skipped)


class _Walk:
    """The way through one input folder."""

    def __init__(self, top: Path, globs: tuple[str, ...], closed: Path | None, *, follow: bool) -> None:
        self._top = top
        self._globs = globs
        self._closed = closed
        self._follow = follow

    def below(self, folder: Path, below: str) -> Iterator[Found]:
        """Give every file at any depth. Raises UsageError where a folder cannot be looked into."""
        names, others = _listed(folder)
        for name in names:
            under, place = f"{below}{name}", os.path.join(folder, name)  # noqa: PTH118 - ten times as fast
            if name not in others:
                yield Found(place, _portable(under), kind_of(name, under, self._globs))
                continue
            path = folder / name
            try:
                is_folder = stat.S_ISDIR(path.lstat().st_mode)
            except FileNotFoundError:  # it went meanwhile
                continue
            except OSError as error:
                raise _unlisted(folder, error) from error
            if is_folder:
                if not name.startswith(".") and (self._closed is None or path.resolve() != self._closed):
                    yield from self.below(path, f"{under}/")
            else:
                why = self._obstacle(path)
                kind = "skipped" if why else kind_of(name, under, self._globs)
                yield Found(place, _portable(under), kind, why)

    def _obstacle(self, path: Path) -> str:
        """Say why a name is no file to be read, whatever it is called; empty where it is one."""
        try:
            mode = path.stat().st_mode
        except OSError:
            return BROKEN_LINK
        if stat.S_ISDIR(mode):
            return FOLDER_LINK
        if not stat.S_ISREG(mode):
            return NO_FILE
        leads_out = path.is_symlink() and not self._follow and not path.resolve().is_relative_to(self._top)
        return LINK_OUT if leads_out else ""


def _listed(folder: Path) -> tuple[list[str], set[str]]:
    """Give the names in a folder, sorted, and which of them are no ordinary files.

    Names alone, for a folder may hold millions; and the folder says what most of them are, so that no file
    is asked. Raises UsageError.
    """
    names, others = [], set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append(entry.name)
                if not entry.is_file(follow_symlinks=False):
                    others.add(entry.name)
    except OSError as error:
        raise _unlisted(folder, error) from error
    return sorted(names), others


def _unlisted(folder: Path, error: OSError) -> UsageError:
    """Give the error for a folder that cannot be looked into: what it holds must not seem to be gone."""
    return UsageError(f"{folder}: cannot be listed: {error.strerror}; check its permissions")


def kind_of(name: str, under: str, globs: tuple[str, ...]) -> Literal["text", "records", "skipped"]:
    """Say how a file is read, by its name, and by its path below the input for `globs`."""
    name = name.lower()
    if name.startswith(".") or name.endswith(_REASONS):
        return "skipped"
    if name.endswith(".txt"):
        return "text"
    if record_suffix(name):
        return "records"
    if is_html(name):
        return "text"
    return "text" if any(PurePosixPath(under).match(glob) for glob in globs) else "skipped"


def _portable(name: str) -> str:
    """Give a name that every file and column can hold: bytes that are not UTF-8 become escapes."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def _suffix(name: str) -> str:
    path = PurePosixPath(name)
    return "(hidden)" if path.name.startswith(".") else path.suffix.lower() or "(none)"


def _check(found: Found, fields: Fields, taken: dict[str, str]) -> None:
    """Refuse a file that cannot be read, or would be written over another; remember the names that matter."""
    if found.kind == "records":
        name = found.texts_name(fields)
        if name in taken:
            raise UsageError(clash(taken[name], found.shown, name))
        taken[name] = found.shown
    elif is_html(found.name):
        require("html", found.shown)
    elif is_html(found.name.removesuffix(".txt")):
        taken[found.name] = found.shown


def _check_pages(found: Iterator[Found], taken: dict[str, str]) -> None:
    """Refuse pages whose texts would be written over others: few files can be, so no page is remembered."""
    for page in found:
        if is_html(page.name) and (name := clean_name(page.name)) in taken:
            raise UsageError(clash(taken[name], page.shown, name))


def clash(first: str, second: str, name: str) -> str:
    """Say that the clean texts of two files would have one name."""
    return f"{first} and {second} would both be written to texts/{name}; rename one, or clean it apart"


def _widen(skipped: Mapping[str, int]) -> str:
    return (
        "read what links lead to with follow_links (--follow-links)"
        if LINK_OUT in skipped
        else "widen the search with glob (--glob)"
    )


def nothing(inputs: Sequence[Path | Elsewhere], skipped: Mapping[str, int]) -> str:
    """Say that inputs hold no document, and what they hold instead."""
    where = ", ".join(map(str, inputs)) or "no input"
    there = ", ".join(f"{count} {suffix}" for suffix, count in sorted(skipped.items()))
    cure = f" (skipped: {there}); {_widen(skipped)}" if there else "; check the path"
    return f"{where}: no documents: no *.txt, .html, .jsonl, .csv, .parquet or .warc file{cure}"
