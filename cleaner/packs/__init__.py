"""Rules kept as data: what they are, how files of them are read, and what they ask for."""

from cleaner.packs.load import load, load_profile, profiles, ruleset_hash, shipped, shipped_packs
from cleaner.packs.rule import Example, Profile, Rule, RulePack

__all__ = [
    "Example",
    "Profile",
    "Rule",
    "RulePack",
    "load",
    "load_profile",
    "profiles",
    "ruleset_hash",
    "shipped",
    "shipped_packs",
]
