"""Duty visits of a report: the list, one form for adding and changing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from yichuang.directory.flow import Capability
from yichuang.directory.queries import departments
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.web import Request, needs
from yichuang.reports import commands, queries
from yichuang.reports.commands import VisitForm
from yichuang.reports.commands.editing import VISITS
from yichuang.reports.commands.from_register import take_visits, visit_form
from yichuang.reports.models import Report
from yichuang.reports.pages.common import day, seen, show, text
from yichuang.reports.pages.from_register import visits_beside, waiting_visits
from yichuang.reports.pages.sections import editing_context, lock_context

FIELDS = ("on", "on_text", "person", "post", "department", "body")


@needs(Capability.REPORT_EDIT)
@require_http_methods(["GET", "POST"])
def visits(request: Request, report_id: UUID) -> HttpResponse:
    """The visits of a report, and the form of one more."""
    report = _report(request, report_id)
    if request.method == "POST" and request.POST.get("act") in ("take", "replace"):
        return _take(request, report)
    if request.method == "POST":
        return _save(request, report, None)
    return _page(request, report, None, {})


def _take(request: Request, report: Report) -> HttpResponse:
    """Take over what the register has and the report has not; or one visit's words anew, where that is asked."""
    said: dict[str, Any] = {
        "seen": seen(request),
        "why": text(request, "why"),
        "by": request.by,
        "at": request.at,
    }
    try:
        if request.POST.get("act") == "take":
            waiting = waiting_visits(report)
            take_visits(report.id, waiting, **said)
            messages.success(request, f"已从登记册带入 {len(waiting)} 次值守，可以再修改。")
        else:
            chosen = text(request, "visit", 64)
            row = next(
                (each for each in visits_beside(report) if each.stored and each.stored.id == chosen), None
            )
            if row is None:
                raise Missing("登记册里没有这次值守。", how="请返回周报查看最新内容。")
            commands.save_visit(report.id, visit_form(row.registered), visit_id=UUID(chosen), **said)
            messages.success(request, f"已改用登记册的文字：{row.registered.person}。")
    except Problem as problem:
        return _page(request, _report(request, report.id), None, {}, problem)
    return HttpResponseRedirect(reverse("desk-report-visits", args=[report.id]))


@needs(Capability.REPORT_EDIT)
@require_http_methods(["GET", "POST"])
def visit(request: Request, report_id: UUID, visit_id: UUID) -> HttpResponse:
    """Change one visit."""
    report = _report(request, report_id)
    found = report.visits.filter(pk=visit_id).first()
    if found is None:
        raise Missing("这次值守已被删除。", how="请返回周报查看最新内容。")
    if request.method == "POST":
        return _save(request, report, visit_id)
    return _page(request, report, visit_id, {name: getattr(found, name) for name in FIELDS})


def _report(request: Request, report_id: UUID) -> Report:
    report = queries.report_for(report_id, by=request.by)
    if report.imported:
        raise Missing("往期周报不能修改。")
    return report


def _save(request: Request, report: Report, visit_id: UUID | None) -> HttpResponse:
    given: dict[str, Any] = {name: text(request, name) for name in FIELDS}
    try:
        stated = VisitForm(
            on=day(request, "on"), on_text=given["on_text"], person=given["person"], post=given["post"],
            department=given["department"], body=given["body"],
        )  # fmt: skip
        commands.save_visit(
            report.id,
            stated,
            seen=seen(request),
            why=text(request, "why"),
            by=request.by,
            at=request.at,
            visit_id=visit_id,
        )
    except Problem as problem:
        return _page(request, _report(request, report.id), visit_id, given, problem)
    messages.success(request, f"已保存值守：{stated.person}。")
    return HttpResponseRedirect(reverse("desk-report-visits", args=[report.id]))


def _page(
    request: Request,
    report: Report,
    visit_id: UUID | None,
    given: dict[str, Any],
    problem: Problem | None = None,
) -> HttpResponse:
    context = editing_context(report) | {
        "visits": list(report.visits.all()),
        "beside": visits_beside(report),
        "visit_id": visit_id,
        "given": {name: given.get(name) or "" for name in FIELDS},
        "departments": [each.short_name for each in departments()],
    }
    context |= lock_context(request, report, VISITS, problem)
    return show(request, "section_visits", context, problem)


@needs(Capability.REPORT_EDIT)
@require_POST
def remove(request: Request, report_id: UUID, visit_id: UUID) -> HttpResponse:
    """Take a visit out of the report."""
    try:
        commands.remove_visit(
            report_id, visit_id, seen=seen(request), why=text(request, "why"), by=request.by, at=request.at
        )
    except Problem as problem:
        return _page(request, _report(request, report_id), None, {}, problem)
    messages.success(request, "已删除；需要时可以从版本记录中找回。")
    return HttpResponseRedirect(reverse("desk-report-visits", args=[report_id]))
