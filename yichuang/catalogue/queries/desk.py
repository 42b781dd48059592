"""Reads of the catalogue's desk: items with their flags, revisions, imports."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from yichuang.catalogue.flow import VersionState
from yichuang.catalogue.models import GuideVersion, ImportRun, Item, ItemRevision
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.kernel import bigrams
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.paging import PAGE, Page, cut, decode


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """What a list of the desk is narrowed to; none or empty = everything."""

    text: str = ""
    department: UUID | None = None
    flagged: bool | None = None
    has_guide: bool | None = None
    in_work: bool = False
    in_review: bool = False


def desk_items(filters: DeskFilter, *, by: Actor, after: str = "", size: int = PAGE) -> Page[Item]:
    """Items for staff by code, a page at a time. One statement. Raises Refused, and Invalid for a bad cursor."""
    found = _filtered(filters, by)
    key = decode(after, parts=1)
    if key:
        found = found.filter(code__gt=key[0])
    return cut(list(found[: size + 1]), size=size, key=lambda item: (item.code,), after=after)


def desk_count(filters: DeskFilter, *, by: Actor) -> int:
    """How many items a filter holds."""
    return _filtered(filters, by).count()


def desk_export(filters: DeskFilter, *, by: Actor) -> Iterator[Item]:
    """Every item of a filter by code, read in portions."""
    return _filtered(filters, by).iterator(chunk_size=500)


def flagged_items(*, by: Actor, after: str = "", department: UUID | None = None) -> Page[Item]:
    """Items of which an imported list said something doubtful, with the reasons in `flags`."""
    return desk_items(DeskFilter(flagged=True, department=department), by=by, after=after)


def desk_item(item_id: UUID, *, by: Actor) -> Item:
    """One item with department, region and current version. Raises Missing, Refused."""
    by.require(Capability.CATALOGUE_READ)
    found = (
        Item.objects.select_related("department", "region", "current")
        .defer("search")
        .filter(pk=item_id)
        .first()
    )
    if found is None:
        raise Missing
    return found


def item_addresses(codes: Iterable[str]) -> dict[str, UUID]:
    """Ids of items by code, of those codes that there are."""
    return dict(Item.objects.filter(code__in=list(codes)).values_list("code", "id"))


def revisions(item: Item) -> list[ItemRevision]:
    """What imports changed in an item, the newest first."""
    return list(ItemRevision.objects.filter(item=item).order_by("-number"))


def departments_with_items() -> list[tuple[UUID, str, int]]:
    """(id, short name, items) of every department that has items; the province's and larger ones first."""
    found = Department.objects.annotate(size=Count("items", filter=Q(items__is_active=True))).filter(
        size__gt=0
    )
    listed = found.order_by("region_id", "-size", "code").values_list("id", "short_name", "size")
    return [(row[0], row[1], row[2]) for row in listed]


def item_types() -> list[str]:
    """The two-digit types that items have, the official ones first."""
    return list(
        Item.objects.filter(is_active=True)
        .order_by("item_type")
        .values_list("item_type", flat=True)
        .distinct()
    )


def import_runs(*, by: Actor, limit: int = 50) -> list[ImportRun]:
    """The latest imports, without their flagged rows."""
    by.require(Capability.CATALOGUE_READ)
    return list(ImportRun.objects.defer("flagged_rows").order_by("-id")[:limit])


def import_run(run_id: UUID, *, by: Actor) -> ImportRun:
    """One import with its flagged rows. Raises Missing."""
    by.require(Capability.CATALOGUE_READ)
    found = ImportRun.objects.filter(pk=run_id).first()
    if found is None:
        raise Missing
    return found


def _filtered(filters: DeskFilter, by: Actor) -> QuerySet[Item]:
    by.require(Capability.CATALOGUE_READ)
    work = GuideVersion.objects.filter(
        item=OuterRef("pk"), state__in=[VersionState.DRAFT, VersionState.IN_REVIEW]
    )
    found = Item.objects.select_related("department", "region", "current").defer(
        "search", "current__elements"
    )
    found = found.annotate(in_work=Exists(work)).order_by("code")
    if filters.text.strip():
        words = bigrams.query(filters.text)
        found = (
            found.extra(where=["catalogue_item.search @@ %s::tsquery"], params=[words])
            if words
            else found.none()
        )
    if filters.department is not None:
        found = found.filter(department_id=filters.department)
    if filters.flagged is not None:
        found = found.exclude(flags=[]) if filters.flagged else found.filter(flags=[])
    if filters.has_guide is not None:
        found = found.filter(current__isnull=not filters.has_guide)
    if filters.in_review:
        found = found.filter(Exists(work.filter(state=VersionState.IN_REVIEW)))
    return found.filter(Exists(work)) if filters.in_work else found
