"""Repairs that need code: each finds what it would mend and yields it, character by character."""
