"""Duty visits: plans, visits, requirements in every state with every action, four eyes, reach, double clicks."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from yichuang.cases.tests import factories as cases
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.halls.commands import duty, duty_requirements
from yichuang.halls.commands.duty import NewVisit, PlanForm
from yichuang.halls.commands.duty_requirements import NewRequirement
from yichuang.halls.flow.duty import (
    BY_REQUIREMENT_ACTION,
    REQUIREMENT_ROWS,
    UNDONE,
    RequirementAction,
    RequirementState,
)
from yichuang.halls.models import DutyPlan, DutyVisit, Requirement, RequirementNote
from yichuang.halls.queries import duty as queries
from yichuang.halls.queries.duty import VisitFilter
from yichuang.halls.tests import factories_rounds as make
from yichuang.halls.tests.factories_rounds import AT
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
DAY = date(2022, 5, 11)


def new(**changes: Any) -> NewVisit:
    """A visit as it is entered."""
    values: dict[str, Any] = {
        "department_id": make.water().pk,
        "person": "张示例",
        "post": "副厅长",
        "on": DAY,
    }
    return NewVisit(**(values | changes))


def visited(by: Actor | None = None, *, at: datetime = AT, **changes: Any) -> DutyVisit:
    """A visit in the register."""
    return duty.record_visit(new(**changes), by=by or make.inspector(), at=at, key=uuid4().hex)


def asked(visit: DutyVisit | None = None, **changes: Any) -> Requirement:
    """A requirement that was laid down."""
    visit = visit or visited()
    form = replace(NewRequirement("压缩补正次数", DAY + timedelta(days=10)), **changes)
    return duty_requirements.lay_down(visit.pk, form, by=make.inspector(), at=AT, key=uuid4().hex)


def step(held: Requirement, action: RequirementAction, by: Actor | None = None) -> Requirement:
    """One step by who may take it."""
    mine = BY_REQUIREMENT_ACTION[action].capability == Capability.DUTY_RECORD
    by = by or (make.rectifier() if mine else make.inspector())
    return duty_requirements.step_requirement(held.pk, action, "写明情况", seen=held.seq, by=by, at=AT)


A, S = RequirementAction, RequirementState
WAYS: dict[RequirementState, tuple[RequirementAction, ...]] = {
    S.LAID_DOWN: (), S.DOING: (A.PROGRESS,), S.DONE: (A.REPORT,), S.CLOSED: (A.REPORT, A.CLOSE),
    S.WITHDRAWN: (A.WITHDRAW,),
}  # fmt: skip


def in_state(state: RequirementState) -> Requirement:
    """A requirement in a state."""
    held = asked()
    for action in WAYS[state]:
        held = step(held, action)
    return held


@pytest.mark.parametrize("action", RequirementAction)
@pytest.mark.parametrize("state", RequirementState)
def test_every_state_with_every_action(state: RequirementState, action: RequirementAction) -> None:
    held, row = in_state(state), BY_REQUIREMENT_ACTION[action]
    if state not in row.sources:
        with pytest.raises(Conflict):
            step(held, action)
        assert Requirement.objects.get().state == state
        return
    moved = step(held, action)
    assert moved.state == row.target
    assert facts_of(held.pk)[-1].kind == row.fact
    assert RequirementNote.objects.count() == moved.seq == len(facts_of(held.pk))


@pytest.mark.parametrize("action", RequirementAction)
def test_every_action_needs_its_capability_its_words_and_the_newest_version(
    action: RequirementAction,
) -> None:
    row = next(each for each in REQUIREMENT_ROWS if each.action == action)
    held = in_state(row.sources[0])
    with pytest.raises(Refused):
        step(held, action, people.clerk())
    by = make.everything()
    with pytest.raises(Conflict, match="已有变化"):
        duty_requirements.step_requirement(held.pk, action, "话", seen=99, by=by, at=AT)
    if row.words:
        with pytest.raises(Invalid) as refused:
            duty_requirements.step_requirement(held.pk, action, " ", seen=held.seq, by=by, at=AT)
        assert set(refused.value.fields) == {"words"}


@pytest.mark.parametrize("action", [RequirementAction.CLOSE, RequirementAction.RETURN])
def test_whoever_reported_does_not_close(action: RequirementAction) -> None:
    one = make.everything()
    held = step(asked(), RequirementAction.REPORT, one)
    assert action not in {row.action for row in queries.requirement_moves_of(held, by=one)}
    with pytest.raises(Refused):
        step(held, action, one)
    step(held, action, make.everything("another"))


def test_the_table_itself_keeps_four_eyes_and_the_result() -> None:
    held = in_state(S.CLOSED)
    assert (held.result, held.closed_on) == ("写明情况", DAY)
    for wrong in ({"closed_by_id": held.reported_by_id}, {"result": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Requirement.objects.filter(pk=held.pk).update(**wrong)


def test_a_requirement_of_another_department_is_theirs_and_the_visitors() -> None:
    visit = visited()
    held = asked(visit, department_id=make.industry().pk)
    other = make.rectifier(make.industry(), "other")
    assert queries.requirement_for(held.pk, by=other) == held
    assert queries.requirement_for(held.pk, by=make.rectifier()) == held
    with pytest.raises(Missing):
        queries.visit_for(visit.pk, by=other)
    with pytest.raises(Missing):
        step(held, A.PROGRESS, make.rectifier())
    step(held, A.PROGRESS, other)


@pytest.mark.parametrize("state", RequirementState)
def test_only_what_is_undone_is_overdue(state: RequirementState) -> None:
    held = in_state(state)
    late = held.due_on + timedelta(days=1)
    by = make.inspector()
    assert queries.is_requirement_overdue(held, late) == (state in UNDONE)
    assert not queries.is_requirement_overdue(held, held.due_on)
    page = queries.requirements_page(late, by=by, overdue=True)
    assert len(page.rows) == int(state in UNDONE) == queries.requirement_counts(late, by=by)["overdue"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"person": " "}, "person"), ({"on": None}, "on"), ({"on": DAY + timedelta(days=1)}, "on"),
        ({"certificates": None}, "certificates"), ({"consultations": 100_001}, "consultations"),
        ({"post": "长" * 61}, "post"), ({"note": "长" * 2001}, "note"), ({"cases": ("511600-2022-9",)}, "cases"),
        ({"department_id": None}, "department"), ({"cases": tuple(str(n) for n in range(51))}, "cases"),
    ],
    ids=["nobody", "no-day", "tomorrow", "no-count", "many", "post", "note", "case", "department", "cases"],
)  # fmt: skip
def test_what_is_wrong_with_a_visit_is_named_at_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        visited(**changes)
    assert set(refused.value.fields) == {field}
    assert DutyVisit.objects.count() == 0


def test_a_case_looked_at_must_be_one_that_the_writer_may_see() -> None:
    number = cases.in_review(cases.day("2022-05-06")).number
    with pytest.raises(Invalid, match="按提示"):
        visited(cases=(number,))
    office = people.department("政务平台服务处", "902", "川政平")
    held = [Capability.DUTY_RECORD, Capability.CASE_SEARCH]
    seer = people.staff("seer", people.post(office, "看得到", held, everywhere=True))
    assert visited(seer, cases=(number, number, " ")).cases == [number]
    stranger = people.staff("stranger", people.post(make.industry(), "看不到", held))
    with pytest.raises(Invalid):
        visited(stranger, cases=(number,), department_id=make.industry().pk)


def test_a_double_click_makes_one() -> None:
    key = uuid4().hex
    by = make.inspector()
    one, two = (duty.record_visit(new(), by=by, at=AT, key=key) for _ in range(2))
    form = NewRequirement("要求", DAY)
    made = [duty_requirements.lay_down(one.pk, form, by=by, at=AT, key=key) for _ in range(2)]
    assert one.pk == two.pk
    assert made[0].pk == made[1].pk
    assert (DutyVisit.objects.count(), Requirement.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"words": ""}, "words"), ({"due_on": None}, "due_on"), ({"due_on": DAY - timedelta(1)}, "due_on"),
     ({"department_id": uuid4()}, "department"), ({"answering": "长" * 61}, "answering")],
    ids=["silent", "no-day", "before", "nobody", "long"],
)  # fmt: skip
def test_what_is_wrong_with_a_requirement_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked(**changes)
    assert set(refused.value.fields) == {field}


def test_a_visit_is_taken_back_with_a_reason_and_counts_nowhere() -> None:
    visit = visited()
    held = asked(visit)
    by = make.inspector()
    with pytest.raises(Invalid, match="跟踪"):
        duty.cancel_visit(visit.pk, "重复登记", by=by, at=AT)
    step(held, A.WITHDRAW)
    with pytest.raises(Invalid, match="理由"):
        duty.cancel_visit(visit.pk, " ", by=by, at=AT)
    duty.cancel_visit(visit.pk, "重复登记", by=by, at=AT)
    with pytest.raises(Conflict):
        duty.cancel_visit(visit.pk, "再次", by=by, at=AT)
    with pytest.raises(Conflict):
        asked(visit)
    assert queries.visits_between(DAY, DAY) == []
    assert queries.year_by_department(2022, by=by) == []
    with pytest.raises(Missing):
        duty.cancel_visit(visit.pk, "x", by=make.rectifier(make.industry(), "other"), at=AT)


def test_a_department_records_its_own_visits_only() -> None:
    by = make.rectifier()
    visited(by)
    with pytest.raises(Refused):
        visited(by, department_id=make.industry().pk)
    with pytest.raises(Refused):
        visited(people.clerk())
    theirs = visited(department_id=make.industry().pk)
    assert [each.person for each in queries.visits_page(VisitFilter(2022), by=by).rows] == ["张示例"]
    with pytest.raises(Missing):
        queries.visit_for(theirs.pk, by=by)
    with pytest.raises(Refused):
        queries.visible_visits(people.clerk())


def test_a_plan_is_set_changed_and_its_history_kept() -> None:
    by, water = make.inspector(), make.water().pk
    duty.save_plan(PlanForm(2022, water, 4, "厅长", "每季度"), seen=0, by=by, at=AT)
    with pytest.raises(Conflict):
        duty.save_plan(PlanForm(2022, water, 5), seen=0, by=by, at=AT)
    plan = duty.save_plan(PlanForm(2022, water, 6), seen=1, by=by, at=AT)
    assert [fact.data["visits"] for fact in queries.plan_history(plan)] == [6, 4]
    visited()
    visited(department_id=make.industry().pk)
    rows = queries.year_by_department(2022, by=by)
    assert [(row.department.short_name, row.state.planned, row.state.done) for row in rows] == [
        ("水利厅", 6, 1), ("经济和信息化厅", None, 1),
    ]  # fmt: skip
    with pytest.raises(Refused):
        duty.save_plan(PlanForm(2022, water, 4), seen=2, by=make.rectifier(), at=AT)
    assert DutyPlan.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "field"),
    [(PlanForm(2022, None, 4), "department"), (PlanForm(2022, uuid4(), 4), "department")],
    ids=["none", "unknown"],
)
def test_a_plan_without_a_department_is_refused(form: PlanForm, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        duty.save_plan(form, seen=0, by=make.inspector(), at=AT)
    assert set(refused.value.fields) == {field}


def test_a_plan_that_makes_no_sense_is_refused() -> None:
    form = PlanForm(2017, make.water().pk, 367, "长" * 2001)
    with pytest.raises(Invalid) as refused:
        duty.save_plan(form, seen=0, by=make.inspector(), at=AT)
    assert set(refused.value.fields) == {"year", "visits", "who"}


def test_what_the_report_gets(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    visit = visited(certificates=3, consultations=5, note="看望窗口人员")
    asked(visit)
    asked(visit, words="落实一次性告知。")
    visited(on=None, on_text="近日", person="李示范", post="", at=AT + timedelta(minutes=1))
    with django_assert_num_queries(2):
        dated, vague = queries.visits_between(DAY, DAY)
    assert (dated.on, dated.on_text, dated.post, dated.department) == (DAY, "", "副厅长", "水利厅")
    assert (
        dated.body == "颁发证照3件，解答咨询5人次。看望窗口人员。要求：一是压缩补正次数；二是落实一次性告知。"
    )
    assert (vague.on, vague.on_text, vague.body) == (None, "近日", "")
    offered = queries.offers(DAY, DAY)
    assert offered[1].text == "近日，水利厅李示范到大厅窗口值守。"
    assert offered[0].address == f"/desk/hall/duty/visits/{visit.pk}"
    assert queries.visits_between(DAY + timedelta(1), DAY + timedelta(9)) == []


def test_lists_cost_the_same_however_long(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for days in range(3):
        asked(visited(on=DAY - timedelta(days=days)))
    by = make.inspector()
    with django_assert_num_queries(1):
        page = queries.visits_page(VisitFilter(2022), by=by, size=2)
        assert [row.department.short_name for row in page.rows] == ["水利厅", "水利厅"]
    rest = queries.visits_page(VisitFilter(2022), by=by, size=2, after=page.following)
    assert len(rest.rows) == 1
    with django_assert_num_queries(1):
        first = queries.requirements_page(DAY, by=by, size=2)
        assert [row.visit.department.short_name for row in first.rows] == ["水利厅", "水利厅"]
    assert len(queries.requirements_page(DAY, by=by, size=2, after=first.following).rows) == 1
