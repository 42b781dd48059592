"""Pages of rounds: the list with what the week comes to, a round walked with a phone, the lists that are data."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yichuang.directory.flow import Capability
from yichuang.halls.commands import rounds as commands
from yichuang.halls.flow.findings import FindingState
from yichuang.halls.flow.rounds import Outcome, Register
from yichuang.halls.models import Finding, HallRound
from yichuang.halls.pages import findings, findings_new, rounds_terms
from yichuang.halls.pages.rounds_common import asked_day, show, text
from yichuang.halls.queries import rounds as queries
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local, local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key, posted_uuid


@needs(Capability.HALL_INSPECT)
@require_GET
def listing(request: Request) -> HttpResponse:
    """Rounds of a period (this week unless another is asked for) and what they come to under each heading."""
    first, last, kind = _asked(request)
    after = request.GET.get("after", "")[:500]
    page = queries.rounds_page(by=request.by, first=first, last=last, kind=kind, after=after)
    context = {
        "page": page, "first_day": first, "last_day": last, "kind": kind,
        "kinds": queries.terms(Register.KIND),
        "results": queries.inspection_results(first, last), "due": queries.due_rounds(request.at),
        "open": queries.open_round(request.by), "findings_address": queries.findings_address,
        "csv": f"{reverse('desk-rounds-csv')}?{_query(first, last, kind)}",
        "first_page": "" if page.is_first else f"{reverse('desk-rounds')}?{_query(first, last, kind)}",
        "following": f"{reverse('desk-rounds')}?{_query(first, last, kind)}&after={page.following}"
        if page.following else "",
    }  # fmt: skip
    return show(request, "rounds", context)


def _asked(request: Request) -> tuple[date, date, str]:
    today = local_day(request.at)
    monday = today - timedelta(days=today.weekday())
    first = asked_day(request, "first") or monday
    last = asked_day(request, "last") or max(first, monday + timedelta(days=6))
    return first, last, clean_text(request.GET.get("kind", ""), limit=40)


def _query(first: date, last: date, kind: str) -> str:
    asked = {"first": first.isoformat(), "last": last.isoformat(), "kind": kind}
    return urlencode({name: value for name, value in asked.items() if value})


@needs(Capability.HALL_INSPECT)
@require_GET
def as_csv(request: Request) -> StreamingHttpResponse:
    """The rounds of a period as a file."""
    first, last, kind = _asked(request)
    head = ["日期", "开始", "结束", "种类", "巡查人", "覆盖项目", "发现问题", "窗口", "备注"]
    return csv_response(f"大厅巡查_{first}_{last}.csv", head, _csv_rows(first, last, kind))


def _csv_rows(first: date, last: date, kind: str) -> Iterator[list[object]]:
    for row in queries.rounds(first, last, kind).iterator(chunk_size=500):
        yield [
            row.day.isoformat(), f"{local(row.started_at):%H:%M}",
            f"{local(row.ended_at):%H:%M}" if row.ended_at else "", row.kind.name, row.inspector_name,
            *queries.counted(row), "、".join(row.windows), row.note,
        ]  # fmt: skip


@needs(Capability.HALL_INSPECT)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Begin a round: one tap on its kind. An open one is offered first."""
    problem: Problem | None = None
    if request.method == "POST":
        try:
            made = commands.start_round(
                posted_uuid(request, "kind"), by=request.by, at=request.at, key=post_key(request)
            )
            return HttpResponseRedirect(reverse("desk-round", args=[made.pk]))
        except Problem as found:
            problem = found
    context = {
        "kinds": queries.terms(Register.KIND, local_day(request.at)),
        "open": queries.open_round(request.by), "key": client_key(),
    }  # fmt: skip
    return show(request, "rounds_new", context, problem)


@needs(Capability.HALL_INSPECT)
@require_http_methods(["GET", "POST"])
def one(request: Request, round_id: UUID) -> HttpResponse:
    """A round: while it is open the sheet that is filled in standing, afterwards what it says."""
    if request.method == "POST":
        return _post(request, round_id)
    return _page(request, round_id)


def _post(request: Request, round_id: UUID) -> HttpResponse:
    """Finish, or keep what was typed and go to the form of a finding."""
    act, given = request.POST.get("act", ""), _typed(request)
    try:
        if act == "finish":
            good = [
                name.removeprefix("result-") for name, value in given.items()
                if name.startswith("result-") and value == Outcome.GOOD
            ]  # fmt: skip
            windows = given["windows"].replace(",", "、").replace("，", "、").replace(" ", "、").split("、")
            commands.finish_round(round_id, good, windows, given["note"], by=request.by, at=request.at)
            messages.success(request, "巡查已结束并存档。")
            return HttpResponseRedirect(reverse("desk-round", args=[round_id]))
        commands.keep_draft(round_id, given, by=request.by)
    except Problem as problem:
        return _page(request, round_id, given, problem)
    heading = act.partition(":")[2][:40]
    target = reverse("desk-round-finding", args=[round_id]) if act.startswith("finding") else ""
    query = f"?{urlencode({'heading': heading})}" if heading else ""
    return HttpResponseRedirect(target + query if target else reverse("desk-round", args=[round_id]))


def _typed(request: Request) -> dict[str, str]:
    names = [name for name in request.POST if name.startswith("result-")]
    return {name: text(request, name, 1000) for name in [*names, "windows", "note"]}


@needs(Capability.HALL_INSPECT)
@require_POST
def draft(request: Request, round_id: UUID) -> HttpResponse:
    """Keep what is being typed on the sheet or in the form of a finding (`part`)."""
    if request.POST.get("part") == "finding":
        kept = {f"finding-{name}": text(request, name, 1000) for name in findings_new.FIELDS}
    else:
        kept = _typed(request)
    commands.keep_draft(round_id, kept, by=request.by)
    return HttpResponse(status=204)


def _page(
    request: Request, round_id: UUID, given: dict[str, str] | None = None, problem: Problem | None = None
) -> HttpResponse:
    row = queries.round_for(round_id, by=request.by)
    found = list(
        row.findings.exclude(state=FindingState.WITHDRAWN)
        .select_related("department", "category", "heading").order_by("found_at")
    )  # fmt: skip
    context: dict[str, Any] = {"round": row, "findings": found, "mine": row.inspector_id == request.by.id}
    if row.ended_at is None:
        context |= _sheet(row, found, given)
        return show(request, "rounds_sheet", context, problem)
    context["results"] = row.results.select_related("heading").order_by("heading__position")
    context["outcome_label"] = {each.value: each.label for each in Outcome}
    return show(request, "rounds_round", context, problem)


def _sheet(row: HallRound, found: list[Finding], given: dict[str, str] | None) -> dict[str, Any]:
    by_heading: dict[UUID, int] = {}
    for each in found:
        by_heading[each.heading_id] = by_heading.get(each.heading_id, 0) + 1
    return {
        "headings": queries.terms(Register.HEADING, row.day),
        "counted": by_heading,
        "given": row.draft if given is None else given,
        "key": client_key(),
    }


urlpatterns: list[URLPattern] = [
    path("desk/hall/rounds", listing, name="desk-rounds"),
    path("desk/hall/rounds.csv", as_csv, name="desk-rounds-csv"),
    path("desk/hall/rounds/new", new, name="desk-round-new"),
    path("desk/hall/rounds/<uuid:round_id>", one, name="desk-round"),
    path("desk/hall/rounds/<uuid:round_id>/draft", draft, name="desk-round-draft"),
    *findings_new.urlpatterns,
    *findings.urlpatterns,
    *rounds_terms.urlpatterns,
]
