"""Every output of a job, and the version of its schema: what a reader may rely on."""

from collections.abc import Mapping
from typing import NamedTuple

from cleaner.engines.outcome import QUARANTINE_SCHEMA
from cleaner.engines.output import RUN_SCHEMA
from cleaner.jobs import fetched, lock, log, metrics, mined_schema, notify, state_schema, status, verify
from cleaner.jobs.noted import CONTENTS_SCHEMA
from cleaner.ledger import LEDGER_SCHEMA


class Schema(NamedTuple):
    """The version of an output, and where the output itself says it."""

    version: int
    said: str


_OF_RUN = "`schema` in its `run.json`"
_OF_PARQUET = f"`cleaner.schema` in its metadata, and {_OF_RUN}"
_OF_LINES = "`schema` of each line"
_OF_SQLITE = "`PRAGMA user_version`"

OUTPUTS: Mapping[str, Schema] = {
    "generations/…/run.json": Schema(RUN_SCHEMA, "`schema.run`"),
    "generations/…/changes.parquet": Schema(LEDGER_SCHEMA, _OF_PARQUET),
    "generations/…/documents.parquet": Schema(LEDGER_SCHEMA, _OF_PARQUET),
    "generations/…/inputs.parquet": Schema(CONTENTS_SCHEMA, _OF_PARQUET),
    "generations/…/files.parquet": Schema(CONTENTS_SCHEMA, _OF_PARQUET),
    "generations/…/quarantine": Schema(QUARANTINE_SCHEMA, f"{_OF_LINES} of `….reasons.jsonl`, and {_OF_RUN}"),
    "state.sqlite": Schema(state_schema.version(), _OF_SQLITE),
    "lock": Schema(lock.SCHEMA_VERSION, "`schema`"),
    "remote/…/fetched.json": Schema(fetched.SCHEMA_VERSION, "`schema`"),
    "mined.sqlite": Schema(mined_schema.SCHEMA_VERSION, _OF_SQLITE),
    "candidates.yaml": Schema(mined_schema.SCHEMA_VERSION, "its first line"),
    "log lines": Schema(log.SCHEMA_VERSION, _OF_LINES),
    "metrics": Schema(metrics.SCHEMA_VERSION, "`cleaner_job_schema_version`"),
    "notices": Schema(notify.SCHEMA_VERSION, "`schema`"),
    "status as JSON": Schema(status.SCHEMA_VERSION, "`schema`"),
    "verify as JSON": Schema(verify.SCHEMA_VERSION, _OF_LINES),
}
"""What programs may read, by where it stands in the output folder or by what it is.

The clean texts are of the formats of their inputs, and `report.html` is for people: neither has a version.
"""


def schemas_table() -> str:
    """Give the table of all versions, for the guide, as Markdown."""
    rows = [f"| {_shown(name)} | {one.version} | {one.said} |" for name, one in OUTPUTS.items()]
    return "\n".join(["| output | version | where it says so |", "| --- | --- | --- |", *rows])


def _shown(name: str) -> str:
    return f"`{name}`" if "." in name or "/" in name or name == "lock" else name
