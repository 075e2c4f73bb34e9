"""ftfy's own cases: mojibake it repairs, and texts that look like mojibake and must stay.

What is wanted is `fixed-encoding` where a case gives it, else `fixed`. Where ftfy repairs more than that,
`fixed` is right as well, if the quotes are those of `fixed-encoding`: ftfy straightens them, this does not.
Each case is cleaned as a document by the whole profile `minimal`, its white space included.
"""

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pages import Finding, Section, clean, shown, table

from cleaner import Cleaner, UsageError

FTFY = "CLEANER_FTFY_CASES"
_CURLY = {ord(curly): straight for curly, straight in zip("‘’‚‛“”„‟", "''''\"\"\"\"", strict=True)}
_SPACES = str.maketrans("\u00a0", " ", "\x1a")


@dataclass(frozen=True, slots=True)
class Case:
    """One case, what came out, and whether that is right: exactly, or but for spaces and control characters.

    A negative is one that ftfy too leaves as it is.
    """

    label: str
    source: str
    wanted: str
    got: str
    is_negative: bool
    known_failure: bool
    right: bool
    right_but_spaces: bool


def is_right(case: dict[str, Any], got: str) -> bool:
    """Whether a text is what a case wants.

    >>> case = {"fixed": "an 'ox'", "fixed-encoding": "an ‘ox’"}
    >>> is_right(case, "an ‘ox’"), is_right(case, "an 'ox'")
    (True, False)
    """
    encoding = case.get("fixed-encoding", case["fixed"])
    if got == encoding:
        return True
    same = got.translate(_CURLY) == case["fixed"].translate(_CURLY)
    return same and _quotes(got) == _quotes(encoding)


def _quotes(text: str) -> list[str]:
    return [character for character in text if ord(character) in _CURLY]


def judge(folder: Path, cleaner: Cleaner) -> Iterator[Case]:
    """Clean every case of a folder's JSON files and judge it."""
    for file in sorted(folder.glob("*.json")):
        for case in json.loads(file.read_text("utf-8")):
            source = case["original"]
            got = clean(cleaner, "case", source).text
            eased = {key: _eased(text) for key, text in case.items() if key.startswith("fixed")}
            yield Case(
                case["label"],
                source,
                case.get("fixed-encoding", case["fixed"]),
                got,
                source == case["fixed"],
                case["expect"] != "pass",
                is_right(case, got),
                is_right(eased, _eased(got)),
            )


def _eased(text: str) -> str:
    return " ".join(text.translate(_SPACES).split(" ")).strip().replace("  ", " ")


def report(cases: list[Case], profile: str) -> Section:
    """Write how many came out right, and every one that did not."""
    rows: list[tuple[str, int, int, int]] = []
    for name, chosen in (
        ("positives to pass", [case for case in cases if not case.known_failure and not case.is_negative]),
        ("negatives to pass", [case for case in cases if not case.known_failure and case.is_negative]),
        ("known failures of ftfy", [case for case in cases if case.known_failure]),
    ):
        right, eased = sum(case.right for case in chosen), sum(case.right_but_spaces for case in chosen)
        rows.append((name, len(chosen), right, eased))
    wrong: list[list[object]] = [
        [case.label, *(f"`{shown(text, 70)}`" for text in _around(case)), _what(case)]
        for case in cases
        if not case.right and not case.known_failure
    ]
    heads = ["cases", "count", "right", "right but for no-break spaces, ends and U+001A"]
    text = "\n\n".join(
        (
            f"Profile `{profile}`.",
            table(heads, [[*row] for row in rows]),
            table(["case", "source", "wanted", "got", "what differs"], wrong) if wrong else "No misses.",
        )
    )
    findings = (
        Finding(
            f"ftfy's cases: {name}", f"{count}", f"{right} ({eased} but for spaces and ends)", right == count
        )
        for name, count, right, eased in rows[:2]
    )
    return Section(text, tuple(findings))


def _around(case: Case) -> tuple[str, str, str]:
    """Give source, wanted and got from shortly before the place where the last two part."""
    parted = next(
        (place for place, (a, b) in enumerate(zip(case.wanted, case.got, strict=False)) if a != b),
        min(len(case.wanted), len(case.got)),
    )
    start = max(0, parted - 20)
    return case.source[start : start + 60], case.wanted[start : start + 50], case.got[start : start + 50]


def _what(case: Case) -> str:
    return "only spaces, ends or U+001A" if case.right_but_spaces else "the characters"


def add_folder(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add the argument that names the folder of cases."""
    folder = os.environ.get(FTFY)
    text = f"folder of ftfy's test cases, *.json (else ${FTFY})"
    path = Path(folder) if folder else None
    parser.add_argument("--ftfy", type=Path, default=path, required=required and not folder, help=text)


def section(options: argparse.Namespace) -> Section:
    """Judge all cases by profile `minimal`, or by `standard` while there is no such profile."""
    profile = "minimal"
    try:
        cleaner = Cleaner(profile)
    except UsageError:
        profile = "standard"
        cleaner = Cleaner(profile)
    return report(list(judge(options.ftfy, cleaner)), profile)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    print(section(parser.parse_args()).text)
