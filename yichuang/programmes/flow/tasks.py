"""The life of a key task as a table: who may do what in which state."""

from dataclasses import dataclass
from enum import StrEnum

from yichuang.directory.flow import Capability


class TaskState(StrEnum):
    """How a task stands."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    EXTENDED = "extended"
    CLAIMED = "claimed"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return TASK_STATE_LABELS[self]


TASK_STATE_LABELS = {
    TaskState.NOT_STARTED: "未开始",
    TaskState.RUNNING: "进行中",
    TaskState.EXTENDED: "延期（已批准）",
    TaskState.CLAIMED: "已完成（待确认）",
    TaskState.CLOSED: "已办结",
    TaskState.CANCELLED: "已取消",
}
TASK_TONES = {
    TaskState.NOT_STARTED: "plain", TaskState.RUNNING: "action", TaskState.EXTENDED: "warn",
    TaskState.CLAIMED: "warn", TaskState.CLOSED: "good", TaskState.CANCELLED: "plain",
}  # fmt: skip
OPEN = frozenset({TaskState.NOT_STARTED, TaskState.RUNNING, TaskState.EXTENDED})
UNFINISHED = OPEN | {TaskState.CLAIMED}


class TaskAction(StrEnum):
    """What may be done to a task."""

    REPORT = "report"
    CLAIM = "claim"
    CONFIRM = "confirm"
    SEND_BACK = "send_back"
    EXTEND = "extend"
    CANCEL = "cancel"

    @property
    def label(self) -> str:
        """The action in Chinese, verb first."""
        return {
            TaskAction.REPORT: "填报进展",
            TaskAction.CLAIM: "报告完成",
            TaskAction.CONFIRM: "确认办结",
            TaskAction.SEND_BACK: "退回继续办理",
            TaskAction.EXTEND: "批准延期",
            TaskAction.CANCEL: "取消任务",
        }[self]


@dataclass(frozen=True, slots=True)
class TaskMove:
    """One row: in `source`, whoever holds `capability` may do `action`, which leads to `target`.

    `four_eyes`: not by the person who reported the completion. `reason`: words are required.
    """

    source: TaskState
    action: TaskAction
    target: TaskState
    capability: Capability
    reason: bool = False
    four_eyes: bool = False


_KEEP, _MANAGE = Capability.PROGRAMME_KEEP, Capability.PROGRAMME_MANAGE
TASK_MOVES: tuple[TaskMove, ...] = (
    TaskMove(TaskState.NOT_STARTED, TaskAction.REPORT, TaskState.RUNNING, _KEEP, reason=True),
    TaskMove(TaskState.RUNNING, TaskAction.REPORT, TaskState.RUNNING, _KEEP, reason=True),
    TaskMove(TaskState.EXTENDED, TaskAction.REPORT, TaskState.EXTENDED, _KEEP, reason=True),
    TaskMove(TaskState.RUNNING, TaskAction.CLAIM, TaskState.CLAIMED, _KEEP, reason=True),
    TaskMove(TaskState.EXTENDED, TaskAction.CLAIM, TaskState.CLAIMED, _KEEP, reason=True),
    TaskMove(TaskState.CLAIMED, TaskAction.CONFIRM, TaskState.CLOSED, _MANAGE, four_eyes=True),
    TaskMove(TaskState.CLAIMED, TaskAction.SEND_BACK, TaskState.RUNNING, _MANAGE, reason=True),
    *(
        TaskMove(source, TaskAction.EXTEND, TaskState.EXTENDED, _MANAGE, reason=True)
        for source in (TaskState.NOT_STARTED, TaskState.RUNNING, TaskState.EXTENDED)
    ),
    *(
        TaskMove(source, TaskAction.CANCEL, TaskState.CANCELLED, _MANAGE, reason=True)
        for source in (TaskState.NOT_STARTED, TaskState.RUNNING, TaskState.EXTENDED, TaskState.CLAIMED)
    ),
)


def task_move(state: TaskState, action: TaskAction) -> TaskMove | None:
    """The row for an action in a state, None where it is not allowed."""
    return next((row for row in TASK_MOVES if row.source == state and row.action == action), None)


class Verdict(StrEnum):
    """What became of a request for an extension."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    # The task was extended, finished or cancelled by another way meanwhile.
    SETTLED = "settled"

    @property
    def label(self) -> str:
        """The verdict in Chinese."""
        return {
            Verdict.OPEN: "待审批",
            Verdict.APPROVED: "已批准",
            Verdict.DECLINED: "未批准",
            Verdict.SETTLED: "已另行处理",
        }[self]


# How a reminder presses, from the first on.
LEVELS = ("提醒", "督办", "通报")
# Working days that must lie between two reminders about the same task.
REMINDER_GAP = 3
MOST_MILESTONES = 20
MOST_FILES = 20
