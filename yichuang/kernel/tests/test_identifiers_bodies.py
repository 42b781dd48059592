"""Codes of bodies: 统一社会信用代码 (GB 32100) and 组织机构代码 (GB 11714)."""

import json
import timeit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import uscc as stdnum_uscc

from tests.material import shared
from yichuang.kernel.identifiers import org9, uscc
from yichuang.kernel.tests.identifier_strategies import (
    ORGANISATIONS,
    PUBLIC_BODIES,
    capitals,
    credit_codes,
    digits,
    numbers,
    organisation_codes,
)


@pytest.mark.parametrize("code", PUBLIC_BODIES)
def test_codes_of_public_bodies_are_right(code: str) -> None:
    verdict = uscc.check(code)
    assert (verdict.kind, verdict.verdict, verdict.reasons) == ("uscc", "ok", ())
    assert org9.check(verdict.parts["organisation_code"]).is_ok


def test_the_parts_of_a_credit_code() -> None:
    assert uscc.check("12510000MB1C99058D").parts == {
        "registrar": "机构编制",
        "body_type": "事业单位",
        "area_code": "510000",
        "organisation_code": "MB1C99058",
        "check": "D",
    }


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("11510000MB1690541N", "第18位校验码应为 M，实为 N"),
        ("11510000MB1690541m", "第18位为小写字母 m，应为大写 M"),
        ("11510000699166855I", "第18位为I，应为数字或大写字母（不含 I、O、S、V、Z）"),
        ("1151OOOOMB1690541M", "第5位为O，应为数字或大写字母（不含 I、O、S、V、Z）（另有3处）"),
        ("115100A0MB1690541M", "第7位为A，应为数字（登记管理机关行政区划码）"),
        ("1151130000877869M", "长度应为18位，实为17位"),
        ("1111111111111111", "全部16位都是同一字符 1，是占位的假码"),
        ("000000000000000000", "全部18位都是同一字符 0，是占位的假码"),
        ("11510000MB１690541M", "第11位为全角或变体字符「１」，应为半角 1"),
        ("11510000 B1690541M", "第9位为空格，应为数字或大写字母（不含 I、O、S、V、Z）"),
        ("", "代码为空"),
    ],
)
def test_a_wrong_credit_code_is_told_its_place_and_what_should_stand_there(code: str, reason: str) -> None:
    verdict = uscc.check(code)
    assert verdict.verdict == "invalid"
    assert reason in verdict.reasons


def test_an_organisation_code_of_zeros_is_a_dummy_although_its_check_fits() -> None:
    front = "11510000" + "000000000"
    verdict = uscc.check(front + uscc.check_character(front))
    assert verdict.verdict == "invalid"
    assert verdict.reasons == ("第9—17位组织机构代码全部9位都是同一字符 0，是占位的假码",)


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        ("C1510000MB1690541", "第1位登记管理部门代码 C 不在国家标准所列之中"),
        ("94510000MB1690541", "第2位机构类别代码 4 不在“市场监管”所列之中"),
        ("11510000MB1690542", "第9—17位组织机构代码的校验码（第17位）应为 1，实为 2"),
    ],
)
def test_what_the_standard_does_not_list_is_flagged(front: str, reason: str) -> None:
    verdict = uscc.check(front + uscc.check_character(front))
    assert (verdict.verdict, verdict.reasons) == ("flagged", (reason,))


@given(credit_codes())
def test_generated_credit_codes_are_right(code: str) -> None:
    assert uscc.check(code).reasons == ()


@given(credit_codes(), st.integers(0, 17), capitals)
def test_every_single_change_of_a_credit_code_is_caught(code: str, place: int, char: str) -> None:
    assume(code[place] != char)
    assert uscc.check(code[:place] + char + code[place + 1 :]).verdict == "invalid"


@given(credit_codes(), st.integers(0, 16))
def test_every_swap_of_neighbours_in_a_credit_code_is_caught(code: str, place: int) -> None:
    assume(code[place] != code[place + 1])
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert uscc.check(swapped).verdict == "invalid"


@given(numbers(8), st.text(capitals, min_size=9, max_size=9), capitals)
def test_an_independent_implementation_agrees_on_credit_codes(front: str, body: str, last: str) -> None:
    assume(len(set(body)) > 1)
    for check in (last, stdnum_uscc.calc_check_digit(front + body)):
        code = front + body + check
        assert stdnum_uscc.is_valid(code) == (uscc.check(code).verdict != "invalid")


def test_codes_with_a_letter_for_the_registrar_are_right_where_the_other_implementation_refuses_them() -> (
    None
):
    front = "N2510100MF1234567"[:16]
    front += org9.check_character(front[8:])
    code = front + uscc.check_character(front)
    assert uscc.check(code).is_ok
    assert not stdnum_uscc.is_valid(code)


@pytest.mark.parametrize("code", ORGANISATIONS)
def test_organisation_codes_with_and_without_hyphen_are_right(code: str) -> None:
    verdict = org9.check(code)
    assert (verdict.kind, verdict.verdict, verdict.code) == ("org9", "ok", code)
    assert verdict.parts == {"body": code[:8], "check": code[-1]}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("699166854", "第9位校验码应为 5，实为 4"),
        ("45225901-4", "第10位校验码应为 3，实为 4"),
        ("76726532-x", "第10位为小写字母 x，应为大写 X"),
        ("76726532-Y", "第10位为Y，应为数字或 X"),
        ("4522a901-3", "第5位为小写字母 a，应为大写 A"),
        ("0087790701", "长度应为9位，实为10位"),
        ("8282348", "长度应为9位，实为7位"),
        ("000000000", "全部9位都是同一字符 0，是占位的假码"),
        ("00000000-0", "全部9位都是同一字符 0，是占位的假码"),
        ("٣٣٣٣٣٣٣٣٣", "第1位为「٣」（U+0663），应为数字或大写字母（另有8处）"),
    ],
)
def test_a_wrong_organisation_code_is_told_why(code: str, reason: str) -> None:
    verdict = org9.check(code)
    assert (verdict.verdict, verdict.reasons) == ("invalid", (reason,))


@given(organisation_codes(), st.integers(0, 7), digits)
def test_every_single_digit_change_of_an_organisation_code_is_caught(
    code: str, place: int, char: str
) -> None:
    assume(code[place] != char)
    assert org9.check(code[:place] + char + code[place + 1 :]).verdict == "invalid"


@given(organisation_codes(), st.integers(0, 7))
def test_every_swap_of_neighbours_in_an_organisation_code_is_caught(code: str, place: int) -> None:
    # An X moved into the body counts 33 there and not 10: the standard does not promise to catch that swap.
    assume(code[place] != code[place + 1] and code[place + 1] != "X")
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert org9.check(swapped).verdict == "invalid"


def test_the_published_vectors_of_bodies() -> None:
    vectors = json.loads(shared("data/code_test_vectors.json").read_text())
    assert [code for code in vectors["uscc_valid"] if not uscc.check(code).is_ok] == []
    assert [code for code in vectors["uscc_invalid"] if uscc.check(code).verdict != "invalid"] == []
    assert [code for code in vectors["org9_valid"] if not org9.check(code).is_ok] == []
    assert [code for code in vectors["org9_invalid"] if org9.check(code).verdict != "invalid"] == []


def test_a_credit_code_is_judged_in_well_under_a_twentieth_of_a_millisecond() -> None:
    best = min(timeit.repeat(lambda: uscc.check(PUBLIC_BODIES[0]), number=200, repeat=5)) / 200
    assert best < 50e-6
