"""Where people judge edits: the store of their verdicts, and the page that shows them a run."""
