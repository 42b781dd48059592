"""Random lives of cases before and after a transfer: figures of the old owner, balance, clocks, chains, statements."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.cases.commands.transfer import execute_transfer
from yichuang.cases.flow import OPEN_STATES, State
from yichuang.cases.queries import CaseRow
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.test_transfer import WHEN, of_item, planned, world
from yichuang.catalogue.models import Item
from yichuang.directory.models import Department
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM

pytestmark = pytest.mark.django_db

MAKERS: tuple[Callable[[datetime], CaseRow], ...] = (
    lambda at: make.filed(at=at), make.correcting, make.in_review, make.paused, make.proposed, make.decided,
    make.delivered, make.refused, make.terminated,
)  # fmt: skip
# What a transfer must not touch.
KEPT = (
    "number", "state", "item_id", "item_version_id", "item_name", "region", "channel", "applicant_id", "filed_at", "filed_on",
    "accepted_on", "decided_on", "closed_on", "statutory_days", "promised_days", "extended_days", "due_on",
    "statutory_due_on", "provisional", "paused_on", "days_left", "statutory_days_left", "days_used", "corrections",
    "outcome", "promptness",
)  # fmt: skip


def columns(case: UUID) -> dict[str, object]:
    """A case as the table has it."""
    row = sql.one(f"select {', '.join(KEPT)} from cases_case where id = %(id)s", {"id": case})
    assert row is not None
    return dict(zip(KEPT, row, strict=True))


def work_of(case: UUID) -> list[tuple[str, date, date]]:
    """The open work on a case: what, until when, since when."""
    return sql.rows(
        "select kind, due_on, opened_on from cases_work where case_id = %(id)s order by kind", {"id": case}
    )


def counted(department: UUID, last: date) -> list[tuple[str, date, int]]:
    """Facts of cases by kind and day, of one department until a day: figures by a statement of the test's own."""
    return sql.rows(
        "select kind, day, count(*) from journal_fact where subject_kind = 'case' and department_id = %(id)s "
        "and day <= %(last)s and kind <> 'case.transferred' group by kind, day order by kind, day",
        {"id": department, "last": last},
    )


def on_hand(department: UUID) -> int:
    """Cases not ended yet that lie with a department."""
    row = sql.one(
        "select count(*) from cases_case where department_id = %(id)s and decided_on is null and closed_on is null",
        {"id": department},
    )
    assert row is not None
    return int(row[0])


def broken(cases: list[UUID]) -> list[tuple[UUID, int]]:
    """Facts of these cases that do not follow from the one before, or differ from their hash."""
    return sql.rows(
        "select f.subject_id, f.seq from journal_fact f left join journal_fact p on p.subject_id = f.subject_id "
        "and p.seq = f.seq - 1 where f.subject_id = any(%(ids)s) and (f.prev_hash <> coalesce(p.hash, ''::bytea) "
        "or f.hash <> journal_fact_hash(f.prev_hash, f.subject_id, f.seq, journal_place(f.subject_kind, "
        "f.department_id, f.key, f.key_hash), f.kind, f.at, f.actor, f.ground, f.number, f.data))",
        {"ids": cases},
    )


def lives(chance: random.Random, item: Item, length: int) -> tuple[list[CaseRow], list[CaseRow]]:
    """Cases of the item, and of another item of the same department, in random states."""
    mine, others = [], []
    for _ in range(length):
        at = make.AT + timedelta(days=chance.randrange(12), minutes=chance.randrange(60))
        row = chance.choice(MAKERS)(at)
        if chance.random() < 0.7:
            mine.append(of_item(item, row))
        else:
            others.append(row)
    return mine, others


@settings(max_examples=12)
@given(st.integers(0, 100_000), st.integers(0, 9))
def test_a_transfer_keeps_the_past_moves_what_is_open_and_touches_nothing_else(
    seed: int, length: int
) -> None:
    with transaction.atomic():
        item, to = world()
        mine, others = lives(random.Random(seed), item, length)
        moved_and_kept(item, to, mine, others)
        transaction.set_rollback(True)


