from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.flow import DayKind
from yichuang.workdays.rules import (
    FIRST_DAY,
    LAST_DAY,
    STATUTE,
    WEEKENDS,
    Basis,
    Calendar,
    CountingError,
    Day,
    OutsideCalendarError,
)
from yichuang.workdays.tests import oracle

CALENDAR = packaged_calendar()
OFFICIAL = range(2018, 2027)
KNOWN = st.dates(date(2018, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2018, 250),
        (2019, 250),
        (2020, 249),
        (2021, 250),
        (2022, 249),
        (2023, 249),
        (2024, 251),
        (2025, 248),
        (2026, 248),
    ],
)
def test_working_days_of_each_official_year(year: int, expected: int) -> None:
    year_of_days = oracle.days(date(year, 1, 1), date(year, 12, 31))
    assert sum(CALENDAR.is_workday(day) for day in year_of_days) == expected
    if year > FIRST_DAY.year:
        assert CALENDAR.between(date(year - 1, 12, 31), date(year, 12, 31)) == expected


def test_every_day_of_the_official_years_agrees_with_an_independent_calendar() -> None:
    days = oracle.days(date(2018, 1, 1), date(2026, 12, 31))
    differing = [day for day in days if CALENDAR.is_workday(day) != chinese_calendar.is_workday(day)]
    assert differing == []


def test_every_day_to_2030_agrees_with_the_bare_file() -> None:
    days = oracle.days(date(2018, 1, 1), date(2030, 12, 31))
    assert [day for day in days if CALENDAR.is_workday(day) != oracle.worked(day)] == []


def test_every_day_to_2030_counts_forward_like_a_walk() -> None:
    days = list(oracle.days(date(2018, 1, 1), date(2031, 6, 30)))
    workdays = [day for day in days if oracle.worked(day)]
    position = 0
    for day in oracle.days(date(2018, 1, 1), date(2030, 12, 31)):
        while workdays[position] <= day:
            position += 1
        expected = workdays[position : position + 60]
        assert [CALENDAR.add(day, count) for count in range(1, 61)] == expected, day


@given(KNOWN, KNOWN)
def test_between_counts_like_a_walk_and_is_signed(one: date, other: date) -> None:
    start, end = sorted((one, other))
    assert CALENDAR.between(start, end) == oracle.used(start, end)
    assert CALENDAR.between(end, start) == -CALENDAR.between(start, end)


@given(KNOWN, st.integers(1, 400))
def test_add_and_between_undo_each_other(start: date, count: int) -> None:
    end = CALENDAR.add(start, count)
    assert CALENDAR.between(start, end) == count
    assert CALENDAR.is_workday(end)


@given(KNOWN)
def test_the_next_workday_is_the_day_itself_or_the_first_after_it(day: date) -> None:
    found = CALENDAR.next_workday(day)
    assert CALENDAR.is_workday(found)
    assert not any(CALENDAR.is_workday(passed) for passed in oracle.days(day, found - timedelta(days=1)))


@pytest.mark.parametrize("count", [0, -1])
def test_add_needs_a_positive_count(count: int) -> None:
    with pytest.raises(CountingError, match="正整数"):
        CALENDAR.add(date(2022, 1, 4), count)


def test_days_before_2018_are_refused_by_name() -> None:
    outside = date(2017, 12, 31)
    for ask in (CALENDAR.is_workday, CALENDAR.next_workday, lambda day: CALENDAR.add(day, 1)):
        with pytest.raises(OutsideCalendarError, match="2017-12-31 不在工作日历范围内"):
            ask(outside)
    with pytest.raises(OutsideCalendarError):
        CALENDAR.between(outside, date(2018, 1, 5))
    assert CALENDAR.add(date(2018, 1, 1), 1) == date(2018, 1, 2)


def test_the_calendar_reaches_to_the_end_of_2099_and_no_further() -> None:
    assert CALENDAR.add(date(2099, 12, 30), 1) == LAST_DAY
    with pytest.raises(OutsideCalendarError, match="2100-01-01"):
        CALENDAR.add(LAST_DAY, 1)
    with pytest.raises(OutsideCalendarError):
        CALENDAR.is_workday(date(2100, 1, 1))


def test_a_year_with_a_notice_is_official_and_no_other() -> None:
    assert CALENDAR.official_years == tuple(OFFICIAL)
    assert not CALENDAR.is_official(2027)
    assert not CALENDAR.provisional(date(2026, 12, 31))
    assert CALENDAR.provisional(date(2027, 1, 1))


def test_days_of_the_next_years_notice_do_not_make_a_year_official() -> None:
    notice_2019 = Basis("2019", "https://example.org/2019", 2019)
    calendar = Calendar.of([Day(date(2018, 12, 31), DayKind.HOLIDAY, "元旦", notice_2019)])
    assert calendar.official_years == (2019,)


def test_every_year_names_its_basis() -> None:
    assert CALENDAR.basis_of(2022).title == "国务院办公厅关于2022年部分节假日安排的通知"
    assert CALENDAR.basis_of(2022).url.startswith("http")
    assert CALENDAR.basis_of(2028) == STATUTE
    assert CALENDAR.basis_of(2031) == WEEKENDS


def test_years_without_a_notice_have_weekends_and_fixed_holidays_only() -> None:
    assert not CALENDAR.is_workday(date(2027, 2, 5))
    assert CALENDAR.is_workday(date(2027, 2, 9))
    assert not CALENDAR.is_workday(date(2031, 2, 1))
    assert CALENDAR.is_workday(date(2031, 1, 1))


def test_special_days_are_those_after_the_start_up_to_the_end() -> None:
    found = CALENDAR.special_days(date(2022, 10, 1), date(2022, 10, 8))
    assert [day.date.day for day in found] == [2, 3, 4, 5, 6, 7, 8]
    assert CALENDAR.day(date(2022, 10, 8)) == found[-1]
    assert CALENDAR.day(date(2022, 10, 10)) is None


def test_two_festivals_on_one_day_are_both_named() -> None:
    day = CALENDAR.day(date(2028, 10, 3))
    assert day is not None
    assert day.festival == "中秋节、国庆节"


def test_a_date_may_stand_once_only() -> None:
    day = Day(date(2027, 1, 1), DayKind.HOLIDAY, "元旦", STATUTE)
    with pytest.raises(CountingError, match="2027-01-01 出现了两次"):
        Calendar.of([day, day])


def test_special_days_outside_the_covered_years_are_refused() -> None:
    with pytest.raises(OutsideCalendarError):
        Calendar.of([Day(date(2017, 12, 31), DayKind.HOLIDAY, "元旦", STATUTE)])


def test_the_version_names_the_content() -> None:
    shuffled = Calendar.of(reversed(CALENDAR.days))
    assert shuffled == CALENDAR
    assert shuffled.digest == CALENDAR.digest
    assert CALENDAR.version == CALENDAR.digest[:12]
    assert Calendar.of(CALENDAR.days[:-1]).version != CALENDAR.version


def test_a_calendar_without_days_knows_weekends_only() -> None:
    bare = Calendar.of([])
    assert bare.is_workday(date(2022, 10, 3))
    assert bare.provisional(date(2022, 10, 3))
    assert bare.basis_of(2022) == WEEKENDS
