import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from yichuang.workdays.cli.due_date import due_date
from yichuang.workdays.data import packaged_calendar

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(due_date, list(arguments))


def test_the_json_has_the_agreed_keys_and_nothing_else_is_printed() -> None:
    result = run("--accepted", "2022-09-26", "--days", "20", "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    answer = json.loads(result.stdout)
    assert result.stdout.count("\n") == 1
    assert answer["due_on"] == "2022-10-27"
    assert answer["provisional"] is False
    assert answer["explanation"][-1] == "第20个工作日为2022年10月27日（周四），期限于当日届满。"
    assert answer["calendar_version"] == packaged_calendar().version
    assert [basis["year"] for basis in answer["basis"]] == [2022]


def test_chinese_is_printed_as_chinese() -> None:
    assert "国庆节" in run("--accepted", "2022-09-26", "--days", "20", "--json").stdout


def test_a_provisional_date_is_marked_in_both_outputs() -> None:
    arguments = ("--accepted", "2026-12-20", "--days", "20")
    answer = json.loads(run(*arguments, "--json").stdout)
    assert (answer["due_on"], answer["provisional"]) == ("2027-01-18", True)
    assert answer["basis"][-1] == {"title": "全国年节及纪念日放假办法", "url": None, "year": None}
    assert run(*arguments).stdout.startswith("2027-01-18（暂计）\n  2026年12月20日")


def test_pauses_and_extension_are_counted() -> None:
    pauses = ("--pause", "2022-10-01", "2022-10-12", "--pause", "2022-10-12", "2022-10-13")
    result = run("--accepted", "2022-09-26", "--days", "20", *pauses, "--extend", "5", "--json")
    assert json.loads(result.stdout)["due_on"] == "2022-11-11"


def test_a_limit_of_no_days() -> None:
    due = [
        json.loads(run("--accepted", day, "--days", "0", "--json").stdout)["due_on"]
        for day in ("2022-10-08", "2022-10-01")
    ]
    assert due == ["2022-10-08", "2022-10-08"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--accepted 2022-09-26 --days -1", "办理期限不能为负数"),
        ("--accepted 2022-09-26 --days 5 --extend -1", "延长期限不能为负数"),
        ("--accepted 2022-9-26 --days 5", "不是日期"),
        ("--accepted 20220926 --days 5", "不是日期"),
        ("--accepted 2022-02-30 --days 5", "不是日期"),
        ("--accepted 2022-09-26 --days 5 --pause 2022-09-27 soon", "不是日期"),
        ("--accepted 2022-09-26 --days 5 --pause 2022-09-28 2022-09-27", "早于开始日"),
        ("--accepted 2022-09-26 --days 5 --pause 2022-12-01 2022-12-02", "晚于期限届满日"),
        (
            "--accepted 2022-09-26 --days 20 --pause 2022-09-27 2022-09-29 --pause 2022-09-28 2022-09-30",
            "重叠",
        ),
        ("--accepted 2017-12-29 --days 5", "2017-12-29 不在工作日历范围内"),
        ("--accepted 2022-09-26 --days 99999", "2100-01-01 不在工作日历范围内"),
        ("--accepted 2022-09-26 --days many", "--days"),
        ("--accepted 2022-09-26", "--days"),
        ("--days 5", "--accepted"),
    ],
)
def test_what_cannot_be_counted_exits_2_with_a_word_on_stderr_only(arguments: str, words: str) -> None:
    result = run(*arguments.split(), "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert words in result.stderr


def test_help_speaks_both_languages() -> None:
    text = run("--help").stdout
    assert "受理日期" in text
    assert "day of acceptance" in text


def test_counting_a_due_date_imports_neither_django_nor_a_database_driver() -> None:
    program = (
        "import sys\n"
        "import yichuang.workdays.cli.due_date\n"
        "heavy = {'django', 'psycopg'} & {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(heavy))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
