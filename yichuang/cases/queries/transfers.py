"""Reads of transfers (转隶): the register, one transfer, what would move, what is due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from yichuang.cases.flow import OPEN_STATES
from yichuang.cases.models import Transfer
from yichuang.catalogue.models import Authorisation, Delegation, Item, Manual, ReviewTask
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.paging import PAGE, Page, cut, decode, id_part
from yichuang.kernel.scope import within


@dataclass(frozen=True, slots=True)
class Moving:
    """What a transfer would move now: open cases by state, and what of the catalogue goes along."""

    cases: dict[str, int]
    closed: int
    manuals: int
    guides: int
    authorisations: int
    delegations: int
    reviews: int

    @property
    def open(self) -> int:
        """Open cases in all."""
        return sum(self.cases.values())


def transfers(*, by: Actor, after: str = "", size: int = PAGE) -> Page[Transfer]:
    """The register, the newest first; staff of a department see what comes to them or leaves them. One statement."""
    found = _seen(by)
    key = decode(after, parts=1)
    if key:
        found = found.filter(pk__lt=id_part(key[0]))
    return cut(list(found[: size + 1]), size=size, key=lambda row: (str(row.pk),), after=after)


def transfer_export(*, by: Actor) -> Iterator[Transfer]:
    """The whole register that the actor sees, the newest first. One statement."""
    return _seen(by).iterator()


def _seen(by: Actor) -> QuerySet[Transfer]:
    by.require(Capability.CATALOGUE_READ)
    found = Transfer.objects.order_by("-id")
    if by.scope_departments is None:
        return found
    return found.filter(within(by, "from_department_id") | within(by, "to_department_id"))


def transfer(transfer_id: UUID, *, by: Actor) -> Transfer:
    """One transfer. Raises Missing also for one between other departments."""
    by.require(Capability.CATALOGUE_READ)
    found = Transfer.objects.filter(pk=transfer_id).first()
    if found is None or not (by.reaches(found.from_department_id) or by.reaches(found.to_department_id)):
        raise Missing
    return found


def moving(item: Item) -> Moving:
    """What moves with an item that passes to another department. Six statements."""
    found = sql.rows(
        "select c.state, count(*) from cases_case c where c.item_id = %(item)s and c.department_id = %(department)s "
        "group by c.state",
        {"item": item.pk, "department": item.department_id},
    )
    cases = dict(found)
    opened = {str(state): cases[state] for state in OPEN_STATES if state in cases}
    return Moving(
        opened,
        sum(cases.values()) - sum(opened.values()),
        Manual.objects.filter(item=item).count(),
        int(item.current_id is not None),
        Authorisation.objects.filter(item=item, withdrawn_from__isnull=True).count(),
        Delegation.objects.filter(item=item, ended_at__isnull=True).count(),
        ReviewTask.objects.filter(item=item, state="open").count(),
    )


def transfers_due(day: date) -> list[UUID]:
    """Planned transfers whose day has come, the earliest first."""
    return list(
        Transfer.objects.filter(effective_on__lte=day, executed_at__isnull=True, cancelled_at__isnull=True)
        .order_by("effective_on", "id")
        .values_list("id", flat=True)
    )
