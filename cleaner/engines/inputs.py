"""What a run reads: files and folders of this machine, and what stands behind addresses."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from cleaner.corpus.find import Found
from cleaner.corpus.formats import open_records, texts_name
from cleaner.corpus.source import Input
from cleaner.corpus.steady import told
from cleaner.corpus.text_file import TextFiles
from cleaner.corpus.unopened import Unopened, UnreadTexts
from cleaner.engines.options import CorpusOptions
from cleaner.engines.outcome import Finished
from cleaner.remote.address import Address, place
from cleaner.remote.inputs import RemoteInput
from cleaner.remote.near import Lacking, Near


def given(inputs: Sequence[Path | str], out: Path | Address | None) -> list[Path | RemoteInput]:
    """Tell addresses from paths; nothing that lies in `out` is read. Raises UsageError."""
    places = [place(one) for one in inputs]
    closed = out if isinstance(out, Address) else None
    return [RemoteInput(one, closed) if isinstance(one, Address) else one for one in places]


def opened(files: Iterable[Found], options: CorpusOptions) -> Iterator[Input]:
    """Give each record file by itself and neighbouring text files together."""
    wanted = (file for file in files if file.kind != "skipped")
    for alone, together in groupby(wanted, _alone):
        if not alone:
            named = ((file.path, file.name) for file in together)
            yield TextFiles(named, options.encoding, options.max_bytes)
            continue
        for file in together:
            yield _opened(file, options)


def _alone(file: Found) -> bool:
    return file.kind == "records" or isinstance(file, Lacking)


def _opened(file: Found, options: CorpusOptions) -> Input:
    if not isinstance(file, Lacking):
        return open_records(file.path, file.name, options.fields)
    if file.kind == "text":
        return UnreadTexts(file.name, file.error)
    return Unopened(file.path, texts_name(file.name), told(file.error))


class Release:
    """Lets copies go once all that is made of them is written."""

    def __init__(self, near: Near) -> None:
        """Take the copies of a run."""
        self._near = near
        self._records: Input | None = None

    def begin(self, records: Input) -> None:
        """Let go of the record file before."""
        self.close()
        self._records = records

    def take(self, finished: Finished) -> None:
        """Let go of text files."""
        if isinstance(self._records, TextFiles):
            for name in finished.documents["doc_id"].to_pylist():
                self._near.drop_text(str(name))

    def close(self) -> None:
        """Let go of the last record file."""
        path = getattr(self._records, "path", None)
        if isinstance(path, Path):
            self._near.drop(path)
