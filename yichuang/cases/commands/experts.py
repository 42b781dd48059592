"""Expert review, first half: a draw that anybody can do again, and replacement from the reserve."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.cases.commands.happenings import (
    LONGEST_WORDS,
    Happening,
    done_before,
    examined,
    hold,
    key_hash,
    leave,
    unchanged,
)
from yichuang.cases.flow.reviewers import (
    BUSY_DAYS,
    MOST_REVIEWS,
    STAND_DOWN_REASONS,
    Exclusion,
    ReviewState,
    SeatState,
)
from yichuang.cases.models import ExpertReview, ReviewSeat
from yichuang.cases.queries import CaseRow, load_visible
from yichuang.cases.queries.checks import review_check
from yichuang.cases.rules import check_due
from yichuang.cases.rules.draw import Candidate, draw, seed_of, sift
from yichuang.directory.flow import Capability
from yichuang.directory.queries import applicant
from yichuang.directory.rules.experts import plain_name
from yichuang.journal.commands import keyed
from yichuang.journal.queries import head
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar

MOST_PLACES = 15
LONGEST_DAYS = 60


@dataclass(frozen=True, slots=True)
class DrawForm:
    """What is asked for: the field, places and reserves, the question, working days for the opinions."""

    field: str
    wanted: int
    reserve: int
    question: str
    days: int


@keyed("expert_review")
@transaction.atomic
def draw_experts(case_id: UUID, form: DrawForm, *, by: Actor, at: datetime, key: str) -> ExpertReview:
    """Draw experts for a case; the same key again gives the same draw.

    The seed joins the case's number, the newest seal's chain and the id of this very request: nobody can know it
    before, everybody can compute it afterwards. Raises Invalid, Missing, Conflict (not in examination; one draw is open).
    """
    by.require(Capability.CASE_CONSULT)
    row = examined(case_id, by=by)
    known = ExpertReview.objects.filter(key=key, case_id=case_id).first()
    if known is not None:
        return known
    hold(row)
    _check_form(form)
    pool, excluded = _pool(row, form.field, at)
    if len(pool) < form.wanted:
        raise Invalid(
            f"「{form.field}」领域符合条件的专家只有 {len(pool)} 位，不够抽取 {form.wanted} 位。",
            how="请减少人数、换一个领域，或者请专家库管理人员补充专家。",
            fields={"wanted": f"最多 {len(pool)} 位（另有 {len(excluded)} 位因回避等原因不参加抽取）"},
        )
    request_id, newest = uuid7(at), head()
    seed = seed_of(row.number, newest.chain, request_id)
    result = draw(seed, pool, wanted=form.wanted, reserve=form.reserve)
    day = local_day(at)
    check = review_check(row, form.field, day, form.days)
    try:
        with transaction.atomic():
            review = ExpertReview.objects.create(
                id=request_id, case_id=row.id, case_number=row.number, department_id=row.department_id,
                field=form.field, wanted=form.wanted, reserve=form.reserve, question=form.question.strip(),
                head_number=newest.number, head_chain=newest.chain, seed=seed, pool=list(pool),
                excluded=[[str(one), why] for one, why in excluded], drawn_at=at, drawn_by_name=by.name,
                days=form.days, due_on=check_due(calendar(), check), key=key,
            )  # fmt: skip
    except IntegrityError as error:
        twice = ExpertReview.objects.filter(key=key, case_id=case_id).first()
        if twice is not None:
            return twice
        raise Conflict(
            "这一领域的专家已经抽取，评审还没有结束。",
            how="有专家不能参加的，从候补中依次递补；不能重新抽取。",
        ) from error
    order = [*result.drawn, *result.reserve]
    ReviewSeat.objects.bulk_create(
        ReviewSeat(
            id=uuid7(at), review=review, expert_id=one, position=place, drawn_on=day,
            state=SeatState.DRAWN if place < form.wanted else SeatState.RESERVE,
        )
        for place, one in enumerate(order)
    )  # fmt: skip
    data = {
        "field": form.field, "days": form.days, "due_on": review.due_on, "seed": seed, "head": newest.number, "pool": len(pool), "excluded": len(excluded),
        "drawn": [str(one) for one in result.drawn], "reserve": [str(one) for one in result.reserve],
    }  # fmt: skip
    _leave(review, "review.drawn", data, {"question": review.question}, by, at)
    return review


def _check_form(form: DrawForm) -> None:
    wrong: dict[str, str] = {}
    if not form.field.strip():
        wrong["field"] = "请选择专业领域"
    if not 1 <= form.wanted <= MOST_PLACES:
        wrong["wanted"] = f"应为 1 至 {MOST_PLACES} 位"
    if not 0 <= form.reserve <= MOST_PLACES:
        wrong["reserve"] = f"应为 0 至 {MOST_PLACES} 位"
    if not 1 <= form.days <= LONGEST_DAYS:
        wrong["days"] = f"应为 1 至 {LONGEST_DAYS} 个工作日"
    if not 0 < len(form.question.strip()) <= LONGEST_WORDS:
        wrong["question"] = f"请写明请专家评审什么，不超过 {LONGEST_WORDS} 字"
    if wrong:
        raise Invalid("抽取的内容不完整，请按提示填写。", fields=wrong)


def _pool(
    row: CaseRow, field: str, at: datetime, only: UUID | None = None
) -> tuple[tuple[UUID, ...], tuple[tuple[UUID, Exclusion], ...]]:
    """The eligible of a field and the excluded with their reasons; with `only`, of that one expert."""
    # The rows are held: nobody is switched off while the draw is made.
    found = sql.rows(
        "select e.id, e.unit, e.unit_code, e.is_active, "
        "array(select r.to from directory_expertrelation r where r.expert_id = e.id and r.ended_on is null), "
        "(select count(*) from cases_review_seat s where s.expert_id = e.id and s.state in ('drawn', 'answered') "
        "and s.drawn_on > %(since)s) from directory_expert e "
        "where %(field)s = any(e.fields) and (%(only)s::uuid is null or e.id = %(only)s) for share of e",
        {"field": field, "since": local_day(at) - timedelta(days=BUSY_DAYS), "only": only},
    )
    candidates = [
        Candidate(one, plain_name(unit), code, active, frozenset(map(plain_name, relations)), recent)
        for one, unit, code, active, relations, recent in found
    ]
    who = applicant(row.applicant_id)
    paper = who.paper_number if who else ""
    return sift(candidates, applicant=plain_name(row.applicant_name), paper=paper, most=MOST_REVIEWS)


@transaction.atomic
def stand_down(
    seat_id: UUID, reason: str, note: str, *, seen: int, by: Actor, at: datetime, key: str
) -> ReviewSeat | None:
    """A drawn expert recuses, refuses or cannot be reached: the first eligible reserve takes the place, on record.

    The new seat; None where no reserve is left. Raises Invalid, Missing, Conflict.
    """
    by.require(Capability.CASE_CONSULT)
    review, seat, row = held_seat(seat_id, by)
    body = key_hash(by, "stand_down", seat_id, reason, note)
    if done_before(review.id, key, body):
        return ReviewSeat.objects.filter(instead_of=seat).first()
    check_open(review, seen)
    if seat.state != SeatState.DRAWN:
        raise Conflict("这位专家现在不在等待意见之列，不能递补。", how="请刷新页面查看最新名单。")
    if reason not in STAND_DOWN_REASONS:
        raise Invalid("请选择不能参加的原因。", fields={"reason": "请选择一项"})
    seat.state, seat.stood_down = SeatState.STOOD_DOWN, reason
    seat.save(update_fields=["state", "stood_down"])
    heir = _heir(review, seat, row, at)
    data = {"expert": str(seat.expert_id), "why": reason, "by": str(heir.expert_id) if heir else None}
    save_review(review, "review.replaced", data, {"note": note.strip()[:LONGEST_WORDS]}, by, at, key, body)
    return heir


def _heir(review: ExpertReview, seat: ReviewSeat, row: CaseRow, at: datetime) -> ReviewSeat | None:
    """The first of the reserve who still may: a relation declared since the draw counts as well."""
    for next_one in review.seats.filter(state=SeatState.RESERVE).order_by("position"):
        eligible, excluded = _pool(row, review.field, at, next_one.expert_id)
        if eligible:
            next_one.state, next_one.instead_of, next_one.drawn_on = SeatState.DRAWN, seat, local_day(at)
            next_one.save(update_fields=["state", "instead_of", "drawn_on"])
            return next_one
        next_one.state = SeatState.STOOD_DOWN
        next_one.stood_down = str(excluded[0][1]) if excluded else str(Exclusion.INACTIVE)
        next_one.save(update_fields=["state", "stood_down"])
    return None


def held_review(review_id: UUID, by: Actor) -> tuple[ExpertReview, CaseRow]:
    """The review, held, with its case. Raises Missing (not there or not theirs)."""
    by.require(Capability.CASE_CONSULT)
    held = ExpertReview.objects.select_for_update().filter(pk=review_id).first()
    row = load_visible(held.case_id, by=by) if held else None
    if held is None or row is None:
        raise Missing
    return held, row


def held_seat(seat_id: UUID, by: Actor) -> tuple[ExpertReview, ReviewSeat, CaseRow]:
    """The review is held first, so that two clicks on two seats follow each other."""
    review_id = ReviewSeat.objects.filter(pk=seat_id).values_list("review_id", flat=True).first()
    if review_id is None:
        raise Missing
    review, row = held_review(review_id, by)
    return review, ReviewSeat.objects.get(pk=seat_id), row


def check_open(review: ExpertReview, seen: int) -> None:
    """Raise Conflict where the review has ended, or has changed since it was seen."""
    if review.state != ReviewState.OPEN:
        raise Conflict("这次评审已经结束。", how="请刷新页面查看结论。")
    unchanged(seen, review.edit, "这次评审")


def save_review(
    review: ExpertReview, fact: str, data: dict[str, Any], words: dict[str, str], by: Actor, at: datetime, key: str,
    body: str,
) -> None:  # fmt: skip
    """Count the change and leave its fact with the words."""
    review.edit += 1
    review.save()
    _leave(review, fact, data, words, by, at, key, body)


def _leave(
    review: ExpertReview, fact: str, data: dict[str, Any], words: dict[str, str], by: Actor, at: datetime,
    key: str | None = None, body: str | None = None,
) -> None:  # fmt: skip
    happening = Happening(review.id, "expert_review", fact, review.case_id, review.department_id, data, words)
    leave(happening, by=by, at=at, key=key, body=body)
