"""A thousand rules more, of words that nobody writes: whole lines, phrases and literals."""

import json
from pathlib import Path

from pages import chance

LINES, PHRASES, LITERALS = 600, 300, 100
_SHOWN = [{"name": "a find", "before": "x", "finds": "x"}, {"name": "none", "same": "Nothing."}]


def write_crowd(path: Path, seed: int) -> Path:
    """Write them as a pack; the same seed gives the same rules."""
    draw = chance(seed)

    def words(count: int) -> str:
        return " ".join("".join(draw.choices("bcdfghklmnprstvz", k=4)) + "o" for _ in range(count))

    finds: list[dict[str, object]] = [{"lines": {"any": [words(3)]}} for _ in range(LINES)]
    finds += [{"regex": rf"\b{words(2)} (?:of|for) \p{{Lu}}\w{{2,20}}"} for _ in range(PHRASES)]
    finds += [{"regex": words(2)} for _ in range(LITERALS)]
    said = {"summary": "A rule.", "why": "A measure wants it.", "do": "flag", "safety": "review"}
    rules = [
        {"id": f"more-{number}", **said, "find": find, "examples": _SHOWN}
        for number, find in enumerate(finds)
    ]
    pack = {"pack": "more", "version": "1.0.0", "summary": "A thousand rules.", "rules": rules}
    path.write_text(json.dumps(pack), "utf-8")
    return path
