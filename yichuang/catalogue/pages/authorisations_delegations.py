"""The register of delegations on the desk: who else handles which item, within which scope and dates."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from yichuang.catalogue import queries
from yichuang.catalogue.commands.authorisations_delegations import (
    DelegationForm,
    delegate,
    end_delegation,
)
from yichuang.catalogue.flow import DelegationKind, DelegationLevel
from yichuang.catalogue.models import Delegation, Item
from yichuang.catalogue.pages.authorisations_typed import typed, typed_day
from yichuang.catalogue.queries.authorisations_delegations import (
    STANDINGS,
    DelegationFilter,
    delegation,
    delegation_export,
    delegations,
)
from yichuang.catalogue.queries.lines import PROVINCE
from yichuang.catalogue.rules.authorisations import delegation_standing, speaks_for
from yichuang.directory.flow import Capability
from yichuang.directory.queries import regions_below
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

HEAD = (
    "事项编码",
    "事项名称",
    "部门",
    "方式",
    "层级",
    "承接单位",
    "范围",
    "生效日",
    "最后一日",
    "文号",
    "状态",
)
FIELDS = (
    "kind", "level", "region", "receiver", "scope", "address", "from_day", "until_day", "document_number", "basis",
)  # fmt: skip
KINDS = [(one.value, one.label) for one in DelegationKind]
LEVELS = [(one.value, one.label) for one in DelegationLevel]


@needs(Capability.CATALOGUE_READ)
@require_GET
def register(request: Request) -> HttpResponseBase:
    """Delegations, the newest first; the same as CSV."""
    today = local_day(request.at)
    standing = request.GET.get("standing", "")
    filters = DelegationFilter(
        clean_text(request.GET.get("q", ""), limit=200), standing if standing in dict(STANDINGS) else ""
    )
    if request.GET.get("format") == "csv":
        found = delegation_export(filters, day=today, by=request.by)
        return csv_response("集成授权和下放.csv", HEAD, (_cells(row, request) for row in found))
    page = delegations(filters, day=today, by=request.by, after=request.GET.get("after", "")[:500])
    context: dict[str, Any] = {
        "page": page,
        "rows": [(row, delegation_standing(row.from_day, row.until_day, today)) for row in page.rows],
        "filters": filters,
        "chips": [
            (
                label,
                _address(filters, standing="" if filters.standing == code else code),
                filters.standing == code,
            )
            for code, label in STANDINGS
        ],
        "kinds": dict(KINDS),
        "levels": dict(LEVELS),
        "first": "" if page.is_first else _address(filters),
        "following": _address(filters, after=page.following) if page.following else "",
        "csv": _address(filters, format="csv"),
    }
    return render(request, "catalogue/authorisations_delegations.html", context)


@needs(Capability.CATALOGUE_AUTHORISE)
@require_http_methods(["GET", "POST"])
def new(request: Request, item_id: UUID) -> HttpResponse:
    """The form that registers a delegation of an item."""
    item = queries.desk_item(item_id, by=request.by)
    if request.method == "GET":
        return _form(request, item, {"from_day": local_day(request.at).isoformat()})
    given = typed(request, *FIELDS)
    try:
        form = DelegationForm(
            kind=given["kind"], level=given["level"], region=given["region"], receiver=given["receiver"],
            scope=given["scope"], from_day=typed_day(given, "from_day"), until_day=typed_day(given, "until_day"),
            document_number=given["document_number"], address=given["address"], basis=given["basis"],
        )  # fmt: skip
        made = delegate(item_id, form, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _form(request, item, given, problem)
    messages.success(request, f"已登记：“{item.name}”由{made.receiver}办理。")
    return HttpResponseRedirect(reverse("delegation", args=[made.pk]))


@needs(Capability.CATALOGUE_READ)
@require_GET
def one(request: Request, delegation_id: UUID) -> HttpResponse:
    """One delegation with who registered it, and the form that ends it."""
    return _page(request, delegation(delegation_id, by=request.by))


@needs(Capability.CATALOGUE_AUTHORISE)
@require_http_methods(["POST"])
def end(request: Request, delegation_id: UUID) -> HttpResponse:
    """End a delegation with a last day and a reason."""
    found = delegation(delegation_id, by=request.by)
    given = typed(request, "until_day", "reason")
    try:
        end_delegation(
            delegation_id, until_day=typed_day(given, "until_day"), reason=given["reason"], by=request.by,
            at=request.at,
        )  # fmt: skip
    except Problem as problem:
        return _page(request, found, problem, given)
    messages.success(request, f"已登记结束，最后一日 {given['until_day']}。")
    return HttpResponseRedirect(reverse("delegation", args=[delegation_id]))


def _form(
    request: Request, item: Item, given: dict[str, str], problem: Problem | None = None
) -> HttpResponse:
    context = {
        "item": item,
        "given": {name: given.get(name, "") for name in FIELDS},
        "kinds": KINDS,
        "levels": LEVELS,
        "regions": [(row.pk, row.name) for row in regions_below(PROVINCE)],
        "needs_basis": not speaks_for(request.by, item.department_id),
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    status = problem.status if problem else 200
    return render(request, "catalogue/authorisations_delegate.html", context, status=status)


def _page(
    request: Request, row: Delegation, problem: Problem | None = None, given: dict[str, str] | None = None
) -> HttpResponse:
    today = local_day(request.at)
    standing = delegation_standing(row.from_day, row.until_day, today)
    may = request.by.can(Capability.CATALOGUE_AUTHORISE) and request.by.reaches(row.department_id)
    context = {
        "row": row,
        "kind": dict(KINDS)[row.kind],
        "level": dict(LEVELS)[row.level],
        "standing": standing,
        "may_end": may and row.ended_at is None and (row.until_day is None or row.until_day >= today),
        "given": {"until_day": today.isoformat(), "reason": ""} | (given or {}),
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    status = problem.status if problem else 200
    return render(request, "catalogue/authorisations_delegation.html", context, status=status)


def _address(filters: DelegationFilter, **changes: str) -> str:
    kept = {"q": filters.text, "standing": filters.standing, **changes}
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{reverse('delegations')}?{query}" if query else reverse("delegations")


def _cells(row: Delegation, request: Request) -> tuple[object, ...]:
    standing = delegation_standing(row.from_day, row.until_day, local_day(request.at))
    return (
        row.item.code, row.item.name, row.department.short_name, dict(KINDS)[row.kind], dict(LEVELS)[row.level],
        row.receiver, row.scope, row.from_day, row.until_day or "", row.document_number, standing.label,
    )  # fmt: skip
