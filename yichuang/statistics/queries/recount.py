"""Figures counted again from the facts, and what the recounts have found. Reads only."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from uuid import UUID

from yichuang.kernel import sql
from yichuang.kernel.times import SHANGHAI
from yichuang.statistics.models import Rebuild, Recount
from yichuang.statistics.queries.cells import FRAGMENTS

MOST = 20
"""How many differing cells of one day are told; all are counted."""
ALARM_TO = ("journal.audit", "directory.manage")
"""Whoever holds one of these is told at once that figures and facts differ."""
SHARED = (*FRAGMENTS, "recount_facts")


@cache
def text(name: str) -> str:
    """A statement of the recount with its fragments."""
    return sql.statement(__file__, name, tuple((one, sql.statement(__file__, one)) for one in SHARED))


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell in which the facts and a table of figures do not agree."""

    grain: str
    cell: str
    facts: int
    stored: int

    def told(self, of: date) -> str:
        """In words, for a message and a log."""
        return f"{of} {self.grain} [{self.cell}]：事实 {self.facts:,}，日统计表 {self.stored:,}"


@dataclass(frozen=True, slots=True)
class Compared:
    """One day or month: how many cells were compared, how many differ, and the first of these."""

    of: date
    cells: int
    differing: int
    first: tuple[Difference, ...]


def compared_day(day: date) -> Compared:
    """One day against its facts: every cell of every table of figures, at one moment. Nothing is locked."""
    return _compared(day, sql.rows(text("recount_day"), {"day": day, "most": MOST}))


def compared_month(first: date) -> Compared:
    """One month of the coarse grain against its days."""
    return _compared(first, sql.rows(text("recount_month"), month(first) | {"most": MOST}))


def month(day: date) -> dict[str, date]:
    """The first and last day of a day's month, as parameters."""
    return {
        "first": day.replace(day=1),
        "last": day.replace(day=monthrange(day.year, day.month)[1]),
    }


def _compared(of: date, rows: Iterable[tuple[object, ...]]) -> Compared:
    found = []
    cells = differing = 0
    for grain, cell, facts, stored, every, wrong in rows:
        assert isinstance(every, int)
        assert isinstance(wrong, int)
        cells, differing = every, wrong
        if isinstance(facts, int) and isinstance(stored, int):
            found.append(Difference(str(grain), str(cell), facts, stored))
    return Compared(of, cells, differing, tuple(found))


def days_with_figures() -> tuple[date, date] | None:
    """The first and last day that has a fact or a figure; None of nothing. Read from the ends of indexes."""
    ends = "select least(min(f.d), min(t.d)), greatest(max(f.e), max(t.e)) from "
    facts = "(select min(day) as d, max(day) as e from journal_fact) f, "
    tables = (
        "(select min(first_day) as d, max(first_day) as e from statistics_rollup where span = 'day' union all "
        "select min(day), max(day) from statistics_daily union all "
        "select min(day), max(day) from statistics_dailywindow) t"
    )
    row = sql.one(ends + facts + tables)
    return None if row is None or row[0] is None else (row[0], row[1])


def each_day(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    for step in range((last - first).days + 1):
        yield first + timedelta(days=step)


def operators() -> list[UUID]:
    """Active staff who look after the platform and its evidence: who is told of an alarm."""
    found = sql.rows(
        "select a.id from directory_account a join directory_post p on p.id = a.post_id "
        "where a.is_active and p.is_active and p.capabilities && %(capabilities)s::text[] order by a.id",
        {"capabilities": list(ALARM_TO)},
    )
    return [row[0] for row in found]


RECOUNTED = """
select exists (
    select from statistics_recount r
    where r.at >= %(from)s and r.at < %(to)s and r.first_day <= %(first)s
      and not exists (select from statistics_rollup where span = 'day' and first_day > r.last_day and first_day < %(day)s)
      and not exists (select from statistics_dailywindow where day > r.last_day and day < %(day)s)
)
"""


def recounted_on(day: date, first: date) -> bool:
    """Whether on a day every earlier day with figures, from the first on, was recounted; a part, counted by hand, is not the night's."""
    midnight = datetime.combine(day, time(), SHANGHAI)
    asked = {"from": midnight, "to": midnight + timedelta(days=1), "first": first, "day": day}
    row = sql.one(RECOUNTED, asked)
    return bool(row and row[0])


def recounts(limit: int = 50) -> list[Recount]:
    """The recounts that were made, newest first."""
    return list(Recount.objects.order_by("-at", "-pk")[:limit])


def rebuilds(limit: int = 20) -> list[Rebuild]:
    """The rebuildings, newest first."""
    return list(Rebuild.objects.order_by("-at", "-pk")[:limit])


MOST_DAYS_TOLD = 400
"""So many wrong days a recount names."""
# A later recount answers for an earlier one where it covers the days that were wrong; where not all are named, its whole period.
AGREE = """
select not exists (
    select from statistics_recount r
    cross join lateral (select min(d::date) as first, max(d::date) as last from jsonb_array_elements_text(r.days_wrong) d) w
    where r.differences > 0 and not exists (
        select from statistics_recount l
        where l.differences = 0 and (l.at, l.id) > (r.at, r.id)
          and l.first_day <= case when jsonb_array_length(r.days_wrong) < %(told)s then greatest(w.first, r.first_day) else r.first_day end
          and l.last_day >= case when jsonb_array_length(r.days_wrong) < %(told)s then w.last else r.last_day end
    )
)
"""


def figures_agree() -> bool:
    """Whether every day that a recount found wrong has been recounted since without a difference; for the health page."""
    row = sql.one(AGREE, {"told": MOST_DAYS_TOLD})
    return bool(row and row[0])
