"""What the checker found in a draft: where, what, why, how; accepted with one click, or ignored with a reason."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Problem
from yichuang.kernel.web import Request, needs, signed_in
from yichuang.reports import commands, queries
from yichuang.reports.flow import EDITABLE
from yichuang.reports.models import Report
from yichuang.reports.pages.comments import readable
from yichuang.reports.pages.common import seen, show, text
from yichuang.reports.pages.locking import section_address
from yichuang.reports.pages.sections import editing_context
from yichuang.reports.rules.style import RULES, Severity


@signed_in
@require_safe
def checks(request: Request, report_id: UUID) -> HttpResponse:
    """The findings in reading order; `weight` shows those of one weight alone."""
    return _page(request, readable(request, report_id), {})


def _page(
    request: Request, report: Report, given: dict[str, str], problem: Problem | None = None
) -> HttpResponse:
    found = queries.findings(report)
    weight = request.GET.get("weight", "")
    shown = [each for each in found if weight in ("", each.finding.weight)]
    groups = queries.grouped(shown)
    counts = queries.counted(found)
    here = reverse("desk-report-checks", args=[report.id])
    chips = [
        (each.label, f"{here}?weight={each.value}", weight == each.value, number)
        for each, number in zip(Severity, (counts.errors, counts.warnings, counts.hints), strict=True)
    ]
    context = editing_context(report) | {
        "groups": [
            {"row": group.first, "count": group.count, "rule": RULES[group.first.finding.rule],
             "href": section_address(report, group.first.piece)}
            for group in groups
        ],
        "counts": counts,
        "chips": [("全部", here, weight == "", counts.all), *chips],
        "ignored": list(report.ignored.order_by("-at")[:50]),
        "rules": RULES,
        "editable": report.state in EDITABLE and request.by.can(Capability.REPORT_EDIT),
        "given": {"mark": "", "reason": ""} | given,
    }  # fmt: skip
    return show(request, "checks", context, problem)


@needs(Capability.REPORT_EDIT)
@require_POST
def fix(request: Request, report_id: UUID) -> HttpResponse:
    """Accept the wording that the checker offers."""
    report = readable(request, report_id)
    try:
        commands.accept_fix(
            report_id,
            text(request, "mark", 64),
            seen=seen(request),
            by=request.by,
            at=request.at,
            alike=text(request, "alike", 1) == "1",
        )
    except Problem as problem:
        return _page(request, queries.report_for(report.id, by=request.by), {}, problem)
    messages.success(request, "已采纳校对，旧文字保留在版本记录中。")
    return HttpResponseRedirect(reverse("desk-report-checks", args=[report_id]))


@needs(Capability.REPORT_EDIT)
@require_POST
def ignore(request: Request, report_id: UUID) -> HttpResponse:
    """Keep a finding away, with the reason."""
    report = readable(request, report_id)
    mark, reason = text(request, "mark", 64), text(request, "reason", 500)
    try:
        commands.ignore_finding(report_id, mark, reason=reason, by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, report, {"mark": mark, "reason": reason}, problem)
    messages.success(request, "已忽略；原文改动后会重新检查。")
    return HttpResponseRedirect(reverse("desk-report-checks", args=[report_id]))
