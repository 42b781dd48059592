"""Every state of findings and requirements with every action and capability, and four eyes, from a second telling of the tables."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.halls.commands import duty, duty_requirements, findings
from yichuang.halls.commands.duty import NewVisit
from yichuang.halls.commands.duty_requirements import NewRequirement
from yichuang.halls.commands.findings import StepForm
from yichuang.halls.flow.duty import (
    BY_REQUIREMENT_ACTION,
    REQUIREMENT_ROWS,
    RequirementAction,
    RequirementState,
)
from yichuang.halls.flow.findings import BY_FINDING_ACTION, FINDING_ROWS, FindingAction, FindingState
from yichuang.halls.models import Finding, Requirement
from yichuang.halls.queries.duty import requirement_moves_of
from yichuang.halls.queries.findings import moves_of
from yichuang.halls.tests import factories_rounds as hall
from yichuang.halls.tests import factories_windows as make
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Missing, Refused

pytestmark = pytest.mark.django_db
AT = hall.AT
BACKEND = "django.contrib.auth.backends.ModelBackend"


def holder(*held: Capability, everywhere: bool = False, where: Any = None) -> Actor:
    """Somebody with exactly these capabilities, in the water department unless another is named."""
    name = "、".join(sorted(held)) or "什么也不能"
    office = where or hall.water()
    post = people.post(office, f"{name}{everywhere}", list(held), everywhere=everywhere)
    return people.staff(f"h{abs(hash((name, everywhere, office.code))) % 10**9}", post)


# --- every state x every action x every capability -------------------------------------------------------------------

STEPPERS: dict[str, Callable[[], Actor]] = {
    "nobody": lambda: holder(),
    "inspects": lambda: holder(Capability.HALL_INSPECT, everywhere=True),
    "inspects for water": lambda: holder(Capability.HALL_INSPECT),
    "inspects for industry": lambda: holder(Capability.HALL_INSPECT, where=hall.industry()),
    "rectifies for water": lambda: holder(Capability.HALL_RECTIFY),
    "rectifies for industry": lambda: holder(Capability.HALL_RECTIFY, where=hall.industry()),
    "reads only": lambda: holder(Capability.DASHBOARD_READ, everywhere=True),
    "applicant": lambda: people.applicant_actor(),
}


def expected_step(who: str, state: FindingState, action: FindingAction) -> type[Exception] | None:
    """What the table says, told a second time: capability, then reach, then state."""
    row = BY_FINDING_ACTION[action]
    verb = "inspects" if row.capability == Capability.HALL_INSPECT else "rectifies"
    if not who.startswith(verb):
        return Refused
    if who.endswith("industry"):
        return Missing
    if state is FindingState.FOUND and verb == "rectifies":
        return Missing
    return None if state in row.sources else Conflict


@pytest.mark.parametrize("who", STEPPERS)
@pytest.mark.parametrize("state", FindingState)
def test_every_state_action_and_capability_of_a_finding(state: FindingState, who: str) -> None:
    held = hall.in_state(state)
    by = STEPPERS[who]()
    for action in FindingAction:
        wanted = expected_step(who, state, action)
        form = StepForm("写明情况", (), 2)
        if wanted is None:
            continue
        before = len(facts_of(held.pk))
        with pytest.raises(wanted):
            findings.step_finding(held.pk, action, form, seen=held.seq, by=by, at=AT)
        now = Finding.objects.get(pk=held.pk)
        assert (now.state, now.seq, len(facts_of(held.pk))) == (state, held.seq, before)


@pytest.mark.parametrize("who", ["inspects", "inspects for water", "rectifies for water"])
@pytest.mark.parametrize("action", FindingAction)
def test_what_the_table_allows_is_done_from_every_state_it_names(action: FindingAction, who: str) -> None:
    row = BY_FINDING_ACTION[action]
    for state in row.sources:
        if expected_step(who, state, action) is not None:
            continue
        held = hall.in_state(state)
        made = findings.step_finding(
            held.pk, action, StepForm("写明情况", (), 2), seen=held.seq, by=STEPPERS[who](), at=AT
        )
        assert made.state == row.target
        assert made.seq == held.seq + 1


@pytest.mark.parametrize("who", STEPPERS)
@pytest.mark.parametrize("state", FindingState)
def test_the_page_offers_what_the_command_would_do(state: FindingState, who: str) -> None:
    held, by = hall.in_state(state), STEPPERS[who]()
    offered = {row.action for row in moves_of(held, by=by)}
    allowed = {action for action in FindingAction if expected_step(who, state, action) is None}
    # A finding that is not made known yet is not opened by its department, whatever could be offered there.
    assert offered == allowed or (state is FindingState.FOUND and who.startswith("rectifies"))


@pytest.mark.parametrize("row", [row for row in FINDING_ROWS if row.four_eyes], ids=lambda row: row.action)
def test_four_eyes_of_a_finding(row: Any) -> None:
    by, other = hall.everything(), hall.everything("second")
    held = hall.moved(hall.found(), FindingAction.NOTIFY)
    held = findings.step_finding(
        held.pk, FindingAction.RECTIFY, StepForm("已补位"), seen=held.seq, by=by, at=AT
    )
    with pytest.raises(Refused, match="不能由您复查"):
        findings.step_finding(held.pk, row.action, StepForm("话", (), 2), seen=held.seq, by=by, at=AT)
    assert row.action not in {each.action for each in moves_of(held, by=by)}
    made = findings.step_finding(
        held.pk, row.action, StepForm("话" if row.words else "", (), 2), seen=held.seq, by=other, at=AT
    )
    assert made.state == row.target


def test_a_second_rectification_asks_for_other_eyes_again() -> None:
    """Who rejected the first report may still check the second, who reports it may not."""
    one, two = hall.everything(), hall.everything("second")
    held = hall.moved(hall.found(), FindingAction.NOTIFY)
    for action, by in (
        (FindingAction.RECTIFY, one), (FindingAction.REJECT, two), (FindingAction.RECTIFY, two),
    ):  # fmt: skip
        held = findings.step_finding(held.pk, action, StepForm("情况", (), 2), seen=held.seq, by=by, at=AT)
    with pytest.raises(Refused):
        findings.step_finding(held.pk, FindingAction.APPROVE, StepForm(), seen=held.seq, by=two, at=AT)
    done = findings.step_finding(held.pk, FindingAction.APPROVE, StepForm(), seen=held.seq, by=one, at=AT)
    assert done.state == FindingState.PASSED


def requirement(department: UUID | None = None) -> Requirement:
    """A requirement that was just laid down."""
    visit = duty.record_visit(
        NewVisit(hall.water().pk, "张示例", on=AT.date()), by=hall.inspector(), at=AT, key=make.key()
    )
    need = NewRequirement("压缩补正次数", AT.date() + timedelta(days=9), department)
    return duty_requirements.lay_down(visit.pk, need, by=hall.inspector(), at=AT, key=make.key())


REQUIREMENT_WAYS: dict[RequirementState, tuple[RequirementAction, ...]] = {
    RequirementState.LAID_DOWN: (),
    RequirementState.DOING: (RequirementAction.PROGRESS,),
    RequirementState.DONE: (RequirementAction.REPORT,),
    RequirementState.CLOSED: (RequirementAction.REPORT, RequirementAction.CLOSE),
    RequirementState.WITHDRAWN: (RequirementAction.WITHDRAW,),
}


def required(state: RequirementState) -> Requirement:
    """A requirement in a state."""
    held = requirement()
    for action in REQUIREMENT_WAYS[state]:
        by = (
            hall.rectifier()
            if action in (RequirementAction.PROGRESS, RequirementAction.REPORT)
            else hall.inspector()
        )
        held = duty_requirements.step_requirement(held.pk, action, "情况", seen=held.seq, by=by, at=AT)
    return held


KEEPERS: dict[str, Callable[[], Actor]] = {
    "nobody": lambda: holder(),
    "records for water": lambda: holder(Capability.DUTY_RECORD),
    "records for industry": lambda: holder(Capability.DUTY_RECORD, where=hall.industry()),
    "plans": lambda: holder(Capability.DUTY_PLAN, everywhere=True),
    "plans for industry": lambda: holder(Capability.DUTY_PLAN, where=hall.industry()),
    "reads only": lambda: holder(Capability.DASHBOARD_READ, everywhere=True),
    "applicant": lambda: people.applicant_actor(),
}


def expected_requirement(
    who: str, state: RequirementState, action: RequirementAction
) -> type[Exception] | None:
    """What the table of requirements says, told a second time."""
    row = BY_REQUIREMENT_ACTION[action]
    verb = "plans" if row.capability == Capability.DUTY_PLAN else "records"
    if not who.startswith(verb):
        return Refused
    if who.endswith("industry"):
        return Missing
    return None if state in row.sources else Conflict


@pytest.mark.parametrize("who", KEEPERS)
@pytest.mark.parametrize("state", RequirementState)
def test_every_state_action_and_capability_of_a_requirement(state: RequirementState, who: str) -> None:
    for action in RequirementAction:
        held, by = required(state), KEEPERS[who]()
        wanted = expected_requirement(who, state, action)
        before = len(facts_of(held.pk))
        if wanted is None:
            made = duty_requirements.step_requirement(held.pk, action, "情况", seen=held.seq, by=by, at=AT)
            assert made.state == BY_REQUIREMENT_ACTION[action].target
            assert len(facts_of(held.pk)) == before + 1
            continue
        with pytest.raises(wanted):
            duty_requirements.step_requirement(held.pk, action, "情况", seen=held.seq, by=by, at=AT)
        now = Requirement.objects.get(pk=held.pk)
        assert (now.state, now.seq, len(facts_of(held.pk))) == (state, held.seq, before)


@pytest.mark.parametrize(
    "row", [row for row in REQUIREMENT_ROWS if row.four_eyes], ids=lambda row: row.action
)
def test_four_eyes_of_a_requirement(row: Any) -> None:
    by = hall.everything()
    held = requirement()
    held = duty_requirements.step_requirement(
        held.pk, RequirementAction.REPORT, "已落实", seen=held.seq, by=by, at=AT
    )
    with pytest.raises(Refused, match="不能由您核对"):
        duty_requirements.step_requirement(held.pk, row.action, "话", seen=held.seq, by=by, at=AT)
    assert row.action not in {each.action for each in requirement_moves_of(held, by=by)}
    made = duty_requirements.step_requirement(
        held.pk, row.action, "话", seen=held.seq, by=hall.everything("second"), at=AT
    )
    assert made.state == row.target


@pytest.mark.parametrize("row", [row for row in REQUIREMENT_ROWS if row.words], ids=lambda row: row.action)
@pytest.mark.parametrize("words", ["", " \n ", "长" * 1001], ids=["none", "blank", "too-long"])
def test_a_step_of_a_requirement_says_something(row: Any, words: str) -> None:
    held = required(row.sources[0])
    by = hall.everything("third")
    with pytest.raises(Exception, match="填写有误"):
        duty_requirements.step_requirement(held.pk, row.action, words, seen=held.seq, by=by, at=AT)
    assert Requirement.objects.get(pk=held.pk).state == held.state
