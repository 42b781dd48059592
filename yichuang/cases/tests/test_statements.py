"""What a step and a page cost: pinned numbers of statements, really prepared, through the index."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from yichuang.cases import commands, queries
from yichuang.cases.flow import Action, Outcome
from yichuang.cases.queries import Filters, Tab
from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.workdays.queries import calendar

BOOKKEEPING = re.compile(r"^(SAVEPOINT|RELEASE|ROLLBACK)", re.I)


def cost(work: Callable[[], object]) -> list[str]:
    """The statements that some work runs, without savepoints; the calendar is warm."""
    calendar()
    with sql.counting() as statements:
        work()
    return [text for text in statements if not BOOKKEEPING.match(text)]


@pytest.mark.django_db
@pytest.mark.parametrize("action", [a for a in make.STEPS if a not in (Action.HAND_OVER, Action.SUPPLY)])
def test_a_step_is_one_read_and_one_write(action: Action) -> None:
    row = make.ready_for(action)
    found = cost(lambda: make.perform(row, action, SYSTEM))
    assert len(found) == 2, found
    assert "/* Everything a step decides by" in found[0]
    assert "/* One step of a case" in found[1]


@pytest.mark.django_db
def test_handing_over_also_asks_who_is_able() -> None:
    row, able = make.in_review(), people.reviewer(username="able")
    assert able.id is not None
    to, by = able.id, people.reviewer()
    found = cost(
        lambda: commands.hand_over(row.id, to=to, reason="出差", by=by, at=make.LATER, key=make.key())
    )
    assert len(found) == 3


@pytest.mark.django_db
def test_a_replay_is_one_read() -> None:
    row = make.in_review()
    commands.propose(row.id, outcome=Outcome.GRANTED, opinion="可", by=SYSTEM, at=make.LATER, key="k" * 8)
    again = cost(
        lambda: commands.propose(
            row.id, outcome=Outcome.GRANTED, opinion="可", by=SYSTEM, at=make.LATER, key="k" * 8
        )
    )
    assert len(again) == 1


@pytest.mark.django_db
def test_a_filing_is_one_statement_and_a_look_at_the_partitions() -> None:
    opening, by = make.opening(), people.applicant_actor()
    found = cost(lambda: commands.file(opening, by=by, at=make.AT, key=make.key(), key_hash="0" * 64))
    assert len(found) <= 2
    assert "/* Filing" in found[-1]


LISTS: dict[str, Callable[[], Any]] = {
    "queue": lambda: queries.queue(Tab.TO_ACCEPT, by=SYSTEM, filters=Filters(), size=50),
    "done": lambda: queries.queue(Tab.DONE, by=SYSTEM, filters=Filters()),
    "counts": lambda: queries.counts(by=SYSTEM),
    "search": lambda: queries.search_page("示例科技", by=SYSTEM),
    "mine": lambda: queries.mine(by=people.applicant_actor()),
    "export": lambda: list(queries.export(Tab.TO_ACCEPT, by=SYSTEM, filters=Filters())),
}
COSTS = {"queue": 1, "done": 1, "counts": 1, "search": 3, "mine": 1, "export": 1}
LOOKUP = {"mine": 3}  # who asks: the tests' own three reads


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_for_one_row_and_for_many(name: str) -> None:
    make.filed()
    LISTS[name]()
    few = cost(LISTS[name])
    for _ in range(12):
        make.filed()
    assert len(cost(LISTS[name])) == len(few) == COSTS[name] + LOOKUP.get(name, 0)


@pytest.mark.django_db
def test_a_page_that_asks_again_for_every_row_would_be_caught() -> None:
    """The broken variant: one more read a row."""

    def naive() -> Sequence[object]:
        return [
            queries.load(row.id) for row in queries.queue(Tab.TO_ACCEPT, by=SYSTEM, filters=Filters()).rows
        ]

    make.filed()
    few = len(cost(naive))
    make.filed()
    assert len(cost(naive)) > few


@pytest.mark.django_db
def test_a_timeline_costs_two_however_long_it_is() -> None:
    row = make.in_review()
    short = cost(lambda: queries.timeline(row, by=SYSTEM))
    for _ in range(5):
        make.perform(make.fresh(row.id), Action.PROPOSE, people.reviewer())
        make.perform(make.fresh(row.id), Action.SEND_BACK, SYSTEM)
    assert len(cost(lambda: queries.timeline(row, by=SYSTEM))) == len(short) == 2


def prepared(start: str) -> int:
    """How often the server has run statements with this beginning, prepared on this connection."""
    found = sql.rows("select statement, generic_plans + custom_plans from pg_prepared_statements")
    return sum(runs for text, runs in found if text.removeprefix(sql.ONE_PLAN).lstrip().startswith(start))


@pytest.mark.django_db
def test_hot_statements_are_really_prepared() -> None:
    for _ in range(3):
        make.in_review()
        queries.queue(Tab.TO_ACCEPT, by=SYSTEM, filters=Filters())
    for start in ("/* Everything a step", "/* One step of a case", "/* Filing", "select c.id, c.number"):
        assert prepared(start) >= 3, start


@pytest.mark.django_db
def test_djangos_own_cursor_would_prepare_nothing() -> None:
    """The broken variant: the same connection without the runner."""
    for _ in range(8):
        with connection.cursor() as cursor:
            cursor.execute("select %s + 424242", [1])
    assert not sql.rows("select 1 from pg_prepared_statements where statement like '%424242'")


CROWD = """
insert into cases_case (id, number, item_id, item_version_id, item_name, item_type, handling_kind, department_id, region,
                        channel, applicant_id, applicant_name, state, seq, last_hash, filed_at, filed_on, statutory_days,
                        promised_days)
select (substr(c.id::text, 1, 24) || lpad(to_hex(n), 12, '0'))::uuid, 'n' || n, c.item_id, c.item_version_id, c.item_name,
       c.item_type, c.handling_kind, ('00000000-0000-0000-0000-00000000000' || n % 8)::uuid, c.region, c.channel,
       c.applicant_id, c.applicant_name, 'received', 1, c.last_hash, c.filed_at, c.filed_on, 45, 20
from cases_case c, generate_series(1, 5000) n;
insert into cases_work (case_id, kind, department_id, holder_name, due_on, opened_on)
select id, 'accept', department_id, '', filed_on + (('x' || right(id::text, 3))::bit(12)::int % 60), filed_on
from cases_case where number like 'n%';
analyze cases_case; analyze cases_work;
"""


def test_a_page_of_the_queue_comes_through_the_index(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make.filed()
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        owner.execute(CROWD)
    asked: list[tuple[str, Any]] = []
    run = sql.rows

    def remember(text: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        asked.append((text, parameters))
        return run(text, parameters)

    where = people.department()
    monkeypatch.setattr(sql, "rows", remember)
    by = Actor(
        "staff", "审查员", department_id=UUID("00000000-0000-0000-0000-000000000003"),
        capabilities=frozenset({"case.search"}),
    )  # fmt: skip
    assert where.pk != by.department_id
    page = queries.queue(Tab.TO_ACCEPT, by=by, filters=Filters())
    queries.queue(Tab.TO_ACCEPT, by=by, filters=Filters(), after=page.following)
    assert len(page.rows) == 25
    assert page.following
    assert len(asked) == 2
    for text, parameters in asked:
        plan = "\n".join(line for (line,) in run("explain " + text, parameters))
        assert "cases_work_kind" in plan, plan
        assert "Seq Scan on cases_work" not in plan, plan
        assert "Seq Scan on cases_case_2022q2" not in plan, plan
