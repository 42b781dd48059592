"""Bulk acts: what can be done to many cases at once, and how such an act stands."""

from dataclasses import dataclass
from enum import StrEnum

from yichuang.cases.flow.states import Action, WorkKind
from yichuang.cases.flow.transitions import BY_ACTION
from yichuang.directory.flow import Capability

MOST_CASES = 50_000
# So many cases are moved in one transaction: the numbers of its documents are held until it ends.
BLOCK = 50
LONGEST_COOLING = 24 * 60
LONGEST_REASON = 2000
LONGEST_RECEIVER = 100
# An act whose cases fail for more reasons than this puts the rest together.
MOST_REASONS = 60
OTHER_REASON = "其他原因，请打开办件查看。"
CHANGED = "预览之后此件已有变化，没有办理。"
# The key of every fact that a bulk act leaves begins so: nobody is told case by case.
KEY = "bulk:"


class ActKind(StrEnum):
    """What is done to every case."""

    ACCEPT = "accept"
    PROPOSE = "propose"
    DECIDE = "decide"
    DELIVER = "deliver"


class ActState(StrEnum):
    """How a bulk act stands."""

    CHECKING = "checking"
    DRAFTED = "drafted"
    PROPOSED = "proposed"
    RELEASED = "released"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return ACT_STATE_LABELS[self]


ACT_STATE_LABELS = {
    ActState.CHECKING: "核对中",
    ActState.DRAFTED: "待提交",
    ActState.PROPOSED: "待放行",
    ActState.RELEASED: "已放行，等待执行",
    ActState.RUNNING: "执行中",
    ActState.DONE: "已完成",
    ActState.CANCELLED: "已取消",
}
ACT_STATE_TONES = {
    ActState.CHECKING: "action",
    ActState.DRAFTED: "plain",
    ActState.PROPOSED: "warn",
    ActState.RELEASED: "warn",
    ActState.RUNNING: "action",
    ActState.DONE: "good",
    ActState.CANCELLED: "plain",
}
# The platform has something to do by itself.
AT_WORK = (ActState.CHECKING, ActState.RELEASED, ActState.RUNNING)
CAN_BE_CANCELLED = (
    ActState.CHECKING, ActState.DRAFTED, ActState.PROPOSED, ActState.RELEASED, ActState.RUNNING,
)  # fmt: skip


class RowState(StrEnum):
    """How one case of a bulk act stands."""

    WAITING = "waiting"
    ABLE = "able"
    UNABLE = "unable"
    DONE = "done"
    REFUSED = "refused"
    SKIPPED = "skipped"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return ROW_STATE_LABELS[self]


ROW_STATE_LABELS = {
    RowState.WAITING: "待核对",
    RowState.ABLE: "可以办理",
    RowState.UNABLE: "不能办理",
    RowState.DONE: "已办理",
    RowState.REFUSED: "未能办理",
    RowState.SKIPPED: "已跳过",
}
ROW_STATE_TONES = {
    RowState.WAITING: "plain",
    RowState.ABLE: "action",
    RowState.UNABLE: "bad",
    RowState.DONE: "good",
    RowState.REFUSED: "bad",
    RowState.SKIPPED: "warn",
}


@dataclass(frozen=True, slots=True)
class BulkKind:
    """One kind of bulk act: the row of the flow table that every case takes, from which open work, after which wait.

    `cooling`, `least_cooling`: minutes between the release and the first case, as offered and at least.
    """

    kind: ActKind
    label: str
    action: Action
    work: tuple[WorkKind, ...]
    cooling: int = 0
    least_cooling: int = 0
    # Who examines may prepare what the head decides; who releases holds the right of the act itself.
    also_prepared_with: tuple[Capability, ...] = ()

    @property
    def capability(self) -> Capability:
        """The right that the act asks for, beside the right to act in bulk."""
        return BY_ACTION[self.action].capability

    @property
    def preparers(self) -> tuple[Capability, ...]:
        """The rights of which one, beside the right to act in bulk, is enough to prepare or to cancel."""
        return (self.capability, *self.also_prepared_with)

    @property
    def consequence(self) -> str:
        """What it does to each case, from the flow table."""
        return BY_ACTION[self.action].consequence


KINDS: dict[ActKind, BulkKind] = {
    one.kind: one
    for one in (
        BulkKind(ActKind.ACCEPT, "批量受理", Action.ACCEPT, (WorkKind.ACCEPT,)),
        BulkKind(ActKind.PROPOSE, "批量提出审查意见", Action.PROPOSE, (WorkKind.REVIEW,)),
        # A recorded decision is never undone: between release and record there is time to stop it.
        BulkKind(
            ActKind.DECIDE, "批量作出决定", Action.DECIDE, (WorkKind.REVIEW, WorkKind.DECIDE), cooling=30, least_cooling=10,
            also_prepared_with=(Capability.CASE_REVIEW,),
        ),
        BulkKind(ActKind.DELIVER, "批量颁发", Action.DELIVER, (WorkKind.DELIVER,)),
    )
}  # fmt: skip
BULK_FACTS = {
    "bulk_act.prepared": "拟定批量办理",
    "bulk_act.proposed": "提交放行",
    "bulk_act.released": "放行",
    "bulk_act.cancelled": "取消批量办理",
    "bulk_act.ended": "批量办理结束",
}
