"""Many at once, with real commits: one rating a service, one appeal, one decision, one step, one re-opening."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from yichuang.cases.tests.crowd import PATIENCE_SECONDS, together
from yichuang.directory.tests import factories as people
from yichuang.feedback.commands.complaints import (
    ComplaintStep,
    reopen_complaint,
    step_complaint,
    take_complaint,
)
from yichuang.feedback.commands.follow_ups import AppealForm, appeal_rating, decide_appeal, step_follow_up
from yichuang.feedback.commands.limits import set_limit
from yichuang.feedback.commands.ratings import give_rating
from yichuang.feedback.flow.complaints import ComplaintAction, ComplaintWay
from yichuang.feedback.flow.ratings import FollowAction, Served
from yichuang.feedback.models import Appeal, Complaint, ComplaintNote, FollowUp, Limit, Rating, RatingNote
from yichuang.feedback.queries.complaints import code_of
from yichuang.feedback.queries.rated import service_by, token_of
from yichuang.feedback.tests import factories as make
from yichuang.halls.commands.acts import put
from yichuang.halls.tests import factories_windows as hall
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import ANONYMOUS, SYSTEM
from yichuang.kernel.errors import Conflict
from yichuang.workdays.commands import load_packaged

AT = make.AT
APPEAL = AppealForm("与事实不符", "录音")
Work = Callable[[], Any]


@pytest.fixture(autouse=True)
def _calendar(committed: dict[str, str]) -> None:
    """Every test of this file really commits, and limits count working days."""
    load_packaged(AT, SYSTEM)


def split(works: list[Work]) -> tuple[list[Any], int]:
    """What went through, and how many were refused as a conflict; anything else fails with its own words."""
    found = together(works)
    odd = [one for one in found if isinstance(one, Exception) and not isinstance(one, Conflict)]
    assert not odd, odd
    won = [one for one in found if not isinstance(one, Conflict)]
    return won, len(found) - len(won)


def kinds(subject: UUID) -> list[str]:
    """The kinds of a subject's facts, whose numbers have neither gap nor double."""
    facts = facts_of(subject)
    assert [fact.seq for fact in facts] == list(range(1, len(facts) + 1))
    return [fact.kind for fact in facts]


def answered() -> Complaint:
    """A complaint that was assigned and answered."""
    made = make.complaint()
    form = ComplaintStep("已办", people.department().pk)
    for seen, action in enumerate((ComplaintAction.ASSIGN, ComplaintAction.REPLY), 1):
        made = step_complaint(made.pk, action, form, seen=seen, by=make.reviewer("answers"), at=AT)
    return made


# Ratings


def test_eight_ratings_of_an_act_leave_one_and_one_fact() -> None:
    act, _ = put(hall.consulted(), by=hall.clerk(), at=hall.AT, key=make.key())
    service = service_by(token_of(Served.ACT, act.pk))
    works: list[Work] = [
        lambda level=1 + n % 5: give_rating(service, make.form(level), at=hall.AT, key=make.key())  # type: ignore[misc]
        for n in range(8)
    ]
    won, refused = split(works)
    assert (len(won), refused) == (1, 7)
    made = Rating.objects.get()
    assert kinds(made.pk) == ["rating.given"]
    assert FollowUp.objects.count() == (made.level >= 4)


def test_a_double_click_on_one_rating_answers_both_and_opens_one_follow_up() -> None:
    service, key = make.service(), make.key()
    won, refused = split([lambda: give_rating(service, make.form(5), at=AT, key=key)] * 6)
    assert (len({each.pk for each in won}), refused) == (1, 0)
    assert kinds(Rating.objects.get().pk) == ["rating.given"]
    assert FollowUp.objects.count() == 1


def test_two_services_are_rated_side_by_side() -> None:
    services = [make.service() for _ in range(4)]
    works: list[Work] = [
        lambda each=each: give_rating(each, make.form(4), at=AT, key=make.key())  # type: ignore[misc]
        for each in services
    ]
    assert len(split(works)[0]) == 4
    assert FollowUp.objects.count() == 4


# Follow-ups


