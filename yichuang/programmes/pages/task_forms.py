"""Pages of the room: the forms of a list of key tasks and of a task."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Conflict, Invalid, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.web import Request, needs, post_key, posted_uuid
from yichuang.programmes.commands import tasks as commands
from yichuang.programmes.commands.task_editing import change_task
from yichuang.programmes.commands.tasks import TaskForm, TaskListForm
from yichuang.programmes.models import Task, TaskList
from yichuang.programmes.pages.common import (
    address,
    day,
    department_choices,
    number,
    read_day,
    seen,
    show,
    shown_edit,
    text,
    today_of,
)
from yichuang.programmes.queries import tasks as queries

LIST_FIELDS = ("title", "source")
TASK_FIELDS = ("text", "measure", "office", "due_on", "starts_on", "milestones", "department", "reason")


@needs(Capability.PROGRAMME_KEEP)
@require_http_methods(["GET", "POST"])
def new_list(request: Request) -> HttpResponse:
    """Begin a list of key tasks."""
    given: dict[str, Any] = {"year": today_of(request).year}
    if request.method != "POST":
        return _list_form(request, given)
    given = {name: text(request, name) for name in (*LIST_FIELDS, "year", "department")}
    try:
        form = TaskListForm(
            year=number(request, "year") or 0,
            title=given["title"],
            source=given["source"],
            department_id=posted_uuid(request, "department"),
        )
        made = commands.make_task_list(form, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _list_form(request, given, problem)
    messages.success(request, "清单已建立，请逐项添加任务。")
    return HttpResponseRedirect(address("programme-tasks", {"list": made}))


def _list_form(request: Request, given: dict[str, Any], problem: Problem | None = None) -> HttpResponse:
    departments = department_choices() if request.by.everywhere else []
    context = {"given": given, "departments": departments, "key": client_key()}
    return show(request, "task_list_form", context, problem)


@needs(Capability.PROGRAMME_KEEP)
@require_http_methods(["GET", "POST"])
def new_task(request: Request, task_list_id: UUID) -> HttpResponse:
    """Put a task into a list."""
    listed = queries.task_list_for(task_list_id, by=request.by)
    if request.method != "POST":
        return _task_form(request, listed, None, {})
    given = _typed(request)
    try:
        form = _stated(request, given)
        commands.add_task(task_list_id, form, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _task_form(request, listed, None, given, problem)
    messages.success(request, "任务已添加。")
    return HttpResponseRedirect(address("programme-tasks", {"list": task_list_id}))


@needs(Capability.PROGRAMME_KEEP)
@require_http_methods(["GET", "POST"])
def edit_task(request: Request, programme_task_id: UUID) -> HttpResponse:
    """Change what a task says, with the reason; every version is kept."""
    found = queries.task_for(programme_task_id, by=request.by)
    listed = queries.task_list_for(found.list_id, by=request.by)
    if request.method != "POST":
        return _task_form(request, listed, found, _kept(found))
    given = _typed(request)
    try:
        change_task(
            programme_task_id, _stated(request, given), given["reason"], seen=seen(request), by=request.by, at=request.at
        )  # fmt: skip
    except Problem as problem:
        return _task_form(request, listed, found, given, problem)
    messages.success(request, "修改已保存，原来的内容保留在修改记录中。")
    return HttpResponseRedirect(reverse("programme-task", args=[programme_task_id]))


def _typed(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = {name: text(request, name) for name in TASK_FIELDS}
    return given | {"cooperating": request.POST.getlist("cooperating")}


def _stated(request: Request, given: dict[str, Any]) -> TaskForm:
    return TaskForm(
        text=given["text"],
        due_on=day(request, "due_on"),
        starts_on=day(request, "starts_on"),
        measure=given["measure"],
        office=given["office"],
        department_id=posted_uuid(request, "department"),
        cooperating=[found for one in given["cooperating"] if (found := parse_uuid(one))],
        milestones=_milestones(given["milestones"]),
    )


def _kept(found: Task) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in ("text", "measure", "office", "due_on", "starts_on")},
        "department": str(found.department_id),
        "cooperating": [str(one) for one in found.cooperating],
        "milestones": "\n".join(f"{one.due_on} {one.text}" for one in found.milestones.all()),
    }


def _milestones(typed: str) -> list[tuple[str, date]]:
    """Lines such as 2026-06-30 完成初稿. Raises Invalid for a line without day or words."""
    found = []
    for line in filter(None, (line.strip() for line in typed.split("\n"))):
        first, _, words = line.partition(" ")
        on = read_day(first)
        if on is None or not words.strip():
            raise Invalid(
                "节点格式有误。", fields={"milestones": f"“{line[:30]}”应写作：2026-06-30 完成初稿"}
            )
        found.append((words.strip(), on))
    return found


def _task_form(
    request: Request,
    listed: TaskList,
    found: Task | None,
    given: dict[str, Any],
    problem: Problem | None = None,
) -> HttpResponse:
    context = {
        "list": listed,
        "task": found,
        "given": given,
        "departments": department_choices() if request.by.everywhere else [],
        "helpers": department_choices(),
        "seen": shown_edit(request, found.edit if found else 0, problem),
        "conflicted": isinstance(problem, Conflict),
        "key": client_key(),
    }
    return show(request, "task_form", context, problem)
