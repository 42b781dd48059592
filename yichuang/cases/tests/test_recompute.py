"""A holiday notice comes: running dates are computed again from the facts, each with a fact of its own, once."""

from datetime import date
from importlib import import_module
from uuid import UUID

import pytest

from yichuang.cases import commands, rules
from yichuang.cases.flow import Action
from yichuang.cases.queries import CaseRow, load, would_move
from yichuang.cases.queries.recount import recounted, stored
from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.journal.rules import fact_hash, place
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Invalid, Refused
from yichuang.workdays.commands import load_packaged
from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.rules import revised
from yichuang.workdays.tests.factories import AT, CLERK, STRANGER, notice_2027

pytestmark = pytest.mark.django_db
NEW = revised(packaged_calendar(), notice_2027())
RECOMPUTE = import_module("yichuang.cases.commands.recompute")
DECEMBER = make.day("2026-12-21")
LATER = make.day("2026-12-24")


@pytest.fixture(autouse=True)
def _packaged() -> None:
    load_packaged(AT, SYSTEM)


def import_2027() -> commands.CalendarImport:
    """The notice arrives."""
    return commands.import_notices([notice_2027()], by=CLERK, at=LATER)


def test_the_notice_moves_what_ran_into_its_year_and_nothing_else() -> None:
    moved, short = make.in_review(DECEMBER, promised=20), make.in_review(DECEMBER, statutory=3, promised=1)
    received, closed = make.filed(at=DECEMBER), make.delivered(at=make.AT)
    done = import_2027()
    answered = next(change for change in done.moved if change.case_id == received.id)
    assert (answered.which, answered.before, answered.after) == (
        "answer",
        received.work_due_on,
        NEW.add(received.filed_on, 5),
    )
    assert [(change.case_id, change.before) for change in done.moved if change != answered] == [
        (moved.id, moved.due_on)
    ]
    after, clock = make.fresh(moved.id), rules.read_clock(NEW, moved.clock_facts())
    assert (after.due_on, after.statutory_due_on, after.provisional) == (
        clock.due_on,
        clock.statutory_due_on,
        False,
    )
    assert moved.provisional
    assert after.due_on in [change.after for change in done.moved]
    assert after.due_on != moved.due_on
    assert after.work_due_on == after.due_on
    for row in (short, closed):
        assert make.fresh(row.id) == row


def test_each_moved_case_has_one_fact_that_continues_its_chain() -> None:
    row = make.in_review(DECEMBER, promised=20)
    import_2027()
    *_, before, fact = facts_of(row.id)
    assert (fact.kind, fact.actor) == ("case.recomputed", CLERK.signature)
    assert fact.data == {
        "before": str(row.due_on),
        "due_on": str(make.fresh(row.id).due_on),
        "calendar": NEW.version,
    }
    stored = sql.one(
        "select data from journal_fact where subject_id = %(id)s and seq = %(seq)s",
        {"id": row.id, "seq": fact.seq},
    )
    assert stored is not None
    where = place("case", row.department_id, None, None)
    again = fact_hash(
        before.hash, row.id, fact.seq, where, fact.kind, fact.at, fact.actor, None, None, stored[0]
    )
    assert again == fact.hash == make.fresh(row.id).last_hash


def test_the_same_again_changes_nothing() -> None:
    row = make.in_review(DECEMBER, promised=20)
    import_2027()
    before = facts_of(row.id)
    assert import_2027().moved == ()
    assert commands.recompute(by=SYSTEM, at=LATER) == ()
    assert facts_of(row.id) == before


def test_a_paused_case_takes_the_new_calendar_when_it_resumes() -> None:
    row = make.in_review(DECEMBER, promised=20)
    make.perform(row, Action.PAUSE, people.reviewer(), at=DECEMBER)
    (moved,) = import_2027().moved
    assert (moved.which, moved.after) == ("procedure", make.fresh(row.id).work_due_on)
    make.perform(row, Action.RESUME, people.reviewer(), at=LATER)
    after = make.fresh(row.id)
    assert after.due_on == rules.read_clock(NEW, after.clock_facts()).due_on
    assert not after.provisional


