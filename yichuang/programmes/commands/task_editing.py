"""Every write of the room: a task's own words and days after it was entered, and the evidence for its progress."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import keyed
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Missing
from yichuang.kernel.keys import uuid7
from yichuang.programmes.commands.common import (
    NewFile,
    check_seen,
    department_of,
    departments_exist,
    insert,
    one_line,
    raise_for,
    sent_before,
)
from yichuang.programmes.commands.task_base import (
    LONGEST,
    TaskForm,
    check_task,
    keep_version,
    locked_task,
    task_fact,
)
from yichuang.programmes.flow.tasks import MOST_FILES, UNFINISHED, TaskState
from yichuang.programmes.models import Milestone, Task, TaskFile


@transaction.atomic
def change_task(task_id: UUID, form: TaskForm, reason: str, *, seen: int, by: Actor, at: datetime) -> None:
    """Change what a task says, over the edit that was on the screen; every version is kept with its reason.

    For the department that keeps the list and for the centre, until the task has ended. The time limit as first laid
    down is corrected by the centre only; a later day is what an extension is for. Raises Missing, Conflict, Invalid.
    """
    by.require(Capability.PROGRAMME_KEEP)
    task = locked_task(task_id, by, path="list")
    _unfinished(task)
    check_seen(task.edit, seen)
    starts_on = form.starts_on or task.starts_on
    check_task(form, starts_on)
    assert form.due_on is not None
    raise_for(_wrong_change(task, form, reason, by))
    if form.department_id and form.department_id != task.department_id:
        task.department = department_of(form.department_id, reaches=by.reaches)
    task.text, task.measure, task.office = one_line(form.text), form.measure.strip(), one_line(form.office)
    task.cooperating, task.starts_on = departments_exist(form.cooperating), starts_on
    if form.due_on != task.due_on:
        task.due_on = task.first_due_on = form.due_on
    task.edit, task.changed_by_name, task.changed_at = task.edit + 1, by.name, at
    task.save()
    _milestones(task, form.milestones, at)
    version = keep_version(task, reason.strip(), by, at)
    task_fact(task, "changed", {"version": version, "due_on": task.due_on}, by, at)


def _wrong_change(task: Task, form: TaskForm, reason: str, by: Actor) -> dict[str, str]:
    wrong = {}
    if not reason.strip() or len(reason) > LONGEST:
        wrong["reason"] = f"请写明修改理由，最多 {LONGEST} 字"
    if form.due_on != task.due_on and not by.can(Capability.PROGRAMME_MANAGE):
        wrong["due_on"] = f"完成时限（{task.due_on}）由中心更正；需要延期的，请在任务页面申请延期"
    elif form.due_on != task.due_on and task.due_on != task.first_due_on:
        wrong["due_on"] = f"已批准延期至 {task.due_on}，请用“批准延期”再改"
    done = {(one.text, one.due_on) for one in task.milestones.filter(done_on__isnull=False)}
    if lost := sorted(done - {(words.strip(), on) for words, on in form.milestones}, key=str):
        wrong["milestones"] = f"已完成的节点不能改动：{lost[0][1]} {lost[0][0][:30]}"
    return wrong


def _milestones(task: Task, given: Sequence[tuple[str, date]], at: datetime) -> None:
    """Put the milestones in the order given; those that are reached stay reached."""
    done = {(one.text, one.due_on): one.done_on for one in task.milestones.all()}
    task.milestones.all().delete()
    Milestone.objects.bulk_create(
        Milestone(
            id=uuid7(at), task=task, position=place, text=words.strip(), due_on=on, done_on=done.get((words.strip(), on))
        )
        for place, (words, on) in enumerate(given, start=1)
    )  # fmt: skip


@keyed("task_file")
@transaction.atomic
def attach_task_file(task_id: UUID, file: NewFile, *, by: Actor, at: datetime, key: str) -> UUID:
    """Put a piece of evidence to a task; its id. The same key never adds twice. Raises Missing, Conflict."""
    by.require(Capability.PROGRAMME_KEEP)
    task = locked_task(task_id, by)
    done = sent_before(TaskFile, key, department="task__department", reaches=by.reaches)
    if done is not None:
        return done
    _unfinished(task)
    if task.files.filter(removed_at__isnull=True).count() >= MOST_FILES:
        raise Conflict(f"最多附 {MOST_FILES} 个文件。", how="请先移除不需要的文件。")
    row = TaskFile(
        id=uuid7(at), task=task, name=file.name, kind=file.kind, sha256=file.sha256, size=file.size,
        by_name=by.name, at=at, key=key,
    )  # fmt: skip
    insert(row)
    task_fact(task, "file_added", {"file": row.pk, "sha256": row.sha256}, by, at)
    return row.pk


@transaction.atomic
def remove_task_file(task_id: UUID, task_file_id: UUID, *, by: Actor, at: datetime) -> None:
    """Take a piece of evidence off a task; that it was there stays known. Raises Missing, Conflict."""
    by.require(Capability.PROGRAMME_KEEP)
    task = locked_task(task_id, by)
    _unfinished(task)
    gone = task.files.filter(pk=task_file_id, removed_at__isnull=True).update(
        removed_at=at, removed_by_name=by.name
    )
    if not gone:
        raise Missing
    task_fact(task, "file_removed", {"file": task_file_id}, by, at)


def _unfinished(task: Task) -> None:
    if task.state not in UNFINISHED:
        raise Conflict(f"这项任务{TaskState(task.state).label}，不能再修改。", how="请刷新页面查看。")
