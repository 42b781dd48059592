"""Many at once in the hall: real threads, real commits; of those who cannot all be right, exactly one is."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from yichuang.cases import commands as case_commands
from yichuang.cases.models import Case
from yichuang.cases.tests.crowd import PATIENCE_SECONDS, together
from yichuang.directory.tests.factories import account_of
from yichuang.halls.commands import duty, duty_requirements, findings, rounds
from yichuang.halls.commands.acts import cancel_act, consult
from yichuang.halls.commands.acts_given import hand_over, issue, receive
from yichuang.halls.commands.duty import NewVisit, PlanForm
from yichuang.halls.commands.duty_requirements import NewRequirement
from yichuang.halls.commands.findings import StepForm
from yichuang.halls.commands.rounds import TermForm
from yichuang.halls.commands.windows import WindowForm, assign_staff, choose_seat, save_window
from yichuang.halls.flow.duty import RequirementAction
from yichuang.halls.flow.findings import FindingAction, FindingState
from yichuang.halls.flow.rounds import Register
from yichuang.halls.models import (
    DutyPlan,
    DutyVisit,
    Finding,
    FindingNote,
    HallRound,
    HandOver,
    InspectionTerm,
    Issue,
    Requirement,
    RoundResult,
    Seat,
    Staffing,
    Window,
    WindowAct,
)
from yichuang.halls.tests import factories_rounds as hall
from yichuang.halls.tests import factories_windows as make
from yichuang.halls.tests.test_windows_receipts import decided
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.statistics.commands import close_batch

AT = make.AT
HALL_AT = hall.AT


def of(found: Sequence[Any], kind: type) -> list[Any]:
    """The answers of one kind."""
    return [each for each in found if isinstance(each, kind)]


def none_failed(found: Sequence[Any], *allowed: type[Exception]) -> None:
    """Nothing but an answer or one of the refusals that are foreseen: never a fault of the database."""
    assert [each for each in found if isinstance(each, Exception) and not isinstance(each, allowed)] == []


def acted() -> dict[str, int]:
    """Pieces by kind, drained and waiting together, by plain SQL."""
    rows = sql.rows(
        "select kind, sum(n)::bigint from (select kind, count as n from statistics_dailywindow union all "
        "select kind, quantity from journal_fresh where kind like 'window.%%') as every "
        "group by kind having sum(n) <> 0",
        {},
    )
    return {kind.removeprefix("window."): int(total) for kind, total in rows}


def test_a_sheet_is_either_received_or_cancelled(committed: dict[str, str]) -> None:
    by, other = make.clerk(), make.receiver()
    for _ in range(4):
        made = hand_over(make.handed(), by=by, at=AT, key=make.key())
        works: list[Callable[[], object]] = [
            lambda pk=made.pk: receive(pk, by=other, at=AT),  # type: ignore[misc]
            lambda pk=made.pk: cancel_act(pk, "写错了", by=by, at=AT),  # type: ignore[misc]
        ]
        found = together(works)
        none_failed(found, Conflict)
        assert len(of(found, Conflict)) == 1
        sheet = HandOver.objects.select_related("act").get(pk=made.pk)
        assert (sheet.state == "received") != (sheet.act.cancelled_at is not None)
    standing = WindowAct.objects.filter(cancelled_at__isnull=True).count()
    assert acted() == ({"handed_over": 3 * standing} if standing else {})


def test_an_act_is_cancelled_once_while_it_is_drained(committed: dict[str, str]) -> None:
    """The pieces go back whether the drain has taken the act, is taking it, or has not begun."""
    by, manager = make.clerk(), make.manager()
    kept = hand_over(make.handed(), by=by, at=AT, key=make.key())
    for _ in range(5):
        made = consult(make.consulted(), by=by, at=AT, key=make.key())
        works: list[Callable[[], object]] = [
            lambda pk=made.pk: cancel_act(pk, "重复", by=by, at=AT),  # type: ignore[misc]
            lambda pk=made.pk: cancel_act(pk, "也重复", by=manager, at=AT),  # type: ignore[misc]
            lambda: close_batch(at=AT, limit=2),
            lambda: close_batch(at=AT, limit=3),
        ]
        found = together(works)
        none_failed(found, Conflict)
        assert len(of(found, WindowAct)) == 1
        assert acted() == {"handed_over": 3}
    while close_batch(at=AT):
        pass
    cells = sql.rows("select kind, count from statistics_dailywindow where count <> 0", {})
    assert cells == [("window.handed_over", 3)]
    assert HandOver.objects.get().pk == kept.pk


def test_a_cancelling_that_only_looks_would_take_the_pieces_back_twice(committed: dict[str, str]) -> None:
    """The broken variant: whoever looked before the other wrote cancels again."""
    by = make.clerk()
    made = consult(make.consulted(), by=by, at=AT, key=make.key())
    looked = threading.Barrier(2)

    def naive() -> bool:
        seen = WindowAct.objects.get(pk=made.pk)
        looked.wait(PATIENCE_SECONDS)
        if seen.cancelled_at is not None:
            return False
        WindowAct.objects.filter(pk=made.pk).update(
            cancelled_at=AT, cancelled_by_name="甲", cancel_reason="乙"
        )
        return True

    assert together([naive, naive]) == [True, True]


def test_the_result_of_a_case_is_issued_once(committed: dict[str, str]) -> None:
    case = Case.objects.get(pk=decided())
    both = [make.clerk(), make.clerk("another")]
    new = make.given(case_id=case.pk, numbers=(), department_id=None)
    found = together(
        [lambda by=by: issue(new, make.signed(), by=by, at=AT, key=make.key()) for by in both for _ in (1, 2)]  # type: ignore[misc]
    )
    none_failed(found, Conflict)
    assert len(of(found, Issue)) == 1
    assert Issue.objects.count() == 1
    assert Case.objects.get(pk=case.pk).state == "delivered"
    assert [fact.kind for fact in facts_of(case.pk)].count("case.delivered") == 1
    assert acted().get("issued") == 1


def test_a_case_issued_and_delivered_at_the_same_moment_is_delivered_once(committed: dict[str, str]) -> None:
    case = Case.objects.get(pk=decided())
    by = make.clerk()
    new = make.given(case_id=case.pk, numbers=(), department_id=None)
    works: list[Callable[[], object]] = [
        lambda: issue(new, make.signed(), by=by, at=AT, key=make.key()),
        lambda: case_commands.deliver(
            case.pk, method="window", receiver="张示例", by=by, at=AT, key=make.key()
        ),
    ]
    found = together(works)
    none_failed(found, Conflict)
    assert len(of(found, Conflict)) == 1
    assert [fact.kind for fact in facts_of(case.pk)].count("case.delivered") == 1
    assert Issue.objects.count() == len(of(found, Issue))


def test_one_click_on_a_consultation_counts_once(committed: dict[str, str]) -> None:
    by, key = make.clerk(), make.key()
    found = together([lambda: consult(make.consulted(), by=by, at=AT, key=key) for _ in range(6)])
    none_failed(found)
    assert {each.pk for each in of(found, WindowAct)} == {WindowAct.objects.get().pk}
    assert acted() == {"consulted": 1}


def test_two_inspectors_step_one_finding(committed: dict[str, str]) -> None:
    held = hall.in_state(FindingState.RECTIFIED)
    both = [hall.inspector(), hall.inspector("second")]
    ways = [(FindingAction.APPROVE, 0), (FindingAction.REJECT, 1), (FindingAction.WITHDRAW, 1)]
    found = together(
        [
            lambda action=action, who=who: findings.step_finding(  # type: ignore[misc]
                held.pk, action, StepForm("写明情况", (), 2), seen=held.seq, by=both[who], at=HALL_AT
            )
            for action, who in ways
        ]
    )
    none_failed(found, Conflict)
    (won,) = of(found, Finding)
    after = Finding.objects.get()
    assert (after.state, after.seq) == (won.state, held.seq + 1)
    assert FindingNote.objects.count() == len(facts_of(held.pk)) == after.seq


def test_a_department_and_an_inspector_step_one_finding(committed: dict[str, str]) -> None:
    held = hall.in_state(FindingState.NOTIFIED)
    works = [
        lambda: findings.step_finding(
            held.pk, FindingAction.RECTIFY, StepForm("已补位"), seen=held.seq, by=hall.rectifier(), at=HALL_AT
        ),
        lambda: findings.step_finding(
            held.pk,
            FindingAction.WITHDRAW,
            StepForm("查明不实"),
            seen=held.seq,
            by=hall.inspector(),
            at=HALL_AT,
        ),
    ]
    hall.rectifier()
    found = together(works)
    none_failed(found, Conflict)
    assert len(of(found, Finding)) == 1


def test_a_double_tap_on_a_round_is_one_round(committed: dict[str, str]) -> None:
    by, key = hall.inspector(), make.key()
    kind = hall.term(Register.KIND, "daily").pk
    found = together([lambda: rounds.start_round(kind, by=by, at=HALL_AT, key=key) for _ in range(5)])
    none_failed(found)
    assert {each.pk for each in of(found, HallRound)} == {HallRound.objects.get().pk}


def test_an_inspector_with_two_phones_begins_one_round(committed: dict[str, str]) -> None:
    by = hall.inspector()
    kind = hall.term(Register.KIND, "daily").pk
    found = together([lambda: rounds.start_round(kind, by=by, at=HALL_AT, key=make.key()) for _ in range(4)])
    none_failed(found, Conflict)
    assert len(of(found, HallRound)) == HallRound.objects.count() == 1


def test_a_round_is_finished_once(committed: dict[str, str]) -> None:
    by = hall.inspector()
    held = hall.begun(by)
    found = together(
        [lambda: rounds.finish_round(held.pk, ["dress"], ["A01"], "", by=by, at=HALL_AT) for _ in range(4)]
    )
    none_failed(found, Conflict)
    assert len(of(found, HallRound)) == 1
    assert RoundResult.objects.count() == 1
    assert [fact.kind for fact in facts_of(held.pk)] == ["round.started", "round.finished"]


def test_a_finding_and_the_end_of_its_round_agree(committed: dict[str, str]) -> None:
    """Either the finding stands in the round's result, or it came too late: never good with a finding."""
    by = hall.inspector()
    form = hall.form()
    for minute in range(4):
        at = HALL_AT + timedelta(minutes=minute)
        held = hall.begun(by, at)
        works: list[Callable[[], object]] = [
            lambda pk=held.pk, at=at: findings.record_finding(pk, form, by=by, at=at, key=make.key()),  # type: ignore[misc]
            lambda pk=held.pk, at=at: rounds.finish_round(pk, ["attendance"], [], "", by=by, at=at),  # type: ignore[misc]
        ]
        found = together(works)
        none_failed(found, Conflict, Invalid)
        said = set(RoundResult.objects.filter(round=held).values_list("outcome", flat=True))
        assert not (Finding.objects.filter(round=held).exists() and "good" in said)
        if HallRound.objects.get(pk=held.pk).ended_at is None:
            rounds.finish_round(held.pk, [], [], "", by=by, at=at)


