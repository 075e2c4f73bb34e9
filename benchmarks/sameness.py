"""Whether the scan changes nothing: the same texts and edits as when each rule searches each text.

Compared are the pages, their reviewed content, and clean texts of theirs with damage of every known kind.
Exits with 1 where anything differs.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator

import undone
from pages import Page, arguments, chance, read_pages, shown
from wounds import damaged

from cleaner import Cleaner, Document
from cleaner.errors import DocumentError

EACH = 4
PROFILES = ("standard", "pdf")


def outcome(cleaner: Cleaner, document: Document) -> object:
    """Give the text, the edits and the metadata, or why there are none."""
    try:
        result = cleaner.clean(document)
    except DocumentError as error:
        return error.kind, error.rule
    return result.text, result.edits, result.metadata


def as_scraped(pages: Iterable[Page]) -> Iterator[Document]:
    """Yield what was scraped and what a person kept of it."""
    for page in pages:
        yield Document(page.id, page.text, page.metadata)
        yield Document(f"{page.id} gold", page.gold, page.metadata)


def wounded(cleaner: Cleaner, pages: list[Page], seed: int, each: int) -> Iterator[Document]:
    """Yield up to so many clean texts a kind of damage, damaged."""
    texts = undone.clean_texts(cleaner, pages, seed)
    for kind in undone.all_kinds(cleaner):
        draw = chance(f"{seed} {kind.family} {kind.name}")
        found = ((kind.wound(text, draw), text) for text in draw.sample(texts, len(texts)))
        spoiled = [damaged(text, wounds) for wounds, text in found if wounds]
        for number, text in enumerate(spoiled[:each]):
            yield Document(f"{kind.family}: {kind.name} {number}", text)


def differing(profile: str, documents: Iterable[Document]) -> tuple[int, list[Document]]:
    """Clean documents both ways; give how many there were, and those that come out in two ways."""
    plain, scanning = Cleaner(profile, scan=False, timeout=60), Cleaner(profile, scan=True, timeout=60)
    count, different = 0, []
    for document in documents:
        count += 1
        if outcome(plain, document) != outcome(scanning, document):
            different.append(document)
            print(f"differs: {document.id}: {shown(document.text, 200)}")
    return count, different


def main(options: argparse.Namespace) -> int:
    """Compare, say what was compared, and give the exit code."""
    pages = read_pages(options.data, options.limit, options.seed)
    failed = 0
    for profile in PROFILES:
        cleaner = Cleaner(profile)
        for name, documents in (
            ("pages", as_scraped(pages)),
            ("damaged texts", wounded(cleaner, pages, options.seed, options.each)),
        ):
            start = time.monotonic()
            count, different = differing(profile, documents)
            failed += len(different)
            seconds = time.monotonic() - start
            print(f"{profile}: {count:,} {name}, {len(different):,} with another outcome ({seconds:.0f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = arguments(__doc__ or "")
    parser.add_argument("--each", type=int, default=EACH, help=f"texts a kind of damage; {EACH} unless given")
    sys.exit(main(parser.parse_args()))
