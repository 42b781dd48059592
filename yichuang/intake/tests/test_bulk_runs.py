"""A file of filings from upload to cases: what is found, filed, known already, paused, given up, purged."""

import io
from datetime import timedelta

import pytest

from yichuang.cases.models import Case
from yichuang.catalogue.models import Item
from yichuang.catalogue.queries import filing_guide
from yichuang.directory.models import Account, Applicant
from yichuang.gateways.sheets_in import open_sheet
from yichuang.intake.commands import bulk_blocks
from yichuang.intake.commands.bulk import (
    cancel_run,
    choose_columns,
    confirm_run,
    fail_run,
    pause_run,
    purge_runs,
    resume_run,
)
from yichuang.intake.flow import KEPT_DAYS
from yichuang.intake.models import BulkMapping, BulkRow, BulkRun
from yichuang.intake.queries import content_of, fixed_receipt, read_application
from yichuang.intake.queries.bulk import faults_of, find_waiting, progress_of
from yichuang.intake.render import bulk_work
from yichuang.intake.render.bulk_files import fault_lines, write_faults, write_template
from yichuang.intake.rules import bulk_columns as rules
from yichuang.intake.rules.bulk_columns import Column
from yichuang.intake.tests import factories as make
from yichuang.intake.tests import factories_bulk as bulk
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.canonical import digest
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.notices.models import Message

pytestmark = pytest.mark.django_db
AT = bulk.AT
BAD = "2028年13月1日"


@pytest.fixture
def item() -> str:
    return bulk.offer().item.code


def counts(run: BulkRun) -> tuple[int, int, int, int, int]:
    return run.good, run.bad, run.double, run.known, run.filed


def test_a_file_is_judged_filed_and_completed_by_the_corrected_rows(item: str) -> None:
    by = make.applicant()
    table = [
        *bulk.rows(4),
        *bulk.rows(1, first=2),
        *bulk.rows(1, first=9, 原执照有效期截止日=BAD),
        *bulk.rows(1, first=10),
    ]
    run = bulk.checked(table, by, item)
    assert run.state == "checked"
    assert counts(run) == (5, 1, 1, 0, 0)
    assert [(one.row, one.column) for one in faults_of(run, limit=50)] == [
        (6, "整行"),
        (7, "原执照有效期截止日"),
    ]
    assert faults_of(run, limit=50)[0].message.startswith("与第 3 行重复")
    with pytest.raises(Conflict):
        confirm_run(run.pk, cases=7, by=by, at=AT, key=make.key())
    key = make.key()
    assert confirm_run(run.pk, cases=5, by=by, at=AT, key=key) == run.pk
    assert confirm_run(run.pk, cases=5, by=by, at=AT, key=key) == run.pk, "a double click"
    assert find_waiting() == [run.pk]
    bulk_work.run(run.pk, at=AT)
    bulk_work.run(run.pk, at=AT)
    run.refresh_from_db()
    assert (run.state, counts(run)) == ("done", (5, 1, 1, 0, 5))
    assert [one.kind for one in facts_of(run.pk)] == ["bulk.confirmed", "bulk.ended"]
    message = Message.objects.get(subject_id=run.pk)
    assert (message.applicant_id, "已申报 5 件，有误 2 行" in message.body) == (by.applicant_id, True)
    assert progress_of(run).percent == 100

    again = bulk.begun(bulk.as_csv(table), by, item=item)
    assert (again.again, again.id) == (True, run.pk), "the same file makes nothing"
    mended = io.BytesIO()
    assert write_faults(run, mended) == 1
    data = mended.getvalue()
    with open_sheet(io.BytesIO(data), name="改.xlsx") as sheet:
        assert sheet.header[-2:] == ["原行号", "错误说明"]
        (row,) = sheet.rows()
        assert row.cells[-2] == "7"
        assert "【原执照有效期截止日】" in row.cells[-1]
    corrected = [*bulk.rows(4), *bulk.rows(1, first=9)]
    second = bulk.begun(bulk.as_csv(corrected), by, item=item, supplements=run.pk)
    bulk_work.run(second.id, at=AT)
    found = bulk.run_of(second)
    assert counts(found) == (1, 0, 0, 4, 0), "what was filed is known"
    assert found.supplements_id == run.pk
    confirm_run(found.pk, cases=1, by=by, at=AT, key=make.key())
    bulk_work.run(found.pk, at=AT)
    assert Case.objects.count() == 6
    assert write_faults(bulk.run_of(second), io.BytesIO()) == 0
    assert len(list(fault_lines(bulk.run_of(second)))) == 1, "the heading alone"


def test_the_workbook_of_faults_can_be_uploaded_as_it_is(item: str) -> None:
    by = make.applicant()
    run = bulk.checked(bulk.rows(3, 原执照有效期截止日=BAD), by, item)
    out = io.BytesIO()
    write_faults(run, out)
    again = bulk.begun(out.getvalue(), by, item=item, name="改.xlsx", supplements=run.pk)
    bulk_work.run(again.id, at=AT)
    assert counts(bulk.run_of(again)) == (0, 3, 0, 0, 0)
    with pytest.raises(Invalid):
        confirm_run(again.id, cases=0, by=by, at=AT, key=make.key())


