"""The verification contract: an auditor's role reads the views of schema `exam`, checks the invariants, writes nothing."""

import random
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors

from yichuang.cases import flow
from yichuang.cases.tests import factories as make
from yichuang.cases.tests.clock_oracle import Told
from yichuang.cases.tests.test_histories import live
from yichuang.directory import commands as directory
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.effects.commands import drain_all
from yichuang.kernel.actor import SYSTEM
from yichuang.statistics.commands import freeze

# Columns that the contract names, in its order; what a view says beyond them comes behind.
CONTRACT = {
    "cases": "case_id case_no dept item series serial key filed_at accepted_on due_on state content_sha256",
    "transitions": "id case_id from_state to_state actor at",
    "audit": "chain seq kind object_id transition_id actor at commitment prev hash",
    "attachments": "id case_id sha256 bytes scan_state",
    "serials": "series n state object_id reason",
    "deadlines": "case_id rule rule_version calendar_version start_on pauses extensions due_on",
    "licences": "id case_id number state body_sha256",
    "jobs": "id kind dedupe state attempts due_at",
    "stats": "report_id as_of cell value",
    "grants": "user role dept from_at to_at",
}
# §7.1, as an auditor would type them: each gives the rows that break it.
I4 = """
select coalesce(t.id, a.transition_id) from exam.transitions t
full join (select * from exam.audit where transition_id is not null) a on a.transition_id = t.id
where t.id is null or a.transition_id is null
"""
I4_STEPS = """
select id from (select id, from_state, coalesce(lag(to_state) over (partition by case_id order by seq), '') as before
                from exam.transitions) t where from_state <> before
"""
I4_LAST = """
select c.case_id from exam.cases c
join (select distinct on (case_id) case_id, to_state, seq from exam.transitions order by case_id, seq desc) t using (case_id)
where c.state <> t.to_state or c.seq <> t.seq
"""
I5 = """
select chain, seq from exam.audit a where hash <> encode(journal_fact_hash(decode(prev, 'hex'), chain, seq::int,
    journal_place(subject_kind, dept, key, key_hash), kind, at, actor, ground, number, data), 'hex')
"""
I7 = """
select series from exam.serials group by series having count(*) <> max(n) or min(n) <> 1 or count(distinct n) <> count(*)
"""
INVARIANTS = {"I4": I4, "I4 steps": I4_STEPS, "I4 last": I4_LAST, "I5": I5, "I7": I7}


