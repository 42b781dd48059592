"""Writes of duty visits: the year's plan of a department, visits, taking one back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.cases.queries import by_number, visible
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.halls.flow.duty import DUTY_CANCELLED, DUTY_PLANNED, DUTY_VISITED
from yichuang.halls.models import DutyPlan, DutyVisit, Requirement
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

LONGEST_NAME = 60
LONGEST_NOTE = 2000
MOST_CASES = 50
MOST_PLANNED = 366
FEWEST_YEAR, LAST_YEAR = 2018, 2099
LARGEST_COUNT = 100_000


@dataclass(frozen=True, slots=True)
class PlanForm:
    """A department's plan for a year: how many visits, by whom, when."""

    year: int
    department_id: UUID | None
    visits: int | None
    who: str = ""
    when: str = ""


@transaction.atomic
def save_plan(form: PlanForm, *, seen: int, by: Actor, at: datetime) -> DutyPlan:
    """Set the plan of a department for a year, over the edit that was seen (0: there was none). Old ones stay as facts.

    Raises Invalid, Refused out of reach, Conflict where somebody was faster.
    """
    by.require(Capability.DUTY_PLAN)
    department = _department(form.department_id, by)
    _check_plan(form)
    assert form.visits is not None
    held = DutyPlan.objects.select_for_update().filter(year=form.year, department=department).first()
    if (held.edit if held else 0) != seen:
        raise _faster()
    plan = held or DutyPlan(id=uuid7(at), year=form.year, department=department, edit=0)
    plan.visits, plan.who, plan.when = form.visits, form.who.strip(), form.when.strip()
    plan.edit, plan.changed_at, plan.changed_by_name = plan.edit + 1, at, by.name
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        raise _faster() from error
    data = {"year": plan.year, "visits": plan.visits, "who": plan.who, "when": plan.when}
    record(NewFact(plan.id, "duty_plan", DUTY_PLANNED, data, department_id=department.pk), by=by, at=at)
    return plan


def _faster() -> Conflict:
    return Conflict("您打开之后，这个部门的计划已被修改。", how="您填写的内容还在页面上，请核对后再保存。")


def _department(department_id: UUID | None, by: Actor) -> Department:
    found = Department.objects.filter(pk=department_id).first() if department_id else None
    if found is None:
        raise Invalid("请选择部门。", fields={"department": "请选择部门"})
    if not by.reaches(found.pk):
        raise Refused("这是其他部门的值守，您不能登记。", how="请由该部门或者中心登记。")
    return found


