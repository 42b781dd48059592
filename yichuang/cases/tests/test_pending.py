"""容缺受理: what may follow, promised when, asked for three times, blocking only the decision."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from yichuang.cases import commands
from yichuang.cases.commands import pending
from yichuang.cases.commands.pending import Promise
from yichuang.cases.flow import PENDING_MATERIALS, Action, Outcome, State
from yichuang.cases.models import Case, Pending
from yichuang.cases.queries import pending as queries
from yichuang.cases.queries import timeline
from yichuang.cases.queries.reviewers import missing, panel
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_reviewers as some
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import checked_facts, facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
AT = some.AT
TODAY = AT.date()
# The twentieth working day after Thursday 5 May 2022: Saturday 7 May is a working day, 3 June a holiday.
FURTHEST = date(2022, 6, 1)


def accept(promises: list[Promise], key: str = "") -> commands.Stepped:
    row = make.filed(version=some.guide())
    return pending.accept_pending(row.id, promises, by=some.window(), at=AT, key=key or make.key())


def supply(one: Pending, by: Actor, key: str = "", at: datetime = AT) -> commands.Stepped:
    return pending.supply(one.pk, sha256="b" * 64, by=by, at=at, key=key or make.key())


def decide(case_id: object) -> commands.Stepped:
    row = make.fresh(case_id)  # type: ignore[arg-type]
    return make.perform(row, Action.DECIDE, people.head(), at=AT)


def test_accepted_with_what_follows() -> None:
    row = some.pending_case("report", "consent")
    assert (row.state, row.pending_open, row.accepted_on) == (State.REVIEW, 2, TODAY)
    assert row.due_on is not None, "the clock runs"
    fact = facts_of(row.id)[-1]
    assert (fact.kind, fact.ground) == ("case.accepted", PENDING_MATERIALS)
    assert [one["name"] for one in fact.data["pending"]] == ["论证报告", "第三者承诺书"]
    assert fact.number, "the notice of acceptance has its number"
    assert timeline(row, by=some.lead())[-1].ground.startswith("容缺受理")
    assert all(one.sound for one in checked_facts(row.id))


def test_what_may_follow_is_what_the_guide_says() -> None:
    row = make.filed(version=some.guide())
    assert queries.may_follow(row) == (("report", "论证报告"), ("consent", "第三者承诺书"))
    assert queries.may_follow(make.filed(version=some.guide(may_follow=[]))) == (("report", "论证报告"),)
    assert queries.may_follow(make.filed()) == ()
    with pytest.raises(Invalid, match="没有列出"):
        pending.accept_pending(make.filed().id, some.promised(), by=some.window(), at=AT, key=make.key())


@pytest.mark.parametrize(
    ("promises", "field"),
    [
        ([], ""),
        ([Promise("application", TODAY + timedelta(days=5))], "promised-application"),
        ([Promise("nothing", TODAY + timedelta(days=5))], "promised-nothing"),
        ([Promise("report", TODAY + timedelta(days=5))] * 2, "promised-report"),
        ([Promise("report", None)], "promised-report"),
        ([Promise("report", TODAY)], "promised-report"),
        ([Promise("report", TODAY - timedelta(days=1))], "promised-report"),
        ([Promise("report", FURTHEST + timedelta(days=1))], "promised-report"),
    ],
)
def test_a_promise_names_a_material_and_a_near_day(promises: list[Promise], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        accept(promises)
    assert list(caught.value.fields) == [field]
    assert not Pending.objects.exists()


def test_the_twentieth_working_day_is_the_last() -> None:
    assert accept([Promise("report", FURTHEST)])


def test_the_same_click_accepts_once() -> None:
    row, key = make.filed(version=some.guide()), make.key()
    for replayed in (False, True):
        done = pending.accept_pending(row.id, some.promised(), by=some.window(), at=AT, key=key)
        assert done.replayed is replayed
    assert Pending.objects.count() == 1
    with pytest.raises(Conflict, match="另一内容"):
        pending.accept_pending(row.id, some.promised("consent"), by=some.window(), at=AT, key=key)


@pytest.mark.parametrize("state", [s for s in State if s != State.RECEIVED])
def test_only_a_case_at_the_door_is_accepted(state: State) -> None:
    with pytest.raises(Conflict):
        pending.accept_pending(
            make.IN_STATE[state]().id, some.promised(), by=some.window(), at=AT, key=make.key()
        )


def test_only_the_decision_waits() -> None:
    row = some.pending_case()
    commands.propose(
        row.id, outcome=Outcome.GRANTED, opinion="符合条件", by=people.reviewer(), at=AT, key=make.key()
    )
    with pytest.raises(Invalid, match="还没有补齐") as caught:
        decide(row.id)
    assert "论证报告（承诺 2022-05-13 前补交）" in caught.value.how
    with pytest.raises(IntegrityError, match="case_decided_has_all_materials"), transaction.atomic():
        sql.execute(
            "update cases_case set state = 'decided', outcome = 'granted', decided_on = accepted_on, days_used = 0, due_on = null where id = %(id)s",
            {"id": row.id},
        )
    supply(some.first_pending(row), people.applicant_actor())
    decide(row.id)


def test_a_house_that_decides_without_the_material_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the command forgets, the database does not."""
    monkeypatch.setattr("yichuang.cases.commands.decision.check_complete", lambda ready: None)
    with pytest.raises(IntegrityError, match="case_decided_has_all_materials"), transaction.atomic():
        decide(some.pending_case().id)


