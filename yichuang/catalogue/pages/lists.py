"""Licence lists on the desk: the register, one list with its entries, import into the field, registration."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yichuang.catalogue.commands.lists import (
    ListForm,
    default_due,
    register_list,
    save_entries,
    save_list,
)
from yichuang.catalogue.flow.lists import ListState
from yichuang.catalogue.models import LicenceList
from yichuang.catalogue.pages.authorisations_typed import typed, typed_day
from yichuang.catalogue.queries.lines import PROVINCE
from yichuang.catalogue.queries.lists import (
    concerned_by,
    entries_of,
    licence_list,
    licence_lists,
    list_in_force,
    unused_entries,
)
from yichuang.catalogue.rules.items import decode
from yichuang.catalogue.rules.lists import read_table
from yichuang.directory.flow import Capability
from yichuang.directory.queries import region, regions_below
from yichuang.kernel.actor import Actor
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

HEAD_FIELDS = ("title", "document_number", "issued_on", "effective_on", "expires_on", "region")
ENTRY_LIMIT = 2_000_000
MAX_BYTES = 10 * 1024 * 1024
CSV_HEAD = ("事项名称", "实施机关", "设定和实施依据")
SHOWN = 200


@needs(Capability.CATALOGUE_READ)
@require_GET
def lists(request: Request) -> HttpResponse:
    """Every list, and which one of the province holds today."""
    context = {
        "rows": licence_lists(by=request.by),
        "kept": list_in_force(PROVINCE, local_day(request.at)),
        "may_write": _may(request.by),
        "state_label": {one.value: one.label for one in ListState},
    }
    return render(request, "catalogue/lists.html", context)


@needs(Capability.CATALOGUE_LISTS)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """The form that begins a list."""
    if request.method == "GET":
        return _head_page(request, {"region": PROVINCE})
    given = typed(request, *HEAD_FIELDS)
    try:
        made = save_list(_form(given), by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _head_page(request, given, problem)
    messages.success(request, "已建立清单，请录入或者导入条目。")
    return HttpResponseRedirect(reverse("licence-list", args=[made.pk]))


@needs(Capability.CATALOGUE_LISTS)
@require_http_methods(["GET", "POST"])
def head(request: Request, licence_list_id: UUID) -> HttpResponse:
    """Change the head of a list that is being written."""
    found = licence_list(licence_list_id, by=request.by)
    if request.method == "GET":
        given = {name: str(getattr(found, name) or "") for name in HEAD_FIELDS if name != "region"}
        return _head_page(request, given | {"region": found.region_id}, found=found)
    given = typed(request, *HEAD_FIELDS)
    try:
        save_list(
            _form(given), list_id=licence_list_id, edit=_edit(request), by=request.by, at=request.at, key=post_key(request)
        )  # fmt: skip
    except Problem as problem:
        return _head_page(request, given, problem, found)
    messages.success(request, "已保存。")
    return HttpResponseRedirect(reverse("licence-list", args=[licence_list_id]))


@needs(Capability.CATALOGUE_READ)
@require_GET
def one(request: Request, licence_list_id: UUID) -> HttpResponseBase:
    """One list: its entries, the guides that it concerns, what it lists and the catalogue lacks; entries as CSV."""
    found = licence_list(licence_list_id, by=request.by)
    if request.GET.get("format") == "csv":
        rows = ((entry.name, entry.department, entry.basis) for entry in entries_of(found))
        return csv_response(f"{found.title}.csv", CSV_HEAD, rows)
    return _page(request, found)


@needs(Capability.CATALOGUE_LISTS)
@require_POST
def entries(request: Request, licence_list_id: UUID) -> HttpResponse:
    """Save the entries as typed, or read an uploaded file into the field for a look before saving."""
    found = licence_list(licence_list_id, by=request.by)
    text = clean_text(request.POST.get("entries", ""), limit=ENTRY_LIMIT)
    try:
        uploaded = request.FILES.get("file")
        if uploaded is not None:
            return _page(request, found, text=_read_file(uploaded))
        count = save_entries(licence_list_id, text, edit=_edit(request), by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, found, problem, text)
    messages.success(request, f"已保存 {count} 项。")
    return HttpResponseRedirect(reverse("licence-list", args=[licence_list_id]))


@needs(Capability.CATALOGUE_LISTS)
@require_POST
def register(request: Request, licence_list_id: UUID) -> HttpResponse:
    """Register a list; its tasks follow."""
    found = licence_list(licence_list_id, by=request.by)
    given = typed(request, "due_on")
    try:
        due_on = typed_day(given, "due_on")
        _, count = register_list(
            licence_list_id, due_on=due_on, edit=_edit(request), by=request.by, at=request.at
        )
    except Problem as problem:
        return _page(request, found, problem)
    messages.success(request, f"已登记清单，产生指南复核 {count} 项。")
    return HttpResponseRedirect(f"{reverse('guide-tasks')}?list={licence_list_id}")


def _page(
    request: Request, found: LicenceList, problem: Problem | None = None, text: str | None = None
) -> HttpResponse:
    words = clean_text(request.GET.get("q", ""), limit=200)
    stored = entries_of(found)
    shown = entries_of(found, words) if words else stored
    drafted = found.state == ListState.DRAFT
    context: dict[str, Any] = {
        "one": found,
        "drafted": drafted,
        "words": words,
        "entries": shown[:SHOWN],
        "count": len(stored),
        "hidden": max(len(shown) - SHOWN, 0),
        "text": text if text is not None else "\n".join(entry.line for entry in stored),
        "unsaved": text is not None,
        "concerned": concerned_by(found) if drafted and stored else [],
        "unused": unused_entries(found) if stored else [],
        "may_write": drafted and _may(request.by),
        "due_on": default_due(request.at),
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    return render(request, "catalogue/lists_one.html", context, status=problem.status if problem else 200)


def _head_page(
    request: Request,
    given: dict[str, str],
    problem: Problem | None = None,
    found: LicenceList | None = None,
) -> HttpResponse:
    province = region(PROVINCE)
    regions = [(PROVINCE, province.name)] if province else []
    context = {
        "one": found,
        "given": {name: given.get(name, "") for name in HEAD_FIELDS},
        "regions": regions + [(row.pk, row.name) for row in regions_below(PROVINCE)],
        "edit": found.edit if found else 0,
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    return render(request, "catalogue/lists_head.html", context, status=problem.status if problem else 200)


def _form(given: dict[str, str]) -> ListForm:
    return ListForm(
        given["title"], given["document_number"], typed_day(given, "issued_on"), typed_day(given, "effective_on"),
        typed_day(given, "expires_on"), given["region"],
    )  # fmt: skip


def _read_file(uploaded: Any) -> str:
    if isinstance(uploaded, list) or (uploaded.size or 0) > MAX_BYTES:
        raise Invalid("文件过大。", fields={"file": "文件不能超过 10 MB"})
    try:
        read = read_table(decode(uploaded.read()))
    except ValueError as error:
        raise Invalid("清单文件读不出来。", fields={"file": str(error)}) from error
    if read.problems:
        told = "；".join(f"第{line}行{words}" for line, words in read.problems[:20])
        raise Invalid(f"文件中有{len(read.problems)}行须先改正。", fields={"file": told})
    return "\n".join(entry.line for entry in read.entries)


def _may(by: Actor) -> bool:
    return by.can(Capability.CATALOGUE_LISTS) and by.everywhere


def _edit(request: Request) -> int:
    raw = request.POST.get("edit", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0
