"""A moment is stored with its zone; a day is Asia/Shanghai's."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(at: datetime) -> datetime:
    """The moment as the clock on the wall of the hall shows it."""
    return at.astimezone(SHANGHAI)


def local_day(at: datetime) -> date:
    """The day of a moment, as the law counts it."""
    return local(at).date()
