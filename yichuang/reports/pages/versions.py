"""Every version that was saved, what changed between two, and every single change with its decision."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.web import Request, needs, signed_in
from yichuang.reports import commands, queries
from yichuang.reports.flow import EDITABLE, PUBLISHED, Opinion
from yichuang.reports.models import Report
from yichuang.reports.pages.common import seen, show, text
from yichuang.reports.pages.sections import editing_context
from yichuang.reports.rules.comparison import Change, content_lines, rows
from yichuang.reports.rules.comparison import changes as changed_lines
from yichuang.reports.rules.content import Content


@signed_in
@require_safe
def versions(request: Request, report_id: UUID) -> HttpResponse:
    """The list, newest first."""
    report = _readable(request, report_id)
    return show(request, "versions", editing_context(report) | {"versions": queries.versions(report)})


@signed_in
@require_safe
def version(request: Request, report_id: UUID, number: int) -> HttpResponse:
    """What one saving changed, line by line."""
    report = _readable(request, report_id)
    found = queries.version(report, number)
    before = _lines(report, number - 1) if number > 1 else ()
    lines = changed_lines(before, _lines(report, number))
    context: dict[str, Any] = editing_context(report) | {
        "version": found,
        "lines": lines,
        "changed": any(line.change != Change.SAME for line in lines),
        "newest": report.edit_version,
    }
    return show(request, "version", context)


@signed_in
@require_safe
def compare(request: Request, report_id: UUID) -> HttpResponse:
    """Two versions side by side; without a choice, the newest beside the one before."""
    report = _readable(request, report_id)
    right = _number(request, "right") or report.edit_version
    left = _number(request, "left") or max(right - 1, 1)
    context: dict[str, Any] = editing_context(report) | {
        "left": queries.version(report, left),
        "right": queries.version(report, right),
        "rows": rows(_lines(report, left), _lines(report, right)),
        "options": [
            (row.version, f"第 {row.version} 版　{row.by_name}　{row.reason[:20]}")
            for row in queries.versions(report)
        ],
    }
    return show(request, "compare", context)


def _number(request: Request, name: str) -> int:
    raw = request.GET.get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0


@signed_in
@require_safe
def changes(request: Request, report_id: UUID) -> HttpResponse:
    """Every change since what was sent, the last submission or a version: who, when, why; each can be decided."""
    report = _readable(request, report_id)
    return _changes_page(request, report, request.GET.get("since", ""))


def _changes_page(
    request: Request,
    report: Report,
    asked: str,
    given: dict[str, str] | None = None,
    problem: Problem | None = None,
) -> HttpResponse:
    submitted = queries.submitted_version(report)
    basis = asked or ("submitted" if submitted else "sent")
    here = reverse("desk-report-changes", args=[report.id])
    chips = [("对照部门报送", f"{here}?since=sent", basis == "sent")]
    if submitted:
        chips.append((f"对照上次送审（第 {submitted} 版）", f"{here}?since=submitted", basis == "submitted"))
    context: dict[str, Any] = editing_context(report) | {
        "basis": basis,
        "chips": chips,
        "changed": queries.changed_since(report, basis),
        "options": [
            (row.version, f"第 {row.version} 版　{row.reason[:20]}") for row in queries.versions(report)
        ],
        "may_revert": report.state in EDITABLE and request.by.can(Capability.REPORT_EDIT),
        "may_judge": report.state not in PUBLISHED and request.by.can(Capability.REPORT_REVIEW),
        "given": {"mark": "", "reason": ""} | (given or {}),
    }
    return show(request, "changes", context, problem)


@needs(Capability.REPORT_EDIT)
@require_POST
def revert(request: Request, report_id: UUID) -> HttpResponse:
    """Take one change back."""
    report = _readable(request, report_id)
    given = {name: text(request, name, 500) for name in ("mark", "basis", "reason")}
    try:
        commands.revert_change(
            report_id,
            given["mark"],
            basis=given["basis"],
            seen=seen(request),
            reason=given["reason"],
            by=request.by,
            at=request.at,
        )
    except Problem as problem:
        return _again(request, report, given, problem)
    messages.success(request, "已撤销这处修改，存为新版本。")
    return _back(report_id, given["basis"])


@needs(Capability.REPORT_REVIEW)
@require_POST
def judge(request: Request, report_id: UUID) -> HttpResponse:
    """Agree with one change, or object to it."""
    report = _readable(request, report_id)
    given = {name: text(request, name, 500) for name in ("mark", "basis", "reason")}
    opinion = text(request, "opinion", 16)
    if opinion not in {each.value for each in Opinion}:
        raise Missing("没有这种意见。", how="请选择「同意」或「不同意」。")
    try:
        commands.judge_change(
            report_id,
            given["mark"],
            Opinion(opinion),
            basis=given["basis"],
            words=given["reason"],
            by=request.by,
            at=request.at,
        )
    except Problem as problem:
        return _again(request, report, given, problem)
    messages.success(request, f"已标为「{Opinion(opinion).label}」。")
    return _back(report_id, given["basis"])


def _again(request: Request, report: Report, given: dict[str, str], problem: Problem) -> HttpResponse:
    """The page as it is now with what was typed; a basis that is none is no reason for another page."""
    if isinstance(problem, Missing):
        raise problem
    newest = queries.report_for(report.id, by=request.by)
    return _changes_page(request, newest, given["basis"], given, problem)


def _back(report_id: UUID, basis: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('desk-report-changes', args=[report_id])}?since={basis}")


def _readable(request: Request, report_id: UUID) -> Report:
    """Versions are drafts: for those who read drafts."""
    report = queries.report_for(report_id, by=request.by)
    if not queries.sees_drafts(request.by):
        raise Missing("没有找到这期周报，或者您无权查看。")
    return report


def _lines(report: Report, number: int) -> tuple[str, ...]:
    content = Content.from_json(queries.version(report, number).content)
    return content_lines(queries.form_of(report), content)
