"""Reads of complaints: within the actor's reach for staff, by number and code for the person; statistics; the report."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from yichuang.directory.flow import Capability
from yichuang.feedback.flow.complaints import (
    COMPLAINT_READERS,
    UNANSWERED,
    ComplaintKind,
    ComplaintRow,
    ComplaintState,
    complaint_moves,
)
from yichuang.feedback.models import Complaint, ComplaintContact
from yichuang.feedback.queries.cursors import older
from yichuang.feedback.rules.complaints import Answered, answered_of, complaint_code
from yichuang.intake.rules.codes import read_code
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Missing, Refused
from yichuang.kernel.offers import Offer, OfferedFigure
from yichuang.kernel.paging import PAGE, Page, cut
from yichuang.kernel.scope import within


@dataclass(frozen=True, slots=True)
class ComplaintFilter:
    """What a list of complaints is narrowed to; both days count. `overdue` and `due_today` are as of `today`."""

    first: date
    last: date
    today: date
    kind: str = ""
    state: str = ""
    department: UUID | None = None
    overdue: bool = False
    due_today: bool = False


def code_of(complaint_id: UUID) -> str:
    """The code with which the person follows a complaint."""
    return complaint_code(settings.FOLLOW_SECRET, complaint_id)


def complaint_by_code(number: str, code: str) -> Complaint | None:
    """The complaint behind a number and its code; None where either is wrong, without saying which."""
    found = Complaint.objects.prefetch_related("notes").filter(number=number.strip().upper()).first()
    expected = code_of(found.pk if found else UUID(int=0))
    return found if hmac.compare_digest(expected.encode(), read_code(code).encode()) else None


def visible_complaints(by: Actor) -> QuerySet[Complaint]:
    """The complaints in the actor's reach. Raises Refused for those who neither handle nor review them."""
    if not any(by.can(each) for each in COMPLAINT_READERS):
        raise Refused("您的岗位不能查看投诉建议。", how="请联系本部门管理员核对岗位权限。")
    found = Complaint.objects.select_related("department")
    return found.filter(within(by))


def complaints(asked: ComplaintFilter, *, by: Actor) -> QuerySet[Complaint]:
    """Complaints in reach, newest first, narrowed."""
    found = visible_complaints(by).filter(received_on__range=(asked.first, asked.last))
    given = {"kind": asked.kind, "state": asked.state, "department_id": asked.department}
    found = found.filter(**{name: value for name, value in given.items() if value})
    if asked.overdue:
        found = found.filter(state__in=UNANSWERED, due_on__lt=asked.today)
    if asked.due_today:
        found = found.filter(state__in=UNANSWERED, due_on=asked.today)
    return found.order_by("-at", "-id")


def complaints_page(
    asked: ComplaintFilter, *, by: Actor, after: str = "", size: int = PAGE
) -> Page[Complaint]:
    """Complaints a page at a time. One statement."""
    found = older(complaints(asked, by=by), after)
    rows = list(found[: size + 1])
    return cut(rows, size=size, key=lambda row: (row.at.isoformat(), str(row.pk)), after=after)


def export_complaints(asked: ComplaintFilter, *, by: Actor) -> Iterator[Complaint]:
    """All complaints of a list, read piece by piece; no contact among it."""
    return complaints(asked, by=by).iterator(chunk_size=500)


def complaint_for(complaint_id: UUID, *, by: Actor) -> Complaint:
    """A complaint in reach with its history. Raises Missing. Two statements."""
    found = visible_complaints(by).prefetch_related("notes").filter(pk=complaint_id).first()
    if found is None:
        raise Missing
    return found


def contact_of(found: Complaint, *, by: Actor) -> ComplaintContact | None:
    """Who brought a complaint, for those who handle it: its department, the reviewers, and whoever took it in.

    Who reports a breach (举报) is shown to the reviewers alone: the department reported must not learn it.
    """
    own = by.can(Capability.FEEDBACK_HANDLE) and by.department_id == found.department_id
    took = by.id is not None and by.id == found.taken_by_id
    if not by.can(Capability.FEEDBACK_REVIEW) and (found.kind == ComplaintKind.REPORT or not (own or took)):
        return None
    return ComplaintContact.objects.filter(pk=found.pk).first()


