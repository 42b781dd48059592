"""The histogram of days used: as exact as the list written out, however it is cut into rows, merged, corrected, moved to the new form."""

import importlib
import math
import random
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.statistics import commands, queries, rules
from yichuang.statistics.commands.recount import rebuild, recount
from yichuang.statistics.flow import MEASURES, Form
from yichuang.statistics.models import NUMBERS
from yichuang.statistics.queries.cells import text
from yichuang.statistics.rules import Cell, Spread, Used
from yichuang.statistics.tests.happenings import DEPARTMENTS, moment
from yichuang.statistics.tests.reported import Reported, report

DAYS = st.integers(0, 200)
LISTS = st.lists(DAYS, max_size=60)
KINDS = sorted({kind for measure in MEASURES for kind in measure.kinds})
PROMPTNESS = ("", "instant", "early", "on_time", "late")
CELLS = st.lists(
    st.builds(Cell, st.sampled_from(KINDS), st.sampled_from(PROMPTNESS), st.integers(0, 9)), max_size=12
)
FIRST, LAST = date(2022, 4, 28), date(2022, 5, 5)
# Where a row ends and the next begins, and far beyond what anybody needs.
EDGES = (0, 1, 30, 31, 32, 33, 63, 64, 65, 95, 96, 3_660)


def nearest_rank(days: Iterable[int], part: int) -> Decimal | None:
    """By the book: the list in order, and the smallest that so many of a hundred do not exceed."""
    ordered = sorted(days)
    return Decimal(ordered[math.ceil(len(ordered) * part / 100) - 1]) if ordered else None


