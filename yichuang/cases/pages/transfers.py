"""The register of transfers (转隶): what is planned, what it moves, execution and cancellation."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yichuang.cases.commands.transfer import (
    MOST_AT_ONCE,
    TransferForm,
    cancel_transfer,
    execute_transfer,
    plan_transfer,
)
from yichuang.cases.flow import STATE_LABELS, State
from yichuang.cases.models import Transfer
from yichuang.cases.queries import transfers as queries
from yichuang.catalogue.models import Item
from yichuang.catalogue.pages.authorisations_typed import typed, typed_day
from yichuang.catalogue.queries import DeskFilter, desk_item, desk_items
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names, departments
from yichuang.kernel.actor import Actor
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import SHANGHAI, local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

HEAD = ("事项", "原部门", "新部门", "生效日", "文号", "依据", "状态", "执行时间", "移交在办件", "取消理由")
FIELDS = ("item", "to_department", "effective_on", "legal_basis", "document_number")
MOVED_LABELS = (
    ("manuals", "受理手册"),
    ("guides", "办事指南（由新部门复核）"),
    ("authorisations", "综窗授权"),
    ("delegations", "授权下放"),
    ("reviews", "待办的指南复核"),
)


@needs(Capability.CATALOGUE_READ)
@require_GET
def transfers(request: Request) -> HttpResponseBase:
    """Transfers, the newest first; the same as CSV."""
    if request.GET.get("format") == "csv":
        names = department_names()
        return csv_response(
            "事项转隶.csv", HEAD, (_cells(row, names) for row in queries.transfer_export(by=request.by))
        )
    page = queries.transfers(by=request.by, after=request.GET.get("after", "")[:500])
    context: dict[str, Any] = {
        "page": page,
        "names": department_names(),
        "standing": standing,
        "cases": lambda row: sum(row.moved.get("cases", {}).values()),
        "csv": f"{reverse('transfers')}?format=csv",
        "may_write": _may(request.by),
        "first": "" if page.is_first else reverse("transfers"),
        "following": f"{reverse('transfers')}?{urlencode({'after': page.following})}"
        if page.following
        else "",
    }
    return render(request, "cases/transfers.html", context)


@needs(Capability.CATALOGUE_LISTS)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Find the item, see what would move, register the transfer."""
    if request.method == "GET":
        return _form(request, {"item": request.GET.get("item", "")})
    given = typed(request, *FIELDS)
    try:
        form = TransferForm(
            parse_uuid(given["item"]), parse_uuid(given["to_department"]), typed_day(given, "effective_on"),
            given["legal_basis"], given["document_number"],
        )  # fmt: skip
        made = plan_transfer(form, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _form(request, given, problem)
    messages.success(request, f"已登记转隶，自 {made.effective_on} 起生效。")
    return HttpResponseRedirect(reverse("transfer", args=[made.pk]))


@needs(Capability.CATALOGUE_READ)
@require_GET
def one(request: Request, transfer_id: UUID) -> HttpResponse:
    """One transfer: what moves or has moved, and what may be done now."""
    return _page(request, queries.transfer(transfer_id, by=request.by))


@needs(Capability.CATALOGUE_LISTS)
@require_POST
def execute(request: Request, transfer_id: UUID) -> HttpResponse:
    """Execute a planned transfer whose day has come."""
    found = queries.transfer(transfer_id, by=request.by)
    try:
        done = execute_transfer(transfer_id, by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, found, problem)
    cases = sum(done.transfer.moved.get("cases", {}).values())
    messages.success(request, f"“{done.transfer.item_name}”已转隶，移交在办件 {cases} 件。")
    return HttpResponseRedirect(reverse("transfer", args=[transfer_id]))


@needs(Capability.CATALOGUE_LISTS)
@require_POST
def cancel(request: Request, transfer_id: UUID) -> HttpResponse:
    """Cancel a planned transfer with a reason."""
    found = queries.transfer(transfer_id, by=request.by)
    given = typed(request, "reason")
    try:
        cancel_transfer(transfer_id, reason=given["reason"], by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, found, problem, given)
    messages.success(request, "已取消这次转隶。")
    return HttpResponseRedirect(reverse("transfer", args=[transfer_id]))


def standing(row: Transfer) -> tuple[str, str]:
    """How a transfer stands: its word and its tone."""
    if row.executed_at is not None:
        return "已转隶", "good"
    if row.cancelled_at is not None:
        return "已取消", "plain"
    return ("未成功", "bad") if row.trouble else ("计划中", "action")


def _page(
    request: Request, row: Transfer, problem: Problem | None = None, given: dict[str, str] | None = None
) -> HttpResponse:
    planned = row.executed_at is None and row.cancelled_at is None
    item = desk_item(row.item_id, by=request.by)
    names = department_names()
    cases, along, closed = _amounts(row, item, planned=planned)
    context = {
        "row": row,
        "from_name": names[row.from_department_id],
        "to_name": names[row.to_department_id],
        "standing": standing(row),
        "planned": planned,
        "cases": cases,
        "along": along,
        "closed": closed,
        "too_many": planned and sum(count for _, count in cases) > MOST_AT_ONCE,
        "may_execute": planned and _may(request.by) and row.effective_on <= local_day(request.at),
        "may_cancel": planned and _may(request.by),
        "given": given or {},
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    return render(request, "cases/transfer.html", context, status=problem.status if problem else 200)


def _form(request: Request, given: dict[str, str], problem: Problem | None = None) -> HttpResponse:
    words = clean_text(request.GET.get("q", ""), limit=200)
    chosen = parse_uuid(given.get("item", ""))
    item = desk_item(chosen, by=request.by) if chosen else None
    found = [] if item or not words else desk_items(DeskFilter(text=words), by=request.by).rows
    cases, along, closed = ([], [], 0) if item is None else _live(item)
    context = {
        "words": words,
        "found": found,
        "item": item,
        "cases": cases,
        "along": along,
        "closed": closed,
        "departments": [
            (str(one.pk), one.name) for one in departments() if item and one.pk != item.department_id
        ],
        "given": {name: given.get(name, "") for name in FIELDS},
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    return render(request, "cases/transfer_new.html", context, status=problem.status if problem else 200)


Amounts = tuple[list[tuple[str, int]], list[tuple[str, int]], int]


def _amounts(row: Transfer, item: Item, *, planned: bool) -> Amounts:
    """What moves (planned) or has moved (executed): cases by state, what goes along, closed cases that stay."""
    if planned:
        return _live(item)
    cases = [(_state(state), count) for state, count in row.moved.get("cases", {}).items()]
    return cases, [(label, row.moved.get(name, 0)) for name, label in MOVED_LABELS], 0


def _live(item: Item) -> Amounts:
    now = queries.moving(item)
    cases = [(_state(state), count) for state, count in now.cases.items()]
    return cases, [(label, getattr(now, name)) for name, label in MOVED_LABELS], now.closed


def _cells(row: Transfer, names: dict[UUID, str]) -> tuple[object, ...]:
    executed = row.executed_at is not None
    return (
        row.item_name, names[row.from_department_id], names[row.to_department_id], row.effective_on, row.document_number,
        row.legal_basis, standing(row)[0], row.executed_at.astimezone(SHANGHAI).isoformat(" ", "minutes") if row.executed_at else "",
        sum(row.moved.get("cases", {}).values()) if executed else "", row.cancelled_reason,
    )  # fmt: skip


def _state(state: str) -> str:
    return STATE_LABELS[State(state)]


def _may(by: Actor) -> bool:
    return by.can(Capability.CATALOGUE_LISTS) and by.everywhere
