"""What waits for the drain is read by its index: a walk through the table would stop at every page of what was taken, to tidy it."""

import re
from typing import Any

import psycopg
import pytest

from yichuang.journal.queries.seals import WAITING
from yichuang.journal.tests.test_take_plan import FILL
from yichuang.statistics.queries.cells import text

# What the planner may believe: nothing was ever there, or all of it is alive, in few pages or in many.
BELIEFS = ((-1, 0), (0, 100), (3000, 60), (1_000_000, 20_000))
ORDERED = " order by subject_id, seq limit (select 2000000000)"


def scans(plan: dict[str, Any]) -> set[str]:
    """How a plan reads the queue."""
    mine = {plan["Node Type"]} if plan.get("Relation Name") == "journal_fresh" else set()
    return mine.union(*(scans(below) for below in plan.get("Plans", ())))


NAMES = ("cells", "days", "trend", "window", "waiting")


def prepared(name: str) -> tuple[str, int]:
    """A statement with numbered places, and how many values it takes."""
    statement = WAITING if name == "waiting" else text(name)
    places = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    return re.sub(r"%\((\w+)\)s", lambda one: f"${places.index(one[1]) + 1}", statement), len(places)


def ways(admin: psycopg.Connection[Any], statement: str, values: int) -> set[str]:
    """All ways in which the queue is read by a statement that is planned once, whatever the planner believes."""
    found: set[str] = set()
    admin.execute("set plan_cache_mode = force_generic_plan")
    given = f"({', '.join(['null'] * values)})" if values else ""
    for rows, pages in BELIEFS:
        admin.execute(
            f"update pg_class set reltuples = {rows}, relpages = {pages} where relname = 'journal_fresh'".encode()
        )
        admin.execute(f"prepare asked as {statement}".encode())
        row = admin.execute(f"explain (format json) execute asked {given}".encode()).fetchone()
        assert row is not None
        found |= scans(row[0][0]["Plan"])
        admin.execute("deallocate asked")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_queue_is_read_in_its_order_whatever_is_believed_of_it(
    name: str, committed: dict[str, str]
) -> None:
    statement, values = prepared(name)
    assert ORDERED in statement
    with psycopg.connect(committed["admin"], autocommit=True) as admin:
        admin.execute(FILL)
        found = ways(admin, statement, values)
        assert found
        assert found <= {"Index Scan", "Index Only Scan"}
        # The broken variant, as it was.
        assert "Seq Scan" in ways(admin, statement.replace(ORDERED, ""), values)