def case_number_of(found: Complaint, *, by: Actor) -> str:
    """The number of the case that a complaint is about; of a report (举报) for reviewers alone: it names the applicant."""
    hidden = found.kind == ComplaintKind.REPORT and not by.can(Capability.FEEDBACK_REVIEW)
    return "" if hidden else found.case_number


def complaint_steps(found: Complaint, *, by: Actor) -> list[ComplaintRow]:
    """The steps that the actor may take now."""
    return [
        row
        for row in complaint_moves(ComplaintState(found.state))
        if row.capability is not None
        and by.can(row.capability)
        and by.reaches(found.department_id)
        and (by.everywhere or not row.central)
        and not (row.four_eyes and by.id == found.replied_by_id)
    ]


@dataclass(frozen=True, slots=True)
class ComplaintFigures:
    """Complaints of a period: in all, and by kind and department."""

    whole: Answered
    by_kind: dict[str, Answered]
    by_department: dict[str, Answered]


def complaint_figures(first: date, last: date, today: date, *, by: Actor) -> ComplaintFigures:
    """How the complaints received in a period were answered, as of a day. One statement."""
    rows = list(
        visible_complaints(by).filter(received_on__range=(first, last)).order_by("pk").values_list(
            "kind", "department__short_name", "due_on", "replied_on", "ended_on", "state"
        )
    )  # fmt: skip
    known = [
        (row[0], row[1] or "未转办", (row[2], _done(row[5], row[3], row[4]), row[5] in UNANSWERED))
        for row in rows
    ]

    def grouped(place: int) -> dict[str, Answered]:
        names = sorted({str(row[place]) for row in known})
        return {name: answered_of([row[2] for row in known if row[place] == name], today) for name in names}

    return ComplaintFigures(answered_of([row[2] for row in known], today), grouped(0), grouped(1))


def _done(state: str, replied_on: date | None, ended_on: date | None) -> date | None:
    """The day that counts against the limit: of the reply, or of the refusal where that was the last word."""
    return ended_on if state == ComplaintState.REJECTED else replied_on


def offers(first: date, last: date) -> list[Offer]:
    """What complaints tell the report of a period."""
    found = complaint_figures(first, last, last, by=SYSTEM)
    if not found.whole.received:
        return []
    address = (
        f"{reverse('desk-complaints')}?{urlencode({'first': first.isoformat(), 'last': last.isoformat()})}"
    )
    parts = "、".join(
        f"{kind.label}{found.by_kind[kind].received}件" for kind in ComplaintKind if kind in found.by_kind
    )
    figures = [
        OfferedFigure("complaints.received", "群众反映", found.whole.received, "件", last, str(found.whole.received), address)
    ]  # fmt: skip
    for kind in ComplaintKind:
        if kind in found.by_kind:
            number = found.by_kind[kind].received
            figures.append(
                OfferedFigure(f"complaints.{kind}", kind.label, number, "件", last, str(number), f"{address}&kind={kind}")
            )  # fmt: skip
    week = "本周" if (last - first).days < 7 else "期间"
    text = f"{week}受理群众反映{found.whole.received}件，其中{parts}；已答复{found.whole.answered}件"
    figures.append(
        OfferedFigure("complaints.answered", "已答复", found.whole.answered, "件", last, str(found.whole.answered), address)
    )  # fmt: skip
    if found.whole.share is not None:
        text += f"，按期答复率{found.whole.share}%"
        share = found.whole.share
        figures.append(
            OfferedFigure("complaints.in_time", "按期答复率", share, "%", last, str(share), address)
        )
    key = f"complaints:{first.isoformat()}:{last.isoformat()}"
    return [Offer(key, "complaints", "window", f"{text}。", address, last, figures=tuple(figures))]
