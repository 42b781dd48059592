"""How systems stand, their batches, the reported cases and one of them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from yichuang.directory.flow import Capability
from yichuang.exchange.flow import BatchState, State
from yichuang.exchange.models import System
from yichuang.exchange.pages.common import (
    address,
    asked,
    department_choices,
    every,
    pager_of,
    require_reader,
    show,
    system_choices,
)
from yichuang.exchange.pages.national import shown
from yichuang.exchange.queries.batches import batch_for, batch_lines, batches_page, systems_within
from yichuang.exchange.queries.cases import Listed, Wanted, cases_page
from yichuang.exchange.queries.overview import standings
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, signed_in

MOST_CSV = 20_000
CASES_HEAD = ("系统", "办件编号", "事项", "部门", "申请人", "状态", "受理", "办结", "存疑条数")
STANDING_HEAD = ("系统", "代号", "最近一批", "采用条数", "存疑条数", "已报受理未报办结")
VERDICTS = {"refused": "读不出", "quarantined": "存疑"}


@signed_in
@require_safe
def overview(request: Request) -> HttpResponse:
    """How each system stands."""
    require_reader(request.by)
    rows = [(one, _lag(one.latest, request)) for one in standings(by=request.by)]
    return show(request, "overview", "exchange", {"rows": rows})


def _lag(latest: Any, request: Request) -> str:
    """How long a system has been silent, in words."""
    if latest is None:
        return "还没有报送"
    days = (local_day(request.at) - local_day(latest)).days
    return "今天" if days <= 0 else f"{days} 天前"


@signed_in
@require_safe
def overview_csv(request: Request) -> StreamingHttpResponse:
    """The same as a file."""
    require_reader(request.by)
    rows = (
        (one.system.name, one.system.code, one.latest, one.taken, one.doubtful, one.open)
        for one in standings(by=request.by)
    )
    return csv_response("报送情况.csv", STANDING_HEAD, rows)


@signed_in
@require_safe
def batches(request: Request) -> HttpResponse:
    """Batches, the newest first."""
    require_reader(request.by)
    system = parse_uuid(asked(request, "system"))
    page = batches_page(by=request.by, system_id=system, after=asked(request, "after", 500))
    given = {"system": system or ""}
    context = {
        "page": page,
        "states": {state.value: state.label for state in BatchState},
        "systems": system_choices(systems_within(request.by)),
        "given": {"system": str(system or "")},
        **pager_of("exchange-batches", page, given),
    }
    return show(request, "batches", "exchange-batches", context)


@signed_in
@require_safe
def batch(request: Request, exchange_batch_id: UUID) -> HttpResponse:
    """One batch: its counts, and the lines that were not simply taken."""
    require_reader(request.by)
    found = batch_for(exchange_batch_id, by=request.by)
    page = batch_lines(found, after=asked(request, "after", 500))
    context = {
        "batch": found,
        "page": page,
        "verdicts": VERDICTS,
        "state": BatchState(found.state).label,
        "report": shown(found.conformance) if found.conformance else None,
        "first": "" if page.is_first else request.path,
        "following": f"{request.path}?after={page.following}" if page.following else "",
    }
    return show(request, "batch", "exchange-batches", context)


@signed_in
@require_safe
def batch_csv(request: Request, exchange_batch_id: UUID) -> StreamingHttpResponse:
    """The lines of a batch that were not simply taken, as a file for whoever mends them."""
    require_reader(request.by)
    found = batch_for(exchange_batch_id, by=request.by)
    lines = every(batch_lines(found), lambda after: batch_lines(found, after=after), MOST_CSV)
    rows = ((one.place, VERDICTS[one.verdict], one.source_number, "；".join(one.reasons)) for one in lines)
    return csv_response("没有直接采用的行.csv", ("行", "结果", "办件编号", "原因"), rows)


def _wanted(request: Request) -> tuple[Wanted, dict[str, str]]:
    given = {
        name: asked(request, name)
        for name in ("number", "applicant", "item", "department", "system", "state")
    }
    state = given["state"] if given["state"] in set(State) else ""
    wanted = Wanted(
        given["number"], given["applicant"], given["item"], parse_uuid(given["department"]), parse_uuid(given["system"]), state
    )  # fmt: skip
    return wanted, given


@needs(Capability.CASE_SEARCH)
@require_safe
def cases(request: Request) -> HttpResponse:
    """The reported cases that the actor may see."""
    wanted, given = _wanted(request)
    page = cases_page(by=request.by, wanted=wanted, after=asked(request, "after", 500))
    context = {
        "page": page,
        "given": given,
        "states": [(state.value, state.label) for state in State],
        "departments": department_choices(),
        "systems": [
            (str(pk), name) for pk, name in System.objects.order_by("name").values_list("pk", "name")
        ],
        "csv": address("exchange-cases-csv", given),
        "narrowed": any(given.values()),
        **pager_of("exchange-cases", page, given),
    }
    return show(request, "cases", "exchange-cases", context)


@needs(Capability.LIST_EXPORT)
@require_safe
def cases_csv(request: Request) -> StreamingHttpResponse:
    """The list as a file, at most MOST_CSV lines, names as the list shows them."""
    wanted, _ = _wanted(request)
    request.by.require(Capability.CASE_SEARCH)
    first = cases_page(by=request.by, wanted=wanted, size=500)
    rows = every(
        first, lambda after: cases_page(by=request.by, wanted=wanted, after=after, size=500), MOST_CSV
    )
    return csv_response("报送办件.csv", CASES_HEAD, map(_csv_row, rows))


def _csv_row(one: Listed) -> tuple[object, ...]:
    return (
        one.system_name, one.source_number, one.item_name, one.department_name, one.applicant, one.state_label,
        one.accepted_on, one.decided_on, one.doubts,
    )  # fmt: skip


BASE = "desk/exchange"
urlpatterns: list[URLPattern] = [
    path(BASE, overview, name="exchange"),
    path(f"{BASE}.csv", overview_csv, name="exchange-csv"),
    path(f"{BASE}/batches", batches, name="exchange-batches"),
    path(f"{BASE}/batches/<uuid:exchange_batch_id>", batch, name="exchange-batch"),
    path(f"{BASE}/batches/<uuid:exchange_batch_id>.csv", batch_csv, name="exchange-batch-csv"),
    path(f"{BASE}/cases", cases, name="exchange-cases"),
    path(f"{BASE}/cases.csv", cases_csv, name="exchange-cases-csv"),
]
