"""Writes of complaints: take one in, each step by staff, and the one time that the person asks for it to be done again."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from yichuang.cases.queries import by_number
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.feedback.commands.ratings import PHONE, case_holds_content
from yichuang.feedback.flow.complaints import (
    BY_COMPLAINT_ACTION,
    COMPLAINT_RECEIVED,
    LONGEST_WORDS,
    ComplaintAction,
    ComplaintKind,
    ComplaintRow,
    ComplaintState,
    ComplaintWay,
)
from yichuang.feedback.models import Complaint, ComplaintContact, ComplaintNote
from yichuang.feedback.queries.limits import limits_on
from yichuang.feedback.rules.complaints import complaint_code
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import ANONYMOUS, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.notices.commands import NewMessage, queue
from yichuang.notices.flow import MessageChannel
from yichuang.workdays.queries import calendar

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class ComplaintForm:
    """What somebody brings. Name, phone and the number of a case may be left out."""

    kind: str
    words: str
    case_number: str = ""
    name: str = ""
    phone: str = ""


@keyed("complaint")
def take_complaint(form: ComplaintForm, way: ComplaintWay, *, by: Actor, at: datetime, key: str) -> Complaint:
    """Take a complaint in: online by anybody, by phone or at the window by a clerk. The same key, the same complaint.

    The reply is due on the n-th working day after today (limit of the kind, as data). The fact holds neither words nor
    contact. Raises Refused (phone and window without the capability), Invalid.
    """
    if way is not ComplaintWay.ONLINE:
        by.require(Capability.FEEDBACK_HANDLE)
    known = Complaint.objects.filter(key=key).first()
    if known is not None:
        return known
    wrong = _wrong(form)
    if wrong:
        raise Invalid("还没有提交，请按提示修改，填过的内容都在下面。", fields=wrong)
    try:
        with transaction.atomic():
            return _take(form, way, by, at, key)
    except IntegrityError:
        # A second click that came at the same moment: its number is given back, and it gets the first one's complaint.
        known = Complaint.objects.filter(key=key).first()
        if known is None:
            raise
        return known


def _take(form: ComplaintForm, way: ComplaintWay, by: Actor, at: datetime, key: str) -> Complaint:
    """Number, fact, matter, contact and first note, in one transaction of the caller's."""
    if not _holds_content(form.case_number):
        told = "这个办件的内容已经依法删除，不能再附它的编号；不填编号可以照常提交"
        raise Invalid("还没有提交，请按提示修改，填过的内容都在下面。", fields={"case_number": told})
    made_id, day = uuid7(at), local_day(at)
    limit = limits_on(day)[f"complaint.{form.kind}"]
    signer = by if way is not ComplaintWay.ONLINE else ANONYMOUS
    data = {"kind": form.kind, "way": str(way)}
    fact = NewFact(
        made_id, "complaint", COMPLAINT_RECEIVED, data, series=f"complaint:{day.year}",
        number_prefix=f"FK{day.year}", number_width=6,
    )  # fmt: skip
    number = record(fact, by=signer, at=at).number
    assert number is not None
    made = Complaint.objects.create(
        id=made_id, number=number, kind=form.kind, way=way, words=form.words.strip(),
        case_number=form.case_number.strip().upper(), at=at, received_on=day,
        due_on=calendar().add(day, limit.value), limit_source=limit.source,
        taken_by_id=by.id if way is not ComplaintWay.ONLINE else None, key=key,
    )  # fmt: skip
    ComplaintContact.objects.create(complaint=made, name=form.name.strip(), phone=form.phone.strip())
    own = way is ComplaintWay.ONLINE
    ComplaintNote.objects.create(
        complaint=made, seq=1, fact=COMPLAINT_RECEIVED, at=at, by_name="" if own else by.name, own=own
    )
    return made


def _holds_content(case_number: str) -> bool:
    """Whether what is written about a case, if it names one, could go with it. Within the transaction that writes."""
    case_id = by_number(case_number) if case_number.strip() else None
    return case_id is None or case_holds_content(case_id)


def _wrong(form: ComplaintForm) -> dict[str, str]:
    wrong = {}
    if form.kind not in set(ComplaintKind):
        wrong["kind"] = "请选择要反映的是哪一类"
    if not 0 < len(form.words.strip()) <= LONGEST_WORDS:
        wrong["words"] = f"请写明要反映的问题，不超过 {LONGEST_WORDS} 字"
    if len(form.name.strip()) > LONGEST_NAME:
        wrong["name"] = f"不超过 {LONGEST_NAME} 字"
    if form.phone.strip() and not PHONE.fullmatch(form.phone.strip()):
        wrong["phone"] = "电话有误，例：13800000000；也可以不填"
    if form.case_number.strip() and by_number(form.case_number) is None:
        wrong["case_number"] = "没有这个办件编号。请照回执填写，也可以不填"
    return wrong


@dataclass(frozen=True, slots=True)
class ComplaintStep:
    """What a step brings: words, and with 转办 the department."""

    words: str = ""
    department_id: UUID | None = None


@transaction.atomic
def step_complaint(
    complaint_id: UUID, action: ComplaintAction, form: ComplaintStep, *, seen: int, by: Actor, at: datetime
) -> Complaint:
    """One step by staff, from the version that was seen.

    Raises Refused without the capability or where four eyes are asked for, Missing out of reach, Conflict where the
    state does not allow it or somebody was faster, Invalid for what is missing.
    """
    row = BY_COMPLAINT_ACTION[action]
    if row.capability is None:
        raise Refused("这一步由反映人自己办理。", how="请反映人凭编号和查询码办理。")
    by.require(row.capability)
    held = Complaint.objects.select_for_update().filter(pk=complaint_id).first()
    if held is None or by.id is None or not by.reaches(held.department_id):
        raise Missing
    problem = _hindrance(held, row, form, seen, by)
    if problem is not None:
        raise problem
    _apply(held, row, form, by, at)
    _move(held, row, form.words, by=by, at=at)
    if action is ComplaintAction.REPLY:
        _tell(held, at)
    return held


