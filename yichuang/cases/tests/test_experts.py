"""Expert review: the draw on record, replacement from the reserve, opinions, the joint conclusion; who may, twice, at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from yichuang.cases.commands import experts, experts_heard
from yichuang.cases.commands.experts_heard import Heard
from yichuang.cases.flow import Action, Outcome, State
from yichuang.cases.flow.reviewers import Exclusion, ReviewState, SeatState, Verdict
from yichuang.cases.models import ExpertReview, ReviewSeat
from yichuang.cases.queries import experts as queries
from yichuang.cases.queries.reviewers import blocks
from yichuang.cases.rules.draw import draw, seed_of
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_reviewers as some
from yichuang.directory.commands import declare_relation
from yichuang.directory.models import Expert
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import checked_facts, facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
AT = some.AT
Act = Callable[[ExpertReview, Actor, str], object]


def _seen(review: ExpertReview) -> int:
    return ExpertReview.objects.get(pk=review.pk).edit


def _seat(review: ExpertReview) -> ReviewSeat:
    return review.seats.order_by("position")[0]


ACTS: dict[str, Act] = {
    "stand_down": lambda r, by, key: experts.stand_down(
        _seat(r).pk, "refused", "", seen=_seen(r), by=by, at=AT, key=key
    ),
    "hear": lambda r, by, key: experts_heard.hear_expert(
        _seat(r).pk, Heard("passed", 90, "通过。"), seen=_seen(r), by=by, at=AT, key=key
    ),
    "close": lambda r, by, key: experts_heard.close_review(
        r.pk, "passed", "同意。", "已过半数", seen=_seen(r), by=by, at=AT, key=key
    ),
    "cancel": lambda r, by, key: experts_heard.cancel_review(
        r.pk, "方案撤换", seen=_seen(r), by=by, at=AT, key=key
    ),
}


@pytest.mark.parametrize("action", list(ACTS))
@pytest.mark.parametrize("state", list(ReviewState))
def test_every_state_with_every_action_twice(state: ReviewState, action: str) -> None:
    review = some.review_in(state)
    before = len(facts_of(review.pk))
    if state != ReviewState.OPEN:
        with pytest.raises(Conflict, match="已经结束"):
            ACTS[action](review, some.lead(), make.key())
        return
    if action == "close":
        for seat in some.seats(review)[:2]:
            some.hear(seat)
        before += 2
    key = make.key()
    ACTS[action](review, some.lead(), key)
    ACTS[action](review, some.lead(), key)
    assert len(facts_of(review.pk)) == before + 1, "the same click acts once"
    assert all(fact.sound for fact in checked_facts(review.pk))


def test_the_draw_is_on_record_and_can_be_done_again() -> None:
    row = make.in_review()
    review = some.drawn(row)
    kept = some.seats(review) + some.seats(review, SeatState.RESERVE)
    assert review.seed == seed_of(row.number, review.head_chain, review.pk)
    again = draw(review.seed, review.pool, wanted=3, reserve=2)
    assert [seat.expert_id for seat in kept] == [*again.drawn, *again.reserve]
    fact = facts_of(review.pk)[0]
    assert fact.data["drawn"] == [str(one) for one in again.drawn]
    assert fact.data["seed"] == review.seed
    assert "示例" not in str(fact.data).replace(some.FIELD, ""), "numbers of the pool, no names"
    assert queries.redraw(review.pk).sound
    ReviewSeat.objects.filter(pk=kept[-1].pk).update(expert=some.expert(99))
    assert not queries.redraw(review.pk).sound, "a result that was changed afterwards is noticed"


def test_the_same_click_draws_once_and_nobody_draws_until_the_names_please() -> None:
    some.pool()
    row, key = make.in_review(), make.key()
    first = experts.draw_experts(row.id, some.draw_form(), by=some.lead(), at=AT, key=key)
    assert experts.draw_experts(row.id, some.draw_form(), by=some.lead(), at=AT, key=key).pk == first.pk
    with pytest.raises(Conflict, match="已经抽取"):
        experts.draw_experts(row.id, some.draw_form(), by=some.lead(), at=AT, key=make.key())
    assert ExpertReview.objects.count() == 1


def test_excluded_are_named_with_their_reason_and_never_drawn() -> None:
    row = make.in_review()
    some.pool(3)
    mate = some.expert(20, unit=" 示例科技 有限公司")
    coded = some.expert(21, code="91510000MA6EXAMP2K")
    related, gone = some.expert(22), some.expert(23, active=False)
    some.expert(24, fields=("法律",))
    declare_relation(related.pk, "示例科技有限公司", "独立董事", by=some.manager(), at=AT, key=make.key())
    review = experts.draw_experts(row.id, some.draw_form(reserve=9), by=some.lead(), at=AT, key=make.key())
    why = {(one, reason) for one, reason in map(tuple, review.excluded)}
    assert why == {
        (str(mate.pk), Exclusion.SAME_UNIT),
        (str(coded.pk), Exclusion.SAME_UNIT),
        (str(related.pk), Exclusion.RELATION),
        (str(gone.pk), Exclusion.INACTIVE),
    }
    assert len(review.pool) == 3
    shown = queries.review(review.pk, by=some.lead()).excluded
    assert ("专家022（示例）", "示例研究院022所", "申报过与申请人的利害关系") in shown


def test_who_was_drawn_often_rests() -> None:
    busy = some.expert(1)
    for _ in range(3):
        row = make.in_review()
        experts.draw_experts(
            row.id, some.draw_form(wanted=1, reserve=0), by=some.lead(), at=AT, key=make.key()
        )
    row = make.in_review()
    with pytest.raises(Invalid, match="只有 0 位"):
        experts.draw_experts(row.id, some.draw_form(wanted=1), by=some.lead(), at=AT, key=make.key())
    later = AT + timedelta(days=31)
    made = experts.draw_experts(row.id, some.draw_form(wanted=1), by=some.lead(), at=later, key=make.key())
    assert made.pool == [busy.pk]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"field": " "}, "field"), ({"wanted": 0}, "wanted"), ({"wanted": 16}, "wanted"), ({"reserve": -1}, "reserve"),
        ({"days": 0}, "days"), ({"question": ""}, "question"), ({"wanted": 9}, "wanted"), ({"field": "没有"}, "wanted"),
    ],
)  # fmt: skip
def test_what_a_draw_must_say(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        some.drawn(**change)
    assert set(caught.value.fields) == {field}


def test_the_reserve_takes_the_place_in_order() -> None:
    review = some.drawn()
    first, second = some.seats(review, SeatState.RESERVE)
    out = some.seats(review)[1]
    heir = experts.stand_down(out.pk, "recusal", "亲属", seen=1, by=some.lead(), at=AT, key=make.key())
    assert heir is not None
    assert (heir.pk, heir.instead_of_id) == (first.pk, out.pk)
    assert facts_of(review.pk)[-1].data == {
        "case": str(review.case_id), "expert": str(out.expert_id), "why": "recusal", "by": str(first.expert_id),
        "words": facts_of(review.pk)[-1].data["words"],
    }  # fmt: skip
    # The next of the reserve has declared a relation since the draw: passed over, on record.
    declare_relation(second.expert_id, "示例科技有限公司", "股东", by=some.manager(), at=AT, key=make.key())
    assert experts.stand_down(heir.pk, "refused", "", seen=2, by=some.lead(), at=AT, key=make.key()) is None
    assert ReviewSeat.objects.get(pk=second.pk).stood_down == Exclusion.RELATION
    with pytest.raises(Conflict):
        experts.stand_down(heir.pk, "refused", "", seen=3, by=some.lead(), at=AT, key=make.key())
    with pytest.raises(Invalid):
        experts.stand_down(_seat(review).pk, "mood", "", seen=3, by=some.lead(), at=AT, key=make.key())


@pytest.mark.parametrize(
    ("heard", "field"),
    [
        (Heard("", None, "好"), "verdict"), (Heard("passed", 101, "好"), "score"), (Heard("passed", -1, "好"), "score"),
        (Heard("fail", None, " "), "opinion"),
    ],
)  # fmt: skip
def test_an_opinion_is_complete(heard: Heard, field: str) -> None:
    review = some.drawn()
    with pytest.raises(Invalid) as caught:
        experts_heard.hear_expert(_seat(review).pk, heard, seen=1, by=some.lead(), at=AT, key=make.key())
    assert list(caught.value.fields) == [field]


def test_a_conclusion_needs_all_or_more_than_half_with_a_reason() -> None:
    review = some.drawn()

    def close(reason: str = "") -> ExpertReview:
        return experts_heard.close_review(
            review.pk,
            Verdict.PASSED,
            "同意。",
            reason,
            seen=_seen(review),
            by=some.lead(),
            at=AT,
            key=make.key(),
        )

    seats = some.seats(review)
    some.hear(seats[0])
    with pytest.raises(Invalid) as caught:
        close("等不到了")
    assert "超过半数" in caught.value.fields[""]
    some.hear(seats[1])
    with pytest.raises(Invalid) as caught:
        close()
    assert list(caught.value.fields) == ["quorum_reason"]
    assert close("专家出国，无法联系").quorum_reason
    everybody = some.drawn(make.in_review())
    for seat in some.seats(everybody):
        some.hear(seat)
    closed = experts_heard.close_review(
        everybody.pk, Verdict.FAIL, "不同意。", "多余", seen=4, by=some.lead(), at=AT, key=make.key()
    )
    assert (closed.state, closed.quorum_reason) == (ReviewState.CLOSED, "")


def test_the_second_saver_is_told_and_one_expert_speaks_once() -> None:
    review = some.drawn()
    seat = _seat(review)
    some.hear(seat)
    heard = Heard("fail", None, "不通过")
    with pytest.raises(Conflict, match="已有变化"):
        experts_heard.hear_expert(seat.pk, heard, seen=1, by=some.lead(), at=AT, key=make.key())
    with pytest.raises(Conflict, match="已经登记"):
        experts_heard.hear_expert(seat.pk, heard, seen=2, by=some.lead(), at=AT, key=make.key())


def test_an_open_review_holds_the_case_up() -> None:
    review = some.drawn()
    assert "还没有形成结论" in blocks(review.case_id)[0]
    with pytest.raises(Invalid):
        make.perform(make.fresh(review.case_id), Action.DECIDE, people.head(), at=AT)
    ACTS["cancel"](review, some.lead(), make.key())
    assert blocks(review.case_id) == ()
    make.perform(make.fresh(review.case_id), Action.DECIDE, people.head(), at=AT)
    assert make.fresh(review.case_id).outcome == Outcome.GRANTED


@pytest.mark.parametrize("state", [s for s in State if s not in (State.REVIEW, State.SPECIAL)])
def test_only_a_case_in_examination_is_reviewed(state: State) -> None:
    with pytest.raises(Conflict):
        some.drawn(make.IN_STATE[state]())


def test_who_may() -> None:
    review, row = some.drawn(), make.in_review()
    for action in ACTS:
        with pytest.raises(Missing):
            ACTS[action](review, some.lead("foreign", some.ecology()), make.key())
        for by in (people.reviewer(), people.applicant_actor(), some.opiner()):
            with pytest.raises(Refused):
                ACTS[action](review, by, make.key())
    with pytest.raises(Refused):
        experts.draw_experts(row.id, some.draw_form(), by=people.reviewer(), at=AT, key=make.key())
    for by in (some.lead("foreign", some.ecology()), people.applicant_actor(), some.opiner()):
        with pytest.raises(Missing):
            queries.review(review.pk, by=by)
        with pytest.raises(Missing):
            queries.seat(_seat(review).pk, by=by)
    assert queries.review(review.pk, by=people.reviewer()).may_act is False


def test_the_database_refuses_what_commands_would_never_write() -> None:
    review = some.drawn()
    seat = _seat(review)
    wrong: list[Callable[[], object]] = [
        lambda: ExpertReview.objects.filter(pk=review.pk).update(state="closed"),
        lambda: ExpertReview.objects.filter(pk=review.pk).update(seed="x" * 64),
        lambda: ReviewSeat.objects.filter(pk=seat.pk).update(state="answered"),
        lambda: ReviewSeat.objects.filter(pk=seat.pk).update(score=101),
        lambda: ReviewSeat.objects.filter(pk=seat.pk).update(position=1),
        lambda: Expert.objects.update(fields=[]),
    ]
    for write in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
