"""已报受理未报办结: what departments' own systems began and never said the end of, apart from the cases on hand."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from yichuang.kernel.together import abreast
from yichuang.statistics.flow import GROUPS
from yichuang.statistics.queries.cells import REPORTED, Cells, counts_alone

BEGINNING = date(2000, 1, 1)
"""Nothing is reported of a day before; the months up to a day are few rows however many cases they hold."""
ENDED = ("decided", "withdrawn", "terminated")


@dataclass(frozen=True, slots=True)
class ReportedFlow:
    """Reported cases of a group and a department (None: of all) over a period: what stood open, what came and went."""

    group: str
    department: UUID | None
    opening: int
    accepted: int
    decided: int
    withdrawn: int
    terminated: int

    @property
    def closing(self) -> int:
        """What stands open at the end."""
        return self.opening + self.accepted - self.decided - self.withdrawn - self.terminated


def _counts(read: Cells, group: str, department: UUID | None) -> dict[str, int]:
    found = dict.fromkeys(("accepted", *ENDED), 0)
    for (of, body), listed in read.counts.items():
        if of == group and department in (None, body):
            for cell in listed:
                source, _, verb = cell.kind.partition(".")
                if source == REPORTED and verb in found:
                    found[verb] += cell.count
    return found


def _open(read: Cells, group: str, department: UUID | None) -> int:
    counts = _counts(read, group, department)
    return counts["accepted"] - sum(counts[verb] for verb in ENDED)


def reported_open(
    as_of: date, *, department: UUID | None = None, sealed_only: bool = False
) -> dict[str, int]:
    """Reported cases that were accepted up to a day and never ended, by group."""
    read = counts_alone(
        first_day=BEGINNING,
        last_day=as_of,
        department=department,
        sealed_only=sealed_only,
        by_department=False,
    )
    return {group: _open(read, group, None) for group in GROUPS}


def reported_counts(first_day: date, last_day: date, *, by_department: bool) -> Cells:
    """What happened in a period, counts alone."""
    return counts_alone(first_day=first_day, last_day=last_day, by_department=by_department)


def reported_flows(first_day: date, last_day: date, *, by_department: bool = True) -> list[ReportedFlow]:
    """One row a group over all departments, then one a group and department that had any reported case."""
    before, during = abreast(
        lambda: reported_counts(BEGINNING, first_day - timedelta(days=1), by_department=by_department),
        lambda: reported_counts(first_day, last_day, by_department=by_department),
    )
    found = {body for _, body in (*before.counts, *during.counts)} if by_department else set()
    bodies = sorted(found, key=str)
    rows = [
        ReportedFlow(group, body, _open(before, group, body), **_counts(during, group, body))
        for body in (None, *bodies)
        for group in GROUPS
    ]
    return [row for row in rows if row.department is None or any((row.opening, row.accepted, row.closing))]
