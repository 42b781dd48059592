"""The calendar as a frozen value: which days are worked, on what basis, counted in constant time."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate, compress, pairwise

from yichuang.kernel import canonical
from yichuang.workdays.flow import DayKind

FIRST_DAY = date(2018, 1, 1)
LAST_DAY = date(2099, 12, 31)
SATURDAY = 5
ONE_DAY = timedelta(days=1)
VERSION_LENGTH = 12


class CountingError(ValueError):
    """A time limit that cannot be counted as asked. The message is Chinese and meant for the user."""


class OutsideCalendarError(CountingError):
    """A date before the first or after the last day that the calendar covers."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"{day.isoformat()} 不在工作日历范围内（{FIRST_DAY.isoformat()} 至 {LAST_DAY.isoformat()}）。"
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """What a day off rests on: the notice of a year (then `year` is set), or a standing rule."""

    title: str
    url: str = ""
    year: int | None = None


STATUTE = Basis("全国年节及纪念日放假办法")
WEEKENDS = Basis("周六、周日休息的一般规则")


@dataclass(frozen=True, slots=True)
class Day:
    """One day that differs from its weekday, or that a notice names."""

    date: date
    kind: DayKind
    festival: str
    basis: Basis


@dataclass(frozen=True)
class Calendar:
    """Every working day from 2018 to 2099.

    A year is official when one of its days rests on that year's notice. Other years are worked from Monday to
    Friday except on the days given for them; every date in them is provisional (暂计).
    """

    days: tuple[Day, ...]

    @classmethod
    def of(cls, days: Iterable[Day]) -> "Calendar":
        """The calendar of these special days, in any order. Raises CountingError if a date stands twice."""
        ordered = tuple(sorted(days, key=lambda day: day.date))
        for one, other in pairwise(ordered):
            if one.date == other.date:
                raise CountingError(f"工作日历中 {one.date.isoformat()} 出现了两次。")
        for edge in (*ordered[:1], *ordered[-1:]):
            _offset(edge.date)
        return cls(ordered)

    def is_workday(self, day: date) -> bool:
        """Whether offices work on that day."""
        return bool(self._flags[_offset(day)])

    def add(self, start: date, count: int) -> date:
        """The `count`-th working day strictly after `start` (count ≥ 1).

        Raises CountingError for a smaller count, OutsideCalendarError where the result would lie after 2099.
        """
        if count < 1:
            raise CountingError(f"工作日数应为正整数，现为 {count}。")
        position = self._counts[_offset(start)] + count - 1
        if position >= len(self._workdays):
            raise OutsideCalendarError(LAST_DAY + timedelta(days=1))
        return FIRST_DAY + timedelta(days=self._workdays[position])

    def before(self, day: date, count: int) -> date:
        """The latest day after which `count` working days remain up to and including `day` (count ≥ 1).

        Raises CountingError for a smaller count, OutsideCalendarError where the result would lie before 2018.
        """
        if count < 1:
            raise CountingError(f"工作日数应为正整数，现为 {count}。")
        position = self._counts[_offset(day)] - count
        if position < 0 or self._workdays[position] == 0:
            raise OutsideCalendarError(FIRST_DAY - ONE_DAY)
        return FIRST_DAY + timedelta(days=self._workdays[position] - 1)

    def between(self, start: date, end: date) -> int:
        """Working days in (start, end]; negative, counted backwards, where end lies before start."""
        return self._counts[_offset(end)] - self._counts[_offset(start)]

    def next_workday(self, day: date) -> date:
        """The day itself if it is worked, else the first working day after it."""
        return day if self.is_workday(day) else self.add(day, 1)

    def day(self, day: date) -> Day | None:
        """What the calendar says of a special day; None for an ordinary one."""
        return self._by_date.get(day)

    def special_days(self, start: date, end: date) -> tuple[Day, ...]:
        """The special days in (start, end]."""
        return self.days[bisect_right(self._dates, start) : bisect_right(self._dates, end)]

    def is_official(self, year: int) -> bool:
        """Whether the calendar holds the State Council's notice for that year."""
        return year in self._notices

    def provisional(self, day: date) -> bool:
        """Whether a date falls into a year without a notice yet (暂计)."""
        return not self.is_official(day.year)

    def basis_of(self, year: int) -> Basis:
        """The notice of that year; else the rule on public holidays; beyond its known days the weekends."""
        if year in self._notices:
            return self._notices[year]
        return STATUTE if year in self._statute_years else WEEKENDS

    @property
    def official_years(self) -> tuple[int, ...]:
        """The years with a notice, ascending."""
        return tuple(sorted(self._notices))

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every day with its basis: two calendars with the same digest answer alike."""
        plain = [
            [day.date, day.kind, day.festival, day.basis.title, day.basis.url, day.basis.year]
            for day in self.days
        ]
        return canonical.digest(canonical.text(plain))

    @property
    def version(self) -> str:
        """The first twelve digits of the digest: by it a case says which calendar it was counted with."""
        return self.digest[:VERSION_LENGTH]

    @cached_property
    def _flags(self) -> bytearray:
        length = _offset(LAST_DAY) + 1
        monday_first = bytearray(int(weekday < SATURDAY) for weekday in range(7))
        shift = FIRST_DAY.weekday()
        week = monday_first[shift:] + monday_first[:shift]
        flags = (week * (length // 7 + 1))[:length]
        for day in self.days:
            flags[_offset(day.date)] = day.kind is DayKind.MAKEUP_WORKDAY
        return flags

    @cached_property
    def _counts(self) -> "array[int]":
        return array("i", accumulate(self._flags))

    @cached_property
    def _workdays(self) -> "array[int]":
        return array("i", compress(range(len(self._flags)), self._flags))

    @cached_property
    def _dates(self) -> tuple[date, ...]:
        return tuple(day.date for day in self.days)

    @cached_property
    def _by_date(self) -> Mapping[date, Day]:
        return {day.date: day for day in self.days}

    @cached_property
    def _notices(self) -> Mapping[int, Basis]:
        return {day.basis.year: day.basis for day in self.days if day.basis.year is not None}

    @cached_property
    def _statute_years(self) -> frozenset[int]:
        return frozenset(day.date.year for day in self.days if day.basis == STATUTE)


def _offset(day: date) -> int:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise OutsideCalendarError(day)
    return (day - FIRST_DAY).days
