"""Item codes of the Sichuan portal, read from the right."""

import csv
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.material import shared
from yichuang.kernel.identifiers import portal
from yichuang.kernel.tests.identifier_strategies import ORGANISATIONS, PUBLIC_BODIES, credit_codes

BODY = PUBLIC_BODIES[0]
CATALOGUES = (
    "511A0022300005",
    "511A64031001",
    "51200022300005",
    "512064031001",
    "G-000007-001",
    "A-004220-4220",
    "1J-5100-00027",
)


def code_of(
    catalogue: str = "511A0022300005",
    area: str = "510000000000",
    sequence: str = "000",
    body: str = BODY,
    mode: str = "1",
    tail: str = "00",
) -> str:
    """A portal code, regular but for what is given."""
    return "-".join([catalogue, area, sequence, body, mode, tail])


@pytest.mark.parametrize("catalogue", CATALOGUES)
@pytest.mark.parametrize("body", [BODY, *ORGANISATIONS])
def test_hyphens_in_catalogue_and_body_do_not_mislead(catalogue: str, body: str) -> None:
    verdict = portal.parse(code_of(catalogue, body=body))
    assert (verdict.verdict, verdict.reasons) == ("ok", ())
    assert verdict.parts["catalog_code"] == catalogue
    assert verdict.parts["org_code"] == body
    assert verdict.parts["org_kind"] == ("uscc" if len(body) == 18 else "org9")
    assert verdict.parts["area_code"] == "510000000000"
    assert (verdict.parts["sequence"], verdict.parts["mode"], verdict.parts["tail"]) == ("000", "1", "00")


@pytest.mark.parametrize(
    ("catalogue", "name"),
    [("511A0022300005", "行政许可"), ("512C00519002", "公共服务"), ("513A0161200000", "混合类")],
)
def test_the_type_is_read_from_digit_and_letter(catalogue: str, name: str) -> None:
    assert portal.parse(code_of(catalogue)).parts["local_type_name"] == name


@pytest.mark.parametrize(
    ("body", "verdict", "reason"),
    [
        (
            "1151130000877869M",
            "flagged",
            "实施主体码为17位，既不是18位统一社会信用代码，也不是9位组织机构代码",
        ),
        ("0087790701", "flagged", "实施主体码为10位，既不是18位统一社会信用代码，也不是9位组织机构代码"),
        ("8282348", "flagged", "实施主体码为7位，既不是18位统一社会信用代码，也不是9位组织机构代码"),
        ("", "flagged", "实施主体码为空，既不是18位统一社会信用代码，也不是9位组织机构代码"),
        ("2222222222222", "invalid", "实施主体码全部13位都是同一字符 2，是占位的假码"),
        ("11511301452259996u", "invalid", "实施主体码：第18位为小写字母 u，应为大写 U"),
        ("11510000MB1690541N", "invalid", "实施主体码：第18位校验码应为 M，实为 N"),
        ("45225901-4", "invalid", "实施主体码：第10位校验码应为 3，实为 4"),
        ("1151130000877869m", "invalid", "实施主体码第17位为小写字母 m，应为大写 M"),
    ],
)
def test_a_dirty_body_is_kept_and_told(body: str, verdict: str, reason: str) -> None:
    judged = portal.parse(code_of(body=body))
    assert (judged.verdict, judged.reasons) == (verdict, (reason,))
    assert judged.parts["org_code"] == body
    assert judged.parts["catalog_code"] == "511A0022300005"


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        (code_of(catalogue="511J0022300005"), "flagged", "目录编码第3—4位类型 1J 不在门户所列之中"),
        (code_of(catalogue="51990022300005"), "flagged", "目录编码第3—4位类型 99 不在门户所列之中"),
        (
            code_of(catalogue="003064213003"),
            "flagged",
            "目录编码第3—4位事项类型 30 不在国家标准所列之中，属地方扩展",
        ),
        (code_of(catalogue="511A00"), "flagged", "目录编码 511A00 不是已知的写法"),
        (code_of(catalogue="511a0022300005"), "invalid", "目录编码第4位为小写字母 a，应为大写 A"),
        (code_of(catalogue=""), "invalid", "缺目录编码"),
        (code_of(area="51000000000"), "invalid", "区划代码应为12位数字，实为 51000000000"),
        (code_of(area="990000000000"), "flagged", "区划代码前两位 99 不是省级行政区划代码"),
        (code_of(sequence="001"), "flagged", "区划后一段通常为 000，实为 001"),
        (code_of(sequence="00"), "invalid", "区划后一段应为三位数字，实为 00"),
        (code_of(mode="null"), "flagged", "行使方式通常为 1 或 2，实为 null"),
        (code_of(mode="7"), "flagged", "行使方式通常为 1 或 2，实为 7"),
        (code_of(mode="a"), "invalid", "行使方式应为数字，实为 a"),
        (code_of(tail="01"), "flagged", "末段通常为 00，实为 01"),
        (code_of() + "\n", "invalid", "第56位为换行符，应为半角数字或大写字母"),
        (code_of().replace("-", "－"), "invalid", "第15位为全角或变体字符「－」，应为半角 -（另有4处）"),
        (
            "foo-bar",
            "invalid",
            "不是门户事项编码：从右起认不出末段、行使方式、实施主体码和区划，也认不出目录编码",
        ),
        ("", "invalid", "代码为空"),
        ("-" * 10_000, "invalid", "长度10000位，超过100位"),
    ],
)
def test_other_faults_are_told_precisely(code: str, verdict: str, reason: str) -> None:
    judged = portal.parse(code)
    assert judged.verdict == verdict
    assert reason in judged.reasons


