"""Each limit is counted by the rule that it names: change the rule of one, and its day moves, and only its."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases import rules
from yichuang.cases.rules.limits import COMPANIONS
from yichuang.cases.tests.clock_oracle import walk
from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.rules import Calendar, Counting, CountingError

CALENDAR = packaged_calendar()
DAYS = st.dates(date(2018, 3, 1), date(2026, 6, 30))
Count = Callable[[Calendar, date], date]
# What counts forward, by the code of its limit.
FORWARD: dict[str, Count] = {
    "art32": lambda calendar, day: rules.answer_by(calendar, day, rules.BY_CODE["art32"]),
    "water13": lambda calendar, day: rules.answer_by(calendar, day, rules.BY_CODE["water13"]),
    "art44": lambda calendar, day: rules.deliver_by(calendar, day, rules.BY_CODE["art44"].days),
    "art47_ask": rules.ask_by,
    "art47_hold": rules.hold_by,
}
# What counts back from a day.
BACK: dict[str, Count] = {
    "art48_notice": rules.notify_by,
    **{code: lambda calendar, day, code=code: rules.renew_by(calendar, day, rules.BY_CODE[code])  # type: ignore[misc]
       for code in ("art50", "water25", "radio19", "radio33")},
}  # fmt: skip
SPRING = date(2022, 1, 28)


@given(DAYS)
def test_forward_by_worked_days_on_the_fingers(day: date) -> None:
    for code, count in FORWARD.items():
        assert rules.BY_CODE[code].counting is Counting.WORKING_DAYS
        assert count(CALENDAR, day) == walk(day, rules.BY_CODE[code].days)


@pytest.mark.parametrize("code", [*FORWARD, *BACK])
def test_the_rule_that_a_limit_names_is_the_one_it_is_counted_by(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant for each: a count that ignores the name of its rule would not move."""
    count = (FORWARD | BACK)[code]
    rule, before = rules.BY_CODE[code], count(CALENDAR, SPRING)
    others = {other: one(CALENDAR, SPRING) for other, one in (FORWARD | BACK).items() if other != code}
    turned = {
        Counting.WORKING_DAYS: Counting.NATURAL_DAYS, Counting.NATURAL_DAYS: Counting.WORKING_DAYS,
    }[rule.counting]  # fmt: skip
    monkeypatch.setitem(rules.BY_CODE, code, replace(rule, counting=turned))
    assert count(CALENDAR, SPRING) != before
    if turned is Counting.NATURAL_DAYS:
        sign = 1 if code in FORWARD else -1
        assert count(CALENDAR, SPRING) == SPRING + sign * timedelta(days=rule.days)
    assert {
        other: one(CALENDAR, SPRING) for other, one in (FORWARD | BACK).items() if other != code
    } == others
    monkeypatch.setitem(rules.BY_CODE, code, replace(rule, counting=Counting.HOURS))
    with pytest.raises(CountingError):
        count(CALENDAR, SPRING)


def test_every_limit_of_the_table_is_counted_somewhere_by_its_own_rule() -> None:
    """The limits of a decision run on the clock, which holds and counts worked days alone: none may name another rule."""
    assert set(COMPANIONS) | set(FORWARD) | set(BACK) == set(rules.BY_CODE)
    assert {rules.BY_CODE[code].counting for code in COMPANIONS} == {Counting.WORKING_DAYS}
    natural = {code for code, rule in rules.BY_CODE.items() if rule.counting is Counting.NATURAL_DAYS}
    assert natural == {"art50", "water25"}
    assert not [rule for rule in rules.LIMITS if rule.counting is Counting.HOURS]
