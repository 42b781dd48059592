"""Reads of the register of acts: the list, its totals by window and by department, one act, sheets of hand-over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from yichuang.directory.flow import Capability
from yichuang.halls.flow.windows import ActKind, ReceiptState
from yichuang.halls.models import HandOver, WindowAct
from yichuang.halls.queries.cursors import after_day, after_id
from yichuang.halls.rules.windows import tally
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing, Refused
from yichuang.kernel.paging import PAGE, Page, cut
from yichuang.kernel.scope import within

READERS = (Capability.WINDOW_ACT, Capability.WINDOW_MANAGE, Capability.FIGURES_READ)
KEEPERS = (Capability.WINDOW_ACT, Capability.WINDOW_MANAGE)
# Whose work it is to receive what the window hands over.
SHEET_READERS = (*KEEPERS, Capability.CASE_CLAIM)


@dataclass(frozen=True, slots=True)
class ActFilter:
    """What narrows the register; it lives in the address. Both days count."""

    first: date
    last: date
    kind: str = ""
    window_id: UUID | None = None
    department_id: UUID | None = None


def acts(filters: ActFilter, *, by: Actor, after: str = "", size: int = PAGE) -> Page[WindowAct]:
    """Acts of a period, newest day first, a page at a time. One statement. Raises Refused, Invalid (bad cursor)."""
    found = _listed(filters, by)
    cursor = after_day(after)
    if cursor:
        found = found.filter(Q(day__lt=cursor[0]) | Q(day=cursor[0], pk__lt=cursor[1]))
    return cut(
        list(found[: size + 1]),
        size=size,
        key=lambda act: (act.day.isoformat(), str(act.pk)),
        after=after,
    )


def acts_export(filters: ActFilter, *, by: Actor) -> Iterator[WindowAct]:
    """Every act of a filter, read in portions."""
    return _listed(filters, by).iterator(chunk_size=500)


def _listed(filters: ActFilter, by: Actor) -> QuerySet[WindowAct]:
    return (
        _filtered(filters, by)
        .select_related("window", "department", "item")
        .defer("item__search", "item__source")
        .order_by("-day", "-id")
    )


def _filtered(filters: ActFilter, by: Actor) -> QuerySet[WindowAct]:
    if not any(map(by.can, READERS)):
        raise Refused("您的岗位不能查看综窗办件登记。", how="请联系综窗协调岗核对岗位权限。")
    found = WindowAct.objects.filter(day__gte=filters.first, day__lte=filters.last)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.window_id is not None:
        found = found.filter(window_id=filters.window_id)
    if filters.department_id is not None:
        found = found.filter(department_id=filters.department_id)
    return _reached(found, by)


def _reached(found: QuerySet[WindowAct], by: Actor) -> QuerySet[WindowAct]:
    return found.filter(within(by))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table of totals: pieces by act."""

    id: UUID | None
    label: str
    figures: dict[ActKind, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """The pieces of a filter in all, by window and by department; the lines of each add up to the whole."""

    whole: dict[ActKind, int]
    by_window: list[Line]
    by_department: list[Line]


def totals(filters: ActFilter, *, by: Actor) -> Totals:
    """Totals of a filter; a cancelled act counts nothing. Two statements."""
    counted = _filtered(filters, by).filter(cancelled_at__isnull=True)
    windows = _lines(counted, "window_id", "window__code", "window__name", "未登记窗口")
    departments = _lines(counted, "department_id", "department__short_name", "", "未分部门")
    whole = tally((kind, number) for line in windows for kind, number in line.figures.items())
    return Totals(whole, windows, departments)


def _lines(counted: QuerySet[WindowAct], id_: str, label: str, more: str, without: str) -> list[Line]:
    names = [label, more] if more else [label]
    rows = counted.order_by().values_list("kind", id_, *names).annotate(total=Sum("quantity"))
    found: dict[UUID | None, Line] = {}
    for row in sorted(rows, key=lambda one: (one[2] is None, one[2] or "", one[3] if more else "")):
        words = " ".join(str(part) for part in row[2:-1] if part) or without
        line = found.setdefault(row[1], Line(row[1], words, tally(())))
        line.figures[ActKind(row[0])] = row[-1]
    return list(found.values())


def totals_of(first: date, last: date) -> dict[ActKind, int]:
    """Pieces of every act within days, of the whole hall. One statement; nobody is asked for a right."""
    rows = (
        WindowAct.objects.filter(day__gte=first, day__lte=last, cancelled_at__isnull=True)
        .order_by()
        .values_list("kind")
        .annotate(total=Sum("quantity"))
    )
    return tally((ActKind(kind), total) for kind, total in rows)


def act(act_id: UUID, *, by: Actor) -> WindowAct:
    """One act with all that belongs to it, for whoever keeps the register or receives for its department.

    Raises Missing for one that is not there or not theirs: the two look the same.
    """
    found = (
        WindowAct.objects.select_related(
            "window", "department", "item", "applicant", "hand_over", "issue", "after", "entered_by"
        )
        .defer("item__search", "item__source")
        .filter(pk=act_id)
        .first()
    )
    if found is None or not _may_open(found, by):
        raise Missing
    return found


def _may_open(found: WindowAct, by: Actor) -> bool:
    if not any(map(by.can, SHEET_READERS)) or by.kind == "applicant":
        return False
    mine = found.entered_by_id is not None and found.entered_by_id == by.id
    whole = by.scope_departments is None
    if not any(map(by.can, KEEPERS)):
        return found.kind == ActKind.HANDED_OVER and by.reaches(found.department_id)
    return whole or mine or by.reaches(found.department_id)


def consultation(act_id: UUID, *, by: Actor) -> WindowAct | None:
    """A consultation that may become a filing; none where there is none or the actor may not see it."""
    try:
        found = act(act_id, by=by)
    except Missing:
        return None
    return found if found.kind == ActKind.CONSULTED and found.cancelled_at is None else None


def sheets(*, by: Actor, pending: bool, after: str = "", size: int = PAGE) -> Page[HandOver]:
    """Sheets of hand-over: those that wait for a signature by the day they are due, or the closed ones, newest first.

    One statement. Raises Refused.
    """
    if not any(map(by.can, SHEET_READERS)):
        raise Refused("您的岗位不能查看流转交接单。", how="请联系综窗协调岗核对岗位权限。")
    found = HandOver.objects.filter(act__cancelled_at__isnull=True).select_related(
        "act__department", "act__window"
    )
    found = found.filter(within(by, "act__department_id"))
    last = after_id(after)
    if pending:
        found = found.filter(state=ReceiptState.PENDING).order_by("act_id")
        found = found.filter(act_id__gt=last) if last else found
    else:
        found = found.exclude(state=ReceiptState.PENDING).order_by("-act_id")
        found = found.filter(act_id__lt=last) if last else found
    return cut(list(found[: size + 1]), size=size, key=lambda sheet: (str(sheet.pk),), after=after)


def unsigned(*, by: Actor, today: date) -> tuple[int, int]:
    """(waiting, overdue): sheets that the other side has not signed, within the actor's reach. One statement."""
    found = HandOver.objects.filter(state=ReceiptState.PENDING, act__cancelled_at__isnull=True)
    found = found.filter(within(by, "act__department_id"))
    due = list(found.values_list(F("due_on"), flat=True))
    return len(due), sum(day < today for day in due)
