"""Pages of the room: tasks. The list with lights and statistics, one task with its steps, the forms."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST

from yichuang.directory.flow import Capability
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.web import Request, needs, post_key
from yichuang.programmes.commands import tasks as commands
from yichuang.programmes.commands.tasks import StepForm
from yichuang.programmes.flow.tasks import LEVELS, TASK_TONES, TaskAction, TaskState
from yichuang.programmes.pages import task_forms, task_papers
from yichuang.programmes.pages.common import (
    address,
    asked,
    day,
    department_choices,
    number,
    seen,
    show,
    text,
    today_of,
)
from yichuang.programmes.pages.task_page import task_page
from yichuang.programmes.queries import tasks as queries
from yichuang.programmes.queries.tasks import TaskFilters, TaskRow

CSV_HEAD = ("年度", "清单", "序号", "重点任务", "工作措施", "牵头部门", "承办处室", "开始", "完成时限",
            "状态", "进度（%）", "剩余工作日", "提示")  # fmt: skip


def _filters(request: Request) -> TaskFilters:
    state, year = asked(request, "state"), asked(request, "year")
    return TaskFilters(
        list_id=parse_uuid(request.GET.get("list", "")),
        department_id=parse_uuid(request.GET.get("department", "")),
        state=state if state in set(TaskState) else "",
        overdue=request.GET.get("overdue") == "yes",
        year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
    )


def _given(filters: TaskFilters) -> dict[str, object]:
    return {
        "list": filters.list_id or "",
        "department": filters.department_id or "",
        "state": filters.state,
        "overdue": "yes" if filters.overdue else "",
        "year": filters.year or "",
    }


@needs(Capability.FIGURES_READ)
@require_GET
def tasks(request: Request) -> HttpResponse:
    """Tasks by due date with their lights; how the departments stand."""
    filters, today = _filters(request), today_of(request)
    given = _given(filters)
    page = queries.tasks(
        by=request.by, filters=filters, today=today, after=request.GET.get("after", "")[:500]
    )
    whole, rows = queries.task_statistics(by=request.by, filters=filters, today=today)
    lists = queries.task_lists(by=request.by)
    chosen = next((one for one in lists if one.pk == filters.list_id), None)
    context: dict[str, Any] = {
        "page": page,
        "whole": whole,
        "standing": rows,
        "given": given,
        "lists": [(str(one.pk), f"{one.year}年 {one.title}") for one in lists],
        "chosen": chosen,
        "may_add": chosen is not None and _may_add(request, chosen.department_id),
        "departments": department_choices() if request.by.everywhere else [],
        "chips": _chips(given),
        "tones": TASK_TONES,
        "labels": {state.value: state.label for state in TaskState},
        "levels": LEVELS,
        "first": "" if page.is_first else address("programme-tasks", given),
        "following": address("programme-tasks", given, after=page.following) if page.following else "",
        "csv": address("programme-tasks-csv", given),
        "may_keep": request.by.can(Capability.PROGRAMME_KEEP),
    }
    return show(request, "tasks", context)


def _may_add(request: Request, department_id: UUID) -> bool:
    return request.by.can(Capability.PROGRAMME_KEEP) and request.by.reaches(department_id)


def _chips(given: dict[str, object]) -> list[tuple[str, str, bool]]:
    rest = {**given, "state": "", "overdue": ""}
    chips = [("全部", address("programme-tasks", rest), not given["state"] and not given["overdue"])]
    chips += [
        (state.label, address("programme-tasks", rest, state=state.value), given["state"] == state)
        for state in TaskState
    ]
    return [*chips, ("逾期", address("programme-tasks", rest, overdue="yes"), bool(given["overdue"]))]


@needs(Capability.FIGURES_READ)
@require_GET
def tasks_csv(request: Request) -> StreamingHttpResponse:
    """The whole list as a file, in the lists' own order."""
    found = queries.every_task(by=request.by, filters=_filters(request), today=today_of(request))
    return csv_response("重点任务清单.csv", CSV_HEAD, (_csv_row(row) for row in found))


