from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.workdays.data import packaged_calendar, packaged_notices
from yichuang.workdays.rules import (
    Calendar,
    CountingError,
    Notice,
    day_of_another_notice,
    due_date,
    faults,
    notice_title,
    notice_year,
    revised,
    unsettled_from,
)
from yichuang.workdays.tests.factories import days_2027, moved, notice_2027, off, worked

CALENDAR = packaged_calendar()


@pytest.mark.parametrize("notice", packaged_notices(), ids=lambda notice: str(notice.year))
def test_every_real_notice_is_without_fault(notice: Notice) -> None:
    assert faults(notice) == ()
    assert notice.title == f"国务院办公厅关于{notice.year}年部分节假日安排的通知"


def test_the_invented_notice_is_without_fault() -> None:
    assert faults(notice_2027()) == ()


def test_a_notice_is_of_the_year_of_most_of_its_days() -> None:
    assert notice_year(days_2027()) == 2027
    assert notice_title(2027) == "国务院办公厅关于2027年部分节假日安排的通知"
    with pytest.raises(ValueError, match="without days"):
        notice_year([])


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        (notice_2027(worked("2027-05-08", "劳动节")), "2027-05-08 出现了 2 次"),
        (notice_2027(worked("2027-05-01", "劳动节")), "2027-05-01 出现了 2 次"),
        (moved(notice_2027(), "2027-02-20", "2027-02-22"), "2027-02-22 本来就是工作日"),
        (notice_2027(*off("元旦", "2026-12-19", "2026-12-19")), "2026-12-19 不属于 2027 年"),
        (notice_2027(*off("元旦", "2028-01-13", "2028-01-13")), "2028-01-13 不属于 2027 年"),
        (notice_2027(without=["端午节", "清明节"]), "不完整，缺少：清明节、端午节"),
        (
            moved(notice_2027(), "2027-10-01", "2027-10-08"),
            "2027-10-01 依《全国年节及纪念日放假办法》应当放假",
        ),
        (notice_2027(*off(" ", "2027-10-08", "2027-10-08")), "2027-10-08 的节日名称"),
        (notice_2027(*off("长" * 21, "2027-10-08", "2027-10-08")), "2027-10-08 的节日名称"),
        (replace(notice_2027(), year=2017), "只能录入 2018 年至 2099 年的通知，现为 2017 年"),
        (replace(notice_2027(), year=2100), "现为 2100 年"),
        (replace(notice_2027(), title=""), "通知名称"),
        (replace(notice_2027(), title="长" * 201), "通知名称"),
        (replace(notice_2027(), url="see the drawer"), "通知网址"),
        (replace(notice_2027(), url="https://example.org/" + "x" * 500), "通知网址"),
    ],
)
def test_each_fault_is_named(notice: Notice, words: str) -> None:
    found = faults(notice)
    assert any(words in fault for fault in found), found


def test_the_limits_of_reach_are_inside() -> None:
    edges = (*off("元旦", "2026-12-20", "2026-12-20"), *off("元旦", "2028-01-12", "2028-01-12"))
    assert faults(notice_2027(*edges)) == ()


def test_a_notice_takes_the_place_of_the_fixed_holidays_of_its_year() -> None:
    after = revised(CALENDAR, notice_2027())
    assert after.is_official(2027)
    assert not after.provisional(date(2027, 6, 1))
    assert after.is_workday(date(2026, 12, 27))
    assert after.is_workday(date(2027, 2, 20))
    assert after.basis_of(2028) == CALENDAR.basis_of(2028)
    assert all(day.basis.year == 2027 for day in after.special_days(date(2026, 12, 31), date(2027, 12, 31)))


def test_a_second_notice_of_the_year_takes_the_place_of_the_first() -> None:
    once = revised(CALENDAR, notice_2027())
    twice = revised(once, moved(notice_2027(), "2027-02-20", "2027-02-21"))
    assert twice.is_workday(date(2027, 2, 21))
    assert not twice.is_workday(date(2027, 2, 20))
    assert revised(twice, notice_2027()) == once


def test_a_fixed_holiday_of_the_neighbouring_year_gives_way_where_the_notice_names_the_day() -> None:
    after = revised(CALENDAR, notice_2027(*off("元旦", "2028-01-01", "2028-01-01")))
    known = after.day(date(2028, 1, 1))
    assert known is not None
    assert known.basis.year == 2027
    assert after.provisional(date(2028, 1, 1))


def test_a_day_of_another_years_notice_is_found_and_never_overwritten() -> None:
    after = revised(CALENDAR, notice_2027())
    notice = next(notice for notice in packaged_notices() if notice.year == 2026)
    greedy = replace(notice, days=(*notice.days, worked("2026-12-27", "元旦")))
    found = day_of_another_notice(after, greedy)
    assert found is not None
    assert (found.date, found.basis.year) == (date(2026, 12, 27), 2027)
    with pytest.raises(CountingError, match="2026-12-27 出现了两次"):
        revised(after, greedy)
    assert day_of_another_notice(after, notice) is None


def test_the_first_day_that_changes_is_found() -> None:
    before = revised(CALENDAR, notice_2027())
    later = revised(before, moved(notice_2027(), "2027-10-09", "2027-10-10"))
    assert unsettled_from(before, before) is None
    assert unsettled_from(before, later) == date(2027, 10, 9)
    assert unsettled_from(CALENDAR, before) == date(2026, 12, 27)
    assert unsettled_from(before, CALENDAR) == date(2026, 12, 27)


def test_a_year_that_becomes_official_unsettles_its_first_day_even_if_no_day_changes() -> None:
    notice = notice_2027()
    before = revised(CALENDAR, notice)
    renamed = revised(before, replace(notice, title="更正后的通知"))
    assert unsettled_from(before, renamed) is None
    bare = Calendar.of(day for day in CALENDAR.days if day.date.year < 2027)
    saturday = tuple(day for day in notice.days if day.date == date(2027, 1, 2))
    assert unsettled_from(bare, revised(bare, replace(notice, days=saturday))) == date(2027, 1, 1)


@given(st.dates(date(2026, 10, 1), date(2027, 12, 31)), st.integers(0, 60))
def test_due_dates_before_the_unsettled_day_are_the_same_in_both(accepted_on: date, days: int) -> None:
    after = revised(CALENDAR, notice_2027())
    first = unsettled_from(CALENDAR, after)
    assert first is not None
    old, new = (due_date(calendar, accepted_on, days) for calendar in (CALENDAR, after))
    if old.due_on < first:
        assert (old.due_on, old.provisional) == (new.due_on, new.provisional)
    if new.due_on < first:
        assert old.due_on == new.due_on


def test_the_unsettled_day_is_no_earlier_than_needed() -> None:
    after = revised(CALENDAR, notice_2027())
    first = unsettled_from(CALENDAR, after)
    assert first is not None
    assert CALENDAR.is_workday(first) != after.is_workday(first)
    days = [first - timedelta(days=step) for step in range(1, 400)]
    assert all(CALENDAR.is_workday(day) == after.is_workday(day) for day in days)
