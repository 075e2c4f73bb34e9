"""Run a cleaner over a corpus: this machine by default, the same batch function on each engine."""
