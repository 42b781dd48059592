"""Key tasks: every state with every action, lights, reminders that are not doubled, statistics, scope."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from yichuang.directory.queries import colleagues
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.notices.models import Message
from yichuang.programmes.commands import tasks as commands
from yichuang.programmes.flow.tasks import TASK_MOVES, TaskAction, TaskMove, TaskState, task_move
from yichuang.programmes.models import Reminder, Task, TaskStep
from yichuang.programmes.queries import tasks as queries
from yichuang.programmes.queries.tasks import TaskFilters
from yichuang.programmes.tests import factories as make


@pytest.mark.django_db
@pytest.mark.parametrize("action", TaskAction)
@pytest.mark.parametrize("state", TaskState)
def test_every_state_with_every_action(state: TaskState, action: TaskAction) -> None:
    task = make.task_in(state)
    move, before = task_move(state, action), len(facts_of(task.pk))
    if move is None:
        with pytest.raises(Conflict):
            make.step(task, action, by=make.actor_for(action))
        assert Task.objects.get(pk=task.pk).state == state
        assert len(facts_of(task.pk)) == before
    else:
        assert make.step(task, action, by=make.actor_for(action)) == move.target
        after = Task.objects.get(pk=task.pk)
        assert (after.state, after.edit) == (move.target, task.edit + 1)
        assert len(facts_of(task.pk)) == before + 1


@pytest.mark.django_db
@pytest.mark.parametrize("move", TASK_MOVES, ids=lambda move: f"{move.source}-{move.action}")
def test_only_holders_of_the_capability_in_reach_may(move: TaskMove) -> None:
    task = make.task_in(move.source)
    with pytest.raises(Refused):
        make.step(task, move.action, by=make.reader())
    with pytest.raises(Missing):
        make.step(task, move.action, by=make.stranger())
    if move.action not in (TaskAction.REPORT, TaskAction.CLAIM):
        with pytest.raises(Refused):
            make.step(task, move.action, by=make.keeper())
    assert Task.objects.get(pk=task.pk).state == move.source


@pytest.mark.django_db
def test_nobody_confirms_the_own_completion() -> None:
    task = make.task()
    by = make.manager()
    make.step(task, TaskAction.REPORT, by=by)
    make.step(task, TaskAction.CLAIM, by=by)
    with pytest.raises(Refused, match="不能由您确认"):
        make.step(task, TaskAction.CONFIRM, by=by)
    found = queries.task_for(task.pk, by=by)
    assert TaskAction.CONFIRM not in {move.action for move in queries.task_moves(found, by=by)}
    other = make.manager("second-manager")
    assert make.step(task, TaskAction.CONFIRM, by=other) == TaskState.CLOSED
    assert Task.objects.get(pk=task.pk).closed_on == make.TODAY


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "state", "changed", "field"),
    [
        (TaskAction.REPORT, TaskState.RUNNING, {"percent": 100}, "percent"),
        (TaskAction.REPORT, TaskState.RUNNING, {"percent": None}, "percent"),
        (TaskAction.REPORT, TaskState.RUNNING, {"words": " "}, "words"),
        (TaskAction.CLAIM, TaskState.RUNNING, {"evidence": ""}, "evidence"),
        (TaskAction.EXTEND, TaskState.RUNNING, {"until": date(2022, 6, 2)}, "until"),
        (TaskAction.EXTEND, TaskState.RUNNING, {"words": ""}, "words"),
        (TaskAction.CANCEL, TaskState.CLAIMED, {"words": ""}, "words"),
        (TaskAction.SEND_BACK, TaskState.CLAIMED, {"words": "字" * 2001}, "words"),
    ],
)
def test_what_lacks_is_said_at_its_field(
    action: TaskAction, state: TaskState, changed: dict[str, Any], field: str
) -> None:
    task = make.task_in(state)
    with pytest.raises(Invalid) as caught:
        make.step(task, action, by=make.actor_for(action), **changed)
    assert list(caught.value.fields) == [field]


@pytest.mark.django_db
def test_the_same_key_acts_once_and_an_old_screen_not_at_all() -> None:
    task, by, key = make.task(), make.keeper(), make.key()
    form = commands.StepForm("已推进", percent=30)
    for _ in range(2):
        commands.act_on_task(task.pk, TaskAction.REPORT, form, seen=1, by=by, at=make.AT, key=key)
    assert TaskStep.objects.count() == 1
    with pytest.raises(Conflict):
        commands.act_on_task(task.pk, TaskAction.REPORT, form, seen=1, by=by, at=make.AT, key=make.key())


@pytest.mark.django_db
def test_an_extension_moves_the_day_and_keeps_the_first() -> None:
    task = make.task_in(TaskState.EXTENDED)
    assert (task.first_due_on, task.due_on) == (date(2022, 6, 2), date(2022, 6, 12))
    assert task.reason


@pytest.mark.django_db
def test_a_list_and_a_task_are_made_once_a_key() -> None:
    by, key = make.keeper(), make.key()
    form = commands.TaskListForm(2022, "示例清单", "示例文件")
    listed = commands.make_task_list(form, by=by, at=make.AT, key=key)
    assert commands.make_task_list(form, by=by, at=make.AT, key=key) == listed
    with pytest.raises(Conflict):
        commands.make_task_list(form, by=by, at=make.AT, key=make.key())
    task = commands.TaskForm("任务", date(2022, 6, 1), milestones=[("初稿", date(2022, 5, 20))])
    made = commands.add_task(listed, task, by=by, at=make.AT, key=key)
    assert commands.add_task(listed, task, by=by, at=make.AT, key=key) == made
    assert [one.number for one in Task.objects.all()] == [1]
    milestone = Task.objects.get().milestones.get()
    for _ in range(2):
        commands.reach_milestone(made, milestone.pk, by=by, at=make.AT)
    assert Task.objects.get().milestones.get().done_on == make.TODAY
    assert [fact.kind for fact in facts_of(made)] == ["task.added", "task.milestone"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "field"),
    [
        (commands.TaskForm("", date(2022, 6, 1)), "text"), (commands.TaskForm("任务", None), "due_on"),
        (commands.TaskForm("任务", date(2022, 5, 1)), "due_on"),
        (commands.TaskForm("任务", date(2022, 6, 1), milestones=[(" ", date(2022, 5, 20))]), "milestones"),
    ],
)  # fmt: skip
def test_a_task_without_words_or_day_is_refused(form: commands.TaskForm, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        commands.add_task(make.task_list(), form, by=make.keeper(), at=make.AT, key=make.key())
    assert list(caught.value.fields) == [field]


def later(days: int) -> datetime:
    return make.AT + timedelta(days=days)


@pytest.mark.django_db
@pytest.mark.usefixtures("calendar_of_2022")
def test_reminders_rise_and_are_not_doubled() -> None:
    task, by, key = make.task(), make.manager(), make.key()
    people = colleagues(task.department_id, "programme.keep")
    first = commands.remind_task(task.pk, "请报送措施", by=by, at=make.AT, key=key)
    assert commands.remind_task(task.pk, "请报送措施", by=by, at=make.AT, key=key).pk == first.pk
    assert (first.level, first.receivers) == (1, len(people))
    # 13 May 2022 is a Friday: Monday and Tuesday are too soon, Wednesday is the third working day.
    for days in (0, 1, 3, 4):
        with pytest.raises(Conflict) as caught:
            commands.remind_task(task.pk, "再催", by=by, at=later(days), key=make.key())
        assert caught.value.how.startswith("2022-05-18")
    levels = [
        commands.remind_task(task.pk, "再催", by=by, at=later(days), key=make.key()).level
        for days in (5, 10, 17)
    ]
    assert levels == [2, 3, 3]
    assert Message.objects.filter(subject_id=task.pk).count() == 4 * len(people)
    message = Message.objects.filter(subject_id=task.pk).earliest("made_at")
    assert (message.account_id, message.link) == (people[0].id, f"/desk/programmes/tasks/{task.pk}")
    assert "2022-06-02" in message.body


@pytest.mark.django_db
def test_only_the_centre_reminds_and_only_of_what_runs() -> None:
    task = make.task()
    with pytest.raises(Refused):
        commands.remind_task(task.pk, "催", by=make.keeper(), at=make.AT, key=make.key())
    with pytest.raises(Invalid):
        commands.remind_task(task.pk, " ", by=make.manager(), at=make.AT, key=make.key())
    closed = make.task(make.task_list(title="另一清单"))
    for action in make.WAYS[TaskState.CLOSED]:
        make.step(closed, action, by=make.actor_for(action))
    with pytest.raises(Conflict):
        commands.remind_task(closed.pk, "催", by=make.manager(), at=make.AT, key=make.key())
    assert not Reminder.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": 101},
        {"state": "lost"},
        {"due_on": date(2021, 1, 1)},
        {"state": "closed"},
        {"text": ""},
        {"state": "cancelled"},
    ],
)
def test_the_database_refuses_nonsense(wrong: dict[str, object]) -> None:
    task = make.task()
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(**wrong)


@pytest.mark.django_db
@pytest.mark.usefixtures("calendar_of_2022")
def test_the_list_is_scoped_filtered_and_paged() -> None:
    listed = make.task_list()
    for number in range(5):
        make.task(listed, text=f"任务{number}", due_on=date(2022, 6, 1 + number))
    make.task(make.task_list(make.stranger(), "商务清单"), by=make.stranger(), text="商务任务")
    helped = make.task(
        make.task_list(make.stranger(), "合办清单"),
        by=make.stranger(),
        text="合办任务",
        cooperating=[make.water().pk],
    )

    def texts(by: Actor, size: int = 25, after: str = "", **filters: object) -> list[str]:
        page = queries.tasks(by=by, filters=TaskFilters(**filters), today=make.TODAY, after=after, size=size)  # type: ignore[arg-type]
        more = texts(by, size, page.following, **filters) if page.following else []
        return [row.task.text for row in page.rows] + more

    assert sorted(texts(make.keeper(), size=2)) == sorted([*(f"任务{n}" for n in range(5)), "合办任务"])
    assert len(texts(make.manager())) == 7
    assert texts(make.keeper(), list_id=listed) == [f"任务{n}" for n in range(5)]
    assert texts(make.manager(), state="closed") == texts(make.manager(), overdue=True) == []
    assert sorted(texts(make.manager(), department_id=make.commerce().pk)) == ["合办任务", "商务任务"]
    assert queries.task_moves(queries.task_for(helped.pk, by=make.keeper()), by=make.keeper()) == []
    late = queries.tasks(by=make.keeper(), filters=TaskFilters(overdue=True), today=date(2022, 6, 3))
    assert {row.task.text for row in late.rows} == {"任务0", "任务1", "合办任务"}
    whole, rows = queries.task_statistics(by=make.manager(), filters=TaskFilters(), today=make.TODAY)
    assert (whole.total, sum(row.total for row in rows)) == (7, 7)
    with pytest.raises(Missing):
        queries.task_list_for(listed, by=make.stranger())


@pytest.mark.django_db
@pytest.mark.usefixtures("calendar_of_2022")
def test_offers_tell_new_lists_closed_tasks_and_progress() -> None:
    listed = make.task_list()
    task = make.task(listed)
    make.task(listed, text="另一项")
    for action in make.WAYS[TaskState.CLOSED]:
        make.step(task, action, by=make.actor_for(action))
    texts = [offer.text for offer in queries.offers(date(2022, 5, 9), date(2022, 5, 13))]
    assert texts[0].startswith("近日，水利厅印发《示例重点任务清单》，确定重点任务2项")
    assert texts[1].startswith("5月13日，水利厅完成重点任务“取水许可审批时限再压减”")
    assert texts[2] == "《示例重点任务清单》2项任务，截至5月13日已办结1项，正在推进0项。"
    assert queries.offers(date(2022, 5, 16), date(2022, 5, 20))[0].text.startswith("《示例")
