"""Writes after a low rating: each step of the follow-up, the department's appeal, and its decision."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.feedback.flow.ratings import (
    APPEAL_FACTS,
    BY_FOLLOW_ACTION,
    LONGEST_WORDS,
    LOW,
    RATING_APPEALED,
    AppealState,
    FollowAction,
    FollowRow,
    FollowState,
)
from yichuang.feedback.models import Appeal, FollowUp, Rating, RatingNote
from yichuang.feedback.queries.ratings import appeal_until
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused
from yichuang.kernel.times import local_day


@transaction.atomic
def step_follow_up(
    rating_id: UUID, action: FollowAction, words: str, *, told: str = "", seen: int, by: Actor, at: datetime
) -> FollowUp:
    """One step of the table in `flow.ratings`, from the version that was seen.

    Raises Refused without the capability, Missing out of reach, Conflict where the state does not allow it or somebody
    was faster, Invalid for missing words.
    """
    row = BY_FOLLOW_ACTION[action]
    by.require(row.capability)
    held = FollowUp.objects.select_for_update().filter(pk=rating_id).first()
    if held is None or not by.reaches(held.department_id):
        raise Missing
    problem = _hindrance(held, row, words, told, seen)
    if problem is not None:
        raise problem
    today = local_day(at)
    if action is FollowAction.CONTACT:
        held.contacted_on = today
    if row.target in (FollowState.CLOSED, FollowState.VOID):
        held.finished_on = today
    if action is FollowAction.CLOSE:
        held.told = told.strip()
    if action is FollowAction.VOID:
        held.void_reason = words.strip()
    held.state, held.seq = row.target, held.seq + 1
    held.save()
    said = words.strip() + (f"（告知评价人：{held.told}）" if row.told else "")
    _leave(rating_id, held.department_id, row.fact, said, {"state": str(held.state)}, by=by, at=at)
    return held


def _hindrance(held: FollowUp, row: FollowRow, words: str, told: str, seen: int) -> Problem | None:
    state = FollowState(held.state)
    if state not in row.sources:
        return Conflict(
            f"这件差评现在是「{state.label}」，不能{row.label}。", how="请刷新页面，按最新状态办理。"
        )
    if held.seq != seen:
        return Conflict("您打开之后，这件差评已有变化。", how="您填写的内容还在页面上，请核对后再提交。")
    wrong = {}
    if not 0 < len(words.strip()) <= LONGEST_WORDS:
        wrong["words"] = f"请填写{row.words}，不超过 {LONGEST_WORDS} 字"
    if row.told and not 0 < len(told.strip()) <= LONGEST_WORDS:
        wrong["told"] = "请写明告知评价人的内容和方式，例：5月23日电话告知已更正指南"
    return Invalid("填写有误，请按提示修改。", fields=wrong) if wrong else None


@dataclass(frozen=True, slots=True)
class AppealForm:
    """Why a department holds a rating to be wrong, and what proves it."""

    reasons: str
    evidence: str = ""


@keyed("appeal")
@transaction.atomic
def appeal_rating(rating_id: UUID, form: AppealForm, *, by: Actor, at: datetime, key: str) -> Appeal:
    """Appeal once against a low rating of the own department, within the limit. The same key, the same appeal.

    Raises Refused, Missing out of reach, Conflict for a second appeal or after the last day, Invalid without reasons.
    """
    by.require(Capability.FEEDBACK_HANDLE)
    rating = Rating.objects.filter(pk=rating_id).first()
    if rating is None or by.id is None or not by.reaches(rating.department_id):
        raise Missing
    # The follow-up of the rating is the lock: two clicks of one key must not leave the fact twice.
    FollowUp.objects.select_for_update().filter(pk=rating_id).first()
    known = Appeal.objects.filter(pk=rating_id).first()
    if known is not None and known.key == key:
        return known
    problem = _no_appeal(rating, known, form, at)
    if problem is not None:
        raise problem
    made = Appeal(
        rating=rating, reasons=form.reasons.strip(), evidence=form.evidence.strip(), appealed_at=at,
        appealed_by_id=by.id, appealed_by_name=by.name, key=key,
    )  # fmt: skip
    Appeal.objects.bulk_create([made], ignore_conflicts=True)
    if Appeal.objects.filter(pk=rating_id).values_list("key", flat=True).first() != key:
        raise Conflict("页面已经用过一次。", how="请刷新页面后重新提出申诉。")
    _leave(rating_id, rating.department_id, RATING_APPEALED, made.reasons, {}, by=by, at=at)
    return made


def _no_appeal(rating: Rating, known: Appeal | None, form: AppealForm, at: datetime) -> Problem | None:
    """Why a rating cannot be appealed against now; None where it can."""
    if known is not None:
        return Conflict("这条评价已经申诉过。", how="一条评价只能申诉一次。")
    if rating.level not in LOW:
        return Conflict("只有差评可以申诉。", how="请核对评价。")
    last = appeal_until(rating)
    if local_day(at) > last:
        return Conflict(f"申诉期限已过（{last.isoformat()} 前）。", how="请按差评回访程序办理。")
    wrong = {}
    if not 0 < len(form.reasons.strip()) <= LONGEST_WORDS:
        wrong["reasons"] = f"请写明申诉理由，不超过 {LONGEST_WORDS} 字"
    if len(form.evidence.strip()) > LONGEST_WORDS:
        wrong["evidence"] = f"不超过 {LONGEST_WORDS} 字"
    return Invalid("填写有误，请按提示修改。", fields=wrong) if wrong else None


@transaction.atomic
def decide_appeal(rating_id: UUID, *, uphold: bool, words: str, by: Actor, at: datetime) -> Appeal:
    """Decide an appeal: by somebody else, and of another department than the one that was rated.

    Upheld, the rating leaves the figures and stays in the list; its follow-up ends. Raises Refused (four eyes),
    Missing, Conflict where it was decided, Invalid without words.
    """
    by.require(Capability.FEEDBACK_REVIEW)
    held = (
        Appeal.objects.select_for_update(of=("self",)).prefetch_related("rating").filter(pk=rating_id).first()
    )
    if held is None or by.id is None or not by.reaches(held.rating.department_id):
        raise Missing
    if by.id == held.appealed_by_id:
        raise Refused("申诉是您提出的，不能由您复核。", how="请由另一位复核人员办理。")
    if by.department_id == held.rating.department_id:
        raise Refused("这是对您所在部门的评价，不能由本部门复核。", how="请由中心复核人员办理。")
    if held.state != AppealState.PENDING:
        raise Conflict("这件申诉已经复核。", how="请刷新页面查看结论。")
    if not 0 < len(words.strip()) <= LONGEST_WORDS:
        raise Invalid("填写有误，请按提示修改。", fields={"decision": "请写明复核意见"})
    held.state = AppealState.UPHELD if uphold else AppealState.REJECTED
    held.decided_at, held.decided_by_id, held.decided_by_name = at, by.id, by.name
    held.decision = words.strip()
    held.save()
    if uphold:
        FollowUp.objects.filter(pk=rating_id, finished_on__isnull=True).update(
            state=FollowState.VOID, finished_on=local_day(at), void_reason="申诉成立，评价已核减"
        )
    fact, data = APPEAL_FACTS[AppealState(held.state)], {"state": str(held.state)}
    _leave(rating_id, held.rating.department_id, fact, held.decision, data, by=by, at=at)
    return held


def _leave(
    rating_id: UUID, department_id: UUID | None, fact: str, words: str, data: dict[str, str], *, by: Actor, at: datetime
) -> None:  # fmt: skip
    """The fact of a step, and its words beside it: what people said does not enter the journal."""
    RatingNote.objects.create(rating_id=rating_id, fact=fact, words=words, at=at, by_name=by.name)
    record(NewFact(rating_id, "rating", fact, data, department_id=department_id), by=by, at=at)
