"""The ledger for people: as a frame, as a page, as a workbook, as text for other programs."""

from cleaner.report.changes import ChangeReport
from cleaner.report.running import RuleText, RunningReport

__all__ = ["ChangeReport", "RuleText", "RunningReport"]
