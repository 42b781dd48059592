"""Pure parts: tokens, counts and shares, limits kept, what stands out."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.feedback.flow.limits import LIMITS
from yichuang.feedback.flow.ratings import FollowState, Level, Served
from yichuang.feedback.rules.complaints import answered_of, complaint_code
from yichuang.feedback.rules.integrity import Share, median, outside_hours, standing_out
from yichuang.feedback.rules.ratings import Followed, kept_of, percent, rate_token, read_token, tally
from yichuang.workdays.data import packaged_calendar

DAY = date(2022, 5, 12)


@given(st.uuids(), st.sampled_from(list(Served)))
def test_a_token_names_one_service_and_cannot_be_made_without_the_secret(
    subject: UUID, served: Served
) -> None:
    token = rate_token("secret", served, subject)
    assert read_token("secret", token) == (served, subject)
    assert read_token("other", token) is None
    assert subject.hex not in token


@given(st.text(max_size=60))
def test_no_other_text_is_a_token(text: str) -> None:
    assert read_token("secret", text) is None


@given(st.uuids(), st.integers(0, 33), st.sampled_from("Aq9_"))
def test_a_changed_token_names_nothing_else(subject: UUID, place: int, sign: str) -> None:
    token = rate_token("secret", Served.CASE, subject)
    changed = token[:place] + sign + token[place + 1 :]
    assert read_token("secret", changed) in (None, (Served.CASE, subject)) if changed == token else True
    assert changed == token or read_token("secret", changed) is None


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 500))))
def test_levels_add_up_and_good_and_low_are_all(rows: list[tuple[int, int]]) -> None:
    found = tally(rows)
    assert found.total == sum(number for _, number in rows) == found.good + found.low
    assert (found.good_share is None) == (found.total == 0)


@pytest.mark.parametrize(
    ("part", "whole", "said"), [(1, 3, "33.3"), (1, 8, "12.5"), (1, 16, "6.3"), (5, 5, "100.0")]
)
def test_shares_are_rounded_half_up(part: int, whole: int, said: str) -> None:
    assert percent(part, whole) == Decimal(said)


def followed(state: FollowState, contacted: int | None, finished: int | None) -> Followed:
    days = [DAY + timedelta(days=each) if each is not None else None for each in (contacted, finished)]
    return Followed(state, DAY + timedelta(days=1), DAY + timedelta(days=5), *days)


def test_what_was_kept_is_counted_of_what_was_due() -> None:
    rows = [
        followed(FollowState.CLOSED, 1, 5),
        followed(FollowState.CLOSED, 2, 5),
        followed(FollowState.CLOSED, 1, 6),
        followed(FollowState.VOID, None, 1),
        followed(FollowState.VOID, None, 3),
        followed(FollowState.PENDING, None, None),
        followed(FollowState.CONTACTED, 1, None),
    ]
    second = kept_of(rows, DAY + timedelta(days=2))
    assert (second.due, second.kept, second.open, second.overdue) == (6, 2, 2, 1)
    late = kept_of(rows, DAY + timedelta(days=6))
    assert (late.due, late.overdue, late.share) == (7, 2, Decimal("28.6"))


def test_replies_are_counted_of_what_was_due() -> None:
    rows = [(DAY, DAY, False), (DAY, DAY + timedelta(days=1), False), (DAY, None, True), (DAY, None, False)]
    found = answered_of(rows, DAY + timedelta(days=1))
    assert (found.received, found.answered, found.in_time, found.overdue) == (4, 2, 1, 1)
    assert found.share == Decimal("33.3")


def test_codes_of_two_complaints_differ() -> None:
    assert complaint_code("s", UUID(int=1)) != complaint_code("s", UUID(int=2))
    assert len(complaint_code("s", UUID(int=1))) == 10


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), max_size=12), st.integers(1, 400))
def test_whoever_stands_out_reaches_the_multiple_of_the_median(
    rows: list[tuple[int, int]], times: int
) -> None:
    shares = [Share(f"staff:{n}", min(marked, held), held) for n, (marked, held) in enumerate(rows)]
    found, middle = standing_out(shares, times=times, least=3)
    for each in shares:
        wanted = each.marked > 0 and each.cases >= 3 and each.percent * 100 >= middle * times
        assert (each in found) == wanted


def test_the_median_of_an_even_number_is_between() -> None:
    assert median([Decimal(4), Decimal(1), Decimal(3), Decimal(2)]) == Decimal("2.5")
    assert median([]) == 0


@pytest.mark.parametrize(
    ("day", "hour", "outside"),
    [("2022-05-12", time(10), False), ("2022-05-12", time(8, 59), True), ("2022-05-12", time(17, 31), True),
     ("2022-05-14", time(10), True), ("2022-05-07", time(10), False), ("2022-05-04", time(10), True)],
)  # fmt: skip
def test_opening_hours_know_the_holidays(day: str, hour: time, outside: bool) -> None:
    moment = datetime.combine(date.fromisoformat(day), hour)
    assert outside_hours(moment, packaged_calendar()) == outside


def test_levels_and_limits_are_whole() -> None:
    assert [level.label for level in Level] == ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
    assert all(1 <= each.value <= each.most and each.source for each in LIMITS)
