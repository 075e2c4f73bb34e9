"""How fast: MB of UTF-8 a second against peers, with more rules, without a ledger, with two workers."""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from crowd import write_crowd
from pages import Page, arguments, read_pages
from peers import Chain, by_ftfy
from timing import Figure, add_turns, figures_table, in_turns, seconds_of

from cleaner import Cleaner
from cleaner.corpus.formats import open_records
from cleaner.engines.local import CorpusOptions, clean_corpus
from cleaner.model import Document
from cleaner.report import RunningReport
from cleaner.scan.database import Database
from cleaner.scan.plan import plan_of

_PLAIN_SHARE = 8


@dataclass(frozen=True, slots=True)
class Corpus:
    """Pages as files: raw and reviewed texts, the raw ones `many` times, and a pack of a thousand rules."""

    raw: Path
    gold: Path
    many: Path
    pack: Path

    def texts(self, name: str = "raw", share: int = 1) -> list[Document]:
        """Give the documents of a file, or the first of so many equal shares of them."""
        with getattr(self, name).open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        return [
            Document(row["id"], row["text"], {key: row[key] for key in row if key not in ("id", "text")})
            for row in rows[: max(1, len(rows) // share)]
        ]


def write_corpus(folder: Path, pages: list[Page], copies: int, seed: int) -> Corpus:
    """Write pages into a folder."""
    raw = write_jsonl(folder / "raw.jsonl", [(page, page.text) for page in pages])
    gold = write_jsonl(folder / "gold.jsonl", [(page, page.gold) for page in pages])
    many = write_jsonl(folder / "many.jsonl", [(page, page.text) for page in pages], copies)
    return Corpus(raw, gold, many, write_crowd(folder / "more.yaml", seed))


def write_jsonl(path: Path, texts: Iterable[tuple[Page, str]], copies: int = 1) -> Path:
    """Write texts as JSONL, all of them `copies` times with other ids."""
    found = list(texts)
    with path.open("w", encoding="utf-8") as file:
        for copy in range(copies):
            for page, text in found:
                row = {"id": f"{copy} {page.id}" if copy else page.id, "text": text, **page.metadata}
                file.write(f"{json.dumps(row)}\n")
    return path


def _ready(**options: object) -> Cleaner:
    """Give a cleaner whose patterns and databases are made, and that has seen no text of the corpus."""
    cleaner = Cleaner(scan=options.pop("scan", True), **options)
    cleaner.clean("A text that is none of theirs ; it has a space before a semicolon, &amp; more.\n\nThe end")
    return cleaner


def _cleaned(cleaner: Cleaner, documents: list[Document]) -> float:
    def clean() -> None:
        for document in documents:
            cleaner.clean(document)

    return seconds_of(clean)


def _through_files(source: Path, workers: int = 1) -> float:
    options = CorpusOptions(workers=workers)
    cleaner = _ready()
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder, "few.jsonl")
        few.write_text('{"id": "1", "text": "One , two"}\n', "utf-8")

        def run(records: Path) -> None:
            out = Path(folder, f"out-{records.stem}")
            clean_corpus([records], out, cleaner, options, report=RunningReport({}), arguments={})

        run(few)  # what a run needs is imported before the clock runs
        return seconds_of(lambda: run(source))


def files(corpus: Corpus) -> float:
    """JSONL in; JSONL, ledger and report out; one process."""
    return _through_files(corpus.raw)


def texts_only(corpus: Corpus) -> float:
    """JSONL in and JSONL out, nothing else written, no row of a ledger made; edits are found all the same."""
    cleaner = _ready()

    def run(target: Path) -> None:
        records = open_records(corpus.raw, corpus.raw.name, CorpusOptions().fields)
        writer = records.writer(target)
        for one in records.documents():
            result = cleaner.clean(Document(one.id, one.text or "", json.loads(one.metadata)))
            writer.write(records.rendered([(one, result.text)]))
        writer.close()

    with tempfile.TemporaryDirectory() as folder:
        return seconds_of(lambda: run(Path(folder, "out.jsonl")))


def one_worker(corpus: Corpus) -> float:
    """Take the larger corpus through files, by one worker."""
    return _through_files(corpus.many, 1)


def two_workers(corpus: Corpus) -> float:
    """Take the larger corpus through files, by two workers."""
    return _through_files(corpus.many, 2)


def raw(corpus: Corpus) -> float:
    """Clean raw pages in memory."""
    return _cleaned(_ready(), corpus.texts())


def pages_alone(corpus: Corpus) -> float:
    """Clean raw pages in memory by the profile `page`."""
    return _cleaned(_ready(profile="page"), corpus.texts())


def chosen(corpus: Corpus) -> float:
    """Clean raw pages in memory by the profile `auto`."""
    return _cleaned(_ready(profile="auto"), corpus.texts())


def gold(corpus: Corpus) -> float:
    """Clean reviewed texts in memory."""
    return _cleaned(_ready(), corpus.texts("gold"))


def scan_alone(corpus: Corpus) -> float:
    """Run the databases of `standard` over raw pages: no line is asked, no rule, and no edit is made."""
    gates = {number: gate for number, rule in enumerate(Cleaner().rules) if (gate := rule.finder.gate())}
    expressions = [one for one, _ in plan_of(gates).expressions]
    databases = [Database([one for one in expressions if one.whole_line == whole]) for whole in (False, True)]
    pages = [document.text.encode("utf-8", "surrogatepass") for document in corpus.texts()]
    return seconds_of(lambda: [database.ends(page) for database in databases for page in pages])


def crowded(corpus: Corpus) -> float:
    """Clean raw pages in memory, with a thousand rules more."""
    return _cleaned(_ready(packs=[corpus.pack]), corpus.texts())


def plain(corpus: Corpus) -> float:
    """Clean a share of the raw pages in memory, without a scan."""
    return _cleaned(_ready(scan=False), corpus.texts(share=_PLAIN_SHARE))


def ftfy_alone(corpus: Corpus) -> float:
    """Take raw pages in memory through ftfy."""
    texts = [document.text for document in corpus.texts()]
    by_ftfy(texts[:1])
    return seconds_of(lambda: by_ftfy(texts))


def chain(corpus: Corpus) -> float:
    """Take raw pages in memory through ftfy, clean-text and datatrove's C4 filter."""
    texts, peers = [document.text for document in corpus.texts()], Chain()
    peers.run(texts[:1])
    return seconds_of(lambda: peers.run(texts))


JOBS: tuple[Callable[[Corpus], float], ...] = (
    files,
    ftfy_alone,
    chain,
    texts_only,
    raw,
    pages_alone,
    chosen,
    crowded,
    gold,
    plain,
    scan_alone,
    one_worker,
    two_workers,
)
COMPARED: tuple[tuple[str, str, str, float | None], ...] = (
    ("`standard`, JSONL in to JSONL and ledger out, one process, against ftfy", "files", "ftfy_alone", 20),
    ("the same, against ftfy, clean-text and datatrove’s C4 filter", "files", "chain", 80),
    ("with a thousand rules more, against without", "crowded", "raw", 0.8),
    ("with the ledger, against texts alone", "files", "texts_only", 0.9),
    ("reviewed texts (clean input), against raw pages", "gold", "raw", 1),
    ("two workers against one", "two_workers", "one_worker", 1.7),
    ("with a scan, against each rule searching each text", "raw", "plain", None),
    ("the scan alone, no line or rule asked, against ftfy", "scan_alone", "ftfy_alone", None),
    ("raw pages in memory, against ftfy", "raw", "ftfy_alone", None),
    ("the same by `page`, against ftfy", "pages_alone", "ftfy_alone", 5),
    ("the same by `auto`, against ftfy", "chosen", "ftfy_alone", 5),
)


def measure(pages: list[Page], *, copies: int, seed: int, turns: int) -> list[Figure]:
    """Measure all of it; give the figures."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = write_corpus(Path(folder), pages, copies, seed)
        sizes = {name: megabytes(corpus.texts(name)) for name in ("raw", "gold", "many")}
        sizes |= {"plain": megabytes(corpus.texts(share=_PLAIN_SHARE))}
        sizes |= dict.fromkeys(("one_worker", "two_workers"), sizes["many"])
        jobs = {job.__name__: job for job in JOBS}
        taken = in_turns(jobs, corpus, turns)
    rates = {name: sizes.get(name, sizes["raw"]) / seconds for name, seconds in taken.items()}
    return [_figure(what, rates[one], rates[other], least) for what, one, other, least in COMPARED]


def _figure(what: str, one: float, other: float, least: float | None) -> Figure:
    return Figure(what, f"{one:.2f} MB/s", f"{other:.2f} MB/s", one / other, least)


def megabytes(documents: Iterable[Document]) -> float:
    """Give the size of texts in MB of UTF-8."""
    return sum(len(one.text.encode("utf-8", "surrogatepass")) for one in documents) / 1e6


def add_copies(parser: argparse.ArgumentParser) -> None:
    """Add how much larger the corpus is that workers share."""
    parser.add_argument(
        "--copies", type=int, default=2, help="workers share the pages so many times; 2 unless given"
    )


if __name__ == "__main__":
    parser = arguments(__doc__ or "")
    add_turns(parser)
    add_copies(parser)
    chosen = parser.parse_args()
    found = measure(
        read_pages(chosen.data, chosen.limit, chosen.seed),
        copies=chosen.copies,
        seed=chosen.seed,
        turns=chosen.turns,
    )
    print(figures_table(found))
