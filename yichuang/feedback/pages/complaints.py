"""Complaints on the desk: list with figures, taking one in by phone or at the window, one with its steps, the file."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yichuang.directory.flow import Capability
from yichuang.directory.queries import departments
from yichuang.feedback.commands.complaints import (
    ComplaintForm,
    ComplaintStep,
    step_complaint,
    take_complaint,
)
from yichuang.feedback.flow.complaints import (
    COMPLAINT_FACT_LABELS,
    UNANSWERED,
    ComplaintAction,
    ComplaintKind,
    ComplaintState,
    ComplaintWay,
)
from yichuang.feedback.models import Complaint
from yichuang.feedback.pages import integrity, public_complaints
from yichuang.feedback.pages.common import (
    Owed,
    address,
    exporting,
    integer,
    owed,
    period,
    show,
    tabs_of,
    text,
)
from yichuang.feedback.queries import complaints as queries
from yichuang.feedback.queries.complaints import ComplaintFilter
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, post_key, signed_in

KEPT = ("first", "last", "kind", "state", "department", "overdue", "today")


@signed_in
@require_GET
def listing(request: Request) -> HttpResponse:
    """Complaints of a period with how they were answered."""
    asked = _asked(request)
    page = queries.complaints_page(asked, by=request.by, after=request.GET.get("after", "")[:500])
    context = {
        "page": page, "asked": asked, "kind_of": ComplaintKind, "state_of": ComplaintState, "way_of": ComplaintWay,
        "found": queries.complaint_figures(asked.first, asked.last, asked.today, by=request.by),
        "left": {row.pk: _left(request, row) for row in page.rows},
        "chips": [
            ("已超期", _at(request, overdue="" if asked.overdue else "1"), asked.overdue),
            ("今天到期", _at(request, today="" if asked.due_today else "1"), asked.due_today),
            *((each.label, _at(request, state="" if asked.state == each else each.value), asked.state == each)
              for each in ComplaintState),
        ],
        "at": lambda **changes: _at(request, **changes), "csv": _at(request, "desk-complaints-csv"), "export": exporting(request, "complaints", KEPT),
        "narrowed": any(request.GET.get(each) for each in KEPT[2:]),
        "first_page": "" if page.is_first else _at(request),
        "following": _at(request, after=page.following) if page.following else "",
        "may_take": request.by.can(Capability.FEEDBACK_HANDLE), "tabs": tabs_of(request, "desk-complaints"),
    }  # fmt: skip
    return show(request, "complaints", context)


def _asked(request: Request) -> ComplaintFilter:
    first, last = period(request)
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    return ComplaintFilter(
        first, last, local_day(request.at), kind if kind in set(ComplaintKind) else "",
        state if state in set(ComplaintState) else "", parse_uuid(request.GET.get("department", "")),
        request.GET.get("overdue") == "1", request.GET.get("today") == "1",
    )  # fmt: skip


def _at(request: Request, name: str = "desk-complaints", **changes: str) -> str:
    return address(request, name, KEPT, **changes)


def _left(request: Request, row: Complaint) -> Owed | None:
    """When the reply is owed; None where none is."""
    return owed(row.due_on, local_day(request.at)) if row.state in UNANSWERED else None


@signed_in
@require_GET
def as_csv(request: Request) -> StreamingHttpResponse:
    """The list as a file, without who brought it."""
    asked = _asked(request)
    queries.visible_complaints(request.by)
    head = ["编号", "日期", "类别", "途径", "部门", "内容", "期限", "状态", "答复日期", "重办"]
    return csv_response("投诉建议.csv", head, _rows(request, asked))


def _rows(request: Request, asked: ComplaintFilter) -> Iterator[list[object]]:
    for row in queries.export_complaints(asked, by=request.by):
        yield [
            row.number, row.received_on.isoformat(), ComplaintKind(row.kind).label, ComplaintWay(row.way).label,
            row.department.short_name if row.department else "", row.words, row.due_on.isoformat(),
            ComplaintState(row.state).label, row.replied_on.isoformat() if row.replied_on else "",
            "是" if row.reopened else "",
        ]  # fmt: skip


@needs(Capability.FEEDBACK_HANDLE)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Take in what somebody says on the phone or at the 办不成事 window."""
    given: dict[str, Any] = {"way": ComplaintWay.WINDOW, "kind": ComplaintKind.STUCK}
    problem: Problem | None = None
    if request.method == "POST":
        names = ("kind", "words", "case_number", "name", "phone")
        typed = {name: text(request, name) for name in names}
        phoned = request.POST.get("way") == ComplaintWay.PHONE
        way = ComplaintWay.PHONE if phoned else ComplaintWay.WINDOW
        try:
            made = take_complaint(
                ComplaintForm(**typed), way, by=request.by, at=request.at, key=post_key(request)
            )
        except Problem as found:
            problem, given = found, typed | {"way": way}
        else:
            code = queries.code_of(made.pk)
            said = f"已登记，编号 {made.number}，查询码 {code[:5]}-{code[5:]}，请告知反映人。"
            messages.success(request, said)
            # Whoever takes a complaint in has a post that reaches everything or only the own department.
            seen = queries.visible_complaints(request.by).filter(pk=made.pk).exists()
            return HttpResponseRedirect(
                reverse("desk-complaint", args=[made.pk]) if seen else reverse("desk-complaints")
            )
    context = {
        "given": given, "key": client_key(), "ways": [(each.value, each.label) for each in ComplaintWay if each != "online"],
        "kinds": [(each.value, each.label) for each in ComplaintKind],
    }  # fmt: skip
    return show(request, "complaint_new", context, problem)


