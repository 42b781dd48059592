"""居民身份证 (GB 11643) and the permits of its form. Every number here is made up."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import ric as stdnum_ric

from yichuang.kernel.identifiers import resident_id
from yichuang.kernel.tests.identifier_strategies import (
    FICTIONAL_DIVISION,
    digits,
    resident_number,
    resident_numbers,
)

BORN = date(1990, 1, 31)


@pytest.mark.parametrize(
    ("area", "sequence", "expected"),
    [
        ("510199", "001", {"document": "居民身份证", "area_code": "510199", "sex": "男"}),
        ("810000", "012", {"document": "港澳居民居住证（香港）", "area_code": "810000", "sex": "女"}),
        ("820000", "013", {"document": "港澳居民居住证（澳门）", "area_code": "820000", "sex": "男"}),
        ("830000", "014", {"document": "台湾居民居住证", "area_code": "830000", "sex": "女"}),
        ("951999", "015", {"document": "外国人永久居留身份证", "province": "51", "nationality": "999"}),
    ],
)
def test_each_document_of_the_form_is_told_apart(area: str, sequence: str, expected: dict[str, str]) -> None:
    verdict = resident_id.check(resident_number(area, BORN, sequence))
    assert (verdict.verdict, verdict.reasons) == ("ok", ())
    assert verdict.parts["birth_date"] == "1990-01-31"
    assert expected.items() <= verdict.parts.items()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (FICTIONAL_DIVISION + "199002300017", "第7—14位出生日期 19900230 不是合理的日期"),
        (FICTIONAL_DIVISION + "000001010017", "第7—14位出生日期 00000101 不是合理的日期"),
        (FICTIONAL_DIVISION + "187912310017", "第7—14位出生日期 18791231 不是合理的日期"),
        (FICTIONAL_DIVISION + "210101010017", "第7—14位出生日期 21010101 不是合理的日期"),
        (FICTIONAL_DIVISION + "19900131001", "长度应为18位，实为17位"),
        (FICTIONAL_DIVISION + "19900131001x", "第18位为小写字母 x，应为大写 X"),
        (FICTIONAL_DIVISION + "1990013100X1", "第17位为X，应为数字"),
        (FICTIONAL_DIVISION + "900131001", "15位是2013年起停用的第一代身份证号"),
        (FICTIONAL_DIVISION + "1990013100１1", "第17位为全角或变体字符「１」，应为半角 1"),
    ],
)
def test_a_wrong_number_is_told_why(code: str, reason: str) -> None:
    verdict = resident_id.check(code)
    assert verdict.verdict == "invalid"
    assert reason in verdict.reasons


def test_the_right_check_digit_is_named() -> None:
    right = resident_number(FICTIONAL_DIVISION, BORN, "001")
    wrong = "0" if right[17] != "0" else "1"
    verdict = resident_id.check(right[:17] + wrong)
    assert verdict.reasons == (f"第18位校验码应为 {right[17]}，实为 {wrong}",)


def test_the_check_digit_may_be_an_x() -> None:
    codes = [resident_number(FICTIONAL_DIVISION, BORN, f"{n:03}") for n in range(100)]
    ending_in_x = [code for code in codes if code.endswith("X")]
    assert ending_in_x
    assert all(resident_id.check(code).is_ok for code in ending_in_x)


def test_nobody_is_born_after_today() -> None:
    today = date(2022, 5, 13)
    tomorrows = resident_number(FICTIONAL_DIVISION, today + timedelta(days=1), "001")
    todays = resident_number(FICTIONAL_DIVISION, today, "001")
    assert resident_id.check(tomorrows, today).reasons == ("第7—14位出生日期 2022-05-14 晚于今天",)
    assert resident_id.check(todays, today).is_ok
    assert resident_id.check(tomorrows).is_ok


def test_a_leap_day_must_exist() -> None:
    assert resident_id.birth_date("20000229") == date(2000, 2, 29)
    assert resident_id.birth_date("19000229") is None


def test_an_unknown_province_is_flagged() -> None:
    verdict = resident_id.check(resident_number("390101", BORN, "001"))
    assert (verdict.verdict, verdict.reasons) == ("flagged", ("第1—2位 39 不是省级行政区划代码",))
    foreign = resident_id.check(resident_number("939001", BORN, "001"))
    assert (foreign.verdict, foreign.reasons) == ("flagged", ("第2—3位 39 不是省级行政区划代码",))


@given(resident_numbers())
def test_generated_numbers_are_right_and_agree_with_an_independent_check_digit(code: str) -> None:
    assert resident_id.check(code).reasons == ()
    assert stdnum_ric.calc_check_digit(code) == code[17]


@given(resident_numbers(), st.integers(0, 16), digits)
def test_every_single_digit_change_is_caught(code: str, place: int, digit: str) -> None:
    assume(code[place] != digit)
    assert resident_id.check(code[:place] + digit + code[place + 1 :]).verdict == "invalid"


@given(resident_numbers(), st.integers(0, 16))
def test_every_swap_of_neighbours_is_caught(code: str, place: int) -> None:
    assume(code[place] != code[place + 1])
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert resident_id.check(swapped).verdict == "invalid"
