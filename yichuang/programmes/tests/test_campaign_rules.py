"""The forecast: exact at the target, never later for more filed, by the official calendar."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yichuang.programmes.rules.campaigns import (
    Forecast,
    Progress,
    Reported,
    forecast,
    in_order,
    joined,
    outlook,
    percent,
    trend,
)
from yichuang.workdays.data import packaged_calendar

CALENDAR = packaged_calendar()
START, DEADLINE = date(2022, 9, 1), date(2022, 11, 30)
SPAN = [START + timedelta(days=step) for step in range(80)]
CASES = st.dictionaries(st.sampled_from(SPAN), st.integers(1, 50), max_size=40)
REPORTED = st.lists(st.builds(Reported, st.sampled_from(SPAN), st.integers(0, 900)), max_size=6)
PROGRESS = st.builds(lambda cases, reported: Progress(cases, in_order(reported)), CASES, REPORTED)
TODAY = st.sampled_from(SPAN)
TARGET = st.integers(1, 5000)


def seen(progress: Progress, target: int, today: date, deadline: date = DEADLINE) -> Forecast:
    return forecast(
        progress, target=target, starts_on=START, deadline=deadline, today=today, calendar=CALENDAR
    )


def steady(a_day: int, until: date) -> Progress:
    """So many on every working day from the start up to a day."""
    return Progress({day: a_day for day in SPAN if day <= until and CALENDAR.is_workday(day)})


@given(PROGRESS, TARGET, TODAY)
def test_in_time_exactly_when_nothing_will_be_missing(progress: Progress, target: int, today: date) -> None:
    found = seen(progress, target, today)
    if found.reached:
        assert (found.missing, found.finish) == (0, None)
    elif found.finish is not None:
        assert (found.finish <= DEADLINE) == (found.missing == 0)
        assert CALENDAR.is_workday(found.finish)
        assert found.finish >= today
    else:
        assert found.missing > 0


@given(PROGRESS, TARGET, TODAY, st.integers(1, 500))
def test_more_filed_is_never_later(progress: Progress, target: int, today: date, more: int) -> None:
    """Whether it came today (the pace stays) or within the days of the pace."""
    before = seen(progress, target, today)
    for day in (today, today - timedelta(days=1)):
        after = seen(
            replace(progress, cases={**progress.cases, day: progress.cases.get(day, 0) + more}), target, today
        )
        assert after.done == before.done + more
        assert after.missing <= before.missing
        assert (after.needed or 0) <= (before.needed or 0)
        assert (
            after.reached
            or before.finish is None
            or (after.finish is not None and after.finish <= before.finish)
        )


@given(PROGRESS, TODAY)
def test_exactly_at_the_target_it_is_reached(progress: Progress, today: date) -> None:
    done = progress.total(today)
    if done:
        assert seen(progress, done, today).reached
    assert not seen(progress, done + 1, today).reached


@given(st.integers(1, 40), TODAY, TARGET)
def test_a_steady_pace_ends_when_counting_day_by_day_ends(a_day: int, today: date, target: int) -> None:
    progress = steady(a_day, today - timedelta(days=1))
    found = seen(progress, target, today)
    if found.reached or not found.pace_days:
        return
    done, day = found.done, today
    while True:
        done += a_day if CALENDAR.is_workday(day) else 0
        if done >= target:
            break
        day += timedelta(days=1)
    assert found.finish == day


def test_the_national_day_is_no_time_to_file() -> None:
    """1 to 7 October 2022 were free, 8 and 9 October were worked."""
    found = seen(steady(10, date(2022, 9, 29)), 20 * 10 + 30, date(2022, 9, 30), date(2022, 10, 9))
    assert found.done == 200
    assert found.days_left == 3
    assert found.finish == date(2022, 10, 9)
    assert found.missing == 0
    assert (found.needed, str(found.mean)) == (10, "10.0")


def test_filings_on_rest_days_count_to_the_pace() -> None:
    monday = date(2022, 9, 19)
    progress = Progress({date(2022, 9, 17): 50})
    found = seen(progress, 1000, monday)
    assert (found.pace, found.pace_days) == (50, 5)


def test_before_the_first_working_day_is_over_nothing_is_foretold() -> None:
    found = seen(Progress({START: 5}), 100, START)
    assert (found.pace_days, found.finish) == (0, None)
    assert outlook(found, "件").startswith("开始不满一个工作日，暂不预测；每个工作日须完成")


def test_days_before_the_start_are_not_days_left() -> None:
    early = seen(Progress({}), 100, date(2022, 8, 1))
    assert early.days_left == seen(Progress({}), 100, START).days_left


def test_the_sentence_for_every_outcome() -> None:
    today = date(2022, 10, 20)
    assert outlook(seen(Progress({START: 100}), 100, today), "件") == "已完成目标。"
    assert outlook(seen(Progress({START: 1}), 100, date(2022, 12, 1)), "件") == "已到期限，还缺99件。"
    assert (
        outlook(seen(Progress({START: 1}), 100, today), "件") == "近5个工作日没有进展，不能按期完成，缺99件。"
    )
    good = Progress({date(2022, 10, 19): 50})
    assert outlook(seen(good, 100, today), "个") == "按目前进度将于2022年10月26日完成。"
    late = outlook(seen(good, 100, today, date(2022, 10, 24)), "个")
    assert late == "按目前进度要到2022年10月26日才能完成，不能按期完成，到期还缺20个。"


def test_pages_group_the_digits_of_the_forecast_and_reports_do_not() -> None:
    today, good = date(2022, 10, 20), Progress({date(2022, 10, 19): 50})
    for found, wanted in (
        (seen(Progress({START: 1}), 20_001, date(2022, 12, 1)), "还缺20,000件。"),
        (seen(Progress({}), 1_234_567, START), "每个工作日须完成20,239件。"),
        (seen(Progress({START: 1}), 20_001, today), "缺20,000件。"),
        (seen(good, 20_001, today, date(2022, 10, 24)), "到期还缺19,921件。"),
    ):
        assert outlook(found, "件").endswith(wanted)
        assert outlook(found, "件", in_print=True) == outlook(found, "件").replace(",", "")


def test_of_two_numbers_for_one_day_the_later_stands() -> None:
    day = date(2022, 9, 10)
    progress = Progress(
        {}, in_order([Reported(day, 5), Reported(day + timedelta(days=2), 9), Reported(day, 7)])
    )
    assert [progress.by_hand(day + timedelta(days=step)) for step in (-1, 0, 1, 2)] == [0, 7, 7, 9]


@given(st.lists(PROGRESS, max_size=4), TODAY)
def test_filers_together_are_their_sum(parts: list[Progress], today: date) -> None:
    assert joined(parts).total(today) == sum(part.total(today) for part in parts)


@given(PROGRESS)
def test_the_trend_adds_up(progress: Progress) -> None:
    days = trend(progress, SPAN[0], SPAN[-1], CALENDAR)
    assert sum(day.filed + day.by_hand for day in days) == progress.total(SPAN[-1])
    assert not days or days[-1].total == progress.total(days[-1].day)
    assert {day.day for day in days} >= {day for day in SPAN if CALENDAR.is_workday(day)}


def test_per_cent_has_two_places_rounded_half_up() -> None:
    assert str(percent(1064, 1655)) == "64.29"
    assert str(percent(1, 800)) == "0.13"


def test_a_pace_that_never_ends_has_no_day() -> None:
    progress = Progress({date(2022, 10, 19): 1})
    found = seen(progress, 10**9, date(2022, 10, 20))
    assert found.finish is None
    assert found.missing > 0
