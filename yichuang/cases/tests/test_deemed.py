"""What silence makes of a case: accepted from the day of receipt, granted when the licence ran out, overruns noted once."""

import json
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner
from django.db import transaction

from yichuang.cases import commands, flow
from yichuang.cases.cli import lapse
from yichuang.cases.commands import Lapsed, deemed, step
from yichuang.cases.commands.acceptance import acceptance
from yichuang.cases.commands.step import Ask, Ready, begin, finish
from yichuang.cases.flow import Action, Outcome
from yichuang.cases.queries import CaseRow, LapseKind, about_to_lapse, lapses_of, statement_text
from yichuang.cases.queries.lapses import unanswered
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.crowd import together
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Invalid, Refused

MAY_5 = make.AT
LAST_DAY = make.day("2022-05-11", 23)
DAY_AFTER = make.day("2022-05-12", 0)
EXPIRES = date(2022, 6, 30)
EXPIRED = make.day("2022-07-01")


def kinds(row: CaseRow) -> list[str]:
    """The kinds of a case's facts in their order."""
    return [fact.kind for fact in facts_of(row.id)]


def renewal(expires_on: date = EXPIRES, at: str = "2022-05-05") -> CaseRow:
    """A filing that renews a licence."""
    made = replace(make.opening(at=make.day(at)), renews_expires_on=expires_on)
    with transaction.atomic():
        assert commands.file(
            made, by=people.applicant_actor(), at=make.day(at), key=make.key(), key_hash="0" * 64
        )
    return make.fresh(made.id)


@pytest.mark.django_db
def test_the_fifth_working_day_itself_is_not_over() -> None:
    """6, 7 (worked instead of a holiday), 9, 10 and 11 May: the window may answer until the end of the 11th."""
    row = make.filed()
    assert commands.accept_silent(LAST_DAY) == 0
    assert make.fresh(row.id) == row
    assert commands.accept_silent(DAY_AFTER) == 1
    after = make.fresh(row.id)
    assert (after.state, after.accepted_on, after.work_kind) == ("review", date(2022, 5, 5), "review")


@pytest.mark.django_db
def test_the_limits_run_from_the_day_of_receipt_and_the_fact_says_why() -> None:
    row, answered = make.filed(), make.in_review()
    commands.accept_silent(make.day("2022-06-30"))
    after, fact = make.fresh(row.id), facts_of(row.id)[-1]
    assert (after.due_on, after.statutory_due_on) == (answered.due_on, answered.statutory_due_on)
    assert (fact.kind, fact.actor, fact.ground) == ("case.accepted", "system", flow.SILENCE)
    assert (fact.data["accepted_on"], fact.data["deemed"]) == ("2022-05-05", "art32")
    assert fact.number is not None
    assert kinds(answered) == ["case.filed", "case.accepted"]


@pytest.mark.django_db
def test_run_twice_nothing_new_happens() -> None:
    row = make.filed()
    assert commands.lapse(at=DAY_AFTER) == Lapsed(accepted=1)
    before = facts_of(row.id)
    assert commands.lapse(at=DAY_AFTER) == Lapsed()
    assert facts_of(row.id) == before


@pytest.mark.django_db
def test_corrected_materials_begin_five_days_of_their_own() -> None:
    row = make.correcting()
    assert commands.accept_silent(make.day("2022-07-29")) == 0, "the ball is with the applicant"
    make.perform(row, Action.ANSWER_CORRECTION, people.applicant_actor(), at=make.day("2022-09-29"))
    # 29 September: 30 September, then the week of the national day; 8 and 9 October are worked.
    assert commands.accept_silent(make.day("2022-10-11")) == 0
    assert commands.accept_silent(make.day("2022-10-12")) == 1
    assert make.fresh(row.id).accepted_on == date(2022, 9, 29)


