"""Reads of acceptance manuals: one, the list, and how many items they cover."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from yichuang.catalogue.flow import MANUAL_TRANSITIONS, ManualState, ManualTransition
from yichuang.catalogue.models import Item, Manual
from yichuang.catalogue.rules.coverage import Coverage, coverage
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.paging import PAGE, Page, cut, decode


@dataclass(frozen=True, slots=True)
class DepartmentCoverage:
    """How many items of a department have a manual in force."""

    department_id: UUID
    department: str
    coverage: Coverage


def manual_coverage() -> tuple[Coverage, list[DepartmentCoverage]]:
    """The share of handling items with a manual in force: of all, and by department. One statement."""
    found = (
        Item.objects.filter(is_active=True)
        .values_list("department_id", "department__short_name")
        .annotate(total=Count("pk"), covered=Count("pk", filter=Q(manual__state=ManualState.PUBLISHED)))
        .order_by("-covered", "-total", "department_id")
    )
    rows = [DepartmentCoverage(row[0], row[1], coverage(row[3], row[2])) for row in found]
    whole = coverage(sum(row.coverage.covered for row in rows), sum(row.coverage.total for row in rows))
    return whole, rows


def manuals(
    *, by: Actor, department: UUID | None = None, state: str = "", after: str = "", size: int = PAGE
) -> Page[Manual]:
    """Manuals by item code, a page at a time. One statement."""
    by.require(Capability.CATALOGUE_READ)
    found = Manual.objects.select_related("item__department").defer("item__search").order_by("item__code")
    if department is not None:
        found = found.filter(item__department_id=department)
    if state:
        found = found.filter(state=state)
    key = decode(after, parts=1)
    if key:
        found = found.filter(item__code__gt=key[0])
    return cut(list(found[: size + 1]), size=size, key=lambda manual: (manual.item.code,), after=after)


def manual_of(item: Item, *, by: Actor) -> Manual | None:
    """The manual of an item; of one not in force only staff of the catalogue know."""
    found = Manual.objects.filter(item=item).first()
    public = found is not None and found.state == ManualState.PUBLISHED
    return found if public or by.can(Capability.CATALOGUE_READ) else None


def manual_moves(state: ManualState, *, by: Actor) -> list[ManualTransition]:
    """The moves that the table allows out of a state and that the actor may make."""
    return [row for row in MANUAL_TRANSITIONS if row.source == state and by.can(row.capability)]
