"""Acceptance manuals on the desk: how many items they cover, the list, one manual."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from yichuang.catalogue import commands, queries
from yichuang.catalogue.flow import ManualState
from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.web import Request, clean_text, needs


@needs(Capability.CATALOGUE_READ)
@require_GET
def manuals(request: Request) -> HttpResponse:
    """The coverage figure, by department, and the manuals."""
    department = parse_uuid(request.GET.get("department", ""))
    given = request.GET.get("state", "")
    state = given if given in set(ManualState) else ""
    page = queries.manuals(
        by=request.by, department=department, state=state, after=request.GET.get("after", "")[:500]
    )
    whole, rows = queries.manual_coverage()
    context: dict[str, Any] = {
        "page": page,
        "coverage": whole,
        "rows": rows,
        "chips": [
            (one.label, _address(department, "" if one == state else one), one == state)
            for one in ManualState
        ],
        "state_label": {one.value: one.label for one in ManualState},
        "department": next((row.department for row in rows if row.department_id == department), ""),
        "first": "" if page.is_first else _address(department, state),
        "following": _address(department, state, page.following) if page.following else "",
        "address": _address,
    }
    return render(request, "catalogue/manuals.html", context)


@needs(Capability.CATALOGUE_READ)
@require_GET
def manual(request: Request, item_id: UUID) -> HttpResponse:
    """The manual of one item, and what may be done with it now."""
    return _page(request, item_id)


@needs(Capability.CATALOGUE_EDIT)
@require_POST
def save(request: Request, item_id: UUID) -> HttpResponse:
    """Save the points of a manual, one a line."""
    typed = clean_text(request.POST.get("points", ""), limit=60_000)
    seen = request.POST.get("edit", "")
    edit = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0
    try:
        commands.save_manual(item_id, typed.split("\n"), edit=edit, by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, item_id, problem, typed)
    messages.success(request, "受理手册已保存。")
    return HttpResponseRedirect(reverse("manual", args=[item_id]))


@needs(Capability.CATALOGUE_READ)
@require_POST
def move(request: Request, item_id: UUID, name: str) -> HttpResponse:
    """One move of the manual's table; who may make it is the command's to say."""
    try:
        moved = commands.move_manual(item_id, name, by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, item_id, problem)
    messages.success(request, f"受理手册现在是“{ManualState(moved.state).label}”。")
    return HttpResponseRedirect(reverse("manual", args=[item_id]))


def _page(
    request: Request, item_id: UUID, problem: Problem | None = None, typed: str | None = None
) -> HttpResponse:
    item = queries.desk_item(item_id, by=request.by)
    found = queries.manual_of(item, by=request.by)
    state = ManualState(found.state) if found else ManualState.COMPILING
    points = found.points if found else []
    reaches = request.by.reaches(item.department_id)
    context = {
        "item": item,
        "manual": found,
        "state": state,
        "points": points,
        "text": "\n".join(points) if typed is None else typed,
        "edit": found.edit if found else 0,
        "moves": queries.manual_moves(state, by=request.by) if found and reaches else [],
        "may_edit": state == ManualState.COMPILING and reaches and request.by.can(Capability.CATALOGUE_EDIT),
        "problem": problem,
    }
    return render(request, "catalogue/manual.html", context, status=problem.status if problem else 200)


def _address(department: UUID | None, state: str, after: str = "") -> str:
    kept = {"department": str(department or ""), "state": str(state), "after": after}
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{reverse('manuals')}?{query}" if query else reverse("manuals")
