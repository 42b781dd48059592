"""Reviews of guides on the desk: the list with what is overdue, one review and its moves."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from yichuang.catalogue.commands.lists_tasks import answer_task, assign_task, dismiss_task, reopen_task
from yichuang.catalogue.flow.lists import TaskState, task_moves
from yichuang.catalogue.models import ReviewTask
from yichuang.catalogue.pages.authorisations_typed import typed, typed_day
from yichuang.catalogue.queries.lists_tasks import (
    TaskFilter,
    answers,
    possible_persons,
    task,
    task_counts,
    task_export,
    tasks,
)
from yichuang.directory.flow import Capability
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs

HEAD = ("事项编码", "事项名称", "部门", "起因", "理由", "负责人", "期限", "状态", "答复")
FIELDS = ("person", "due_on", "version", "reason", "edit")
NEEDED = {
    "assign": Capability.CATALOGUE_LISTS,
    "done": Capability.CATALOGUE_EDIT,
    "not_affected": Capability.CATALOGUE_EDIT,
    "reopen": Capability.CATALOGUE_LISTS,
}


@needs(Capability.CATALOGUE_READ)
@require_GET
def listed(request: Request) -> HttpResponseBase:
    """Reviews by due day, with filters that live in the address; the same as CSV."""
    today, filters = local_day(request.at), _filters(request)
    if request.GET.get("format") == "csv":
        rows = (_cells(row) for row in task_export(filters, day=today, by=request.by))
        return csv_response("指南复核.csv", HEAD, rows)
    page = tasks(filters, day=today, by=request.by, after=request.GET.get("after", "")[:500])
    context: dict[str, Any] = {
        "page": page,
        "filters": filters,
        "counts": task_counts(day=today, by=request.by),
        "today": today,
        "cause": cause_of,
        "states": {one.value: one for one in TaskState},
        "chips": _chips(filters),
        "narrowed": filters != TaskFilter(),
        "first": "" if page.is_first else _address(filters),
        "following": _address(filters, after=page.following) if page.following else "",
        "csv": _address(filters, format="csv"),
        "overdue": _address(TaskFilter(overdue=True)),
        "open": _address(TaskFilter(state=TaskState.OPEN)),
    }
    return render(request, "catalogue/lists_tasks.html", context)


@needs(Capability.CATALOGUE_READ)
@require_GET
def one(request: Request, guide_task_id: UUID) -> HttpResponse:
    """One review: why, who, by when, and what may be done now."""
    return _page(request, task(guide_task_id, by=request.by))


@needs(Capability.CATALOGUE_READ)
@require_POST
def move(request: Request, guide_task_id: UUID, name: str) -> HttpResponse:
    """One move of the table in `flow`; who may make it is the command's to say."""
    found = task(guide_task_id, by=request.by)
    given = typed(request, *FIELDS)
    try:
        moved = _make(request, guide_task_id, name, given)
    except Problem as problem:
        return _page(request, found, problem, given)
    messages.success(request, f"已办理，这项复核现在是“{TaskState(moved.state).label}”。")
    return HttpResponseRedirect(reverse("guide-task", args=[guide_task_id]))


def cause_of(row: ReviewTask) -> str:
    """What a review follows from, in words."""
    if row.listed_in is not None:
        return f"{row.listed_in.title}（{row.listed_in.document_number}）"
    if row.law is not None:
        return f"《{row.law.text.title}》（{row.law.document_number}）"
    return "事项转隶"


def _make(request: Request, guide_task_id: UUID, name: str, given: dict[str, str]) -> ReviewTask:
    by, at = request.by, request.at
    raw = given["edit"]
    edit = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0
    if name == "assign":
        person, due_on = parse_uuid(given["person"]), typed_day(given, "due_on")
        return assign_task(guide_task_id, person=person, due_on=due_on, edit=edit, by=by, at=at)
    if name == "done":
        return answer_task(guide_task_id, version=parse_uuid(given["version"]), edit=edit, by=by, at=at)
    if name == "not_affected":
        return dismiss_task(guide_task_id, reason=given["reason"], edit=edit, by=by, at=at)
    if name == "reopen":
        due_on = typed_day(given, "due_on")
        return reopen_task(guide_task_id, reason=given["reason"], due_on=due_on, edit=edit, by=by, at=at)
    raise Missing


def _page(
    request: Request, row: ReviewTask, problem: Problem | None = None, given: dict[str, str] | None = None
) -> HttpResponse:
    state = TaskState(row.state)
    context = {
        "row": row,
        "state": state,
        "cause": cause_of(row),
        "today": local_day(request.at),
        "moves": [move for move in task_moves(state) if request.by.can(NEEDED[move.name])],
        "may_edit": request.by.can(Capability.CATALOGUE_EDIT),
        "persons": [
            (
                str(one.pk),
                f"{one.display_name} · {one.post.department.short_name}" if one.post else one.display_name,
            )
            for one in possible_persons(row)
        ],
        "answers": [(str(one.pk), f"第 {one.number} 版") for one in answers(row)],
        "given": {"person": str(row.person_id or ""), "due_on": row.due_on.isoformat()} | (given or {}),
        "problem": problem,
        "errors": problem.fields if problem else {},
    }
    return render(request, "catalogue/lists_task.html", context, status=problem.status if problem else 200)


def _filters(request: Request) -> TaskFilter:
    state = request.GET.get("state", "")
    return TaskFilter(
        text=clean_text(request.GET.get("q", ""), limit=200),
        state=state if state in set(TaskState) else "",
        overdue=request.GET.get("overdue") == "yes",
        department=parse_uuid(request.GET.get("department", "")),
        mine=request.GET.get("mine") == "yes",
        listed_in=parse_uuid(request.GET.get("list", "")),
        law=parse_uuid(request.GET.get("law", "")),
    )


def _address(filters: TaskFilter, **changes: str) -> str:
    kept = {
        "q": filters.text,
        "state": str(filters.state),
        "overdue": "yes" if filters.overdue else "",
        "department": str(filters.department or ""),
        "mine": "yes" if filters.mine else "",
        "list": str(filters.listed_in or ""),
        "law": str(filters.law or ""),
        **changes,
    }
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{reverse('guide-tasks')}?{query}" if query else reverse("guide-tasks")


def _chips(filters: TaskFilter) -> list[tuple[str, str, bool]]:
    states = [
        (one.label, _address(filters, state="" if filters.state == one else str(one)), filters.state == one)
        for one in TaskState
    ]
    overdue = ("已逾期", _address(filters, overdue="" if filters.overdue else "yes"), filters.overdue)
    mine = ("由我负责", _address(filters, mine="" if filters.mine else "yes"), filters.mine)
    return [*states, overdue, mine]


def _cells(row: ReviewTask) -> tuple[object, ...]:
    answer = f"第{row.version.number}版" if row.version else row.reason
    return (
        row.item.code, row.item.name, row.department.short_name, cause_of(row), row.why,
        row.person.display_name if row.person else "", row.due_on, TaskState(row.state).label, answer,
    )  # fmt: skip
