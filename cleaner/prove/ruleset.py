"""The rules that a word on the command line means."""

from pathlib import Path

from cleaner.packs import load, profiles
from cleaner.packs.load import is_profile
from cleaner.pipeline import Cleaner


def ruleset(name: str, profile: str = "standard") -> Cleaner:
    """Give a cleaner of the rules that a word on the command line means.

    A profile (a shipped name or a file) is itself; a folder with `profiles/` in it is a set of rules like the
    shipped one, in which `profile` is looked up; a pack (a shipped name or a file) or a folder of packs joins
    `profile`, where it takes the place of a pack with its name. Raises UsageError for what does not exist.
    """
    path = Path(name)
    if (path / "profiles").is_dir():
        return Cleaner(load(profile, rules=path))
    if name in profiles() or (path.is_file() and is_profile(path)):
        return Cleaner(load(name))
    return Cleaner(load(profile, [name], standing_in=True))
