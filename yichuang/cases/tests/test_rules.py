"""The clock against a walk day by day, and the rest of the case's arithmetic."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yichuang.cases import rules
from yichuang.cases.flow import Promptness
from yichuang.cases.rules import Clock, ClockFacts, clock_facts, read_clock
from yichuang.cases.tests.clock_oracle import Move, Told, histories, worked
from yichuang.cases.tests.factories import AT
from yichuang.kernel.keys import uuid7
from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.rules import Hold, revised
from yichuang.workdays.tests.factories import notice_2027
from yichuang.workdays.tests.oracle import ONE_DAY, days

CALENDAR = packaged_calendar()
ACCEPTED = st.dates(date(2018, 1, 1), date(2027, 6, 30))
LIMITS = st.tuples(st.integers(0, 45), st.integers(0, 45)).map(lambda pair: (max(pair), min(pair)))
MOVES = st.lists(
    st.tuples(st.sampled_from(["pause", "resume", "extend"]), st.integers(0, 25), st.integers(1, 10)),
    max_size=8,
)


def as_facts(told: Told) -> ClockFacts:
    """What the rules read, from what the oracle was told."""
    holds = [Hold(start, end, "听证") for start, end in told.closed]
    holds += [Hold(told.running, None, "听证")] if told.running else []
    return ClockFacts(told.accepted_on, told.statutory, told.promised, told.extension, tuple(holds))


def agree(clock: Clock, told: Told) -> None:
    """The rules say what the walk says."""
    if told.running is not None:
        assert (clock.due_on, clock.statutory_due_on, clock.provisional) == (None, None, False)
        assert clock.paused_on == told.running
        assert clock.days_left == told.granted(told.promised) - told.used(told.running)
        assert clock.statutory_days_left == told.granted(told.statutory) - told.used(told.running)
        return
    assert clock.due_on == told.due(told.promised)
    assert clock.statutory_due_on == told.due(told.statutory)
    assert (clock.paused_on, clock.days_left, clock.statutory_days_left) == (None, None, None)
    last = max(told.due(told.statutory), told.accepted_on)
    assert clock.provisional == (last.year > 2026)


@given(ACCEPTED, LIMITS, MOVES)
@example(date(2022, 9, 26), (20, 20), [("pause", 31, 1), ("resume", 14, 1)])
@example(date(2022, 10, 1), (20, 0), [("pause", 0, 1), ("resume", 12, 1)])
@example(date(2022, 9, 26), (45, 5), [("pause", 20, 1), ("resume", 9, 1)])
@example(date(2026, 12, 21), (45, 20), [("extend", 3, 10), ("pause", 9, 1), ("resume", 30, 1)])
def test_the_clock_equals_a_walk_day_by_day(
    accepted_on: date, limits: tuple[int, int], moves: list[Move]
) -> None:
    told = Told(accepted_on, *limits)
    agree(read_clock(CALENDAR, as_facts(told)), told)
    for _, day, _, after in histories(told, moves):
        agree(read_clock(CALENDAR, as_facts(after)), after)
        for on in (day, day + timedelta(days=1), day + timedelta(days=40)):
            assert rules.days_used(CALENDAR, as_facts(after), on) == after.used(on)


PIECES = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=6)


@given(ACCEPTED, PIECES, st.integers(0, 60))
def test_used_is_elapsed_less_paused_under_any_sequence(
    accepted_on: date, pieces: list[tuple[int, int]], later: int
) -> None:
    """Pauses may touch, repeat, begin on rest days and be empty: nothing is counted twice, nothing is lost."""
    day, holds, paused = accepted_on, [], 0
    for gap, length in pieces:
        start = day + timedelta(days=gap)
        day = start + timedelta(days=length)
        holds.append(Hold(start, day, "听证"))
        paused += sum(worked(one) for one in days(start + ONE_DAY, day))
    on = day + timedelta(days=later)
    elapsed = sum(worked(one) for one in days(accepted_on + ONE_DAY, on))
    facts = ClockFacts(accepted_on, 20, 20, 0, tuple(holds))
    assert rules.days_used(CALENDAR, facts, on) == elapsed - paused


@given(ACCEPTED, LIMITS, MOVES, st.integers(0, 60))
def test_what_is_left_while_paused_is_what_resuming_gives(
    accepted_on: date, limits: tuple[int, int], moves: list[Move], later: int
) -> None:
    for _, day, _, told in histories(Told(accepted_on, *limits), moves):
        if told.running is None:
            continue
        paused = read_clock(CALENDAR, as_facts(told))
        resumed_on = day + timedelta(days=later)
        resumed = read_clock(CALENDAR, as_facts(told.resume(resumed_on)))
        for left, due in (
            (paused.days_left, resumed.due_on),
            (paused.statutory_days_left, resumed.statutory_due_on),
        ):
            assert left is not None
            assert due is not None
            if left > 0:
                assert CALENDAR.between(resumed_on, due) == left
            elif left == 0:
                assert CALENDAR.between(resumed_on, due) <= 0


@given(ACCEPTED, LIMITS, MOVES)
def test_a_due_date_is_the_same_whichever_day_it_is_asked(
    accepted_on: date, limits: tuple[int, int], moves: list[Move]
) -> None:
    """On every day of the run: what is left by the calendar is what was granted less what is used."""
    for _, day, _, told in histories(Told(accepted_on, *limits), moves):
        due = read_clock(CALENDAR, as_facts(told)).due_on
        if due is None or due <= day:
            continue
        for today in days(day, due):
            left = rules.days_left(CALENDAR, due, today)
            assert left == told.granted(told.promised) - rules.days_used(CALENDAR, as_facts(told), today)


@given(ACCEPTED, LIMITS, MOVES, st.integers(0, 90))
def test_late_is_past_the_due_date_on_every_working_day(
    accepted_on: date, limits: tuple[int, int], moves: list[Move], later: int
) -> None:
    """The verdict of a decision and the date on the screen never contradict each other."""
    start = Told(accepted_on, *limits)
    told = [start, *(after for *_, after in histories(start, moves))][-1]
    on = max([accepted_on, *(end for _, end in told.closed)]) + timedelta(days=later)
    if told.running is not None or not worked(on):
        return
    facts = as_facts(told)
    used = rules.days_used(CALENDAR, facts, on)
    verdict = rules.promptness(
        used, rules.granted(CALENDAR, facts, told.promised), same_day=on == accepted_on
    )
    assert verdict == told.speed(on)
    due = read_clock(CALENDAR, facts).due_on
    assert due is not None
    assert (verdict == Promptness.LATE) == (on > due)


def test_a_clock_that_counted_by_adding_days_would_be_caught() -> None:
    """The broken variant: a hold that shifts the date by calendar days instead of working days."""
    told = Told(date(2022, 4, 22), 20, 20, closed=((date(2022, 4, 29), date(2022, 5, 6)),))
    naive = told.due(20) + (date(2022, 5, 6) - date(2022, 4, 29))
    with pytest.raises(AssertionError):
        assert read_clock(CALENDAR, as_facts(told)).due_on == naive
    agree(read_clock(CALENDAR, as_facts(told)), told)


def test_a_hold_after_the_limit_has_run_out_revives_nothing() -> None:
    plain = Told(date(2022, 9, 26), 45, 5)
    late = plain.pause(date(2022, 10, 20)).resume(date(2022, 11, 3))
    before, after = read_clock(CALENDAR, as_facts(plain)), read_clock(CALENDAR, as_facts(late))
    assert after.due_on == before.due_on == date(2022, 10, 8)
    assert after.statutory_due_on is not None
    assert before.statutory_due_on is not None
    assert CALENDAR.between(before.statutory_due_on, after.statutory_due_on) == 10


def test_a_hold_on_the_last_day_leaves_the_case_due_on_the_day_it_resumes() -> None:
    told = Told(date(2022, 9, 26), 20, 20).pause(date(2022, 10, 27))
    assert read_clock(CALENDAR, as_facts(told)).days_left == 0
    resumed = read_clock(CALENDAR, as_facts(told.resume(date(2022, 11, 10))))
    assert resumed.due_on == date(2022, 11, 10)


def test_an_instant_item_accepted_on_a_rest_day_is_on_time_on_the_next_working_day() -> None:
    facts = ClockFacts(date(2022, 10, 1), 20, 0)
    due = read_clock(CALENDAR, facts).due_on
    assert due == date(2022, 10, 8)
    used = rules.days_used(CALENDAR, facts, due)
    assert rules.promptness(used, rules.granted(CALENDAR, facts, 0), same_day=False) == Promptness.ON_TIME
    assert rules.promptness(used, 0, same_day=False) == Promptness.LATE, (
        "counting bare 0 would blame the office"
    )


def test_dates_in_a_year_without_notice_move_when_it_comes() -> None:
    facts = ClockFacts(date(2026, 12, 21), 45, 20)
    before = read_clock(CALENDAR, facts)
    after = read_clock(revised(CALENDAR, notice_2027()), facts)
    assert before.provisional
    assert not after.provisional
    assert before.due_on != after.due_on
    assert any("暂计" in line for line in before.explanation)


def test_facts_are_gathered_in_their_order() -> None:
    day = date(2022, 5, 10)
    found = clock_facts(
        date(2022, 5, 5), 45, 20,
        [
            ("case.proposed", day, {}, ""),
            ("case.paused", day, {}, "hearing"),
            ("case.resumed", day + ONE_DAY, {}, ""),
            ("case.extended", day + ONE_DAY, {"days": 7}, "art42"),
            ("case.paused", day + 2 * ONE_DAY, {}, "testing"),
        ],
    )  # fmt: skip
    assert found.extension == 7
    assert found.holds == (Hold(day, day + ONE_DAY, "hearing"), Hold(day + 2 * ONE_DAY, None, "testing"))


def test_a_resume_without_a_pause_holds_nothing() -> None:
    assert clock_facts(date(2022, 5, 5), 45, 20, [("case.resumed", date(2022, 5, 6), {}, "")]).holds == ()


@pytest.mark.parametrize(
    ("used", "same_day", "expected"),
    [
        (0, True, "instant"),
        (0, False, "early"),
        (19, False, "early"),
        (20, False, "on_time"),
        (21, False, "late"),
    ],
)
def test_promptness_has_four_verdicts(used: int, same_day: bool, expected: str) -> None:
    assert rules.promptness(used, 20, same_day=same_day) == expected


@pytest.mark.parametrize(
    ("today", "left"),
    [
        ("2022-10-26", 1),
        ("2022-10-27", 0),
        ("2022-10-28", -1),
        ("2022-10-31", -2),
        ("2022-09-30", 16),
        ("2022-10-07", 16),
    ],
)
def test_days_left(today: str, left: int) -> None:
    assert rules.days_left(CALENDAR, date(2022, 10, 27), date.fromisoformat(today)) == left
    assert rules.days_left(CALENDAR, None, date.fromisoformat(today)) is None


def test_the_weekend_after_the_due_date_is_overdue() -> None:
    assert rules.days_left(CALENDAR, date(2022, 10, 28), date(2022, 10, 29)) == -1


def test_a_follow_code_belongs_to_one_case_and_one_secret() -> None:
    one, other = uuid7(AT), uuid7(AT)
    code = rules.follow_code("secret", one)
    assert code == rules.follow_code("secret", one)
    assert len(code) == 10
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert len({code, rules.follow_code("secret", other), rules.follow_code("Secret", one)}) == 3
    assert rules.follow_code("secret", UUID(int=0)) not in (code, "")


def test_a_number_names_place_department_and_year() -> None:
    assert rules.number_prefix("511602000000", "119", 2022) == "511602119-2022-"
