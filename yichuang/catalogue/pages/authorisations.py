"""The register of authorisations on the desk: what the window may accept, what is missing, authorise, withdraw."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yichuang.catalogue import queries
from yichuang.catalogue.commands.authorisations import (
    AuthorisationForm,
    authorise,
    withdraw_authorisation,
)
from yichuang.catalogue.models import Item
from yichuang.catalogue.pages.authorisations_typed import typed, typed_day
from yichuang.catalogue.queries.authorisations import (
    NARROWED,
    RegisterFilter,
    RegisterRow,
    authorisation_export,
    authorisation_register,
    authorisation_states,
    authorisations_of,
    manuals_in,
    unauthorised_items,
    window_may_accept,
)
from yichuang.catalogue.queries.authorisations_delegations import delegations_of
from yichuang.catalogue.rules.authorisations import (
    authorisation_standing,
    delegation_standing,
    speaks_for,
    week_of,
)
from yichuang.catalogue.rules.coverage import coverage
from yichuang.directory.flow import Capability
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

HEAD = ("事项编码", "事项名称", "部门", "授权", "生效日", "授权文号", "受理手册", "手册发布", "综窗可受理")
FIELDS = ("from_day", "document_number", "basis")
MANUAL_WORDS = {"": "没有", "compiling": "编制中", "published": "已发布", "suspended": "停用"}


@needs(Capability.CATALOGUE_READ)
@require_GET
def authorisations(request: Request) -> HttpResponseBase:
    """The register: figures, what every department lacks, the items; the same as CSV."""
    filters, today = _filters(request), local_day(request.at)
    if request.GET.get("format") == "csv":
        rows = (_cells(row) for row in authorisation_export(filters, day=today, by=request.by))
        return csv_response("事项授权和受理手册.csv", HEAD, rows)
    page = authorisation_register(filters, day=today, by=request.by, after=request.GET.get("after", "")[:500])
    states = authorisation_states(day=today, by=request.by, everything=filters.everything)
    first, last = week_of(today)
    context: dict[str, Any] = {
        "page": page,
        "filters": filters,
        "states": states,
        "week": manuals_in(first, today).compiled if request.by.everywhere else None,
        "week_days": (first, last),
        "items": sum(state.items for state in states),
        "authorised": sum(state.authorised for state in states),
        "ready": sum(state.ready for state in states),
        "coverage": coverage(sum(s.manuals for s in states), sum(s.items for s in states)),
        "departments": [(str(state.id), state.name) for state in states],
        "chips": _chips(filters),
        "may_authorise": request.by.can(Capability.CATALOGUE_AUTHORISE),
        "manual_words": MANUAL_WORDS,
        "first": "" if page.is_first else _address(filters),
        "following": _address(filters, after=page.following) if page.following else "",
        "csv": _address(filters, format="csv"),
        "address": lambda department, narrowed: _address(
            RegisterFilter(department=department, narrowed=narrowed, everything=filters.everything)
        ),
    }
    return render(request, "catalogue/authorisations.html", context)


@needs(Capability.CATALOGUE_READ)
@require_GET
def authorisation(request: Request, item_id: UUID) -> HttpResponse:
    """One item in the register: may the window accept it, its authorisations and delegations with their history."""
    return _item_page(request, queries.desk_item(item_id, by=request.by))


@needs(Capability.CATALOGUE_AUTHORISE)
@require_http_methods(["GET", "POST"])
def authorise_items(request: Request) -> HttpResponse:
    """The preview of an authorisation of several items, and its confirmation."""
    source = request.POST if request.method == "POST" else request.GET
    chosen = tuple(found for raw in source.getlist("item")[:500] if (found := parse_uuid(raw)))
    department = parse_uuid(source.get("department", ""))
    if request.method == "GET":
        return _preview(request, chosen, department, {})
    given = typed(request, *FIELDS)
    try:
        form = AuthorisationForm(typed_day(given, "from_day"), given["document_number"], given["basis"])
        made = authorise(chosen, form, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _preview(request, chosen, department, given, problem)
    messages.success(request, f"已登记授权 {len(made)} 个办理项。")
    if len(made) == 1:
        return HttpResponseRedirect(reverse("authorisation", args=[made[0].item_id]))
    return HttpResponseRedirect(reverse("authorisations"))


@needs(Capability.CATALOGUE_AUTHORISE)
@require_POST
def withdraw(request: Request, authorisation_id: UUID, item_id: UUID) -> HttpResponse:
    """Withdraw an authorisation from a day, with a reason."""
    item = queries.desk_item(item_id, by=request.by)
    given = typed(request, "from_day", "reason")
    try:
        withdraw_authorisation(
            authorisation_id, from_day=typed_day(given, "from_day"), reason=given["reason"], by=request.by,
            at=request.at,
        )  # fmt: skip
    except Problem as problem:
        return _item_page(request, item, problem, given)
    messages.success(request, f"已撤回授权，自 {given['from_day']} 起综窗不再受理“{item.name}”。")
    return HttpResponseRedirect(reverse("authorisation", args=[item_id]))


def _preview(
    request: Request,
    chosen: tuple[UUID, ...],
    department: UUID | None,
    given: dict[str, str],
    problem: Problem | None = None,
) -> HttpResponse:
    today = local_day(request.at)
    rows = []
    if chosen or department is not None:
        rows = unauthorised_items(day=today, by=request.by, department=department, chosen=chosen)
    free = [row for row in rows if not row.authorised][:500]
    context = {
        "rows": free,
        "already": [row for row in rows if row.authorised],
        "cut": len(rows) > 500,
        "needs_basis": not all(speaks_for(request.by, row.department_id) for row in free),
        "given": dict.fromkeys(FIELDS, "") | {"from_day": today.isoformat()} | given,
        "department": department,
        "manual_words": MANUAL_WORDS,
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    status = problem.status if problem else 200
    return render(request, "catalogue/authorisations_preview.html", context, status=status)


def _item_page(
    request: Request, item: Item, problem: Problem | None = None, given: dict[str, str] | None = None
) -> HttpResponse:
    today = local_day(request.at)
    may = request.by.can(Capability.CATALOGUE_AUTHORISE) and request.by.reaches(item.department_id)
    history = authorisations_of(item, by=request.by)
    context = {
        "item": item,
        "gate": window_may_accept(item.pk, today),
        "history": [
            (row, authorisation_standing(row.from_day, row.withdrawn_from, today)) for row in history
        ],
        "current": next((row for row in history if row.withdrawn_from is None), None),
        "delegations": [
            (row, delegation_standing(row.from_day, row.until_day, today)) for row in delegations_of(item)
        ],
        "manual": queries.manual_of(item, by=request.by),
        "manual_words": MANUAL_WORDS,
        "may_authorise": may,
        "given": {"from_day": today.isoformat(), "reason": ""} | (given or {}),
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    status = problem.status if problem else 200
    return render(request, "catalogue/authorisations_item.html", context, status=status)


def _filters(request: Request) -> RegisterFilter:
    narrowed = request.GET.get("narrowed", "")
    return RegisterFilter(
        text=clean_text(request.GET.get("q", ""), limit=200),
        department=parse_uuid(request.GET.get("department", "")),
        narrowed=narrowed if narrowed in dict(NARROWED) else "",
        everything=request.GET.get("scope") == "all",
    )


def _address(filters: RegisterFilter, **changes: str) -> str:
    kept = {
        "q": filters.text,
        "department": str(filters.department or ""),
        "narrowed": filters.narrowed,
        "scope": "all" if filters.everything else "",
        **changes,
    }
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{reverse('authorisations')}?{query}" if query else reverse("authorisations")


def _chips(filters: RegisterFilter) -> list[tuple[str, str, bool]]:
    chips = [
        (
            label,
            _address(filters, narrowed="" if filters.narrowed == code else code),
            filters.narrowed == code,
        )
        for code, label in NARROWED
    ]
    return [
        *chips,
        ("含市县事项", _address(filters, scope="" if filters.everything else "all"), filters.everything),
    ]


def _cells(row: RegisterRow) -> tuple[object, ...]:
    return (
        row.code, row.name, row.department, "已授权" if row.authorised else "未授权", row.from_day or "",
        row.document_number, MANUAL_WORDS[row.manual], row.published_on or "", "是" if row.ready else "否",
    )  # fmt: skip
