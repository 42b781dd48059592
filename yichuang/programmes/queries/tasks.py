"""Every read of the room: tasks."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet

from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.offers import Offer, OfferedFigure
from yichuang.kernel.paging import PAGE, Page, cut, day_part, decode, id_part
from yichuang.kernel.times import local_day
from yichuang.programmes.flow.tasks import OPEN, TASK_MOVES, UNFINISHED, TaskAction, TaskMove, TaskState
from yichuang.programmes.models import ExtensionRequest, Task, TaskFile, TaskList, TaskStep, TaskVersion
from yichuang.programmes.queries.common import own, sees_all
from yichuang.programmes.rules.tasks import (
    DepartmentTasks,
    TaskLight,
    TaskStanding,
    by_department,
    summary,
    task_light,
)
from yichuang.workdays.queries import calendar


@dataclass(frozen=True, slots=True)
class TaskFilters:
    """What a list of tasks is narrowed to; empty means all."""

    list_id: UUID | None = None
    department_id: UUID | None = None
    state: str = ""
    overdue: bool = False
    year: int | None = None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in a list with its light; `reminders` sent so far and the day of the last."""

    task: Task
    light: TaskLight
    reminders: int
    reminded_on: date | None


def visible_tasks(by: Actor) -> QuerySet[Task]:
    """Tasks that the actor's department leads or helps with; everywhere all."""
    by.require(Capability.FIGURES_READ)
    if sees_all(by):
        return Task.objects.all()
    helps = Q(cooperating__overlap=list(by.scope_departments or ()))
    return Task.objects.filter(own(by) | helps | own(by, "list__department_id"))


def _narrowed(by: Actor, filters: TaskFilters, today: date) -> QuerySet[Task]:
    found = visible_tasks(by).select_related("department", "list")
    if filters.list_id:
        found = found.filter(list_id=filters.list_id)
    if filters.year:
        found = found.filter(list__year=filters.year)
    if filters.department_id:
        found = found.filter(department_id=filters.department_id)
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.overdue:
        found = found.filter(due_on__lt=today, state__in=sorted(OPEN))
    return found


def row_of(task: Task, today: date, reminders: int = 0, reminded_on: date | None = None) -> TaskRow:
    """The task with its light of today."""
    light = task_light(
        TaskState(task.state), starts_on=task.starts_on, due_on=task.due_on, percent=task.percent, today=today,
        calendar=calendar(),
    )  # fmt: skip
    return TaskRow(task, light, reminders, reminded_on)


def tasks(
    *, by: Actor, filters: TaskFilters, today: date, after: str = "", size: int = PAGE
) -> Page[TaskRow]:
    """Tasks by due date, the earliest first, a page at a time. One statement."""
    found = _narrowed(by, filters, today).annotate(
        reminders_sent=Count("reminders", distinct=True), reminded_on=Max("reminders__on")
    )
    cursor = decode(after, parts=2)
    if cursor:
        day, last = day_part(cursor[0]), id_part(cursor[1])
        found = found.filter(Q(due_on__gt=day) | Q(due_on=day, id__gt=last))
    rows = [
        row_of(task, today, task.reminders_sent, task.reminded_on)
        for task in found.order_by("due_on", "id")[: size + 1]
    ]
    return cut(rows, size=size, key=lambda row: (row.task.due_on.isoformat(), str(row.task.pk)), after=after)


def every_task(*, by: Actor, filters: TaskFilters, today: date) -> list[TaskRow]:
    """All tasks of a list in its order, for the file and for print."""
    found = _narrowed(by, filters, today).order_by("list__year", "list__title", "number", "id")
    return [row_of(task, today) for task in found]


def task_statistics(
    *, by: Actor, filters: TaskFilters, today: date
) -> tuple[DepartmentTasks, list[DepartmentTasks]]:
    """All tasks of the filter in one row, and a row for each leading department. One statement."""
    found = [
        TaskStanding(name, TaskState(state), due_on, percent)
        for name, state, due_on, percent in _narrowed(by, filters, today).values_list(
            "department__short_name", "state", "due_on", "percent"
        )
    ]
    return summary(found, today), by_department(found, today)


def task_lists(*, by: Actor) -> list[TaskList]:
    """Every list that the actor sees something of, the latest year first."""
    found = TaskList.objects.select_related("department").order_by("-year", "title")
    if not sees_all(by):
        found = found.filter(own(by) | Q(tasks__in=visible_tasks(by))).distinct()
    return list(found)


def task_list_for(list_id: UUID, *, by: Actor) -> TaskList:
    """One list to which the actor may add. Raises Missing."""
    found = TaskList.objects.select_related("department").filter(pk=list_id).first()
    if found is None or not by.reaches(found.department_id):
        raise Missing
    return found


def task_for(task_id: UUID, *, by: Actor) -> Task:
    """One task with its list. Raises Missing where it is not for this actor."""
    found = visible_tasks(by).select_related("department", "list").filter(pk=task_id).first()
    if found is None:
        raise Missing
    return found


