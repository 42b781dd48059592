"""Distributing an issue: the list from the imprint, copies, hand-outs, readers, reminders; and who may do it."""

from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from yichuang.directory.flow import DepartmentKind
from yichuang.directory.models import Department
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.reports.commands import distribution as commands
from yichuang.reports.flow import FACT_LABELS, State
from yichuang.reports.models import IssueSubscription, ReadReceipt, Report, ReportRecipient
from yichuang.reports.queries import distribution as queries
from yichuang.reports.rules.distribution import Body, BodyKind, recipients
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_pages_desk import as_

WATER = Body(BodyKind.DEPARTMENT, "水利厅", "水利厅", uuid4())
TRADE = Body(BodyKind.DEPARTMENT, "示例商务厅", "商务厅", uuid4())
OFFICE = Body(BodyKind.OFFICE, "政务平台服务处", "平台处", uuid4())
WINDOW = Body(BodyKind.WINDOW, "B01 水利窗口", department_id=WATER.department_id)
KNOWN = [WATER, TRADE, OFFICE, WINDOW]


def named(**printed: str) -> list[tuple[str, str]]:
    return [(each.label, each.body.name) for each in recipients(printed, KNOWN)]


def test_groups_are_named_one_by_one() -> None:
    assert named(报="中心领导", 送="各相关省级部门（单位），中心各处（室）、直属单位", 发="各部门窗口") == [
        ("报", "中心领导"), ("送", "水利厅"), ("送", "示例商务厅"), ("送", "政务平台服务处"), ("送", "直属单位"),
        ("发", "B01 水利窗口"),
    ]  # fmt: skip


def test_a_body_by_its_short_name_and_nobody_twice() -> None:
    assert named(报="商务厅", 送="示例商务厅、省商务厅，水利厅。水利厅") == [
        ("报", "示例商务厅"),
        ("送", "水利厅"),
    ]


def test_the_imprint_of_2023_reaches_departments_and_windows() -> None:
    assert named(送="省中心领导、省级相关部门（单位）", 发="省级相关部门（单位）窗口") == [
        ("送", "省中心领导"),
        ("送", "水利厅"),
        ("送", "示例商务厅"),
        ("发", "B01 水利窗口"),
    ]


def test_what_names_no_known_body_stands_as_printed() -> None:
    assert named(送="某某协会；", 发="") == [("送", "某某协会")]
    assert recipients({"发": "各部门窗口"}, []) == recipients({"发": "各部门窗口"}, [WATER])


@pytest.fixture
def issue(db: None) -> Report:
    """An issue with a list that holds the department of the water."""
    make.people.department()
    report = make.issued()
    commands.draw_up_distribution(report.pk, by=make.editor(), at=make.ISSUE_AT)
    return report


def line(report: Report, name: str = "水利厅") -> ReportRecipient:
    return report.recipients.get(name=name)


def kinds(report: Report) -> list[str]:
    return [fact.kind for fact in facts_of(report.pk) if fact.kind in FACT_LABELS]


def test_the_list_is_drawn_up_once(issue: Report) -> None:
    count = issue.recipients.count()
    assert count >= 3
    assert commands.draw_up_distribution(issue.pk, by=make.editor(), at=make.ISSUE_AT) == 0
    assert issue.recipients.count() == count
    assert kinds(issue).count("report.distribution_drawn_up") == 1
    assert line(issue).department == make.people.department()


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.COLLECTING, State.EDITING, State.IN_REVIEW])
def test_a_draft_is_not_distributed(client: Client, state: State) -> None:
    report = make.in_state(state)
    with pytest.raises(Conflict):
        commands.draw_up_distribution(report.pk, by=make.editor(), at=make.AT)
    assert as_(client, make.editor()).get(f"/desk/reports/{report.pk}/distribution").status_code == 404


def test_only_editors_keep_the_list(issue: Report) -> None:
    row, others = line(issue), [make.contributor(), make.reviewer(), make.leader()]
    acts: list[Any] = [
        lambda by: commands.draw_up_distribution(issue.pk, by=by, at=make.AT),
        lambda by: commands.add_recipient(issue.pk, "送", "甲", 1, by=by, at=make.AT, key="a" * 32),
        lambda by: commands.allot_copies(issue.pk, {row.pk: 2}, by=by, at=make.AT),
        lambda by: commands.hand_out(row.pk, "李示例", by=by, at=make.AT),
        lambda by: commands.take_back_hand_out(row.pk, by=by, at=make.AT),
        lambda by: queries.distribution(issue, by=by),
        lambda by: queries.distributed_issue(issue.pk, by=by),
    ]
    for act in acts:
        for by in others:
            with pytest.raises(Refused):
                act(by)


