"""Words and moves of licence lists (行政许可事项清单), legal texts, and the reviews of guides that follow from them."""

from dataclasses import dataclass
from enum import StrEnum


class ListState(StrEnum):
    """A list is written, then registered; once registered it is never edited."""

    DRAFT = "draft"
    REGISTERED = "registered"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return _LIST_LABELS[self]


_LIST_LABELS = {ListState.DRAFT: "录入中", ListState.REGISTERED: "已登记"}


class TextChange(StrEnum):
    """What a version of a legal text is to the one before."""

    NEW = "new"
    AMENDED = "amended"
    REPEALED = "repealed"

    @property
    def label(self) -> str:
        """The change in Chinese."""
        return _CHANGE_LABELS[self]


_CHANGE_LABELS = {TextChange.NEW: "制定", TextChange.AMENDED: "修订", TextChange.REPEALED: "废止"}


class TaskState(StrEnum):
    """A review of a guide: open until somebody answers for it."""

    OPEN = "open"
    DONE = "done"
    NOT_AFFECTED = "not_affected"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return _TASK_LABELS[self]

    @property
    def tone(self) -> str:
        """The tone of its tag."""
        return {TaskState.OPEN: "action", TaskState.DONE: "good", TaskState.NOT_AFFECTED: "plain"}[self]


_TASK_LABELS = {TaskState.OPEN: "待办", TaskState.DONE: "已调整", TaskState.NOT_AFFECTED: "不受影响"}


@dataclass(frozen=True, slots=True)
class TaskTransition:
    """One allowed move of a review."""

    name: str
    label: str
    sources: tuple[TaskState, ...]
    target: TaskState


TASK_TRANSITIONS = (
    TaskTransition("assign", "指定负责人", (TaskState.OPEN,), TaskState.OPEN),
    TaskTransition("done", "已调整指南", (TaskState.OPEN,), TaskState.DONE),
    TaskTransition("not_affected", "指南不受影响", (TaskState.OPEN,), TaskState.NOT_AFFECTED),
    TaskTransition("reopen", "重新复核", (TaskState.DONE, TaskState.NOT_AFFECTED), TaskState.OPEN),
)


def task_move(state: TaskState, name: str) -> TaskTransition | None:
    """The row of the table for this move out of this state; none where it is not allowed."""
    return next((row for row in TASK_TRANSITIONS if row.name == name and state in row.sources), None)


def task_moves(state: TaskState) -> tuple[TaskTransition, ...]:
    """The moves out of a state, in the table's order."""
    return tuple(row for row in TASK_TRANSITIONS if state in row.sources)