def test_short_codes_are_flagged_and_cut() -> None:
    with_body = portal.parse(f"E-000004-001-{BODY}")
    assert with_body.reasons == ("代码不完整：只有目录编码和实施主体码，缺区划、行使方式等部分",)
    assert (with_body.parts["catalog_code"], with_body.parts["org_code"]) == ("E-000004-001", BODY)
    hyphenated = portal.parse("E-000004-001-45225901-3")
    assert (hyphenated.parts["org_code"], hyphenated.parts["org_kind"]) == ("45225901-3", "org9")
    alone = portal.parse("G-000007-001")
    assert (alone.verdict, alone.parts["catalog_code"]) == ("flagged", "G-000007-001")
    assert portal.parse("H-000185-001-4444444444").verdict == "invalid"


def test_a_body_of_twelve_digits_is_not_taken_for_the_area() -> None:
    verdict = portal.parse(code_of(body="123456789012"))
    assert (verdict.parts["area_code"], verdict.parts["org_code"]) == ("510000000000", "123456789012")


@given(
    st.sampled_from(CATALOGUES),
    st.one_of(credit_codes(), st.text(st.sampled_from("0123456789ABCX-"), max_size=20)),
)
def test_whatever_the_body_holds_the_other_parts_are_found(catalogue: str, body: str) -> None:
    verdict = portal.parse(code_of(catalogue, body=body))
    assert verdict.parts["catalog_code"] == catalogue
    assert verdict.parts["org_code"] == body


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a real list of items."""
    with shared(f"data/{name}").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_exactly_123_of_the_1135_real_rows_are_not_right() -> None:
    rows = rows_of("guangan_items.csv")
    verdicts = [portal.parse(row["item_code"]) for row in rows]
    assert len(rows) == 1135
    assert Counter(verdict.verdict for verdict in verdicts) == {"ok": 1012, "flagged": 105, "invalid": 18}
    assert all(verdict.reasons for verdict in verdicts if not verdict.is_ok)


@pytest.mark.parametrize("name", ["guangan_items.csv", "chengdu_items.csv", "sichuan_radio_items.csv"])
def test_the_real_rows_are_cut_as_they_were_by_hand(name: str) -> None:
    for row in rows_of(name):
        verdict = portal.parse(row["item_code"])
        assert verdict.parts["catalog_code"] == row["catalog_code"]
        assert verdict.parts["org_code"] == row["org_code"]
        assert verdict.parts.get("area_code", "") == row.get("code_area", "510000000000")
        if row["org_code_status"] not in ("uscc_ok", "org9_ok"):
            assert not verdict.is_ok