@pytest.mark.parametrize(("who", "how"), [("applicant", "online"), ("window", "window"), ("lead", "window")])
def test_it_comes_online_or_over_the_counter(who: str, how: str) -> None:
    row = some.pending_case("report", "consent")
    by = {"applicant": people.applicant_actor(), "window": some.window(), "lead": some.lead()}[who]
    one, key = some.first_pending(row), make.key()
    done = supply(one, by, key)
    assert supply(one, by, key).seq == done.seq, "the same click counts once"
    now = make.fresh(row.id)
    assert (now.pending_open, now.state, now.due_on, now.work_kind) == (1, State.REVIEW, row.due_on, "review")
    kept = Pending.objects.get(pk=one.pk)
    assert (kept.received_on, kept.received_how) == (TODAY, how)
    assert facts_of(row.id)[-1].data["sha256"] == "b" * 64
    with pytest.raises(Conflict, match="已经收到"):
        supply(one, some.window())
    assert make.fresh(row.id).pending_open == 1
    assert missing(row.id) == ("论证报告（承诺 2022-05-13 前补交）",)


def test_it_may_come_while_the_clock_stands() -> None:
    row = some.pending_case()
    make.perform(row, Action.PAUSE, people.reviewer(), at=AT)
    supply(some.first_pending(row), people.applicant_actor())
    now = make.fresh(row.id)
    assert (now.state, now.pending_open, now.work_kind) == (State.SPECIAL, 0, "resume")


def test_who_may() -> None:
    row = some.pending_case()
    one = some.first_pending(row)
    stranger = people.applicant_actor(people.company("样板水务有限公司", "91510000MA6EXAMT50"), "other")
    for by in (stranger, some.lead("foreign", some.ecology()), some.opiner()):
        with pytest.raises(Missing):
            supply(one, by)
        with pytest.raises(Missing):
            queries.pending_one(one.pk, by=by)
    with pytest.raises(Refused):
        supply(one, people.reviewer())
    fresh = make.filed(version=some.guide())
    with pytest.raises(Refused):
        pending.accept_pending(fresh.id, some.promised(), by=some.lead(), at=AT, key=make.key())
    with pytest.raises(Refused):
        put_off(one, by=some.lead())


def put_off(
    one: Pending, until: date | None = TODAY + timedelta(days=15), reason: str = "报告还在修改", *, by: Actor | None = None,
    key: str = "",
) -> Pending:  # fmt: skip
    return pending.put_off(one.pk, until, reason, by=by or some.window(), at=AT, key=key or make.key())


def test_a_promise_is_put_off_once_with_a_reason() -> None:
    one, key = some.first_pending(some.pending_case()), make.key()
    for until, reason in (
        (None, "因"), (one.promised_on, "因"), (FURTHEST + timedelta(days=1), "因"), (TODAY + timedelta(days=9), " "),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            put_off(one, until, reason)
    moved = put_off(one, key=key)
    assert (moved.promised_on, moved.put_off_from) == (TODAY + timedelta(days=15), one.promised_on)
    assert put_off(one, key=key).pk == moved.pk
    assert len(facts_of(one.pk)) == 1
    with pytest.raises(Conflict, match="已经改过一次"):
        put_off(one, TODAY + timedelta(days=18))


def test_what_has_come_or_ended_is_not_put_off() -> None:
    row = some.pending_case()
    one = some.first_pending(row)
    supply(one, some.window())
    with pytest.raises(Conflict, match="已经收到"):
        put_off(one)
    other = some.pending_case()
    make.perform(other, Action.TERMINATE, people.clerk(), at=AT)
    with pytest.raises(Conflict, match="不在审查中"):
        put_off(some.first_pending(other))


def test_the_list_of_what_is_to_come() -> None:
    near = some.pending_case(on=TODAY + timedelta(days=1))
    far = some.pending_case("report", "consent")
    ended = some.pending_case()
    make.perform(ended, Action.TERMINATE, people.clerk(), at=AT)
    later = TODAY + timedelta(days=5)
    lead = some.lead()
    with sql.counting() as statements:
        page = queries.waiting(by=lead, today=later, size=2)
    assert len(statements) == 1
    assert [one.case_id for one in page.rows] == [near.id, far.id]
    rest = queries.waiting(by=some.lead(), today=later, size=2, after=page.following)
    assert [one.case_id for one in rest.rows] == [far.id]
    overdue = queries.waiting(by=some.window(), today=later, overdue=True)
    assert [one.case_id for one in overdue.rows] == [near.id]
    assert not queries.waiting(by=some.lead("foreign", some.ecology()), today=later).rows
    with pytest.raises(Refused):
        queries.waiting(by=some.opiner(), today=later)
    assert [one.case_id for one, _ in queries.to_chase(until=later)] == [near.id]


def test_the_panel_shows_all_four_in_one_statement() -> None:
    row = some.pending_case()
    some.asked(row)
    some.drawn(row)
    some.planned(row)
    lead, row = some.lead(), make.fresh(row.id)
    with sql.counting() as statements:
        shown = panel(row, by=lead)
    assert len(statements) == 1
    beside = shown.beside
    assert [len(part) for part in (beside.opinions, beside.reviews, beside.surveys, beside.pending)] == [
        1
    ] * 4
    assert (shown.may_consult, shown.may_accept_pending, len(shown.blocks)) == (True, False, 3)
    door = panel(make.filed(version=some.guide()), by=some.window())
    assert (door.may_consult, door.may_accept_pending, door.is_empty) == (False, True, False)
    assert panel(make.filed(), by=some.window()).is_empty


def test_the_database_keeps_promises_in_order() -> None:
    one = some.first_pending(some.pending_case())
    for change in (
        {"promised_on": one.accepted_on}, {"put_off_from": one.accepted_on}, {"received_on": TODAY},
        {"received_how": "online"}, {"received_on": TODAY, "received_how": "dove"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Pending.objects.filter(pk=one.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=one.case_id).update(pending_open=-1)
