"""Exports that somebody asked for, and those that the worker must see to."""

from datetime import datetime, timedelta
from uuid import UUID

from yichuang.directory.flow import Capability
from yichuang.exports.flow import OPEN, State
from yichuang.exports.models import Export
from yichuang.kernel import paging
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing, Refused

# A job gives a sign every second or two; one that was silent for so long was killed.
SILENT = timedelta(seconds=30)


def account_of(by: Actor) -> UUID:
    """Whose exports these are. Raises Refused for whoever has no account, such as the platform itself."""
    by.require(Capability.LIST_EXPORT)
    if by.id is None:
        raise Refused("只有工作人员可以导出清单。")
    return by.id


def mine(*, by: Actor, after: str = "", size: int = paging.PAGE) -> paging.Page[Export]:
    """The actor's own exports, the newest first. One statement."""
    cursor = paging.decode(after, parts=1)
    found = Export.objects.filter(account_id=account_of(by)).order_by("-id")
    if cursor:
        found = found.filter(id__lt=paging.id_part(cursor[0]))
    return paging.cut(list(found[: size + 1]), size=size, key=lambda row: (str(row.pk),), after=after)


def own(export_id: UUID, *, by: Actor) -> Export:
    """One of the actor's own exports. Raises Missing: another's is not there."""
    found = Export.objects.filter(pk=export_id, account_id=account_of(by)).first()
    if found is None:
        raise Missing
    return found


def waiting(*, at: datetime) -> list[UUID]:
    """Exports that nobody works on: new ones, and those whose worker has gone. The oldest first."""
    silent = Export.objects.filter(state=State.RUNNING, touched_at__lt=at - SILENT)
    found = Export.objects.filter(state=State.WAITING) | silent
    return list(found.order_by("id").values_list("pk", flat=True)[:100])


def open_count(*, by: Actor) -> int:
    """How many of the actor's exports wait or run."""
    return Export.objects.filter(account_id=account_of(by), state__in=OPEN).count()


def expired(*, at: datetime) -> list[Export]:
    """Finished exports whose days are over."""
    return list(Export.objects.filter(state=State.DONE, expires_at__lte=at).order_by("expires_at")[:500])
