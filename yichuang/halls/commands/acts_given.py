"""What leaves the window: cases handed over to a department, certificates given to applicants; each with its receipt."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases.flow import State
from yichuang.cases.queries import visible
from yichuang.directory.flow import Capability
from yichuang.halls.commands.acts import NewAct, put
from yichuang.halls.flow.windows import RECEIPT_DAYS, SUBJECT, IssueMethod, ReceiptState
from yichuang.halls.models import HandOver, Issue, WindowAct
from yichuang.halls.rules.windows import masked
from yichuang.journal.commands import NewFact, record
from yichuang.kernel import canonical
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar

_DIGEST = re.compile(r"[0-9a-f]{64}")


def hand_over(new: NewAct, *, by: Actor, at: datetime, key: str) -> HandOver:
    """Hand cases or papers over to a department: the act and its numbered sheet. Whoever makes it signs for the window.

    The department confirms by `receive` within a working day. The same key makes one sheet. Raises Invalid, Refused.
    """
    by.require(Capability.WINDOW_ACT)
    if not new.numbers and not new.source.strip():
        raise Invalid(
            "请填办件编号，或者填件数和来源。",
            fields={"numbers": "一行一个编号；没有编号的，填件数，并在「来源」写明清单"},
        )
    year = local_day(at).year
    wanted = replace(
        new, series=f"window_hand_over:{year}", number_prefix=f"综窗流转〔{year}〕", number_suffix="号"
    )
    with transaction.atomic():
        act, told = put(wanted, by=by, at=at, key=key)
        if told is None:
            return HandOver.objects.select_related("act").get(pk=act.pk)
        assert told.number is not None
        due = calendar().add(local_day(at), RECEIPT_DAYS)
        return HandOver.objects.create(act=act, number=told.number, due_on=due)


def receive(act_id: UUID, *, by: Actor, at: datetime) -> HandOver:
    """The department's person confirms that everything on the sheet has come. Only one confirmation counts.

    Raises Missing, Refused (not of that department, or who handed it over), Conflict (somebody was faster, cancelled).
    """
    by.require(Capability.CASE_CLAIM)
    return _close(act_id, ReceiptState.RECEIVED, "", by, at)


def send_back(act_id: UUID, reason: str, *, by: Actor, at: datetime) -> HandOver:
    """The department returns the sheet because it does not agree with what came.

    Raises as `receive`, and Invalid; Conflict also where the content of its cases was destroyed by law.
    """
    by.require(Capability.CASE_CLAIM)
    if not reason.strip():
        raise Invalid(
            "请写明退回理由。", fields={"reason": "不能为空，例如：清单 12 件，实收 11 件，缺第 3 件"}
        )
    return _close(act_id, ReceiptState.RETURNED, reason.strip(), by, at)


@transaction.atomic
def _close(act_id: UUID, state: ReceiptState, reason: str, by: Actor, at: datetime) -> HandOver:
    sheet = (
        HandOver.objects.select_for_update(of=("self", "act")).select_related("act").filter(pk=act_id).first()
    )
    if sheet is None or not by.reaches(sheet.act.department_id):
        raise Missing
    _check_other_side(sheet, by)
    if reason and sheet.act.salt == "":
        # A reason given now would stay for ever.
        raise Conflict(
            "这张交接单所列办件的内容已经依法删除，不能再退回。", how="请签收，或者请移交人另开交接单。"
        )
    sheet.state, sheet.closed_at, sheet.closed_by_name, sheet.reason = state, at, by.name, reason
    sheet.closed_by_id = by.id
    sheet.save(update_fields=["state", "closed_at", "closed_by", "closed_by_name", "reason"])
    data: dict[str, object] = {"number": sheet.number, "quantity": sheet.act.quantity}
    if reason:
        data["reason"] = canonical.commitment(sheet.act.salt, reason)
    fact = NewFact(act_id, SUBJECT, f"hand_over.{state.value}", data, department_id=sheet.act.department_id)
    record(fact, by=by, at=at)
    return sheet


def _check_other_side(sheet: HandOver, by: Actor) -> None:
    if by.kind == "staff" and by.department_id != sheet.act.department_id:
        raise Refused("只有接收部门的人员才能签收。", how="请通知该部门窗口的同事登录后签收。")
    if by.id == sheet.act.entered_by_id:
        raise Refused("移交人不能替接收方签收。", how="请由接收部门的另一位同事签收。")
    if sheet.act.cancelled_at is not None:
        raise Conflict("这张交接单已经撤销。", how="请刷新页面查看。")
    if sheet.state != ReceiptState.PENDING:
        label = ReceiptState(sheet.state).label
        raise Conflict(f"这张交接单已由{sheet.closed_by_name}办理：{label}。", how="请刷新页面查看。")


@dataclass(frozen=True, slots=True)
class IssueForm:
    """How certificates reached their applicant. `signature_sha256`: the drawn signature or the signed sheet's scan."""

    documents: str
    recipient: str
    paper: str = ""
    method: str = IssueMethod.SIGNED
    signed_as: str = ""
    signature_sha256: str = ""
    signature_kind: str = ""
    tracking: str = ""


