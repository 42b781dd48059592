"""After a file of thousands of filings for one department nobody's list reads them but theirs.

All cases are then of one department, one item, one applicant and one state, and PostgreSQL believes that of every other one: a
look for those of a department without any went along the primary key through all of them (42 ms of 30,000, analysed or not). So did
the pages behind the first, of lists merged from several looks, and those up to a day.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import psycopg
import pytest

from yichuang.cases.queries import Filters, Tab, by_risk, counts, mine, newest, queue, search_page
from yichuang.cases.queries.listing import Wanted, listed
from yichuang.cases.queries.newest import Looks
from yichuang.home.tests import volume
from yichuang.home.tests.test_rows_read import (
    BESIDE,
    PAGE,
    Asked,
    behind,
    desk,
    item,
    machine,
    many,
    named,
    read_of,
    staff,
)
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import lowest
from yichuang.kernel.paging import encode

TODAY = date(2022, 6, 30)
FLOODED = """
set session_replication_role = replica;
update cases_case set department_id = md5('d0')::uuid, item_id = md5('i0')::uuid, applicant_id = md5('a0')::uuid, state = 'received',
    accepted_on = null, decided_on = null, closed_on = null, days_used = null, outcome = null, due_on = null, paused_on = null, days_left = null;
delete from cases_work;
insert into cases_work (case_id, kind, department_id, holder_name, due_on, opened_on)
select id, 'accept', department_id, '', filed_on + 14, filed_on from cases_case;
set session_replication_role = origin
"""


def other() -> Actor:
    """The staff of a department that has no case."""
    return staff(7)


def stranger() -> Actor:
    """Somebody who has not applied for anything."""
    return Actor("applicant", "示例", id=UUID(int=7), applicant_id=named("a", 1))


def everybody() -> Actor:
    """Staff of the whole province."""
    return staff(everywhere=True)


FEW = PAGE * BESIDE
HERE = encode([str(lowest(datetime(2022, 7, 1, tzinfo=UTC)))])
SPRING, LAST_DAY = date(2022, 4, 1), date(2022, 12, 27)
LISTS: dict[str, Asked] = {
    "to accept": Asked(desk(Tab.TO_ACCEPT), 10, "work", other),
    "to accept, a region": Asked(desk(Tab.TO_ACCEPT), 2 * PAGE + FEW, "", many),
    "to accept, the flooded": Asked(desk(Tab.TO_ACCEPT), PAGE + FEW),
    "in hand": Asked(desk(Tab.IN_HAND), 20, "work", other),
    "in hand, overdue": Asked(desk(Tab.IN_HAND, overdue_on=TODAY), 20, "work", other),
    "in hand, some days": Asked(desk(Tab.IN_HAND, due_from=TODAY, due_to=TODAY), 20, "work", other),
    "waiting": Asked(desk(Tab.WAITING), 10, "work", other),
    "done": Asked(desk(Tab.DONE), 10, "cases", other),
    "done, the flooded": Asked(desk(Tab.DONE), 10, "cases"),
    "done, an item": Asked(lambda by: desk(Tab.DONE, **item(1))(by), 10, "cases", everybody),
    "machine": Asked(machine(), 20, "cases", other),
    "the own": Asked(lambda by: mine(by=by), 5, "cases", stranger),
    # Page after page, and between days: in most of these looks there is nothing.
    "done, the next page": Asked(
        lambda by: queue(Tab.DONE, by=by, filters=Filters(), after=HERE), 10, "place", many
    ),
    "done, an item, the next page": Asked(
        lambda by: queue(Tab.DONE, by=by, filters=Filters(**item(1)), after=HERE), 10, "place", everybody
    ),
    "machine, the next page": Asked(
        lambda by: listed(by=by, wanted=Wanted(), after=HERE), PAGE + FEW, "place", many
    ),
    "machine, up to a day": Asked(machine(filed_to=TODAY), 20, "place", other),
    "machine, from a day": Asked(machine(filed_from=TODAY), 20, "place", other),
    "machine, some days": Asked(machine(filed_from=SPRING, filed_to=TODAY), PAGE + FEW, "place", many),
    "machine, the own": Asked(machine(), 5, "cases", stranger),
    "machine, the own up to a day": Asked(machine(filed_to=TODAY), 5, "place", stranger),
    "the own, the next page": Asked(lambda by: mine(by=by, after=HERE), 5, "place", stranger),
    "search by name, the next page": Asked(
        lambda by: search_page("示例", by=by, after=behind(1)), 10, "place", everybody
    ),
    "search by name, a region": Asked(
        lambda by: search_page("示例", by=by, after=behind(1)), 10, "place", many
    ),
    "search by name, a department": Asked(
        lambda by: search_page("示例", by=by, after=behind(1)), 10, "", other
    ),
    "counts": Asked(lambda by: counts(by=by), 30, "work", other),
    "risk": Asked(lambda by: by_risk(by=by, today=TODAY, soon=TODAY), 30, "work", other),
}
# Where the planner chose well though it had a choice.
PLANNED_WELL = {"done, an item, the next page", "machine, the own up to a day", "the own, the next page"}


@pytest.fixture
def flooded(committed: dict[str, str]) -> dict[str, str]:
    """Six thousand cases, all filed for one department and not one step on; the planner knows it, as after its own round."""
    volume.fill(committed["admin"])
    with psycopg.connect(committed["admin"], autocommit=True) as admin:
        for statement in FLOODED.split(";\n"):
            admin.execute(statement.encode())
        admin.execute(b"vacuum analyze")
    # So few rows tempt the planner to read a small table whole, as in `test_rows_read`.
    for way in ("seqscan", "hashjoin", "mergejoin"):
        sql.execute(f"set enable_{way} = off")
    return committed


def above() -> dict[str, tuple[int, int]]:
    """The lists that read more than they may, with how much."""
    found = {name: (read_of(asked).rows, asked.most) for name, asked in LISTS.items()}
    return {name: (rows, most) for name, (rows, most) in found.items() if rows > most}


def equations(keys: Sequence[tuple[str, str]], size: int) -> tuple[list[str], str]:
    """What was asked before: a value for each column."""
    return [f"{column} = {value}" for column, value in keys], f"order by c.id desc limit {size:d}"


def test_a_file_of_one_department_costs_no_other_one_a_page(
    flooded: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the broken variant in the same database: equations, which say the same and leave the way to the planner's belief."""
    assert flooded
    assert above() == {}
    for name in ("newest", "queues"):
        monkeypatch.setattr(f"yichuang.cases.queries.{name}.along", equations)
    work = " and ".join(equations([("w.department_id", "d.id"), ("w.kind", "k.kind")], 1)[0])
    broken: Callable[..., str] = lambda *_, **__: work  # noqa: E731
    monkeypatch.setattr("yichuang.cases.queries.open_work.within", broken)
    found = above()
    assert {"to accept", "in hand", "done, the flooded"} <= set(found), found
    assert {name for name, asked in LISTS.items() if asked.index == "place"} - PLANNED_WELL <= set(found), (
        found
    )
    assert max(rows for rows, _ in found.values()) > volume.CASES // 2