def task_steps(task: Task) -> list[TaskStep]:
    """What was done to a task, the newest first."""
    return list(task.steps.order_by("-at", "-id"))


def task_versions(task: Task) -> list[TaskVersion]:
    """Every version of a task's form, the newest first."""
    return list(task.versions.order_by("-number"))


def task_files(task: Task) -> list[TaskFile]:
    """The evidence that stands at a task now."""
    return list(task.files.filter(removed_at__isnull=True).order_by("at", "id"))


def extension_requests(task: Task) -> list[ExtensionRequest]:
    """The requests for a later day, the open one first, then the latest decided."""
    return list(task.extension_requests.order_by(F("decided_at").desc(nulls_first=True), "-asked_at", "-id"))


def cooperating_names(task: Task) -> list[str]:
    """The short names of the departments that help."""
    names = department_names() if task.cooperating else {}
    return [names[one] for one in task.cooperating if one in names]


def task_moves(task: Task, *, by: Actor) -> list[TaskMove]:
    """The rows of the table that are open to the actor now."""
    if not by.reaches(task.department_id):
        return []
    return [
        row
        for row in TASK_MOVES
        if row.source == task.state
        and by.can(row.capability)
        and not (row.four_eyes and by.id is not None and by.id == task.claimed_by)
    ]


def offers(first: date, last: date) -> list[Offer]:
    """Lists issued and tasks closed in a period, one sentence each, and how each running list of the year stands."""
    made = [_list_offer(one) for one in TaskList.objects.select_related("department").order_by("made_at", "id")
            if first <= local_day(one.made_at) <= last]  # fmt: skip
    closed = (
        Task.objects.filter(state=TaskState.CLOSED, closed_on__gte=first, closed_on__lte=last)
        .select_related("department", "list")
        .order_by("closed_on", "id")
    )
    return made + [_closed_offer(task) for task in closed] + _progress_offers(last)


def _list_offer(found: TaskList) -> Offer:
    address, name = f"/desk/programmes/tasks?list={found.pk}", found.department.short_name
    count = found.tasks.count()
    day = local_day(found.made_at)
    counted = f"确定重点任务{count}项，明确承办处室、工作措施和完成时限" if count else "重点任务正在逐项分解"
    text = f"近日，{name}印发《{found.title.strip('《》')}》，{counted}。"
    figure = OfferedFigure("tasks.listed", "重点任务", count, "项", day, str(count), address)
    return Offer(
        f"task_list:{found.pk}:{count}", "tasks", "efficiency", text, address, day, found.department_id, name,
        (figure,) if count else (),
    )  # fmt: skip


def _closed_offer(task: Task) -> Offer:
    assert task.closed_on is not None
    claim = (
        task.steps.filter(action=TaskAction.CLAIM.value)
        .order_by("-at")
        .values_list("words", flat=True)
        .first()
    )
    name = task.department.short_name
    told = f"。{claim.strip().rstrip('。')}" if claim else ""
    text = f"{task.closed_on.month}月{task.closed_on.day}日，{name}完成重点任务“{task.text.strip().rstrip('。')}”{told}。"
    return Offer(
        f"task:{task.pk}:{task.edit}", "tasks", "efficiency", text, f"/desk/programmes/tasks/{task.pk}",
        task.closed_on, task.department_id, name,
    )  # fmt: skip


def _progress_offers(last: date) -> list[Offer]:
    offers_made = []
    running = TaskList.objects.filter(year=last.year, tasks__state__in=sorted(UNFINISHED)).distinct()
    for found in running.select_related("department").order_by("title"):
        whole, _ = task_statistics(by=SYSTEM, filters=TaskFilters(list_id=found.pk), today=last)
        offers_made.append(_progress_offer(found, whole, last))
    return offers_made


def _progress_offer(found: TaskList, whole: DepartmentTasks, last: date) -> Offer:
    address, name = f"/desk/programmes/tasks?list={found.pk}", found.department.short_name
    counted = whole.total - whole.cancelled
    numbers = [
        ("total", "重点任务", counted, "项"), ("closed", "已办结", whole.closed, "项"),
        ("running", "正在推进", whole.running + whole.claimed, "项"), ("overdue", "逾期未完成", whole.overdue, "项"),
    ]  # fmt: skip
    text = (
        f"《{found.title.strip('《》')}》{counted}项任务，截至{last.month}月{last.day}日已办结{whole.closed}项，"
        f"正在推进{whole.running + whole.claimed}项"
        + (f"，逾期未完成{whole.overdue}项" if whole.overdue else "")
        + "。"
    )
    figures = tuple(
        OfferedFigure(f"tasks.{code}", label, value, unit, last, str(value), address)
        for code, label, value, unit in numbers
        if code != "overdue" or value
    )
    key = f"task_list:{found.pk}:{last}:{whole.closed}:{whole.running}:{whole.overdue}"
    return Offer(key, "tasks", "efficiency", text, address, last, found.department_id, name, figures)
