"""One reported case: where it stands, what was reported, what is in doubt; and its lawful destruction."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe

from yichuang.cases.commands import LONGEST_REASON
from yichuang.cases.flow import DESTRUCTION_GROUNDS
from yichuang.directory.flow import Capability
from yichuang.exchange.commands.destroy import destroy_reported
from yichuang.exchange.flow import FORGOTTEN, OPEN, Doubt, EventKind, State
from yichuang.exchange.pages.common import show
from yichuang.exchange.queries.cases import case_for, shown_name
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import Request, clean_text, needs, post_key


@needs(Capability.CASE_SEARCH)
@require_safe
def case(request: Request, reported_case_id: UUID) -> HttpResponse:
    """One reported case."""
    return _page(request, reported_case_id)


def _page(request: Request, case_id: UUID, problem: Problem | None = None) -> HttpResponse:
    found = case_for(case_id, by=request.by)
    row = found.view.row
    gone = row.applicant_no == FORGOTTEN
    context: dict[str, Any] = {
        "found": found,
        "row": row,
        "state": State(row.state),
        "timeline": [
            {"at": one.day, "title": one.title, "by": one.words, "tone": one.tone} for one in found.timeline
        ],
        "applicant": row.applicant_name if gone else shown_name(row.applicant_name),
        "doubts": [(one, EventKind(one.kind).label, Doubt(one.state).label) for one in found.doubts],
        "may_destroy": request.by.can(Capability.PRIVATE_DESTROY) and not gone and row.state not in OPEN,
        "grounds": list(DESTRUCTION_GROUNDS.items()),
        "key": client_key(),
        "given": request.POST if problem else {},
    }
    return show(request, "case", "exchange-cases", context, problem)


@needs(Capability.PRIVATE_DESTROY)
@require_POST
def destroy(request: Request, reported_case_id: UUID) -> HttpResponse:
    """Destroy the content, by the ground and the order that were given; what was typed stays on a refusal."""
    ground = clean_text(request.POST.get("ground", ""), limit=40)
    reason = clean_text(request.POST.get("reason", ""), limit=LONGEST_REASON + 1)
    try:
        destroy_reported(
            reported_case_id, ground, reason, by=request.by, at=request.at, key=post_key(request)
        )
    except Missing:
        raise
    except Problem as problem:
        return _page(request, reported_case_id, problem)
    messages.success(request, "报送办件的内容已依法删除，办理经过仍可核验。")
    return HttpResponseRedirect(reverse("exchange-case", args=[reported_case_id]))


BASE = "desk/exchange/cases"
urlpatterns: list[URLPattern] = [
    path(f"{BASE}/<uuid:reported_case_id>", case, name="exchange-case"),
    path(f"{BASE}/<uuid:reported_case_id>/destroy", destroy, name="exchange-case-destroy"),
]
