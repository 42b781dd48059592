"""Distributing an issue: the list drawn up from its imprint, copies, hand-outs, and who has read it here."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.reports.commands.keeping import locked
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.models import IssueSubscription, ReadReceipt, Report, ReportRecipient
from yichuang.reports.queries.distribution import known_bodies, must_receipt
from yichuang.reports.rules.distribution import (
    CHANGED,
    DRAWN_UP,
    HANDED_OUT,
    READ,
    TAKEN_BACK,
    Body,
    BodyKind,
    recipients,
)
from yichuang.reports.rules.form import DISTRIBUTION

MOST_COPIES = 9999
LONGEST_NAME = 80


@transaction.atomic
def draw_up_distribution(report_id: UUID, *, by: Actor, at: datetime) -> int:
    """Name every body that the imprint of an issue means, one copy each; how many. A list that is there stays.

    Raises Refused, Missing, Conflict before 签发, Invalid where the imprint names nobody.
    """
    by.require(Capability.REPORT_EDIT)
    report = _issued(report_id)
    if report.recipients.exists():
        return 0
    found = recipients(report.distribution, known_bodies())
    if not found:
        raise Invalid("本期没有写明报、送、发的对象，不能生成名单。", how="可以在下面逐个添加。")
    ReportRecipient.objects.bulk_create(
        ReportRecipient(
            id=uuid7(at), report=report, position=place, label=each.label, kind=each.body.kind,
            name=each.body.name, department_id=each.body.department_id,
        )
        for place, each in enumerate(found)
    )  # fmt: skip
    record(NewFact(report.id, "report", DRAWN_UP, {"recipients": len(found)}), by=by, at=at)
    return len(found)


def _issued(report_id: UUID) -> Report:
    report = locked(report_id)
    if report.state not in PUBLISHED:
        raise Conflict("这期周报还没有签发，不能分送。", how="签发之后再登记分送。")
    return report


@keyed("recipient")
@transaction.atomic
def add_recipient(
    report_id: UUID, label: str, name: str, copies: int, *, by: Actor, at: datetime, key: str
) -> ReportRecipient:
    """Put one more body on the list. The same key twice is once. Raises Invalid, Conflict for one that is there."""
    by.require(Capability.REPORT_EDIT)
    report = _issued(report_id)
    known = ReportRecipient.objects.filter(key=key).first()
    if known is not None:
        return known
    name = " ".join(name.split())
    _check_new(label, name, copies)
    body = next(
        (each for each in known_bodies() if name in {each.name, each.short_name}), Body(BodyKind.OTHER, name)
    )
    if report.recipients.filter(kind=body.kind, name=body.name).exists():
        raise Conflict(f"「{body.name}」已在名单上。", how="请直接修改它的份数。")
    last = report.recipients.order_by("-position").values_list("position", flat=True).first()
    made = ReportRecipient.objects.create(
        id=uuid7(at), report=report, position=0 if last is None else last + 1, label=label, kind=body.kind,
        name=body.name, department_id=body.department_id, copies=copies, key=key,
    )  # fmt: skip
    record(
        NewFact(report.id, "report", CHANGED, {"added": made.name, "label": label, "copies": copies}),
        by=by,
        at=at,
    )
    return made


def _check_new(label: str, name: str, copies: int) -> None:
    wrong = {}
    if label not in DISTRIBUTION:
        wrong["label"] = "请选择报、送或者发"
    if not name or len(name) > LONGEST_NAME:
        wrong["name"] = f"请填写单位名称，最多 {LONGEST_NAME} 字"
    if not 0 <= copies <= MOST_COPIES:
        wrong["copies"] = f"份数应为 0 到 {MOST_COPIES}"
    if wrong:
        raise Invalid("填写有误，没有添加。", fields=wrong)


@transaction.atomic
def allot_copies(report_id: UUID, copies: Mapping[UUID, int], *, by: Actor, at: datetime) -> int:
    """Set how many copies bodies get; how many lines changed. Unknown lines are Missing; a line already handed out stays.

    Raises Invalid (fields copies-<id>) for a number that is none, Conflict where a changed line is handed out.
    """
    by.require(Capability.REPORT_EDIT)
    report = _issued(report_id)
    rows = {row.id: row for row in report.recipients.all()}
    if not set(copies) <= set(rows):
        raise Missing("名单已变化。", how="请刷新页面后重新填写。")
    wrong = {f"copies-{id_}": f"份数应为 0 到 {MOST_COPIES}" for id_, n in copies.items() if not 0 <= n <= MOST_COPIES}  # fmt: skip
    if wrong:
        raise Invalid("份数有误，没有保存。", fields=wrong)
    changed = [row for id_, row in rows.items() if id_ in copies and row.copies != copies[id_]]
    taken = [row.name for row in changed if row.handed_at is not None]
    if taken:
        raise Conflict(f"「{taken[0]}」已经领取，份数不能再改。", how="如登记有误，请先撤销领取。")
    said = {row.name: [row.copies, copies[row.id]] for row in changed}
    for row in changed:
        row.copies = copies[row.id]
    if changed:
        ReportRecipient.objects.bulk_update(changed, ["copies"])
        record(NewFact(report.id, "report", CHANGED, {"copies": said}), by=by, at=at)
    return len(changed)


@transaction.atomic
def hand_out(recipient_id: UUID, to: str, *, by: Actor, at: datetime) -> ReportRecipient:
    """Keep that somebody took a body's copies. Handing out twice is Conflict; `to` is who took them (Invalid if empty)."""
    by.require(Capability.REPORT_EDIT)
    row = _line(recipient_id)
    to = " ".join(to.split())
    if not to or len(to) > LONGEST_NAME:
        raise Invalid("没有写明由谁领取。", fields={f"to-{row.id}": "请填写领取人"})
    if row.handed_at is not None:
        raise Conflict(f"「{row.name}」已由{row.handed_to}领取。", how="请刷新页面查看最新情况。")
    if row.copies == 0:
        raise Invalid(
            f"「{row.name}」没有分到份数。", how="请先填写份数。", fields={f"to-{row.id}": "份数为 0"}
        )
    row.handed_at, row.handed_to, row.handed_by_name = at, to, by.name
    row.save(update_fields=["handed_at", "handed_to", "handed_by_name"])
    data = {"recipient": row.name, "copies": row.copies, "to": to}
    record(NewFact(row.report_id, "report", HANDED_OUT, data), by=by, at=at)
    return row


