"""The cells of a period: what the coarse grain holds and what is not drained yet, in the same statement."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from yichuang.kernel import sql
from yichuang.kernel.together import abreast
from yichuang.statistics import rules
from yichuang.statistics.flow import GROUPS

CASE, REPORTED = "case", "reported"
TOGETHER = "all-"
# What the statement selects after group, department and source: kind of fact (without its source) and promptness.
SLOT_CELLS = (
    ("filed", ""), ("accepted", ""), ("delivered", ""), ("refused", ""), ("withdrawn", ""), ("terminated", ""),
    ("decided", "instant"), ("decided", "early"), ("decided", "on_time"), ("decided", "late"), ("decided", ""),
)  # fmt: skip
FRAGMENTS = (
    # Before what stands in it.
    "queue",
    "slots",
    "countable",
    "counted_kinds",
    "packed",
    "merged",
    "added",
    "each_count",
    "reported_of_cells",
)
Key = tuple[str, UUID]


@cache
def text(name: str) -> str:
    """A statement of this room with the fragments that several of them share."""
    return sql.statement(__file__, name, tuple((one, sql.statement(__file__, one)) for one in FRAGMENTS))


@dataclass(frozen=True, slots=True)
class Cells:
    """The counts and used days of a period by (group, department).

    `days_of_group` holds the used days by group where they were not asked for by department.
    """

    counts: dict[Key, list[rules.Cell]]
    days: dict[Key, list[rules.Days]]
    days_of_group: dict[str, list[rules.Days]] = field(default_factory=dict)

    def values(
        self, group: str | None = None, department: UUID | None = None
    ) -> dict[str, Decimal | int | None]:
        """Every measure over the cells of a group and a department (None: all)."""
        if group is not None and department is not None:
            key = (group, department)
            return rules.values(self.counts.get(key, ()), self.days.get(key, ()))
        counts = [
            cell
            for key, cells in self.counts.items()
            if group in (None, key[0]) and department in (None, key[1])
            for cell in cells
        ]
        days = [
            used
            for key, found in self.days.items()
            if group in (None, key[0]) and department in (None, key[1])
            for used in found
        ]
        if department is None:
            days += [
                used for of, found in self.days_of_group.items() if group in (None, of) for used in found
            ]
        return rules.values(counts, days)

    def counted(self) -> "Cells":
        """The cells of the three groups only: local extensions of the item types are in no total."""
        return Cells(
            {key: value for key, value in self.counts.items() if key[0] in GROUPS},
            {key: value for key, value in self.days.items() if key[0] in GROUPS},
            {group: value for group, value in self.days_of_group.items() if group in GROUPS},
        )

    def handled(self) -> "Cells":
        """The counts of the cases that the platform itself handles: none that a department's own system reported."""
        return Cells(
            {
                key: kept
                for key, value in self.counts.items()
                if (kept := [cell for cell in value if cell.kind.startswith(CASE)])
            },
            {},
        )

    def has(self, group: str, department: UUID) -> bool:
        """Whether a department had anything of a group."""
        return (group, department) in self.counts or (group, department) in self.days

    def departments(self) -> set[UUID]:
        """Departments that have a figure in the period."""
        return {key[1] for key in self.counts}


def parameters(
    first_day: date, last_day: date, *, sealed_only: bool, together: bool = False
) -> dict[str, Any]:
    """A period as the statements take it: the stretches of months and days that make it up, and its ends.

    `together`: of all departments in one, where nobody asks by department.
    """
    found = rules.spans(first_day, last_day)
    return {
        "spans": [f"{TOGETHER}{span}" if together else span for span, _, _ in found],
        "firsts": [first for _, first, _ in found],
        "lasts": [last for _, _, last in found],
        "first": first_day,
        "last": last_day,
        "sealed_only": sealed_only,
    }


def cells(
    *,
    first_day: date,
    last_day: date,
    department: UUID | None = None,
    sealed_only: bool = False,
    by_department: bool = True,
) -> Cells:
    """Read a period; two statements, whatever the number of cases, and one turn where reads are gathered. `sealed_only` leaves out what is not drained yet.

    Without `by_department` they come by group alone, which is all that a total over a year needs, at a hundredth of the rows.
    """
    together = department is None and not by_department
    asked = parameters(first_day, last_day, sealed_only=sealed_only, together=together)
    asked |= {"department": department, "by_department": by_department}
    counts, used = abreast(lambda: _counts(asked), lambda: sql.rows(text("days"), asked))
    days: dict[Key, list[rules.Days]] = defaultdict(list)
    of_group: dict[str, list[rules.Days]] = defaultdict(list)
    for group, body, first, numbers, limited, limits in used:
        found = rules.spreads(first, numbers, limited, limits)
        if found:
            (of_group[group] if body is None else days[group, body]).extend(found)
    return Cells(counts, dict(days), dict(of_group))


def counts_alone(
    *,
    first_day: date,
    last_day: date,
    department: UUID | None = None,
    sealed_only: bool = False,
    by_department: bool = True,
) -> Cells:
    """The counts of a period without the days used; one statement."""
    together = department is None and not by_department
    asked = parameters(first_day, last_day, sealed_only=sealed_only, together=together)
    return Cells(_counts(asked | {"department": department}), {})


def _counts(asked: dict[str, Any]) -> dict[Key, list[rules.Cell]]:
    counts: dict[Key, list[rules.Cell]] = defaultdict(list)
    for group, body, source, *slots in sql.rows(text("cells"), asked):
        found = _cells(source, slots)
        if found:
            counts[group, body] += found
    return dict(counts)


def _cells(source: str, slots: Sequence[int]) -> list[rules.Cell]:
    return [
        rules.Cell(f"{source}.{verb}", promptness, number)
        for (verb, promptness), number in zip(SLOT_CELLS, slots, strict=True)
        if number
    ]


def trend(
    *, first_day: date, last_day: date, department: UUID | None = None, sealed_only: bool = False
) -> list[tuple[date, str, int]]:
    """Accepted, concluded and received by day: (day, measure, count); days without any are absent."""
    asked = {
        "first": first_day, "last": last_day, "department": department, "sealed_only": sealed_only,
        "span": "day" if department else f"{TOGETHER}day",
    }  # fmt: skip
    return [
        (day, measure, count)
        for day, *counts in sql.rows(text("trend"), asked)
        for measure, count in zip(("received", "accepted", "concluded"), counts, strict=True)
        if count
    ]
