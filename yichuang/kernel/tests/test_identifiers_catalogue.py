"""基本编码 12, 实施编码 31, 业务办理项编码 33."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.material import shared
from yichuang.kernel.identifiers import catalog12, handle33, impl31
from yichuang.kernel.tests.identifier_strategies import (
    PUBLIC_BODIES,
    catalogue_codes,
    credit_codes,
    numbers,
)

BODY = PUBLIC_BODIES[0]
ITEM = "000119104003"


def test_the_parts_of_a_catalogue_code() -> None:
    assert catalog12.check("000164213003").parts == {
        "scope": "00",
        "scope_name": "全国",
        "task_type": "01",
        "task_type_name": "行政许可",
        "department_group": "64",
        "sequence": "213",
        "main_item": "64213",
        "sub_item": "003",
    }


@pytest.mark.parametrize("code", ["00016421300Y", "000164213003", "001019009000", "440116006001", ITEM])
def test_catalogue_codes_in_use_are_right(code: str) -> None:
    assert catalog12.check(code).reasons == ()


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        ("00016421300y", "invalid", "第12位为小写字母 y，应为大写 Y"),
        ("00016421300X", "invalid", "第12位为X，应为三位数字或 00Y"),
        ("00016421301Y", "invalid", "第12位为Y，应为三位数字或 00Y"),
        ("0001A4213003", "invalid", "第5位为A，应为数字"),
        ("00016421300", "invalid", "长度应为12位，实为11位"),
        ("222222222222", "invalid", "全部12位都是同一字符 2，是占位的假码"),
        ("００0164213003", "invalid", "第1位为全角或变体字符「０」，应为半角 0（另有1处）"),
        ("003064213003", "flagged", "第3—4位事项类型 30 不在国家标准所列之中，属地方扩展"),
        ("001164213003", "flagged", "第3—4位事项类型 11 不在国家标准所列之中，属地方扩展"),
        ("000064213003", "flagged", "第3—4位事项类型 00 是“行政权力”大类，不是具体类型"),
        ("990164213003", "flagged", "第1—2位 99 既不是 00（全国）也不是省级行政区划代码"),
        ("511A64031001", "flagged", "是四川目录编码（51 加数字和字母），属地方扩展，不是全国统一的基本编码"),
    ],
)
def test_a_catalogue_code_that_is_not_plainly_right(code: str, verdict: str, reason: str) -> None:
    judged = catalog12.check(code)
    assert (judged.verdict, judged.reasons) == (verdict, (reason,))


@given(catalogue_codes())
def test_generated_catalogue_codes_are_right(code: str) -> None:
    assert catalog12.check(code).reasons == ()


def test_the_parts_of_an_implementation_code() -> None:
    assert impl31.check(f"{BODY}2{ITEM}").parts == {
        "org": BODY,
        "level": "2",
        "level_name": "省级",
        "catalog": ITEM,
        "scope": "00",
        "task_type": "01",
        "task_type_name": "行政许可",
        "sub_item": "003",
    }


@given(credit_codes(), st.sampled_from("1234567"), catalogue_codes(), numbers(2))
def test_generated_codes_are_right_at_every_level(body: str, level: str, item: str, variant: str) -> None:
    assert impl31.check(body + level + item).reasons == ()
    verdict = handle33.check(body + level + item + variant)
    assert verdict.parts["variant"] == variant
    assert verdict.verdict == ("flagged" if variant == "00" else "ok")


@pytest.mark.parametrize("level", ["0", "8", "9", "A"])
def test_a_level_outside_one_to_seven_is_wrong(level: str) -> None:
    verdict = impl31.check(BODY + level + ITEM)
    assert (verdict.verdict, verdict.reasons) == ("invalid", (f"第19位行使层级应为 1—7，实为 {level}",))


def test_an_enterprise_may_implement_a_public_service() -> None:
    front = "91510100MB1690541"
    assert impl31.check(front + catalog_check(front) + "3" + "002064213000").is_ok


def catalog_check(front: str) -> str:
    """The check character of a credit code, by the definition in GB 32100 and not by the code under test."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(char) * 3**i for i, char in enumerate(front))
    return next(char for i, char in enumerate(alphabet) if (total + i) % 31 == 0)


@pytest.mark.parametrize(
    ("code", "reasons"),
    [
        (f"{BODY[:17]}N2{ITEM}", ("第18位校验码应为 M，实为 N",)),
        (f"{BODY}20001I9104003", ("第24位为I，应为数字",)),
        (f"{BODY}2000119104a03", ("第29位为小写字母 a，应为大写 A",)),
        (f"{BODY}2{'0' * 12}", ("第20—31位全部12位都是同一字符 0，是占位的假码",)),
        (f"{'1' * 18}2{ITEM}", ("第1—18位全部18位都是同一字符 1，是占位的假码",)),
        (f"{BODY}2{ITEM}1234", ("长度应为31或30位，实为35位",)),
    ],
)
def test_a_wrong_implementation_code_is_told_the_place_in_the_whole_code(
    code: str, reasons: tuple[str, ...]
) -> None:
    verdict = impl31.check(code)
    assert (verdict.verdict, verdict.reasons) == ("invalid", reasons)


def test_codes_without_the_level_are_flagged_and_cut() -> None:
    short = impl31.check("12100000000133057R001019009000")
    assert (short.verdict, short.reasons) == ("flagged", ("共30位，缺第19位行使层级（应为31位）",))
    assert short.parts["catalog"] == "001019009000"
    assert "level" not in short.parts
    handling = handle33.check("12100000000133057R00101900900001")
    assert (handling.verdict, handling.reasons) == ("flagged", ("共32位，缺第19位行使层级（应为33位）",))
    assert handling.parts["variant"] == "01"


def test_an_unknown_type_inside_a_longer_code_is_flagged_at_its_place() -> None:
    verdict = handle33.check(f"{BODY}2003019104003" + "01")
    assert verdict.verdict == "flagged"
    assert verdict.reasons == ("第22—23位事项类型 30 不在国家标准所列之中，属地方扩展",)


def test_a_variant_that_is_not_two_digits_is_wrong() -> None:
    verdict = handle33.check(f"{BODY}2{ITEM}0A")
    assert (verdict.verdict, verdict.reasons) == ("invalid", ("第33位为A，应为数字",))


def test_the_published_vectors_of_the_catalogue() -> None:
    vectors = json.loads(shared("data/code_test_vectors.json").read_text())
    for vector in vectors["impl_code_31"]:
        verdict = impl31.check(vector["code"])
        assert verdict.is_ok
        cut = (verdict.parts["org"], verdict.parts["level"], verdict.parts["catalog"])
        assert cut == (vector["org"], vector["level"], vector["catalog"])
    for vector in vectors["handle_code_33"]:
        assert handle33.check(vector["code"]).is_ok
        assert handle33.check(vector["code"]).parts["variant"] == vector["handle_seq"]
    for vector in vectors["non_conforming_real"]:
        assert impl31.check(vector["code"]).verdict == "flagged"
    for vector in vectors["catalog_12_examples"]:
        assert catalog12.check(vector["code"]).is_ok
