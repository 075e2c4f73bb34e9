"""One hash for everything that decides what a cleaner makes of a document."""

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cleaner.pipeline.cleaning import Cleaner


def fingerprint(cleaner: "Cleaner") -> str:
    """Give SHA-256, in hex, over the rules at work, the verdicts, what repeats, and every limit.

    Of a verdict counts what it says of what: who said so and when decides nothing, and stays behind where a
    cleaner is sent to other processes. Two cleaners of one fingerprint make the same of every document;
    `scan` is not in it, for it changes nothing but the time that takes.
    """
    values = {
        "ruleset": cleaner.ruleset_hash,
        "rules": [rule.name for rule in cleaner.rules],
        "verdicts": sorted(json.dumps([*one.target, one.verdict]) for one in cleaner.verdicts),
        "repeats": cleaner.repeats.sha256 if cleaner.repeats else None,
        "apply": sorted(cleaner.apply),
        "timeout": cleaner.timeout,
        "max_chars": cleaner.max_chars,
        "max_removed": cleaner.max_removed,
    }
    canonical = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
