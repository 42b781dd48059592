"""Writes of requirements laid down at duty visits: lay one down, and each step of its table."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.halls.flow.duty import (
    BY_REQUIREMENT_ACTION,
    REQUIREMENT_LAID_DOWN,
    RequirementAction,
    RequirementRow,
    RequirementState,
)
from yichuang.halls.models import DutyVisit, Requirement, RequirementNote
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

LONGEST_WORDS = 1000
LONGEST_NAME = 60
MOST_REQUIREMENTS = 30
LAST_YEAR = 2099


@dataclass(frozen=True, slots=True)
class NewRequirement:
    """A requirement as it is entered; without a department it is the visit's own that answers."""

    words: str
    due_on: date | None
    department_id: UUID | None = None
    answering: str = ""


@keyed("duty_requirement")
@transaction.atomic
def lay_down(visit_id: UUID, form: NewRequirement, *, by: Actor, at: datetime, key: str) -> Requirement:
    """Lay down a requirement of a visit; the same key again gives the same one.

    Raises Missing out of reach, Conflict where the visit was taken back, Invalid naming the fields.
    """
    by.require(Capability.DUTY_RECORD)
    known = Requirement.objects.filter(key=key).first()
    if known is not None:
        return known
    visit = DutyVisit.objects.select_for_update().filter(pk=visit_id).first()
    if visit is None or not by.reaches(visit.department_id):
        raise Missing
    # The visit is held: whoever pressed the same button a moment earlier is done by now.
    twice = Requirement.objects.filter(key=key).first()
    if twice is not None:
        return twice
    if visit.cancelled_reason:
        raise Conflict("这次值守已经作废，不能再提要求。", how="请重新登记值守。")
    answering = form.department_id or visit.department_id
    places = visit.requirements.count()
    wrong = _wrong(form, visit, places)
    if not Department.objects.filter(pk=answering, is_active=True).exists():
        wrong["department"] = "请选择责任部门"
    if wrong:
        raise Invalid("要求填写有误，请按提示修改。", fields=wrong)
    assert form.due_on is not None
    made = Requirement.objects.create(
        id=uuid7(at), visit=visit, position=places + 1, words=form.words.strip(), department_id=answering,
        answering=form.answering.strip(), laid_down_on=visit.day, due_on=form.due_on, key=key,
    )  # fmt: skip
    _leave(made, REQUIREMENT_LAID_DOWN, made.words, by, at)
    return made


def _wrong(form: NewRequirement, visit: DutyVisit, places: int) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not 0 < len(form.words.strip()) <= LONGEST_WORDS:
        wrong["words"] = f"请写明要求，不超过 {LONGEST_WORDS} 字"
    elif places >= MOST_REQUIREMENTS:
        wrong["words"] = f"一次值守最多 {MOST_REQUIREMENTS} 条要求"
    if form.due_on is None or form.due_on < visit.day:
        wrong["due_on"] = "请填写期限，不早于值守那一天"
    elif form.due_on.year > LAST_YEAR:
        wrong["due_on"] = f"期限不晚于 {LAST_YEAR} 年"
    if len(form.answering) > LONGEST_NAME:
        wrong["answering"] = f"不超过 {LONGEST_NAME} 字"
    return wrong


@transaction.atomic
def step_requirement(
    requirement_id: UUID, action: RequirementAction, words: str, *, seen: int, by: Actor, at: datetime
) -> Requirement:
    """One step of the table in `flow.duty`, from the version that was seen.

    Raises Refused without the capability or where four eyes are asked for, Missing out of reach, Conflict where the
    state does not allow the step or somebody was faster, Invalid for missing words.
    """
    row = BY_REQUIREMENT_ACTION[action]
    by.require(row.capability)
    held = Requirement.objects.select_for_update().filter(pk=requirement_id).first()
    if held is None or not by.reaches(held.department_id):
        raise Missing
    problem = _hindrance(held, row, words, seen, by)
    if problem is not None:
        raise problem
    if action is RequirementAction.REPORT:
        held.reported_by_id, held.result, held.closed_by_id = by.id, words.strip(), None
    if action is RequirementAction.CLOSE:
        held.closed_by_id, held.closed_on = by.id, local_day(at)
    held.state, held.seq = row.target, held.seq + 1
    held.save()
    _leave(held, row.fact, words.strip(), by, at)
    return held


def _hindrance(held: Requirement, row: RequirementRow, words: str, seen: int, by: Actor) -> Problem | None:
    """Why the step cannot be taken now; None where it can."""
    state = RequirementState(held.state)
    if state not in row.sources:
        return Conflict(
            f"这条要求现在是「{state.label}」，不能{row.label}。", how="请刷新页面，按最新状态办理。"
        )
    if held.seq != seen:
        return Conflict("您打开之后，这条要求已有变化。", how="您填写的内容还在页面上，请核对后再提交。")
    if row.four_eyes and by.id == held.reported_by_id:
        return Refused("结果是您报告的，不能由您核对。", how="请由中心另一位人员核对。")
    if row.words and not 0 < len(words.strip()) <= LONGEST_WORDS:
        need = f"请填写{row.words}，不超过 {LONGEST_WORDS} 字"
        return Invalid("填写有误，请按提示修改。", fields={"words": need})
    return None


def _leave(held: Requirement, fact: str, words: str, by: Actor, at: datetime) -> None:
    """The fact of a step, and its words beside it."""
    RequirementNote.objects.create(
        requirement=held, seq=held.seq, fact=fact, words=words, at=at, by_name=by.name
    )
    data = {"state": str(held.state), "due_on": held.due_on.isoformat()}
    record(NewFact(held.id, "requirement", fact, data, department_id=held.department_id), by=by, at=at)