@transaction.atomic
def take_back_hand_out(recipient_id: UUID, *, by: Actor, at: datetime) -> ReportRecipient:
    """Undo a hand-out that was entered by mistake; the facts keep both. Raises Conflict where nothing was handed out."""
    by.require(Capability.REPORT_EDIT)
    row = _line(recipient_id)
    if row.handed_at is None:
        raise Conflict(f"「{row.name}」还没有登记领取。", how="请刷新页面查看最新情况。")
    data = {"recipient": row.name, "to": row.handed_to}
    row.handed_at, row.handed_to, row.handed_by_name = None, "", ""
    row.save(update_fields=["handed_at", "handed_to", "handed_by_name"])
    record(NewFact(row.report_id, "report", TAKEN_BACK, data), by=by, at=at)
    return row


def _line(recipient_id: UUID) -> ReportRecipient:
    report_id = ReportRecipient.objects.filter(pk=recipient_id).values_list("report_id", flat=True).first()
    if report_id is None:
        raise Missing("名单上没有这个单位。")
    _issued(report_id)
    return ReportRecipient.objects.get(pk=recipient_id)


@transaction.atomic
def receipt_reading(report: Report, *, by: Actor, at: datetime) -> bool:
    """Keep that somebody of a receiving body opened the issue here; whether it was new. No capability: one's own reading."""
    if by.id is None or by.department_id is None or not must_receipt(report, by):
        return False
    _, new = ReadReceipt.objects.get_or_create(
        report=report,
        account_id=by.id,
        defaults={"id": uuid7(at), "name": by.name, "department_id": by.department_id, "at": at},
    )
    if new:
        record(NewFact(report.id, "report", READ, {"department": str(by.department_id)}), by=by, at=at)
    return new


@transaction.atomic
def subscribe_to_issues(wanted: bool, *, by: Actor, at: datetime) -> None:
    """Ask to be told of new issues at the desk, or no longer. For one's own account only; nobody is asked by default."""
    if by.kind != "staff" or by.id is None:
        raise Refused("只有工作人员可以订阅新一期提醒。", how="周报对所有人公开，可以在周报栏目阅读。")
    if wanted:
        IssueSubscription.objects.get_or_create(account_id=by.id, defaults={"since": at})
    else:
        IssueSubscription.objects.filter(account_id=by.id).delete()
