"""The desk's lists: items with their flags, one item, imports."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yichuang.catalogue import commands, queries
from yichuang.catalogue.flow import item_type_label
from yichuang.catalogue.models import Item
from yichuang.catalogue.queries import DeskFilter
from yichuang.catalogue.rules.changes import ITEM_LABELS
from yichuang.directory.flow import Capability
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.web import Request, clean_text, needs, post_key

MAX_BYTES = 20 * 1024 * 1024
HEAD = ("事项编码", "事项名称", "主项名称", "事项类型", "归属部门", "区划", "指南", "存疑")
_YES_NO = {"yes": True, "no": False}


@needs(Capability.CATALOGUE_READ)
@require_GET
def items(request: Request) -> HttpResponseBase:
    """Items of all lists by code, with filters that live in the address; the same as CSV."""
    filters = _filters(request)
    if request.GET.get("format") == "csv":
        rows = (_cells(item) for item in queries.desk_export(filters, by=request.by))
        return csv_response("事项清单.csv", HEAD, rows)
    page = queries.desk_items(filters, by=request.by, after=request.GET.get("after", "")[:500])
    context: dict[str, Any] = {
        "page": page,
        "filters": filters,
        "total": queries.desk_count(filters, by=request.by),
        "departments": [(str(row[0]), f"{row[1]}（{row[2]}）") for row in queries.departments_with_items()],
        "chips": _chips(filters, publishes=request.by.can(Capability.CATALOGUE_PUBLISH)),
        "first": "" if page.is_first else _address(filters),
        "following": _address(filters, after=page.following) if page.following else "",
        "csv": _address(filters, format="csv"),
        "type_label": item_type_label,
    }
    return render(request, "catalogue/desk_items.html", context)


@needs(Capability.CATALOGUE_READ)
@require_GET
def item(request: Request, item_id: UUID) -> HttpResponse:
    """One item: its source row, its flags, its revisions and the versions of its guide."""
    found = queries.desk_item(item_id, by=request.by)
    context = {
        "item": found,
        "type_label": item_type_label(found.item_type),
        "source": [
            {"key": label, "value": found.source[name]}
            for name, label in ITEM_LABELS.items()
            if found.source.get(name)
        ],
        "revisions": queries.revisions(found),
        "versions": queries.versions_of(found, by=request.by),
        "manual": queries.manual_of(found, by=request.by),
        "may_edit": request.by.can(Capability.CATALOGUE_EDIT) and request.by.reaches(found.department_id),
        "key": client_key(),
    }
    return render(request, "catalogue/desk_item.html", context)


@needs(Capability.CATALOGUE_READ)
@require_GET
def imports(request: Request) -> HttpResponse:
    """The form to import a list, and what earlier imports did."""
    return _imports_page(request)


@needs(Capability.CATALOGUE_IMPORT)
@require_POST
def import_file(request: Request) -> HttpResponse:
    """Import an uploaded list; the address of its outcome follows."""
    try:
        key, uploaded = post_key(request), request.FILES.get("file")
        if uploaded is None or isinstance(uploaded, list):
            raise Invalid("没有收到文件。", fields={"file": "请选择要导入的 CSV 文件"})
        if (uploaded.size or 0) > MAX_BYTES:
            raise Invalid("文件过大。", fields={"file": "文件不能超过 20 MB，请分成几份导入"})
        name = clean_text(uploaded.name or "", limit=200) or "未命名清单"
        outcome = commands.import_items(uploaded.read(), name, by=request.by, at=request.at, key=key)
    except Problem as problem:
        return _imports_page(request, problem)
    return HttpResponseRedirect(reverse("catalogue-import", args=[outcome.run_id]))


@needs(Capability.CATALOGUE_IMPORT)
@require_POST
def import_packaged(request: Request) -> HttpResponse:
    """Import the lists that the platform brings along; twice changes nothing."""
    commands.import_packaged_lists(by=request.by, at=request.at)
    return HttpResponseRedirect(reverse("catalogue-imports"))


@needs(Capability.CATALOGUE_READ)
@require_http_methods(["GET"])
def import_run(request: Request, run_id: UUID) -> HttpResponseBase:
    """What one import did, and its flagged rows with the reasons."""
    run = queries.import_run(run_id, by=request.by)
    rows = [(row["row"], row["item_code"], "；".join(row["reasons"])) for row in run.flagged_rows]
    if request.GET.get("format") == "csv":
        return csv_response("存疑的行.csv", ("行", "事项编码", "问题"), rows)
    known = queries.item_addresses([row[1] for row in rows])
    return render(request, "catalogue/import_run.html", {"run": run, "rows": rows, "known": known})


def _imports_page(request: Request, problem: Problem | None = None) -> HttpResponse:
    context = {
        "runs": queries.import_runs(by=request.by),
        "may_import": request.by.can(Capability.CATALOGUE_IMPORT),
        "problem": problem,
        "key": client_key(),
    }
    return render(request, "catalogue/imports.html", context, status=problem.status if problem else 200)


def _filters(request: Request) -> DeskFilter:
    return DeskFilter(
        text=clean_text(request.GET.get("q", ""), limit=200),
        department=parse_uuid(request.GET.get("department", "")),
        flagged=_YES_NO.get(request.GET.get("flagged", "")),
        has_guide=_YES_NO.get(request.GET.get("guide", "")),
        in_work=request.GET.get("work") == "yes",
        in_review=request.GET.get("work") == "review",
    )


def _address(filters: DeskFilter, **changes: str) -> str:
    words = {True: "yes", False: "no", None: ""}
    kept = {
        "q": filters.text,
        "department": str(filters.department or ""),
        "flagged": words[filters.flagged],
        "guide": words[filters.has_guide],
        "work": "yes" if filters.in_work else "review" if filters.in_review else "",
        **changes,
    }
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{reverse('catalogue')}?{query}" if query else reverse("catalogue")


def _chips(filters: DeskFilter, *, publishes: bool) -> list[tuple[str, str, bool]]:
    """Filters that are switched by one click; the same click takes them away again."""
    review = [("待审", "work", "review", filters.in_review)] if publishes else []
    chips = [
        ("存疑", "flagged", "yes", filters.flagged is True),
        ("有指南", "guide", "yes", filters.has_guide is True),
        ("没有指南", "guide", "no", filters.has_guide is False),
        ("有版本在编", "work", "yes", filters.in_work),
        *review,
    ]
    return [(label, _address(filters, **{name: "" if on else value}), on) for label, name, value, on in chips]


def _cells(item: Item) -> tuple[str, ...]:
    return (
        item.code,
        item.name,
        item.main_item,
        item_type_label(item.item_type),
        item.department.name,
        item.region.name,
        f"第{item.current.number}版" if item.current else "",
        "；".join(item.flags),
    )
