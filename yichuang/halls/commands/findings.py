"""Writes of findings: record one in the hall, and each step of its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.halls.commands.rounds import own_round, valid_term
from yichuang.halls.flow.findings import (
    BY_FINDING_ACTION,
    FINDING_RECORDED,
    STAGE_OF,
    FindingAction,
    FindingRow,
    FindingState,
    Stage,
)
from yichuang.halls.flow.rounds import Register
from yichuang.halls.models import Finding, FindingNote, FindingPhoto, InspectionTerm, Window
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar

LONGEST_WORDS = 1000
MOST_PHOTOS = 6
MOST_DAYS = 60
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A picture that the page has checked, freed of its metadata and kept: hash, kind (jpeg or png), bytes."""

    sha256: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class FindingForm:
    """A finding as it is entered in the hall. `days`: the deadline in working days after today."""

    heading_id: UUID | None
    category_id: UUID | None
    department_id: UUID | None
    window: str
    words: str
    answering: str
    days: int | None
    photos: tuple[NewPhoto, ...] = ()


@keyed("finding")
@transaction.atomic
def record_finding(round_id: UUID, form: FindingForm, *, by: Actor, at: datetime, key: str) -> Finding:
    """Record a finding of the actor's open round; the same key again gives the same finding.

    The deadline is the `days`-th working day after today (calendar of 行政许可法 art. 82's kind of days).
    Raises Invalid with every field that is wrong, Missing and Conflict as `own_round`.
    """
    by.require(Capability.HALL_INSPECT)
    known = Finding.objects.filter(key=key).first()
    if known is not None:
        return known
    held = own_round(round_id, by=by)
    # The round is held: whoever pressed the same button a moment earlier is done by now.
    twice = Finding.objects.filter(key=key).first()
    if twice is not None:
        return twice
    heading, category, department = _checked(form, by, at)
    assert by.id is not None
    assert form.days is not None
    made = Finding.objects.create(
        id=uuid7(at), round=held, heading=heading, category=category, department=department,
        window=form.window.strip(), words=form.words.strip(), answering=form.answering.strip(), found_at=at,
        found_on=local_day(at), found_by_id=by.id, found_by_name=by.name,
        due_on=calendar().add(local_day(at), form.days), key=key,
    )  # fmt: skip
    _add_photos(made, form.photos, Stage.FOUND, at)
    held.draft = {name: value for name, value in held.draft.items() if not name.startswith("finding-")}
    held.save(update_fields=["draft"])
    _leave(made, FINDING_RECORDED, made.words, by, at)
    return made


def _checked(form: FindingForm, by: Actor, at: datetime) -> tuple[InspectionTerm, InspectionTerm, Department]:
    """Heading, category and department of a form. Raises Invalid that names everything that is wrong at once."""
    wrong: dict[str, str] = {}
    terms = []
    for register, chosen, field in (
        (Register.HEADING, form.heading_id, "heading"),
        (Register.CATEGORY, form.category_id, "category"),
    ):
        try:
            terms.append(valid_term(register, chosen, local_day(at), field))
        except Invalid as problem:
            wrong |= problem.fields
    department = _department(form, by)
    wrong |= ({} if department else {"department": "请选择部门"}) | _wrong_words(form)
    if wrong:
        raise Invalid("还有没有填好的地方，填过的内容都在下面。", fields=wrong)
    assert department is not None
    return terms[0], terms[1], department


def _department(form: FindingForm, by: Actor) -> Department | None:
    """The chosen department; where none was chosen, that of a department's own window."""
    chosen = form.department_id
    if chosen is None and form.window.strip():
        chosen = (
            Window.objects.filter(code=form.window.strip().upper())
            .values_list("department_id", flat=True).first()
        )  # fmt: skip
    if chosen is None or not by.reaches(chosen):
        return None
    return Department.objects.filter(pk=chosen, is_active=True).first()


def _wrong_words(form: FindingForm) -> dict[str, str]:
    wrong = {
        name: f"不超过 {LONGEST_NAME} 字"
        for name, value in (("window", form.window), ("answering", form.answering))
        if len(value.strip()) > LONGEST_NAME
    }
    if not 0 < len(form.words.strip()) <= LONGEST_WORDS:
        wrong["words"] = f"请写明看到了什么，不超过 {LONGEST_WORDS} 字，例如：9点10分无人在岗"
    if form.days is None or not 1 <= form.days <= MOST_DAYS:
        wrong["days"] = f"请填 1 至 {MOST_DAYS} 个工作日"
    if len(form.photos) > MOST_PHOTOS:
        wrong["photos"] = f"最多 {MOST_PHOTOS} 张照片"
    return wrong