def in_a_range(looks: Looks, conditions: Sequence[str], ends: Sequence[str], size: int) -> str:
    """What was asked before: the columns as a range of rows, in which no id can end the walk."""
    columns, values = (", ".join(side) for side in zip(*looks.keys, strict=True))
    first = ends[0].format(first=newest.unguessed("first"))
    return (
        f"(select c.* from {looks.tables} cross join lateral (select c.* from cases_case c where {' and '.join(conditions)} "
        f"and ({columns}) >= ({values}) and ({columns}) <= ({values}) and {first} order by {columns}, c.id desc limit {size:d}) c "
        f"order by c.id desc limit {size:d}) c"
    )


def test_what_was_filed_since_a_day_is_read_without_what_was_filed_before(
    flooded: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index throws away by itself what it reads in vain: no row tells of it, the blocks do."""
    assert flooded
    lately = Asked(machine("received", filed_from=LAST_DAY), PAGE + FEW)
    read = read_of(lately)
    assert 0 < read.rows <= lately.most
    assert read.blocks("cases_case") <= 12
    monkeypatch.setattr(newest, "_text", in_a_range)
    read = read_of(lately)
    assert read.rows <= lately.most, "as if nothing were wrong"
    assert read.blocks("cases_case") > 24, "every entry of the quarter"
