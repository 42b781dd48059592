"""Reads of findings, always within the actor's reach: the list, one whole, what waits for whom, pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from yichuang.directory.flow import Capability
from yichuang.halls.flow.findings import (
    FINDING_READERS,
    UNRECTIFIED,
    FindingRow,
    FindingState,
    finding_moves,
)
from yichuang.halls.models import Finding, FindingPhoto
from yichuang.halls.queries.cursors import after_moment
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing, Refused
from yichuang.kernel.paging import PAGE, Page, cut
from yichuang.kernel.scope import within


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """What a list of findings is narrowed to. `overdue` is asked as of `today`."""

    today: date
    state: str = ""
    department: UUID | None = None
    heading: str = ""
    first: date | None = None
    last: date | None = None
    overdue: bool = False
    text: str = ""


def may_read_findings(by: Actor) -> bool:
    """Whether the actor has anything to do with findings."""
    return any(by.can(each) for each in FINDING_READERS)


def visible_findings(by: Actor) -> QuerySet[Finding]:
    """The findings in the actor's reach; before 通知 a finding is the inspectors' and the centre's alone.

    Raises Refused for those who have nothing to do with findings.
    """
    if not may_read_findings(by):
        raise Refused("您的岗位不能查看大厅巡查问题。", how="请联系本部门管理员核对岗位权限。")
    found = Finding.objects.select_related("department", "category", "heading")
    if by.scope_departments is None:
        return found
    found = found.filter(within(by))
    return found if by.can(Capability.HALL_INSPECT) else found.exclude(state=FindingState.FOUND)


def findings(asked: FindingFilter, *, by: Actor) -> QuerySet[Finding]:
    """Findings in reach, newest first, narrowed."""
    found = visible_findings(by)
    if asked.state:
        found = found.filter(state=asked.state)
    if asked.department is not None:
        found = found.filter(department_id=asked.department)
    if asked.heading:
        found = found.filter(heading__code=asked.heading)
    if asked.first:
        found = found.filter(found_on__gte=asked.first)
    if asked.last:
        found = found.filter(found_on__lte=asked.last)
    if asked.overdue:
        found = found.filter(state__in=UNRECTIFIED, due_on__lt=asked.today)
    if asked.text:
        found = found.filter(Q(words__icontains=asked.text) | Q(window__icontains=asked.text))
    return found.order_by("-found_at", "-id")


def findings_page(asked: FindingFilter, *, by: Actor, after: str = "", size: int = PAGE) -> Page[Finding]:
    """Findings a page at a time. One statement."""
    found = findings(asked, by=by)
    cursor = after_moment(after)
    if cursor:
        found = found.filter(Q(found_at__lt=cursor[0]) | Q(found_at=cursor[0], id__lt=cursor[1]))
    rows = list(found[: size + 1])
    return cut(rows, size=size, key=lambda row: (row.found_at.isoformat(), str(row.id)), after=after)


def finding_counts(today: date, *, by: Actor) -> dict[str, int]:
    """How many findings in reach stand in each state, and under "overdue" how many are past their day. One statement."""
    rows = (
        visible_findings(by)
        .order_by()
        .values_list("state")
        .annotate(number=Count("pk"), late=Count("pk", filter=Q(state__in=UNRECTIFIED, due_on__lt=today)))
    )
    made = {"overdue": 0}
    for state, count, late in rows:
        made[state] = count
        made["overdue"] += late
    return made


def finding_for(finding_id: UUID, *, by: Actor) -> Finding:
    """A finding in reach with its words and pictures. Raises Missing. Three statements."""
    found = (
        visible_findings(by).select_related("round__kind").prefetch_related("notes", "photos")
        .filter(pk=finding_id).first()
    )  # fmt: skip
    if found is None:
        raise Missing
    return found


def moves_of(found: Finding, *, by: Actor) -> list[FindingRow]:
    """The steps that the actor may take now."""
    return [
        row
        for row in finding_moves(FindingState(found.state))
        if by.can(row.capability)
        and by.reaches(found.department_id)
        and not (row.four_eyes and by.id == found.rectified_by_id)
    ]


def is_overdue(found: Finding, today: date) -> bool:
    """Whether the department should have rectified by now."""
    return found.state in UNRECTIFIED and found.due_on < today


def photo_for(photo_id: UUID, *, by: Actor) -> FindingPhoto:
    """A picture of a finding in reach. Raises Missing."""
    found = FindingPhoto.objects.filter(pk=photo_id, finding__in=visible_findings(by)).first()
    if found is None:
        raise Missing
    return found


def export_findings(asked: FindingFilter, *, by: Actor) -> Iterator[Finding]:
    """All findings of a list, read piece by piece."""
    return findings(asked, by=by).iterator(chunk_size=500)