def test_a_double_tap_on_a_finding_is_one_finding(committed: dict[str, str]) -> None:
    by, key = hall.inspector(), make.key()
    held, form = hall.begun(by), hall.form()
    found = together(
        [lambda: findings.record_finding(held.pk, form, by=by, at=HALL_AT, key=key) for _ in range(5)]
    )
    none_failed(found)
    assert {each.pk for each in of(found, Finding)} == {Finding.objects.get().pk}


def test_a_visit_is_recorded_once_a_key(committed: dict[str, str]) -> None:
    by, key = hall.inspector(), make.key()
    new = NewVisit(hall.water().pk, "张示例", on=HALL_AT.date())
    found = together([lambda: duty.record_visit(new, by=by, at=HALL_AT, key=key) for _ in range(5)])
    none_failed(found)
    visit = DutyVisit.objects.get()
    assert {each.pk for each in of(found, DutyVisit)} == {visit.pk}
    need = NewRequirement("压缩补正次数", HALL_AT.date() + timedelta(days=9))
    key = make.key()
    laid = together(
        [lambda: duty_requirements.lay_down(visit.pk, need, by=by, at=HALL_AT, key=key) for _ in range(4)]
    )
    none_failed(laid)
    assert Requirement.objects.count() == 1
    more = together(
        [
            lambda: duty_requirements.lay_down(visit.pk, need, by=by, at=HALL_AT, key=make.key())
            for _ in range(4)
        ]
    )
    none_failed(more)
    assert sorted(Requirement.objects.values_list("position", flat=True)) == [1, 2, 3, 4, 5]


