"""`yichuang figures`: the shape that other programs rely on."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from yichuang.cases.tests import factories as make
from yichuang.kernel.actor import SYSTEM
from yichuang.statistics import commands
from yichuang.statistics.cli import figures
from yichuang.statistics.tests.test_window import act

pytestmark = pytest.mark.django_db
KEYS = {"scope", "type", "department", "day", "measure", "value", "unit"}


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(figures, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def value(rows: list[dict[str, object]], **wanted: object) -> object:
    (found,) = [row for row in rows if all(row[name] == given for name, given in wanted.items())]
    return found["value"]


def test_one_json_value_with_every_figure_as_of_the_end_of_the_day() -> None:
    make.decided(make.day("2022-05-05"))
    make.in_review(make.day("2022-05-13", 23))
    make.in_review(make.day("2022-05-14", 0))
    code, out, err = run("--as-of", "2022-05-13", "--json")
    said = json.loads(out)
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert (said["as_of"], said["seal"]) == ("2022-05-13", 0)
    assert all(set(row) >= KEYS for row in said["figures"])
    rows = said["figures"]
    licence = {"type": "行政许可", "department": None}
    assert value(rows, scope="week", measure="受理", **licence) == 1
    assert value(rows, scope="year_to_date", measure="受理", **licence) == 2
    assert value(rows, scope="day", measure="受理", day="2022-05-13", **licence) == 1
    assert value(rows, scope="week", measure="提前办结率", **licence) == 100.0
    assert value(rows, scope="week", measure="受理", type="行政许可", department="水利厅") == 1
    assert value(rows, scope="week", measure="提前办结率", type="公共服务", department=None) is None


def test_the_seal_and_the_published_totals_are_in_it() -> None:
    make.filed()
    commands.close_batch(at=make.AT)
    commands.bring_forward(
        as_of=date(2022, 5, 6), group="public_service", measure="concluded", value=6_476_433, is_total=True,
        source="窗口工作周报", by=SYSTEM, at=make.AT,
    )  # fmt: skip
    said = json.loads(run("--as-of", "2022-05-13", "--json")[1])
    assert said["seal"] == 1
    assert value(said["figures"], scope="year_to_date", type="公共服务", measure="办结") == 6_476_433


def test_people_get_lines_and_a_wrong_day_is_refused() -> None:
    make.filed()
    code, out, _ = run("--as-of", "2022-05-13")
    assert code == 0
    assert "行政许可　收件：1 件" in out
    for wrong in (("--as-of", "13.5.2022"), ()):
        code, out, err = run(*wrong)
        assert (code, out) == (2, "")
        assert "as-of" in err


def test_the_acts_of_the_window_and_the_manuals_are_in_it() -> None:
    act(date(2022, 5, 10), "window.consulted", 2085)
    act(date(2022, 5, 13), "window.issued", 7)
    commands.bring_forward(
        as_of=date(2022, 5, 6), group="window", measure="consulted", value=66_312, is_total=True, source="示例",
        by=SYSTEM, at=make.AT,
    )  # fmt: skip
    rows = json.loads(run("--as-of", "2022-05-13", "--json")[1])["figures"]
    window = {"type": "综窗", "department": None}
    assert value(rows, scope="week", measure="咨询", **window) == 2085
    assert value(rows, scope="year_to_date", measure="咨询", **window) == 68_397
    assert value(rows, scope="day", measure="颁发", **window) == 7
    assert value(rows, scope="week", measure="流转", **window) == 0
    assert {row["unit"] for row in rows if row["type"] == "综窗" and row["measure"] == "咨询"} == {"人次"}
    assert value(rows, scope="to_date", type="受理手册", measure="省级办理项") == 0
