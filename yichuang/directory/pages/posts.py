"""Posts: a name and the capabilities that whoever holds it has."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from yichuang.directory import commands, queries
from yichuang.directory.flow import CLEARANCE_LABELS, REACH_LABELS, Capability, Reach
from yichuang.directory.models import Department, Post
from yichuang.directory.pages.departments import within_reach
from yichuang.directory.pages.history import history
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.web import Request, clean_text, needs

AREAS = {
    "case": "办件",
    "catalogue": "事项和办事指南",
    "figures": "统计",
    "report": "窗口工作周报",
    "system": "系统管理",
}


def grouped() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The capabilities of staff by area, labelled: (area, label, [(capability, label)]). Applicants' own are not given."""
    found: dict[str, list[tuple[str, str]]] = {area: [] for area in AREAS}
    for capability in Capability:
        area = capability.partition(".")[0]
        if capability != Capability.CASE_APPLY:
            found[area if area in AREAS else "system"].append((str(capability), capability.label))
    return [(area, label, found[area]) for area, label in AREAS.items()]


@needs(Capability.DIRECTORY_MANAGE)
@require_http_methods(["GET", "POST"])
def new(request: Request, department_id: UUID) -> HttpResponse:
    """Add a post to a department."""
    department = within_reach(request, department_id)
    if request.method == "POST":
        return _save(request, department, None)
    return _form(
        request,
        department,
        None,
        {"name": "", "chosen": [], "reach": Reach.DEPARTMENT, "clearance": 0, "is_active": True},
    )


@needs(Capability.DIRECTORY_MANAGE)
@require_http_methods(["GET", "POST"])
def edit(request: Request, post_id: UUID) -> HttpResponse:
    """Change a post; the change holds for its holders from their next click on."""
    post = queries.post(post_id)
    if post is None:
        raise Missing
    department = within_reach(request, post.department_id)
    if request.method == "POST":
        return _save(request, department, post)
    given = {
        "name": post.name,
        "chosen": post.capabilities,
        "reach": post.reach,
        "clearance": post.clearance,
        "is_active": post.is_active,
    }
    return _form(request, department, post, given)


def _form(
    request: Request,
    department: Department,
    post: Post | None,
    given: dict[str, Any],
    problem: Problem | None = None,
) -> HttpResponse:
    holders = [account for account in queries.staff(department.pk) if post and account.post_id == post.pk]
    context = {
        "department": department,
        "post": post,
        "given": given,
        "problem": problem,
        "errors": problem.fields if problem else {},
        "groups": grouped(),
        "holders": holders,
        "own": any(account.pk == request.by.id for account in holders),
        "reaches": [(str(each), label) for each, label in REACH_LABELS.items() if _may_give(each, request)],
        "clearances": [
            (str(level), f"{level} {label}")
            for level, label in CLEARANCE_LABELS.items()
            if request.by.everywhere or level <= max(request.by.clearance, int(given["clearance"]))
        ],
        "history": history(post.pk) if post else [],
    }
    return render(request, "directory/post_form.html", context, status=problem.status if problem else 200)


def _may_give(reach: Reach, request: Request) -> bool:
    return (
        request.by.everywhere
        or reach == Reach.DEPARTMENT
        or (reach == Reach.REGION and bool(request.by.departments))
    )


def _save(request: Request, department: Department, post: Post | None) -> HttpResponse:
    reach, clearance = request.POST.get("reach", ""), request.POST.get("clearance", "")
    given: dict[str, Any] = {
        "name": clean_text(request.POST.get("name", ""), limit=100),
        "chosen": request.POST.getlist("capabilities"),
        "reach": Reach(reach) if reach in set(Reach) else Reach.DEPARTMENT,
        "clearance": int(clearance) if clearance in map(str, CLEARANCE_LABELS) else 0,
        "is_active": request.POST.get("is_active") == "yes",
    }
    try:
        saved = commands.save_post(
            department_id=department.pk, name=given["name"], capabilities=given["chosen"],
            everywhere=given["reach"] == Reach.EVERYWHERE, reach_region=given["reach"] == Reach.REGION,
            clearance=given["clearance"], is_active=given["is_active"], by=request.by, at=request.at,
            post_id=post.pk if post else None,
        )  # fmt: skip
    except Problem as problem:
        return _form(request, department, post, given, problem)
    messages.success(request, f"已保存岗位「{saved.name}」。")
    return HttpResponseRedirect(f"/desk/directory/departments/{department.pk}#posts")
