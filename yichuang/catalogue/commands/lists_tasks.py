"""Moves of the reviews of guides: assign, answer by a version, say why not affected, look again."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.catalogue.flow.lists import TaskState, TaskTransition, task_move
from yichuang.catalogue.models import GuideVersion, Item, ReviewTask
from yichuang.catalogue.queries.lists_tasks import possible_persons
from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day


def assign_task(
    task_id: UUID, *, person: UUID | None, due_on: date | None, edit: int, by: Actor, at: datetime
) -> ReviewTask:
    """Say who reviews a guide and by when. Raises Missing, Conflict (answered, saved in between), Invalid (fields)."""
    by.require(Capability.CATALOGUE_LISTS)
    with transaction.atomic():
        task, _ = _moved(task_id, "assign", edit, by)
        wrong = {}
        if person is not None and person not in {one.pk for one in possible_persons(task)}:
            wrong["person"] = "请从列表中选择能编辑这个部门指南的人员"
        if due_on is None or due_on < local_day(at):
            wrong["due_on"] = "请填写今天或者以后的日期"
        if wrong:
            raise Invalid("指定负责人的内容不完整。", fields=wrong)
        assert due_on is not None
        task.person_id, task.due_on = person, due_on
        return _save(task, "review.assigned", {"person": person, "due_on": due_on}, by, at)


def answer_task(task_id: UUID, *, version: UUID | None, edit: int, by: Actor, at: datetime) -> ReviewTask:
    """Answer a review by the version of the guide that takes the change up.

    Raises Invalid unless the version is one of this item, published after the review was opened.
    """
    by.require(Capability.CATALOGUE_EDIT)
    with transaction.atomic():
        task, row = _moved(task_id, "done", edit, by)
        found = GuideVersion.objects.filter(
            pk=version or task.pk, item_id=task.item_id, published_at__gte=task.at
        ).first()
        if found is None:
            raise Invalid(
                "请选择回应这次复核的指南版本。",
                how="先编写并发布新版指南，再回到这里选择。",
                fields={"version": "须是复核开始之后发布的版本"},
            )
        task.version, task.reason = found, ""
        _close(task, row, by, at)
        return _save(task, "review.done", {"version": found.pk, "number": found.number}, by, at)


def dismiss_task(task_id: UUID, *, reason: str, edit: int, by: Actor, at: datetime) -> ReviewTask:
    """Say why a guide is not affected. Raises Invalid without a reason."""
    by.require(Capability.CATALOGUE_EDIT)
    with transaction.atomic():
        task, row = _moved(task_id, "not_affected", edit, by)
        task.reason = _reason(reason, "请写明指南为什么不受影响")
        _close(task, row, by, at)
        return _save(task, "review.not_affected", {}, by, at, ground=task.reason)


def reopen_task(
    task_id: UUID, *, reason: str, due_on: date | None, edit: int, by: Actor, at: datetime
) -> ReviewTask:
    """Look at a guide again after a review was answered, with a reason and a new due day."""
    by.require(Capability.CATALOGUE_LISTS)
    with transaction.atomic():
        task, row = _moved(task_id, "reopen", edit, by)
        why = _reason(reason, "请写明为什么要重新复核")
        if due_on is None or due_on < local_day(at):
            raise Invalid("请填写新的期限。", fields={"due_on": "请填写今天或者以后的日期"})
        task.state, task.version, task.reason, task.due_on = row.target, None, "", due_on
        task.closed_at, task.closed_by_name = None, ""
        return _save(task, "review.reopened", {"due_on": due_on}, by, at, ground=why)


def move_tasks_of(item: Item, department_id: UUID) -> int:
    """Give the open reviews of an item to its new department; whoever was named there no longer is. How many."""
    return ReviewTask.objects.filter(item=item, state=TaskState.OPEN).update(
        department_id=department_id, person=None
    )


def open_task_for_transfer(
    item: Item, *, transfer_id: UUID, why: str, due_on: date, at: datetime
) -> ReviewTask:
    """The review of a transferred item's guide by its new department; its caller leaves the fact."""
    return ReviewTask.objects.create(
        id=uuid7(at), item=item, transfer_id=transfer_id, why=why, at=at, due_on=due_on,
        department_id=item.department_id,
    )  # fmt: skip


def _moved(task_id: UUID, name: str, edit: int, by: Actor) -> tuple[ReviewTask, TaskTransition]:
    task = (
        ReviewTask.objects.select_for_update(of=("self",)).prefetch_related("item").filter(pk=task_id).first()
    )
    if task is None or not by.reaches(task.department_id):
        raise Missing
    state = TaskState(task.state)
    row = task_move(state, name)
    if row is None:
        raise Conflict(f"这项复核现在是“{state.label}”，不能这样操作。", how="请刷新页面，按最新状态办理。")
    if task.edit != edit:
        raise Conflict("您打开页面之后，已有人办理过这项复核。", how="您填写的内容还在页面上，核对后再办理。")
    return task, row


def _reason(text: str, words: str) -> str:
    if not text.strip():
        raise Invalid("请写明理由。", fields={"reason": words})
    return text.strip()


def _close(task: ReviewTask, row: TaskTransition, by: Actor, at: datetime) -> None:
    task.state, task.closed_at, task.closed_by_name = row.target, at, by.name


def _save(
    task: ReviewTask,
    kind: str,
    data: dict[str, object],
    by: Actor,
    at: datetime,
    *,
    ground: str | None = None,
) -> ReviewTask:
    task.edit += 1
    task.save()
    fact = NewFact(
        task.pk, "review_task", kind, data, ground=ground, department_id=task.department_id, item_id=task.item_id,
        item_type=task.item.item_type, region=task.item.region_id,
    )  # fmt: skip
    record(fact, by=by, at=at)
    return task
