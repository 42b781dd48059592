"""The job: the file holds what the list holds, in each format; who lost the right gets nothing; nothing half made stays."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from yichuang.cases.queries import Filters, QueueRow, Tab, export
from yichuang.cases.queries.queues import NOT_ALL
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.models import Post
from yichuang.directory.queries import MOST_FOUND, Found, applicants_found
from yichuang.directory.tests import factories as people
from yichuang.exports import commands, render
from yichuang.exports.flow import KEPT_FOR, Format, State
from yichuang.exports.models import Export
from yichuang.exports.queries import cases as cases_read
from yichuang.exports.queries.own import SILENT, waiting
from yichuang.gateways.sheets_in import open_sheet
from yichuang.gateways.sheets_out import NotConverted
from yichuang.journal.queries import views_of
from yichuang.kernel import csv_out, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused, Unavailable
from yichuang.workdays.queries import now

HELD = [*people.CLERK, Capability.LIST_EXPORT, Capability.FEEDBACK_HANDLE, Capability.FIGURES_READ]
AT = make.LATER
EVIL = "=HYPERLINK(1)"


def exporter(*, everywhere: bool = True) -> Actor:
    """Somebody who may export."""
    office = people.department("政务一窗受理协调处", "901", "川政务")
    return people.staff("exporter", people.post(office, "导出岗", HELD, everywhere=everywhere))


def asked(
    by: Actor, code: str = "queue", kind: str = "csv", at: datetime = AT, key: str = "", **given: str
) -> UUID:
    """An export of what awaits acceptance, unless told otherwise."""
    given = given or {"tab": "to_accept"}
    return commands.ask_export(
        code, kind, given, "核对一季度办件", address="192.0.2.1", by=by, at=at, key=key or make.key()
    )


def made(export_id: UUID) -> bytes:
    """The file of an export that was run."""
    render.run(export_id, at=AT)
    row = Export.objects.get(pk=export_id)
    assert row.state == State.DONE, row.problem
    with render.handouts().open(render.file_name(row)) as file:
        return file.read()


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def parquet(path: Path, columns: str) -> list[list[str]]:
    """Read by a process of its own: the engine leaves its traces in whatever has loaded it."""
    program = f"import duckdb, json; print(json.dumps(duckdb.sql('select {columns} from ' + repr({str(path)!r})).fetchall(), default=str))"
    read: list[list[str]] = json.loads(
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    )
    return read


def folder() -> list[str]:
    return sorted(path.name for path in (Path(settings.FILES_DIR) / "exports").glob("*"))


@pytest.fixture
def cases(committed: dict[str, str]) -> list[QueueRow]:
    """Three that await acceptance, one of a person, one whose applicant's name is a formula."""
    for at in (make.AT, make.AT + timedelta(hours=1), make.AT + timedelta(hours=2)):
        make.filed(at=at)
    sql.execute(
        "update cases_case set applicant_name = %(name)s where id = (select min(id::text)::uuid from cases_case)",
        {"name": EVIL},
    )
    return list(export(Tab.TO_ACCEPT, by=exporter(), filters=Filters()))


def test_the_file_holds_what_the_list_holds_in_each_format(cases: list[QueueRow]) -> None:
    by = exporter()
    ids = {kind: asked(by, kind=kind) for kind in ("csv", "xlsx", "parquet")}
    assert set(render.find_waiting()) == set(ids.values())
    head, *rows = table(made(ids["csv"]))
    assert head[:4] == ["编号", "事项", "申请人", "部门"]
    assert [row[0] for row in rows] == [case.number for case in cases]
    assert [row[2] for row in rows] == [csv_out.safe(case.masked_name) for case in cases]
    assert {row[2] for row in rows} == {f"'{EVIL}", "示例科技有限公司"}
    assert [(row[4], row[5], row[6], row[8]) for row in rows] == [
        (case.state_label, case.work_label, str(case.due_on), str(case.filed_on)) for case in cases
    ]
    with open_sheet(io.BytesIO(made(ids["xlsx"])), name="a.xlsx") as sheet:
        assert sheet.header == head
        found = list(sheet.rows())
    assert [row.cells[0] for row in found] == [case.number for case in cases]
    assert {row.cells[2] for row in found} == {EVIL, "示例科技有限公司"}, "text in a workbook runs nothing"
    assert [row.cells[8] for row in found] == [str(case.filed_on) for case in cases]
    made(ids["parquet"])
    path = Path(settings.FILES_DIR) / "exports" / f"{ids['parquet']}.parquet"
    assert parquet(path, "编号, 申请人, 收件日") == [
        [case.number, case.masked_name, str(case.filed_on)] for case in cases
    ]
    assert render.find_waiting() == []
    assert folder() == sorted(f"{one}.{kind}" for kind, one in ids.items()), "nothing beside the files"