def rows(days: Iterable[int], width: int = NUMBERS) -> list[tuple[int, str]]:
    """A list as rows of the histogram."""
    counted = Counter(days)
    return [
        (first, ",".join(str(counted[first + place]) for place in range(width)))
        for first in sorted({number // width * width for number in counted})
    ]


def apart(days: Iterable[int]) -> list[rules.Days]:
    """A list through rows and back."""
    return [one for first, numbers in rows(days) for one in rules.spreads(first, numbers, 0, 0)]


@settings(max_examples=60, deadline=None)
@given(LISTS, st.integers(1, 100))
def test_a_percentile_of_rows_is_that_of_the_list(days: list[int], part: int) -> None:
    assert rules.percentile(apart(days), part) == nearest_rank(days, part)


@settings(max_examples=60, deadline=None)
@given(st.lists(LISTS, max_size=5), st.sampled_from([50, 90]))
def test_merging_loses_nothing(lists: list[list[int]], part: int) -> None:
    merged = [one for days in lists for one in apart(days)]
    assert rules.percentile(merged, part) == nearest_rank([day for days in lists for day in days], part)


@settings(max_examples=40, deadline=None)
@given(LISTS, st.data())
def test_what_is_taken_back_is_gone(days: list[int], data: st.DataObject) -> None:
    """A correction is a negative count, in a row of its own, as of what is not drained yet."""
    gone = data.draw(st.lists(st.sampled_from(days), unique=True)) if days else []
    left = list((Counter(days) - Counter(gone)).elements())
    taken: list[rules.Days] = [Spread(number, -1, 0, 0) for number in gone]
    whole = [*apart(days), *taken]
    assert rules.median(whole) == nearest_rank(left, 50)
    assert rules.p90(whole) == nearest_rank(left, 90)


@settings(max_examples=60, deadline=None)
@given(CELLS, st.lists(st.tuples(DAYS, st.integers(0, 60), st.integers(1, 5)), max_size=12))
def test_every_measure_is_what_its_definition_says(
    cells: list[Cell], given: list[tuple[int, int, int]]
) -> None:
    """Against the table of measures read plainly, one measure at a time."""
    days = [Used(used, limit, count) for used, limit, count in given]
    found = rules.values(cells, days)
    for measure in MEASURES:
        if measure.form == Form.COUNT:
            counted = [
                cell.count
                for cell in cells
                if cell.kind in measure.kinds
                and (not measure.promptness or cell.promptness in measure.promptness)
            ]
            assert found[measure.code] == sum(counted), measure.code
    judged = sum(
        cell.count
        for cell in cells
        if cell.kind == "case.decided" or (cell.kind == "reported.decided" and cell.promptness)
    )
    assert found["early_share"] == rules.share(int(found["early"] or 0), judged)
    assert found["on_time_share"] == rules.share(int(found["on_time"] or 0), judged)
    written_out = [used for used, _, count in given for _ in range(count)]
    assert found["mean_days"] == rules.mean(sum(written_out), len(written_out))
    limits = [limit for _, limit, count in given for _ in range(count)]
    assert found["mean_limit"] == rules.mean(sum(limits), len(limits))
    assert found["median_days"] == nearest_rank(written_out, 50)
    assert found["p90_days"] == nearest_rank(written_out, 90)


@pytest.mark.parametrize(
    ("numbers", "limited", "limits", "expected"),
    [
        ("0,0,0", 0, 0, []),
        ("0,2,0", 0, 0, [Spread(33, 2, 0, 0)]),
        ("1,0,3", 4, 80, [Spread(32, 1, 0, 0), Spread(34, 3, 0, 0), Spread(32, 0, 4, 80)]),
        ("-1", 0, 0, [Spread(32, -1, 0, 0)]),
        ("0", -1, -20, [Spread(32, 0, -1, -20)]),
    ],
)
def test_a_row_is_taken_apart(numbers: str, limited: int, limits: int, expected: list[Spread]) -> None:
    assert rules.spreads(32, numbers, limited, limits) == expected


def test_a_count_of_nothing_is_no_number_of_days() -> None:
    nothing: list[rules.Days] = [Spread(3, 1, 0, 0), Spread(3, -1, 0, 0), Spread(0, 0, 2, 40)]
    assert (rules.median(nothing), rules.p90([])) == (None, None)
    found = rules.values([], nothing)
    assert (found["mean_days"], found["mean_limit"]) == (None, Decimal("20.0"))


@pytest.mark.parametrize("name", ["packed", "merged", "added"])
def test_the_server_counts_as_many_numbers_as_a_row_has(name: str) -> None:
    """One number forgotten, or two the same, and every figure of that many days is wrong."""
    statement = sql.statement(queries.__file__, name)
    marks = {
        "packed": "mod(days_used, 32) = {})",
        "merged": "sum(counts[{}])",
        "added": "r.counts[{}] + s.counts[{}]",
    }
    first = 0 if name == "packed" else 1
    places = [statement.find(marks[name].format(number, number)) for number in range(first, first + NUMBERS)]
    assert -1 not in places
    assert places == sorted(places)
    assert statement.count("sum(" if name != "added" else "r.counts[") == NUMBERS


def decided(chance: random.Random, day: date, used: int) -> Reported:
    return Reported(
        day, "decided", LAST, department=chance.choice(DEPARTMENTS), item_type=chance.choice(("20", "05", "01")),
        outcome="granted", promptness="early", days_used=used, limit_days=chance.choice((None, 20)),
    )  # fmt: skip


def drain() -> None:
    while commands.close_batch(at=moment(LAST, 17), limit=random.Random(1).randint(3, 9)):
        pass


def expected(told: list[Reported], **only: Any) -> tuple[Any, ...]:
    days = [
        one.days_used or 0 for one in told if all(getattr(one, name) == value for name, value in only.items())
    ]
    return nearest_rank(days, 50), nearest_rank(days, 90), rules.mean(sum(days), len(days))


def read(first: date, last: date, group: str | None = None, department: Any = None) -> tuple[Any, ...]:
    found = queries.cells(first_day=first, last_day=last).values(group, department)
    return found["median_days"], found["p90_days"], found["mean_days"]


@pytest.mark.django_db
def test_every_number_of_days_is_counted_in_its_place_drained_or_not() -> None:
    """On both sides of every edge of a row, by department, by group, over the turn of a month, with what waits and without."""
    chance = random.Random(3)
    told = [
        decided(chance, FIRST + timedelta(days=chance.randrange(8)), used) for used in EDGES for _ in range(3)
    ]
    for place, one in enumerate(told):
        report(one)
        if place == len(told) // 2:
            drain()
            commands.close_batch(at=moment(LAST, 17), limit=1)
    for _ in range(2):
        assert read(FIRST, LAST) == expected(told)
        for department in DEPARTMENTS:
            assert read(FIRST, LAST, None, department) == expected(told, department=department)
        assert read(FIRST, LAST, "licence") == expected(told, item_type="01")
        together = queries.cells(first_day=FIRST, last_day=LAST, by_department=False).values("other_nine")
        assert together["median_days"] == expected(told, item_type="05")[0]
        may = [one for one in told if one.day.month == 5]
        assert read(date(2022, 5, 1), date(2022, 5, 31)) == expected(may)
        drain()
    assert recount(None, None, by=SYSTEM, at=moment(LAST, 18)).differences == 0
    # The rows of a day are as many as its departments, types and stretches of numbers, whatever the number of cases.
    stretches = {(one.day, one.department, one.item_type, (one.days_used or 0) // NUMBERS) for one in told}
    assert sql.one("select count(*)::int from statistics_rollupdays where span = 'day'") == (len(stretches),)


@pytest.mark.django_db
def test_a_week_reads_as_many_rows_for_a_hundred_cases_as_for_one() -> None:
    one = Reported(FIRST, "decided", LAST, outcome="granted", promptness="early", days_used=3, limit_days=20)
    report(one)
    drain()
    few = sql.one("select count(*)::int from statistics_rollupdays")
    for used in range(30):
        report(
            Reported(**{**{name: getattr(one, name) for name in one.__dataclass_fields__}, "days_used": used})
        )
    drain()
    assert sql.one("select count(*)::int from statistics_rollupdays") == few == (4,)
    asked = {"spans": ["day"], "firsts": [FIRST], "lasts": [LAST], "first": FIRST, "last": LAST, "sealed_only": False,
             "department": None, "by_department": True}  # fmt: skip
    assert len(sql.rows(text("days"), asked)) == 1


@pytest.mark.django_db
def test_what_was_counted_in_the_former_form_is_the_same_in_the_new_one() -> None:
    """The migration's own statements, over rows as they were: a row a number of days."""
    chance = random.Random(5)
    for used in (*EDGES, *EDGES[3:8]):
        report(decided(chance, FIRST + timedelta(days=chance.randrange(8)), used))
    drain()
    cell = "span, first_day, department_id, item_type, subject_kind"
    new = f"select {cell}, days_from, counts, limited, limit_days from statistics_rollupdays order by 1, 2, 3, 4, 5, 6"
    sound = sql.rows(new)
    migration = importlib.import_module("yichuang.statistics.migrations.0006_histogram")
    sql.execute(
        f"create temporary table statistics_rollupdays_before as select {cell}, days_from + place::int - 1 as days_used, count, "
        "case when first then limited else 0 end as limited, case when first then limit_days else 0 end as limit_days "
        "from (select r.*, u.count, u.place, row_number() over (partition by r.id order by u.place) = 1 as first "
        "from statistics_rollupdays r cross join unnest(r.counts) with ordinality as u(count, place) where u.count <> 0) each"
    )
    sql.execute("delete from statistics_rollupdays")
    sql.execute(migration.INDEX)
    for statement in migration.FILL.strip().rstrip(";").split(";\n"):
        sql.execute(statement)
    assert sql.rows(new) == sound
    assert sound
    assert recount(None, None, by=SYSTEM, at=moment(LAST, 18)).differences == 0


@pytest.mark.django_db
@pytest.mark.parametrize("counts", ["'{1,2,3}'", "'{}'", "array_fill(0, array[33])"])
def test_the_database_keeps_rows_of_thirty_two(counts: str) -> None:
    report(decided(random.Random(1), FIRST, 3))
    drain()
    with pytest.raises(IntegrityError, match="rollup_days_of_thirty_two"), transaction.atomic():
        sql.execute(f"update statistics_rollupdays set counts = {counts}::bigint[]")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [
        "counts[1] = counts[1] + 1", "counts[32] = counts[32] - 1", "limited = limited + 1", "limit_days = limit_days - 1",
        "counts = counts[2:32] || counts[1]", "days_from = days_from + 64",
    ],
)  # fmt: skip
@pytest.mark.parametrize("span", ["day", "all-month"])
def test_a_row_that_is_wrong_by_one_or_shifted_is_found_and_made_anew(broken: str, span: str) -> None:
    """The broken variants: a drain that counts a case at the wrong number of days."""
    for used in (0, 31, 32, 40):
        report(decided(random.Random(2), FIRST, used))
    drain()
    assert (
        sql.execute(
            f"update statistics_rollupdays set {broken} where id = (select min(id) from statistics_rollupdays where span = %(span)s)",
            {"span": span},
        )
        == 1
    )
    assert recount(None, None, by=SYSTEM, at=moment(LAST, 18)).differences >= 1
    rebuild(None, None, by=SYSTEM, at=moment(LAST, 19))
    assert recount(None, None, by=SYSTEM, at=moment(LAST, 20)).differences == 0