def _hindrance(
    held: Complaint, row: ComplaintRow, form: ComplaintStep, seen: int, by: Actor
) -> Problem | None:
    state = ComplaintState(held.state)
    if state not in row.sources:
        return Conflict(
            f"这件反映现在是「{state.label}」，不能{row.label}。", how="请刷新页面，按最新状态办理。"
        )
    if held.seq != seen:
        return Conflict("您打开之后，这件反映已有变化。", how="您填写的内容还在页面上，请核对后再提交。")
    if row.central and not by.everywhere:
        return Refused("转办由中心办理。", how="请联系中心督办岗。")
    if row.four_eyes and by.id == held.replied_by_id:
        return Refused("答复是您作的，不能由您复核。", how="请由另一位复核人员办理。")
    wrong = _wrong_step(row, form)
    return Invalid("填写有误，请按提示修改。", fields=wrong) if wrong else None


def _wrong_step(row: ComplaintRow, form: ComplaintStep) -> dict[str, str]:
    wrong = {}
    if row.words and not 0 < len(form.words.strip()) <= LONGEST_WORDS:
        wrong["words"] = f"请填写{row.words}，不超过 {LONGEST_WORDS} 字"
    if row.department and not _active(form.department_id):
        wrong["department"] = "请选择承办部门"
    return wrong


def _active(department_id: UUID | None) -> bool:
    if department_id is None:
        return False
    return Department.objects.filter(pk=department_id, is_active=True).exists()


def _apply(held: Complaint, row: ComplaintRow, form: ComplaintStep, by: Actor, at: datetime) -> None:
    """What a step changes beside the state."""
    today = local_day(at)
    if row.department:
        held.department_id = form.department_id
    if row.action is ComplaintAction.REPLY:
        held.reply, held.replied_by_id, held.replied_on = form.words.strip(), by.id, today
        held.reviewed_by_id = None
    if row.four_eyes:
        held.reviewed_by_id = by.id
    if row.action is ComplaintAction.RETURN:
        held.due_on = _due(held, at)
    if row.target in (ComplaintState.CLOSED, ComplaintState.REJECTED):
        held.ended_on = today


def _due(held: Complaint, at: datetime) -> date:
    limit = limits_on(local_day(at))[f"complaint.{held.kind}"]
    return calendar().add(local_day(at), limit.value)


def _move(held: Complaint, row: ComplaintRow, words: str, *, by: Actor, at: datetime) -> None:
    """Write the row, the words of the step, and its fact, which names nobody and quotes nothing."""
    held.state, held.seq = row.target, held.seq + 1
    held.save()
    own = row.capability is None
    ComplaintNote.objects.create(
        complaint=held, seq=held.seq, fact=row.fact, words=words.strip(), at=at, by_name="" if own else by.name, own=own
    )  # fmt: skip
    data = {"state": str(held.state), "due_on": held.due_on.isoformat()}
    record(NewFact(held.pk, "complaint", row.fact, data, department_id=held.department_id), by=by, at=at)


def _tell(held: Complaint, at: datetime) -> None:
    """A message that the reply is there, where a phone was left. It quotes nothing: phones are read by others too."""
    phone = ComplaintContact.objects.values_list("phone", flat=True).get(pk=held.pk)
    if phone:
        body = f"您反映的问题（编号 {held.number}）已答复，请凭编号和查询码在“投诉建议”查看；没有解决的，可以要求重办一次。"
        queue(
            NewMessage(
                held.pk, held.seq, MessageChannel.SMS, "complaint.replied", phone, "反映的问题已答复", body,
                link="/complaints/follow",
            ),
            at=at,
        )  # fmt: skip


@transaction.atomic
def reopen_complaint(complaint_id: UUID, words: str, *, code: str, seen: int, at: datetime) -> Complaint:
    """The person, who shows the code, asks once for it to be done again; the limit begins anew.

    Raises Missing for a wrong code, Conflict where it is not answered yet, was reopened or its case's content was
    destroyed by law, Invalid without words.
    """
    row = BY_COMPLAINT_ACTION[ComplaintAction.REOPEN]
    # The case before the complaint, in the order in which a destruction takes them.
    about = Complaint.objects.values_list("case_number", flat=True).filter(pk=complaint_id).first()
    lives = _holds_content(about or "")
    held = Complaint.objects.select_for_update().filter(pk=complaint_id).first()
    if held is None or complaint_code(settings.FOLLOW_SECRET, complaint_id) != code:
        raise Missing
    if not lives:
        raise Conflict(
            "所反映办件的内容已经依法删除，不能要求重办。", how="仍有问题的，请重新反映，不必填办件编号。"
        )
    if held.reopened:
        raise Conflict("已经要求过一次重办。", how="仍有问题的，请重新反映，或者拨打大厅电话。")
    problem = _hindrance(held, row, ComplaintStep(words), seen, ANONYMOUS)
    if problem is not None:
        raise problem
    held.reopened, held.ended_on, held.due_on = True, None, _due(held, at)
    _move(held, row, words, by=ANONYMOUS, at=at)
    return held