def test_a_proposal_waits_for_its_decision_by_the_new_date() -> None:
    row = make.proposed(DECEMBER)
    import_2027()
    after = make.fresh(row.id)
    assert (after.work_kind, after.work_due_on) == ("decide", after.due_on)
    assert after.due_on != row.due_on


def test_a_step_in_between_does_not_leave_the_old_date(monkeypatch: pytest.MonkeyPatch) -> None:
    row = make.in_review(DECEMBER, promised=20)
    reads: list[int] = []

    def overtaken(case_id: UUID) -> CaseRow | None:
        found = load(case_id)
        reads.append(1)
        if len(reads) == 1 and found:
            make.perform(found, Action.PROPOSE, SYSTEM, at=DECEMBER)
        return found

    monkeypatch.setattr(RECOMPUTE, "load", overtaken)
    (moved,) = import_2027().moved
    after = make.fresh(row.id)
    assert moved.after == after.due_on == rules.read_clock(NEW, row.clock_facts()).due_on
    assert [fact.kind for fact in facts_of(row.id)][-2:] == ["case.proposed", "case.recomputed"]


def test_a_case_that_is_always_overtaken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant would pass it over in silence and keep the old date."""
    row = make.in_review(DECEMBER, promised=20)
    stale = make.fresh(row.id)
    make.perform(row, Action.PROPOSE, SYSTEM, at=DECEMBER)
    monkeypatch.setattr(RECOMPUTE, "load", lambda case_id: stale)
    with pytest.raises(Conflict, match=row.number):
        import_2027()


def test_a_notice_needs_its_capability_and_its_days() -> None:
    row = make.in_review(DECEMBER, promised=20)
    with pytest.raises(Refused):
        commands.import_notices([notice_2027()], by=STRANGER, at=LATER)
    with pytest.raises(Invalid):
        commands.import_notices([notice_2027(without=["春节"])], by=CLERK, at=LATER)
    assert make.fresh(row.id) == row


def test_a_case_accepted_after_the_notice_is_final() -> None:
    import_2027()
    row = make.in_review(LATER, promised=20)
    assert not row.provisional
    assert row.due_on == date(2027, 1, 21)
    assert commands.recompute(by=SYSTEM, at=LATER) == ()


def test_every_date_of_an_open_case_is_computed_again() -> None:
    """Answer-by, the expected end of a procedure with the days left, and delivery: each listed with its name."""
    received, paused, decided = (
        make.filed(at=DECEMBER),
        make.in_review(DECEMBER, promised=20),
        make.in_review(DECEMBER),
    )
    correcting = make.correcting(DECEMBER)
    make.perform(paused, Action.PAUSE, people.reviewer(), at=LATER)
    make.perform(decided, Action.DECIDE, people.head(), at=LATER)
    foreseen = would_move(NEW, since=None)
    done = import_2027()
    assert {(change.number, change.after) for change in done.moved} == {
        (move.number, move.after) for move in foreseen
    }
    assert {change.case_id: change.label for change in done.moved} == {
        received.id: "答复是否受理的日期",
        paused.id: "特别程序预计结束日",
        decided.id: "送达截止日",
    }
    for row in (received, paused, decided):
        after = make.fresh(row.id)
        assert recounted(after, NEW) == stored(after)
        assert facts_of(row.id)[-1].hash == after.last_hash
    assert make.fresh(correcting.id) == correcting, "the applicant was told a day, and keeps it"
    assert commands.recompute(by=SYSTEM, at=LATER) == ()


def test_a_past_day_that_turns_out_to_be_worked_changes_what_is_left_of_a_pause() -> None:
    row = make.in_review(DECEMBER, promised=20)
    make.perform(row, Action.PAUSE, people.reviewer(), at=make.day("2026-12-28"))
    left = make.fresh(row.id).days_left
    commands.import_notices([notice_2027()], by=CLERK, at=make.day("2026-12-29"))
    assert left is not None
    assert make.fresh(row.id).days_left == left - 1, "27 December is worked by the notice"


def test_a_date_that_is_passed_over_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: only cases in review are computed again."""
    make.filed(at=DECEMBER)
    monkeypatch.setattr(RECOMPUTE, "stored", lambda row: stored(row) if row.state == "review" else None)
    assert import_2027().moved == ()
    assert [move.date_label for move in would_move(NEW, since=None)] == ["答复是否受理的日期"]
