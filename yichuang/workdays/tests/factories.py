"""Calendars and notices for tests. The notice of 2027 is invented: none is packaged yet."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from yichuang.kernel.actor import Actor
from yichuang.workdays.flow import DayKind
from yichuang.workdays.rules import Notice, NoticeDay, notice_title

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 20, 9, 0, tzinfo=SHANGHAI)
CLERK = Actor(kind="staff", name="示例录入员", capabilities=frozenset({"calendar.import", "clock.move"}))
STRANGER = Actor(kind="staff", name="示例审查员", capabilities=frozenset({"case.review"}))
URL_2027 = "https://example.org/notices/2027"

OFF_2027 = {
    "元旦": ("2027-01-01", "2027-01-03"),
    "春节": ("2027-02-05", "2027-02-11"),
    "清明节": ("2027-04-03", "2027-04-05"),
    "劳动节": ("2027-05-01", "2027-05-05"),
    "端午节": ("2027-06-09", "2027-06-09"),
    "中秋节": ("2027-09-15", "2027-09-15"),
    "国庆节": ("2027-10-01", "2027-10-07"),
}
WORKED_2027 = {
    "2026-12-27": "元旦",
    "2027-02-20": "春节",
    "2027-05-08": "劳动节",
    "2027-09-26": "国庆节",
    "2027-10-09": "国庆节",
}


def off(festival: str, first: str, last: str) -> list[NoticeDay]:
    """Days off from the first to the last."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    dates = [start + timedelta(days=step) for step in range((end - start).days + 1)]
    return [NoticeDay(day, DayKind.HOLIDAY, festival) for day in dates]


def worked(day: str, festival: str) -> NoticeDay:
    """A make-up working day."""
    return NoticeDay(date.fromisoformat(day), DayKind.MAKEUP_WORKDAY, festival)


def days_2027(without: Iterable[str] = ()) -> tuple[NoticeDay, ...]:
    """The days of the invented notice, without the festivals named."""
    skip = set(without)
    days = [day for name, span in OFF_2027.items() if name not in skip for day in off(name, *span)]
    days += [worked(day, festival) for day, festival in WORKED_2027.items()]
    return tuple(sorted(days, key=lambda day: day.date))


def notice_2027(*more: NoticeDay, without: Iterable[str] = ()) -> Notice:
    """The invented notice of 2027, with further days or without some festivals."""
    days = tuple(sorted((*days_2027(without), *more), key=lambda day: day.date))
    return Notice(2027, notice_title(2027), URL_2027, days)


def moved(notice: Notice, old: str, new: str) -> Notice:
    """The notice with one day moved to another date."""
    before, after = date.fromisoformat(old), date.fromisoformat(new)
    days = tuple(replace(day, date=after) if day.date == before else day for day in notice.days)
    return replace(notice, days=days)
