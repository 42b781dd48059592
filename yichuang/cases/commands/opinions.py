"""Opinions of other departments (征求意见): asked in parallel, each with its own limit, answered, reminded, ruled on.

Silence is no consent: a question that nobody answered is recorded as such, and the lead has to rule on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.cases.commands.happenings import (
    LONGEST_WORDS,
    Attached,
    Happening,
    done_before,
    examined,
    hold,
    key_hash,
    leave,
    unchanged,
)
from yichuang.cases.flow.reviewers import OPINION_OPEN, OpinionState, Stance
from yichuang.cases.models import Opinion
from yichuang.cases.queries import CaseRow, load_visible
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.journal.commands import keyed
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar

LONGEST_DAYS = 30
MOST_ASKED = 10
MOST_REMINDERS = 5


@dataclass(frozen=True, slots=True)
class Question:
    """What one department is asked, within how many working days, and which materials (by code) it may read."""

    department_id: UUID | None
    question: str
    days: int
    shares: tuple[str, ...] = ()


@keyed("opinion")
@transaction.atomic
def ask_opinions(
    case_id: UUID, questions: Sequence[Question], *, by: Actor, at: datetime, key: str
) -> list[Opinion]:
    """Ask other departments, all at once; the same key again gives the same questions.

    Each is due on the `days`-th working day after today. Raises Invalid (fields `department-0`, `question-0`, …),
    Missing, Conflict where the case is not being examined or a department is being asked already.
    """
    by.require(Capability.CASE_CONSULT)
    row = examined(case_id, by=by)
    known = list(Opinion.objects.filter(key__startswith=f"{key}:", case_id=case_id).order_by("key"))
    if known:
        return known
    hold(row)
    _check_questions(row, questions)
    day = local_day(at)
    assert by.id is not None
    made = [
        Opinion(
            id=uuid7(at), case_id=row.id, case_number=row.number, item_name=row.item_name,
            lead_department_id=row.department_id, department_id=one.department_id, question=one.question.strip(),
            shares=sorted(set(one.shares)), days=one.days, asked_on=day, due_on=calendar().add(day, one.days),
            asked_by_id=by.id, asked_by_name=by.name, key=f"{key}:{position}",
        )
        for position, one in enumerate(questions)
        if one.department_id is not None
    ]  # fmt: skip
    try:
        with transaction.atomic():
            Opinion.objects.bulk_create(made)
    except IntegrityError as error:
        # The same click a moment earlier is no second question.
        twice = list(Opinion.objects.filter(key__startswith=f"{key}:", case_id=case_id).order_by("key"))
        if twice:
            return twice
        raise Conflict(
            "有部门正在就此件答复意见，不能重复征求。",
            how="请等待答复，或者先撤回再重新征求。",
            fields={"department-0": "征求过且尚未答复的部门不能再选"},
        ) from error
    for opinion in made:
        data = {"days": opinion.days, "due_on": opinion.due_on, "department": str(opinion.department_id)}
        _leave(opinion, "opinion.asked", data, {"question": opinion.question}, by, at)
    return made


def _check_questions(row: CaseRow, questions: Sequence[Question]) -> None:
    wrong: dict[str, str] = {}
    if not 1 <= len(questions) <= MOST_ASKED:
        wrong["department-0"] = f"请选择 1 至 {MOST_ASKED} 个部门"
    asked = [one.department_id for one in questions]
    known = Department.objects.filter(pk__in=[one for one in asked if one], is_active=True)
    active = set(known.values_list("pk", flat=True))
    for position, one in enumerate(questions):
        if one.department_id not in active:
            wrong[f"department-{position}"] = "请选择要征求意见的部门"
        elif one.department_id == row.department_id:
            wrong[f"department-{position}"] = "不能征求本部门自己的意见"
        elif asked.count(one.department_id) > 1:
            wrong[f"department-{position}"] = "同一部门只能列一次，请把问题写在一起"
        wrong |= _wrong_words(position, one)
    if wrong:
        raise Invalid("征求意见的内容不完整，请按提示修改。", fields=wrong)


def _wrong_words(position: int, one: Question) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not 0 < len(one.question.strip()) <= LONGEST_WORDS:
        wrong[f"question-{position}"] = f"请写明要该部门答复什么，不超过 {LONGEST_WORDS} 字"
    if not 1 <= one.days <= LONGEST_DAYS:
        wrong[f"days-{position}"] = f"应为 1 至 {LONGEST_DAYS} 个工作日"
    return wrong


@transaction.atomic
def answer_opinion(
    opinion_id: UUID, stance: str, reasons: str, file: Attached | None = None, *, seen: int, by: Actor, at: datetime,
    key: str,
) -> Opinion:  # fmt: skip
    """The asked department answers, also after its day: a late answer takes the place of the recorded silence.

    A ruling about silence falls with it. Raises Refused, Missing (another department's), Conflict, Invalid.
    """
    by.require(Capability.CASE_OPINE)
    held = _held(opinion_id)
    if not by.reaches(held.department_id):
        raise Missing
    body = key_hash(by, "answer", stance, reasons, file.sha256 if file else "")
    if done_before(held.id, key, body):
        return held
    _check_open(held, seen)
    wrong: dict[str, str] = {}
    if stance not in set(Stance):
        wrong["stance"] = "请选择同意、附条件同意或者不同意"
    if not 0 < len(reasons.strip()) <= LONGEST_WORDS:
        wrong["reasons"] = f"请写明意见和理由，不超过 {LONGEST_WORDS} 字"
    if wrong:
        raise Invalid("答复不完整，请按提示填写。", fields=wrong)
    # A disagreement, and an answer after a ruling about silence, have to be ruled on.
    hold(_check_case(held))
    day = local_day(at)
    late = day > held.due_on
    held.state, held.stance, held.reasons = OpinionState.ANSWERED, stance, reasons.strip()
    held.answered_on, held.answered_by_name = day, by.name
    if file is not None:
        held.file_name, held.file_kind, held.file_sha256 = file.name, file.kind, file.sha256
    held.ruling, held.ruled_on, held.ruled_by_name = "", None, ""
    data = {"stance": stance, "late": late, "file": held.file_sha256 or None}
    _save(held, "opinion.answered", data, {"reasons": held.reasons}, by, at, key, body)
    return held


@transaction.atomic
def remind_opinion(opinion_id: UUID, *, seen: int, by: Actor, at: datetime, key: str) -> Opinion:
    """Remind the asked department, at most once a day. Raises Missing, Conflict, Invalid for a second one today."""
    by.require(Capability.CASE_CONSULT)
    held = _of_lead(opinion_id, by)
    body = key_hash(by, "remind")
    if done_before(held.id, key, body):
        return held
    _check_open(held, seen)
    if held.reminders >= MOST_REMINDERS:
        raise Invalid(f"已经催办 {MOST_REMINDERS} 次。", how="请电话联系该部门，或者到期后作出裁定。")
    held.reminders += 1
    _save(held, "opinion.reminded", {"times": held.reminders}, {}, by, at, key, body)
    return held


@transaction.atomic
def withdraw_opinion(
    opinion_id: UUID, reason: str, *, seen: int, by: Actor, at: datetime, key: str
) -> Opinion:
    """The lead takes a question back before it is answered, with a reason. Raises Missing, Conflict, Invalid."""
    by.require(Capability.CASE_CONSULT)
    held = _of_lead(opinion_id, by)
    body = key_hash(by, "withdraw", reason)
    if done_before(held.id, key, body):
        return held
    _check_open(held, seen)
    if not 0 < len(reason.strip()) <= LONGEST_WORDS:
        raise Invalid("请写明撤回的理由。", fields={"reason": "不能为空，将告知被征求部门"})
    held.state = OpinionState.WITHDRAWN
    _save(held, "opinion.withdrawn", {}, {"reason": reason.strip()}, by, at, key, body)
    return held


@transaction.atomic
def rule_on_opinion(
    opinion_id: UUID, ruling: str, *, seen: int, by: Actor, at: datetime, key: str
) -> Opinion:
    """The lead rules, with reasons, on an opinion that disagrees or never came: without it nothing is proposed.

    Raises Missing, Conflict (ruled on already, or not due yet), Invalid where there is nothing to rule on or no reason.
    """
    by.require(Capability.CASE_CONSULT)
    held = _of_lead(opinion_id, by)
    body = key_hash(by, "rule", ruling)
    if done_before(held.id, key, body):
        return held
    unchanged(seen, held.edit, "这份意见")
    _check_case(held)
    overdue = held.state in OPINION_OPEN and local_day(at) > held.due_on
    if not overdue and held.stance != Stance.DISAGREE:
        raise Conflict(
            "这份意见现在不需要裁定。",
            how="只有不同意的意见，或者逾期没有答复的，才需要裁定；没有到期的可以撤回。",
        )
    if not 0 < len(ruling.strip()) <= LONGEST_WORDS:
        raise Invalid("请写明裁定和理由。", fields={"ruling": "写明如何处理这一意见、为什么"})
    if held.state == OpinionState.ASKED:
        held.state = OpinionState.SILENT
    held.ruling, held.ruled_on, held.ruled_by_name = ruling.strip(), local_day(at), by.name
    _save(held, "opinion.ruled", {"on": held.stance or "silence"}, {"ruling": held.ruling}, by, at, key, body)
    return held


@transaction.atomic
def note_silence(opinion_id: UUID, *, at: datetime) -> bool:
    """The platform records that a department did not answer in time. Whether there was something to record."""
    SYSTEM.require(Capability.CASE_CONSULT)
    held = Opinion.objects.select_for_update().filter(pk=opinion_id, state=OpinionState.ASKED).first()
    if held is None or local_day(at) <= held.due_on:
        return False
    held.state = OpinionState.SILENT
    _save(held, "opinion.silent", {"due_on": held.due_on}, {}, SYSTEM, at)
    return True


def _held(opinion_id: UUID) -> Opinion:
    held = Opinion.objects.select_for_update().filter(pk=opinion_id).first()
    if held is None:
        raise Missing
    return held


def _of_lead(opinion_id: UUID, by: Actor) -> Opinion:
    """The question, for those who see its case: the case may have passed to another department since."""
    held = _held(opinion_id)
    if load_visible(held.case_id, by=by) is None:
        raise Missing
    return held


def _check_open(held: Opinion, seen: int) -> None:
    if held.state not in OPINION_OPEN:
        raise Conflict(
            f"这次征求意见现在是「{OpinionState(held.state).label}」，不能再办理。",
            how="请刷新页面查看最新情况。",
        )
    unchanged(seen, held.edit, "这次征求意见")


def _check_case(held: Opinion) -> CaseRow:
    """An opinion about a case that is decided or ended has come too late for everybody."""
    return examined(held.case_id, by=SYSTEM)


def _save(
    held: Opinion, fact: str, data: dict[str, Any], words: dict[str, str], by: Actor, at: datetime,
    key: str | None = None, body: str | None = None,
) -> None:  # fmt: skip
    held.edit += 1
    held.save()
    _leave(held, fact, data, words, by, at, key, body)


def _leave(
    held: Opinion, fact: str, data: dict[str, Any], words: dict[str, str], by: Actor, at: datetime,
    key: str | None = None, body: str | None = None,
) -> None:  # fmt: skip
    happening = Happening(held.id, "opinion", fact, held.case_id, held.department_id, data, words)
    leave(happening, by=by, at=at, key=key, body=body)
