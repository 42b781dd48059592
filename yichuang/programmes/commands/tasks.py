"""Every write of the room: tasks."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.programmes.commands.common import (
    check_seen,
    department_of,
    departments_exist,
    insert,
    one_line,
    raise_for,
    sent_before,
    wrong_day,
)
from yichuang.programmes.commands.reminding import tell_department
from yichuang.programmes.commands.task_base import (
    LONGEST,
    TaskForm,
    check_task,
    keep_version,
    locked_task,
    task_fact,
)
from yichuang.programmes.flow.tasks import (
    LEVELS,
    OPEN,
    TaskAction,
    TaskMove,
    TaskState,
    Verdict,
    task_move,
)
from yichuang.programmes.models import ExtensionRequest, Milestone, Reminder, Task, TaskList, TaskStep
from yichuang.programmes.rules.tasks import may_remind, next_reminder_day, reminder_level
from yichuang.workdays.queries import calendar

WHOLE = 100
# What makes a request for an extension pointless.
SETTLING = frozenset({TaskAction.EXTEND, TaskAction.CLAIM, TaskAction.CANCEL})


@dataclass(frozen=True, slots=True)
class TaskListForm:
    """A list: its year, its title and the document that lays it down."""

    year: int
    title: str
    source: str
    department_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StepForm:
    """What is said with an action: how far (whole per cent), words or reason, evidence, a new day."""

    words: str = ""
    percent: int | None = None
    evidence: str = ""
    until: date | None = None


@keyed("task_list")
@transaction.atomic
def make_task_list(form: TaskListForm, *, by: Actor, at: datetime, key: str) -> UUID:
    """Begin a list in the name of a department; its id. Raises Invalid, Missing, Conflict for the same title again."""
    by.require(Capability.PROGRAMME_KEEP)
    done = sent_before(TaskList, key, department="department", reaches=by.reaches)
    if done is not None:
        return done
    department = department_of(form.department_id or by.department_id, reaches=by.reaches)
    wrong = {}
    if not 2000 <= form.year <= 2099:
        wrong["year"] = "请填四位年份，如 2026"
    for name, label in (("title", "清单名称"), ("source", "印发文件的名称和文号")):
        given = one_line(getattr(form, name))
        if not given or len(given) > LONGEST:
            wrong[name] = f"请填写{label}"
    raise_for(wrong)
    row = TaskList(
        id=uuid7(at), year=form.year, title=one_line(form.title), source=one_line(form.source), department=department,
        made_by_name=by.name, made_at=at, key=key,
    )  # fmt: skip
    insert(row)
    record(
        NewFact(row.pk, "task_list", "task_list.made", {"year": row.year}, department_id=department.pk),
        by=by,
        at=at,
    )
    return row.pk


@keyed("task")
@transaction.atomic
def add_task(list_id: UUID, form: TaskForm, *, by: Actor, at: datetime, key: str) -> UUID:
    """Put a task at the end of a list; its id. Raises Missing, Invalid, Conflict."""
    by.require(Capability.PROGRAMME_KEEP)
    owner = TaskList.objects.select_for_update().filter(pk=list_id).first()
    if owner is None or not by.reaches(owner.department_id):
        raise Missing
    done = sent_before(Task, key, department="list__department", reaches=by.reaches)
    if done is not None:
        return done
    department = department_of(form.department_id or owner.department_id, reaches=by.reaches)
    today = local_day(at)
    starts_on = form.starts_on or today
    check_task(form, starts_on)
    assert form.due_on is not None
    last = Task.objects.filter(list=owner).aggregate(last=Max("number"))["last"] or 0
    row = Task(
        id=uuid7(at), list=owner, number=last + 1, text=one_line(form.text), measure=form.measure.strip(),
        department=department, office=one_line(form.office), cooperating=departments_exist(form.cooperating),
        starts_on=starts_on, due_on=form.due_on, first_due_on=form.due_on, changed_by_name=by.name, changed_at=at, key=key,
    )  # fmt: skip
    insert(row)
    Milestone.objects.bulk_create(
        Milestone(id=uuid7(at), task=row, position=place, text=words.strip(), due_on=on)
        for place, (words, on) in enumerate(form.milestones, start=1)
    )
    keep_version(row, "", by, at)
    task_fact(row, "added", {"due_on": row.due_on, "list": owner.pk}, by, at)
    return row.pk


@keyed("task_step")
@transaction.atomic
def act_on_task(
    task_id: UUID, action: TaskAction, form: StepForm, *, seen: int, by: Actor, at: datetime, key: str
) -> TaskState:
    """Do one row of the table in `flow`; the state after it. The same key never acts twice.

    Raises Missing out of reach, Conflict where the state does not allow it or somebody was faster, Refused for the
    second pair of eyes, Invalid for missing words or numbers.
    """
    task = locked_task(task_id, by)
    if TaskStep.objects.filter(key=key, task=task).exists():
        return TaskState(task.state)
    move = task_move(TaskState(task.state), action)
    if move is None:
        raise Conflict(
            f"这项任务现在是“{TaskState(task.state).label}”，不能{action.label}。",
            how="请刷新页面，按最新状态办理。",
        )
    by.require(move.capability)
    check_seen(task.edit, seen)
    if move.four_eyes and by.id is not None and by.id == task.claimed_by:
        raise Refused("完成情况是您报告的，不能由您确认。", how="请由中心其他有督办权限的人员确认。")
    _check_step(task, move, form)
    _apply(task, move, form, by, at)
    step = TaskStep(
        id=uuid7(at), task=task, action=action.value, percent=task.percent, words=form.words.strip(),
        evidence=form.evidence.strip(), until=form.until, by_id=by.id, by_name=by.name, at=at, on=local_day(at), key=key,
    )  # fmt: skip
    insert(step)
    if action in SETTLING:
        settle_requests(task, by, at)
    task_fact(
        task, action.value, {"state": task.state, "percent": task.percent, "due_on": task.due_on}, by, at
    )
    return TaskState(task.state)


def settle_requests(task: Task, by: Actor, at: datetime) -> None:
    """Close a request for an extension that has lost its point."""
    by.require(Capability.FIGURES_READ)
    ExtensionRequest.objects.filter(task=task, verdict=Verdict.OPEN.value).update(
        verdict=Verdict.SETTLED.value, decided_at=at, decided_by=by.id, decided_by_name=by.name
    )


def _check_step(task: Task, move: TaskMove, form: StepForm) -> None:
    wrong = {}
    if move.reason and not form.words.strip():
        reports = move.action in (TaskAction.REPORT, TaskAction.CLAIM)
        wrong["words"] = "请写明进展情况" if reports else "请写明理由"
    if len(form.words) > LONGEST or len(form.evidence) > LONGEST:
        wrong["words"] = f"最多 {LONGEST} 字"
    if move.action == TaskAction.REPORT and (form.percent is None or not 0 <= form.percent < WHOLE):
        wrong["percent"] = "请填 0 到 99 的整数；已经完成的请用“报告完成”"
    if move.action == TaskAction.EXTEND and (form.until is None or form.until <= task.due_on):
        wrong["until"] = f"须晚于现在的完成时限 {task.due_on}"
    elif move.action == TaskAction.EXTEND and form.until is not None and wrong_day(form.until):
        wrong["until"] = wrong_day(form.until)
    if move.action == TaskAction.CLAIM and not form.evidence.strip():
        wrong["evidence"] = "请写明成果或佐证，如文号、上线地址"
    raise_for(wrong)


def _apply(task: Task, move: TaskMove, form: StepForm, by: Actor, at: datetime) -> None:
    task.state = move.target.value
    if move.action == TaskAction.REPORT and form.percent is not None:
        task.percent = form.percent
    if move.action == TaskAction.CLAIM:
        task.percent, task.claimed_by = WHOLE, by.id
    if move.action == TaskAction.SEND_BACK:
        task.percent, task.claimed_by = WHOLE - 1, None
    if move.action == TaskAction.CONFIRM:
        task.closed_on = local_day(at)
    if move.action in (TaskAction.EXTEND, TaskAction.CANCEL):
        task.reason = form.words.strip()
    if move.action == TaskAction.EXTEND and form.until is not None:
        task.due_on = form.until
    task.edit, task.changed_by_name, task.changed_at = task.edit + 1, by.name, at
    task.save()


@transaction.atomic
def reach_milestone(task_id: UUID, milestone_id: UUID, *, by: Actor, at: datetime) -> None:
    """Say that a milestone is reached today; saying it again changes nothing. Raises Missing, Conflict."""
    by.require(Capability.PROGRAMME_KEEP)
    task = locked_task(task_id, by)
    found = task.milestones.filter(pk=milestone_id).first()
    if found is None:
        raise Missing
    if task.state not in OPEN:
        raise Conflict("任务已经结束，节点不能再修改。", how="请刷新页面。")
    if found.done_on is None:
        found.done_on = local_day(at)
        found.save(update_fields=["done_on"])
        task_fact(task, "milestone", {"position": found.position, "done_on": found.done_on}, by, at)


@keyed("task_reminder")
@transaction.atomic
def remind_task(task_id: UUID, words: str, *, by: Actor, at: datetime, key: str) -> Reminder:
    """Send a reminder to the leading department's staff; the level rises with each one.

    Raises Missing, Invalid, Conflict where the task has ended or the last reminder is too recent.
    """
    by.require(Capability.PROGRAMME_MANAGE)
    task = locked_task(task_id, by)
    done = Reminder.objects.filter(key=key, task=task).first()
    if done is not None:
        return done
    if task.state not in OPEN:
        raise Conflict("这项任务不在办理中，不需要督办。", how="请刷新页面查看最新状态。")
    if not words.strip() or len(words) > LONGEST:
        raise Invalid("请写明督办要求。", fields={"reminder": f"不能为空，最多 {LONGEST} 字"})
    sent = list(Reminder.objects.filter(task=task).order_by("on").values_list("on", flat=True))
    today, days = local_day(at), calendar()
    if sent and not may_remind(sent[-1], today, days):
        again = next_reminder_day(sent[-1], days)
        raise Conflict(f"{sent[-1]} 已经督办过。", how=f"{again} 起可以再次督办。")
    level = reminder_level(len(sent))
    fact = task_fact(task, "reminded", {"level": level}, by, at)
    title = f"重点任务{LEVELS[level - 1]}：{task.text[:40]}"
    body = f"“{task.text}”应于 {task.due_on} 前完成，现进度 {task.percent}%。{words.strip()}"
    told = tell_department(
        task.department_id,
        task.pk,
        fact,
        "task.reminded",
        title,
        body,
        f"/desk/programmes/tasks/{task.pk}",
        at=at,
    )
    row = Reminder(
        id=uuid7(at), task=task, level=level, words=words.strip(), on=today, by_name=by.name, at=at,
        receivers=told, key=key,
    )  # fmt: skip
    insert(row)
    return row


__all__ = [
    "StepForm",
    "TaskForm",
    "TaskListForm",
    "act_on_task",
    "add_task",
    "make_task_list",
    "reach_milestone",
    "remind_task",
]
