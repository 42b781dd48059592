"""A task after it was entered: edited with reason and history, its evidence kept, never after its end."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.programmes.commands import task_editing as commands
from yichuang.programmes.commands.common import NewFile
from yichuang.programmes.commands.tasks import TaskForm, reach_milestone
from yichuang.programmes.flow.tasks import MOST_FILES, UNFINISHED, TaskAction, TaskState
from yichuang.programmes.models import Task, TaskFile, TaskVersion
from yichuang.programmes.queries import tasks as queries
from yichuang.programmes.rules.events import changes
from yichuang.programmes.tests import factories as make

pytestmark = pytest.mark.django_db
FILE = NewFile("佐证.pdf", "pdf", 10, "0" * 64)
DUE = date(2022, 6, 2)


def change(task: Task, by: Actor, reason: str = "文件更正", seen: int | None = None, **changed: Any) -> Task:
    """Save the task's form with some fields changed."""
    now = Task.objects.get(pk=task.pk)
    values: dict[str, Any] = {
        "text": now.text,
        "due_on": now.due_on,
        "starts_on": now.starts_on,
        "measure": now.measure,
        "milestones": [(one.text, one.due_on) for one in now.milestones.all()],
    }
    form = TaskForm(**(values | changed))
    commands.change_task(task.pk, form, reason, seen=now.edit if seen is None else seen, by=by, at=make.AT)
    return Task.objects.get(pk=task.pk)


def put(task: Task, by: Actor | None = None, key: str = "") -> Any:
    """Attach one piece of evidence."""
    return commands.attach_task_file(task.pk, FILE, by=by or make.keeper(), at=make.AT, key=key or make.key())


def test_every_version_is_kept_with_who_and_why() -> None:
    task = make.task(measure="合并评审")
    after = change(
        task,
        make.keeper(),
        "按修订后的文件改正",
        text="取水许可审批时限压减一半",
        office="行政审批处",
        cooperating=[make.commerce().pk],
    )
    assert (after.text, after.office, after.edit) == ("取水许可审批时限压减一半", "行政审批处", 2)
    second, first = queries.task_versions(after)
    assert (first.number, first.reason, first.act) == (1, "", "登记")
    assert (second.number, second.act) == (2, "修改：按修订后的文件改正")
    assert changes(first.stated, second.stated) == [
        ("任务", "取水许可审批时限再压减", "取水许可审批时限压减一半"),
        ("承办处室", "", "行政审批处"),
        ("配合部门", "", "商务厅"),
    ]
    assert [fact.kind for fact in facts_of(task.pk)] == ["task.added", "task.changed"]


@pytest.mark.parametrize("state", TaskState)
def test_in_every_state_a_task_is_edited_or_not(state: TaskState) -> None:
    task = make.task_in(state)
    if state in UNFINISHED:
        after = change(task, make.keeper(), text="改过的任务")
        assert (after.text, after.state, after.percent) == ("改过的任务", task.state, task.percent)
    else:
        with pytest.raises(Conflict, match="不能再修改"):
            change(task, make.keeper(), text="改过的任务")
        assert Task.objects.get(pk=task.pk).text == task.text


