"""What the writes about a task share: the form and its faults, the locked row, the version kept, the fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.journal.commands import NewFact, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.keys import uuid7
from yichuang.programmes.commands.common import raise_for, wrong_day
from yichuang.programmes.flow.tasks import MOST_MILESTONES
from yichuang.programmes.models import Milestone, Task, TaskVersion

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class TaskForm:
    """A task. `milestones`: (words, day) in order; `cooperating`: departments that help."""

    text: str
    due_on: date | None
    starts_on: date | None = None
    measure: str = ""
    office: str = ""
    department_id: UUID | None = None
    cooperating: Sequence[UUID] = ()
    milestones: Sequence[tuple[str, date]] = ()


def check_task(form: TaskForm, starts_on: date) -> None:
    """Raise Invalid for everything that is missing or wrong in a task's form."""
    wrong = {}
    if not form.text.strip() or len(form.text) > LONGEST:
        wrong["text"] = f"请写明任务内容，最多 {LONGEST} 字"
    if form.due_on is None:
        wrong["due_on"] = "请填完成时限"
    elif form.due_on < starts_on:
        wrong["due_on"] = "完成时限不能早于开始日期"
    days = {"starts_on": starts_on, "due_on": form.due_on or starts_on}
    wrong |= {name: wrong_day(day) for name, day in days.items() if wrong_day(day)}
    wrong |= {
        name: f"最多 {LONGEST} 字" for name in ("measure", "office") if len(getattr(form, name)) > LONGEST
    }
    if stones := wrong_milestones(form.milestones):
        wrong["milestones"] = stones
    raise_for(wrong)


def wrong_milestones(given: Sequence[tuple[str, date]]) -> str:
    """What is wrong with the milestones of a task; empty where nothing is."""
    if len(given) > MOST_MILESTONES:
        return f"最多 {MOST_MILESTONES} 个节点"
    if any(not words.strip() or len(words) > LONGEST for words, _ in given):
        return "每个节点都要写内容和日期，如：2026-06-30 完成初稿"
    if len(set(given)) < len(given):
        return "有两个节点完全相同，请去掉一个"
    return next((found for _, on in given if (found := wrong_day(on))), "")


def locked_task(task_id: UUID, by: Actor, *, path: str = "department_id") -> Task:
    """The task, locked, for its leading department (`path`: or the one that keeps its list) and for the centre.

    Raises Missing where it is not for this actor. Refused without the right to see any programme.
    """
    by.require(Capability.FIGURES_READ)
    found = (
        Task.objects.select_for_update(of=("self",))
        .prefetch_related("department", "list")
        .filter(pk=task_id)
        .first()
    )
    owner = None if found is None else found.list.department_id if path == "list" else found.department_id
    if found is None or not by.reaches(owner):
        raise Missing
    return found


def task_fact(task: Task, name: str, data: dict[str, object], by: Actor, at: datetime) -> int:
    """Record what happened to a task; the fact's number in the task's chain."""
    fact = NewFact(task.pk, "task", f"task.{name}", data, department_id=task.department_id)
    return record(fact, by=by, at=at).seq


def keep_version(task: Task, reason: str, by: Actor, at: datetime) -> int:
    """Keep the task as it stands now, with who, when and why; the version's number."""
    number = task.versions.count() + 1
    TaskVersion.objects.create(
        id=uuid7(at), task=task, number=number, content=list(task_content(task).items()), reason=reason, by_name=by.name, at=at
    )  # fmt: skip
    return number


def task_content(task: Task) -> dict[str, str]:
    """Everything that is stated about a task, by label, as people read it."""
    known = Department.objects.filter(pk__in=task.cooperating).values_list("pk", "short_name", "name")
    names = {pk: short or name for pk, short, name in known}
    stones = [f"{one.due_on} {one.text}" for one in Milestone.objects.filter(task=task)]
    told = {
        "任务": task.text,
        "工作措施": task.measure,
        "牵头部门": task.department.short_name or task.department.name,
        "承办处室": task.office,
        "配合部门": "、".join(names[one] for one in task.cooperating if one in names),
        "开始日期": task.starts_on.isoformat(),
        "完成时限": task.due_on.isoformat(),
        "节点": "；".join(stones),
    }
    return {label: text for label, text in told.items() if text}
