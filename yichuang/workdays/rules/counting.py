"""How a time limit is counted. Each limit names its own way: there is no switch for all of them.

行政许可法 art. 82: the limits of an authority run in working days. A limit that binds the applicant (art. 50: 届满30日前)
runs in natural days (民法典 arts. 201, 203), and some rules name hours.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from yichuang.workdays.rules.calendar import Calendar, CountingError


class Counting(StrEnum):
    """The ways of counting that the law knows."""

    WORKING_DAYS = "working_days"
    NATURAL_DAYS = "natural_days"
    HOURS = "hours"

    @property
    def label(self) -> str:
        """The unit in Chinese."""
        return {Counting.WORKING_DAYS: "个工作日", Counting.NATURAL_DAYS: "日", Counting.HOURS: "小时"}[self]

    @property
    def rule(self) -> str:
        """The way of counting in words."""
        return RULES[self]


RULES = {
    Counting.WORKING_DAYS: "按工作日计算，自次日起算，法定休假日不计入",
    Counting.NATURAL_DAYS: "按自然日计算，自次日起算，休假日计入",
    Counting.HOURS: "按小时计算，自发生之时起算",
}


def last_day(calendar: Calendar, counting: Counting, start: date, count: int) -> date:
    """The last day of a limit that begins with the day after `start`. Hours have no last day: CountingError."""
    if counting is Counting.WORKING_DAYS:
        return calendar.add(start, count)
    if counting is Counting.NATURAL_DAYS:
        return natural_due(start, count)
    raise CountingError("按小时计算的期限没有届满日，只有届满时刻。")


def natural_due(start: date, count: int) -> date:
    """The `count`-th natural day after `start`, rest days included (count ≥ 0)."""
    return start + timedelta(days=_checked(count))


def person_due(calendar: Calendar, start: date, count: int) -> date:
    """The same for a limit that binds a person: one that ends on a rest day ends on the next working day (民法典 art. 203)."""
    return calendar.next_workday(natural_due(start, count))


def hours_due(start: datetime, count: int) -> datetime:
    """The moment at which so many hours have passed (民法典 art. 201). `start` must carry its zone."""
    if start.tzinfo is None:
        raise CountingError("按小时计算的期限需要带时区的起算时刻。")
    return start + timedelta(hours=_checked(count))


def latest_before(calendar: Calendar, counting: Counting, day: date, count: int) -> date:
    """The last day on which somebody is in time for "so many days before `day`" (届满N日前).

    Between it and `day`, that day included, lie `count` days of the limit's own kind.
    """
    if counting is Counting.WORKING_DAYS:
        return calendar.before(day, count)
    if counting is Counting.NATURAL_DAYS:
        return day - timedelta(days=_checked(count))
    raise CountingError("按小时计算的期限不能用“届满前若干日”表示。")


def _checked(count: int) -> int:
    if count < 0:
        raise CountingError(f"期限不能为负数，现为 {count}。")
    return count
