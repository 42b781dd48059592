"""Expert review, second half: the opinions of the experts, and one joint conclusion."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases.commands.experts import check_open, held_review, held_seat, save_review
from yichuang.cases.commands.happenings import LONGEST_WORDS, Attached, done_before, key_hash
from yichuang.cases.flow.reviewers import ReviewState, SeatState, Verdict
from yichuang.cases.models import ExpertReview, ReviewSeat
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.times import local_day

HIGHEST_SCORE = 100


@dataclass(frozen=True, slots=True)
class Heard:
    """What an expert has said, as it is entered: verdict, score of 100 (or none), words, the signed sheet."""

    verdict: str
    score: int | None
    opinion: str
    file: Attached | None = None


@transaction.atomic
def hear_expert(seat_id: UUID, heard: Heard, *, seen: int, by: Actor, at: datetime, key: str) -> ReviewSeat:
    """Enter an expert's opinion. Raises Invalid, Missing, Conflict (not in the panel, or heard already)."""
    by.require(Capability.CASE_CONSULT)
    review, seat, _ = held_seat(seat_id, by)
    file = heard.file
    digest = file.sha256 if file else ""
    body = key_hash(by, "hear", seat_id, heard.verdict, heard.score, heard.opinion, digest)
    if done_before(review.id, key, body):
        return seat
    check_open(review, seen)
    if seat.state != SeatState.DRAWN:
        raise Conflict("这位专家的意见已经登记，或者不在评审之列。", how="请刷新页面查看最新名单。")
    wrong: dict[str, str] = {}
    if heard.verdict not in set(Verdict):
        wrong["verdict"] = "请选择通过、修改后通过或者不通过"
    if heard.score is not None and not 0 <= heard.score <= HIGHEST_SCORE:
        wrong["score"] = f"应为 0 至 {HIGHEST_SCORE} 的整数，没有评分可不填"
    if not 0 < len(heard.opinion.strip()) <= LONGEST_WORDS:
        wrong["opinion"] = f"请写明专家意见，不超过 {LONGEST_WORDS} 字"
    if wrong:
        raise Invalid("专家意见不完整，请按提示填写。", fields=wrong)
    seat.state, seat.verdict, seat.score = SeatState.ANSWERED, heard.verdict, heard.score
    seat.opinion, seat.answered_on = heard.opinion.strip(), local_day(at)
    if file is not None:
        seat.file_name, seat.file_kind, seat.file_sha256 = file.name, file.kind, file.sha256
    seat.save()
    data = {
        "expert": str(seat.expert_id),
        "verdict": heard.verdict,
        "score": heard.score,
        "file": digest or None,
    }
    save_review(review, "review.heard", data, {"opinion": seat.opinion}, by, at, key, body)
    return seat


@transaction.atomic
def close_review(
    review_id: UUID, verdict: str, conclusion: str, quorum_reason: str = "", *, seen: int, by: Actor, at: datetime,
    key: str,
) -> ExpertReview:  # fmt: skip
    """The joint conclusion, when all have answered; with more than half of the places, only for a reason.

    Raises Invalid, Missing, Conflict.
    """
    by.require(Capability.CASE_CONSULT)
    review, _ = held_review(review_id, by)
    body = key_hash(by, "close", verdict, conclusion, quorum_reason)
    if done_before(review.id, key, body):
        return review
    check_open(review, seen)
    states = list(review.seats.values_list("state", flat=True))
    heard = states.count(SeatState.ANSWERED)
    wrong: dict[str, str] = {}
    if verdict not in set(Verdict):
        wrong["verdict"] = "请选择评审结论"
    if not 0 < len(conclusion.strip()) <= LONGEST_WORDS:
        wrong["conclusion"] = f"请写明评审结论，不超过 {LONGEST_WORDS} 字"
    if 2 * heard <= review.wanted:
        wrong[""] = f"{review.wanted} 位专家中只收到 {heard} 位的意见，须超过半数才能形成结论"
    elif heard < review.wanted and not quorum_reason.strip():
        wrong["quorum_reason"] = f"还有 {review.wanted - heard} 位专家没有提交意见，请写明不再等待的理由"
    if wrong:
        raise Invalid("还不能形成评审结论。", fields=wrong)
    review.state, review.verdict, review.conclusion = ReviewState.CLOSED, verdict, conclusion.strip()
    review.quorum_reason = quorum_reason.strip()[:LONGEST_WORDS] if heard < review.wanted else ""
    review.closed_on, review.closed_by_name = local_day(at), by.name
    words = {"conclusion": review.conclusion, "quorum_reason": review.quorum_reason}
    save_review(review, "review.closed", {"verdict": verdict, "heard": heard}, words, by, at, key, body)
    return review


@transaction.atomic
def cancel_review(
    review_id: UUID, reason: str, *, seen: int, by: Actor, at: datetime, key: str
) -> ExpertReview:
    """Give a review up, with a reason; the draw stays on record. Raises Invalid, Missing, Conflict."""
    by.require(Capability.CASE_CONSULT)
    review, _ = held_review(review_id, by)
    body = key_hash(by, "cancel", reason)
    if done_before(review.id, key, body):
        return review
    check_open(review, seen)
    if not 0 < len(reason.strip()) <= LONGEST_WORDS:
        raise Invalid("请写明取消评审的理由。", fields={"reason": "不能为空，抽取记录会保留"})
    review.state, review.closed_on, review.closed_by_name = ReviewState.CANCELLED, local_day(at), by.name
    save_review(review, "review.cancelled", {}, {"reason": reason.strip()}, by, at, key, body)
    return review