def _csv_row(row: TaskRow) -> tuple[object, ...]:
    task = row.task
    return (
        task.list.year, task.list.title, task.number, task.text, task.measure, task.department.short_name, task.office,
        task.starts_on, task.due_on, TaskState(task.state).label, task.percent, row.light.left, row.light.why,
    )  # fmt: skip


@needs(Capability.FIGURES_READ)
@require_GET
def task(request: Request, programme_task_id: UUID) -> HttpResponse:
    """One task: what it is, how far, what may be done now, what was done."""
    return task_page(request, programme_task_id)


@needs(Capability.FIGURES_READ)
@require_POST
def act(request: Request, programme_task_id: UUID, task_action: str) -> HttpResponse:
    """One row of the table; who may do it is the command's to say."""
    if task_action not in set(TaskAction):
        raise Missing
    action = TaskAction(task_action)
    try:
        form = StepForm(
            words=text(request, "words"),
            percent=number(request, "percent"),
            evidence=text(request, "evidence"),
            until=day(request, "until"),
        )
        state = commands.act_on_task(
            programme_task_id,
            action,
            form,
            seen=seen(request),
            by=request.by,
            at=request.at,
            key=post_key(request),
        )
    except Problem as problem:
        if isinstance(problem, Missing):
            raise
        return task_page(request, programme_task_id, problem, task_action)
    messages.success(request, f"已{action.label}，任务现在是“{state.label}”。")
    return HttpResponseRedirect(reverse("programme-task", args=[programme_task_id]))


@needs(Capability.PROGRAMME_KEEP)
@require_POST
def reach(request: Request, programme_task_id: UUID, task_milestone_id: UUID) -> HttpResponse:
    """A milestone is reached today."""
    commands.reach_milestone(programme_task_id, task_milestone_id, by=request.by, at=request.at)
    messages.success(request, "节点已登记完成。")
    return HttpResponseRedirect(reverse("programme-task", args=[programme_task_id]))


@needs(Capability.PROGRAMME_MANAGE)
@require_POST
def remind(request: Request, programme_task_id: UUID) -> HttpResponse:
    """Send a reminder to the leading department."""
    try:
        sent = commands.remind_task(
            programme_task_id, text(request, "reminder"), by=request.by, at=request.at, key=post_key(request)
        )
    except Problem as problem:
        if isinstance(problem, Missing):
            raise
        return task_page(request, programme_task_id, problem, "remind")
    messages.success(request, f"已发出{LEVELS[sent.level - 1]}，送达 {sent.receivers} 人。")
    return HttpResponseRedirect(reverse("programme-task", args=[programme_task_id]))


BASE = "desk/programmes/tasks"
ONE = f"{BASE}/<uuid:programme_task_id>"
urlpatterns: list[URLPattern] = [
    path(BASE, tasks, name="programme-tasks"),
    path(f"{BASE}.csv", tasks_csv, name="programme-tasks-csv"),
    path(f"{BASE}/lists/new", task_forms.new_list, name="programme-task-list-new"),
    path(f"{BASE}/lists/<uuid:task_list_id>/new", task_forms.new_task, name="programme-task-new"),
    path(ONE, task, name="programme-task"),
    path(f"{ONE}/remind", remind, name="programme-task-remind"),
    path(f"{ONE}/do/<str:task_action>", act, name="programme-task-act"),
    path(f"{ONE}/milestones/<uuid:task_milestone_id>", reach, name="programme-task-milestone"),
    path(f"{ONE}/edit", task_forms.edit_task, name="programme-task-edit"),
    path(f"{ONE}/extension", task_papers.ask, name="programme-task-extension"),
    path(
        f"{ONE}/extension/<uuid:extension_id>/<str:extension_verdict>",
        task_papers.decide,
        name="programme-task-extension-decide",
    ),
    path(f"{ONE}/files", task_papers.add_file, name="programme-task-file-add"),
    path(f"{ONE}/files/<uuid:task_file_id>", task_papers.file, name="programme-task-file"),
    path(
        f"{ONE}/files/<uuid:task_file_id>/remove", task_papers.remove_file, name="programme-task-file-remove"
    ),
]
