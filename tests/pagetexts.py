"""Whole pages for tests: a made-up one in each of several scripts, and pages thrown together from theirs."""

from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st


@dataclass(frozen=True)
class WholePage:
    """A page as its lines: menus above, the paragraphs of an article, lists and notices below."""

    above: str
    paragraphs: tuple[str, ...]
    below: str

    @property
    def text(self) -> str:
        """The page as a reader of every visible line gets it."""
        return "\n\n".join((self.above, *self.paragraphs, self.below)) + "\n"

    @property
    def labels(self) -> list[str]:
        """The lines around the article."""
        return [*self.above.split("\n"), *self.below.split("\n")]


def _read(file: Path) -> WholePage:
    above, *paragraphs, below = file.read_text("utf-8").strip().split("\n\n")
    return WholePage(above, tuple(paragraphs), below)


PAGES = {file.stem: _read(file) for file in sorted((Path(__file__).parent / "pages").glob("*.txt"))}
"""Made-up pages by language: a menu, an article, and what stands below it, a blank line between."""

_LABELS = sorted({line for page in PAGES.values() for line in page.labels})
_PARAGRAPHS = [paragraph for page in PAGES.values() for paragraph in page.paragraphs]
_ODD = [
    "",
    "  ",
    "—",
    "\x00",
    "word " * 300,
    "Home " * 30,
    "…and so on . Then it rained",
    "\ud800",
    "a\rb",
    "&amp;",
]

_blocks = st.one_of(
    st.lists(st.sampled_from(_LABELS), min_size=6, max_size=20),
    st.lists(st.sampled_from(_PARAGRAPHS), min_size=1, max_size=4),
    st.lists(st.sampled_from(_PARAGRAPHS), min_size=1, max_size=4),
    st.lists(st.one_of(st.sampled_from(_ODD), st.text(max_size=12)), max_size=3),
)


@st.composite
def pages(draw: st.DrawFn) -> str:
    """Give a page of two to seven blocks of labels, of paragraphs and of anything."""
    blocks = draw(st.lists(_blocks, min_size=2, max_size=7))
    joins = draw(st.lists(st.sampled_from(["\n", "\n\n"]), min_size=len(blocks), max_size=len(blocks)))
    return "".join(join.join(block) + "\n\n" for block, join in zip(blocks, joins, strict=True))