def issue(new: NewAct, form: IssueForm, *, by: Actor, at: datetime, key: str) -> Issue:
    """Give certificates to an applicant, against a signature or by mail; also those decided elsewhere.

    Where it is the result of a case of the platform (`case_id`), the case is delivered in the same transaction
    (行政许可法 44). The same key gives once. Raises Invalid, Refused, Missing, Conflict (the case is not decided).
    """
    by.require(Capability.WINDOW_ACT)
    _check_issue(form)
    stated = {
        "documents": form.documents, "recipient": form.recipient, "paper": form.paper, "method": form.method,
        "signed_as": form.signed_as, "signature": form.signature_sha256, "tracking": form.tracking,
    }  # fmt: skip
    with transaction.atomic():
        if new.case_id is not None:
            new = _of_case(new, form, by, at, key)
        act, told = put(replace(new, particulars=stated), by=by, at=at, key=key)
        if told is None:
            return Issue.objects.select_related("act").get(pk=act.pk)
        return Issue.objects.create(
            act=act, documents=form.documents.strip(), recipient=form.recipient.strip(),
            paper_masked=masked(form.paper), method=form.method, signed_as=form.signed_as.strip(),
            signature_sha256=form.signature_sha256, signature_kind=form.signature_kind,
            tracking=form.tracking.strip(),
        )  # fmt: skip


def _of_case(new: NewAct, form: IssueForm, by: Actor, at: datetime, key: str) -> NewAct:
    """Deliver the case; its department, item and number stand in the act whatever the form said."""
    assert new.case_id is not None
    row = visible(new.case_id, by=by)
    again = WindowAct.objects.filter(key=key).exists()
    if row.state != State.DECIDED and not again:
        raise Conflict(
            f"{row.number} 现在是“{State(row.state).label}”，不能颁发。", how="办结之后才能颁发证照。"
        )
    if not again:
        how = "window" if form.method == IssueMethod.SIGNED else "post"
        cases.deliver(row.id, method=how, receiver=form.recipient, by=by, at=at, key=key)
    return replace(
        new, department_id=row.department_id, item_id=row.item_id, applicant_id=row.applicant_id,
        numbers=(row.number,), quantity=1,
    )  # fmt: skip


def _check_issue(form: IssueForm) -> None:
    wrong = {}
    if not form.documents.strip():
        wrong["documents"] = "请写明证照名称，例如：取水许可证"
    if not form.recipient.strip():
        wrong["recipient"] = "请填写领取人，例如：示例科技有限公司 张示例"
    wrong |= _delivery_faults(form)
    if wrong:
        raise Invalid("颁发登记不完整。", fields=wrong)


def _delivery_faults(form: IssueForm) -> dict[str, str]:
    """What is missing of the signature or of the mail."""
    if form.method == IssueMethod.MAILED:
        return {} if form.tracking.strip() else {"tracking": "邮寄的请填快递公司和单号"}
    if form.method != IssueMethod.SIGNED:
        return {"method": "请选择当面签收还是邮寄"}
    wrong = {}
    if not form.signed_as.strip():
        wrong["signed_as"] = "请填写签收人姓名"
    if not _DIGEST.fullmatch(form.signature_sha256):
        wrong["signature"] = "请在屏幕上签名，或者上传签过字的签收单"
    return wrong
