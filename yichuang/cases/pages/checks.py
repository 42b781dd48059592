"""The work list of surveys and expert reviews: what has not ended, for whom, until when; marked when overdue."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from yichuang.cases import rules
from yichuang.cases.pages.received import show
from yichuang.cases.queries.checks import OpenCheck, open_checks
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs
from yichuang.workdays.queries import calendar

HEAD = ("办件编号", "事项", "环节", "内容", "经办", "期限", "余（工作日）", "部门")
MOST = 10_000


@needs(Capability.CASE_SEARCH)
@require_safe
def checks(request: Request) -> HttpResponseBase:
    """The list by last day, the earliest first; only mine, only what is overdue; the same as CSV."""
    today = local_day(request.at)
    given = {
        "q": clean_text(request.GET.get("q", ""), limit=100),
        "mine": "1" if request.GET.get("mine") == "1" else "",
        "overdue": "1" if request.GET.get("overdue") == "1" else "",
    }
    asked: dict[str, Any] = {
        "by": request.by, "text": given["q"], "mine": bool(given["mine"]),
        "overdue_on": today if given["overdue"] else None,
    }  # fmt: skip
    names, days = department_names(), calendar()

    def left(one: OpenCheck) -> int:
        return rules.days_left(days, one.due_on, today) or 0

    if request.GET.get("format") == "csv":
        rows = (
            (one.case_number, one.item_name, one.label, one.what, one.people, one.due_on, left(one), names.get(one.department_id, ""))
            for one in open_checks(**asked, size=MOST).rows
        )  # fmt: skip
        return csv_response(f"评审和核查-{today}.csv", HEAD, rows)
    page = open_checks(**asked, after=request.GET.get("after", "")[:500])
    address, kept = reverse("desk-checks"), {name: value for name, value in given.items() if value}
    context = {
        "page": page, "q": given["q"], "lines": [(one, left(one)) for one in page.rows], "names": names,
        "chips": [_chip(kept, "mine", "只看我的"), _chip(kept, "overdue", "已超期")],
        "csv": f"{address}?{urlencode({**kept, 'format': 'csv'})}", "filtered": bool(kept),
        "previous": "" if page.is_first else f"{address}?{urlencode(kept)}",
        "following": f"{address}?{urlencode({**kept, 'after': page.following})}" if page.following else "",
    }  # fmt: skip
    return show(request, "checks", context)


def _chip(kept: dict[str, str], name: str, label: str) -> tuple[str, str, bool]:
    """A switch: pressed again it is taken away."""
    others = {one: value for one, value in kept.items() if one != name}
    on = name in kept
    return label, f"?{urlencode(others if on else {**others, name: '1'})}", on


urlpatterns: list[URLPattern] = [path("desk/checks", checks, name="desk-checks")]
