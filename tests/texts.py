"""Generated texts that hold damage: pieces of the rules' examples, of seeds and of anything, at random."""

from pathlib import Path

from hypothesis import strategies as st

from cleaner.packs import load

SEEDS = sorted((Path(__file__).parents[1] / "seeds").glob("*.txt"))
EXAMPLES = sorted(
    {example.text for pack in load("standard") for rule in pack.rules for example in rule.examples}
)
_PARAGRAPHS = sorted(
    {part for seed in SEEDS for part in seed.read_text("utf-8").split("\n\n") if part.strip()}
)
_DAMAGE = [
    "Women's rights's rightss rights's rights's rights's rights",
    "Children's rights",
    "schoolChildren's rights",
    "&amp;nbsp;",
    "&#39;",
    "â€™",
    "Ã©",
    "<b>",
    "</b>",
    "<br/>",
    " .",
    " ,",
    "\r\n",
    "\x00",
    "\x92",
    "\u200b",
    "\u00a0",
    "\u00ad",
    "e\u0301",
    "\ufeff",
    "  ",
    "\t",
    "\n\n\n",
    "the the the ",
    "Home",
    "View latest press releases",
    "public document",
    "27 March 2002",
    "Public Statement",
    "AI Index ASA 17/013/2002 - News Service Nr. 56",
    "Document - ",
    "…",
    "“",
    "”",
]
_CHARACTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)

pieces = st.one_of(
    st.sampled_from(EXAMPLES), st.sampled_from(_DAMAGE), st.sampled_from(_PARAGRAPHS), _CHARACTERS
)
joins = st.sampled_from(["", " ", "\n", "\n\n", "\n\n\n"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Give up to eight pieces with something or nothing between them."""
    parts = draw(st.lists(st.tuples(pieces, joins), max_size=8))
    return "".join(piece + join for piece, join in parts)
