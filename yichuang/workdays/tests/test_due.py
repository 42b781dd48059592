from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.rules import (
    CountingError,
    Hold,
    OutsideCalendarError,
    allowance,
    due_date,
    due_on,
    held_days,
    instant_due,
    remaining,
    used_days,
)
from yichuang.workdays.tests import oracle
from yichuang.workdays.tests.factories import SHANGHAI

CALENDAR = packaged_calendar()
ACCEPTED = st.dates(date(2018, 1, 1), date(2030, 12, 31))
LIMITS = st.integers(0, 90)
# Gap before each hold and its length, in calendar days.
STEPS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 40)), max_size=4)


def holds_before(accepted_on: date, total: int, steps: list[tuple[int, int]]) -> list[Hold]:
    """Holds one after the other, up to the first that would begin after the due date."""
    holds: list[Hold] = []
    day = accepted_on
    for gap, length in steps:
        start = day + timedelta(days=gap)
        if start > oracle.due(accepted_on, total, spans(holds)):
            break
        day = start + timedelta(days=length)
        holds.append(Hold(start, day))
    return holds


def spans(holds: list[Hold]) -> list[oracle.Span]:
    return [(hold.start, hold.end) for hold in holds if hold.end is not None]


@pytest.mark.parametrize(
    ("accepted_on", "days", "expected"),
    [
        ("2022-09-26", 20, "2022-10-27"),
        ("2022-04-22", 20, "2022-05-23"),
        ("2023-01-16", 20, "2023-02-16"),
        ("2023-09-25", 10, "2023-10-13"),
        ("2022-09-30", 5, "2022-10-12"),
        ("2022-12-30", 5, "2023-01-09"),
        ("2023-11-17", 30, "2023-12-29"),
        ("2024-02-08", 5, "2024-02-21"),
        ("2025-09-30", 5, "2025-10-14"),
    ],
)
def test_known_due_dates(accepted_on: str, days: int, expected: str) -> None:
    due = due_date(CALENDAR, date.fromisoformat(accepted_on), days)
    assert due.due_on.isoformat() == expected
    assert not due.provisional


@given(ACCEPTED, LIMITS, st.integers(0, 30), STEPS)
@example(date(2022, 10, 2), 0, 0, [(0, 6)])
@example(date(2022, 9, 26), 20, 10, [(0, 30), (0, 30)])
def test_due_dates_equal_a_walk_day_by_day(
    accepted_on: date, days: int, extension: int, steps: list[tuple[int, int]]
) -> None:
    holds = holds_before(accepted_on, days + extension, steps)
    expected = oracle.due(accepted_on, days + extension, spans(holds))
    assert due_on(CALENDAR, accepted_on, days, holds, extension) == expected
    assert due_date(CALENDAR, accepted_on, days, reversed(holds), extension).due_on == expected


@given(ACCEPTED, st.integers(0, 200), STEPS)
def test_used_days_equal_a_walk_day_by_day(
    accepted_on: date, later: int, steps: list[tuple[int, int]]
) -> None:
    on = accepted_on + timedelta(days=later)
    holds = holds_before(accepted_on, 60, steps)
    assert used_days(CALENDAR, accepted_on, on, holds) == oracle.used(accepted_on, on, spans(holds))


@given(ACCEPTED, LIMITS, st.integers(0, 30), STEPS)
def test_nothing_remains_on_the_due_date_and_it_is_not_overdue(
    accepted_on: date, days: int, extension: int, steps: list[tuple[int, int]]
) -> None:
    holds = holds_before(accepted_on, days + extension, steps)
    due = due_on(CALENDAR, accepted_on, days, holds, extension)
    assert remaining(CALENDAR, accepted_on, days, due, holds, extension) == 0
    if due > accepted_on:
        held = oracle.held(due, spans(holds))
        assert remaining(CALENDAR, accepted_on, days, due - timedelta(days=1), holds, extension) == int(
            not held
        )
    free = CALENDAR.add(max([due, *(hold.end for hold in holds if hold.end)]), 1)
    assert remaining(CALENDAR, accepted_on, days, free, holds, extension) == -1


@given(ACCEPTED, st.integers(1, 60), STEPS)
def test_seen_from_any_day_the_due_date_is_the_same(
    accepted_on: date, days: int, steps: list[tuple[int, int]]
) -> None:
    holds = holds_before(accepted_on, days, steps)
    due = due_on(CALENDAR, accepted_on, days, holds)
    for on in oracle.days(accepted_on, due - timedelta(days=1)):
        left = remaining(CALENDAR, accepted_on, days, on, holds)
        if not left:  # only the last hold is left of it, and a rest day has nothing to count from
            continue
        ahead = [(max(start, on), end) for start, end in spans(holds) if end > on]
        assert oracle.due(on, left, ahead) == due


