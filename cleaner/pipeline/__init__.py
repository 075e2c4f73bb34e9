"""The rules at work on documents, one after the other, until nothing changes any more."""

from cleaner.pipeline.cleaning import MAX_CHARS, MAX_REMOVED, MOST_PASSES, Cleaner

__all__ = ["MAX_CHARS", "MAX_REMOVED", "MOST_PASSES", "Cleaner"]
