"""The staff's list of reports, and the form that opens a new one."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, signed_in
from yichuang.reports import commands, queries
from yichuang.reports.pages.common import day, show, text
from yichuang.reports.rules.advice import suggested_period
from yichuang.workdays.queries import calendar


@signed_in
@require_safe
def reports(request: Request) -> HttpResponse:
    """Every report with its state and who is next; the form of a new one for editors."""
    return _page(request)


def _page(
    request: Request, given: dict[str, Any] | None = None, problem: Problem | None = None
) -> HttpResponse:
    page = queries.desk_reports(by=request.by, after=request.GET.get("after", ""))
    first, last = _suggestion(local_day(request.at), page.rows)
    context = {
        "rows": page.rows,
        "previous": "" if page.is_first else "?",
        "following": f"?{urlencode({'after': page.following})}" if page.following else "",
        "given": given or {"first_day": first, "last_day": last, "form": ""},
        "forms": queries.forms_that_open(),
        "may_open": request.by.can(Capability.REPORT_EDIT),
        "may_contribute": request.by.can(Capability.REPORT_CONTRIBUTE),
        "may_import": request.by.can(Capability.REPORT_IMPORT),
        "sees_drafts": queries.sees_drafts(request.by),
    }
    return show(request, "desk_reports", context, problem)


def _suggestion(today: date, rows: Sequence[queries.DeskRow]) -> tuple[date, date]:
    """The last week that is over and has no report among `rows`, from its first to its last working day."""
    days = calendar()
    around = [today + timedelta(days=n) for n in range(-14, 29)]
    taken = [(row.first_day, row.last_day) for row in rows if row.first_day and row.last_day]
    return suggested_period(today, [each for each in around if days.is_workday(each)], taken)


@needs(Capability.REPORT_EDIT)
@require_POST
def open_new(request: Request) -> HttpResponse:
    """Open a report for a period."""
    given = {name: text(request, name) for name in ("first_day", "last_day", "form")}
    try:
        first, last = day(request, "first_day"), day(request, "last_day")
        if first is None or last is None:
            raise Invalid("请填写统计期。", fields={"first_day": "请填写统计期的第一天和最后一天"})
        forms = queries.forms_that_open()
        made = commands.open_report(
            first,
            last,
            form=given["form"] or (forms[0][0] if forms else "2022"),
            by=request.by,
            at=request.at,
        )
    except Problem as problem:
        return _page(request, given, problem)
    return HttpResponseRedirect(reverse("desk-report", args=[made]))
