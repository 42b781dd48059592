"""What each command refuses, in whose words, and what it leaves."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from yichuang.cases import commands
from yichuang.cases.commands import Stepped
from yichuang.cases.flow import PAUSE_GROUNDS, TERMINATION_GROUNDS, Action, Outcome, State
from yichuang.cases.queries import CaseRow, particulars
from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem

pytestmark = pytest.mark.django_db
AT = make.AT
TOMORROW = AT + timedelta(days=1)


def refused(row: CaseRow, work: Callable[[], object], *fields: str, kind: type[Problem] = Invalid) -> Problem:
    """The problem with exactly these fields, and a case that nothing has happened to."""
    before = facts_of(row.id)
    with pytest.raises(kind) as caught:
        work()
    assert set(caught.value.fields) == set(fields)
    assert all(words for words in caught.value.fields.values())
    assert make.fresh(row.id) == row
    assert facts_of(row.id) == before
    return caught.value


def ask(row: CaseRow, **changes: Any) -> Stepped:
    """Ask for a correction; `changes` spoil one part."""
    given: dict[str, Any] = {
        "lines": make.LINES, "respond_by": AT.date() + timedelta(days=10), "by": people.clerk(), "at": AT, "key": make.key(),
    }  # fmt: skip
    return commands.ask_correction(row.id, **(given | changes))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"material": " ", "problem": "", "requirement": ""}]}, "lines"),
        ({"lines": [*make.LINES, {"material": "图纸", "problem": "缺", "requirement": " "}]}, "lines-1"),
        ({"lines": [{"material": "", "problem": "缺", "requirement": "补"}]}, "lines-0"),
        ({"respond_by": AT.date()}, "respond_by"),
        ({"respond_by": AT.date() - timedelta(days=3)}, "respond_by"),
        ({"respond_by": AT.date() + timedelta(days=61)}, "respond_by"),
    ],
)
def test_a_correction_notice_is_complete_or_not_sent(changes: dict[str, Any], field: str) -> None:
    row = make.filed()
    refused(row, lambda: ask(row, **changes), field)


def test_empty_lines_are_left_out_and_the_rest_is_kept_in_order() -> None:
    row = make.filed()
    second = {"material": "图纸", "problem": "缺页", "requirement": "补第 3 页"}
    ask(row, lines=[*make.LINES, {"material": "", "problem": "", "requirement": ""}, second])
    assert particulars(row.id, internal=False)[2]["lines"] == [*make.LINES, second]
    assert facts_of(row.id)[-1].data["lines"] == 2


def test_the_day_of_a_correction_is_shanghais() -> None:
    """At 23:30 UTC it is tomorrow in Shanghai: what is today there is no day to answer by."""
    row = make.filed()
    late = datetime.fromisoformat("2022-05-06T23:30:00+00:00")
    refused(row, lambda: ask(row, at=late, respond_by=date(2022, 5, 7)), "respond_by")
    ask(row, at=late, respond_by=date(2022, 5, 8))
    assert make.fresh(row.id).work_due_on == date(2022, 5, 8)


def test_a_second_correction_only_for_what_the_answer_newly_showed() -> None:
    row = make.correcting()
    commands.answer_correction(
        row.id, note="已补", content={}, by=people.applicant_actor(), at=AT, key=make.key()
    )
    row = make.fresh(row.id)
    refused(row, lambda: ask(row), "newly_shown")
    refused(row, lambda: ask(row, newly_shown="  "), "newly_shown")
    ask(row, newly_shown="补交的图纸反映出水源与申请书不符")
    after = make.fresh(row.id)
    assert (after.state, after.corrections) == (State.CORRECTING, 2)
    assert facts_of(row.id)[-1].data["times"] == 2


def test_after_an_answer_the_window_has_five_working_days_again() -> None:
    row = make.correcting()
    at = make.day("2022-09-28")
    commands.answer_correction(
        row.id, note="", content={"answers": "f" * 64}, by=people.applicant_actor(), at=at, key=make.key()
    )
    after = make.fresh(row.id)
    assert (after.work_kind, after.work_due_on) == ("accept", date(2022, 10, 10))
    assert facts_of(row.id)[-1].data == {"answers": "f" * 64}


def turn_away(row: CaseRow, at: datetime = AT, **changes: str) -> Stepped:
    """Refuse to accept."""
    given = {"ground": "not_competent", "reason": "属市级权限", "where_instead": "成都市水务局"} | changes
    return commands.refuse_acceptance(
        row.id, ground=given["ground"], reason=given["reason"], where_instead=given["where_instead"],
        by=people.clerk(), at=at, key=make.key(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"reason": " "}, ["reason"]),
        ({"where_instead": ""}, ["where_instead"]),
        ({"reason": "", "where_instead": " "}, ["reason", "where_instead"]),
        ({"ground": "because"}, ["ground"]),
        ({"ground": ""}, ["ground"]),
        ({"ground": "not_corrected"}, ["ground"]),
    ],
)
def test_a_refusal_has_its_ground_its_reason_and_the_right_authority(
    changes: dict[str, str], fields: list[str]
) -> None:
    row = make.filed()
    refused(row, lambda: turn_away(row, AT, **changes), *fields)


def test_where_no_licence_is_needed_no_other_authority_is_named() -> None:
    row = make.filed()
    turn_away(row, ground="not_required", where_instead="")
    after = make.fresh(row.id)
    assert (after.state, after.outcome, after.closed_on) == (State.REFUSED, Outcome.REFUSED, AT.date())
    assert (after.work_kind, after.decided_on) == (None, None)


def test_nobody_is_turned_away_for_a_correction_that_is_not_overdue() -> None:
    row = make.correcting()
    assert row.work_due_on is not None
    last = make.day(str(row.work_due_on))
    refused(row, lambda: turn_away(row, ground="not_corrected", at=last), "ground")
    ending: dict[str, Any] = {
        "ground": "not_corrected",
        "reason": "未补正",
        "by": people.clerk(),
        "key": make.key(),
    }
    refused(row, lambda: commands.terminate(row.id, at=last, **ending), "ground")
    turn_away(row, ground="not_corrected", at=last + timedelta(days=1))
    assert make.fresh(row.id).state == State.REFUSED


@pytest.mark.parametrize("ground", [*PAUSE_GROUNDS])
def test_the_eight_grounds_pause(ground: str) -> None:
    row = make.in_review()
    commands.pause(row.id, ground=ground, expected_days=10, by=people.reviewer(), at=TOMORROW, key=make.key())
    assert make.fresh(row.id).state == State.SPECIAL
    assert len(PAUSE_GROUNDS) == 8


@pytest.mark.parametrize("ground", ["现场核查", "公示", "site_visit", "", "Hearing"])
def test_nothing_else_pauses(ground: str) -> None:
    row = make.in_review()
    pause: dict[str, Any] = {
        "ground": ground,
        "expected_days": 10,
        "by": people.reviewer(),
        "at": TOMORROW,
        "key": make.key(),
    }
    problem = refused(row, lambda: commands.pause(row.id, **pause), "ground")
    assert all(label in problem.fields["ground"] for label in PAUSE_GROUNDS.values())


@pytest.mark.parametrize("days", [0, -1, 251])
def test_a_pause_tells_a_sensible_number_of_days(days: int) -> None:
    row = make.in_review()
    pause: dict[str, Any] = {
        "ground": "hearing",
        "expected_days": days,
        "by": people.reviewer(),
        "at": TOMORROW,
        "key": make.key(),
    }
    refused(row, lambda: commands.pause(row.id, **pause), "expected_days")


def test_after_the_statutory_limit_nothing_is_paused_or_extended() -> None:
    row = make.in_review(statutory=10, promised=5)
    assert row.statutory_due_on is not None
    last, after = make.day(str(row.statutory_due_on)), make.day(str(row.statutory_due_on + timedelta(days=1)))
    pause: dict[str, Any] = {
        "ground": "testing",
        "expected_days": 3,
        "by": people.reviewer(),
        "key": make.key(),
    }
    extend: dict[str, Any] = {"days": 5, "reason": "复杂", "by": people.head(), "key": make.key()}
    refused(row, lambda: commands.pause(row.id, at=after, **pause))
    refused(row, lambda: commands.extend(row.id, at=after, **extend))
    commands.pause(row.id, at=last, **pause)
    assert make.fresh(row.id).statutory_days_left == 0


def test_a_pause_keeps_who_holds_the_work() -> None:
    row = make.in_review()
    commands.claim(row.id, by=people.reviewer(), at=AT)
    make.perform(row, Action.PAUSE, people.reviewer(), at=TOMORROW)
    assert make.fresh(row.id).work_holder_id == people.reviewer().id
    make.perform(row, Action.RESUME, people.reviewer(), at=TOMORROW)
    make.perform(row, Action.EXTEND, people.head(), at=TOMORROW)
    after = make.fresh(row.id)
    assert (after.work_kind, after.work_holder_id) == ("review", people.reviewer().id)


@pytest.mark.parametrize(
    ("days", "reason", "fields"),
    [(0, "复杂", ["days"]), (11, "复杂", ["days"]), (-1, "", ["days", "reason"]), (10, " ", ["reason"])],
)
def test_an_extension_is_of_one_to_ten_days_with_a_reason(days: int, reason: str, fields: list[str]) -> None:
    row = make.in_review()
    extend: dict[str, Any] = {
        "days": days,
        "reason": reason,
        "by": people.head(),
        "at": TOMORROW,
        "key": make.key(),
    }
    refused(row, lambda: commands.extend(row.id, **extend), *fields)


def test_a_case_is_extended_once() -> None:
    row = make.in_review()
    make.perform(row, Action.EXTEND, people.head())
    row = make.fresh(row.id)
    assert row.extended_days == 10
    problem = refused(row, lambda: make.perform(row, Action.EXTEND, people.head(), more="再"))
    assert "一次" in problem.message


@pytest.mark.parametrize(
    ("outcome", "opinion"), [(Outcome.GRANTED, " "), (Outcome.WITHDRAWN, "好"), (Outcome.REFUSED, "好")]
)
def test_an_opinion_says_what_it_proposes_and_why(outcome: Outcome, opinion: str) -> None:
    row = make.in_review()
    proposal: dict[str, Any] = {
        "outcome": outcome,
        "opinion": opinion,
        "by": people.reviewer(),
        "at": AT,
        "key": make.key(),
    }
    refused(row, lambda: commands.propose(row.id, **proposal), "opinion")


def test_only_a_proposal_is_sent_back_and_with_a_reason() -> None:
    row = make.in_review()
    back: dict[str, Any] = {"by": people.head(), "at": AT, "key": make.key()}
    refused(
        row,
        lambda: commands.send_back(row.id, ground="facts_unclear", reason="请补充", **back),
        kind=Conflict,
    )
    row = make.proposed()
    refused(row, lambda: commands.send_back(row.id, ground="facts_unclear", reason=" ", **back), "reason")
    commands.send_back(row.id, ground="facts_unclear", reason="请补充", **back)
    assert make.fresh(row.id).work_kind == "review"


def judge(row: CaseRow, by: Actor, outcome: Outcome = Outcome.GRANTED, reason: str = "") -> Stepped:
    """Decide."""
    return commands.decide(row.id, outcome=outcome, reason=reason, by=by, at=TOMORROW, key=make.key())


def test_whoever_proposed_does_not_decide() -> None:
    where = people.department()
    both = people.staff(
        "both",
        people.post(
            where, "审查兼决定", [Capability.CASE_REVIEW, Capability.CASE_DECIDE, Capability.CASE_SEARCH]
        ),
    )
    row = make.proposed(by=both)
    assert row.proposed_by == both.signature
    assert row.proposal == Outcome.GRANTED
    refused(row, lambda: judge(row, both), kind=Conflict)
    judge(row, people.head())
    assert make.fresh(row.id).state == State.DECIDED


def test_a_new_opinion_after_sending_back_counts_its_own_author() -> None:
    where = people.department()
    both = people.staff(
        "both",
        people.post(
            where, "审查兼决定", [Capability.CASE_REVIEW, Capability.CASE_DECIDE, Capability.CASE_SEARCH]
        ),
    )
    row = make.proposed(by=both)
    make.perform(row, Action.SEND_BACK, people.head(), at=AT)
    make.perform(row, Action.PROPOSE, people.reviewer(), at=AT)
    judge(make.fresh(row.id), both)
    assert make.fresh(row.id).state == State.DECIDED


@pytest.mark.parametrize(
    ("outcome", "field"),
    [(Outcome.DENIED, "reason"), (Outcome.TERMINATED, "outcome"), (Outcome.WITHDRAWN, "outcome")],
)
def test_a_decision_grants_or_denies_and_a_denial_says_why(outcome: Outcome, field: str) -> None:
    row = make.in_review()
    refused(row, lambda: judge(row, people.head(), outcome), field)


@pytest.mark.parametrize(
    ("method", "receiver", "fields"),
    [("pigeon", "张示例", ["method"]), ("post", " ", ["receiver"]), ("", "", ["method", "receiver"])],
)
def test_a_delivery_names_its_way_and_who_received(method: str, receiver: str, fields: list[str]) -> None:
    row = make.decided()
    delivery: dict[str, Any] = {
        "method": method,
        "receiver": receiver,
        "by": people.clerk(),
        "at": make.LATER,
        "key": make.key(),
    }
    refused(row, lambda: commands.deliver(row.id, **delivery), *fields)


def test_a_delivery_closes_the_case_and_keeps_the_receivers_name_out_of_the_fact() -> None:
    row = make.decided()
    make.perform(row, Action.DELIVER, people.clerk())
    after, fact = make.fresh(row.id), facts_of(row.id)[-1]
    assert (after.closed_on, after.work_kind) == (make.LATER.date(), None)
    assert fact.data["method"] == "post"
    assert set(fact.data) == {"method", "words"}
    assert "张示例" not in str(fact.data)
    assert particulars(row.id, internal=False)[fact.seq] == {"receiver": "张示例"}


@pytest.mark.parametrize(
    ("ground", "reason", "field"), [("tired", "累", "ground"), ("impossible", " ", "reason")]
)
def test_a_termination_has_a_legal_ground_and_a_reason(ground: str, reason: str, field: str) -> None:
    row = make.in_review()
    ending: dict[str, Any] = {
        "ground": ground,
        "reason": reason,
        "by": people.clerk(),
        "at": AT,
        "key": make.key(),
    }
    refused(row, lambda: commands.terminate(row.id, **ending), field)
    assert ground == "impossible" or ground not in TERMINATION_GROUNDS


def hand(row: CaseRow, to: Actor, reason: str = "出差") -> Stepped:
    """Hand the work over."""
    assert to.id is not None
    return commands.hand_over(
        row.id, to=to.id, reason=reason, by=people.reviewer(), at=TOMORROW, key=make.key()
    )


def test_work_is_handed_only_to_a_colleague_who_may_do_it() -> None:
    row, elsewhere = make.in_review(), people.department("卫生健康委员会", "123", "川卫")
    idle = people.reviewer(username="left")
    Account.objects.filter(username="left").update(is_active=False)
    for nobody in (
        people.reviewer(elsewhere, "far"),
        people.head(),
        people.clerk(),
        idle,
        Actor("staff", "无", id=uuid4()),
    ):
        refused(row, lambda to=nobody: hand(row, to), "to")  # type: ignore[misc]
    able = people.reviewer(username="able")
    refused(row, lambda: hand(row, able, " "), "reason")
    hand(row, able)
    after = make.fresh(row.id)
    assert (after.work_holder_id, after.work_holder_name) == (able.id, able.name)
    assert (after.state, after.work_kind, after.work_due_on) == (State.REVIEW, "review", row.work_due_on)


def test_only_the_applicant_withdraws_and_only_the_own_case() -> None:
    row = make.in_review()
    other = people.applicant_actor(people.company("示例商贸有限公司", people.COMPANY_CODES[1]), "other")
    for stranger in (other, Actor("applicant", "无", capabilities=frozenset({"case.apply"}))):
        refused(row, lambda by=stranger: make.perform(row, Action.WITHDRAW, by), kind=Missing)  # type: ignore[misc]
    make.perform(row, Action.WITHDRAW, people.applicant_actor())
    after = make.fresh(row.id)
    assert (after.state, after.outcome, after.due_on, after.promptness) == (
        State.TERMINATED,
        Outcome.WITHDRAWN,
        None,
        None,
    )


def test_a_withdrawal_while_paused_stops_the_clock() -> None:
    row = make.paused()
    make.perform(row, Action.WITHDRAW, people.applicant_actor())
    after = make.fresh(row.id)
    assert (after.state, after.paused_on, after.days_left, after.work_kind) == (
        State.TERMINATED,
        None,
        None,
        None,
    )


@pytest.mark.parametrize("action", [Action.RESUME, Action.WITHDRAW])
def test_no_step_is_dated_before_the_one_that_it_follows(action: Action) -> None:
    """A demonstration's clock may be moved back; history may not."""
    row = make.paused()
    paused_on = row.paused_on
    assert paused_on is not None
    refused(row, lambda: make.perform(row, action, SYSTEM, at=make.day(str(paused_on - timedelta(days=1)))))
    make.perform(row, action, SYSTEM, at=make.day(str(paused_on)))


