"""What may be rated: the service behind an address, whether it was rated, and whose turn it is at the counter."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings

from yichuang.cases.flow import State
from yichuang.cases.models import Case
from yichuang.directory.flow import Capability
from yichuang.feedback.flow.ratings import Served
from yichuang.feedback.models import Rating
from yichuang.feedback.rules.ratings import rate_token, read_token
from yichuang.halls.flow.windows import ActKind
from yichuang.halls.models import WindowAct
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing

# A case is rated once it was delivered or has ended.
RATEABLE_STATES = (State.DELIVERED, State.REFUSED, State.TERMINATED)
RATEABLE_ACTS = (ActKind.CONSULTED, ActKind.ISSUED)


@dataclass(frozen=True, slots=True)
class Service:
    """One service that was given: what, by whom, at which window."""

    served: Served
    subject: UUID
    title: str
    item_name: str
    department_id: UUID | None
    window_id: UUID | None
    ready: bool
    day: date


def token_of(served: Served, subject: UUID) -> str:
    """The last part of the address where a service is rated: `/rate/<token>`."""
    return rate_token(settings.FOLLOW_SECRET, served, subject)


def service_by(token: str) -> Service:
    """The service that an address names. Raises Missing for an address that the platform did not make. Two statements."""
    read = read_token(settings.FOLLOW_SECRET, token)
    found = None if read is None else _case(read[1]) if read[0] is Served.CASE else _act(read[1])
    if found is None:
        raise Missing("没有找到要评价的服务。", how="请扫描回执上的二维码，或者从“查办件”进入。")
    return found


def _case(case_id: UUID) -> Service | None:
    row = (
        Case.objects.filter(pk=case_id).values_list("item_name", "department_id", "state", "filed_on").first()
    )
    if row is None:
        return None
    window = WindowAct.objects.filter(case_id=case_id, kind=ActKind.ACCEPTED, cancelled_at__isnull=True)
    held = window.values_list("window_id", flat=True).first()
    ready = row[2] in RATEABLE_STATES
    return Service(Served.CASE, case_id, row[0], row[0], row[1], held, ready, row[3])


def _act(act_id: UUID) -> Service | None:
    act = WindowAct.objects.filter(pk=act_id).select_related("item").defer("item__search").first()
    if act is None:
        return None
    name = act.item.name if act.item else ""
    kind = ActKind(act.kind)
    ready = kind in RATEABLE_ACTS and act.cancelled_at is None and not act.source
    title = f"窗口{kind.label}{f'：{name}' if name else ''}"
    return Service(Served.ACT, act_id, title, name, act.department_id, act.window_id, ready, act.day)


def rating_of(service: Service) -> Rating | None:
    """The rating that a service was given."""
    asked = {"case_id" if service.served is Served.CASE else "act_id": service.subject}
    return Rating.objects.filter(**asked).select_related("follow_up").first()


@dataclass(frozen=True, slots=True)
class AtCounter:
    """An act of today that nobody has rated yet."""

    token: str
    title: str
    act: WindowAct


def at_counter(day: date, *, by: Actor, size: int = 8) -> list[AtCounter]:
    """The clerk's own acts of a day that can still be rated, newest first. One statement."""
    by.require(Capability.WINDOW_ACT)
    found = (
        WindowAct.objects.filter(
            day=day, entered_by_id=by.id, kind__in=RATEABLE_ACTS, cancelled_at__isnull=True, source=""
        )
        .exclude(pk__in=Rating.objects.filter(act__isnull=False).values("act_id"))
        .select_related("item", "window").defer("item__search").order_by("-entered_at", "-id")[:size]
    )  # fmt: skip
    return [
        AtCounter(token_of(Served.ACT, act.pk), act.item.name if act.item else act.topic or "一般咨询", act)
        for act in found
    ]


def own_act_token(act_id: UUID, *, by: Actor) -> str:
    """The token of an act that the clerk has entered and that can be rated. Raises Refused, Missing. One statement."""
    by.require(Capability.WINDOW_ACT)
    own = WindowAct.objects.filter(
        pk=act_id, entered_by_id=by.id, kind__in=RATEABLE_ACTS, cancelled_at__isnull=True, source=""
    )
    if by.id is None or not own.exists():
        raise Missing
    return token_of(Served.ACT, act_id)
