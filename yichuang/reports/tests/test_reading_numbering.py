"""Numbers of issues, and totals that must not fall within a year."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.reports.rules.numbering import PROVINCIAL_CENTRE, Fall, Total, check_monotone, total_number
from yichuang.reports.rules.reading import read_report

DAY = date(2023, 1, 1)


@pytest.mark.parametrize(
    ("year", "number", "total"),
    [(2022, 14, 389), (2022, 24, 399), (2022, 29, 404), (2022, 39, 414), (2023, 44, 464)],
)
def test_the_published_issues(year: int, number: int, total: int) -> None:
    assert total_number(year, number) == total


def test_no_number_is_guessed() -> None:
    with pytest.raises(KeyError, match="2031"):
        total_number(2031, 1)
    with pytest.raises(ValueError, match="从 1 起"):
        total_number(2022, 0)
    assert total_number(2031, 5, {2031: 900}) == 905


def total(day: int, value: int, kind: str = "行政许可", measure: str = "受理", year: int = 2023) -> Total:
    return Total(date(year, 1, day), kind, measure, Decimal(value))


def test_a_fall_is_found_whatever_the_order() -> None:
    high, low = total(5, 200), total(9, 150)
    assert check_monotone([low, total(1, 100), high]) == [Fall(high, low)]


def test_other_years_types_and_measures_are_not_compared() -> None:
    assert check_monotone([total(5, 200), total(6, 1, year=2024)]) == []
    assert check_monotone([total(5, 200), total(6, 1, "公共服务"), total(7, 2, measure="办结")]) == []


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=31))
def test_sorted_totals_never_fall_and_every_fall_is_real(values: list[int]) -> None:
    assert check_monotone([total(day, value) for day, value in enumerate(sorted(values), start=1)]) == []
    falls = check_monotone([total(day, value) for day, value in enumerate(values, start=1)])
    assert len(falls) == sum(later < earlier for earlier, later in pairwise(values))


def issue(number: int, total_printed: int, issuer: str = PROVINCIAL_CENTRE) -> str:
    return f"窗口工作周报\n2022年第{number}期（总第{total_printed}期）\n{issuer}\n2022年5月20日\n一、动态\n近日，窗口整理了资料。\n"


def test_a_total_number_that_does_not_follow_is_told() -> None:
    (found,) = read_report(issue(14, 390)).disagreements
    assert (int(found.stated), int(found.computed)) == (390, 389)
    assert "总第390期" in found.sentence


def test_right_numbers_and_other_centres_agree() -> None:
    assert read_report(issue(14, 389)).disagreements == ()
    assert read_report(issue(14, 390, "示例市政务服务中心")).disagreements == ()
