"""From any figure to its cases: every case once, in pages of 50, and no more rows read than a page needs."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.paging import Page
from yichuang.statistics import commands, queries
from yichuang.statistics.tests.happenings import DEPARTMENTS, ITEMS, moment
from yichuang.statistics.tests.reported import Reported, report

MANY, DAYS = 4000, 40
FIRST = date(2022, 5, 5)
LAST = FIRST + timedelta(days=DAYS - 1)
PAGE = 50

# Copies of one decided case with its fact and its place in the queue, spread over forty days; one in a hundred is late.
COPIES = """
with numbers as (
    select n, (left(%(id)s::text, 15) || lpad(to_hex(n %% 4096), 3, '0') || '-8' || lpad(to_hex(n / 4096), 3, '0') || '-'
               || left(md5(n::text), 12))::uuid as id, %(first)s::date + (n %% %(days)s::int) as day,
           case when n %% 100 = 7 then 'late' else 'early' end as promptness
    from generate_series(1, %(many)s::int) n
), cases as (
    insert into cases_case
    select r.* from numbers, cases_case c, jsonb_populate_record(
        c, jsonb_build_object('id', numbers.id, 'number', 'N' || n, 'decided_on', numbers.day, 'promptness', numbers.promptness)) r
    where c.id = %(id)s
), facts as (
    insert into journal_fact
    select r.* from numbers, journal_fact f, jsonb_populate_record(f, jsonb_build_object('subject_id', numbers.id, 'day', numbers.day)) r
    where f.subject_id = %(id)s and f.kind = 'case.decided'
)
insert into journal_fresh
select r.* from numbers, journal_fresh f, jsonb_populate_record(
    f, jsonb_build_object('subject_id', numbers.id, 'day', numbers.day, 'promptness', numbers.promptness)) r
where f.subject_id = %(id)s and f.kind = 'case.decided'
"""


@pytest.fixture
def many(committed: dict[str, str]) -> UUID:
    """Four thousand decided cases of one department, in a database that the planner knows and nobody has bloated; the department's id."""
    row = make.decided(make.day("2022-05-05"))
    asked = {"id": row.id, "first": FIRST, "days": DAYS, "many": MANY}
    sql.execute(COPIES, asked)
    while commands.close_batch(at=make.AT):
        pass
    with psycopg.connect(committed["admin"], autocommit=True) as admin:
        admin.execute("vacuum analyze")
    return row.department_id


def every(measure: str, **asked: Any) -> tuple[list[queries.CountedCase], int]:
    """Every case behind a figure page by page, and how many pages."""
    found: list[queries.CountedCase] = []
    after, pages = "", 0
    while True:
        page = queries.counted_cases(measure, by=SYSTEM, after=after, size=PAGE, **asked)
        found += page.rows
        pages += 1
        after = page.following
        if not after:
            return found, pages


def read_rows(plan: dict[str, Any], table: str) -> int:
    """How many rows of a table a plan has read, those that it threw away included."""
    mine = 0
    if str(plan.get("Relation Name", "")).startswith(table):
        mine = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return mine + sum(read_rows(one, table) for one in plan.get("Plans", ()))


@dataclass
class Told:
    """What the statement of the cases has read of the facts, and how many statements there were in all."""

    read: int = 0
    statements: int = 0

    def of(self, measure: str, **asked: Any) -> Page[queries.CountedCase]:
        """A page of the period, counted afresh."""
        self.read = self.statements = 0
        return queries.counted_cases(measure, by=SYSTEM, size=PAGE, first_day=FIRST, last_day=LAST, **asked)


def watched(monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str] = str) -> Told:
    """From now on each statement of the cases is asked as `change` makes it, and explained; planned as for many cases.

    A few hundred facts fit into some pages, which a planner may rather read whole; at volume it would not.
    """
    for name in ("seqscan", "hashjoin", "mergejoin"):
        sql.execute(f"set enable_{name} = off")
    told, really = Told(), sql.rows

    def explained(text: str, params: Any = ()) -> list[tuple[Any, ...]]:
        if "cases_case c on c.id = f.subject_id" in text:
            text = change(text)
            ((plan,),) = really(f"explain (analyze, format json, timing off) {text}", params)
            whole = plan if isinstance(plan, list) else json.loads(plan)
            told.read += read_rows(whole[0]["Plan"], "journal_fact")
        told.statements += 1
        return really(text, params)

    monkeypatch.setattr(sql, "rows", explained)
    return told


