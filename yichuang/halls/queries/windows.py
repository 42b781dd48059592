"""Reads of the windows: all of them, who sits where, a clerk's seat of the day, the gate, the report's sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from yichuang.catalogue.flow import ManualState
from yichuang.catalogue.models import Authorisation, Item, Manual
from yichuang.catalogue.rules.authorisations import WindowGate, gate
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account
from yichuang.halls.flow.windows import ActKind, WindowKind
from yichuang.halls.models import Seat, Staffing, Window
from yichuang.halls.queries.acts import totals_of
from yichuang.halls.rules.windows import sentence, year_to
from yichuang.kernel.actor import Actor
from yichuang.kernel.offers import Offer, OfferedFigure
from yichuang.kernel.scope import within


def windows(*, by: Actor, active_only: bool = False) -> list[Window]:
    """Windows by code that the actor reaches: the one-stop ones and those of the own department. One statement."""
    found = Window.objects.select_related("department").order_by("code")
    if active_only:
        found = found.filter(is_active=True)
    if by.scope_departments is not None:
        found = found.filter(Q(department__isnull=True) | within(by))
    return list(found)


def window(window_id: UUID, *, by: Actor) -> Window | None:
    """One window for those who manage them."""
    by.require(Capability.WINDOW_MANAGE)
    return Window.objects.select_related("department").filter(pk=window_id).first()


def windows_of(department_id: UUID) -> list[Window]:
    """The open windows of a department: where an applicant is handed over."""
    return list(
        Window.objects.filter(
            kind=WindowKind.DEPARTMENT, department_id=department_id, is_active=True
        ).order_by("code")
    )


def staffings(day: date, *, by: Actor) -> QuerySet[Staffing]:
    """Who sits where on a day and later, by window. Raises Refused."""
    by.require(Capability.WINDOW_MANAGE)
    return (
        Staffing.objects.filter(Q(until__isnull=True) | Q(until__gte=day))
        .select_related("window", "account__post__department")
        .order_by("window__code", "since")
    )


def past_staffings(window_id: UUID, day: date, *, by: Actor) -> list[Staffing]:
    """Who sat at a window before a day, newest first."""
    by.require(Capability.WINDOW_MANAGE)
    found = Staffing.objects.filter(window_id=window_id, until__lt=day).select_related("account")
    return list(found.order_by("-since")[:50])


def who_may_sit() -> list[tuple[str, str]]:
    """Active staff whose post acts at windows: (id, name and post)."""
    found = Account.objects.filter(
        is_active=True, is_staff=True, post__is_active=True,
        post__capabilities__contains=[str(Capability.WINDOW_ACT)],
    )  # fmt: skip
    rows = found.order_by("display_name", "id").values_list("id", "display_name", "post__name")
    return [(str(row[0]), f"{row[1]}（{row[2]}）") for row in rows]


def seat_of(by: Actor, day: date) -> Window | None:
    """Where somebody sits on a day: as chosen that day, else by the staffing. At most two statements."""
    if by.id is None:
        return None
    chosen = Seat.objects.filter(account_id=by.id, day=day).select_related("window").first()
    if chosen is not None:
        return chosen.window
    held = (
        Staffing.objects.filter(account_id=by.id, since__lte=day, window__is_active=True)
        .filter(Q(until__isnull=True) | Q(until__gte=day))
        .select_related("window")
        .order_by("-since")
        .first()
    )
    return held.window if held else None


@dataclass(frozen=True, slots=True)
class Gated:
    """An item as the window sees it."""

    department_id: UUID
    gate: WindowGate


def gates(item_ids: Sequence[UUID], day: date) -> dict[UUID, Gated]:
    """The gate of each item on a day, as `catalogue.queries.authorisations.window_may_accept` says it. One statement."""
    authorised = Authorisation.objects.filter(item_id=OuterRef("pk"), from_day__lte=day).filter(
        Q(withdrawn_from__isnull=True) | Q(withdrawn_from__gt=day)
    )
    published = Manual.objects.filter(
        item_id=OuterRef("pk"), state=ManualState.PUBLISHED, published_on__lte=day
    )
    found = Item.objects.filter(pk__in=list(item_ids)).values_list(
        "pk",
        "department_id",
        "department__name",
        "current__elements__consult__address",
        Exists(authorised),
        Exists(published),
        "is_active",
    )
    return {
        row[0]: Gated(
            row[1],
            gate(
                authorised=row[4],
                manual_published=row[5],
                department=row[2],
                counter=row[3] or "",
                in_use=row[6],
            ),
        )
        for row in found
    }


def offers(first: date, last: date) -> list[Offer]:
    """What the window tells the report of a period: consulted, accepted, issued, handed over; the year beside it."""
    week = totals_of(first, last)
    span = year_to(last)
    year = totals_of(span.first, span.last)
    if not any(year.values()):
        return []
    address = acts_address(first, last)
    figures = [
        *(_figure(f"week.window.{kind}", f"本周{kind.label}", week[kind], kind, last, address) for kind in ActKind),
        *(
            _figure(
                f"year_to_date.window.{kind}", f"今年以来{kind.label}", year[kind], kind, last,
                acts_address(span.first, last),
            )
            for kind in ActKind
        ),
    ]  # fmt: skip
    offer = Offer(
        key=f"window:{first.isoformat()}:{last.isoformat()}",
        register="windows",
        topic="window",
        text=sentence(week, year),
        address=address,
        day=last,
        figures=tuple(figures),
    )
    return [offer]


def _figure(code: str, label: str, value: int, kind: ActKind, day: date, address: str) -> OfferedFigure:
    return OfferedFigure(
        code, label, value, kind.unit, day, str(value), f"{address}&{urlencode({'kind': kind.value})}"
    )


def acts_address(first: date, last: date) -> str:
    """The register's page for a period."""
    return f"{reverse('desk-acts')}?{urlencode({'from': first.isoformat(), 'to': last.isoformat()})}"