def test_the_template_is_filled_in_and_accepted(item: str) -> None:
    from_template = io.BytesIO()
    columns = columns_of(item)
    write_template(columns, "csv", from_template)
    run = bulk.begun(from_template.getvalue(), make.applicant(), item=item, name="模板.csv")
    assert bulk.run_of(run).state == "waiting_check"
    write_template(columns, "xlsx", io.BytesIO())


def columns_of(item: str) -> tuple[Column, ...]:
    return rules.columns_of(
        filing_guide(item).guide.form, for_others=False, known=("applicant_name", "credit_code")
    )


def test_columns_are_chosen_once_and_remembered(item: str) -> None:
    by = make.applicant()
    odd = [
        {("站名" if name == "台站名称" else name): text for name, text in row.items()} for row in bulk.rows(2)
    ]
    run = bulk.run_of(bulk.begun(bulk.as_csv(odd), by, item=item))
    assert run.state == "columns"
    with pytest.raises(Invalid) as wrong:
        choose_columns(run.pk, run.mapping, seen=run.edit, by=by, at=AT)
    assert "缺少必填的列“台站名称”" in wrong.value.fields["mapping"]
    chosen = [
        "station_name" if name == "站名" else code for name, code in zip(run.header, run.mapping, strict=True)
    ]
    with pytest.raises(Conflict):
        choose_columns(run.pk, chosen, seen=run.edit + 1, by=by, at=AT)
    choose_columns(run.pk, chosen, seen=run.edit, by=by, at=AT)
    bulk_work.run(run.pk, at=AT)
    run.refresh_from_db()
    assert counts(run)[:2] == (2, 0)
    assert BulkMapping.objects.get().chosen["站名"] == "station_name"
    other = [row | {"承诺人": "张示例"} for row in odd]
    assert bulk.run_of(bulk.begun(bulk.as_csv(other), by, item=item)).state == "waiting_check"


def test_pause_resume_and_cancel(item: str, monkeypatch: pytest.MonkeyPatch) -> None:
    by = make.applicant()
    monkeypatch.setattr(bulk_work, "ROWS_AT_ONCE", 8)
    monkeypatch.setattr(bulk_work, "FEWEST_AT_ONCE", 2)
    run = bulk.checked(bulk.rows(12), by, item)
    confirm_run(run.pk, cases=12, by=by, at=AT, key=make.key())
    real = bulk_blocks.file_block

    def paused_behind(*arguments: object, **named: object) -> bulk_blocks.Filed:
        filed = real(*arguments, **named)  # type: ignore[arg-type]
        pause_run(run.pk, by=by, at=AT)
        return filed

    monkeypatch.setattr(bulk_work, "file_block", paused_behind)
    bulk_work.run(run.pk, at=AT)
    run.refresh_from_db()
    assert (run.state, run.filed, Case.objects.count()) == ("paused", 2, 2)
    bulk_work.run(run.pk, at=AT)
    assert Case.objects.count() == 2, "what is paused rests"
    with pytest.raises(Conflict):
        pause_run(run.pk, by=by, at=AT)
    resume_run(run.pk, by=by, at=AT)
    bulk_work.run(run.pk, at=AT)
    cancel_run(run.pk, by=by, at=AT)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert run.filed == Case.objects.count() > 2, "what is filed stays filed"
    with pytest.raises(Conflict):
        resume_run(run.pk, by=by, at=AT)
    fail_run(run.pk, "晚了", by=SYSTEM, at=AT)
    monkeypatch.setattr(bulk_work, "file_block", real)
    rest = bulk.filed(bulk.rows(12), by, item)
    assert (rest.known, Case.objects.count()) == (run.filed, 12), (
        "a run given up may be begun again: nothing twice"
    )


def test_only_the_own_runs_are_there(item: str) -> None:
    by, other = make.applicant(), make.stranger()
    run = bulk.checked(bulk.rows(1), by, item)
    for command in (pause_run, resume_run, cancel_run):
        with pytest.raises(Missing):
            command(run.pk, by=other, at=AT)
    with pytest.raises(Missing):
        confirm_run(run.pk, cases=1, by=other, at=AT, key=make.key())
    with pytest.raises(Refused):
        confirm_run(run.pk, cases=1, by=make.window_clerk(), at=AT, key=make.key())
    assert find_waiting() == []


