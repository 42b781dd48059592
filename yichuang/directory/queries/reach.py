"""Stand-ins: who stands in for whom, when, and what for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from yichuang.directory.flow import NOT_HANDED_ON, Capability
from yichuang.directory.models import Account, Post, StandIn
from yichuang.kernel import paging
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.paging import Page
from yichuang.kernel.scope import within


@dataclass(frozen=True, slots=True)
class StandInFilter:
    """What narrows the register. `open_on`: the arrangements that run on that day or begin later."""

    text: str = ""
    open_on: date | None = None


def _found(filters: StandInFilter, by: Actor) -> QuerySet[StandIn]:
    by.require(Capability.STAND_IN_ARRANGE)
    found = StandIn.objects.select_related("absent__post__department", "stand_in__post", "arranged_by")
    found = found.filter(within(by, "absent__post__department_id")).order_by("-id")
    if filters.open_on is not None:
        runs = Q(ended_on__isnull=True) | Q(ended_on__gt=filters.open_on)
        found = found.filter(runs, last_day__gte=filters.open_on)
    if filters.text:
        found = found.filter(
            Q(absent__display_name__icontains=filters.text)
            | Q(stand_in__display_name__icontains=filters.text)
        )
    return found


def stand_ins(filters: StandInFilter, *, by: Actor, after: str = "", size: int = 50) -> Page[StandIn]:
    """The arrangements of the departments reached, the newest first. One statement. Raises Refused."""
    found = _found(filters, by)
    cursor = paging.decode(after, parts=1)
    last = parse_uuid(cursor[0]) if cursor else None
    if last is not None:
        found = found.filter(pk__lt=last)
    return paging.cut(list(found[: size + 1]), size=size, key=lambda row: (str(row.pk),), after=after)


def stand_in_export(filters: StandInFilter, *, by: Actor) -> Iterator[StandIn]:
    """Every arrangement of a filter. Whether it may be read is asked here and now, not at the first row."""
    return _found(filters, by).iterator(chunk_size=500)


def stand_in_for(stand_in_id: UUID, *, by: Actor) -> StandIn:
    """One arrangement within reach. Raises Missing: not there and not yours look the same."""
    found = _found(StandInFilter(), by).filter(pk=stand_in_id).first()
    if found is None:
        raise Missing
    return found


def members(by: Actor, *, department_id: UUID | None = None) -> list[Account]:
    """Active staff of the departments reached who can sign in, by department and name. One statement."""
    by.require(Capability.STAND_IN_ARRANGE)
    found = Account.objects.filter(
        within(by, "post__department_id"), is_staff=True, is_active=True, post__is_active=True
    )
    if department_id is not None:
        found = found.filter(post__department_id=department_id)
    return list(
        found.select_related("post__department").order_by("post__department__code", "display_name", "pk")
    )


def may_hand_on(post: Post) -> list[str]:
    """What of a post may be handed on during leave, in the order of the table."""
    return [str(each) for each in Capability if each in post.capabilities and each not in NOT_HANDED_ON]
