"""The quarantine as it is read: the list, a doubt with what else is known of its case."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from yichuang.directory.flow import Capability
from yichuang.exchange.flow import UNDONE, Doubt, Reason
from yichuang.exchange.models import Case, Quarantine
from yichuang.exchange.queries.batches import systems_within
from yichuang.exchange.queries.cases import CaseView, viewed
from yichuang.kernel import paging
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.scope import within


@dataclass(frozen=True, slots=True)
class WantedDoubts:
    """What narrows the list; empty: everything that is not done."""

    system_id: UUID | None = None
    state: str = ""
    reason: str = ""
    number: str = ""


def _visible(by: Actor) -> Q:
    """Doubts of departments reached; of unknown departments by whoever reaches a department of the system."""
    by.require(Capability.EXCHANGE_RESOLVE)
    if by.scope_departments is None:
        return Q()
    return within(by) | Q(department_id__isnull=True, system__in=[one.pk for one in systems_within(by)])


def doubts_page(
    *, by: Actor, wanted: WantedDoubts, after: str = "", size: int = paging.PAGE
) -> paging.Page[Quarantine]:
    """A page of the quarantine, the newest first. Raises Refused."""
    cursor = paging.decode(after, parts=1)
    found = Quarantine.objects.select_related("system").filter(_visible(by))
    states = [wanted.state] if wanted.state in set(Doubt) else [one.value for one in UNDONE]
    found = found.filter(state__in=states)
    if wanted.system_id is not None:
        found = found.filter(system_id=wanted.system_id)
    if wanted.reason in set(Reason):
        found = found.filter(reasons__contains=[wanted.reason])
    if wanted.number:
        found = found.filter(source_number=wanted.number)
    if cursor is not None:
        found = found.filter(pk__lt=paging.id_part(cursor[0]))
    rows = list(found.order_by("-pk")[: size + 1])
    return paging.cut(rows, size=size, key=lambda row: (str(row.pk),), after=after)


@dataclass(frozen=True, slots=True)
class DoubtPage:
    """A doubt, and its case where there is one."""

    doubt: Quarantine
    case: CaseView | None


def doubt_for(doubt_id: UUID, *, by: Actor) -> DoubtPage:
    """A doubt that the actor may resolve. Raises Refused, Missing."""
    found = Quarantine.objects.select_related("system").filter(_visible(by), pk=doubt_id).first()
    if found is None:
        raise Missing
    row = Case.objects.filter(pk=found.case_id).first() if found.case_id else None
    return DoubtPage(found, viewed(row, limits=found.system.reports_limits) if row else None)
