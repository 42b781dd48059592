"""What departments have sent in: for the editor's suggestions, and a department's own list."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from yichuang.kernel.actor import Actor
from yichuang.reports.flow import ContributionState, State
from yichuang.reports.models import Contribution, Report
from yichuang.reports.rules.wording import period_text


@dataclass(frozen=True, slots=True)
class ContributionRow:
    """One contribution as lists show it."""

    id: UUID
    title: str
    body: str
    section: str
    department: str
    author: str
    at: datetime
    happened_on: date | None
    state: ContributionState
    note: str
    report_period: str


def contributions_of(report: Report) -> list[ContributionRow]:
    """Contributions to one report, newest first."""
    return _rows(Contribution.objects.filter(report=report))


def waiting(report: Report) -> list[ContributionRow]:
    """Contributions not yet taken: those sent to this report, and those sent to no report in particular."""
    meant = Q(report=report) | Q(report__isnull=True)
    return _rows(Contribution.objects.filter(meant, state=ContributionState.SENT))


def department_contributions(*, by: Actor, limit: int = 50) -> list[ContributionRow]:
    """The newest contributions of the actor's own department (of all, for those who see every department)."""
    found = Contribution.objects.all()
    if by.kind != "system" and not by.everywhere:
        found = found.filter(department__id=by.department_id) if by.department_id else found.none()
    return _rows(found, limit)


def open_for_contributions() -> list[tuple[str, str]]:
    """(id, period) of the reports that are collecting, the nearest first."""
    found = Report.objects.filter(state=State.COLLECTING).order_by("last_day")
    return [(str(row.id), period_text(row.first_day, row.last_day).strip("（）")) for row in found]


def _rows(found: QuerySet[Contribution], limit: int = 200) -> list[ContributionRow]:
    return [
        ContributionRow(
            id=row.id,
            title=row.title,
            body=row.body,
            section=row.section,
            department=row.department.short_name,
            author=row.author_name,
            at=row.at,
            happened_on=row.happened_on,
            state=ContributionState(row.state),
            note=row.note,
            report_period=period_text(row.report.first_day, row.report.last_day) if row.report else "",
        )
        for row in found.select_related("department", "report").order_by("-at", "-id")[:limit]
    ]
