"""A year's holiday notice: whether it is plausible and complete, and what it changes in a calendar."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from yichuang.workdays.flow import DayKind
from yichuang.workdays.rules.calendar import FIRST_DAY, LAST_DAY, SATURDAY, STATUTE, Basis, Calendar, Day

FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
# Days that the rule on public holidays fixes by the solar calendar: off in every notice ever issued.
SOLAR_HOLIDAYS = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
# A notice may reach into the old year (元旦) and, were it ever so, a little into the next.
REACH = timedelta(days=12)
# 国办发明电〔2020〕1号 prolonged the Spring Festival and named this Monday as the first day back at work.
WEEKDAYS_NAMED = frozenset({date(2020, 2, 3)})
FESTIVAL_LENGTH = 20
TITLE_LENGTH = 200
URL_LENGTH = 500


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """One day that a notice lays down."""

    date: date
    kind: DayKind
    festival: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The State Council's arrangement of public holidays for one year."""

    year: int
    title: str
    url: str
    days: tuple[NoticeDay, ...]

    @property
    def basis(self) -> Basis:
        """How the days of this notice cite it."""
        return Basis(self.title, self.url, self.year)

    @property
    def calendar_days(self) -> tuple[Day, ...]:
        """The days as a calendar takes them."""
        return tuple(Day(day.date, day.kind, day.festival, self.basis) for day in self.days)


def notice_year(days: Sequence[NoticeDay]) -> int:
    """The year that a notice is for: that of most of its days. Raises ValueError for an empty notice."""
    if not days:
        raise ValueError("a notice without days has no year")
    return Counter(day.date.year for day in days).most_common(1)[0][0]


def notice_title(year: int) -> str:
    """The title under which the General Office of the State Council issues the notice every year."""
    return f"国务院办公厅关于{year}年部分节假日安排的通知"


def faults(notice: Notice) -> tuple[str, ...]:
    """What is wrong with a notice, in Chinese, one sentence each; empty when it can be used.

    Completeness is checked too: a year with half of its festivals would count as official and be wrong.
    """
    if not FIRST_DAY.year <= notice.year <= LAST_DAY.year:
        return (f"只能录入 {FIRST_DAY.year} 年至 {LAST_DAY.year} 年的通知，现为 {notice.year} 年。",)
    return (*_name_faults(notice), *_twice(notice.days), *_day_faults(notice), *_gaps(notice))


def _name_faults(notice: Notice) -> Iterator[str]:
    if not notice.title.strip() or len(notice.title) > TITLE_LENGTH:
        yield f"通知名称应为 1 至 {TITLE_LENGTH} 个字。"
    if not notice.url.startswith(("https://", "http://")) or len(notice.url) > URL_LENGTH:
        yield f"通知网址应以 https:// 开头，不超过 {URL_LENGTH} 个字符。"


def _twice(days: Iterable[NoticeDay]) -> Iterator[str]:
    for day, times in sorted(Counter(day.date for day in days).items()):
        if times > 1:
            yield f"{day.isoformat()} 出现了 {times} 次，每个日期只能有一行。"


def _day_faults(notice: Notice) -> Iterator[str]:
    first = date(notice.year, 1, 1) - REACH
    last = date(notice.year, 12, 31) + REACH
    for day in notice.days:
        if not first <= day.date <= last:
            yield f"{day.date.isoformat()} 不属于 {notice.year} 年的放假安排。"
        if not day.festival.strip() or len(day.festival) > FESTIVAL_LENGTH:
            yield f"{day.date.isoformat()} 的节日名称应为 1 至 {FESTIVAL_LENGTH} 个字。"
        if day.kind is DayKind.MAKEUP_WORKDAY and not _may_be_worked(day.date):
            yield f"{day.date.isoformat()} 本来就是工作日（周一至周五），不能作为调休上班日。"


def _may_be_worked(day: date) -> bool:
    return day.weekday() >= SATURDAY or day in WEEKDAYS_NAMED


def _gaps(notice: Notice) -> Iterator[str]:
    off = [day for day in notice.days if day.kind is DayKind.HOLIDAY]
    missing = [name for name in FESTIVALS if not any(name in day.festival for day in off)]
    if missing:
        yield f"{notice.year} 年的安排不完整，缺少：{'、'.join(missing)}。"
    dates = {day.date for day in off}
    for month, day_of_month in SOLAR_HOLIDAYS:
        day = date(notice.year, month, day_of_month)
        if day not in dates:
            yield f"{day.isoformat()} 依《{STATUTE.title}》应当放假，安排中没有。"


def day_of_another_notice(calendar: Calendar, notice: Notice) -> Day | None:
    """The first of the notice's days that the calendar already holds from another year's notice."""
    for day in sorted(notice.days, key=lambda day: day.date):
        known = calendar.day(day.date)
        if known is not None and known.basis.year not in (None, notice.year):
            return known
    return None


def revised(calendar: Calendar, notice: Notice) -> Calendar:
    """The calendar with a notice in place: its year's earlier notice and provisional holidays give way.

    Raises CountingError where another year's notice already holds one of the days.
    """
    dates = {day.date for day in notice.days}
    kept = [day for day in calendar.days if not _gives_way(day, notice.year, dates)]
    return Calendar.of([*kept, *notice.calendar_days])


def _gives_way(day: Day, year: int, dates: set[date]) -> bool:
    if day.basis.year is not None:
        return day.basis.year == year
    return day.date.year == year or day.date in dates


def unsettled_from(before: Calendar, after: Calendar) -> date | None:
    """The first day on which two calendars answer differently; None when they answer alike.

    A due date before this day is the same in both. A due date on or after it must be computed again, be it
    only because its year is no longer provisional.
    """
    flipped = {day.date for calendar in (before, after) for day in calendar.days}
    changed = [day for day in flipped if before.is_workday(day) != after.is_workday(day)]
    settled = set(before.official_years) ^ set(after.official_years)
    changed += [date(year, 1, 1) for year in settled]
    return min(changed, default=None)
