"""A failure of any one write leaves nothing half done: a trigger fails the k-th write of a table, for all k."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from yichuang.cases import commands
from yichuang.cases.flow import Action
from yichuang.cases.queries import load
from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM

TABLES = (
    "cases_case", "cases_number", "cases_particulars", "cases_work", "journal_client_key", "journal_fact",
    "journal_fresh", "journal_series",
)  # fmt: skip
LIFE = (
    Action.ASK_CORRECTION, Action.ANSWER_CORRECTION, Action.CORRECT_ON_SPOT, Action.ACCEPT, Action.EXPEDITE, Action.PAUSE, Action.RESUME, Action.EXTEND,
    Action.PROPOSE, Action.DECIDE, Action.DELIVER,
)  # fmt: skip
FAULT = """
create sequence fault_writes;
create table fault (at_write bigint, how text);
create function fault() returns trigger language plpgsql as $$
declare planned fault;
begin
    select * into planned from fault;
    if found and nextval('fault_writes') = planned.at_write then
        if planned.how = 'terminate' then perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); end if;
        raise exception 'a planned fault';
    end if;
    return coalesce(new, old);
end $$
"""


class Plan(Protocol):
    """Plans the fault: at which write (0: never), and how."""

    def __call__(self, at_write: int, how: str = "raise") -> None: ...


@contextmanager
def faults_in(owner_url: str, table: str) -> Iterator[Plan]:
    """A trigger on a table that fails as planned."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(FAULT)
        owner.execute(
            f"create trigger fault before insert or update or delete on {table} for each row execute function fault()"
        )

        def plan(at_write: int, how: str = "raise") -> None:
            owner.execute("delete from fault")
            owner.execute("select setval('fault_writes', 1, false)")
            if at_write:
                owner.execute("insert into fault values (%s, %s)", [at_write, how])

        yield plan


def picture() -> dict[str, object]:
    """Every row of every table that a case may touch."""
    return {
        table: sql.rows(f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t")
        for table in TABLES
    }


def nothing_half_done(work: Callable[[], object]) -> bool:
    """Whether the work succeeded. If it failed, nothing at all may have changed."""
    before = picture()
    try:
        work()
    except DatabaseError:
        connection.close()
        assert picture() == before
        return False
    return True


def live(then: Callable[[Callable[[], object]], bool]) -> bool:
    """A whole life of a case, each step through `then`; whether every step succeeded at once."""
    opening, by, key = make.opening(), people.applicant_actor(), make.key()

    def enter() -> None:
        with transaction.atomic():
            commands.file(opening, by=by, at=make.AT, key=key, key_hash="0" * 64)

    smooth = then(enter)
    for day, action in enumerate(LIFE):
        smooth = then(_step(opening.id, action, day)) and smooth
    return smooth


def _step(case_id: UUID, action: Action, day: int) -> Callable[[], object]:
    key, by = make.key(), people.reviewer() if action == Action.PROPOSE else SYSTEM
    return lambda: make.perform(make.fresh(case_id), action, by, at=make.AT + timedelta(days=day), key=key)


@pytest.mark.parametrize("table", TABLES)
def test_a_write_that_fails_takes_the_whole_step_with_it(committed: dict[str, str], table: str) -> None:
    with faults_in(committed["owner"], table) as plan:
        for at_write in range(1, 40):
            plan(at_write)
            struck: list[int] = []

            def stubborn(work: Callable[[], object], struck: list[int] = struck) -> bool:
                # One fault a life: what comes after it, the same key first of all, must go through and is not compared.
                if struck:
                    work()
                    return True
                if nothing_half_done(work):
                    return True
                plan(0)
                struck.append(1)
                work()
                return False

            if live(stubborn):
                break
        else:
            pytest.fail("the trigger never ran out of writes")
        assert at_write > 1, "the trigger must have failed at least one write"
    assert sql.one("select count(*) from cases_case where state <> 'delivered'") == (0,)
    assert sql.one("select count(*) from journal_fact") == (at_write * (len(LIFE) + 1),)


def test_a_backend_that_dies_in_the_middle_leaves_nothing(committed: dict[str, str]) -> None:
    row = make.filed()
    with faults_in(committed["owner"], "journal_fresh") as plan:
        plan(1, "terminate")
        assert not nothing_half_done(lambda: make.perform(row, Action.ACCEPT, SYSTEM))
        plan(0)
        assert nothing_half_done(lambda: make.perform(row, Action.ACCEPT, SYSTEM))
    after = load(row.id)
    assert after is not None
    assert after.state == "review"


def test_writing_a_case_and_its_fact_one_after_the_other_would_be_caught(committed: dict[str, str]) -> None:
    """The broken variant: two statements without a transaction."""
    row = make.filed()

    def naive() -> None:
        sql.execute("update cases_case set corrections = 1 where id = %(id)s", {"id": row.id})
        sql.execute("update cases_work set kind = 'correct' where case_id = %(id)s", {"id": row.id})

    with faults_in(committed["owner"], "cases_work") as plan:
        plan(1)
        with pytest.raises(AssertionError):
            nothing_half_done(naive)
