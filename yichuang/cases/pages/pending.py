"""Pages of 容缺受理: accepting with materials to follow, what is still to come, putting a promise off once."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods

from yichuang.cases.commands import pending as commands
from yichuang.cases.commands.pending import Promise
from yichuang.cases.flow import State
from yichuang.cases.flow.reviewers import LONGEST_PROMISE
from yichuang.cases.pages.received import posted_day, show, text, whole
from yichuang.cases.queries import pending as queries
from yichuang.cases.queries import visible
from yichuang.directory.flow import Capability
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, post_key
from yichuang.workdays.queries import calendar

USUAL_DAYS = 10
CSV_HEAD = ("办件编号", "事项", "申请人", "容缺材料", "承诺日期", "已改期", "逾期")
CSV_PAGE = 500


@needs(Capability.CASE_ACCEPT)
@require_http_methods(["GET", "POST"])
def accept(request: Request, case_id: UUID) -> HttpResponse:
    """Accept although minor materials are still to come, each with a promised day."""
    row = visible(case_id, by=request.by)
    problem: Problem | None = None
    may = queries.may_follow(row)
    today = local_day(request.at)
    chosen = [code for code in request.POST.getlist("material") if code in dict(may)]
    if request.method == "POST":
        promises = [Promise(code, posted_day(request, f"promised-{code}")) for code in chosen]
        seen = whole(request, "seen")
        try:
            commands.accept_pending(
                case_id, promises, by=request.by, at=request.at, key=post_key(request), seen=seen if seen >= 0 else None
            )  # fmt: skip
            messages.success(request, f"已容缺受理，等待补交 {len(promises)} 项材料。")
            return HttpResponseRedirect(reverse("desk-case", args=[case_id]))
        except Problem as found:
            problem = found
    usual = calendar().add(today, USUAL_DAYS)
    days = {code: request.POST.get(f"promised-{code}", usual.isoformat())[:10] for code, _ in may}
    context = {
        "case": row, "may": may, "chosen": chosen, "days": days, "seen": row.seq, "key": client_key(),
        "ready": row.state == State.RECEIVED, "furthest": calendar().add(today, LONGEST_PROMISE),
    }  # fmt: skip
    return show(request, "accept_pending", context, problem)


@needs(Capability.CASE_SEARCH)
@require_GET
def listing(request: Request) -> HttpResponse:
    """Materials still to come within reach, by promised day; or only the overdue."""
    overdue = request.GET.get("overdue") == "1"
    today = local_day(request.at)
    page = queries.waiting(
        by=request.by, today=today, overdue=overdue, after=request.GET.get("after", "")[:500]
    )
    address, kept = reverse("desk-pending"), {"overdue": "1"} if overdue else {}
    context: dict[str, Any] = {
        "page": page, "today": today,
        "views": [("全部待补", address, not overdue), ("逾期未补", f"{address}?overdue=1", overdue)],
        "overdue": overdue, "csv": f"{reverse('desk-pending-csv')}?{urlencode(kept)}",
        "previous": "" if page.is_first else f"{address}?{urlencode(kept)}",
        "following": f"{address}?{urlencode({**kept, 'after': page.following})}" if page.following else "",
        "may_receive": request.by.can(Capability.CASE_SUPPLY), "may_put_off": request.by.can(Capability.CASE_ACCEPT),
    }  # fmt: skip
    return show(request, "pending", context)


@needs(Capability.CASE_SEARCH)
@require_GET
def as_csv(request: Request) -> StreamingHttpResponse:
    """The same list whole, as a file."""
    rows = _csv(request, overdue=request.GET.get("overdue") == "1")
    return csv_response(f"容缺材料_{local_day(request.at)}.csv", CSV_HEAD, rows)


def _csv(request: Request, *, overdue: bool) -> Iterator[list[object]]:
    after, today = "", local_day(request.at)
    while True:
        page = queries.waiting(by=request.by, today=today, overdue=overdue, after=after, size=CSV_PAGE)
        for one in page.rows:
            yield [
                one.case_number, one.item_name, one.applicant_name, one.name, one.promised_on,
                "是" if one.put_off else "", "是" if one.promised_on < today else "",
            ]  # fmt: skip
        after = page.following
        if not after:
            return


@needs(Capability.CASE_ACCEPT)
@require_http_methods(["GET", "POST"])
def put_off(request: Request, pending_id: UUID) -> HttpResponse:
    """Put a promised day off, once, with a reason."""
    found, row = queries.pending_one(pending_id, by=request.by)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            commands.put_off(
                pending_id, posted_day(request, "until"), text(request, "reason"), by=request.by, at=request.at,
                key=post_key(request),
            )  # fmt: skip
            messages.success(request, f"「{found.name}」的承诺日期已改。")
            return HttpResponseRedirect(reverse("desk-case", args=[found.case_id]))
        except Problem as wrong:
            problem = wrong
    context = {
        "pending": found, "case": row, "until": request.POST.get("until", "")[:10], "reason": text(request, "reason"),
        "furthest": calendar().add(local_day(request.at), LONGEST_PROMISE), "key": client_key(),
    }  # fmt: skip
    return show(request, "put_off", context, problem)


urlpatterns: list[URLPattern] = [
    path("desk/pending/cases/<uuid:case_id>", accept, name="desk-accept-pending"),
    path("desk/pending", listing, name="desk-pending"),
    path("desk/pending.csv", as_csv, name="desk-pending-csv"),
    path("desk/pending/<uuid:pending_id>/put-off", put_off, name="desk-put-off"),
]