def test_one_more_body_once_for_a_key_and_known_by_its_name(issue: Report) -> None:
    key = uuid4().hex
    first = commands.add_recipient(issue.pk, "送", " 示例 协会 ", 3, by=make.editor(), at=make.AT, key=key)
    again = commands.add_recipient(issue.pk, "送", " 示例 协会 ", 3, by=make.editor(), at=make.AT, key=key)
    assert (first.pk, first.name, first.copies, first.kind) == (again.pk, "示例 协会", 3, "other")
    with pytest.raises(Conflict):
        commands.add_recipient(issue.pk, "发", "水利厅", 1, by=make.editor(), at=make.AT, key=uuid4().hex)
    with pytest.raises(Invalid) as caught:
        commands.add_recipient(issue.pk, "抄", " ", -1, by=make.editor(), at=make.AT, key=uuid4().hex)
    assert set(caught.value.fields) == {"label", "name", "copies"}


def test_copies_change_until_they_are_handed_out(issue: Report) -> None:
    row = line(issue)
    assert commands.allot_copies(issue.pk, {row.pk: 5}, by=make.editor(), at=make.AT) == 1
    assert commands.allot_copies(issue.pk, {row.pk: 5}, by=make.editor(), at=make.AT) == 0
    with pytest.raises(Invalid):
        commands.allot_copies(issue.pk, {row.pk: 10000}, by=make.editor(), at=make.AT)
    with pytest.raises(Missing):
        commands.allot_copies(issue.pk, {uuid4(): 1}, by=make.editor(), at=make.AT)
    handed = commands.hand_out(row.pk, "李示例", by=make.editor(), at=make.AT)
    assert (handed.handed_to, handed.handed_at) == ("李示例", make.AT)
    with pytest.raises(Conflict):
        commands.hand_out(row.pk, "王示例", by=make.editor(), at=make.AT)
    with pytest.raises(Conflict):
        commands.allot_copies(issue.pk, {row.pk: 6}, by=make.editor(), at=make.AT)
    assert commands.take_back_hand_out(row.pk, by=make.editor(), at=make.AT).handed_at is None
    with pytest.raises(Conflict):
        commands.take_back_hand_out(row.pk, by=make.editor(), at=make.AT)
    assert kinds(issue)[-3:] == [
        "report.distribution_changed",
        "report.handed_out",
        "report.hand_out_taken_back",
    ]


def test_nothing_is_handed_out_to_nobody(issue: Report) -> None:
    row = line(issue)
    with pytest.raises(Invalid):
        commands.hand_out(row.pk, "  ", by=make.editor(), at=make.AT)
    commands.allot_copies(issue.pk, {row.pk: 0}, by=make.editor(), at=make.AT)
    with pytest.raises(Invalid):
        commands.hand_out(row.pk, "李示例", by=make.editor(), at=make.AT)
    with pytest.raises(Missing):
        commands.hand_out(uuid4(), "李示例", by=make.editor(), at=make.AT)


