"""What repeats in a corpus, counted: rules proposed for it, and statistics for rules that ask for it."""

from cleaner.mine.mining import mine
from cleaner.mine.options import Mined, MineOptions

__all__ = ["MineOptions", "Mined", "mine"]
