"""Pages of requirements laid down at duty visits: the list with what is overdue, one with its steps, a visit's own."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from yichuang.directory.flow import Capability
from yichuang.directory.queries import departments
from yichuang.halls.commands import duty_requirements as commands
from yichuang.halls.commands.duty_requirements import NewRequirement
from yichuang.halls.flow.duty import REQUIREMENT_FACTS, UNDONE, RequirementAction, RequirementState
from yichuang.halls.models import Requirement
from yichuang.halls.pages.rounds_common import integer, posted_day, show, text
from yichuang.halls.queries import duty as queries
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, post_key, signed_in
from yichuang.workdays.queries import calendar

STATE_OF = {each.value: each for each in RequirementState}
FIELDS = ("words", "due_on", "department", "answering")


def visit_page(
    request: Request,
    duty_visit_id: UUID,
    given: dict[str, Any] | None = None,
    problem: Problem | None = None,
) -> HttpResponse:
    """A visit with what was done, its requirements, and what may be done with it."""
    row = queries.visit_for(duty_visit_id, by=request.by)
    rows = list(row.requirements.all())
    mine = request.by.can(Capability.DUTY_RECORD) and request.by.reaches(row.department_id)
    context = {
        "visit": row,
        "rows": rows,
        "left": [_left(request, each) for each in rows],
        "state_of": STATE_OF,
        "may_record": mine and not row.cancelled_reason,
        "departments": [(each.pk, each.short_name) for each in departments()],
        "given": given or {},
        "key": client_key(),
    }
    return show(request, "duty_visit", context, problem)


@needs(Capability.DUTY_RECORD)
@require_POST
def lay_down(request: Request, duty_visit_id: UUID) -> HttpResponse:
    """Enter a requirement of a visit."""
    queries.visit_for(duty_visit_id, by=request.by)
    given = {name: text(request, name) for name in FIELDS}
    try:
        form = NewRequirement(
            given["words"], posted_day(request, "due_on"), parse_uuid(given["department"]), given["answering"]
        )
        commands.lay_down(duty_visit_id, form, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return visit_page(request, duty_visit_id, given, problem)
    messages.success(request, "已登记要求。")
    return HttpResponseRedirect(reverse("desk-duty-visit", args=[duty_visit_id]))


def _left(request: Request, row: Requirement) -> int | None:
    """Working days left for the responsible department; None once it has reported."""
    return calendar().between(local_day(request.at), row.due_on) if row.state in UNDONE else None


def _asked(request: Request) -> tuple[str, bool]:
    state = request.GET.get("state", "")
    return (state if state in STATE_OF else ""), request.GET.get("overdue") == "1"


def _address(state: str, overdue: bool, after: str = "", name: str = "desk-duty-requirements") -> str:
    asked = {"state": state, "overdue": "1" if overdue else "", "after": after}
    query = urlencode({each: value for each, value in asked.items() if value})
    return f"{reverse(name)}?{query}" if query else reverse(name)


@signed_in
@require_GET
def listing(request: Request) -> HttpResponse:
    """Requirements in reach, the next due first; the overdue ones apart."""
    state, overdue = _asked(request)
    today = local_day(request.at)
    page = queries.requirements_page(
        today, by=request.by, state=state, overdue=overdue, after=request.GET.get("after", "")[:500]
    )
    counts = queries.requirement_counts(today, by=request.by)
    context = {
        "page": page, "left": [_left(request, row) for row in page.rows], "state_of": STATE_OF,
        "chips": [
            ("已超期", _address(state, not overdue), overdue, counts["overdue"]),
            *(
                (each.label, _address("" if state == each else each.value, overdue), state == each, counts.get(each, 0))
                for each in RequirementState
            ),
        ],
        "csv": _address(state, overdue, name="desk-duty-requirements-csv"),
        "first_page": "" if page.is_first else _address(state, overdue),
        "following": _address(state, overdue, page.following) if page.following else "",
    }  # fmt: skip
    return show(request, "duty_requirements", context)


@signed_in
@require_GET
def as_csv(request: Request) -> StreamingHttpResponse:
    """Requirements in reach as a file."""
    state, overdue = _asked(request)
    queries.visible_requirements(request.by)
    head = [
        "提出日期",
        "提出人",
        "要求",
        "责任部门",
        "责任岗位",
        "期限",
        "状态",
        "结果",
        "销号日期",
        "是否超期",
    ]
    return csv_response("值守要求落实.csv", head, _rows(request, state, overdue))


def _rows(request: Request, state: str, overdue: bool) -> Iterator[list[object]]:
    today = local_day(request.at)
    for row in queries.export_requirements(today, by=request.by, state=state, overdue=overdue):
        yield [
            row.laid_down_on.isoformat(), row.visit.person, row.words, row.department.short_name, row.answering,
            row.due_on.isoformat(), RequirementState(row.state).label, row.result,
            row.closed_on.isoformat() if row.closed_on else "",
            "是" if queries.is_requirement_overdue(row, today) else "",
        ]  # fmt: skip


@signed_in
@require_GET
def one(request: Request, requirement_id: UUID) -> HttpResponse:
    """A requirement with its progress, and what may be done now."""
    return _page(request, requirement_id)


@signed_in
@require_POST
def step(request: Request, requirement_id: UUID, requirement_action: str) -> HttpResponse:
    """One step of the requirement's table; who may take it is the command's to say."""
    if requirement_action not in set(RequirementAction):
        raise Missing("没有这一步。", how="请从要求页面办理。")
    queries.requirement_for(requirement_id, by=request.by)
    words, seen = text(request, "words"), integer(request, "seen") or 0
    try:
        moved = commands.step_requirement(
            requirement_id,
            RequirementAction(requirement_action),
            words,
            seen=seen,
            by=request.by,
            at=request.at,
        )
    except Problem as problem:
        return _page(request, requirement_id, {"words": words, "action": requirement_action}, problem)
    messages.success(request, f"已办理，现在是「{RequirementState(moved.state).label}」。")
    return HttpResponseRedirect(reverse("desk-duty-requirement", args=[requirement_id]))


def _page(
    request: Request,
    requirement_id: UUID,
    given: dict[str, str] | None = None,
    problem: Problem | None = None,
) -> HttpResponse:
    row = queries.requirement_for(requirement_id, by=request.by)
    context = {
        "requirement": row,
        "state": RequirementState(row.state),
        "left": _left(request, row),
        "moves": queries.requirement_moves_of(row, by=request.by),
        "entries": [
            {"at": note.at, "title": REQUIREMENT_FACTS[note.fact], "by": note.by_name, "text": note.words}
            for note in row.notes.all()
        ],
        "given": given or {},
    }
    return show(request, "duty_requirement", context, problem)


urlpatterns: list[URLPattern] = [
    path(
        "desk/hall/duty/visits/<uuid:duty_visit_id>/requirements", lay_down, name="desk-duty-requirement-new"
    ),
    path("desk/hall/duty/requirements", listing, name="desk-duty-requirements"),
    path("desk/hall/duty/requirements.csv", as_csv, name="desk-duty-requirements-csv"),
    path("desk/hall/duty/requirements/<uuid:requirement_id>", one, name="desk-duty-requirement"),
    path(
        "desk/hall/duty/requirements/<uuid:requirement_id>/<str:requirement_action>",
        step,
        name="desk-duty-requirement-step",
    ),
]
