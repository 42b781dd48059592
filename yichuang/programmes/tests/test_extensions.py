"""A later day is asked for by the department and decided by somebody else at the centre."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.notices.models import Message
from yichuang.programmes.commands import extensions as commands
from yichuang.programmes.commands.task_editing import change_task
from yichuang.programmes.commands.tasks import TaskForm
from yichuang.programmes.flow.tasks import OPEN, TaskAction, TaskState, Verdict
from yichuang.programmes.models import ExtensionRequest, Task, TaskStep
from yichuang.programmes.queries import tasks as queries
from yichuang.programmes.tests import factories as make

pytestmark = pytest.mark.django_db
LATER = date(2022, 6, 20)


def ask(task: Task, by: Actor | None = None, **changed: Any) -> UUID:
    """Ask for the twentieth of June."""
    values: dict[str, Any] = {"until": LATER, "words": "等待上级文件", "key": make.key()}
    return commands.ask_extension(task.pk, by=by or make.keeper(), at=make.AT, **(values | changed))


def decide(
    task: Task, asked: UUID, approve: bool = True, words: str = "同意", by: Actor | None = None, at: datetime = make.AT
) -> TaskState:  # fmt: skip
    """Decide at the centre."""
    return commands.decide_extension(task.pk, asked, approve, words, by=by or make.manager(), at=at)


@pytest.mark.parametrize("state", TaskState)
def test_in_every_state_it_may_be_asked_or_not(state: TaskState) -> None:
    task = make.task_in(state)
    if state in OPEN:
        ask(task, until=task.due_on + timedelta(days=5))
        after = Task.objects.get(pk=task.pk)
        assert (after.state, after.due_on) == (task.state, task.due_on)
    else:
        with pytest.raises(Conflict):
            ask(task, until=task.due_on + timedelta(days=5))


@pytest.mark.parametrize("state", sorted(OPEN))
@pytest.mark.parametrize("approve", [True, False])
def test_in_every_open_state_it_is_approved_or_declined(state: TaskState, approve: bool) -> None:
    task = make.task_in(state)
    until = task.due_on + timedelta(days=5)
    asked = ask(task, until=until)
    assert decide(task, asked, approve) == (TaskState.EXTENDED if approve else state)
    after = Task.objects.get(pk=task.pk)
    assert after.due_on == (until if approve else task.due_on)
    assert after.first_due_on == date(2022, 6, 2)
    assert ExtensionRequest.objects.get().verdict == (Verdict.APPROVED if approve else Verdict.DECLINED)
    assert TaskStep.objects.filter(until=until).exists() is approve
    assert [fact.kind for fact in facts_of(task.pk)][-2:] == [
        "task.extension_asked",
        "task.extension_decided",
    ]
    told = Message.objects.get(subject_id=task.pk)
    assert ("已批准" if approve else "未批准") in told.title


def test_nobody_decides_the_own_request() -> None:
    task, by = make.task(), make.manager()
    asked = ask(task, by)
    for approve in (True, False):
        with pytest.raises(Refused, match="不能由您审批"):
            decide(task, asked, approve, by=by)
    assert Task.objects.get(pk=task.pk).due_on == date(2022, 6, 2)
    assert decide(task, asked, by=make.manager("second-manager")) == TaskState.EXTENDED


def test_the_database_too_wants_four_eyes() -> None:
    asked = ask(make.task())
    row = ExtensionRequest.objects.get(pk=asked)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExtensionRequest.objects.update(verdict="approved", decided_at=make.AT, decided_by=row.asked_by)


@pytest.mark.parametrize(
    "wrong", [{"verdict": "lost"}, {"verdict": "declined"}, {"words": ""}, {"decided_at": make.AT}]
)
def test_the_database_refuses_nonsense(wrong: dict[str, Any]) -> None:
    ask(make.task())
    with pytest.raises(IntegrityError), transaction.atomic():
        ExtensionRequest.objects.update(**wrong)


def test_the_database_keeps_one_open_request_a_task() -> None:
    row = ExtensionRequest.objects.get(pk=ask(make.task()))
    row.pk, row.key = uuid4(), make.key()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"until": None}, "until"), ({"until": date(2022, 6, 2)}, "until"), ({"until": date(2022, 1, 1)}, "until"),
        ({"until": date(9999, 12, 31)}, "until"), ({"words": " "}, "words"), ({"words": "字" * 2001}, "words"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        ask(make.task(), **changed)
    assert list(caught.value.fields) == [field]
    assert not ExtensionRequest.objects.exists()


def test_a_refusal_says_why() -> None:
    task = make.task()
    asked = ask(task)
    for words in (" ", "字" * 2001):
        with pytest.raises(Invalid) as caught:
            decide(task, asked, False, words)
        assert list(caught.value.fields) == ["decision"]


def test_the_same_key_asks_once_and_a_second_request_waits() -> None:
    task, key = make.task(), make.key()
    assert ask(task, key=key) == ask(task, key=key)
    with pytest.raises(Conflict, match="待审批"):
        ask(task)
    decide(task, ExtensionRequest.objects.get().pk, False, "理由不足")
    ask(task)
    assert [one.verdict for one in queries.extension_requests(task)] == ["open", "declined"]


def test_deciding_twice_changes_nothing_and_otherwise_is_refused() -> None:
    task, by = make.task(), make.manager()
    asked = ask(task)
    assert decide(task, asked, by=by) == decide(task, asked, by=by) == TaskState.EXTENDED
    with pytest.raises(Conflict, match="已批准"):
        decide(task, asked, False, "反悔", by=by)
    assert TaskStep.objects.count() == 1
    assert Message.objects.count() == 1


def test_who_may_ask_and_who_may_decide() -> None:
    task = make.task()
    with pytest.raises(Refused):
        ask(task, make.reader())
    with pytest.raises(Missing):
        ask(task, make.stranger())
    asked = ask(task)
    with pytest.raises(Refused):
        decide(task, asked, by=make.keeper())
    other = make.task(make.task_list(title="另一清单"))
    with pytest.raises(Missing):
        decide(other, asked)
    with pytest.raises(Missing):
        decide(task, uuid4())


@pytest.mark.parametrize("action", [TaskAction.CLAIM, TaskAction.CANCEL, TaskAction.EXTEND])
def test_a_request_that_lost_its_point_is_settled(action: TaskAction) -> None:
    task = make.task_in(TaskState.RUNNING)
    asked = ask(task)
    make.step(task, action, by=make.manager("second-manager"))
    row = ExtensionRequest.objects.get()
    assert (row.verdict, row.decided_at) == (Verdict.SETTLED, make.AT)
    with pytest.raises(Conflict):
        decide(task, asked)


def test_a_progress_report_leaves_the_request_open() -> None:
    task = make.task_in(TaskState.RUNNING)
    ask(task)
    make.step(task, TaskAction.REPORT, by=make.keeper())
    assert ExtensionRequest.objects.get().verdict == Verdict.OPEN


def test_an_approval_never_shortens_the_time() -> None:
    task, centre = make.task(), make.manager()
    asked = ask(task, until=date(2022, 6, 10))
    form = TaskForm(task.text, date(2022, 6, 30))
    change_task(task.pk, form, "按文件更正时限", seen=1, by=centre, at=make.AT)
    with pytest.raises(Conflict, match="完成时限已经改为"):
        decide(task, asked, by=centre)
    assert Task.objects.get(pk=task.pk).due_on == date(2022, 6, 30)