def test_claimed_work_is_put_back_only_by_its_holder() -> None:
    row = make.in_review()
    first, second = people.reviewer(), people.reviewer(username="second")
    commands.claim(row.id, by=first, at=AT)
    commands.claim(row.id, by=first, at=AT)
    with pytest.raises(Conflict, match="reviewer（示例）"):
        commands.claim(row.id, by=second, at=AT)
    with pytest.raises(Conflict):
        commands.release(row.id, by=second, at=AT)
    commands.release(row.id, by=first, at=AT)
    commands.claim(row.id, by=second, at=AT)
    assert make.fresh(row.id).work_holder_name == second.name
    assert [fact.kind for fact in facts_of(row.id)] == ["case.filed", "case.accepted"]


def test_closed_cases_and_others_cases_hold_no_work_to_claim() -> None:
    far = people.reviewer(people.department("卫生健康委员会", "123", "川卫"), "far")
    for row, by in ((make.delivered(), people.clerk()), (make.in_review(), far)):
        with pytest.raises(Missing):
            commands.claim(row.id, by=by, at=AT)


@pytest.mark.django_db
def test_a_second_decision_is_impossible_whatever_a_command_does() -> None:
    row = make.decided()
    again = (
        "insert into journal_fact (subject_id, seq, subject_kind, kind, at, day, actor, data, prev_hash, hash) "
        "select subject_id, seq + 7, subject_kind, {kind}, at, day, actor, data, prev_hash, hash from journal_fact "
        "where subject_id = %(id)s and kind = 'case.decided'"
    )
    with pytest.raises(IntegrityError, match="subject_id_idx"), transaction.atomic():
        sql.execute(again.format(kind="kind"), {"id": row.id})
    # Any other fact may come twice.
    sql.execute(again.format(kind="'case.handed_over'"), {"id": row.id})