# A first page reads at most so much of two cells; a deeper one also of the cell in which it begins.
FIRST_PAGE, DEEPER = 2 * (PAGE + 1), 3 * (PAGE + 1)
# A rare one: of the facts at most those of the days that have any.
LATE_DAYS = {n % DAYS for n in range(1, MANY + 1) if n % 100 == 7}
RARE = len(LATE_DAYS) * (MANY // DAYS + 1)


def test_a_page_reads_no_more_than_it_shows_whatever_the_figure_counts(
    many: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = watched(monkeypatch)
    cuts: tuple[dict[str, Any], ...] = (
        {},
        {"group": "licence"},
        {"department": many},
        {"group": "licence", "department": many},
    )
    for cut in cuts:
        page = told.of("concluded", **cut)
        assert len(page.rows) == PAGE
        assert 0 < told.read <= FIRST_PAGE, cut
        # The cells, and the cases of the first of them; more only where a stretch of days was too short.
        assert told.statements <= 4
        deep = told.of("concluded", after=page.following, **cut)
        assert len(deep.rows) == PAGE
        assert 0 < told.read <= DEEPER, cut
    assert len(told.of("late").rows) == MANY // 100
    assert MANY // 100 <= told.read <= RARE


WITHOUT: dict[str, Callable[[str], str]] = {
    # A value that the index does not know: facts of all days are looked at.
    "index": lambda text: text.replace("f.day = x.day", "f.day + 0 = x.day"),
    # All that the cell has is brought, and cut afterwards.
    "limit": lambda text: text.replace("limit %(limit)s\n) f", ") f"),
}


@pytest.mark.parametrize("lost", WITHOUT)
def test_without_its_index_or_its_limit_a_page_would_read_more(
    lost: str, many: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variants, planned under the same settings: it is the question that is cheap, not the planner that is told so."""
    assert many
    told = watched(monkeypatch, WITHOUT[lost])
    assert len(told.of("concluded").rows) == PAGE, "the answer is the same"
    assert told.read > FIRST_PAGE
    assert told.read >= MANY // DAYS


def test_every_case_is_in_exactly_one_page(many: UUID) -> None:
    assert many
    period: dict[str, Any] = {"first_day": FIRST, "last_day": LAST}
    whole, pages = every("concluded", **period)
    assert len(whole) == len({case.id for case in whole}) == MANY + 1
    assert pages == -(-(MANY + 1) // PAGE)
    assert [case.day for case in whole] == sorted(case.day for case in whole)
    values = queries.cells(**period).values()
    assert (values["concluded"], values["late"]) == (len(whole), len(every("late", **period)[0]))
    assert {case.promptness for case in every("late", **period)[0]} == {"late"}
    assert every("concluded", **period, group="other_nine") == ([], 1)
    elsewhere = people.department("商务厅", "125", "川商")
    assert every("concluded", **period, department=elsewhere.pk) == ([], 1)
    some, _ = every("concluded", first_day=FIRST + timedelta(days=3), last_day=FIRST + timedelta(days=4))
    assert len(some) == 2 * MANY // DAYS


@pytest.mark.django_db
def test_reported_cases_are_listed_beside_the_platforms_own() -> None:
    """Against a table of the shape that the exchange keeps; what was taken back is counted by nobody and not listed."""
    sql.execute(
        "create temp table exchange_case (id uuid primary key, system text, source_number text, item_id uuid, item_code text, item_type text, "
        "department_id uuid, applicant_name text, outcome text, promptness text, days_used int, accepted_on date, decided_on date) "
        "on commit drop"
    )
    own = make.in_review(make.day("2022-05-10"))
    day = date(2022, 5, 10)
    ids = []
    for number in range(70):
        event = Reported(day, "accepted", day, department=DEPARTMENTS[number % 2], item_id=ITEMS[0])
        ids.append(report(event))
        sql.execute(
            "insert into exchange_case (id, source_number, item_code, item_type, department_id, accepted_on) "
            "values (%(id)s, %(number)s, '示例事项', '20', %(department)s, %(day)s)",
            {"id": ids[-1], "number": f"S{number}", "department": event.department, "day": day},
        )
    report(Reported(day, "accepted", day, quantity=-1), ids[0])
    for drained in (False, True):
        while drained and commands.close_batch(at=moment(day)):
            pass
        found, pages = every("accepted", first_day=day, last_day=day)
        assert {case.id for case in found} == {own.id, *ids[1:]}
        assert pages == 2
        assert len(found) == queries.cells(first_day=day, last_day=day).values()["accepted"] == 70
        assert {case.source for case in found} == {"case", "reported"}
        mine, _ = every(
            "accepted", first_day=day, last_day=day, group="public_service", department=DEPARTMENTS[1]
        )
        assert {case.number for case in mine} == {f"S{n}" for n in range(1, 70, 2)}
