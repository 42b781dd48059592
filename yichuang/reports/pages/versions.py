"""Every version that was saved, and what changed from one to the next."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from yichuang.kernel.errors import Missing
from yichuang.kernel.web import Request, signed_in
from yichuang.reports import queries
from yichuang.reports.models import Report
from yichuang.reports.pages.common import show
from yichuang.reports.pages.sections import editing_context
from yichuang.reports.rules.comparison import Change, changes, content_lines
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
    lines = changes(before, _lines(report, number))
    context: dict[str, Any] = editing_context(report) | {
        "version": found,
        "lines": lines,
        "changed": any(line.change != Change.SAME for line in lines),
        "newest": report.edit_version,
    }
    return show(request, "version", context)


def _readable(request: Request, report_id: UUID) -> Report:
    """Versions are drafts: for those who read drafts."""
    report = queries.report_for(report_id, by=request.by)
    if not queries.sees_drafts(request.by):
        raise Missing("没有找到这期周报，或者您无权查看。")
    return report


def _lines(report: Report, number: int) -> tuple[str, ...]:
    content = Content.from_json(queries.version(report, number).content)
    return content_lines(queries.form_of(report), content)