def test_a_file_of_some_of_those_who_fit_says_so(
    cases: list[QueueRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the head of what people open; what machines read holds data alone, and the list of exports says it of both."""
    by = exporter()
    ids = {kind: asked(by, "search", kind=kind, q="示例") for kind in ("csv", "xlsx", "parquet")}
    whole = table(made(asked(by, "search", kind="csv", q="示例")))
    assert len(whole) == len(cases) + 1
    monkeypatch.setattr(
        cases_read, "applicants_found", lambda text, by: Found(applicants_found(text, by=by).ids, more=True)
    )
    head, said, *rows = table(made(ids["csv"]))
    assert (said, [head, *rows]) == ([NOT_ALL, *[""] * (len(head) - 1)], whole)
    with open_sheet(io.BytesIO(made(ids["xlsx"])), name="a.xlsx") as sheet:
        assert [row.cells[0] for row in sheet.rows()] == [NOT_ALL, *(row[0] for row in rows)]
    made(ids["parquet"])
    path = Path(settings.FILES_DIR) / "exports" / f"{ids['parquet']}.parquet"
    assert [number for (number,) in parquet(path, "编号")] == [row[0] for row in rows]
    assert set(Export.objects.values_list("rows", flat=True)) == {len(cases)}
    later = Export.objects.get(pk=asked(by, "search", q="示例"))
    assert later.words.endswith(f"、仅含其中 {MOST_FOUND} 名申请人")


def test_a_name_is_masked_as_on_the_list(cases: list[QueueRow]) -> None:
    """The broken variant: the list's own name stands in no file."""
    names = ["张", "张三", "欧阳示例", " 李示例 ", ""]
    sql.execute("update directory_applicant set kind = 'person'")
    for place, name in enumerate(names):
        number = cases[place % 3].number
        sql.execute(
            "update cases_case set applicant_name = %(name)s where number = %(number)s",
            {"name": name, "number": number},
        )
        (shown,) = [
            row for row in export(Tab.TO_ACCEPT, by=exporter(), filters=Filters()) if row.number == number
        ]
        rows = table(made(asked(exporter())))
        found = next(row for row in rows if row[0] == number)[2]
        assert found == csv_out.safe(shown.masked_name)
        assert name not in found or len(name) == 0
        Export.objects.all().delete()


def test_rights_are_asked_for_again_when_it_runs(cases: list[QueueRow]) -> None:
    by = exporter()
    lost, narrowed = asked(by), asked(by)
    Post.objects.filter(name="导出岗").update(everywhere=False)
    assert table(made(narrowed))[1:] == [], "the cases are another department's"
    Post.objects.filter(name="导出岗").update(capabilities=[str(Capability.LIST_EXPORT)])
    render.run(lost, at=AT)
    row = Export.objects.get(pk=lost)
    assert (row.state, row.rows) == (State.REFUSED, 0)
    assert "权限" in row.problem
    assert f"{lost}.csv" not in folder()


def test_a_cancelled_export_leaves_nothing(cases: list[QueueRow], monkeypatch: pytest.MonkeyPatch) -> None:
    by = exporter()
    before, during, late = asked(by), asked(by), asked(by)
    commands.cancel_export(before, by=by, at=AT, key=make.key())
    render.run(before, at=AT)
    monkeypatch.setattr(render, "_LOOK_EVERY_ROWS", 1)
    key = make.key()

    def cancels(export_id: UUID, rows: int, expected: int, *, at: datetime) -> bool:
        commands.cancel_export(export_id, by=by, at=AT, key=key)
        return commands.note_progress(export_id, rows, expected, at=at)

    monkeypatch.setattr(render, "note_progress", cancels)
    render.run(during, at=AT)

    def too_late(export_id: UUID, **given: Any) -> bool:
        commands.cancel_export(export_id, by=by, at=AT, key=make.key())
        return commands.finish_export(export_id, **given)

    monkeypatch.setattr(render, "note_progress", commands.note_progress)
    monkeypatch.setattr(render, "finish_export", too_late)
    render.run(late, at=AT)
    assert {row.state for row in Export.objects.all()} == {State.CANCELLED}
    assert folder() == []
    with pytest.raises(Missing):
        commands.cancel_export(
            before, by=people.clerk(), at=AT, key=make.key()
        ) if False else commands.cancel_export(UUID(int=3), by=by, at=AT, key=make.key())


def test_one_runner_at_a_time_and_a_killed_one_is_followed(cases: list[QueueRow]) -> None:
    by = exporter()
    one = asked(by)
    with render.reader() as other:
        assert render._locked(other, one)
        render.run(one, at=AT)
        assert Export.objects.get(pk=one).state == State.WAITING, "another works on it"
    began = now()
    assert commands.begin_export(one, at=began)
    assert waiting(at=began + SILENT) == []
    assert waiting(at=began + SILENT + timedelta(seconds=1)) == [one], "its worker has gone"
    (Path(settings.FILES_DIR) / "exports").mkdir(parents=True, exist_ok=True)
    (Path(settings.FILES_DIR) / "exports" / f"{one}.csv.draft").write_bytes(b"half")
    assert len(table(made(one))) == 4
    assert folder() == [f"{one}.csv"]
    before = Export.objects.get(pk=one)
    render.run(one, at=AT)
    assert Export.objects.get(pk=one).finished_at == before.finished_at, "twice is once"


def test_trouble_of_the_disk_is_tried_again_and_of_the_data_is_said(
    cases: list[QueueRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    by = exporter()
    full, broken = asked(by), asked(by)

    def no_space(*_: Any, **__: Any) -> int:
        raise OSError(28, "No space left")

    monkeypatch.setitem(render.WRITERS, Format.CSV, no_space)
    with pytest.raises(Unavailable, match="磁盘"):
        render.run(full, at=AT)
    assert Export.objects.get(pk=full).state == State.RUNNING, "stays open"

    def no_parquet(*_: Any, **__: Any) -> int:
        raise NotConverted("broken")

    monkeypatch.setitem(render.WRITERS, Format.CSV, no_parquet)
    render.run(broken, at=AT)
    failed = Export.objects.get(pk=broken)
    assert (failed.state, folder()) == (State.FAILED, [])
    assert "换一种格式" in failed.problem, (
        "what to do, in the words of the page; the fault's own name is in the log"
    )
    assert failed.problem.isprintable()
    assert not any(sign.isascii() for sign in failed.problem)


def test_files_go_after_a_week_and_the_line_stays(cases: list[QueueRow]) -> None:
    one = asked(exporter())
    made(one)
    row = Export.objects.get(pk=one)
    assert row.expires_at is not None
    assert row.finished_at is not None
    assert row.expires_at - row.finished_at == KEPT_FOR
    assert render.purge(at=row.expires_at - timedelta(seconds=1)) == 0
    assert render.purge(at=row.expires_at) == 1
    assert render.purge(at=row.expires_at) == 0
    assert folder() == []
    assert (Export.objects.get(pk=one).state, Export.objects.get(pk=one).asked) == (State.EXPIRED, {})
    gone, young = asked(exporter()), asked(exporter())
    commands.cancel_export(gone, by=exporter(), at=AT, key=make.key())
    commands.cancel_export(young, by=exporter(), at=AT + timedelta(days=1), key=make.key())
    stays, goes = (Path(settings.FILES_DIR) / "exports" / f"{name}.csv.draft" for name in (young, gone))
    for draft, age in ((stays, 0), (goes, 2)):
        draft.write_bytes(b"half")
        moment = (AT + KEPT_FOR - timedelta(days=age)).timestamp()
        os.utime(draft, (moment, moment))
    assert render.purge(at=AT + KEPT_FOR) == 0
    assert [bool(Export.objects.get(pk=each).asked) for each in (gone, young)] == [False, True]
    assert folder() == [stays.name], "a draft that somebody writes is left alone"


@pytest.mark.django_db
def test_what_is_asked_is_kept_once_with_its_purpose() -> None:
    by, key = exporter(), make.key()
    one = asked(by, key=key)
    assert asked(by, key=key) == one, "a double click"
    with pytest.raises(Conflict):
        asked(by, key=key, tab="done")
    (look,) = views_of(one)
    assert (look.kind, look.reason, look.detail) == ("export", "核对一季度办件", "CSV")
    assert look.label == "办件清单：待受理"
    given: dict[str, Any] = {"address": "", "by": by, "at": AT}
    for purpose in ("", "查", " \n 核 对", "长" * 201):
        with pytest.raises(Invalid, match="用途"):
            commands.ask_export("queue", "csv", {"tab": "done"}, purpose, key=make.key(), **given)
    for code, kind, asks in (
        ("queue", "doc", {"tab": "done"}),
        ("all", "csv", {}),
        ("queue", "csv", {}),
        ("queue", "csv", {"tab": "done", "item": "x"}),
    ):
        with pytest.raises(Invalid):
            commands.ask_export(code, kind, asks, "核对一季度办件", key=make.key(), **given)
    for right in (Capability.LIST_EXPORT, Capability.CASE_SEARCH):
        post = people.post(people.department(), f"缺{right}", [each for each in HELD if each != right])
        with pytest.raises(Refused):
            asked(people.staff(f"without-{right}", post))
    for _ in range(4):
        asked(by)
    with pytest.raises(Conflict, match="排队"):
        asked(by)