@pytest.mark.parametrize("state", TaskState)
def test_in_every_state_evidence_is_taken_or_not(state: TaskState) -> None:
    task = make.task_in(state)
    if state in UNFINISHED:
        put(task)
        assert TaskFile.objects.filter(task=task).count() == 1
    else:
        with pytest.raises(Conflict):
            put(task)


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({}, " ", "reason"), ({}, "字" * 2001, "reason"), ({"text": " "}, "改", "text"), ({"due_on": None}, "改", "due_on"),
        ({"due_on": date(2022, 6, 3)}, "改", "due_on"), ({"starts_on": date(2022, 6, 30)}, "改", "due_on"),
        ({"starts_on": date(1, 1, 1)}, "改", "starts_on"), ({"measure": "字" * 2001}, "改", "measure"),
        ({"milestones": [("初稿", date(9999, 12, 31))]}, "改", "milestones"),
        ({"milestones": [("初稿", DUE), ("初稿", DUE)]}, "改", "milestones"),
        ({"milestones": [("节点", DUE)] * 21}, "改", "milestones"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(changed: dict[str, Any], reason: str, field: str) -> None:
    task = make.task()
    with pytest.raises(Invalid) as caught:
        change(task, make.keeper(), reason, **changed)
    assert list(caught.value.fields) == [field]
    assert TaskVersion.objects.count() == 1


def test_the_day_is_corrected_by_the_centre_and_not_after_an_extension() -> None:
    task, centre = make.task(), make.manager()
    after = change(task, centre, due_on=date(2022, 5, 31))
    assert (after.due_on, after.first_due_on) == (date(2022, 5, 31), date(2022, 5, 31))
    make.step(task, TaskAction.EXTEND, by=centre)
    with pytest.raises(Invalid, match="填写有误") as caught:
        change(task, centre, due_on=date(2022, 7, 31))
    assert "批准延期" in caught.value.fields["due_on"]


def test_a_department_cannot_give_itself_more_time_by_editing() -> None:
    task = make.task()
    with pytest.raises(Invalid) as caught:
        change(task, make.keeper(), due_on=date(2023, 1, 1))
    assert "申请延期" in caught.value.fields["due_on"]
    assert Task.objects.get(pk=task.pk).due_on == DUE


def test_a_milestone_that_is_reached_stays_reached() -> None:
    by = make.keeper()
    task = make.task(milestones=[("初稿", date(2022, 5, 20)), ("定稿", date(2022, 5, 30))])
    reach_milestone(task.pk, task.milestones.get(position=1).pk, by=by, at=make.AT)
    with pytest.raises(Invalid) as caught:
        change(task, by, milestones=[("定稿", date(2022, 5, 30))])
    assert "初稿" in caught.value.fields["milestones"]
    change(task, by, milestones=[("评审", date(2022, 5, 25)), ("初稿", date(2022, 5, 20))])
    assert [(one.text, one.done_on) for one in task.milestones.order_by("position")] == [
        ("评审", None),
        ("初稿", make.TODAY),
    ]


def test_an_old_screen_saves_nothing() -> None:
    task, by = make.task(), make.keeper()
    change(task, by, text="第一位")
    with pytest.raises(Conflict):
        change(task, by, text="第二位", seen=1)
    assert Task.objects.get(pk=task.pk).text == "第一位"


def test_only_those_who_keep_the_list_edit_its_tasks() -> None:
    centre = make.manager()
    # The centre lists a task that the commerce department leads.
    task = make.task(make.task_list(centre), by=centre, department_id=make.commerce().pk)
    with pytest.raises(Missing):
        change(task, make.stranger(), text="改")
    with pytest.raises(Missing):
        change(task, make.keeper(), text="改")
    with pytest.raises(Refused):
        change(task, make.reader(), text="改")
    assert change(task, centre, department_id=make.water().pk).department_id == make.water().pk


def test_evidence_is_kept_once_a_key_and_removed_with_history() -> None:
    task, by, key = make.task(), make.keeper(), make.key()
    kept = put(task, key=key)
    assert put(task, key=key) == kept
    commands.remove_task_file(task.pk, kept, by=by, at=make.AT)
    row = TaskFile.objects.get()
    assert (row.removed_at, row.removed_by_name) == (make.AT, by.name)
    assert queries.task_files(task) == []
    with pytest.raises(Missing):
        commands.remove_task_file(task.pk, kept, by=by, at=make.AT)
    assert [fact.kind for fact in facts_of(task.pk)] == ["task.added", "task.file_added", "task.file_removed"]


def test_evidence_has_an_upper_limit_and_an_owner() -> None:
    task = make.task()
    for _ in range(MOST_FILES):
        put(task)
    with pytest.raises(Conflict, match="最多附"):
        put(task)
    with pytest.raises(Missing):
        put(task, make.stranger())
    with pytest.raises(Refused):
        put(task, make.reader())
    with pytest.raises(Missing):
        commands.remove_task_file(task.pk, queries.task_files(task)[0].pk, by=make.stranger(), at=make.AT)


def test_a_key_of_another_department_is_refused() -> None:
    key = make.key()
    put(make.task(), key=key)
    theirs = make.task(make.task_list(make.stranger(), "商务清单"), by=make.stranger())
    with pytest.raises(Conflict):
        put(theirs, make.stranger(), key=key)


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"number": 1}, {"number": 0}])
def test_the_database_refuses_a_version_without_reason_or_number(wrong: dict[str, Any]) -> None:
    change(make.task(), make.keeper(), text="改")
    with pytest.raises(IntegrityError), transaction.atomic():
        TaskVersion.objects.filter(number=2).update(**({"reason": ""} | wrong))


@pytest.mark.parametrize("wrong", [{"sha256": "x"}, {"size": 0}])
def test_the_database_refuses_a_file_without_content(wrong: dict[str, Any]) -> None:
    put(make.task())
    with pytest.raises(IntegrityError), transaction.atomic():
        TaskFile.objects.update(**wrong)


def test_a_task_without_helpers_needs_none_stated() -> None:
    """A row made without stating who helps has an empty list of helpers."""
    assert Task().cooperating == []