def broken(auditor: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows break each invariant, of those that any break."""
    found = {name: len(auditor.execute(query).fetchall()) for name, query in INVARIANTS.items()}
    return {name: count for name, count in found.items() if count}


def lives(count: int) -> None:
    """Random lives through every state, with pauses and extensions, and one case in each state."""
    chance = random.Random(20220513)
    for _ in range(count):
        live(chance)
    for state in make.IN_STATE.values():
        state()


def deadlines_differing(auditor: psycopg.Connection[Any]) -> list[str]:
    """I8: every due date against a walk day by day over the inputs that the view gives."""
    wrong = []
    rows = auditor.execute(
        "select case_id, rule, start_on, pauses, extensions, due_on, limit_days, state from exam.deadlines"
    ).fetchall()
    for case_id, rule, start_on, pauses, extensions, due_on, limit, state in rows:
        spans = [
            (date.fromisoformat(one["from"]), date.fromisoformat(one["to"])) for one in pauses if one["to"]
        ]
        told = Told(start_on, limit, limit, extensions, tuple(spans))
        expected = None if state == "special" else told.due(limit)
        if due_on != expected:
            wrong.append(f"{case_id} {rule}: {due_on}, {expected}")
    assert len(rows) > 20
    return wrong


def test_an_auditor_finds_the_invariants_kept_and_a_forgery_broken(committed: dict[str, str]) -> None:
    lives(12)
    drain_all(at=make.LATER)
    freeze(first_day=date(2022, 5, 1), last_day=date(2022, 5, 31), by=SYSTEM, at=make.LATER)
    with psycopg.connect(committed["audit"], autocommit=True) as auditor:
        for view, columns in CONTRACT.items():
            found = auditor.execute(f"select * from exam.{view} limit 0").description or ()
            assert [column.name for column in found][: len(columns.split())] == columns.split(), view
        assert broken(auditor) == {}
        assert deadlines_differing(auditor) == []
        counted = auditor.execute("select count(*) from exam.stats").fetchone()
        assert counted is not None
        assert counted[0] > 0
        with psycopg.connect(committed["admin"], autocommit=True) as admin:
            admin.execute("set session_replication_role = replica")
            admin.execute(
                "update cases_case set state = 'decided', closed_on = null where state = 'delivered'"
            )
            admin.execute("delete from cases_number where number like '%000003'")
            admin.execute("update journal_fact set actor = 'staff:x' where kind = 'case.decided'")
            admin.execute("update cases_case set due_on = due_on + 1 where state = 'review'")
        assert set(broken(auditor)) == {"I4 last", "I5", "I7"}
        assert deadlines_differing(auditor)


def test_auditors_and_reports_read_and_nobody_writes(committed: dict[str, str]) -> None:
    make.refused()
    for role in ("audit", "report"):
        with psycopg.connect(committed[role], autocommit=True) as reader:
            for view in [*CONTRACT, "heads", "steps"]:
                reader.execute(f"select * from exam.{view}")
                with pytest.raises((errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState)):
                    reader.execute(f"delete from exam.{view}")
            with pytest.raises(errors.InsufficientPrivilege):
                reader.execute("create view exam.forged as select 1")
    with psycopg.connect(committed["app"], autocommit=True) as app:
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute("select * from exam.cases")
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute("create table exam.forged (id int)")


def test_the_steps_of_the_view_are_those_of_the_flow_table(committed: dict[str, str]) -> None:
    with psycopg.connect(committed["audit"]) as auditor:
        known: dict[str, str] = dict(auditor.execute("select kind, to_state from exam.steps").fetchall())
    moving = {row.fact: str(row.target) for row in flow.TRANSITIONS if row.action not in flow.KEEPS_STATE}
    assert known == {flow.FILED: str(flow.STATE_AFTER_FILING), **moving}


def test_grants_say_who_held_what_and_until_when(committed: dict[str, str]) -> None:
    """A post that changes and an officer who leaves: three intervals, the last one closed."""
    where = people.department()
    held = [Capability.DIRECTORY_MANAGE, Capability.CASE_REVIEW, Capability.CASE_PAUSE]
    by = people.staff("administrator", people.post(where, "管理员", held, everywhere=True, clearance=3))
    days = [make.AT + timedelta(days=number) for number in range(3)]
    common: dict[str, Any] = {"department_id": where.pk, "name": "审查岗甲", "everywhere": False, "by": by}
    post = directory.save_post(capabilities=[Capability.CASE_REVIEW], at=days[0], **common)
    officer: dict[str, Any] = {
        "username": "officer", "display_name": "张示例", "post_id": post.pk, "password": None, "by": by,
    }  # fmt: skip
    account = directory.save_staff(at=days[0], **officer)
    directory.save_post(capabilities=[Capability.CASE_PAUSE], at=days[1], post_id=post.pk, **common)
    directory.save_staff(at=days[2], account_id=account.pk, is_active=False, **officer)
    with psycopg.connect(committed["audit"]) as auditor:
        found = auditor.execute(
            """select "user", role, dept, from_at, to_at, capabilities from exam.grants where username = 'officer' order by from_at"""
        ).fetchall()
    who = (f"staff:{account.pk}", "审查岗甲", where.pk)
    assert found == [(*who, days[0], days[1], ["case.review"]), (*who, days[1], days[2], ["case.pause"])]
