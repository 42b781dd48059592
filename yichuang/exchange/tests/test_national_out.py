"""Our own cases in the national exchange tables: what happened on a day, once, with what is known and nothing made up."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client

from yichuang.cases import commands as cases
from yichuang.cases.queries import load
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.exchange.cli import exchange
from yichuang.exchange.queries import national as queries
from yichuang.exchange.queries.national import national_report, national_rows
from yichuang.exchange.rules.national import CASE_TABLES, check, tables
from yichuang.exchange.tests.test_webhooks import manager
from yichuang.intake.tests import factories as make
from yichuang.kernel.errors import Refused
from yichuang.kernel.times import local_day

AT = make.AT
DAY = local_day(AT)

pytestmark = pytest.mark.django_db


def accepted() -> str:
    """A case that is filed and accepted on the day; its number."""
    receipt = make.filed()
    cases.accept(receipt.case_id, by=make.window_clerk(), at=AT + timedelta(hours=1), key=make.key())
    row = load(receipt.case_id)
    assert row is not None
    return row.number


def test_an_acceptance_gives_its_rows_once_and_on_its_day_only() -> None:
    number = accepted()
    by = manager()
    rows = list(national_rows(DAY, by=by, at=AT))
    assert [table for table, _ in rows].count("up_pro_accept") == 1
    (row,) = [row for table, row in rows if table == "up_pro_accept"]
    assert (row["project_no"], row["cd_batch"], row["data_source"]) == (number, "20220516", "51")
    assert row["applyer_name"] == "示例科技有限公司"
    assert row["accept_date"].startswith("2022-05-16 ")
    assert {row["project_no"] for _, row in rows} == {number}
    names = {table for table, _ in rows}
    assert names == {"up_pro_accept", "up_pro_process", "up_pro_material"}
    assert list(national_rows(DAY + timedelta(days=1), by=by, at=AT)) == []


def test_what_is_not_known_is_empty_and_is_named_in_the_report() -> None:
    accepted()
    by = manager()
    (row,) = [row for table, row in national_rows(DAY, by=by, at=AT) if table == "up_pro_accept"]
    missing = {fault.column for fault in check(tables()["up_pro_accept"], row) if fault.kind == "missing"}
    assert missing == {name for name in ("catalog_code", "task_code") if not row[name]}
    found, is_whole = national_report(DAY, by=by, at=AT)
    report = {one.table: one for one in found}
    assert is_whole
    assert report["up_pro_process"].rows == report["up_pro_process"].sound == 1
    assert report["up_pro_accept"].faults == {(name, "missing"): 1 for name in missing}
    assert report["up_pro_result"].rows == 0
    assert not national_report(DAY, by=by, at=AT, most=1)[1]


def test_many_cases_come_in_pieces_and_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = {accepted() for _ in range(3)}
    monkeypatch.setattr(queries, "AT_ONCE", 2)
    told = [
        row["project_no"]
        for table, row in national_rows(DAY, by=manager(), at=AT)
        if table == "up_pro_accept"
    ]
    assert (len(told), set(told)) == (3, numbers)


def test_nobody_reads_it_without_the_right_or_beyond_the_reach() -> None:
    accepted()
    assert list(national_rows(DAY, by=manager(everywhere=False), at=AT)) in (
        [],
        list(national_rows(DAY, by=manager(), at=AT)),
    )
    with pytest.raises(Refused):
        list(national_rows(DAY, by=make.window_clerk(), at=AT))


def test_the_page_counts_and_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    accepted()
    monkeypatch.setattr("config.front_door.now", lambda: AT)
    client = Client()
    client.force_login(people.account_of(manager()), backend="django.contrib.auth.backends.ModelBackend")
    shown = client.get(f"/desk/exchange/national?day={DAY}").content.decode()
    assert "up_pro_accept" in shown
    assert "示例科技有限公司" not in shown
    assert "没有数据" in client.get("/desk/exchange/national?day=yesterday").content.decode()
    assert Capability.EXCHANGE_MANAGE not in make.window_clerk().capabilities


def test_the_command_writes_every_table_and_the_report_into_an_empty_folder(tmp_path: Path) -> None:
    number = accepted()
    done = CliRunner().invoke(
        exchange, ["national", "--day", str(DAY), "-o", str(tmp_path / "out"), "--json"]
    )
    assert done.exit_code == 0, done.output
    assert {one.name for one in (tmp_path / "out").iterdir()} == {
        *(f"{name}.csv" for name in CASE_TABLES),
        "report.json",
    }
    assert number in (tmp_path / "out" / "up_pro_accept.csv").read_text(encoding="utf-8")
    told = {one["table"]: one for one in json.loads(done.stdout)}
    assert (told["up_pro_accept"]["rows"], told["up_pro_result"]["rows"]) == (1, 0)
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8")) == list(told.values())
    again = CliRunner().invoke(exchange, ["national", "--day", str(DAY), "-o", str(tmp_path / "out")])
    assert again.exit_code == 1
    assert "不是空的" in again.output
