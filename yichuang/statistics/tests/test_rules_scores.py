"""The arithmetic of the score: weights, points, places, and what would raise them."""

import random
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.statistics.flow.scores import FULL_MARK, MOST_INDICATORS, SCORE_MEASURE, Direction
from yichuang.statistics.queries.scores import packaged_yardsticks
from yichuang.statistics.rules import scores as rules
from yichuang.statistics.rules.scores import Result, Value, Yardstick

SHARE = Yardstick(
    "early_share",
    "提前办结率",
    "%",
    20,
    Direction.HIGHER,
    Decimal(100),
    Decimal(50),
    Decimal(90),
    "early_share",
)
FAULTS = Yardstick(
    "data_faults", "数据质量差错", "条", 5, Direction.LOWER, Decimal(0), Decimal(20), Decimal(5)
)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("100", "20.00"), ("120", "20.00"), ("75", "10.00"), ("66.67", "6.67"), ("50", "0.00"), ("0", "0.00")],
)
def test_points_lie_between_none_and_all_in_proportion(value: str, wanted: str) -> None:
    assert rules.points(SHARE, Decimal(value)) == Decimal(wanted)


def test_where_less_is_better() -> None:
    assert [rules.points(FAULTS, Decimal(n)) for n in (0, 5, 20, 90)] == [
        Decimal("5.00"), Decimal("3.75"), Decimal("0.00"), Decimal("0.00"),
    ]  # fmt: skip
    assert FAULTS.meets(Decimal(5))
    assert not FAULTS.meets(Decimal(6))
    assert SHARE.meets(Decimal(90))
    assert not SHARE.meets(Decimal("89.99"))


def values() -> st.SearchStrategy[Decimal]:
    return st.integers(0, 12_000).map(lambda n: Decimal(n) / 100)