def test_every_year_end_and_every_spring_festival_equals_a_walk() -> None:
    for year in range(2018, 2031):
        for first in (date(year, 1, 10), date(year, 4, 25), date(year, 9, 20), date(year, 12, 15)):
            for accepted_on in oracle.days(first, first + timedelta(days=25)):
                for days in (0, 1, 5, 20, 45):
                    assert due_on(CALENDAR, accepted_on, days) == oracle.due(accepted_on, days)


def test_a_limit_of_no_days_ends_at_once_or_on_the_next_working_day() -> None:
    assert due_on(CALENDAR, date(2022, 10, 9), 0) == date(2022, 10, 9)
    assert due_on(CALENDAR, date(2022, 10, 1), 0) == date(2022, 10, 8)
    assert allowance(CALENDAR, date(2022, 10, 1), 0) == 1
    assert allowance(CALENDAR, date(2022, 10, 9), 0) == 0


def test_a_hold_excludes_its_first_day_and_includes_its_last() -> None:
    plain = due_on(CALENDAR, date(2022, 5, 9), 5)
    held = due_on(CALENDAR, date(2022, 5, 9), 5, [Hold(date(2022, 5, 10), date(2022, 5, 12))])
    assert (plain, held) == (date(2022, 5, 16), date(2022, 5, 18))
    assert held_days(CALENDAR, Hold(date(2022, 5, 10), None), date(2022, 5, 9), date(2022, 5, 11)) == 1


def test_a_hold_of_no_length_and_one_over_rest_days_hold_nothing() -> None:
    plain = due_on(CALENDAR, date(2022, 9, 26), 20)
    for hold in (Hold(date(2022, 10, 8), date(2022, 10, 8)), Hold(date(2022, 9, 30), date(2022, 10, 7))):
        assert due_on(CALENDAR, date(2022, 9, 26), 20, [hold]) == plain


def test_holds_that_touch_are_two_holds() -> None:
    one = [Hold(date(2022, 5, 10), date(2022, 5, 16))]
    two = [Hold(date(2022, 5, 12), date(2022, 5, 16)), Hold(date(2022, 5, 10), date(2022, 5, 12))]
    assert due_on(CALENDAR, date(2022, 5, 9), 5, two) == due_on(CALENDAR, date(2022, 5, 9), 5, one)


def test_a_hold_from_the_due_date_on_ends_the_limit_with_itself() -> None:
    """On the day of the pause the last day is used; what follows is held, so the case is due when the hold ends."""
    accepted_on, due = date(2022, 9, 26), date(2022, 10, 27)
    hold = Hold(due, date(2022, 11, 10))
    assert due_on(CALENDAR, accepted_on, 20, [hold]) == date(2022, 11, 10)
    assert due_on(CALENDAR, accepted_on, 20, [Hold(due, date(2022, 10, 30))]) == date(2022, 10, 28)
    assert due_on(CALENDAR, accepted_on, 20, [Hold(due, due)]) == due
    assert remaining(CALENDAR, accepted_on, 20, date(2022, 11, 10), [hold]) == 0
    assert remaining(CALENDAR, accepted_on, 20, date(2022, 11, 11), [hold]) == -1


def test_a_hold_of_an_instant_item_ends_its_limit_with_itself() -> None:
    found = due_date(CALENDAR, date(2022, 5, 9), 0, [Hold(date(2022, 5, 9), date(2022, 5, 12), "检测")])
    assert found.due_on == date(2022, 5, 12)
    assert "休息日" not in "".join(found.explanation)
    assert found.explanation[-1] == "扣除暂停的工作日后，期限于2022年5月12日（周四）届满。"


def test_a_hold_counts_only_after_acceptance() -> None:
    early = Hold(date(2022, 5, 5), date(2022, 5, 10))
    assert due_on(CALENDAR, date(2022, 5, 9), 5, [early]) == date(2022, 5, 17)
    gone = Hold(date(2022, 5, 5), date(2022, 5, 6))
    assert due_on(CALENDAR, date(2022, 5, 9), 5, [gone]) == date(2022, 5, 16)
    assert due_on(CALENDAR, date(2022, 5, 9), 0, [early]) == date(2022, 5, 9)


