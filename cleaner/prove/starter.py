"""A pack to start from: one rule to copy, with what may be said beside it."""

import os
from importlib.resources import files
from pathlib import Path

from cleaner.errors import UsageError
from cleaner.files import write_atomic
from cleaner.packs import shipped
from cleaner.packs.schema import NAME


def start_pack(name: str, to: Path | None = None) -> Path:
    """Write a pack called `name` to a new file, `<last part of the name>.yaml` if not given; give the file.

    It passes `cleaner rules check` as it stands. Raises UsageError for a name that no pack may have, and
    where the file is there already.
    """
    if not NAME.fullmatch(name):
        message = f"{name!r} is no pack name; use a-z, 0-9, '-' and '/', as in sites/example"
        raise UsageError(message)
    target = to or Path(f"{name.rpartition('/')[2]}.yaml")
    if target.exists():
        message = f"{target}: is there already; choose another file with --to"
        raise UsageError(message)
    if not target.parent.is_dir():
        message = f"{target.parent}: no such folder; make it first, or choose another file with --to"
        raise UsageError(message)
    schema = os.path.relpath(shipped() / "schema.json", target.parent)
    text = files("cleaner.prove").joinpath("starter.yaml").read_text("utf-8")
    text = text.replace("SCHEMA", Path(schema).as_posix()).replace("NAME", name).replace("FILE", target.name)
    write_atomic(target, text.encode())
    return target