def moved_and_kept(item: Item, to: Department, mine: list[CaseRow], others: list[CaseRow]) -> None:
    old, last = item.department_id, WHEN.date()
    before = {row.id: (columns(row.id), work_of(row.id), row.seq) for row in (*mine, *others)}
    past, new_past = counted(old, last), counted(to.pk, last)
    done = execute_transfer(planned(item, to).pk, by=SYSTEM, at=WHEN)
    opened = [row for row in mine if State(row.state) in OPEN_STATES]
    assert done.transfer.moved["cases"] == dict(Counter(str(State(row.state)) for row in opened))
    moved = {row.id for row in opened}
    for case, (kept, work, seq) in before.items():
        now = make.fresh(case)
        assert columns(case) == kept
        assert work_of(case) == work
        assert now.department_id == (to.pk if case in moved else old)
        assert now.seq == seq + (case in moved)
    assert counted(old, last) == past
    assert counted(to.pk, last) == new_past
    assert broken(list(before)) == []


@settings(max_examples=10)
@given(st.integers(0, 100_000), st.integers(1, 9))
def test_what_a_department_has_on_hand_is_what_it_had_less_what_moved_out(seed: int, length: int) -> None:
    with transaction.atomic():
        item, to = world()
        mine, _ = lives(random.Random(seed), item, length)
        old, had, new_had = item.department_id, on_hand(item.department_id), on_hand(to.pk)
        waiting = len([row for row in mine if row.decided_on is None and State(row.state) in OPEN_STATES])
        execute_transfer(planned(item, to).pk, by=SYSTEM, at=WHEN)
        assert on_hand(old) == had - waiting
        assert on_hand(to.pk) == new_had + waiting
        transaction.set_rollback(True)


def many(item: Item, number: int) -> None:
    """Open cases of the item, copied in the tables from one that was really filed and accepted."""
    row = of_item(item, make.in_review())
    names = [
        name
        for (name,) in sql.rows(
            "select column_name from information_schema.columns where table_name = 'cases_case' and is_generated = 'NEVER'"
        )
    ]
    own = {"id": "c.id", "number": "c.number || '-' || g"} | {
        name: f"c.{name}" for name in names if name not in ("id", "number")
    }
    own["id"] = "overlay(c.id::text placing lpad(to_hex(g), 12, '0') from 25)::uuid"
    sql.execute(
        f"insert into cases_case ({', '.join(names)}) select {', '.join(own[name] for name in names)} "
        "from cases_case c, generate_series(2, %(number)s) g where c.id = %(id)s",
        {"number": number, "id": row.id},
    )
    sql.execute(
        "insert into cases_work (case_id, kind, department_id, holder_id, holder_name, due_on, opened_on) "
        "select c.id, 'review', c.department_id, null, '', c.due_on, c.filed_on from cases_case c "
        "where c.item_id = %(item)s and c.id <> %(id)s",
        {"item": item.pk, "id": row.id},
    )


def statements_for(number: int) -> int:
    item, to = world()
    many(item, number)
    plan = planned(item, to)
    with sql.counting() as statements:
        done = execute_transfer(plan.pk, by=SYSTEM, at=WHEN)
    assert done.transfer.moved["cases"] == {"review": number}
    row = sql.one(
        "select count(*) filter (where c.department_id = %(to)s), count(*) filter (where c.seq = c2.seq), "
        "(select count(*) from journal_fact where kind = 'case.transferred'), "
        "(select count(distinct f.hash) from journal_fact f where kind = 'case.transferred') "
        "from cases_case c join journal_fact c2 on c2.subject_id = c.id and c2.kind = 'case.transferred' "
        "where c.item_id = %(item)s",
        {"to": to.pk, "item": item.pk},
    )
    assert row == (number, number, number, number)
    return len(statements)


def test_five_thousand_open_cases_move_in_as_many_statements_as_two() -> None:
    with transaction.atomic():
        few = statements_for(2)
        transaction.set_rollback(True)
    assert statements_for(5_000) == few <= 40


def test_nothing_open_moves_nothing_and_says_so() -> None:
    item, to = world()
    closed = [of_item(item, maker()) for maker in (make.delivered, make.refused, make.terminated)]
    done = execute_transfer(planned(item, to).pk, by=SYSTEM, at=WHEN)
    assert done.transfer.moved["cases"] == {}
    assert {make.fresh(row.id).department_id for row in closed} == {item.department_id}
    assert [make.fresh(row.id).seq for row in closed] == [row.seq for row in closed]