@pytest.mark.parametrize(
    ("days", "extension", "holds", "words"),
    [
        (-1, 0, [], "办理期限不能为负数"),
        (5, -1, [], "延长期限不能为负数"),
        (5, 0, [("2022-05-12", "2022-05-11")], "早于开始日"),
        (5, 0, [("2022-05-10", "2022-05-12"), ("2022-05-11", "2022-05-13")], "重叠"),
        (5, 0, [("2022-05-10", "2022-05-12"), ("2022-05-10", "2022-05-11")], "重叠"),
        (5, 0, [("2022-05-17", "2022-05-18")], "晚于期限届满日 2022-05-16"),
        (5, 0, [("2022-05-10", "2022-05-11"), ("2022-05-18", "2022-05-19")], "晚于期限届满日 2022-05-17"),
        (0, 0, [("2022-05-10", "2022-05-11")], "晚于期限届满日 2022-05-09"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_words(
    days: int, extension: int, holds: list[tuple[str, str]], words: str
) -> None:
    spans = [Hold(date.fromisoformat(start), date.fromisoformat(end)) for start, end in holds]
    with pytest.raises(CountingError, match=words):
        due_date(CALENDAR, date(2022, 5, 9), days, spans, extension)


def test_a_later_hold_may_begin_where_only_an_earlier_hold_lets_it() -> None:
    first, second = Hold(date(2022, 5, 10), date(2022, 5, 20)), Hold(date(2022, 5, 23), date(2022, 5, 24))
    assert due_on(CALENDAR, date(2022, 5, 9), 5, [second, first]) == oracle.due(
        date(2022, 5, 9), 5, spans([first, second])
    )
    with pytest.raises(CountingError, match="晚于期限届满日"):
        due_on(CALENDAR, date(2022, 5, 9), 5, [second])


def test_while_a_hold_is_open_there_is_no_due_date_but_a_remainder() -> None:
    hold = Hold(date(2022, 5, 11), None, "检验")
    with pytest.raises(CountingError, match="尚未结束"):
        due_on(CALENDAR, date(2022, 5, 9), 5, [hold])
    left = [remaining(CALENDAR, date(2022, 5, 9), 5, date(2022, 5, day), [hold]) for day in (10, 11, 12, 20)]
    assert left == [4, 3, 3, 3]


def test_nothing_may_follow_an_open_hold() -> None:
    holds = [Hold(date(2022, 5, 10), None), Hold(date(2022, 5, 12), date(2022, 5, 13))]
    with pytest.raises(CountingError, match="至今"):
        used_days(CALENDAR, date(2022, 5, 9), date(2022, 5, 20), holds)


def test_before_acceptance_nothing_is_used() -> None:
    assert used_days(CALENDAR, date(2022, 5, 9), date(2022, 5, 1)) == 0
    assert used_days(CALENDAR, date(2022, 5, 9), date(2022, 5, 9)) == 0


def test_a_date_that_reaches_into_a_year_without_notice_is_provisional() -> None:
    due = due_date(CALENDAR, date(2026, 12, 20), 20)
    assert due.due_on == oracle.due(date(2026, 12, 20), 20) == date(2027, 1, 18)
    assert due.provisional
    assert [basis.year for basis in due.basis] == [2026, None]
    assert not due_date(CALENDAR, date(2026, 12, 20), 9).provisional
    assert due_date(CALENDAR, date(2026, 12, 20), 10).provisional


def test_every_due_date_names_its_calendar_and_basis() -> None:
    due = due_date(CALENDAR, date(2022, 12, 20), 20)
    assert due.calendar_version == CALENDAR.version
    assert [basis.year for basis in due.basis] == [2022, 2023]


def test_far_years_still_count_and_the_end_is_named() -> None:
    far = due_date(CALENDAR, date(2099, 1, 1), 45)
    assert far.provisional
    assert far.due_on == date(2099, 3, 5)
    with pytest.raises(OutsideCalendarError, match="2100-01-01"):
        due_date(CALENDAR, date(2099, 12, 20), 45)
    with pytest.raises(OutsideCalendarError, match="2017-12-29"):
        due_date(CALENDAR, date(2017, 12, 29), 5)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (datetime(2022, 5, 6, 9, 0), date(2022, 5, 6)),  # noqa: DTZ001
        (datetime(2022, 5, 6, 17, 30), date(2022, 5, 6)),  # noqa: DTZ001
        (datetime(2022, 5, 6, 17, 30, 1), date(2022, 5, 7)),  # noqa: DTZ001
        (datetime(2022, 5, 7, 17, 31), date(2022, 5, 9)),  # noqa: DTZ001
        (datetime(2022, 4, 29, 23, 59), date(2022, 5, 5)),  # noqa: DTZ001
        (datetime(2022, 5, 2, 9, 0), date(2022, 5, 5)),  # noqa: DTZ001
        (datetime(2022, 5, 6, 17, 0, tzinfo=SHANGHAI), date(2022, 5, 6)),
        (datetime(2022, 5, 6, 9, 0, tzinfo=UTC), date(2022, 5, 6)),
        (datetime(2022, 5, 6, 10, 0, tzinfo=UTC), date(2022, 5, 7)),
    ],
)
def test_an_instant_item_is_due_by_the_minute_it_came(received: datetime, expected: date) -> None:
    assert instant_due(CALENDAR, received).due_on == expected


def test_closing_time_is_data() -> None:
    received = datetime(2022, 5, 6, 17, 15, tzinfo=SHANGHAI)
    assert instant_due(CALENDAR, received, closing=time(17, 0)).due_on == date(2022, 5, 7)
    assert instant_due(CALENDAR, datetime(2026, 12, 31, 18, tzinfo=SHANGHAI)).provisional
