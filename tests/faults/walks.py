"""R16: random walks by parallel actors over every state and action; the history must be a path of the published graph."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from unittest.mock import patch
from uuid import UUID

from django.db import DatabaseError, connection

from yichuang.cases import flow
from yichuang.cases.flow import Action, State
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.crowd import together
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Problem

WALKERS = 8
LAWFUL = 0.6


@dataclass
class Walked:
    """What the walkers have done: which edges, which actions cannot be tried, which histories are illegal."""

    edges: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    untried: set[str] = field(default_factory=set)
    trouble: list[str] = field(default_factory=list)
    illegal: list[str] = field(default_factory=list)

    @property
    def exercised(self) -> tuple[int, int]:
        """How many of the declared (action, source) pairs were taken, of how many."""
        taken = {(kind, source) for kind, source, _ in self.edges}
        return len(taken & declared()), len(declared())


def declared() -> set[tuple[str, str]]:
    """Every (fact, source state) of the table."""
    return {
        (transition.fact, str(source)) for transition in flow.TRANSITIONS for source in transition.sources
    }


def walk(cases: int, steps: int) -> Walked:
    """Start cases in every state, let eight actors do to them whatever comes to mind, and judge the histories."""
    starts = list(make.IN_STATE.values())
    wanted = [starts[number % len(starts)]().id for number in range(cases)]
    made, lock = Walked(), threading.Lock()

    def wander(walker: int) -> None:
        chance = random.Random(walker)
        for number in range(steps):
            row = make.fresh(chance.choice(wanted))
            # Mostly what the table offers, so that every way of it is walked; now and then anything at all.
            offered = [one.action for one in flow.allowed(State(row.state))]
            action = chance.choice(offered if offered and chance.random() < LAWFUL else list(Action))
            try:
                make.perform(row, action, SYSTEM, at=make.LATER + timedelta(days=number // 8))
            except Problem:
                continue
            except KeyError:
                with lock:
                    made.untried.add(action.value)
            except DatabaseError as error:
                connection.close()
                with lock:
                    made.trouble.append(f"R16: {action} on {row.number}: {type(error).__name__}: {error}")

    found = together([lambda w=w: wander(w) for w in range(WALKERS)])  # type: ignore[misc]
    made.trouble += [f"R16: {type(one).__name__}: {one}" for one in found if isinstance(one, Exception)]
    for case in wanted:
        judge(case, made)
    return made


def judge(case: UUID, made: Walked) -> None:
    """Follow the facts of a case through the published graph, and compare the end with the case."""
    table: dict[str, list[flow.Transition]] = {}
    for transition in flow.TRANSITIONS:
        table.setdefault(transition.fact, []).append(transition)
    state = State(flow.STATE_AFTER_FILING)
    for fact in facts_of(case):
        fitting = [one for one in table.get(fact.kind, ()) if state in one.sources]
        if fact.kind in table and not fitting:
            made.illegal.append(f"R16: case {case}: {fact.kind} at step {fact.seq} in state {state}")
            return
        if fitting:
            before, state = state, flow.target(fitting[0], state)
            made.edges[(fact.kind, str(before), str(state))] += 1
    if state != make.fresh(case).state:
        made.illegal.append(
            f"R16: the facts of {case} end in {state}, the case is in {make.fresh(case).state}"
        )


@contextmanager
def lawless() -> Iterator[None]:
    """The broken variant: the house takes any action in any state."""
    anywhere = {action: replace(row, sources=tuple(State)) for action, row in flow.BY_ACTION.items()}
    with patch("yichuang.cases.commands.step.flow.BY_ACTION", anywhere):
        yield
