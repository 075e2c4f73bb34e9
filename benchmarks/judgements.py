"""What two readers made of the sampled edits: agreement, the share each found right, and where they differ.

usage: judgements.py READER_A.jsonl READER_B.jsonl [--sample SAMPLE.jsonl]

A reader's file holds one row an edit: `id`, `verdict` (`ok`, `not ok` or `unsure`) and `note`. With the
sample, and the key that lies beside it, the lists name rules and show the edits.
"""

import argparse
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

from pages import Finding, Section, share, shown, table

VERDICTS = ("ok", "not ok", "unsure")
RIGHT = 0.99
Rows = dict[str, dict[str, Any]]


def read(path: Path) -> Rows:
    """Read rows by id; raise ValueError for a verdict that is none, and for an id that comes twice."""
    rows: Rows = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        row = json.loads(line)
        if row["id"] in rows:
            message = f"{path}:{number}: the edit {row['id']} was judged twice; keep one row"
            raise ValueError(message)
        if row.get("verdict", "ok") not in VERDICTS:
            message = f"{path}:{number}: the verdict {row['verdict']!r} is none of {', '.join(VERDICTS)}"
            raise ValueError(message)
        rows[row["id"]] = row
    return rows


def wilson(right: int, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Give the Wilson interval of a share, at 95% unless `z` says otherwise.

    >>> [round(bound, 3) for bound in wilson(378, 381)]
    [0.977, 0.997]
    """
    if not count:
        return 0.0, 1.0
    share = right / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    return (middle - spread) / whole, (middle + spread) / whole


def kappa(pairs: Counter[tuple[str, str]]) -> float:
    """Give Cohen's kappa: agreement beyond what the two shares alone would give; 1 where all is one verdict.

    >>> round(kappa(Counter({("ok", "ok"): 20, ("not ok", "not ok"): 15, ("ok", "not ok"): 15})), 2)
    0.44
    """
    total = pairs.total()
    agreed = sum(count for (a, b), count in pairs.items() if a == b) / total
    left, right = Counter[str](), Counter[str]()
    for (a, b), count in pairs.items():
        left[a] += count
        right[b] += count
    chance = sum(left[verdict] * right[verdict] for verdict in VERDICTS) / total**2
    return (agreed - chance) / (1 - chance) if chance < 1 else 1.0


def report(readers: tuple[Rows, Rows], sample: Rows, rules: dict[str, str]) -> Section:
    """Write agreement, shares with their intervals, what either did not find right, and both lists."""
    first, second = readers
    both = [name for name in first if name in second]
    pairs = Counter((first[name]["verdict"], second[name]["verdict"]) for name in both)
    agreed = sum(count for (a, b), count in pairs.items() if a == b)
    rows: list[list[object]] = []
    findings = []
    for name, reader in (("A", first), ("B", second)):
        verdicts = Counter(row["verdict"] for row in reader.values())
        low, high = wilson(verdicts["ok"], len(reader))
        counts = (verdicts[verdict] for verdict in VERDICTS)
        rows.append(
            [name, len(reader), *counts, share(verdicts["ok"], len(reader), 1), f"{low:.1%} to {high:.1%}"]
        )
        figure = f"{rows[-1][-2]} of {len(reader)} (95%: {rows[-1][-1]})"
        met = verdicts["ok"] >= RIGHT * len(reader)
        findings.append(Finding(f"edits that reader {name} would make", f"≥ {RIGHT:.0%}", figure, met))
    doubted = [name for name in both if {first[name]["verdict"], second[name]["verdict"]} != {"ok"}]
    listed: list[list[object]] = [
        [name, rules.get(name, ""), _edit(sample.get(name)), *_said(first[name]), *_said(second[name])]
        for name in doubted
    ]
    alone = len(first) + len(second) - 2 * len(both)
    text = "\n\n".join(
        (
            f"{len(both)} edits judged by both readers, {alone} by one alone. They agree on {agreed}, "
            f"{share(agreed, len(both), 1)} (kappa {kappa(pairs):.2f}). The rounds before this one, and what "
            "was mended after each: [judgements.md](judgements.md)."
            if both
            else "No edit judged by both.",
            table(["reader", "edits", *VERDICTS, "share ok", "95% interval (Wilson)"], rows),
            f"{len(doubted)} edits that at least one reader did not find right:",
            table(["edit", "rule", "before → after", "A", "note of A", "B", "note of B"], listed),
            _lists(both, readers, rules),
        )
    )
    return Section(text, tuple(findings))


def _said(row: dict[str, Any]) -> tuple[str, str]:
    return row["verdict"], shown(row.get("note") or "", 160)


def _edit(row: dict[str, Any] | None) -> str:
    return (
        f"`{shown(row['before'], 50)}` → `{shown(row['after'], 30)}`".replace("``", "nothing") if row else ""
    )


def _lists(both: list[str], readers: tuple[Rows, Rows], rules: dict[str, str]) -> str:
    ordered = sorted(both, key=lambda name: (rules.get(name, ""), name))
    rows: list[list[object]] = [
        [name, rules.get(name, ""), *(reader[name]["verdict"] for reader in readers)] for name in ordered
    ]
    heads = ["edit", "rule", "A", "B"]
    return f"<details><summary>Both lists</summary>\n\n{table(heads, rows)}\n\n</details>"


def section(files: list[Path], sample: Path | None) -> Section:
    """Read the files and write the section."""
    edits = read(sample) if sample else {}
    key = sample.with_suffix(".key.jsonl") if sample else None
    rules = {name: row["rule"] for name, row in read(key).items()} if key and key.is_file() else {}
    first, second = (read(file) for file in files)
    return report((first, second), edits, rules)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("readers", type=Path, nargs=2)
    parser.add_argument("--sample", type=Path)
    options = parser.parse_args()
    print(section(options.readers, options.sample).text)