def _check_plan(form: PlanForm) -> None:
    wrong: dict[str, str] = {}
    if not FEWEST_YEAR <= form.year <= LAST_YEAR:
        wrong["year"] = f"请填 {FEWEST_YEAR} 至 {LAST_YEAR} 之间的年份"
    if form.visits is None or not 0 <= form.visits <= MOST_PLANNED:
        wrong["visits"] = f"请填 0 至 {MOST_PLANNED} 的整数"
    for name, value in (("who", form.who), ("when", form.when)):
        if len(value) > LONGEST_NOTE:
            wrong[name] = f"不超过 {LONGEST_NOTE} 字"
    if wrong:
        raise Invalid("计划填写有误，请按提示修改。", fields=wrong)


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A visit as it is entered: either a day or words for it (近日, 本周); `cases` are numbers of cases looked at."""

    department_id: UUID | None
    person: str
    post: str = ""
    window: str = ""
    on: date | None = None
    on_text: str = ""
    cases: tuple[str, ...] = ()
    certificates: int | None = 0
    consultations: int | None = 0
    note: str = ""


@keyed("duty_visit")
@transaction.atomic
def record_visit(form: NewVisit, *, by: Actor, at: datetime, key: str) -> DutyVisit:
    """Record a visit; the same key again gives the same visit.

    The numbers of cases must be those of cases that the actor may see. Raises Invalid naming every field that is
    wrong, Refused out of reach.
    """
    by.require(Capability.DUTY_RECORD)
    known = DutyVisit.objects.filter(key=key).first()
    if known is not None:
        return known
    department = _department(form.department_id, by)
    numbers = tuple(dict.fromkeys(number.strip() for number in form.cases if number.strip()))
    wrong = _wrong(form, local_day(at)) | _wrong_cases(numbers, by)
    if wrong:
        raise Invalid("值守情况有误，请按提示修改。", fields=wrong)
    made = DutyVisit(
        id=uuid7(at), department=department, person=form.person.strip(), post=form.post.strip(),
        window=form.window.strip(), on=form.on, on_text="" if form.on else form.on_text.strip(),
        day=form.on or local_day(at), cases=list(numbers), certificates=form.certificates or 0,
        consultations=form.consultations or 0, note=form.note.strip(), recorded_at=at, recorded_by_name=by.name, key=key,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        # The same button pressed a moment earlier has written it.
        return DutyVisit.objects.get(key=key)
    data = {"day": made.day.isoformat(), "cases": len(numbers), "certificates": made.certificates}
    data["consultations"] = made.consultations
    record(NewFact(made.id, "duty_visit", DUTY_VISITED, data, department_id=department.pk), by=by, at=at)
    return made


def _wrong(form: NewVisit, today: date) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not 0 < len(form.person.strip()) <= LONGEST_NAME:
        wrong["person"] = "请填写值守人姓名"
    if form.on is None and not form.on_text.strip():
        wrong["on"] = "请填写日期；只知道大概时间时，请在下一栏写「近日」「本周」等"
    elif form.on is not None and form.on > today:
        wrong["on"] = "值守日期不能晚于今天"
    elif form.on is not None and form.on.year < FEWEST_YEAR:
        wrong["on"] = f"值守日期不能早于 {FEWEST_YEAR} 年"
    for name, value in (("post", form.post), ("window", form.window), ("on_text", form.on_text)):
        if len(value) > LONGEST_NAME:
            wrong[name] = f"不超过 {LONGEST_NAME} 字"
    return wrong | _wrong_counts(form)


def _wrong_counts(form: NewVisit) -> dict[str, str]:
    wrong = {
        name: f"请填 0 至 {LARGEST_COUNT} 的整数"
        for name, value in (("certificates", form.certificates), ("consultations", form.consultations))
        if value is None or not 0 <= value <= LARGEST_COUNT
    }
    if len(form.note) > LONGEST_NOTE:
        wrong["note"] = f"不超过 {LONGEST_NOTE} 字"
    return wrong


def _wrong_cases(numbers: Sequence[str], by: Actor) -> dict[str, str]:
    """Numbers that name no case which the actor may see; whether it exists at all is not said."""
    if len(numbers) > MOST_CASES:
        return {"cases": f"最多 {MOST_CASES} 件"}
    unknown = [number for number in numbers if not _seen_by(number, by)]
    if not unknown:
        return {}
    return {"cases": f"没有找到或者您无权查看：{'、'.join(unknown)[:200]}"}


def _seen_by(number: str, by: Actor) -> bool:
    case_id = by_number(number)
    if case_id is None:
        return False
    try:
        visible(case_id, by=by)
    except Missing:
        return False
    return True


@transaction.atomic
def cancel_visit(visit_id: UUID, reason: str, *, by: Actor, at: datetime) -> DutyVisit:
    """Take back a visit that was entered by mistake; it stays with its reason and counts nowhere.

    Raises Missing out of reach, Invalid without a reason or while requirements are open, Conflict where it is done.
    """
    by.require(Capability.DUTY_RECORD)
    held = DutyVisit.objects.select_for_update().filter(pk=visit_id).first()
    if held is None or not by.reaches(held.department_id):
        raise Missing
    if held.cancelled_reason:
        raise Conflict("这次值守已经作废。", how="请刷新页面查看。")
    if not 0 < len(reason.strip()) <= LONGEST_NOTE:
        raise Invalid("请写明作废的理由。", fields={"reason": "例如：日期登记错误，已重新登记"})
    if Requirement.objects.filter(visit=held).exclude(state="withdrawn").exists():
        raise Invalid("这次值守有正在跟踪的要求，不能作废。", how="请先由中心撤销这些要求。")
    held.cancelled_reason = reason.strip()
    held.save(update_fields=["cancelled_reason"])
    fact = NewFact(held.id, "duty_visit", DUTY_CANCELLED, {}, department_id=held.department_id)
    record(fact, by=by, at=at)
    return held
