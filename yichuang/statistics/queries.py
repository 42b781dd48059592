"""Reads of figures: exact at any moment, because rows that are not drained yet are added in the same statement."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.paging import Page
from yichuang.statistics import rules
from yichuang.statistics.flow import BROUGHT_FORWARD, BY_CODE, GROUPS, MEASURES, Form, Scope
from yichuang.statistics.models import BroughtForward, Snapshot

EARLIEST = date(1, 1, 1)
TABULATED = ("licence", "public_service", "other_nine")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it covers, which measure, its value and unit. `department` None means all."""

    scope: str
    group: str
    department: UUID | None
    measure: str
    value: Decimal | int | None
    first_day: date
    last_day: date

    @property
    def unit(self) -> str:
        """The unit beside the number."""
        return BY_CODE[self.measure].unit

    def as_json(self) -> dict[str, Any]:
        """Canonical: decimals as text, so that a snapshot never rounds."""
        return {
            "scope": self.scope,
            "group": self.group,
            "department": self.department,
            "measure": self.measure,
            "value": str(self.value) if isinstance(self.value, Decimal) else self.value,
            "first_day": self.first_day,
            "last_day": self.last_day,
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Figure":
        """The figure that `as_json` described."""
        value = given["value"]
        return cls(
            given["scope"],
            given["group"],
            UUID(given["department"]) if given["department"] else None,
            given["measure"],
            Decimal(value) if isinstance(value, str) else value,
            date.fromisoformat(given["first_day"]),
            date.fromisoformat(given["last_day"]),
        )


Key = tuple[str, UUID | None]


@dataclass(frozen=True, slots=True)
class Cells:
    """The counts and used days of a period by (group, department)."""

    counts: dict[tuple[str, UUID], list[rules.Cell]]
    days: dict[tuple[str, UUID], list[rules.Used]]

    def values(
        self, group: str | None = None, department: UUID | None = None
    ) -> dict[str, Decimal | int | None]:
        """Every measure over the cells of a group and a department (None: all)."""
        keys = {
            key
            for key in (*self.counts, *self.days)
            if group in (None, key[0]) and department in (None, key[1])
        }
        counts = [cell for key in keys for cell in self.counts.get(key, [])]
        return rules.values(counts, [used for key in keys for used in self.days.get(key, [])])

    def counted(self) -> "Cells":
        """The cells of the three groups only: local extensions of the item types are in no total."""
        return Cells(
            {key: value for key, value in self.counts.items() if key[0] in GROUPS},
            {key: value for key, value in self.days.items() if key[0] in GROUPS},
        )

    def departments(self) -> set[UUID]:
        """Departments that have a figure in the period."""
        return {key[1] for key in self.counts}


def cells(
    *, first_day: date, last_day: date, department: UUID | None = None, sealed_only: bool = False
) -> Cells:
    """Read a period; two statements, whatever the number of cases. `sealed_only` leaves out what is not drained yet."""
    parameters = {
        "first": first_day,
        "last": last_day,
        "department": department,
        "sealed_only": sealed_only,
    }
    counts: dict[tuple[str, UUID], list[rules.Cell]] = defaultdict(list)
    days: dict[tuple[str, UUID], list[rules.Used]] = defaultdict(list)
    for group, body, kind, promptness, number in sql.rows(sql.statement(__file__, "cells"), parameters):
        counts[group, body].append(rules.Cell(kind, promptness, number))
    for group, body, used, limit, number in sql.rows(sql.statement(__file__, "days"), parameters):
        days[group, body].append(rules.Used(used, limit, number))
    return Cells(dict(counts), dict(days))


@dataclass(frozen=True, slots=True)
class Carried:
    """A figure of the year with its origin: what was brought forward up to which day, and what was counted since."""

    group: str
    measure: str
    brought: int
    covered: date | None
    counted: int
    sources: tuple[rules.Entry, ...]

    @property
    def total(self) -> int:
        """The figure that is published."""
        return self.brought + self.counted


def year_to_date_with_source(as_of: date, *, sealed_only: bool = False) -> list[Carried]:
    """Accepted and concluded of the year up to a day by group, continuing the totals brought forward."""
    entries: dict[tuple[str, str], list[rules.Entry]] = defaultdict(list)
    valid = BroughtForward.objects.filter(cancelled_at__isnull=True, as_of__year=as_of.year)
    for row in valid.values_list("item_group", "measure", "as_of", "is_total", "value", "source"):
        entries[row[0], row[1]].append(rules.Entry(*row[2:]))
    found = []
    read: dict[date, Cells] = {}
    for group in TABULATED:
        for measure in BROUGHT_FORWARD:
            brought, covered = rules.carried(entries[group, measure], as_of)
            first = date(as_of.year, 1, 1) if covered is None else covered + timedelta(days=1)
            if first not in read:
                read[first] = cells(first_day=first, last_day=as_of, sealed_only=sealed_only)
            counted = read[first].values(group)[measure]
            assert isinstance(counted, int)
            sources = tuple(rules.valid_entries(entries[group, measure], as_of))
            found.append(Carried(group, measure, brought, covered, counted, sources))
    return found


def year_to_date(as_of: date, *, sealed_only: bool = False) -> dict[tuple[str, str], int]:
    """The published figures of the year by (group, measure)."""
    found = year_to_date_with_source(as_of, sealed_only=sealed_only)
    return {(row.group, row.measure): row.total for row in found}


def sources(as_of: date) -> list[str]:
    """Where the totals brought forward into the year of a day were published, each source once."""
    valid = BroughtForward.objects.filter(cancelled_at__isnull=True, as_of__year=as_of.year, as_of__lte=as_of)
    return list(dict.fromkeys(valid.order_by("as_of", "source").values_list("source", flat=True)))


def report_figures(*, first_day: date, last_day: date, sealed_only: bool = False) -> list[Figure]:
    """The whole figure set of a report: the period and the year to date, by group, and by department for the period.

    `sealed_only` leaves out what is not drained yet: the figures as of the newest seal.
    """
    if last_day < first_day:
        raise Invalid("统计期的结束日早于开始日。", fields={"last_day": "应不早于开始日"})
    period = cells(first_day=first_day, last_day=last_day, sealed_only=sealed_only)
    found = _block(Scope.WEEK, period, first_day, last_day)
    for department in sorted(period.departments(), key=str):
        found += _block(Scope.WEEK, period, first_day, last_day, department)
    start = date(last_day.year, 1, 1)
    year = cells(first_day=start, last_day=last_day, sealed_only=sealed_only)
    carried = year_to_date(last_day, sealed_only=sealed_only)
    for figure in _block(Scope.YEAR_TO_DATE, year, start, last_day):
        total = carried.get((figure.group, figure.measure))
        value = figure.value if total is None else total
        found.append(Figure(figure.scope, figure.group, None, figure.measure, value, start, last_day))
    return found


def _block(
    scope: Scope, read: Cells, first: date, last: date, department: UUID | None = None
) -> list[Figure]:
    return [
        Figure(scope, group, department, measure.code, value, first, last)
        for group in TABULATED
        for values in [read.values(group, department)]
        for measure in MEASURES
        for value in [values[measure.code]]
        if department is None or value
    ]


def day_figures(as_of: date) -> list[tuple[str, str, int]]:
    """What happened on one day: (group, measure, count)."""
    read = cells(first_day=as_of, last_day=as_of)
    counted = [measure.code for measure in MEASURES if measure.form == Form.COUNT]
    return [
        (group, code, int(values[code] or 0))
        for group in TABULATED
        for values in [read.values(group)]
        for code in counted
    ]


def trend(*, first_day: date, last_day: date, department: UUID | None = None) -> list[tuple[date, str, int]]:
    """Accepted, concluded and received by day: (day, measure, count); days without any are absent."""
    parameters = {"first": first_day, "last": last_day, "department": department}
    names = {"case.filed": "received", "case.accepted": "accepted", "case.decided": "concluded"}
    return [
        (day, names[kind], count)
        for day, kind, count in sql.rows(sql.statement(__file__, "trend"), parameters)
    ]


@dataclass(frozen=True, slots=True)
class CountedCase:
    """A case behind a figure, with the day on which it counts."""

    id: UUID
    number: str
    item_name: str
    department_id: UUID
    day: date
    outcome: str | None
    promptness: str | None
    days_used: int | None


def counted_cases(
    measure: str, *, by: Actor, first_day: date, last_day: date, group: str = "", department: UUID | None = None,
    after: str = "", size: int = paging.PAGE,
) -> Page[CountedCase]:  # fmt: skip
    """The cases behind a counted figure, by the facts that were counted; only those that the actor may see.

    Raises Invalid for a measure that counts nothing or an unknown group.
    """
    found = BY_CODE.get(measure)
    if found is None or (group and group not in GROUPS):
        raise Invalid("没有这个统计项。", how="请从统计表中点击数字进入。")
    counted = BY_CODE[found.of] if found.form == Form.SHARE else found
    kinds = list(counted.kinds) or ["case.decided"]
    cursor = paging.decode(after, parts=2)
    rows = sql.rows(
        "select c.id, c.number, c.item_name, c.department_id, f.day, "
        "case when f.kind = 'case.decided' then c.outcome end, case when f.kind = 'case.decided' then c.promptness end, "
        "case when f.kind = 'case.decided' then c.days_used end from journal_fact f join cases_case c on c.id = f.subject_id "
        "where f.day between %(first)s and %(last)s and f.kind = any(%(kinds)s) "
        "and (%(everywhere)s or c.department_id = %(mine)s::uuid) "
        "and (%(department)s::uuid is null or c.department_id = %(department)s) "
        "and (%(promptness)s::text[] is null or c.promptness = any(%(promptness)s)) "
        "and c.item_type = any(%(types)s) "
        "and (%(day)s::date is null or (f.day, c.id) > (%(day)s::date, %(last_id)s::uuid)) "
        "order by f.day, c.id limit %(limit)s",
        _scope(by)
        | {
            "first": first_day,
            "last": last_day,
            "kinds": kinds,
            "department": department,
            "promptness": list(counted.promptness) or None,
            "types": TYPES_OF[group] if group else [code for codes in TYPES_OF.values() for code in codes],
            "day": cursor[0] if cursor else None,
            "last_id": cursor[1] if cursor else None,
            "limit": size + 1,
        },
    )
    return paging.cut(
        [CountedCase(*row) for row in rows], size=size, key=lambda r: (str(r.day), str(r.id)), after=after
    )


TYPES_OF = {
    "licence": ["01"],
    "public_service": ["20"],
    "other_nine": [f"{n:02d}" for n in range(2, 11)],
}


def _scope(by: Actor) -> dict[str, Any]:
    """Whose cases may be listed: all, or those of the own department; nobody else sees any."""
    everywhere = by.kind == "system" or (by.kind == "staff" and by.everywhere)
    return {"everywhere": everywhere, "mine": by.department_id if by.kind == "staff" else None}


def brought_forward() -> list[BroughtForward]:
    """Entries, newest first, cancelled ones included."""
    return list(BroughtForward.objects.order_by("-as_of", "item_group", "measure", "-is_total"))


def snapshot(snapshot_id: UUID) -> Snapshot | None:
    """One snapshot."""
    return Snapshot.objects.filter(pk=snapshot_id).first()
