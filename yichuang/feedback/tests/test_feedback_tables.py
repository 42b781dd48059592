"""Every state × action × capability, told by hand beside the table in the code: follow-ups, appeals, complaints."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import pytest

from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.feedback.commands.complaints import ComplaintStep, reopen_complaint, step_complaint
from yichuang.feedback.commands.follow_ups import AppealForm, appeal_rating, decide_appeal, step_follow_up
from yichuang.feedback.flow.complaints import ComplaintAction as A
from yichuang.feedback.flow.complaints import ComplaintState as S
from yichuang.feedback.flow.ratings import AppealState
from yichuang.feedback.flow.ratings import FollowAction as F
from yichuang.feedback.flow.ratings import FollowState as G
from yichuang.feedback.models import Appeal, Complaint, FollowUp, Rating
from yichuang.feedback.queries import complaints as complaint_queries
from yichuang.feedback.queries import ratings as rating_queries
from yichuang.feedback.tests import factories as make
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Missing, Problem, Refused

pytestmark = pytest.mark.django_db
AT = make.AT


def own_reviewer() -> Actor:
    """Somebody of the rated department who may review, but not everywhere."""
    return people.staff("ownjudge", people.post(people.department(), "自审", [Capability.FEEDBACK_REVIEW]))


def reader() -> Actor:
    """Somebody who reads figures of everything and handles nothing."""
    post = people.post(make.centre(), "只读", [Capability.DASHBOARD_READ], everywhere=True)
    return people.staff("onlyreads", post)


# Who: own handler, other department's handler, own reviewer, centre's handler, centre's reviewer, reader.
WHO: Mapping[str, Callable[[], Actor]] = {
    "own": make.handler,
    "other": make.other,
    "own-reviewer": own_reviewer,
    "desk": make.desk,
    "reviewer": make.reviewer,
    "reader": reader,
}
HANDLES = {"own", "desk", "reviewer"}
REVIEWS = {"own-reviewer", "reviewer"}
# From state by action to state, written down once more; what is not here is refused.
FOLLOWS = {
    (G.PENDING, F.CONTACT): G.CONTACTED,
    (G.CONTACTED, F.START): G.RECTIFYING,
    (G.RECTIFYING, F.RECTIFY): G.RECTIFIED,
    (G.CONTACTED, F.CLOSE): G.CLOSED,
    (G.RECTIFIED, F.CLOSE): G.CLOSED,
    (G.PENDING, F.VOID): G.VOID,
    (G.CONTACTED, F.VOID): G.VOID,
    (G.RECTIFYING, F.VOID): G.VOID,
    (G.RECTIFIED, F.VOID): G.VOID,
}
FOLLOW_WAY = {
    G.PENDING: [], G.CONTACTED: [F.CONTACT], G.RECTIFYING: [F.CONTACT, F.START],
    G.RECTIFIED: [F.CONTACT, F.START, F.RECTIFY], G.CLOSED: [F.CONTACT, F.CLOSE], G.VOID: [F.VOID],
}  # fmt: skip
COMPLAINTS = {
    (S.RECEIVED, A.ASSIGN): S.ASSIGNED,
    (S.ASSIGNED, A.ASSIGN): S.ASSIGNED,
    (S.REOPENED, A.ASSIGN): S.ASSIGNED,
    (S.ASSIGNED, A.REPLY): S.REPLIED,
    (S.REOPENED, A.REPLY): S.REPLIED,
    (S.REPLIED, A.RETURN): S.ASSIGNED,
    (S.REPLIED, A.CLOSE): S.CLOSED,
    (S.RECEIVED, A.REJECT): S.REJECTED,
    (S.ASSIGNED, A.REJECT): S.REJECTED,
}
COMPLAINT_WAY = {
    S.RECEIVED: [], S.ASSIGNED: [A.ASSIGN], S.REPLIED: [A.ASSIGN, A.REPLY], S.REJECTED: [A.REJECT],
    S.CLOSED: [A.ASSIGN, A.REPLY, A.CLOSE], S.REOPENED: [A.ASSIGN, A.REPLY],
}  # fmt: skip
EVERYWHERE = {"desk", "reviewer", "reader"}


def told(work: Callable[[], Any]) -> str:
    """What came of it: the new state, or the kind of refusal."""
    try:
        return str(work().state)
    except Problem as problem:
        return type(problem).__name__


def followed(state: G) -> Rating:
    """A low rating of the water department whose follow-up stands at a state."""
    made = make.rated(5)
    for seen, action in enumerate(FOLLOW_WAY[state], 1):
        step_follow_up(made.pk, action, "已办", told="已告知", seen=seen, by=make.reviewer("before"), at=AT)
    return Rating.objects.get(pk=made.pk)


@pytest.mark.parametrize("who", list(WHO))
@pytest.mark.parametrize("state", list(G))
def test_follow_ups(state: G, who: str) -> None:
    for action in F:
        made, by = followed(state), WHO[who]()
        seen, before = FollowUp.objects.get(pk=made.pk).seq, len(facts_of(made.pk))
        shown = {row.action for row in rating_queries.moves_of(made, by=by)}
        answer = told(
            lambda made=made, action=action, by=by, seen=seen: step_follow_up(  # type: ignore[misc]
                made.pk, action, "说明", told="已告知", seen=seen, by=by, at=AT
            )
        )
        may = who in (REVIEWS if action == F.VOID else HANDLES | {"other"})
        target = FOLLOWS.get((state, action))
        expected = (
            "Refused" if not may else "Missing" if who == "other" else str(target) if target else "Conflict"
        )
        assert answer == expected, action
        # What the page offers is what the command takes.
        assert (action in shown) == (target is not None and may and who != "other"), action
        assert len(facts_of(made.pk)) == before + (answer == str(target))


@pytest.mark.parametrize("who", list(WHO))
@pytest.mark.parametrize("uphold", [True, False])
@pytest.mark.parametrize("state", [None, *AppealState])
def test_appeals_are_decided_by_the_centre_once(state: AppealState | None, uphold: bool, who: str) -> None:
    made = make.rated(4)
    if state is not None:
        appeal_rating(made.pk, AppealForm("不实"), by=make.handler(), at=AT, key=make.key())
    if state in (AppealState.UPHELD, AppealState.REJECTED):
        decide_appeal(
            made.pk, uphold=state == AppealState.UPHELD, words="已核", by=make.reviewer("before"), at=AT
        )
    answer = told(lambda: decide_appeal(made.pk, uphold=uphold, words="核", by=WHO[who](), at=AT))
    if who not in REVIEWS:
        assert answer == "Refused"
    elif state is None:
        assert answer == "Missing"
    elif who == "own-reviewer":
        assert answer == "Refused"
    elif state == AppealState.PENDING:
        assert answer == (AppealState.UPHELD if uphold else AppealState.REJECTED)
    else:
        assert answer == "Conflict"


@pytest.mark.parametrize("who", list(WHO))
@pytest.mark.parametrize("level", range(1, 6))
def test_who_may_appeal_against_what(level: int, who: str) -> None:
    made = make.rated(level)
    answer = told(lambda: appeal_rating(made.pk, AppealForm("不实"), by=WHO[who](), at=AT, key=make.key()))
    if who not in HANDLES | {"other"}:
        assert answer == "Refused"
    elif who == "other":
        assert answer == "Missing"
    else:
        assert answer == ("pending" if level >= 4 else "Conflict")
    assert Appeal.objects.count() == (answer == "pending")


def brought_to(state: S, replier: str = "replied") -> Complaint:
    """A complaint at a state, answered by somebody of the centre."""
    made = make.complaint()
    for action in COMPLAINT_WAY[state]:
        form = ComplaintStep("已办", people.department().pk)
        by = make.reviewer(replier if action == A.REPLY else "before")
        made = step_complaint(made.pk, action, form, seen=made.seq, by=by, at=AT)
    if state == S.REOPENED:
        code = complaint_queries.code_of(made.pk)
        made = reopen_complaint(made.pk, "不行", code=code, seen=made.seq, at=AT)
    return made


def expected_of(state: S, action: A, who: str, *, assigned: bool) -> str:
    """The answer, written down by hand."""
    if action == A.REOPEN:
        return "Refused"
    reviewing = action in (A.RETURN, A.CLOSE, A.REJECT)
    if who not in (REVIEWS if reviewing else HANDLES | {"other"}):
        return "Refused"
    if who == "other" or (not assigned and who not in EVERYWHERE):
        return "Missing"
    target = COMPLAINTS.get((state, action))
    if target is None:
        return "Conflict"
    if action == A.ASSIGN and who not in EVERYWHERE:
        return "Refused"
    return str(target)


@pytest.mark.parametrize("who", list(WHO))
@pytest.mark.parametrize("state", list(S))
def test_complaints(state: S, who: str) -> None:
    for action in A:
        made, by = brought_to(state), WHO[who]()
        before = len(facts_of(made.pk))
        shown = {row.action for row in complaint_queries.complaint_steps(made, by=by)}
        form = ComplaintStep("说明", people.department().pk)
        answer = told(
            lambda made=made, action=action, by=by, form=form: step_complaint(  # type: ignore[misc]
                made.pk, action, form, seen=made.seq, by=by, at=AT
            )
        )
        expected = expected_of(state, action, who, assigned=made.department_id is not None)
        assert answer == expected, action
        taken = expected in set(S)
        assert (action in shown) == taken, action
        assert len(facts_of(made.pk)) == before + taken


@pytest.mark.parametrize(("action", "replier"), list(product((A.RETURN, A.CLOSE), ("same", "another"))))
def test_four_eyes_go_by_the_last_reply(action: A, replier: str) -> None:
    """Whoever replied does not review; after a return it is the new reply that counts."""
    made = brought_to(S.REPLIED, replier="same")
    by, second = make.reviewer("same"), make.reviewer("another")
    with pytest.raises(Refused, match="是您作的"):
        step_complaint(made.pk, action, ComplaintStep("x"), seen=made.seq, by=by, at=AT)
    assert action not in {row.action for row in complaint_queries.complaint_steps(made, by=by)}
    made = step_complaint(made.pk, A.RETURN, ComplaintStep("重答"), seen=made.seq, by=second, at=AT)
    made = step_complaint(
        made.pk, A.REPLY, ComplaintStep("再答"), seen=made.seq, by=make.reviewer(replier), at=AT
    )
    other = by if replier == "another" else second
    with pytest.raises(Refused, match="是您作的"):
        step_complaint(made.pk, action, ComplaintStep("x"), seen=made.seq, by=make.reviewer(replier), at=AT)
    assert step_complaint(made.pk, action, ComplaintStep("x"), seen=made.seq, by=other, at=AT).state in (
        S.CLOSED,
        S.ASSIGNED,
    )


@pytest.mark.parametrize("seen", [-1, 0, 2, 3, 10**9])
def test_an_old_form_moves_nothing(seen: int) -> None:
    made, rated = make.complaint(), make.rating(5)
    with pytest.raises(Conflict, match="已有变化"):
        step_complaint(made.pk, A.REJECT, ComplaintStep("x"), seen=seen, by=make.reviewer(), at=AT)
    with pytest.raises(Conflict, match="已有变化"):
        step_follow_up(rated.pk, F.CONTACT, "x", seen=seen, by=make.reviewer(), at=AT)
    assert (len(facts_of(made.pk)), len(facts_of(rated.pk))) == (1, 1)


def test_a_department_that_lost_a_complaint_no_longer_reaches_it() -> None:
    made = brought_to(S.ASSIGNED)
    elsewhere = make.other()
    moved = ComplaintStep("", elsewhere.department_id)
    step_complaint(made.pk, A.ASSIGN, moved, seen=made.seq, by=make.reviewer(), at=AT)
    with pytest.raises(Missing):
        complaint_queries.complaint_for(made.pk, by=make.handler())
    with pytest.raises(Missing):
        step_complaint(made.pk, A.REPLY, ComplaintStep("x"), seen=3, by=make.handler(), at=AT)
    assert (
        step_complaint(made.pk, A.REPLY, ComplaintStep("x"), seen=3, by=elsewhere, at=AT).state == S.REPLIED
    )