def test_staff_file_for_those_whom_the_rows_name(item: str) -> None:
    version = Item.objects.select_related("department", "current").get(code=item)
    assert version.current is not None
    by = bulk.clerk(version.current)
    known = make.company()
    more = {"证件类型": "统一社会信用代码", "法定代表人或者负责人": "李示例", "通信地址": "示例路1号"}
    table = [
        {**more, "申请人名称": known.name, "证件号码": known.paper_number, "联系电话": "", **bulk.rows(1)[0]},
        {
            **more,
            "申请人名称": "另一示例有限公司",
            "证件号码": make.COMPANY_CODES[1],
            "联系电话": "13800000009",
            **bulk.rows(1)[0],
        },
        {
            **more,
            "申请人名称": "示例",
            "证件号码": "91510000MA00000073",
            "联系电话": "13800000009",
            **bulk.rows(1)[0],
        },
    ]
    run = bulk.filed(table, by, item)
    assert (run.state, counts(run)) == ("done", (2, 1, 0, 0, 2)), run.reason
    assert run.channel == "1"
    names = sorted(Case.objects.values_list("applicant_name", flat=True))
    assert names == sorted([known.name, "另一示例有限公司"])
    made = Applicant.objects.get(paper_number=make.COMPANY_CODES[1])
    assert (made.phone, made.kind) == ("13800000009", "company")
    colleague = bulk.clerk(version.current, "another")
    assert bulk.begun(bulk.as_csv(table), colleague, item=item).again, "the department has filed it"


def test_papers_on_the_table_stand_with_the_case(item: str) -> None:
    version = Item.objects.select_related("current").get(code=item).current
    assert version is not None
    by = bulk.clerk(version)
    row = bulk.rows(1, 是否委托代理人办理="是")[0] | {
        "申请人名称": "示例科技有限公司", "证件类型": "信用代码", "证件号码": make.COMPANY_CODES[0], "联系电话": "13800000000",
        "代理人姓名": "张示例", "代理人身份证号码": make.PERSON_ID, "法定代表人或者负责人": "李示例", "通信地址": "示例路1号",
    }  # fmt: skip
    made = bulk.begun(bulk.as_csv([row]), by, item=item, papers=True)
    bulk_work.run(made.id, at=AT)
    confirm_run(made.id, cases=1, by=by, at=AT, key=make.key())
    bulk_work.run(made.id, at=AT)
    assert bulk.run_of(made).state == "done", bulk.run_of(made).reason
    case = Case.objects.get()
    fixed, kept = fixed_receipt(case.pk), read_application(case.pk)
    assert fixed is not None
    assert kept is not None
    assert digest(content_of(kept, case.applicant_id)) == fixed.content_sha256 == fixed.body["content_sha256"]
    assert [one.code for one in kept.materials] == ["power_of_attorney"]


def test_what_has_changed_since_the_check_is_seen(item: str) -> None:
    by = make.applicant()
    run = bulk.checked(bulk.rows(2, 申请继续使用至="2022-05-20") + bulk.rows(1, first=3), by, item)
    confirm_run(run.pk, cases=3, by=by, at=AT, key=make.key())
    bulk_work.run(run.pk, at=AT + timedelta(days=10))
    run.refresh_from_db()
    assert (run.state, counts(run)) == ("done", (1, 2, 0, 0, 1)), "two days are past by then"
    assert {one.column for one in faults_of(run, limit=9)} == {"申请继续使用至"}
    second = bulk.checked(bulk.rows(2, first=20), by, item)
    confirm_run(second.pk, cases=2, by=by, at=AT, key=make.key())
    Item.objects.filter(code=item).update(is_active=False)
    bulk_work.run(second.pk, at=AT)
    second.refresh_from_db()
    assert (second.state, second.filed) == ("failed", 0)
    assert "办事指南已经更新" in second.reason


def test_a_right_that_was_lost_stops_the_work(item: str) -> None:
    by = make.applicant()
    run = bulk.checked(bulk.rows(1), by, item)
    confirm_run(run.pk, cases=1, by=by, at=AT, key=make.key())
    assert by.id is not None
    Account.objects.filter(pk=by.id).update(is_active=False)
    bulk_work.run(run.pk, at=AT)
    run.refresh_from_db()
    assert (run.state, Case.objects.count()) == ("failed", 0)
    bulk_work.lay_aside(run.pk, why="x", at=AT)


def test_rows_and_files_go_after_a_while(item: str) -> None:
    by = make.applicant()
    done = bulk.filed(bulk.rows(2), by, item)
    left = bulk.checked(bulk.rows(2, first=7), by, item)
    assert purge_runs(by=SYSTEM, at=AT + timedelta(days=KEPT_DAYS - 1)) == []
    with pytest.raises(Refused):
        purge_runs(by=by, at=AT)
    late = AT + timedelta(days=KEPT_DAYS + 1)
    assert purge_runs(by=SYSTEM, at=late) == [done.file_sha256]
    left.refresh_from_db()
    assert (left.state, left.ended_at) == ("failed", late), "nobody confirmed it"
    assert set(BulkRow.objects.values_list("run_id", flat=True)) == {left.pk}
    assert purge_runs(by=SYSTEM, at=late + timedelta(days=KEPT_DAYS + 1)) == [left.file_sha256]
    assert not BulkRow.objects.exists()
    assert Case.objects.count() == 2
