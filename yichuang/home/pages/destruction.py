"""Lawful destruction of what a closed case holds: find it, see what goes and what stays, confirm."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST, require_safe

from yichuang.cases import commands, flow
from yichuang.cases import queries as cases
from yichuang.cases.commands import Destruction, retention_ends
from yichuang.cases.flow import State
from yichuang.cases.queries import CaseRow
from yichuang.directory.flow import Capability
from yichuang.feedback.commands.destroy import destroy_case
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import Request, clean_text, needs, post_key


@needs(Capability.PRIVATE_DESTROY)
@require_safe
def destruction(request: Request) -> HttpResponse:
    """A field for the number; the case that was found with the form."""
    asked = clean_text(request.GET.get("q", ""), limit=100)
    found = cases.by_number(asked) if asked else None
    row = cases.load(found) if found else None
    return _page(request, row if row and request.by.reaches(row.department_id) else None, asked)


@needs(Capability.PRIVATE_DESTROY)
@require_POST
def destroy(request: Request, destroyed_case: UUID) -> HttpResponse:
    """Destroy the content, by the ground and the order that were given; what was typed stays on a refusal."""
    row = cases.load(destroyed_case)
    if row is None or not request.by.reaches(row.department_id):
        raise Missing
    ground = clean_text(request.POST.get("ground", ""), limit=40)
    reason = clean_text(request.POST.get("reason", ""), limit=commands.LONGEST_REASON + 1)
    try:
        done = destroy_case(
            Destruction(row.id, ground, reason, post_key(request)), by=request.by, at=request.at
        )
    except Problem as problem:
        return _page(request, row, row.number, problem)
    messages.success(
        request, f"办件 {row.number} 的内容{'已依法删除' if done else '此前已经删除'}，办理经过仍可核验。"
    )
    return HttpResponseRedirect(f"/desk/destruction?q={row.number}")


def _page(request: Request, row: CaseRow | None, asked: str, problem: Problem | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "q": asked,
        "case": row,
        "state": State(row.state).label if row else "",
        "gone": row is not None and row.applicant_name == commands.GONE,
        "keep_until": retention_ends(row.closed_on) if row and row.closed_on else None,
        "grounds": list(flow.DESTRUCTION_GROUNDS.items()),
        "key": client_key(),
        "given": request.POST if problem else {},
        "problem": problem,
    }
    missing = 404 if asked and row is None else 200
    return render(request, "home/destruction.html", context, status=problem.status if problem else missing)


urlpatterns: list[URLPattern] = [
    path("desk/destruction", destruction, name="destruction"),
    path("desk/destruction/<uuid:destroyed_case>", destroy, name="destruction-do"),
]