@given(values(), values())
def test_better_never_earns_less(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    assert rules.points(SHARE, low) <= rules.points(SHARE, high)
    assert rules.points(FAULTS, low) >= rules.points(FAULTS, high)
    for each in (SHARE, FAULTS):
        assert 0 <= rules.points(each, one) <= each.weight


def sets() -> st.SearchStrategy[list[Yardstick]]:
    """Sets whose weights come to a hundred, cut at random places."""

    def cut(places: list[int]) -> list[Yardstick]:
        edges = [0, *sorted(set(places)), FULL_MARK]
        return [
            Yardstick(
                f"i{n}", f"指标{n}", "%", b - a, Direction.HIGHER, Decimal(100), Decimal(0), Decimal(80)
            )
            for n, (a, b) in enumerate(pairwise(edges))
        ]

    return st.lists(st.integers(1, FULL_MARK - 1), max_size=MOST_INDICATORS - 1).map(cut)


@given(sets(), st.data())
def test_the_total_is_out_of_a_hundred_and_weights_sum_to_it(
    found: list[Yardstick], data: st.DataObject
) -> None:
    assert rules.faults(found) == {}
    assert sum(each.weight for each in found) == FULL_MARK
    given_values = {each.code: Value(data.draw(values())) for each in found if data.draw(st.booleans())}
    results = rules.results(found, given_values)
    total = rules.total(results)
    if not given_values:
        assert total is None
        assert rules.advice(results) is None
        return
    assert total is not None
    assert 0 <= total <= FULL_MARK
    full = rules.results(found, {code: Value(Decimal(100)) for code in given_values})
    assert rules.total(full) == FULL_MARK
    for each in results:
        assert each.lost == (0 if each.points is None else each.yardstick.weight - each.points)


@given(sets(), st.integers(-50, 50).filter(bool))
def test_weights_that_do_not_sum_to_a_hundred_are_refused(found: list[Yardstick], off: int) -> None:
    first = found[0]
    wrong = [
        Yardstick(
            first.code,
            first.label,
            "%",
            first.weight + off,
            Direction.HIGHER,
            Decimal(1),
            Decimal(0),
            Decimal(1),
        ),
        *found[1:],
    ]
    assert f"现在是 {FULL_MARK + off}" in rules.faults(wrong)[""]


@given(
    st.dictionaries(st.text("abcdef", min_size=1), st.none() | st.integers(0, 50).map(Decimal), max_size=12)
)
def test_ranks_follow_the_totals_whatever_the_order(totals: dict[str, Decimal | None]) -> None:
    places = rules.ranks(totals)
    assert set(places) == {key for key, value in totals.items() if value is not None}
    shuffled = dict(random.Random(1).sample(list(totals.items()), len(totals)))
    assert rules.ranks(shuffled) == places
    for key, place in places.items():
        mine = totals[key]
        assert mine is not None
        better = [value for value in totals.values() if value is not None and value > mine]
        assert place == len(better) + 1
        for other, its in places.items():
            value = totals[other]
            assert value is not None
            assert (place < its) == (mine > value)
            assert (place == its) == (mine == value)
    if places:
        assert min(places.values()) == 1
    raised = {key: (value + 1 if value is not None else None) for key, value in totals.items()}
    assert rules.ranks(raised) == places


@given(st.integers(1, 500), st.integers(0, 500))
def test_the_missing_pieces_give_full_points_and_one_less_does_not(whole: int, part: int) -> None:
    part = min(part, whole)
    yardstick = Yardstick(
        "instant_share",
        "即办率",
        "%",
        10,
        Direction.HIGHER,
        Decimal(60),
        Decimal(0),
        Decimal(30),
        "instant_share",
    )
    value = rules.of_counts(part, whole)
    found = Result(yardstick, value)
    if not found.lost:
        assert found.missing is None
        return
    missing = found.missing
    assert isinstance(missing, int)
    assert missing >= 1
    assert (part + missing) * 100 >= 60 * whole
    assert (part + missing - 1) * 100 < 60 * whole


def test_the_advice_names_the_indicator_that_loses_most() -> None:
    found = rules.results(
        (SHARE, FAULTS), {"early_share": Value(Decimal(80), 8, 10), "data_faults": Value(Decimal(15))}
    )
    worst = rules.advice(found)
    assert worst is found[0]
    assert (
        rules.advice_words(worst)
        == "失分最多的是“提前办结率”，失 8.00 分：再有 2 件提前办结，这一项即得满分。"
    )
    entered = rules.results(
        (SHARE, FAULTS), {"early_share": Value(Decimal(100), 9, 9), "data_faults": Value(Decimal(15))}
    )
    assert (
        rules.advice_words(rules.advice(entered))
        == "失分最多的是“数据质量差错”，失 3.75 分：再减少 15 条，这一项即得满分。"
    )
    full = rules.results((FAULTS,), {"data_faults": Value(Decimal(0))})
    assert rules.advice_words(rules.advice(full)) == "各项指标已得满分。"
    assert rules.of_counts(0, 0) is None


def test_the_packaged_set_is_sound() -> None:
    found = packaged_yardsticks()
    assert rules.faults(found) == {}
    assert {each.measure for each in found} - {""} <= set(SCORE_MEASURE)


def test_every_fault_of_a_row_is_told() -> None:
    bad = Yardstick("x", "", "", 0, Direction.HIGHER, Decimal(1), Decimal(1), Decimal(1), "no such")
    assert set(rules.faults([bad, bad])) == {
        "weight-0", "label-0", "unit-0", "full_value-0", "measure-0", "weight-1", "label-1", "unit-1", "full_value-1",
        "measure-1", "",
    }  # fmt: skip
    assert "1 至 20 个" in rules.faults([])[""]


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        (date(2022, 5, 1), date(2022, 5, 31), (date(2022, 4, 1), date(2022, 4, 30))),
        (date(2022, 3, 1), date(2022, 3, 31), (date(2022, 2, 1), date(2022, 2, 28))),
        (date(2022, 5, 9), date(2022, 5, 15), (date(2022, 5, 2), date(2022, 5, 8))),
        (date(2022, 5, 1), date(2022, 5, 1), (date(2022, 4, 30), date(2022, 4, 30))),
    ],
)
def test_the_former_period(first: date, last: date, wanted: tuple[date, date]) -> None:
    assert rules.former_period(first, last) == wanted


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_the_former_period_ends_where_this_one_begins(first: date, length: int) -> None:
    before, end = rules.former_period(first, first + timedelta(days=length))
    assert end + timedelta(days=1) == first
    assert before <= end
