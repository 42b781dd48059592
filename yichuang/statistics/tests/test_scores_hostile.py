"""Scores against an enemy: weights by SQL, ties, missing data, several who put sets in force, hostile pages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import partial
from itertools import permutations

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases.tests.crowd import together
from yichuang.kernel import sql
from yichuang.kernel.errors import Problem
from yichuang.statistics.flow.scores import Direction
from yichuang.statistics.models import Indicator, IndicatorSet
from yichuang.statistics.queries import scores as queries
from yichuang.statistics.rules.scores import Result, Value, Yardstick, points, ranks, results, total
from yichuang.statistics.tests.test_pages import analyst, browser
from yichuang.statistics.tests.test_scores import put

SUM = "select coalesce(sum(weight), 0)::int from statistics_indicator where indicator_set_id = %(id)s"
ATTACKS = {
    "more": "update statistics_indicator set weight = weight + 1 where code = 'guides'",
    "less": "update statistics_indicator set weight = weight - 1 where code = 'guides'",
    "all": "update statistics_indicator set weight = weight + 1",
    "deleted": "delete from statistics_indicator where code = 'guides'",
    "zero": "update statistics_indicator set weight = 0 where code = 'guides'",
    "beyond": "update statistics_indicator set weight = 101 where code = 'guides'",
    "added": "insert into statistics_indicator select (jsonb_populate_record(null::statistics_indicator, to_jsonb(i) || "
    "jsonb_build_object('id', gen_random_uuid(), 'code', 'another'))).* from statistics_indicator i where code = 'guides'",
    "doubled": "insert into statistics_indicator select (jsonb_populate_record(null::statistics_indicator, to_jsonb(i) || "
    "jsonb_build_object('id', gen_random_uuid()))).* from statistics_indicator i where code = 'guides'",
    "no way up": "update statistics_indicator set full_value = zero_value where code = 'guides'",
    "wordless": "update statistics_indicator set label = '' where code = 'guides'",
}


@pytest.mark.parametrize("name", list(ATTACKS))
def test_weights_by_sql_never_leave_a_hundred(committed: dict[str, str], name: str) -> None:
    made = put()
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute(ATTACKS[name])
    assert sql.one(SUM, {"id": made.pk}) == (100,)


def test_weights_may_pass_from_one_to_another_within_a_transaction(committed: dict[str, str]) -> None:
    """The end of the transaction counts, not each statement: else no set could be written row by row."""
    made = put()
    first, second = [row.code for row in Indicator.objects.filter(indicator_set=made).order_by("-weight")[:2]]
    with transaction.atomic():
        sql.execute(
            "update statistics_indicator set weight = weight - 3 where code = %(code)s", {"code": first}
        )
        sql.execute(
            "update statistics_indicator set weight = weight + 3 where code = %(code)s", {"code": second}
        )
    assert sql.one(SUM, {"id": made.pk}) == (100,)


def test_moving_a_row_to_another_set_is_refused_for_the_set_that_gets_it(committed: dict[str, str]) -> None:
    put()
    other = put(day=date(2022, 7, 1), key="set-two")
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute(
            "update statistics_indicator set indicator_set_id = %(id)s, code = 'moved' where code = 'guides' "
            "and indicator_set_id <> %(id)s",
            {"id": other.pk},
        )
    assert sql.one(SUM, {"id": other.pk}) == (100,)


def test_two_sets_for_one_day_at_once_are_one(committed: dict[str, str]) -> None:
    works: list[Callable[[], object]] = [partial(put, None, date(2022, 7, 1), f"key-{n}") for n in range(4)]
    answers = together(works)
    assert len([one for one in answers if isinstance(one, IndicatorSet)]) == 1
    assert all(isinstance(one, IndicatorSet | Problem) for one in answers), answers
    assert (IndicatorSet.objects.count(), sql.one("select sum(weight)::int from statistics_indicator")) == (
        1,
        (100,),
    )


# Places.

TOTALS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.none() | st.decimals(0, 100, places=2, allow_nan=False, allow_infinity=False),
    max_size=12,
)


@given(TOTALS)
def test_equals_share_a_place_and_the_next_is_left_out(totals: dict[str, Decimal | None]) -> None:
    found = ranks(totals)
    scored = sorted((value for value in totals.values() if value is not None), reverse=True)
    for key, value in totals.items():
        assert (key in found) == (value is not None)
        if value is not None:
            assert found[key] == scored.index(value) + 1
    for one in found:
        for other in found:
            first, second = totals[one], totals[other]
            assert first is not None
            assert second is not None
            assert (found[one] == found[other]) == (first == second)
            assert (found[one] < found[other]) == (first > second)


def test_ties_in_every_order() -> None:
    rows = [("a", Decimal("90.00")), ("b", Decimal("90.00")), ("c", Decimal("80")), ("d", None)]
    for order in permutations(rows):
        assert ranks(dict(order)) == {"a": 1, "b": 1, "c": 3}


def yardstick(number: int, weight: int, direction: Direction = Direction.HIGHER) -> Yardstick:
    full, zero = (Decimal(100), Decimal(0)) if direction == Direction.HIGHER else (Decimal(0), Decimal(100))
    return Yardstick(f"i{number}", f"指标{number}", "%", weight, direction, full, zero, full)


WEIGHTS = st.lists(st.integers(1, 40), min_size=1, max_size=8)
VALUES = st.lists(
    st.none() | st.decimals(-50, 150, places=2, allow_nan=False, allow_infinity=False), min_size=8, max_size=8
)


@given(WEIGHTS, VALUES, st.sampled_from(list(Direction)))
def test_what_is_missing_is_left_out_and_the_rest_counts_for_the_whole(
    weights: list[int], values: list[Decimal | None], direction: Direction
) -> None:
    sticks = [yardstick(number, weight, direction) for number, weight in enumerate(weights)]
    given_values = {
        stick.code: Value(value) for stick, value in zip(sticks, values, strict=False) if value is not None
    }
    found = results(sticks, given_values)
    whole = sum(stick.weight for stick in sticks if stick.code in given_values)
    score = total(found)
    if not whole:
        assert score is None
        return
    assert score is not None
    assert Decimal(0) <= score <= Decimal(100)
    earned = sum((Fraction(row.points) for row in found if row.points is not None), Fraction(0))
    # Half up by whole numbers.
    assert score == Decimal((earned * 10_000 / whole + Fraction(1, 2)).__floor__()).scaleb(-2)
    assert all(row.lost == 0 for row in found if row.value is None)


@given(st.decimals(-50, 150, places=2, allow_nan=False, allow_infinity=False), st.integers(1, 100))
def test_points_lie_between_none_and_all_and_rise_with_the_value(value: Decimal, weight: int) -> None:
    higher, lower = yardstick(1, weight), yardstick(1, weight, Direction.LOWER)
    for stick in (higher, lower):
        assert 0 <= points(stick, value) <= weight
    assert points(higher, value) <= points(higher, value + 1)
    assert points(lower, value) >= points(lower, value + 1)
    bounded = min(max(value, Decimal(0)), Decimal(100))
    assert points(higher, value) == (weight * bounded / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_a_full_score_of_what_applies_is_a_hundred_whatever_is_missing() -> None:
    sticks = [yardstick(number, weight) for number, weight in enumerate((50, 30, 20))]
    for present in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
        found = results(sticks, {f"i{number}": Value(Decimal(100)) for number in present})
        assert total(found) == Decimal(100)
    assert total([Result(stick, None) for stick in sticks]) is None
    assert total([]) is None


# Pages.

EVIL = (
    "<script>alert(1)</script>",
    "'; drop table x; --",
    "2022-02-30",
    "99999-12-31",
    "-1",
    "\x00",
    "a" * 4_000,
    "0001-01-01",
)


@pytest.mark.django_db
@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
@pytest.mark.parametrize("path", ["scores", "scores.csv", "balance", "balance.csv", "efficiency"])
def test_no_question_is_a_fault(path: str, evil: str) -> None:
    answer = browser(analyst()).get(
        f"/desk/figures/{path}", {"first": evil, "last": evil, "department": evil, "item": evil}
    )
    assert answer.status_code in (200, 404, 422)
    assert b"<script>alert" not in b"".join(answer)


@pytest.mark.django_db
def test_without_any_set_the_page_says_so() -> None:
    assert queries.set_in_force(date(2022, 5, 1)) is None
    answer = browser(analyst()).get("/desk/figures/scores")
    assert answer.status_code == 200
    assert all(
        row.total is None
        for row in queries.scores(date(2022, 5, 1), date(2022, 5, 31), by=analyst()).standings
    )


@pytest.mark.django_db
def test_a_set_of_other_weights_changes_no_result_of_before() -> None:
    old = put()
    before = queries.yardsticks_of(old)
    rows = [replace(row, weight=row.weight + {"guides": 1, "manuals": -1}.get(row.code, 0)) for row in before]
    put(rows, date(2022, 6, 1), "set-two")
    assert queries.yardsticks_of(queries.set_in_force(date(2022, 5, 31))) == before