@pytest.mark.parametrize(
    ("before", "actions"),
    [
        ([], [FollowAction.CONTACT, FollowAction.VOID]),
        ([FollowAction.CONTACT], [FollowAction.START, FollowAction.CLOSE]),
        ([FollowAction.CONTACT], [FollowAction.CLOSE, FollowAction.CLOSE]),
        ([FollowAction.CONTACT, FollowAction.START], [FollowAction.RECTIFY, FollowAction.VOID]),
    ],
    ids=["contact-or-void", "start-or-close", "close-twice", "rectify-or-void"],
)
def test_of_two_different_steps_one_wins(before: list[FollowAction], actions: list[FollowAction]) -> None:
    made, by = make.rating(), make.reviewer()
    for seen, action in enumerate(before, 1):
        step_follow_up(made.pk, action, "已办", told="已告知", seen=seen, by=by, at=AT)
    seen = len(before) + 1
    works: list[Work] = [
        lambda action=action: step_follow_up(  # type: ignore[misc]
            made.pk, action, "说明", told="已告知", seen=seen, by=by, at=AT
        )
        for action in actions
    ]
    won, refused = split(works)
    assert (len(won), refused) == (1, 1)
    held = FollowUp.objects.get(pk=made.pk)
    assert held.seq == seen + 1
    assert held.state == won[0].state
    assert len(kinds(made.pk)) == seen + 1
    assert RatingNote.objects.filter(rating=made).count() == seen


def test_without_the_lock_both_steps_would_be_taken() -> None:
    """The broken variant: whoever looks without a lock writes over the other."""
    made, looked = make.rating(), threading.Barrier(2)

    def naive(state: str) -> bool:
        held = FollowUp.objects.get(pk=made.pk)
        looked.wait(PATIENCE_SECONDS)
        return held.seq == 1 and bool(
            FollowUp.objects.filter(pk=made.pk).update(state=state, seq=2, contacted_on=AT.date())
        )

    assert together([lambda: naive("contacted"), lambda: naive("rectifying")]) == [True, True]


# Appeals


def test_a_double_click_on_an_appeal_leaves_one_fact() -> None:
    made, by, key = make.rating(), make.handler(), make.key()
    won, refused = split([lambda: appeal_rating(made.pk, APPEAL, by=by, at=AT, key=key)] * 6)
    assert (len({each.pk for each in won}), refused) == (1, 0)
    assert kinds(made.pk) == ["rating.given", "rating.appealed"]
    assert RatingNote.objects.count() == 1


def test_of_two_who_appeal_one_does() -> None:
    made = make.rating()
    both = [make.handler(), make.handler(username="second")]
    works: list[Work] = [
        lambda by=by: appeal_rating(made.pk, APPEAL, by=by, at=AT, key=make.key())  # type: ignore[misc]
        for by in both
    ]
    won, refused = split(works)
    assert (len(won), refused) == (1, 1)
    assert Appeal.objects.get().appealed_by_id == won[0].appealed_by_id
    assert kinds(made.pk) == ["rating.given", "rating.appealed"]


def test_an_appeal_is_decided_once_whatever_two_reviewers_think() -> None:
    made = make.rating()
    appeal_rating(made.pk, APPEAL, by=make.handler(), at=AT, key=make.key())
    judges = [(make.reviewer(f"judge{n}"), bool(n % 2)) for n in range(4)]
    works: list[Work] = [
        lambda by=by, uphold=uphold: decide_appeal(  # type: ignore[misc]
            made.pk, uphold=uphold, words="已核", by=by, at=AT
        )
        for by, uphold in judges
    ]
    won, refused = split(works)
    assert (len(won), refused) == (1, 3)
    upheld = won[0].state == "upheld"
    assert kinds(made.pk)[2:] == ["rating.excluded" if upheld else "rating.confirmed"]
    assert FollowUp.objects.get().state == ("void" if upheld else "pending")


@pytest.mark.parametrize("attempt", range(3))
def test_a_decision_and_a_step_at_once_leave_one_end(attempt: int) -> None:
    """Upheld ends the follow-up; a step that came first is kept, one that came later is told."""
    made, by = make.rating(), make.reviewer()
    appeal_rating(made.pk, APPEAL, by=make.handler(), at=AT, key=make.key())
    decided, stepped = together(
        [
            lambda: decide_appeal(made.pk, uphold=True, words="核减", by=by, at=AT),
            lambda: step_follow_up(made.pk, FollowAction.CONTACT, "已回访", seen=1, by=by, at=AT),
        ]
    )
    assert isinstance(decided, Appeal), decided
    assert isinstance(stepped, FollowUp | Conflict), stepped
    held = FollowUp.objects.get(pk=made.pk)
    assert (held.state, held.finished_on) == ("void", AT.date())
    assert (held.contacted_on is None) == isinstance(stepped, Conflict)