@pytest.mark.django_db
def test_a_batch_of_one_still_reaches_everybody_and_trouble_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [make.filed() for _ in range(3)]
    real = acceptance

    def stumbling(ready: object, *given: object, **named: object) -> object:
        if ready.case.id == rows[1].id:  # type: ignore[attr-defined]
            sql.one("select 1 / 0")
        return real(ready, *given, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as broken:
        broken.setattr(deemed, "acceptance", stumbling)
        done = _each_in_its_own_transaction(DAY_AFTER)
    assert (done.accepted, done.trouble) == (2, 1)
    assert commands.lapse(at=DAY_AFTER, batch=1) == Lapsed(accepted=1)
    assert {make.fresh(row.id).state for row in rows} == {"review"}


def _each_in_its_own_transaction(at: object) -> Lapsed:
    """The run with a savepoint for every case: what autocommit gives the worker, inside the test's transaction."""
    act = deemed._accept

    def alone(case_id: UUID, moment: object) -> bool:
        with transaction.atomic():
            return act(case_id, moment)  # type: ignore[arg-type]

    done, trouble = deemed._every(unanswered, alone, at, 1)  # type: ignore[arg-type]
    return Lapsed(accepted=done, trouble=trouble)


@pytest.mark.django_db
def test_a_stored_day_older_than_the_calendar_accepts_nobody_too_early() -> None:
    """The broken variant would believe the stored day; the rules are asked."""
    row = make.filed()
    sql.execute(
        "update cases_work set due_on = '2022-05-09' where case_id = %(id)s and kind = 'accept'",
        {"id": row.id},
    )
    assert commands.accept_silent(make.day("2022-05-10")) == 0
    assert make.fresh(row.id).state == "received"


@pytest.mark.django_db
def test_who_answers_too_late_accepts_from_the_day_of_receipt() -> None:
    row = make.filed()
    commands.accept(row.id, by=people.clerk(), at=DAY_AFTER, key=make.key())
    assert make.fresh(row.id).accepted_on == date(2022, 5, 5)
    assert facts_of(row.id)[-1].data["accepted_on"] == "2022-05-05"


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "late"), [(6, False), (7, True)])
def test_what_is_missing_is_told_within_five_days_or_never(days: int, late: bool) -> None:
    row, at = make.filed(), MAY_5 + timedelta(days=days)
    if not late:
        make.perform(row, Action.ASK_CORRECTION, people.clerk(), at=at)
        assert make.fresh(row.id).state == "correcting"
        return
    with pytest.raises(Conflict, match="自收到之日起即为受理"):
        make.perform(row, Action.ASK_CORRECTION, people.clerk(), at=at)
    assert make.fresh(row.id) == row


@pytest.mark.django_db
def test_the_hash_chain_goes_on_through_a_deemed_step() -> None:
    row = make.filed()
    commands.accept_silent(DAY_AFTER)
    filed, accepted = facts_of(row.id)
    assert make.fresh(row.id).last_hash == accepted.hash
    assert filed.hash != accepted.hash
    assert accepted.seq == filed.seq + 1


@pytest.mark.usefixtures("committed")
def test_beside_clerks_each_case_is_accepted_exactly_once() -> None:
    cases = [make.filed().id for _ in range(12)]
    clerk = people.clerk()

    def press() -> int:
        done = 0
        for case in cases:
            try:
                commands.accept(case, by=clerk, at=DAY_AFTER, key=make.key())
                done += 1
            except Conflict:
                pass
        return done

    workers = [lambda: commands.accept_silent(DAY_AFTER, batch=2) for _ in range(3)]
    found = together([press, *workers, press])
    assert not [one for one in found if isinstance(one, Exception)]
    assert sum(one for one in found if isinstance(one, int)) == len(cases)
    for case in cases:
        assert kinds(make.fresh(case)) == ["case.filed", "case.accepted"]
        assert make.fresh(case).accepted_on == date(2022, 5, 5)


def accept_from_one_read(row: CaseRow) -> list[str]:
    """A clerk and the platform both read the case, then both write; how the losing one was told."""
    asks = [
        Ask(Action.ACCEPT, by, DAY_AFTER, make.key(), ground=ground)
        for by, ground in ((people.clerk(), None), (SYSTEM, flow.SILENCE))
    ]
    read = [begin(row.id, ask) for ask in asks]
    lost = []
    for ask, ready in zip(asks, read, strict=True):
        assert isinstance(ready, Ready)
        try:
            finish(ask, ready, acceptance(ready, DAY_AFTER))
        except Conflict as conflict:
            lost.append(conflict.message)
    return lost


@pytest.mark.django_db
def test_who_writes_second_is_told_and_nothing_is_written_twice() -> None:
    row = make.filed()
    assert len(accept_from_one_read(row)) == 1
    assert kinds(row) == ["case.filed", "case.accepted"]


