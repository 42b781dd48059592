"""Printed numbers and days: exact values, the last printed place, years that are not printed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.reports.rules.reading.dates import (
    FULL_DATE,
    RANGE,
    SPAN_IN_TEXT,
    Span,
    full_date,
    make_date,
    nearest,
    resolve,
    span,
)
from yichuang.reports.rules.reading.numerals import NUMBER, Amount, amount, chinese_int, rounded_to


def first(text: str) -> tuple[Amount | None, str | None]:
    found = NUMBER.search(text)
    assert found is not None
    return amount(found), found["unit"]


@pytest.mark.parametrize(
    ("printed", "value", "place", "unit"),
    [
        ("受理369861件", "369861", "1", "件"),
        ("受理369,861件", "369861", "1", "件"),
        ("受理12.3万件", "123000", "1000", "件"),
        ("交易45.67亿元", "4567000000", "1000000", "元"),
        ("收入1.2万亿元", "1200000000000", "100000000000", "元"),
        ("办理1亿2345万件", "123450000", "10000", "件"),
        ("办理12万3456件", "123456", "1", "件"),
        ("接待5千人次", "5000", "1000", "人次"),
        ("办结率98.50%", "98.50", "0.01", "%"),
        ("提高0.2个百分点", "0.2", "0.1", "个百分点"),
        ("用时7.8个工作日", "7.8", "0.1", "个工作日"),
        ("评价总数20000", "20000", "1", None),
    ],
)
def test_numbers_are_exact(printed: str, value: str, place: str, unit: str | None) -> None:
    found, printed_unit = first(printed)
    assert found is not None
    assert (found.value, found.place, printed_unit) == (Decimal(value), Decimal(place), unit)
    assert not found.approximate


@pytest.mark.parametrize(
    "printed", ["6000余人次", "50 余家".replace(" ", ""), "12万余件", "10余万件", "300多件"]
)
def test_about_is_kept_as_about(printed: str) -> None:
    found, unit = first(printed)
    assert found is not None
    assert found.approximate
    assert unit is not None


@pytest.mark.parametrize("text", ["S1演播厅", "第54号", "〔2022〕", "7×24小时"])
def test_names_and_ordinals_are_no_numbers(text: str) -> None:
    assert all(found["parts"] not in {"1", "54", "2022", "24"} for found in NUMBER.finditer(text))


def test_a_number_that_no_count_can_reach_is_left_alone() -> None:
    assert first("受理" + "9" * 16 + "件")[0] is None
    assert first("受理" + "9" * 15 + "件")[0] is not None


@given(st.integers(0, 10**12))
def test_every_whole_number_survives_with_and_without_thousands(value: int) -> None:
    for printed in (f"{value}件", f"{value:,}件"):
        found, _ = first(printed)
        assert found is not None
        assert found.value == value
        assert not found.rounded


@given(st.integers(1, 10**8), st.integers(0, 4))
def test_ten_thousands_are_expanded_without_loss(units: int, places: int) -> None:
    printed = Decimal(units).scaleb(-places)
    found, _ = first(f"{printed:f}万件")
    assert found is not None
    assert found.value == printed * 10000


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("十二", 12), ("二十", 20), ("一百零五", 105), ("三百二十一", 321), ("二〇二二", 2022), ("八十", 80), ("", None), ("甲", None)],
)  # fmt: skip
def test_chinese_numerals(text: str, value: int | None) -> None:
    assert chinese_int(text) == value


@given(st.integers(1, 999))
def test_chinese_numerals_come_back(value: int) -> None:
    hundreds, tens, ones = value // 100, value // 10 % 10, value % 10
    signs = "零一二三四五六七八九"
    text = (f"{signs[hundreds]}百" if hundreds else "") + (
        f"{signs[tens]}十" if tens else "零" * bool(hundreds and ones)
    )
    assert chinese_int(text + (signs[ones] if ones else "")) == value


@pytest.mark.parametrize(
    ("value", "place", "rounded"),
    [("98.4651", "0.1", "98.5"), ("98.45", "0.1", "98.5"), ("12349", "100", "12300")],
)
def test_rounding_is_half_up_in_the_printed_place(value: str, place: str, rounded: str) -> None:
    assert rounded_to(Decimal(value), Decimal(place)) == Decimal(rounded)


@pytest.mark.parametrize(
    "printed",
    ["2024年3月5日", "2024.3.5", "2024-03-05", "2024/3/5", "二〇二四年三月五日", "20243月5日", "2024年3月5"],
)
def test_days_in_every_print(printed: str) -> None:
    found = FULL_DATE.search(printed)
    assert found is not None
    assert full_date(found) == date(2024, 3, 5)


def test_a_day_that_does_not_exist_is_no_day() -> None:
    found = FULL_DATE.search("2023年2月30日")
    assert found is not None
    assert full_date(found) is None
    assert make_date(2023, None, 1) is None


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("5月5日—5月13日", Span((None, 5, 5), (None, 5, 13))),
        ("5月9日-13日", Span((None, 5, 9), (None, 5, 13))),
        ("5月9日至5月13日", Span((None, 5, 9), (None, 5, 13))),
        ("2022年12月26日—2023年1月2日", Span((2022, 12, 26), (2023, 1, 2))),
        ("2024.12.30—2025.1.5", Span((2024, 12, 30), (2025, 1, 5))),
        ("2024-03-04至2024-03-10", Span((2024, 3, 4), (2024, 3, 10))),
        ("5.9—5.13", Span((None, 5, 9), (None, 5, 13))),
    ],
)
def test_spans_in_every_print(printed: str, expected: Span) -> None:
    found = RANGE.search(printed)
    assert found is not None
    assert span(found) == expected


@pytest.mark.parametrize("text", ["2022-5-13", "2022年5月20日", "提升1.5-2.3%", "第3-5页"])
def test_one_day_and_pairs_of_figures_are_no_span(text: str) -> None:
    assert RANGE.search(text) is None
    assert SPAN_IN_TEXT.search(text) is None


WEEK_OF_DECEMBER = Span((None, 12, 26), (None, 12, 31))
OVER_NEW_YEAR = Span((None, 12, 26), (None, 1, 2))


@pytest.mark.parametrize(
    ("printed", "year", "issued_on", "number", "expected"),
    [
        (OVER_NEW_YEAR, 2023, date(2023, 1, 9), 1, (date(2022, 12, 26), date(2023, 1, 2))),
        (OVER_NEW_YEAR, 2022, None, 45, (date(2022, 12, 26), date(2023, 1, 2))),
        (OVER_NEW_YEAR, 2023, None, 1, (date(2022, 12, 26), date(2023, 1, 2))),
        (WEEK_OF_DECEMBER, 2022, date(2023, 1, 9), 45, (date(2022, 12, 26), date(2022, 12, 31))),
        (WEEK_OF_DECEMBER, 2022, None, 45, (date(2022, 12, 26), date(2022, 12, 31))),
        (
            Span((None, 5, 5), (None, 5, 13)),
            2022,
            date(2022, 5, 12),
            14,
            (date(2022, 5, 5), date(2022, 5, 13)),
        ),
        (Span((2021, 12, 30), (None, 1, 3)), None, None, None, (date(2021, 12, 30), date(2022, 1, 3))),
        (Span((None, 2, 27), (None, 2, 30)), 2022, None, 8, None),
        (Span((None, 5, 5), (None, 5, 13)), None, None, None, None),
        (Span((2022, 5, 13), (2022, 5, 5)), 2022, None, None, None),
    ],
)
def test_the_year_of_a_span_comes_from_the_issue(
    printed: Span,
    year: int | None,
    issued_on: date | None,
    number: int | None,
    expected: tuple[date, date] | None,
) -> None:
    assert resolve(printed, year, issued_on, number) == expected


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(-170, 170))
def test_a_day_of_the_last_half_year_finds_its_year(to: date, offset: int) -> None:
    day = date.fromordinal(to.toordinal() + offset)
    found = nearest(day.month, day.day, to)
    assert found is not None
    assert found == day or (day.month, day.day) == (2, 29) or abs((found - to).days) <= abs(offset)
