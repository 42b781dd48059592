"""Each limit has its own way of counting: working days, natural days, hours."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.rules import (
    Counting,
    CountingError,
    OutsideCalendarError,
    hours_due,
    last_day,
    latest_before,
    natural_due,
    person_due,
)
from yichuang.workdays.tests.oracle import ONE_DAY, due, worked

CALENDAR = packaged_calendar()
DAYS = st.dates(date(2018, 6, 1), date(2027, 9, 30))
COUNTS = st.integers(1, 60)


@given(DAYS, COUNTS)
def test_working_days_walk_over_rest_days(start: date, count: int) -> None:
    assert last_day(CALENDAR, Counting.WORKING_DAYS, start, count) == due(start, count)


@given(DAYS, COUNTS)
def test_natural_days_do_not(start: date, count: int) -> None:
    assert last_day(CALENDAR, Counting.NATURAL_DAYS, start, count) == start + timedelta(days=count)


@given(DAYS, COUNTS)
def test_a_persons_limit_never_ends_on_a_rest_day(start: date, count: int) -> None:
    end = natural_due(start, count)
    while not worked(end):
        end += ONE_DAY
    assert person_due(CALENDAR, start, count) == end


@given(DAYS, COUNTS)
def test_before_is_the_way_back(day: date, count: int) -> None:
    """The latest day that leaves so many worked days; one day later leaves fewer."""
    latest = latest_before(CALENDAR, Counting.WORKING_DAYS, day, count)
    assert CALENDAR.between(latest, day) == count
    assert CALENDAR.between(latest + ONE_DAY, day) == count - 1
    assert latest_before(CALENDAR, Counting.NATURAL_DAYS, day, count) == day - timedelta(days=count)


def test_hours_run_from_the_moment_itself() -> None:
    at = datetime(2022, 9, 30, 17, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert hours_due(at, 24) == datetime(2022, 10, 1, 17, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    with pytest.raises(CountingError, match="时区"):
        hours_due(at.replace(tzinfo=None), 1)


def test_hours_have_no_last_day() -> None:
    for ask in (last_day, latest_before):
        with pytest.raises(CountingError, match="小时"):
            ask(CALENDAR, Counting.HOURS, date(2022, 9, 30), 1)


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(CountingError):
        natural_due(date(2022, 9, 30), -1)
    with pytest.raises(CountingError):
        CALENDAR.before(date(2022, 9, 30), 0)
    with pytest.raises(OutsideCalendarError):
        CALENDAR.before(date(2018, 1, 3), 9)
    with pytest.raises(OutsideCalendarError):
        CALENDAR.before(date(2017, 12, 31), 1)


def test_each_way_says_what_it_is() -> None:
    assert len({way.label for way in Counting}) == len({way.rule for way in Counting}) == len(Counting)
