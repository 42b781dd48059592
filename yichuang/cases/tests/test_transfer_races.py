"""A transfer while people work: every case moves once, no step is lost, two executions are one."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from yichuang.cases import commands
from yichuang.cases.commands.transfer import Executed, execute_transfer
from yichuang.cases.flow import Outcome
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.crowd import together
from yichuang.cases.tests.test_transfer import WHEN, of_item, planned, world
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Problem

pytestmark = pytest.mark.usefixtures("committed")
CASES = 12


def test_steps_and_a_transfer_at_the_same_moment_leave_whole_chains() -> None:
    item, to = world()
    reviewer = people.reviewer()
    cases = [of_item(item, make.in_review()).id for _ in range(CASES)]
    plan = planned(item, to)

    def propose(case: UUID) -> str:
        commands.propose(
            case, outcome=Outcome.GRANTED, opinion="符合条件", by=reviewer, at=WHEN, key=make.key()
        )
        return "proposed"

    works: list[Callable[[], object]] = [lambda: execute_transfer(plan.pk, by=SYSTEM, at=WHEN)]
    works += [partial(propose, case) for case in cases]
    done, *steps = together(works)
    assert isinstance(done, Executed)
    assert done.transfer.moved["cases"] == {"review": CASES}
    assert all(step == "proposed" or isinstance(step, Problem) for step in steps)
    for case, step in zip(cases, steps, strict=True):
        kinds = [fact.kind for fact in facts_of(case)]
        assert kinds.count("case.transferred") == 1
        assert kinds.count("case.proposed") == (step == "proposed")
        assert make.fresh(case).department_id == to.pk
        assert make.fresh(case).seq == len(kinds)
    broken = sql.rows(
        "select f.subject_id, f.seq from journal_fact f join journal_fact p on p.subject_id = f.subject_id "
        "and p.seq = f.seq - 1 where f.subject_id = any(%(ids)s) and f.prev_hash <> p.hash",
        {"ids": cases},
    )
    assert broken == []


def test_two_executions_at_the_same_moment_are_one() -> None:
    item, to = world()
    case = of_item(item, make.in_review()).id
    plan = planned(item, to)
    found = together([lambda: execute_transfer(plan.pk, by=SYSTEM, at=WHEN)] * 4)
    assert sorted(one.replayed for one in found if isinstance(one, Executed)) == [False, True, True, True]
    assert [fact.kind for fact in facts_of(case)].count("case.transferred") == 1


def test_a_transfer_that_does_not_lock_would_lose_a_step() -> None:
    """The broken variant: read the end of each chain, let somebody step, then write over it."""
    item, to = world()
    row = of_item(item, make.in_review())
    looked, stepped = threading.Event(), threading.Event()

    def careless() -> int:
        seen = sql.one("select seq, last_hash from cases_case where id = %(id)s", {"id": row.id})
        looked.set()
        stepped.wait(30)
        assert seen is not None
        return sql.execute(
            "update cases_case set department_id = %(to)s, seq = %(seq)s, last_hash = %(hash)s where id = %(id)s",
            {"to": to.pk, "seq": seen[0], "hash": seen[1], "id": row.id},
        )

    def step() -> int:
        looked.wait(30)
        after = WHEN + timedelta(minutes=1)
        commands.propose(
            row.id,
            outcome=Outcome.GRANTED,
            opinion="符合条件",
            by=people.reviewer(),
            at=after,
            key=make.key(),
        )
        stepped.set()
        return 1

    together([careless, step])
    assert make.fresh(row.id).seq != len(facts_of(row.id))