def test_without_the_constraint_a_rating_would_be_appealed_twice(committed: dict[str, str]) -> None:
    """The broken variant: looking first and no key on the rating; both appeal."""
    made, looked = make.rating(), threading.Barrier(2)
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        owner.execute("alter table feedback_appeal drop constraint feedback_appeal_pkey")

    def naive(who: UUID) -> bool:
        seen = Appeal.objects.filter(pk=made.pk).exists()
        looked.wait(PATIENCE_SECONDS)
        if not seen:
            Appeal(rating=made, reasons="x", appealed_at=AT, appealed_by_id=who, key=make.key()).save(
                force_insert=True
            )
        return not seen

    assert together([lambda: naive(UUID(int=1)), lambda: naive(UUID(int=2))]) == [True, True]
    assert Appeal.objects.count() == 2


# Complaints


def test_a_double_click_answers_both_with_one_number_and_no_gap() -> None:
    key = make.key()
    won, refused = split(
        [lambda: take_complaint(make.brought(), ComplaintWay.ONLINE, by=ANONYMOUS, at=AT, key=key)] * 6
    )
    assert ({each.number for each in won}, refused) == ({"FK2022000001"}, 0)
    assert kinds(won[0].pk) == ["complaint.received"]
    assert ComplaintNote.objects.count() == 1
    assert make.complaint().number == "FK2022000002"


def test_numbers_of_many_who_complain_at_once_have_neither_gap_nor_double() -> None:
    won, refused = split([make.complaint] * 6)
    assert sorted(each.number for each in won) == [f"FK2022{n:06d}" for n in range(1, 7)]
    assert refused == 0


def test_a_complaint_is_re_opened_once_by_however_many_windows() -> None:
    made = answered()
    code, later = code_of(made.pk), AT + timedelta(days=1)
    won, refused = split(
        [lambda: reopen_complaint(made.pk, "还是不行", code=code, seen=made.seq, at=later)] * 5
    )
    assert (len(won), refused) == (1, 4)
    assert kinds(made.pk).count("complaint.reopened") == 1
    assert Complaint.objects.get().seq == made.seq + 1


def test_closing_and_re_opening_at_once_end_in_a_state_that_both_allow() -> None:
    made, by = answered(), make.reviewer("closes")
    code = code_of(made.pk)
    won, refused = split(
        [
            lambda: step_complaint(
                made.pk, ComplaintAction.CLOSE, ComplaintStep(), seen=made.seq, by=by, at=AT
            ),
            lambda: reopen_complaint(made.pk, "还是不行", code=code, seen=made.seq, at=AT),
        ]
    )
    assert (len(won), refused) == (1, 1)
    now = Complaint.objects.get()
    assert now.state == won[0].state
    assert (now.ended_on is None) == (now.state == "reopened")


def test_two_replies_at_once_are_one_reply_and_one_message() -> None:
    made = make.complaint()
    form = ComplaintStep("", people.department().pk)
    step_complaint(made.pk, ComplaintAction.ASSIGN, form, seen=1, by=make.reviewer(), at=AT)
    works: list[Work] = [
        lambda by=by: step_complaint(  # type: ignore[misc]
            made.pk, ComplaintAction.REPLY, ComplaintStep(by.name), seen=2, by=by, at=AT
        )
        for by in (make.handler(), make.handler(username="second"))
    ]
    won, refused = split(works)
    assert (len(won), refused) == (1, 1)
    now = Complaint.objects.get()
    assert (now.reply, now.replied_by_id) == (won[0].reply, won[0].replied_by_id)


def test_without_the_lock_a_complaint_would_be_re_opened_twice() -> None:
    """The broken variant: both have looked before either wrote."""
    made, looked = answered(), threading.Barrier(2)

    def naive() -> bool:
        held = Complaint.objects.get(pk=made.pk)
        looked.wait(PATIENCE_SECONDS)
        if not held.reopened:
            Complaint.objects.filter(pk=made.pk).update(state="reopened", reopened=True)
        return not held.reopened

    assert together([naive, naive]) == [True, True]


def test_a_double_click_on_a_limit_sets_it_once() -> None:
    by, key = make.reviewer(), make.key()
    won, refused = split(
        [lambda: set_limit("rating.finish", 3, "试行", AT.date(), by=by, at=AT, key=key)] * 5
    )
    assert (len({each.pk for each in won}), refused) == (1, 0)
    assert Limit.objects.count() == 1
    assert kinds(won[0].pk) == ["feedback.limit_set"]
