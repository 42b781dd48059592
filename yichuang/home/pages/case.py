"""The case page: the clock and the actions allowed now first (on a wide screen to the right), the matter, the timeline below."""

from typing import Any
from uuid import UUID

from django.contrib import messages as told
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from yichuang.cases import flow, rules
from yichuang.cases import queries as cases
from yichuang.cases.commands import Stepped, claim, release
from yichuang.cases.flow import DELIVERY_METHODS, LEVEL_LABELS, Action, State
from yichuang.cases.queries import CaseRow, Event
from yichuang.cases.queries.dates import dates_of
from yichuang.cases.queries.reviewers import panel
from yichuang.directory.flow import Capability
from yichuang.directory.queries import applicant
from yichuang.home.pages import case_corrections, case_view, private
from yichuang.home.pages.case_actions import HANDLERS
from yichuang.home.pages.case_offers import DANGERS, MAIN, can_claim, offered, receivers
from yichuang.home.pages.desk import ending
from yichuang.intake import queries as intake
from yichuang.intake.queries import Application
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.together import together
from yichuang.kernel.web import Request, needs
from yichuang.workdays.queries import calendar

RESPONSE_DAYS = 15
LINES = 6
HIDDEN = ("csrfmiddlewaretoken", "client_key", "seen")
OFFICE_ACTIONS = tuple(action for action in Action if action in HANDLERS)


@needs(Capability.CASE_SEARCH)
@require_GET
def case(request: Request, case_id: UUID) -> HttpResponse:
    """One case for staff."""
    row = cases.visible(case_id, by=request.by)
    private.opened(request, row)
    return _page(request, row)


@needs(Capability.PRIVATE_REVEAL)
@require_POST
def reveal(request: Request, case_id: UUID) -> HttpResponse:
    """Show what is masked for a quarter of an hour; the look is kept with its reason before anything is shown."""
    row = cases.visible(case_id, by=request.by)
    try:
        private.show(request, row, intake.read_application(row.id))
    except Problem as problem:
        return _page(request, row, problem=problem)
    return HttpResponseRedirect(f"/desk/cases/{row.id}#private")


def _page(
    request: Request, row: CaseRow, *, failed: Action | None = None, problem: Problem | None = None
) -> HttpResponse:
    today = local_day(request.at)
    application, events, colleagues, shown_until, dates, reviewers, filer, _ = together(
        lambda: intake.read_application(row.id),
        lambda: cases.timeline(row, by=request.by),
        lambda: receivers(row, request.by),
        lambda: private.until(request, row),
        lambda: dates_of(row, today=today),
        lambda: panel(row, by=request.by),
        lambda: applicant(row.applicant_id),
        # The timeline asks for them in its second turn: asked for here, they come with the first.
        lambda: facts_of(row.id),
    )
    guide = application.guide if application else None
    actions = offered(row, request.by, colleagues)
    context: dict[str, Any] = {
        "case": row,
        "state": State(row.state),
        "ending": ending(row.outcome, row.promptness),
        "work": flow.WORK_LABELS[flow.WorkKind(row.work_kind)] if row.work_kind else "",
        **case_view.clock(row, today),
        **_matter(row, application, events, request.by, shade=shown_until is None),
        "private": private.block(request, filer, application, shown_until, None if failed else problem),
        "dates": dates,
        "levels": case_view.level_line(row),
        "reviewers": reviewers,
        "opinions": case_view.opinions(row, events),
        "sent_back": case_view.sent_back(events, guide),
        "can_claim": can_claim(row, request.by),
        "holds": row.work_holder_id is not None and row.work_holder_id == request.by.id,
        "actions": actions,
        "main": MAIN.get(row.work_kind or ""),
        "dangers": DANGERS,
        "timeline": [case_view.entry(event, row, guide) for event in events],
        **_choices(request, row, application, colleagues),
        **_failure(request, actions, failed, problem),
    }
    return render(request, "home/case.html", context, status=problem.status if problem else 200)


def _matter(
    row: CaseRow, application: Application | None, events: list[Event], by: Actor, *, shade: bool
) -> dict[str, Any]:
    """What was filed, in words, and what the latest correction has mended; with `shade`, what is personal is masked."""
    if application is None:
        return {"application": None, "sections": [], "answer": None}
    changes = intake.changes(row.id, by=by, shade=shade) if row.corrections else []
    return {
        "application": application,
        "sections": intake.in_words(application.guide, application.answers, shade=shade),
        "answer": case_corrections.answer_of(row, events, application, changes),
    }


def _choices(
    request: Request, row: CaseRow, application: Application | None, colleagues: list[tuple[str, str]]
) -> dict[str, Any]:
    """What the forms offer to choose from."""
    guide, today = application.guide if application else None, local_day(request.at)
    lower = rules.lower_levels(row.handling.levels, row.work_kind)
    return {
        "targets": case_corrections.targets(guide),
        "standards": case_corrections.standards(guide),
        "parts": case_view.parts(guide),
        "lower_levels": [(str(level), LEVEL_LABELS[level]) for level in lower],
        "colleagues": colleagues,
        "methods": list(DELIVERY_METHODS.items()),
        "respond_by": calendar().add(today, RESPONSE_DAYS),
        "lines": range(LINES),
    }


def _failure(
    request: Request, actions: list[flow.Transition], failed: Action | None, problem: Problem | None
) -> dict[str, Any]:
    """What has failed, what was typed, and where the summary's links lead; a form that is no longer there keeps its words."""
    there = any(one.action == failed for one in actions)
    typed = [v.strip() for k in request.POST if k not in HIDDEN for v in request.POST.getlist(k)]
    fields = problem.fields if problem and there else {}
    return {
        # What has failed has left nothing under its key; whoever sends the form again means a new sending.
        "key": client_key(),
        "failed": failed,
        "problem": problem,
        "given": request.POST if failed else QueryDict(),
        "failed_fields": {_anchor(name): words for name, words in fields.items()},
        "typed": [words for words in typed if words] if failed and not there else [],
    }


def _anchor(name: str) -> str:
    """The field that a fault belongs to: the lines of a correction have fields of their own."""
    if name == "lines":
        return "0-target"
    return f"{name.removeprefix('lines-')}-target" if name.startswith("lines-") else name


@needs(Capability.CASE_SEARCH)
@require_POST
def act(request: Request, case_id: UUID, action: str) -> HttpResponse:
    """Do one thing to a case: one command. What was typed comes back when it cannot be done."""
    if action not in {str(known) for known in OFFICE_ACTIONS}:
        raise Missing
    chosen = Action(action)
    row = cases.visible(case_id, by=request.by)
    try:
        stepped: Stepped = HANDLERS[chosen](request, case_id)
    except Problem as problem:
        return _page(request, cases.visible(row.id, by=request.by), failed=chosen, problem=problem)
    told.success(request, f"已办理：{flow.BY_ACTION[chosen].label}。")
    return HttpResponseRedirect(f"/desk/cases/{stepped.case_id}")


@needs(Capability.CASE_CLAIM)
@require_POST
def take(request: Request, case_id: UUID) -> HttpResponse:
    """Claim the open work."""
    claim(case_id, by=request.by, at=request.at)
    return HttpResponseRedirect(f"/desk/cases/{case_id}")


@needs(Capability.CASE_CLAIM)
@require_POST
def put_back(request: Request, case_id: UUID) -> HttpResponse:
    """Put claimed work back into the queue."""
    release(case_id, by=request.by, at=request.at)
    return HttpResponseRedirect(f"/desk/cases/{case_id}")
