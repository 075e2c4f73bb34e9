"""A small run to review, made by the real cleaner: sites, proposals, equal edits, fields, hostile texts."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rulefiles import drop, empty_profile, rule, swap, write_pack
from typer.testing import CliRunner

from cleaner.cli import app

SCRIPT = "<script>window.__pwned=1</script>"
"""What no page may hold unescaped."""
BIDI = "\u202egnitirw"

RULES = [
    rule("keep", {"regex": r"KEEP[^\n]*KEEP"}, do="protect"),
    rule("title", {"regex": r"^Title: (?P<title>.+)\n"}, do="extract"),
    rule("author", {"regex": r"^By: (?P<author>.+)\n"}, do="extract", safety="review", summary=SCRIPT),
    swap("script", r"<script>[^<\n]*</script>", "", why=SCRIPT),
    swap("bidi", "[\u202a-\u202e]", ""),
    swap("spaces", " {2,}", " "),
    swap("dash", "--", "\u2013"),
    swap("maybe", "maybe ", "", safety="review"),
    drop("footer", "share this page"),
    rule("todo", {"regex": "TODO"}, do="flag"),
]
"""Rules that replace, remove, extract, protect and flag; two of them only propose."""

_LINES = "".join(f"line {number} -- of many\n" for number in range(10))
RECORDS: list[dict[str, Any]] = [
    {"id": "a", "host": "X.org", "text": "Title: News\nBy: Li\nOne  two maybe three.\nShare this page\n"},
    {"id": "b", "host": "y.org", "text": f"Title: {SCRIPT}\nBy: {BIDI}\nOne  two maybe three   four.\n"},
    {"id": f"c {SCRIPT}", "url": "https://y.org/c", "text": f"So {SCRIPT} it  was, maybe TODO.\n"},
    {"id": "d", "text": f"{BIDI} said maybe   that KEEP a  b KEEP.\nmaybe maybe (a+b).* -- [x]\n"},
    {"id": "e", "host": SCRIPT, "text": "All is well.\n"},
    *({"id": f"m{n}", "host": f"m{n % 3}.org", "text": f"Part {n}.\n{_LINES}"} for n in range(9)),
    {"id": "a", "host": "X.org", "text": "The same  id again.\n"},
]
"""Documents from seven sites and from none; the last one shares its id with the first: it is quarantined."""


def clean(records: list[dict[str, Any]], rules: list[dict[str, Any]] | None, folder: Path) -> Path:
    """Clean records by rules alone, or by the shipped ones, into `out` in a folder; what stood there goes."""
    given, out = folder / "in.jsonl", folder / "out"
    folder.mkdir(exist_ok=True)
    given.write_text("".join(f"{json.dumps(one)}\n" for one in records), "utf-8")
    arguments = ["clean", str(given), "--out", str(out), "--quiet", "--overwrite"]
    if rules is not None:
        pack = write_pack(folder / "test.yaml", rules)
        arguments += ["--profile", empty_profile(folder), "--pack", str(pack)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code in {0, 3}, done.output
    return out


def ledger(out: Path) -> list[dict[str, Any]]:
    """Give a run's edits as its own file holds them."""
    rows: list[dict[str, Any]] = pq.read_table(out / "changes.parquet").to_pylist()
    return rows


def hosts(out: Path) -> dict[str, str]:
    """Give the site of each document, in small letters; empty where it has none."""
    found = {}
    for one in pq.read_table(out / "documents.parquet").to_pylist():
        if one["status"] != "quarantined":
            known = json.loads(one["metadata"])
            url = str(known.get("url", "")).removeprefix("https://").partition("/")[0]
            found[one["doc_id"]] = str(known.get("host") or url).lower()
    return found
