"""Corrections of an issue: the figures and words that it printed, and what they should have been."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.web import Request, needs, post_key
from yichuang.reports.commands.errata import NewErratum, add_erratum, withdraw_erratum
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.models import Report
from yichuang.reports.pages.common import show, text
from yichuang.reports.queries import report_for
from yichuang.reports.queries.errata import errata_of
from yichuang.reports.queries.moved import moved_figures

FIELDS = ("figure", "passage", "old", "new", "reason")


@needs(Capability.REPORT_EDIT)
@require_http_methods(["GET", "POST"])
def errata(request: Request, report_id: UUID) -> HttpResponse:
    """The corrections of an issue, and the form of a new one."""
    report = _published(request, report_id)
    if request.method != "POST":
        given = {name: request.GET.get(name, "") for name in FIELDS}
        return _page(request, report, given)
    given = {name: text(request, name, 2000) for name in FIELDS}
    new = NewErratum(
        given["old"], given["new"], given["reason"], given["passage"], parse_uuid(given["figure"])
    )
    try:
        add_erratum(report.id, new, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _page(request, report, given, problem)
    messages.success(request, "更正已登记，将印在下一期周报末尾；本期原文不变。")
    return HttpResponseRedirect(reverse("desk-report-errata", args=[report.id]))


def _published(request: Request, report_id: UUID) -> Report:
    report = report_for(report_id, by=request.by)
    if report.state not in PUBLISHED:
        raise Missing("这期周报还没有签发，可以直接修改。", how="请回到编辑页面。")
    return report


def _page(
    request: Request, report: Report, given: dict[str, str], problem: Problem | None = None
) -> HttpResponse:
    figures = list(report.figures.all())
    context = {
        "report": report,
        "rows": errata_of(report),
        "moved": moved_figures(report),
        "figures": figures,
        "options": [("", "不是数字，是文字"), *((str(f.id), f"{f.value.normalize():f}{f.unit}（{f.type}{f.measure}）") for f in figures)],
        "given": given,
        "key": client_key(),
    }  # fmt: skip
    return show(request, "errata", context, problem)


@needs(Capability.REPORT_EDIT)
@require_POST
def withdraw(request: Request, erratum_id: UUID) -> HttpResponse:
    """Take back a correction that is not printed yet."""
    found = withdraw_erratum(erratum_id, reason=text(request, "reason", 500), by=request.by, at=request.at)
    messages.success(request, "更正已撤回。")
    return HttpResponseRedirect(reverse("desk-report-errata", args=[found.report_id]))


urlpatterns: list[URLPattern] = [
    path("desk/reports/<uuid:report_id>/errata", errata, name="desk-report-errata"),
    path("desk/reports/errata/<uuid:erratum_id>/withdraw", withdraw, name="desk-report-erratum-withdraw"),
]
