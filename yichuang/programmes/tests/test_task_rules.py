"""Pure rules of key tasks: the even pace, the light, when a reminder may go, statistics that balance."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yichuang.programmes.flow.tasks import TaskState
from yichuang.programmes.rules.tasks import (
    TaskStanding,
    by_department,
    expected_percent,
    may_remind,
    next_reminder_day,
    reminder_level,
    summary,
    task_light,
)
from yichuang.workdays.data import packaged_calendar

CALENDAR = packaged_calendar()
DAYS = st.dates(date(2022, 1, 1), date(2022, 12, 31))


@given(DAYS, st.integers(0, 400), DAYS)
def test_an_even_pace_grows_from_nothing_to_all(start: date, length: int, today: date) -> None:
    due = start + timedelta(days=length)
    found = expected_percent(start, due, today)
    assert 0 <= found <= 100
    assert found <= expected_percent(start, due, today + timedelta(days=1))
    assert (found == 100) == (today >= due)


@given(st.sampled_from(TaskState), DAYS, st.integers(0, 60), DAYS, st.integers(0, 100))
def test_the_light_is_bad_exactly_when_it_is_late(
    state: TaskState, start: date, length: int, today: date, percent: int
) -> None:
    due = start + timedelta(days=length)
    found = task_light(state, starts_on=start, due_on=due, percent=percent, today=today, calendar=CALENDAR)
    runs = state in (TaskState.NOT_STARTED, TaskState.RUNNING, TaskState.EXTENDED)
    assert (found.level == "bad") == (runs and today > due)
    assert found.left is None or (found.left < 0) == (today > due)


def test_a_due_day_on_a_rest_day_is_overdue_on_the_next_day() -> None:
    saturday = date(2022, 5, 14)
    found = task_light(
        TaskState.RUNNING,
        starts_on=date(2022, 5, 1),
        due_on=saturday,
        percent=99,
        today=date(2022, 5, 15),
        calendar=CALENDAR,
    )
    assert (found.left, found.level) == (-1, "bad")


@given(DAYS)
def test_the_day_that_is_told_is_the_first_on_which_a_reminder_may_go(last: date) -> None:
    again = next_reminder_day(last, CALENDAR)
    assert may_remind(last, again, CALENDAR)
    assert not may_remind(last, again - timedelta(days=1), CALENDAR)
    assert may_remind(None, last, CALENDAR)


def test_levels_rise_and_stay() -> None:
    assert [reminder_level(sent) for sent in range(5)] == [1, 2, 3, 3, 3]


STANDINGS = st.lists(
    st.builds(
        TaskStanding, st.sampled_from(["甲厅", "乙局"]), st.sampled_from(TaskState), DAYS, st.integers(0, 100)
    ),
    max_size=20,
)


@given(STANDINGS, DAYS)
def test_statistics_balance(tasks: list[TaskStanding], today: date) -> None:
    rows, whole = by_department(tasks, today), summary(tasks, today)
    for name in ("total", "closed", "claimed", "running", "not_started", "cancelled", "overdue"):
        assert getattr(whole, name) == sum(getattr(row, name) for row in rows)
    for row in [*rows, whole]:
        assert row.total == row.closed + row.claimed + row.running + row.not_started + row.cancelled
        assert row.share is None or 0 <= row.share <= 100


def test_a_share_is_rounded_half_up() -> None:
    day = date(2022, 5, 1)
    tasks = [TaskStanding("甲厅", TaskState.CLOSED, day, 100)] + [
        TaskStanding("甲厅", TaskState.RUNNING, day, 0)
    ] * 7
    assert summary(tasks, day).share == 13
