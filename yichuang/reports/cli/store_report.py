"""Storing what `yichuang import-report` has read: loaded only when a database is wanted (not for --dry-run)."""

from yichuang.kernel.actor import SYSTEM
from yichuang.reports.commands import Stored, store_past_report
from yichuang.reports.rules.reading.report import ReadReport
from yichuang.workdays.queries import now


def store(read: ReadReport, source_text: str) -> Stored:
    """Keep a past report with its text. Raises a Problem (Chinese message) where it cannot be kept."""
    return store_past_report(read, source_text, at=now(), by=SYSTEM)