@signed_in
@require_GET
def one(request: Request, complaint_id: UUID) -> HttpResponse:
    """A complaint with its history, and what may be done now."""
    return _page(request, complaint_id)


@signed_in
@require_POST
def step(request: Request, complaint_id: UUID, complaint_action: str) -> HttpResponse:
    """One step; who may take it is the command's to say."""
    if complaint_action not in set(ComplaintAction):
        raise Missing("没有这一步。", how="请从反映页面办理。")
    queries.complaint_for(complaint_id, by=request.by)
    given = {"words": text(request, "words"), "department": text(request, "department", 40)}
    form = ComplaintStep(given["words"], parse_uuid(given["department"]))
    try:
        moved = step_complaint(
            complaint_id, ComplaintAction(complaint_action), form, seen=integer(request, "seen") or 0, by=request.by,
            at=request.at,
        )  # fmt: skip
    except Problem as problem:
        return _page(request, complaint_id, given | {"action": complaint_action}, problem)
    messages.success(request, f"已办理，现在是「{ComplaintState(moved.state).label}」。")
    return HttpResponseRedirect(reverse("desk-complaint", args=[complaint_id]))


def _page(
    request: Request, complaint_id: UUID, given: dict[str, Any] | None = None, problem: Problem | None = None
) -> HttpResponse:
    row = queries.complaint_for(complaint_id, by=request.by)
    context = {
        "row": row, "kind": ComplaintKind(row.kind), "state": ComplaintState(row.state), "way": ComplaintWay(row.way),
        "left": _left(request, row), "contact": queries.contact_of(row, by=request.by),
        "case_number": queries.case_number_of(row, by=request.by),
        "moves": queries.complaint_steps(row, by=request.by),
        "departments": [(each.pk, each.short_name) for each in departments()] if request.by.everywhere else [],
        "entries": [
            {"at": note.at, "title": COMPLAINT_FACT_LABELS[note.fact], "by": "反映人" if note.own else note.by_name,
             "text": note.words}
            for note in row.notes.all()
        ],
        "given": given or {}, "key": client_key(),
    }  # fmt: skip
    return show(request, "complaint", context, problem)


urlpatterns: list[URLPattern] = [
    *public_complaints.urlpatterns,
    *integrity.urlpatterns,
    path("desk/feedback/complaints", listing, name="desk-complaints"),
    path("desk/feedback/complaints.csv", as_csv, name="desk-complaints-csv"),
    path("desk/feedback/complaints/new", new, name="desk-complaint-new"),
    path("desk/feedback/complaints/<uuid:complaint_id>", one, name="desk-complaint"),
    path(
        "desk/feedback/complaints/<uuid:complaint_id>/<str:complaint_action>",
        step,
        name="desk-complaint-step",
    ),
]
