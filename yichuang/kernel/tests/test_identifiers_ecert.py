"""电子证照标识: structure and ISO 7064 MOD 37,36."""

import csv

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.material import shared
from yichuang.kernel.identifiers import ecert
from yichuang.kernel.tests.identifier_strategies import licence_identifiers

KIND = "11100000000013338W009"
ISSUER = "11330105002500287C"


def identifier(
    kind: str = KIND, issuer: str = ISSUER, serial: str = "2025052201", version: str = "002"
) -> str:
    """An identifier whose check character fits whatever the parts are."""
    check = ecert.check_character(kind + issuer + serial + version)
    return ".".join([ecert.ROOT, kind, issuer, serial, version, check])


def test_a_printed_identifier_is_right_and_cut() -> None:
    verdict = ecert.check(f"1.2.156.3005.2.{KIND}.{ISSUER}.2025052201.002.0")
    assert (verdict.verdict, verdict.reasons) == ("ok", ())
    assert verdict.parts == {
        "type_code": KIND,
        "issuer_code": ISSUER,
        "serial": "2025052201",
        "version": "002",
        "check": "0",
    }


def test_the_other_printed_identifiers_are_right() -> None:
    assert ecert.check("1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9").is_ok
    assert ecert.check(f"1.2.156.3005.2.{KIND[:18]}011.11430000006122244L.20230000403.001.U").is_ok


def test_the_doctored_identifier_is_told_the_right_check_character() -> None:
    verdict = ecert.check(
        "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"
    )
    assert (verdict.verdict, verdict.reasons) == ("invalid", ("末段校验位应为 D，实为 M",))


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        ("", "invalid", "代码为空"),
        ("." * 10_000, "invalid", "长度10000位，超过200位"),
        ("1.2.156.3005.3.1.2.3.4.5", "invalid", "应以 1.2.156.3005.2. 开头"),
        (
            f"1.2.156.3005.2.{KIND}.{ISSUER}.1.001",
            "invalid",
            "根节点之后应有5段（证照类型代码、颁发机构代码、流水号、版本号、校验位），实有4段",
        ),
        (identifier().lower(), "invalid", "证照类型代码第18位为小写字母 w，应为大写 W"),
        (f"1.2.156.3005.2.{KIND}.{ISSUER}..001.5", "invalid", "流水号为空"),
        (f"1.2.156.3005.2.{KIND}.{ISSUER}.20-1.001.5", "invalid", "流水号第3位为-，应为数字或大写字母"),
        (identifier(version="12"), "invalid", "版本号应为三位数字，实为 12"),
        (identifier(version="0A1"), "invalid", "版本号应为三位数字，实为 0A1"),
        (
            identifier(kind="11100000000013338X009"),
            "invalid",
            "证照类型代码中的统一社会信用代码：第18位校验码应为 W，实为 X",
        ),
        (
            identifier(kind="11100000000013338W09"),
            "invalid",
            "证照类型代码长度应为21位，实为20位（18位统一社会信用代码加3位序号）",
        ),
        (identifier(kind="11100000000013338W00A"), "invalid", "证照类型代码第21位为A，应为数字"),
        (identifier(issuer="11330105002500287D"), "invalid", "颁发机构代码：第18位校验码应为 C，实为 D"),
        (identifier(issuer="222222"), "invalid", "颁发机构代码全部6位都是同一字符 2，是占位的假码"),
        (identifier(issuer="990100"), "flagged", "颁发机构代码 990100 的前两位不是省级行政区划代码"),
        (
            identifier(issuer="699166855"),
            "flagged",
            "颁发机构代码为9位组织机构代码，通常应为18位统一社会信用代码",
        ),
        (
            identifier(issuer="510000000000"),
            "flagged",
            "颁发机构代码 510000000000 既不是18位统一社会信用代码，也不是6位行政区划代码",
        ),
    ],
)
def test_what_is_not_plainly_right_is_told_why(code: str, verdict: str, reason: str) -> None:
    judged = ecert.check(code)
    assert judged.verdict == verdict
    assert reason in judged.reasons


@given(licence_identifiers())
def test_generated_identifiers_are_right(code: str) -> None:
    assert ecert.check(code).reasons == ()


@given(licence_identifiers(), st.data())
def test_every_single_change_is_caught(code: str, data: st.DataObject) -> None:
    start = len(ecert.ROOT) + 1
    place = data.draw(st.sampled_from([i for i in range(start, len(code)) if code[i] != "."]))
    char = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    assume(code[place] != char)
    assert ecert.check(code[:place] + char + code[place + 1 :]).verdict == "invalid"


def test_the_published_identifiers() -> None:
    with shared("data/ecert_ids.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            verdict = ecert.check(row["identifier"])
            assert verdict.verdict == {"valid": "ok", "invalid": "invalid"}[row["expected"]]
            assert verdict.parts["serial"] == row["serial"]
