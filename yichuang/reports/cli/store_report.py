"""Storing what `yichuang import-report` has read: loaded only when a database is wanted (not for --dry-run)."""

from django.db import OperationalError

from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Problem
from yichuang.reports.commands import Stored, store_past_report
from yichuang.reports.rules.reading.report import ReadReport
from yichuang.workdays.queries import now


def store(read: ReadReport, source_text: str) -> Stored:
    """Keep a past report with its text. Raises a Problem (Chinese message) where it cannot be kept."""
    return store_past_report(read, source_text, at=now(), by=SYSTEM)


def try_to_store(read: ReadReport, source_text: str) -> tuple[str | None, str]:
    """What became of it (new, changed, unchanged), or why it could not be kept."""
    try:
        return store(read, source_text).outcome, ""
    except Problem as problem:
        return None, f"{problem.message}{problem.how}"
    except OperationalError:
        return None, "连不上数据库，没有入库。请先启动数据库，或加 --dry-run 只读不存。"
