"""A made-up corpus with damage, of any size, in the formats that come in: for runs on engines."""

import gzip
import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SEEDS = Path(__file__).parents[1] / "seeds"
FILE = 2_000
"""Documents of a record file."""
PARAGRAPHS = 12
"""Of a document: about three kilobytes."""


def texts(documents: int, seed: int = 1) -> Iterator[str]:
    """Give texts of paragraphs of the seeds, each with a number of its own, some with more damage."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    paragraphs = sorted(
        paragraph
        for path in SEEDS.iterdir()
        for paragraph in path.read_text("utf-8", "replace").split("\n\n")
        if 40 < len(paragraph) < 600  # noqa: PLR2004 - small ones
    )
    for number in range(documents):
        chosen = chance.choices(paragraphs, k=chance.randint(1, 2 * PARAGRAPHS - 1))
        text = f"Statement number {number} of this corpus .\n\n" + "\n\n".join(chosen)
        wounds = chance.random()
        if wounds < 0.1:  # noqa: PLR2004 - one in ten
            text = text.replace("’", "â€™").replace("e", "é".encode().decode("latin-1"), 2)
        elif wounds < 0.2:  # noqa: PLR2004 - another
            text = f"<div><p>{text}</p></div>&nbsp;\nView latest press releases\n"
        yield text


def write(folder: Path, documents: int, *, mixed: bool = False, seed: int = 1) -> int:
    """Write so many documents as JSONL files, or `mixed`, in several formats; give the bytes of texts."""
    folder.mkdir(parents=True, exist_ok=True)
    size, rows = 0, []
    for number, text in enumerate(texts(documents, seed)):
        size += len(text.encode())
        rows.append({"id": f"doc-{number}", "text": text, "year": 1990 + number % 30})
        if len(rows) == FILE or number == documents - 1:
            _put(folder, number // FILE, rows, mixed=mixed)
            rows = []
    return size


def _put(folder: Path, file: int, rows: list[dict[str, object]], *, mixed: bool) -> None:
    """Write one file, or with `mixed` every fourth as JSONL, as gzip, as Parquet, as text files."""
    kind = file % 4 if mixed else 0
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    if kind == 0:
        (folder / f"part-{file:05}.jsonl").write_bytes(lines)
    elif kind == 1:
        (folder / f"part-{file:05}.jsonl.gz").write_bytes(gzip.compress(lines, 1))
    elif kind == 2:  # noqa: PLR2004 - the third kind
        pq.write_table(pa.Table.from_pylist(rows), folder / f"part-{file:05}.parquet", row_group_size=500)
    else:
        place = folder / f"part-{file:05}"
        place.mkdir(exist_ok=True)
        for row in rows:
            (place / f"{row['id']}.txt").write_text(str(row["text"]), "utf-8")


def digest(out: Path) -> str:
    """Give one hash over all files of an output, but what tells of the run's time."""
    total = hashlib.sha256()
    for path in sorted(one for one in out.rglob("*") if one.is_file() and one.name != "run.json"):
        total.update(path.relative_to(out).as_posix().encode() + b"\n")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
