"""Departments send in what happened with them, and see what became of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, post_key
from yichuang.reports import commands, queries
from yichuang.reports.commands import NewContribution
from yichuang.reports.flow import ContributionState, SectionKind
from yichuang.reports.pages.common import day, show, text

FIELDS = ("report", "section", "title", "happened_on", "body")


@needs(Capability.REPORT_CONTRIBUTE)
@require_http_methods(["GET", "POST"])
def contribute(request: Request) -> HttpResponse:
    """The form, and the department's own contributions with their state."""
    if request.method != "POST":
        open_now = queries.open_for_contributions()
        return _page(request, {"report": open_now[0][0] if open_now else ""})
    given = {name: text(request, name) for name in FIELDS}
    try:
        new = NewContribution(
            title=given["title"],
            body=given["body"],
            section=given["section"],
            happened_on=day(request, "happened_on"),
            report_id=parse_uuid(given["report"]),
        )
        commands.contribute(new, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _page(request, given, problem)
    messages.success(request, "已报送。采用情况会显示在下面的列表中。")
    return HttpResponseRedirect(reverse("desk-report-contribute"))


def _page(request: Request, given: dict[str, Any], problem: Problem | None = None) -> HttpResponse:
    forms = queries.forms_that_open()
    form = queries.form_named(forms[0][0]) if forms else None
    sections = [(each.key, each.heading) for each in form.of_kind(SectionKind.NEWS)] if form else []
    context = {
        "given": {name: given.get(name, "") for name in FIELDS},
        "reports": [*queries.open_for_contributions(), ("next", "下一期")],
        "sections": sections,
        "rows": queries.department_contributions(by=request.by),
        "sent": ContributionState.SENT,
        "key": client_key(),
        "today": local_day(request.at),
    }
    return show(request, "contribute", context, problem)


@needs(Capability.REPORT_CONTRIBUTE)
@require_POST
def withdraw(request: Request, contribution_id: UUID) -> HttpResponse:
    """Take a contribution back."""
    try:
        commands.withdraw_contribution(contribution_id, by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, {}, problem)
    messages.success(request, "已撤回。")
    return HttpResponseRedirect(reverse("desk-report-contribute"))