def test_two_people_step_one_requirement(committed: dict[str, str]) -> None:
    by = hall.inspector()
    new = NewVisit(hall.water().pk, "张示例", on=HALL_AT.date())
    visit = duty.record_visit(new, by=by, at=HALL_AT, key=make.key())
    need = NewRequirement("压缩补正次数", HALL_AT.date())
    held = duty_requirements.lay_down(visit.pk, need, by=by, at=HALL_AT, key=make.key())
    office = hall.rectifier()
    works = [
        lambda: duty_requirements.step_requirement(
            held.pk, RequirementAction.REPORT, "已落实", seen=held.seq, by=office, at=HALL_AT
        ),
        lambda: duty_requirements.step_requirement(
            held.pk, RequirementAction.WITHDRAW, "不再需要", seen=held.seq, by=by, at=HALL_AT
        ),
        lambda: duty_requirements.step_requirement(
            held.pk, RequirementAction.PROGRESS, "有进展", seen=held.seq, by=office, at=HALL_AT
        ),
    ]
    found = together(works)
    none_failed(found, Conflict)
    (won,) = of(found, Requirement)
    assert Requirement.objects.get().state == won.state


def test_a_plan_is_set_by_one_of_two(committed: dict[str, str]) -> None:
    both: list[Actor] = [hall.inspector(), hall.inspector("second")]
    where = hall.water().pk
    found = together(
        [
            lambda by=by, n=n: duty.save_plan(PlanForm(2022, where, n), seen=0, by=by, at=HALL_AT)  # type: ignore[misc]
            for n, by in enumerate(both, start=1)
        ]
    )
    none_failed(found, Conflict)
    (won,) = of(found, DutyPlan)
    plan = DutyPlan.objects.get()
    assert (plan.visits, plan.edit) == (won.visits, 1)
    assert len(facts_of(plan.pk)) == 1