@pytest.mark.django_db
def test_a_platform_that_trusts_its_first_read_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the statement no longer asks for the state and version that were read."""
    condition = " and c.state = %(from)s and c.seq = %(seq)s"
    careless = statement_text("step").replace(condition, "")
    assert careless != statement_text("step")
    monkeypatch.setattr(step, "statement_text", lambda name: careless)
    row = make.filed()
    assert accept_from_one_read(row) == []
    assert kinds(row) == ["case.filed", "case.accepted", "case.accepted"]


# Renewals


@pytest.mark.django_db
def test_an_undecided_renewal_is_granted_the_day_after_the_licence_ran_out() -> None:
    row = renewal()
    commands.accept(row.id, by=people.clerk(), at=MAY_5, key=make.key())
    assert commands.grant_lapsed(make.day("2022-06-30", 23)) == 0, "the last day of the term is not over"
    assert commands.grant_lapsed(EXPIRED) == 1
    after, fact = make.fresh(row.id), facts_of(row.id)[-1]
    assert (after.state, after.outcome, after.decided_on) == ("decided", Outcome.GRANTED, date(2022, 7, 1))
    assert (fact.ground, fact.actor, fact.data["deemed"]) == (flow.RENEWAL_SILENCE, "system", "art50")
    assert fact.number is not None
    assert commands.lapse(at=EXPIRED) == Lapsed()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("filed", "expires", "granted"),
    [
        ("2022-05-31", date(2022, 6, 30), True),
        ("2022-06-01", date(2022, 6, 30), False),
    ],
)
def test_thirty_natural_days_before_is_in_time(filed: str, expires: date, granted: bool) -> None:
    row = renewal(expires, filed)
    commands.accept(row.id, by=people.clerk(), at=make.day(filed), key=make.key())
    assert commands.grant_lapsed(EXPIRED) == int(granted)
    kind = LapseKind.RENEWAL if granted else LapseKind.LATE_RENEWAL
    shown = lapses_of(row, today=date(2022, 6, 29))
    assert kind in [lapse.kind for lapse in shown]


@pytest.mark.django_db
def test_whatever_stands_in_the_way_is_done_first() -> None:
    waiting, paused = renewal(), renewal()
    for move in (Action.ACCEPT, Action.PAUSE):
        by = people.clerk() if move == Action.ACCEPT else people.reviewer()
        make.perform(make.fresh(paused.id), move, by, at=make.day("2022-05-06"))
    correcting = renewal()
    make.perform(correcting, Action.ASK_CORRECTION, people.clerk(), at=make.day("2022-05-06"))
    done = commands.lapse(at=EXPIRED)
    assert (done.granted, done.trouble) == (2, 0)
    assert kinds(waiting) == ["case.filed", "case.accepted", "case.decided"]
    assert kinds(paused)[-2:] == ["case.resumed", "case.decided"]
    assert facts_of(paused.id)[-2].data["overrun"] > 0
    assert make.fresh(correcting.id).state == "correcting"
    assert lapses_of(make.fresh(correcting.id), today=EXPIRES)[0].kind == LapseKind.CORRECTING_RENEWAL


@pytest.mark.django_db
def test_an_application_received_yesterday_is_accepted_on_the_ground_of_the_renewal() -> None:
    row = renewal()
    make.perform(row, Action.ASK_CORRECTION, people.clerk(), at=make.day("2022-05-06"))
    make.perform(
        make.fresh(row.id), Action.ANSWER_CORRECTION, people.applicant_actor(), at=make.day("2022-06-30")
    )
    assert commands.lapse(at=EXPIRED) == Lapsed(granted=1)
    accepted = facts_of(row.id)[-2]
    assert (accepted.kind, accepted.ground, accepted.data["accepted_on"]) == (
        "case.accepted",
        flow.RENEWAL_SILENCE,
        "2022-06-30",
    )


@pytest.mark.django_db
def test_materials_still_owed_do_not_hinder_what_the_law_decides() -> None:
    row = renewal()
    commands.accept(row.id, by=people.clerk(), at=MAY_5, key=make.key())
    sql.execute("update cases_case set pending_open = 2 where id = %(id)s", {"id": row.id})
    assert commands.grant_lapsed(EXPIRED) == 1
    assert make.fresh(row.id).pending_open == 0
    assert facts_of(row.id)[-1].data["pending"] == 2


@pytest.mark.django_db
def test_broken_off_between_the_steps_the_next_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    row = renewal()

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(deemed, "decision", power_cut)
        with pytest.raises(KeyboardInterrupt):
            commands.grant_lapsed(EXPIRED)
    assert kinds(row) == ["case.filed", "case.accepted"]
    assert commands.grant_lapsed(EXPIRED) == 1
    assert kinds(row) == ["case.filed", "case.accepted", "case.decided"]


@pytest.mark.django_db
def test_a_renewal_decided_in_time_is_left_alone() -> None:
    row = renewal()
    commands.accept(row.id, by=people.clerk(), at=MAY_5, key=make.key())
    make.perform(make.fresh(row.id), Action.DECIDE, people.head(), at=make.day("2022-06-30"), more="!")
    before = facts_of(row.id)
    assert commands.grant_lapsed(EXPIRED) == 0
    assert facts_of(row.id) == before


@pytest.mark.usefixtures("committed")
def test_two_workers_and_a_head_leave_one_decision() -> None:
    rows = [renewal() for _ in range(6)]
    for row in rows:
        commands.accept(row.id, by=people.clerk(), at=MAY_5, key=make.key())
    head = people.head()

    def press() -> int:
        done = 0
        for row in rows:
            try:
                make.perform(row, Action.DECIDE, head, at=EXPIRED)
                done += 1
            except Conflict:
                pass
        return done

    found = together([press, lambda: commands.grant_lapsed(EXPIRED), lambda: commands.grant_lapsed(EXPIRED)])
    assert sum(one for one in found if isinstance(one, int)) == len(rows), found
    for row in rows:
        assert kinds(row).count("case.decided") == 1


# Overruns


@pytest.mark.django_db
def test_an_overrun_is_noted_once_a_pause_and_asks_for_a_reason() -> None:
    row = make.paused()
    until = make.fresh(row.id).work_due_on
    assert until is not None
    assert commands.note_overruns(make.day(str(until), 23)) == 0, "the day told is not over"
    after = make.day(str(until + timedelta(days=1)))
    assert (commands.note_overruns(after), commands.note_overruns(after)) == (1, 0)
    noted = make.fresh(row.id)
    assert (noted.state, noted.work_due_on, noted.paused_on) == ("special", until, row.paused_on)
    assert facts_of(row.id)[-1].data["overrun"] >= 1
    with pytest.raises(Invalid) as problem:
        make.perform(noted, Action.RESUME, people.reviewer(), at=after)
    assert set(problem.value.fields) == {"overrun_reason"}
    commands.resume(
        row.id, overrun_reason="专家因汛情不能到场", by=people.reviewer(), at=after, key=make.key()
    )
    assert facts_of(row.id)[-1].data["overrun"] >= 1
    make.perform(make.fresh(row.id), Action.PAUSE, people.reviewer(), at=after)
    again = make.fresh(row.id).work_due_on
    assert again is not None
    assert commands.note_overruns(make.day(str(again + timedelta(days=1)))) == 1
    assert kinds(row).count("case.pause_overrun") == 2


# The desk's warning


@pytest.mark.django_db
def test_the_desk_is_warned_two_working_days_before_and_only_of_its_own() -> None:
    row = make.filed()
    mine, other = people.clerk(), people.reviewer(people.department("林业厅", "120", "川林"), "elsewhere")
    assert about_to_lapse(by=mine, today=date(2022, 5, 8)) == []
    (lapse,) = about_to_lapse(by=mine, today=date(2022, 5, 9))
    assert (lapse.case_id, lapse.kind, lapse.last_day, lapse.days_left) == (
        row.id,
        LapseKind.ACCEPTANCE,
        date(2022, 5, 11),
        2,
    )
    assert "第三十二条" in lapse.reason
    assert about_to_lapse(by=other, today=date(2022, 5, 9)) == []
    assert len(about_to_lapse(by=SYSTEM, today=date(2022, 5, 20))) == 1, (
        "what waits for the platform is shown too"
    )
    with pytest.raises(Refused):
        about_to_lapse(by=people.applicant_actor(), today=date(2022, 5, 9))


@pytest.mark.django_db
def test_the_command_line_counts_what_it_has_done(monkeypatch: pytest.MonkeyPatch) -> None:
    make.filed()
    monkeypatch.setattr("yichuang.cases.cli.now", lambda: DAY_AFTER)
    said = CliRunner().invoke(lapse, ["--json"])
    assert (said.exit_code, json.loads(said.stdout)) == (
        0,
        {"accepted": 1, "granted": 0, "overrun": 0, "trouble": 0},
    )
    again = CliRunner().invoke(lapse, [])
    assert again.exit_code == 0
    assert "视为受理 0 件" in again.stdout