def test_the_table_itself_refuses_half_a_hand_out(issue: Report) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportRecipient.objects.filter(pk=line(issue).pk).update(handed_at=make.AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportRecipient.objects.filter(pk=line(issue).pk).update(copies=-1)


def test_reading_is_kept_once_a_person(client: Client, issue: Report) -> None:
    reader = make.contributor()
    for _ in range(3):
        assert as_(client, reader).get(f"/reports/{issue.slug}").status_code == 200
    (receipt,) = ReadReceipt.objects.all()
    assert (receipt.account_id, receipt.department) == (reader.id, make.people.department())
    assert kinds(issue).count("report.read") == 1
    assert not commands.receipt_reading(issue, by=reader, at=make.AT)
    found = queries.distribution(issue, by=make.editor())
    states = {row.recipient.name: row.state for row in found.rows}
    assert states["水利厅"] == "已阅"
    assert states["中心领导"] == "未领未阅"
    assert found.read == 1


def test_others_leave_no_receipt(client: Client, issue: Report) -> None:
    client.get(f"/reports/{issue.slug}")
    trade = make.people.department("商务厅", "120", "川商")
    stranger = make.people.staff("trade", make.people.post(trade, "联络员", []))
    issue.recipients.filter(department=trade).delete()
    as_(client, stranger).get(f"/reports/{issue.slug}")
    assert not ReadReceipt.objects.exists()


def test_a_receipt_is_never_rewritten(issue: Report) -> None:
    commands.receipt_reading(issue, by=make.contributor(), at=make.AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReadReceipt.objects.update(name="别人")


def test_nobody_is_told_without_asking(issue: Report) -> None:
    reader = make.contributor()
    assert queries.unread_issues(reader) == []
    assert not IssueSubscription.objects.exists()
    commands.subscribe_to_issues(True, by=reader, at=make.AT)
    commands.subscribe_to_issues(True, by=reader, at=make.ISSUE_AT)
    assert [report.pk for report in queries.unread_issues(reader)] == [issue.pk]
    commands.receipt_reading(issue, by=reader, at=make.ISSUE_AT)
    assert queries.unread_issues(reader) == []
    commands.subscribe_to_issues(False, by=reader, at=make.AT)
    assert queries.subscribed_since(reader) is None
    assert mail.outbox == []


def test_the_reminder_is_ones_own(client: Client, issue: Report) -> None:
    page = "/desk/reports/reminder"
    assert client.get(page).status_code == 302
    desk = as_(client, make.contributor())
    assert "提醒没有开启" in desk.get(page).content.decode()
    assert desk.post(page, {"wanted": "yes"}).status_code == 302
    assert "您已开启提醒" in desk.get(page).content.decode()
    desk.post(page, {"wanted": "no"})
    assert not IssueSubscription.objects.exists()


def address(report: Report) -> str:
    return f"/desk/reports/{report.pk}/distribution"


def test_the_page_from_an_empty_list_to_a_signed_sheet(client: Client, db: None) -> None:
    make.people.department()
    report = make.issued()
    desk = as_(client, make.editor())
    assert "还没有分送名单" in desk.get(address(report)).content.decode()
    assert desk.post(address(report), {"act": "draw-up"}).status_code == 302
    row = line(report)
    desk.post(address(report), {"act": "allot", f"copies-{row.pk}": "4"})
    desk.post(address(report), {"act": "hand", "hand": str(row.pk), f"to-{row.pk}": "李示例"})
    shown = desk.get(address(report)).content.decode()
    assert "李示例" in shown
    assert "撤销领取" in shown
    sheet = b"".join(desk.get(address(report), {"format": "csv"})).decode()
    assert "水利厅,部门,4,李示例," in sheet
    desk.post(address(report), {"act": "take-back", "hand": str(row.pk)})
    assert "李示例" not in desk.get(address(report)).content.decode()


def test_what_was_typed_comes_back(client: Client, issue: Report) -> None:
    desk = as_(client, make.editor())
    asked = {"act": "add", "client_key": uuid4().hex, "label": "送", "name": "示例协会", "copies": "很多"}
    answer = desk.post(address(issue), asked)
    assert answer.status_code == 422
    assert 'value="示例协会"' in answer.content.decode()
    row = line(issue)
    answer = desk.post(address(issue), {"act": "allot", f"copies-{row.pk}": "-3"})
    assert answer.status_code == 422
    assert 'value="-3"' in answer.content.decode()
    for wrong in ({}, {"act": "eat"}, {"act": "hand"}, {"act": "take-back"}):
        assert desk.post(address(issue), wrong).status_code == 422


def test_a_long_list_costs_no_more_statements(client: Client, issue: Report) -> None:
    desk = as_(client, make.editor())
    desk.get(address(issue))
    with sql.counting() as few:
        desk.get(address(issue))
    for place in range(30):
        Department.objects.create(
            id=uuid4(), code=f"D{place}", number_code=f"{500 + place}", name=f"示例局{place}", short_name=f"示例局{place}",
            kind=DepartmentKind.PROVINCIAL, region=make.people.province(),
        )  # fmt: skip
        commands.add_recipient(
            issue.pk, "送", f"示例局{place}", 1, by=make.editor(), at=make.AT, key=uuid4().hex
        )
    with sql.counting() as many:
        desk.get(address(issue))
    assert len(many) == len(few) <= 8
