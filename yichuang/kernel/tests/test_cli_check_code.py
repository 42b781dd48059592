"""`yichuang check-code`: shapes and exit codes that other programs rely on."""

import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner, Result

from yichuang.kernel.cli import check_code
from yichuang.kernel.tests.identifier_strategies import FICTIONAL_DIVISION, PUBLIC_BODIES, resident_number

BODY = PUBLIC_BODIES[0]
WRONG = "11510000MB1690541N"
SHORT = "12100000000133057R001019009000"


def run(*arguments: str, given: str | bytes | None = None) -> Result:
    """The command as a user runs it."""
    return CliRunner().invoke(check_code, list(arguments), input=given)


def test_one_code_is_still_an_array_of_the_promised_shape() -> None:
    result = run(BODY, "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert json.loads(result.stdout) == [
        {
            "code": BODY,
            "kind": "uscc",
            "verdict": "ok",
            "reasons": [],
            "parts": {
                "registrar": "机构编制",
                "body_type": "机关",
                "area_code": "510000",
                "organisation_code": "MB1690541",
                "check": "M",
            },
        }
    ]


def test_several_codes_keep_their_order() -> None:
    result = run(WRONG, BODY, SHORT, "--json")
    assert result.exit_code == 1
    rows = json.loads(result.stdout)
    assert [(row["code"], row["verdict"]) for row in rows] == [
        (WRONG, "invalid"),
        (BODY, "ok"),
        (SHORT, "flagged"),
    ]


@pytest.mark.parametrize(("code", "exit_code"), [(BODY, 0), (SHORT, 1), (WRONG, 1), ("", 1)])
def test_the_exit_code_tells_whether_all_is_well(code: str, exit_code: int) -> None:
    assert run(code).exit_code == exit_code
    assert run(code, "--json").exit_code == exit_code


def test_lines_of_standard_input_are_codes() -> None:
    result = run("--json", given=f"\ufeff{BODY}\r\n\n  \n699166855\n".encode())
    assert result.exit_code == 0
    assert [row["code"] for row in json.loads(result.stdout)] == [BODY, "699166855"]


def test_a_line_with_a_stray_blank_is_kept_and_told() -> None:
    result = run("--json", given=f"{BODY} \n")
    assert result.exit_code == 1
    (row,) = json.loads(result.stdout)
    assert row["code"] == f"{BODY} "
    assert "第19位为空格，应为半角数字或大写字母" in row["reasons"]


@pytest.mark.parametrize("given", [b"", b"\n \n"])
def test_no_code_at_all_is_a_wrong_use(given: bytes) -> None:
    result = run("--json", given=given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "没有给出代码" in result.stderr


def test_input_that_is_not_text_is_unreadable() -> None:
    result = run("--json", given=BODY.encode() + b"\n\xff\xfe\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "第20个字节起读不出" in result.stderr


def test_an_argument_that_is_not_text_is_unreadable() -> None:
    result = run("\udcff", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "UTF-8" in result.stderr


def test_an_unknown_kind_is_a_wrong_use_and_names_the_known_ones() -> None:
    result = run(BODY, "--kind", "passport", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "passport" in result.stderr
    assert "resident_id" in result.stderr


def test_an_unknown_option_is_a_wrong_use() -> None:
    assert run(BODY, "--nonsense").exit_code == 2


def test_the_kind_can_be_forced() -> None:
    result = run(BODY, "--kind", "org9", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)[0]["kind"] == "org9"


def test_a_person_born_tomorrow_is_refused() -> None:
    long_after = date.today() + timedelta(days=3)  # noqa: DTZ011 (any day after today in every zone)
    result = run(resident_number(FICTIONAL_DIVISION, long_after, "001"), "--kind", "resident_id")
    assert result.exit_code == 1
    assert "晚于今天" in result.stdout


def test_the_table_is_chinese_and_lines_up() -> None:
    result = run(BODY, "45225901-3", WRONG)
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["代码", "种类", "结论", "说明"]
    assert "统一社会信用代码  正确  登记管理部门 机构编制" in lines[1]
    assert lines[2].split() == ["45225901-3", "组织机构代码", "正确"]
    assert lines[3].endswith("统一社会信用代码  错误  第18位校验码应为 M，实为 N")
    assert result.stderr == ""


def test_further_reasons_stand_below_the_first() -> None:
    lines = run("1111111111111111").stdout.splitlines()
    assert len(lines) == 3
    assert lines[1].endswith("全部16位都是同一字符 1，是占位的假码")
    assert lines[2].startswith(" " * 20)


def test_the_table_never_lets_a_code_steer_the_terminal() -> None:
    result = run("\x1b[2J\x07", "水" * 10_000)
    assert "\x1b" not in result.stdout
    assert "\\u001b[2J\\u0007" in result.stdout
    assert max(map(len, result.stdout.splitlines())) < 400


def test_the_help_is_bilingual() -> None:
    help_text = run("--help").stdout
    assert "核验代码" in help_text
    assert "Checks codes" in help_text
