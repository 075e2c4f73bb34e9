"""Rules kept as data: what they are, how files of them are read, and what they ask for."""

from cleaner.packs.load import load, load_profile, profiles, ruleset_hash, shipped, shipped_packs
from cleaner.packs.paged import page_model
from cleaner.packs.protect import protecting
from cleaner.packs.rule import Example, Override, Profile, Rule, RulePack
from cleaner.packs.ruleset import in_order, running

__all__ = [
    "Example",
    "Override",
    "Profile",
    "Rule",
    "RulePack",
    "in_order",
    "load",
    "load_profile",
    "page_model",
    "profiles",
    "protecting",
    "ruleset_hash",
    "running",
    "shipped",
    "shipped_packs",
]
