"""Reads of delegation: the register, one row, and where else the public may apply."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from yichuang.catalogue.models import Delegation, Item
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.paging import PAGE, Page, cut, decode, id_part
from yichuang.kernel.scope import within

STANDINGS = (("in_force", "有效"), ("not_yet", "未生效"), ("ended", "已结束"))


@dataclass(frozen=True, slots=True)
class DelegationFilter:
    """What the register of delegations is narrowed to."""

    text: str = ""
    standing: str = ""


def delegations(
    filters: DelegationFilter, *, day: date, by: Actor, after: str = "", size: int = PAGE
) -> Page[Delegation]:
    """Delegations, the newest first; staff of a department see their own. One statement."""
    found = _filtered(filters, day, by)
    key = decode(after, parts=1)
    if key:
        found = found.filter(pk__lt=id_part(key[0]))
    return cut(list(found[: size + 1]), size=size, key=lambda row: (str(row.pk),), after=after)


def delegation_export(filters: DelegationFilter, *, day: date, by: Actor) -> QuerySet[Delegation]:
    """Every delegation of a filter."""
    return _filtered(filters, day, by)


def delegation(delegation_id: UUID, *, by: Actor) -> Delegation:
    """One delegation. Raises Missing also for another department's."""
    by.require(Capability.CATALOGUE_READ)
    found = (
        Delegation.objects.select_related("item", "department", "region")
        .defer("item__search")
        .filter(pk=delegation_id)
        .first()
    )
    if found is None or not by.reaches(found.department_id):
        raise Missing
    return found


def delegations_of(item: Item) -> list[Delegation]:
    """Every delegation of an item, the newest first: its history."""
    return list(Delegation.objects.filter(item=item).order_by("-id"))


def delegations_in_force(item: Item, day: date) -> list[Delegation]:
    """Where else one may apply on a day; read by the public's guide page. One statement."""
    return list(
        Delegation.objects.filter(item=item, from_day__lte=day)
        .filter(Q(until_day__isnull=True) | Q(until_day__gte=day))
        .order_by("level", "receiver", "id")
    )


def _filtered(filters: DelegationFilter, day: date, by: Actor) -> QuerySet[Delegation]:
    by.require(Capability.CATALOGUE_READ)
    found = Delegation.objects.select_related("item", "department").defer("item__search").order_by("-id")
    found = found.filter(within(by))
    if filters.text.strip():
        text = filters.text.strip()
        found = found.filter(
            Q(item__name__icontains=text) | Q(receiver__icontains=text) | Q(document_number__icontains=text)
        )
    if filters.standing == "in_force":
        found = found.filter(from_day__lte=day).filter(Q(until_day__isnull=True) | Q(until_day__gte=day))
    elif filters.standing == "not_yet":
        found = found.filter(from_day__gt=day)
    elif filters.standing == "ended":
        found = found.filter(until_day__lt=day)
    return found
