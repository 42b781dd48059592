"""Numbers as people write them, sums, times, sentences."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.programmes.flow.events import KIND_BY_CODE, KINDS, MEASURE_BY_CODE, Mark
from yichuang.programmes.rules.events import (
    Amount,
    UnreadableNumberError,
    changes,
    read_amount,
    said,
    said_roundly,
    sentence,
    total,
    when,
)

EXACT, OVER, ABOUT = Mark.EXACT, Mark.OVER, Mark.ABOUT


@pytest.mark.parametrize(
    ("typed", "value", "mark"),
    [
        ("52", 52, EXACT), (" 52 ", 52, EXACT), ("６０００余", 6000, OVER), ("50多", 50, OVER), ("约300", 300, ABOUT),
        ("近300", 300, ABOUT), ("约30万", 300_000, ABOUT), ("1.5万", 15_000, EXACT), ("17,075,536", 17_075_536, EXACT),
        ("0", 0, EXACT),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed: str, value: int, mark: Mark) -> None:
    assert read_amount(typed) == Amount(Decimal(value), mark)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "五十",
        "5 0",
        "-3",
        "1,23",
        "7.8",
        "约5余",
        "1e3",
        "9" * 13,
        "99999999999万",
        "52户",
        "=1+1",
        "٣",
        "NaN",
        "1.00001万",
    ],
)
def test_everything_else_is_refused_in_words(typed: str) -> None:
    with pytest.raises(UnreadableNumberError) as caught:
        read_amount(typed)
    assert len(str(caught.value)) > 4


def test_decimals_only_where_the_measure_has_them() -> None:
    assert read_amount("7.8", 1).value == Decimal("7.8")
    with pytest.raises(UnreadableNumberError, match="1 位小数"):
        read_amount("7.85", 1)


@given(st.integers(0, 10**9), st.sampled_from(Mark))
def test_what_is_said_is_read_back(value: int, mark: Mark) -> None:
    amount = Amount(Decimal(value), mark)
    assert read_amount(said(amount, "")) == amount


@given(st.integers(0, 10**7))
def test_a_round_saying_never_says_more_than_there_is(value: int) -> None:
    told = said_roundly(Amount(Decimal(value)), "家")
    amount = read_amount(told.removesuffix("家"))
    assert amount.value <= value
    assert (amount.mark is EXACT) == (amount.value == value)
    assert value < 2 * amount.value or not value


@pytest.mark.parametrize(
    ("value", "told"),
    [(52, "50余家"), (50, "50家"), (19, "19家"), (20, "20家"), (21, "20余家"), (6040, "6000余家")],
)
def test_fifty_two_may_be_said_as_fifty_odd(value: int, told: str) -> None:
    assert said_roundly(Amount(Decimal(value)), "家") == told


@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(Mark)), max_size=8))
def test_a_sum_is_exact_only_when_every_part_is(parts: list[tuple[int, Mark]]) -> None:
    found = total(Amount(Decimal(value), mark) for value, mark in parts)
    assert found.value == sum(value for value, _ in parts)
    assert (found.mark is EXACT) == all(mark is EXACT for _, mark in parts)


@pytest.mark.parametrize(
    ("on", "until", "near", "told"),
    [
        (date(2022, 5, 10), None, "", "5月10日"), (date(2022, 5, 11), date(2022, 5, 13), "", "5月11日至13日"),
        (date(2022, 11, 28), date(2022, 12, 1), "", "11月28日至12月1日"), (None, None, "", "近日"),
        (None, None, "本周", "本周"), (date(2022, 5, 1), date(2022, 5, 1), "", "5月1日"),
        (date(2022, 5, 3), date(2023, 5, 3), "", "5月3日至5月3日"),
    ],
)  # fmt: skip
def test_times_are_said_as_reports_say_them(
    on: date | None, until: date | None, near: str, told: str
) -> None:
    assert when(on, until, near) == told


def test_a_sentence_names_the_department_once() -> None:
    kind, amounts = KIND_BY_CODE["coaching"], {"enterprises": Amount(Decimal(52))}
    told = sentence(kind, "5月10日", "水利厅", "组织申报辅导。", amounts, ["", "反映良好。"])
    assert told == "5月10日，水利厅组织申报辅导，反映良好，服务企业52户。"
    assert sentence(kind, "近日", "水利厅", "水利厅组织辅导", {}) == "近日，水利厅组织辅导。"


def test_kinds_are_sound() -> None:
    assert len(KIND_BY_CODE) == len(KINDS)
    for kind in KINDS:
        codes = [each.code for each in kind.measures] + [one.code for one in kind.texts]
        assert len(codes) == len(set(codes)), kind.code
        assert all(MEASURE_BY_CODE[each.code] == each for each in kind.measures)
        assert all(each.verb for each in kind.measures if each.summed)


def test_changes_name_what_was_added_changed_and_taken_away() -> None:
    assert changes({"甲": "1", "乙": "2"}, {"乙": "3", "丙": "4"}) == [
        ("乙", "2", "3"),
        ("丙", "", "4"),
        ("甲", "1", ""),
    ]
    assert changes({"甲": "1"}, {"甲": "1"}) == []
