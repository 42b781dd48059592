"""Departments: the list, one department with its posts and staff, and the form."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from yichuang.directory import commands, queries
from yichuang.directory.flow import DEPARTMENT_KIND_LABELS, REACH_LABELS, Capability, DepartmentKind
from yichuang.directory.models import Department
from yichuang.directory.pages.history import history
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs

FIELDS = ("code", "name", "short_name", "kind", "region", "credit_code", "document_word", "number_code")
PROVINCE = "510000000000"
KINDS = [(str(kind), label) for kind, label in DEPARTMENT_KIND_LABELS.items()]
CSV_HEAD = ("区划", "编码", "名称", "简称", "性质", "统一社会信用代码", "文号代字", "编号段", "启用")


@needs(Capability.DIRECTORY_MANAGE)
@require_safe
def listing(request: Request) -> HttpResponse:
    """Departments by region and code; search by name or code."""
    text = clean_text(request.GET.get("q", ""), limit=100)
    every = request.GET.get("all") == "1"
    page = queries.departments_page(text=text, active_only=not every, after=request.GET.get("after", ""))
    asked = {name: value for name, value in (("q", text), ("all", "1" if every else "")) if value}
    context: dict[str, Any] = {
        "rows": [
            (row, DEPARTMENT_KIND_LABELS[DepartmentKind(row.kind)], request.by.reaches(row.pk))
            for row in page.rows
        ],
        "q": text,
        "chips": [("含已停用", f"?{urlencode(_toggled(asked))}", every)],
        "may_add": request.by.everywhere,
        "previous": "" if page.is_first else f"?{urlencode(asked)}",
        "following": f"?{urlencode({**asked, 'after': page.following})}" if page.following else "",
    }
    return render(request, "directory/departments.html", context)


def _toggled(asked: dict[str, str]) -> dict[str, str]:
    rest = {name: value for name, value in asked.items() if name != "all"}
    return rest if "all" in asked else {**rest, "all": "1"}


@needs(Capability.DIRECTORY_MANAGE)
@require_safe
def listing_csv(request: Request) -> HttpResponseBase:
    """Every department, those switched off included."""
    return csv_response(f"部门-{local_day(request.at)}.csv", CSV_HEAD, _csv())


def _csv() -> Iterator[tuple[object, ...]]:
    for row in queries.departments(active_only=False).iterator(chunk_size=500):
        yield (
            row.region.name, row.code, row.name, row.short_name, DEPARTMENT_KIND_LABELS[DepartmentKind(row.kind)],
            row.credit_code, row.document_word, row.number_code, "是" if row.is_active else "否",
        )  # fmt: skip


def within_reach(request: Request, department_id: UUID) -> Department:
    """A department that the actor may manage. Raises Missing otherwise: not there and not yours look the same."""
    found = queries.department(department_id)
    if found is None or not request.by.reaches(found.pk):
        raise Missing
    return found


@needs(Capability.DIRECTORY_MANAGE)
@require_safe
def one(request: Request, department_id: UUID) -> HttpResponse:
    """One department: its facts, posts, staff and history."""
    department = within_reach(request, department_id)
    context = {
        "department": department,
        "kind": DEPARTMENT_KIND_LABELS[DepartmentKind(department.kind)],
        "posts": list(queries.posts(department_id)),
        "staff": list(queries.staff(department_id)),
        "reaches": REACH_LABELS,
        "history": history(department_id),
    }
    return render(request, "directory/department.html", context)


@needs(Capability.DIRECTORY_MANAGE)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Add a department."""
    if request.method == "POST":
        return _save(request, None)
    blank = dict.fromkeys(FIELDS, "") | {"region": PROVINCE, "kind": str(DepartmentKind.PROVINCIAL)}
    return _form(request, None, {**blank, "is_active": "yes"})


@needs(Capability.DIRECTORY_MANAGE)
@require_http_methods(["GET", "POST"])
def edit(request: Request, department_id: UUID) -> HttpResponse:
    """Change a department."""
    department = within_reach(request, department_id)
    if request.method == "POST":
        return _save(request, department)
    given = {name: str(getattr(department, name)) for name in FIELDS if name != "region"}
    active = "yes" if department.is_active else ""
    return _form(request, department, {**given, "region": department.region_id, "is_active": active})


def _form(
    request: Request, department: Department | None, given: dict[str, str], problem: Problem | None = None
) -> HttpResponse:
    context = {
        "department": department,
        "given": given,
        "problem": problem,
        "errors": problem.fields if problem else {},
        "kinds": KINDS,
    }
    return render(
        request, "directory/department_form.html", context, status=problem.status if problem else 200
    )


def _save(request: Request, department: Department | None) -> HttpResponse:
    given = {name: clean_text(request.POST.get(name, ""), limit=200) for name in FIELDS}
    active = request.POST.get("is_active") == "yes"
    kind = given["kind"] if given["kind"] in set(DepartmentKind) else ""
    number = department.number_code if department else given["number_code"]
    form = commands.DepartmentForm(
        given["code"], given["name"], given["short_name"], DepartmentKind(kind) if kind else DepartmentKind.PROVINCIAL,
        given["region"], given["credit_code"], given["document_word"], number, active,
    )  # fmt: skip
    try:
        saved = commands.save_department(
            form, by=request.by, at=request.at, department_id=department.pk if department else None
        )
    except Problem as problem:
        return _form(request, department, {**given, "is_active": "yes" if active else ""}, problem)
    messages.success(request, f"已保存部门「{saved.name}」。")
    return HttpResponseRedirect(f"/desk/directory/departments/{saved.pk}")
