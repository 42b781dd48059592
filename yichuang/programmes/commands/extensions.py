"""Every write of the room: a department asks for a later day, and somebody else at the centre decides."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import keyed
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.programmes.commands.common import insert, raise_for, sent_before, wrong_day
from yichuang.programmes.commands.reminding import tell_department
from yichuang.programmes.commands.task_base import LONGEST, locked_task, task_fact
from yichuang.programmes.flow.tasks import OPEN, TaskAction, TaskState, Verdict
from yichuang.programmes.models import ExtensionRequest, Task, TaskStep


@keyed("extension")
@transaction.atomic
def ask_extension(
    task_id: UUID, until: date | None, words: str, *, by: Actor, at: datetime, key: str
) -> UUID:
    """Ask for a later day in the name of the leading department; the request's id. The same key never asks twice.

    Raises Missing, Conflict where the task has ended or a request is open already, Invalid without day or reason.
    """
    by.require(Capability.PROGRAMME_KEEP)
    task = locked_task(task_id, by)
    done = sent_before(ExtensionRequest, key, department="task__department", reaches=by.reaches)
    if done is not None:
        return done
    _open(task)
    if task.extension_requests.filter(verdict=Verdict.OPEN.value).exists():
        raise Conflict("已有一份延期申请待审批。", how="请等中心审批后再申请。")
    wrong = {}
    if not words.strip() or len(words) > LONGEST:
        wrong["words"] = f"请写明延期理由，最多 {LONGEST} 字"
    if until is None or until <= task.due_on:
        wrong["until"] = f"须晚于现在的完成时限 {task.due_on}"
    elif wrong_day(until):
        wrong["until"] = wrong_day(until)
    raise_for(wrong)
    assert until is not None
    row = ExtensionRequest(
        id=uuid7(at), task=task, until=until, words=words.strip(), asked_by=by.id, asked_by_name=by.name, asked_at=at,
        key=key,
    )  # fmt: skip
    insert(row)
    task_fact(task, "extension_asked", {"until": until}, by, at)
    return row.pk


@transaction.atomic
def decide_extension(
    task_id: UUID, extension_id: UUID, approve: bool, words: str, *, by: Actor, at: datetime
) -> TaskState:
    """Approve or decline a request; the task's state after it. Deciding the same way again changes nothing.

    Never by the person who asked. Raises Missing, Refused, Conflict where it was decided otherwise or the task has
    ended, Invalid for a refusal without a reason.
    """
    by.require(Capability.PROGRAMME_MANAGE)
    task = locked_task(task_id, by)
    row = task.extension_requests.filter(pk=extension_id).first()
    if row is None:
        raise Missing
    verdict = Verdict.APPROVED if approve else Verdict.DECLINED
    if row.verdict != Verdict.OPEN:
        if (row.verdict, row.decided_by) == (verdict, by.id):
            return TaskState(task.state)
        raise Conflict(f"这份申请{Verdict(row.verdict).label}。", how="请刷新页面查看。")
    _open(task)
    if by.id is not None and by.id == row.asked_by:
        raise Refused("延期是您申请的，不能由您审批。", how="请由中心其他有督办权限的人员审批。")
    if approve and row.until <= task.due_on:
        raise Conflict(f"完成时限已经改为 {task.due_on}。", how="请不批准这份申请，由部门重新申请。")
    if len(words) > LONGEST or not (approve or words.strip()):
        raise_for({"decision": f"请写明不批准的理由，最多 {LONGEST} 字"})
    row.verdict, row.decided_words = verdict, words.strip()
    row.decided_by, row.decided_by_name, row.decided_at = by.id, by.name, at
    row.save()
    if approve:
        _extend(task, row, by, at)
    facts: dict[str, object] = {"until": row.until, "verdict": verdict.value}
    seq = task_fact(task, "extension_decided", facts, by, at)
    body = f"“{task.text}”申请延期至 {row.until}：{verdict.label}。{row.decided_words}"
    tell_department(
        task.department_id, task.pk, seq, "task.extension", f"延期申请{verdict.label}", body,
        f"/desk/programmes/tasks/{task.pk}", at=at,
    )  # fmt: skip
    return TaskState(task.state)


def _extend(task: Task, row: ExtensionRequest, by: Actor, at: datetime) -> None:
    task.state, task.due_on, task.reason = TaskState.EXTENDED.value, row.until, row.words
    task.edit, task.changed_by_name, task.changed_at = task.edit + 1, by.name, at
    task.save()
    insert(
        TaskStep(
            id=uuid7(at), task=task, action=TaskAction.EXTEND.value, percent=task.percent, words=row.words,
            until=row.until, by_id=by.id, by_name=by.name, at=at, on=local_day(at), key=f"extension:{row.pk}",
        )
    )  # fmt: skip


def _open(task: Task) -> None:
    if task.state not in OPEN:
        raise Conflict("这项任务不在办理中，不能延期。", how="请刷新页面查看最新状态。")
