"""Small rule files written for one test, and cleaners that know no rules but theirs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cleaner.pipeline import Cleaner

CHANGES = {"name": "a change", "before": "x", "after": "y"}
FINDS = {"name": "a find", "before": "x", "finds": "x"}
REFUSES = {"name": "a refusal", "same": "z"}


def rule(name: str, find: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Give a rule as a rule file writes it; its examples only satisfy the loader."""
    shows = FINDS if more.get("do") in ("flag", "protect") else CHANGES
    head = {"id": name, "summary": f"Do {name}.", "why": "A test wants it.", "find": find, "safety": "safe"}
    return {**head, "examples": [shows, REFUSES], **more}


def swap(name: str, pattern: str, into: str, **more: Any) -> dict[str, Any]:
    """Give a rule that writes `into` where a pattern matches."""
    return rule(name, {"regex": pattern}, replace=into, **more)


def drop(name: str, *lines: str, **more: Any) -> dict[str, Any]:
    """Give a rule that removes lines."""
    return rule(name, {"lines": list(lines)}, **more)


def write_pack(path: Path, rules: list[dict[str, Any]], pack: str = "test") -> Path:
    """Write a pack as JSON, which is YAML too."""
    content = {"pack": pack, "version": "1.0.0", "summary": "Rules of a test.", "rules": rules}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), "utf-8")
    return path


def empty_profile(folder: Path) -> str:
    """Write a profile of no packs and give its path."""
    path = folder / "profiles" / "empty.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("profile: empty\nsummary: Nothing.\npacks: []\n", "utf-8")
    return str(path)


def cleaner_of(folder: Path, *rules: dict[str, Any], **options: Any) -> Cleaner:
    """Give a cleaner of these rules alone, in the pack `test`."""
    return Cleaner(
        empty_profile(folder), [write_pack(folder / "packs" / "test.yaml", list(rules))], **options
    )
