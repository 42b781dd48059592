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
from yichuang.reports.models import Report
from yichuang.reports.pages.common import day, seen, show, text
from yichuang.reports.pages.sections import editing_context

FIELDS = ("on", "on_text", "person", "post", "department", "body")


@needs(Capability.REPORT_EDIT)
@require_http_methods(["GET", "POST"])
def visits(request: Request, report_id: UUID) -> HttpResponse:
    """The visits of a report, and the form of one more."""
    report = _report(request, report_id)
    if request.method == "POST":
        return _save(request, report, None)
    return _page(request, report, None, {})


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
            report.id, stated, seen=seen(request), by=request.by, at=request.at, visit_id=visit_id
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
        "visit_id": visit_id,
        "given": {name: given.get(name) or "" for name in FIELDS},
        "departments": [each.short_name for each in departments()],
    }
    return show(request, "section_visits", context, problem)


@needs(Capability.REPORT_EDIT)
@require_POST
def remove(request: Request, report_id: UUID, visit_id: UUID) -> HttpResponse:
    """Take a visit out of the report."""
    try:
        commands.remove_visit(report_id, visit_id, seen=seen(request), by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, _report(request, report_id), None, {}, problem)
    messages.success(request, "已删除；需要时可以从版本记录中找回。")
    return HttpResponseRedirect(reverse("desk-report-visits", args=[report_id]))
