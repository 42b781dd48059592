"""Batches as they are read: their counts, and the lines that were not simply taken."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yichuang.directory.flow import Capability
from yichuang.exchange.flow import Reason
from yichuang.exchange.models import Batch, Line, System
from yichuang.kernel import paging
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing, Refused
from yichuang.kernel.scope import scope

LINES_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A line of a batch that was refused or put into quarantine, in words."""

    place: int
    verdict: str
    source_number: str
    reasons: tuple[str, ...]
    raw: str


def reach(by: Actor) -> dict[str, object]:
    """What limits systems to those of which the actor may read: of the departments reached, or the own one."""
    if not any(by.can(one) for one in (Capability.EXCHANGE_MANAGE, Capability.EXCHANGE_RESOLVE)):
        raise Refused("您没有查看报送情况的权限。", how="如工作需要，请联系管理员。")
    return scope(by)


def systems_within(by: Actor) -> list[System]:
    """The systems of which the actor may read, by name. Raises Refused."""
    reached = reach(by)["scope"]
    found = System.objects.order_by("name", "id")
    return list(found if reached is None else found.filter(departments__overlap=reached))


def batch_for(batch_id: UUID, *, by: Actor) -> Batch:
    """A batch of a system within reach. Raises Missing, Refused."""
    found = Batch.objects.select_related("system").filter(pk=batch_id).first()
    if found is None or not any(one.pk == found.system_id for one in systems_within(by)):
        raise Missing
    return found


def own_batch(batch_id: UUID, system: System) -> Batch | None:
    """A batch of a system itself."""
    return Batch.objects.filter(pk=batch_id, system=system).first()


def batch_lines(batch: Batch, *, after: str = "", size: int = LINES_A_PAGE) -> paging.Page[ToldLine]:
    """A page of the lines of a batch (of one that the actor may read) that were not simply taken, by their place."""
    cursor = paging.decode(after, parts=1)
    found = Line.objects.filter(batch_id=batch.pk).order_by("place")
    if cursor is not None:
        if not (cursor[0].isascii() and cursor[0].isdigit() and len(cursor[0]) < 9):
            paging.id_part("")
        found = found.filter(place__gt=int(cursor[0]))
    rows = [_told(one) for one in found[: size + 1]]
    return paging.cut(rows, size=size, key=lambda row: (str(row.place),), after=after)


def _told(line: Line) -> ToldLine:
    refused = line.quarantine_id is None and not line.source_number
    words = tuple(line.reasons) if refused else reason_words(line.reasons)
    return ToldLine(line.place, "refused" if refused else "quarantined", line.source_number, words, line.raw)


def reason_words(reasons: list[str]) -> tuple[str, ...]:
    """Reasons in Chinese."""
    return tuple(Reason(one).label for one in reasons)


def batches_page(
    *, by: Actor, system_id: UUID | None = None, after: str = "", size: int = paging.PAGE
) -> paging.Page[Batch]:
    """Batches of the systems within reach, the newest first. Raises Refused."""
    cursor = paging.decode(after, parts=1)
    found = Batch.objects.select_related("system").filter(system__in=[one.pk for one in systems_within(by)])
    if system_id is not None:
        found = found.filter(system_id=system_id)
    if cursor is not None:
        found = found.filter(pk__lt=paging.id_part(cursor[0]))
    return paging.cut(
        list(found.order_by("-pk")[: size + 1]), size=size, key=lambda row: (str(row.pk),), after=after
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How a system stands: its latest batch, what it has sent in all, what is in doubt, what is still open."""

    system: System
    latest: datetime | None
    taken: int
    doubtful: int
    open: int
