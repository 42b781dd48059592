"""Every state with every action: what the table allows works, everything else is refused and changes nothing."""

import pytest

from yichuang.cases import flow
from yichuang.cases.flow import Action, State
from yichuang.cases.queries import CaseRow
from yichuang.cases.tests import factories as make
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Refused

STEPS = make.STEPS


def _case(state: State, action: Action) -> CaseRow:
    """A case in this state; where the action may be done there, one in which it makes sense."""
    possible = state in flow.BY_ACTION[action].sources
    return make.ready_for(action, state) if possible else make.IN_STATE[state]()


@pytest.mark.django_db
@pytest.mark.parametrize("action", STEPS)
@pytest.mark.parametrize("state", list(State))
def test_every_state_with_every_action(state: State, action: Action) -> None:
    row = _case(state, action)
    transition = flow.BY_ACTION[action]
    if state in transition.sources:
        stepped = make.perform(row, action, SYSTEM)
        after = make.fresh(row.id)
        assert after.state == flow.target(transition, state)
        assert after.seq == row.seq + 1 == stepped.seq
        assert facts_of(row.id)[-1].kind == transition.fact
        assert after.last_hash == facts_of(row.id)[-1].hash
    else:
        with pytest.raises(Conflict):
            make.perform(row, action, SYSTEM)
        assert make.fresh(row.id) == row


@pytest.mark.django_db
@pytest.mark.parametrize("action", STEPS)
def test_every_action_asks_for_its_capability(action: Action) -> None:
    transition = flow.BY_ACTION[action]
    row = make.IN_STATE[transition.sources[0]]()
    held = frozenset(str(c) for c in type(transition.capability) if c != transition.capability)
    powerless = Actor(kind="staff", name="无权", everywhere=True, capabilities=held)
    with pytest.raises(Refused):
        make.perform(row, action, powerless)
    assert make.fresh(row.id) == row


def test_the_table_is_whole() -> None:
    assert {row.action for row in flow.TRANSITIONS} == set(Action) - {Action.FILE}
    assert len(flow.BY_ACTION) == len(flow.TRANSITIONS)
    assert len({row.fact for row in flow.TRANSITIONS}) == len(flow.TRANSITIONS)
    documents = {row.document for row in flow.TRANSITIONS if row.document not in ("", "decision")}
    assert documents <= set(flow.DOCUMENT_WORDS) == set(flow.DOCUMENT_LABELS)
    assert len(set(flow.DOCUMENT_WORDS.values())) == len(flow.DOCUMENT_WORDS)


def test_every_state_can_be_reached_and_left_or_is_an_end() -> None:
    reached = {flow.STATE_AFTER_FILING}
    for _ in State:
        reached |= {flow.target(row, s) for row in flow.TRANSITIONS for s in row.sources if s in reached}
    assert reached == set(State)
    ends = {state for state in State if not flow.allowed(state)}
    assert ends == {State.DELIVERED, State.REFUSED, State.TERMINATED} == set(State) - set(flow.OPEN_STATES)


def test_the_diagram_shows_every_row() -> None:
    picture = flow.mermaid()
    assert all(row.label in picture for row in flow.TRANSITIONS)