def test_one_code_of_a_list_is_given_once(committed: dict[str, str]) -> None:
    by = hall.inspector()
    form = TermForm(Register.HEADING, "smoking", "控烟情况")
    found = together([lambda: rounds.save_term(form, by=by, at=HALL_AT) for _ in range(4)])
    none_failed(found, Invalid)
    assert len(of(found, InspectionTerm)) == InspectionTerm.objects.filter(code="smoking").count() == 1


def test_one_code_is_one_window(committed: dict[str, str]) -> None:
    by, form, key = make.manager(), WindowForm("C07", "综合窗口"), make.key()
    same = together([lambda: save_window(form, by=by, at=AT, key=key) for _ in range(3)])
    none_failed(same)
    other = together(
        [lambda: save_window(WindowForm("C08", "综合窗口"), by=by, at=AT, key=make.key()) for _ in range(3)]
    )
    none_failed(other, Invalid)
    assert sorted(Window.objects.values_list("code", flat=True)) == ["C07", "C08"]
    assert len(of(other, Window)) == 1


def test_a_seat_chosen_twice_at_once_is_one_seat(committed: dict[str, str]) -> None:
    by = make.clerk(seated=False)
    windows = [make.window(), make.window("A02"), make.window("A03")]
    found = together([lambda pk=one.pk: choose_seat(pk, by=by, at=AT) for one in windows for _ in (1, 2)])  # type: ignore[misc]
    none_failed(found)
    seat = Seat.objects.get()
    assert seat.window_id in {one.pk for one in windows}


def test_nobody_sits_at_two_windows(committed: dict[str, str]) -> None:
    """Two managers at once: one of the assignments stands, the other is told."""
    manager = make.manager()
    who = account_of(make.clerk(seated=False))
    windows = [make.window(), make.window("A02")]
    found = together(
        [
            lambda pk=one.pk: assign_staff(pk, who.pk, AT.date(), by=manager, at=AT, key=make.key())  # type: ignore[misc]
            for one in windows
        ]
    )
    none_failed(found, Invalid)
    assert Staffing.objects.filter(until__isnull=True).count() == len(of(found, Staffing)) == 1