@dataclass(frozen=True, slots=True)
class StepForm:
    """What a step of a finding brings: words, pictures, a new deadline in working days."""

    words: str = ""
    photos: tuple[NewPhoto, ...] = ()
    days: int | None = None


@transaction.atomic
def step_finding(
    finding_id: UUID, action: FindingAction, form: StepForm, *, seen: int, by: Actor, at: datetime
) -> Finding:
    """One step of the table in `flow.findings`, from the version that was seen.

    Raises Refused without the capability or where four eyes are asked for, Missing out of reach, Conflict where the
    state does not allow the step or somebody was faster, Invalid for missing words.
    """
    row = BY_FINDING_ACTION[action]
    by.require(row.capability)
    held = Finding.objects.select_for_update().filter(pk=finding_id).first()
    if held is None or not by.reaches(held.department_id) or _hidden(held, by):
        raise Missing
    problem = _hindrance(held, row, form, seen, by)
    if problem is not None:
        raise problem
    _apply(held, row, form, by, at)
    held.seq += 1
    held.state = row.target
    held.save()
    _add_photos(held, form.photos, STAGE_OF.get(action, Stage.FOUND), at)
    _leave(held, row.fact, form.words.strip(), by, at)
    return held


def _hidden(held: Finding, by: Actor) -> bool:
    """What has not been made known to the department yet is the inspectors' alone."""
    return held.state == FindingState.FOUND and not by.can(Capability.HALL_INSPECT)


def _hindrance(held: Finding, row: FindingRow, form: StepForm, seen: int, by: Actor) -> Problem | None:
    """Why the step cannot be taken now; None where it can."""
    state = FindingState(held.state)
    if state not in row.sources:
        return Conflict(
            f"这一问题现在是「{state.label}」，不能{row.label}。", how="请刷新页面，按最新状态办理。"
        )
    if held.seq != seen:
        return Conflict("您打开之后，这一问题已有变化。", how="您填写的内容还在页面上，请核对后再提交。")
    if row.four_eyes and by.id == held.rectified_by_id:
        return Refused("整改是您报告的，不能由您复查。", how="请由另一位巡查人员复查。")
    wrong = _wrong_fields(row, form)
    return Invalid("填写有误，请按提示修改。", fields=wrong) if wrong else None


def _wrong_fields(row: FindingRow, form: StepForm) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if row.words and not 0 < len(form.words.strip()) <= LONGEST_WORDS:
        wrong["words"] = f"请填写{row.words}，不超过 {LONGEST_WORDS} 字"
    if row.days and (form.days is None or not 1 <= form.days <= MOST_DAYS):
        wrong["days"] = f"请填 1 至 {MOST_DAYS} 个工作日"
    if form.photos and (not row.photos or len(form.photos) > MOST_PHOTOS):
        wrong["photos"] = f"最多 {MOST_PHOTOS} 张照片" if row.photos else "这一步不收照片"
    return wrong


def _apply(held: Finding, row: FindingRow, form: StepForm, by: Actor, at: datetime) -> None:
    """What a step changes beside the state."""
    if row.action is FindingAction.RECTIFY:
        held.rectified_by_id, held.rectified_by_name = by.id, by.name
        held.rectified_on = local_day(at)
        held.rechecked_by_id, held.rechecked_by_name = None, ""
    if row.four_eyes:
        held.rechecked_by_id, held.rechecked_by_name = by.id, by.name
    if row.days and form.days is not None:
        held.due_on = calendar().add(local_day(at), form.days)
    if row.action is FindingAction.WITHDRAW:
        held.withdrawn_reason = form.words.strip()


def _add_photos(held: Finding, photos: Sequence[NewPhoto], stage: Stage, at: datetime) -> None:
    # A picture that was brought at this stage before is there already.
    known = set(held.photos.filter(stage=stage).values_list("sha256", flat=True)) if photos else set()
    unique = {photo.sha256: photo for photo in photos if photo.sha256 not in known}
    FindingPhoto.objects.bulk_create(
        FindingPhoto(
            id=uuid7(at), finding=held, stage=stage, kind=photo.kind, size=photo.size, sha256=photo.sha256, at=at
        )
        for photo in unique.values()
    )  # fmt: skip


def _leave(held: Finding, fact: str, words: str, by: Actor, at: datetime) -> None:
    """The fact of a step, and its words beside it: what is said about a colleague does not enter the journal."""
    FindingNote.objects.create(finding=held, seq=held.seq, fact=fact, words=words, at=at, by_name=by.name)
    data = {"state": str(held.state), "due_on": held.due_on.isoformat()}
    record(NewFact(held.id, "finding", fact, data, department_id=held.department_id), by=by, at=at)
