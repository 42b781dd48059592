import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from yichuang.cases.cli import import_calendar
from yichuang.cases.tests import factories as make
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM
from yichuang.workdays import queries
from yichuang.workdays.commands import load_packaged
from yichuang.workdays.data import FOLDER, packaged_calendar
from yichuang.workdays.rules import Notice, revised
from yichuang.workdays.tests.factories import AT, notice_2027

pytestmark = pytest.mark.django_db
PACKAGED = str(FOLDER / "workdays_holidays.csv")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(import_calendar, list(arguments))


def written(notice: Notice, folder: Path, encoding: str = "utf-8") -> str:
    lines = [f"{day.date},{day.festival},{day.kind.value},{notice.url}" for day in notice.days]
    file = folder / "notice.csv"
    file.write_text("\n".join(["date,festival,kind,notice_url", *lines]), encoding=encoding)
    return str(file)


def test_a_file_is_entered_and_moves_the_dates_that_ran_into_its_year(tmp_path: Path) -> None:
    load_packaged(AT, SYSTEM)
    row = make.in_review(make.day("2026-12-21"), promised=20)
    assert row.provisional
    result = run(written(notice_2027(), tmp_path, "gb18030"), "--json")
    assert result.exit_code == 0
    (moved,) = json.loads(result.stdout)
    after = make.fresh(row.id)
    assert moved == {
        "number": row.number,
        "before": str(row.due_on),
        "after": str(after.due_on),
        "date": "due",
    }
    assert after.due_on != row.due_on
    assert not after.provisional
    assert facts_of(row.id)[-1].kind == "case.recomputed"
    assert facts_of(row.id)[-1].hash == after.last_hash
    assert queries.calendar() == revised(packaged_calendar(), notice_2027())


def test_the_packaged_file_twice_changes_nothing() -> None:
    first, second = run(PACKAGED), run(PACKAGED)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "2026 年：39 天，已录入" in first.stdout
    assert second.stdout.count("与现有内容相同，未变动。") == 9
    assert second.stderr == ""


def test_a_faulty_notice_exits_1_and_enters_nothing(tmp_path: Path) -> None:
    result = run(written(notice_2027(without=["春节"]), tmp_path), "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "缺少：春节" in result.stderr
    assert queries.stored_calendar().days == ()


def test_an_unreadable_file_exits_2(tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_text("day\n2027-01-01\n", encoding="utf-8")
    broken = run(str(tmp_path / "broken.csv"))
    assert broken.exit_code == 2
    assert "表头缺少列" in broken.stderr
    assert run(str(tmp_path / "absent.csv")).exit_code == 2
