"""The cells of a period: what the daily tables hold and what is not drained yet, in the same statement."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from yichuang.kernel import sql
from yichuang.statistics import rules
from yichuang.statistics.flow import GROUPS


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


def trend(
    *, first_day: date, last_day: date, department: UUID | None = None, sealed_only: bool = False
) -> list[tuple[date, str, int]]:
    """Accepted, concluded and received by day: (day, measure, count); days without any are absent."""
    parameters = {
        "first": first_day,
        "last": last_day,
        "department": department,
        "sealed_only": sealed_only,
    }
    names = {"case.filed": "received", "case.accepted": "accepted", "case.decided": "concluded"}
    return [
        (day, names[kind], count)
        for day, kind, count in sql.rows(sql.statement(__file__, "trend"), parameters)
    ]
