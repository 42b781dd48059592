"""What a department's system may report about a case, where that leads, and what speaks against it. The table, no branches."""

from dataclasses import dataclass
from enum import StrEnum

SUBJECT = "reported"
"""The kind of subject that reported cases are in the journal."""
CHANNEL = "reported"
"""What stands in figures for the channel: how the applicant came to the department's own system is not known."""


class Event(StrEnum):
    """Facts about a reported case that no system reports."""

    DESTROYED = "reported.content_destroyed"


FORGOTTEN = -1
"""In the place of the number of the event that named the applicant: the name was destroyed, and none is kept any more."""


class EventKind(StrEnum):
    """One thing that a system reports about a case."""

    ACCEPTED = "accepted"
    SPECIAL_STARTED = "special_started"
    SPECIAL_ENDED = "special_ended"
    DECIDED = "decided"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    CORRECTED = "corrected"

    @property
    def label(self) -> str:
        """In Chinese."""
        return EVENTS[self].label

    @property
    def fact(self) -> str:
        """The kind of the fact that it leaves."""
        return f"{SUBJECT}.{self.value}"


class State(StrEnum):
    """Where a reported case stands, as far as was reported."""

    UNREPORTED = "unreported"
    ACCEPTED = "accepted"
    SPECIAL = "special"
    DECIDED = "decided"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"

    @property
    def label(self) -> str:
        """In Chinese."""
        return STATES[self]


STATES = {
    State.UNREPORTED: "未报受理",
    State.ACCEPTED: "受理",
    State.SPECIAL: "特别程序",
    State.DECIDED: "办结",
    State.DELIVERED: "送达",
    State.WITHDRAWN: "撤回",
    State.TERMINATED: "终结",
}
OPEN = (State.ACCEPTED, State.SPECIAL)
"""已报受理未报办结: accepted, and nothing that ends a case was reported."""


@dataclass(frozen=True, slots=True)
class Way:
    """One row of the table: what an event is called, where it leads, what must be known before it counts.

    `letter` stands for it in what is kept of a case. `after`: it waits until one of these counts. `ends`: it ends a case, and
    of all that do only one counts.
    """

    letter: str
    label: str
    leads_to: State | None
    after: tuple[EventKind, ...] = ()
    ends: bool = False


E = EventKind
EVENTS: dict[EventKind, Way] = {
    E.ACCEPTED: Way("a", "受理", State.ACCEPTED),
    E.SPECIAL_STARTED: Way("s", "特别程序开始", State.SPECIAL),
    E.SPECIAL_ENDED: Way("e", "特别程序结束", State.ACCEPTED, after=(E.SPECIAL_STARTED,)),
    E.DECIDED: Way("d", "办结", State.DECIDED, ends=True),
    E.DELIVERED: Way("l", "送达", State.DELIVERED, after=(E.DECIDED,)),
    E.WITHDRAWN: Way("w", "撤回", State.WITHDRAWN, ends=True),
    E.TERMINATED: Way("t", "终结", State.TERMINATED, ends=True),
    E.CORRECTED: Way("c", "更正", None),
}
BY_LETTER = {way.letter: kind for kind, way in EVENTS.items()}
ENDS = tuple(kind for kind, way in EVENTS.items() if way.ends)


class Standing(StrEnum):
    """What a person has said about a doubtful event."""

    PLAIN = ""
    TAKEN = "taken"
    DROPPED = "dropped"


class Reason(StrEnum):
    """Why an event does not count."""

    # Nobody need do anything.
    TAKEN_BACK = "taken_back"
    DROPPED = "dropped"
    # It waits for something that has not come yet.
    NO_DECISION_YET = "no_decision_yet"
    NO_SPECIAL_YET = "no_special_yet"
    SPECIAL_OPEN = "special_open"
    NOTHING_TO_CORRECT = "nothing_to_correct"
    NO_CASE_YET = "no_case_yet"
    # It contradicts what else was reported about the case.
    ITEM_DIFFERS = "item_differs"
    DEPARTMENT_DIFFERS = "department_differs"
    REGION_DIFFERS = "region_differs"
    ACCEPTED_TWICE = "accepted_twice"
    DECIDED_TWICE = "decided_twice"
    ENDED_OTHERWISE = "ended_otherwise"
    BEFORE_ACCEPTANCE = "before_acceptance"
    AFTER_END = "after_end"
    SPECIAL_BACKWARDS = "special_backwards"
    DELIVERED_TWICE = "delivered_twice"
    NOTHING_TO_DELIVER = "nothing_to_deliver"
    DELIVERED_EARLY = "delivered_early"
    CORRECTS_CORRECTION = "corrects_correction"
    OTHER_BODY = "other_body"
    SENT_AGAIN = "sent_again"
    # It can be read and not be understood: something has to be mended here or there.
    UNKNOWN_ITEM = "unknown_item"
    FOREIGN_ITEM = "foreign_item"
    UNKNOWN_DEPARTMENT = "unknown_department"
    FOREIGN_DEPARTMENT = "foreign_department"
    FOREIGN_REGION = "foreign_region"
    UNKNOWN_OUTCOME = "unknown_outcome"
    FUTURE = "future"
    TOO_OLD = "too_old"
    TOO_MANY = "too_many"

    @property
    def label(self) -> str:
        """In Chinese."""
        return REASONS[self]


R = Reason
REASONS: dict[Reason, str] = {
    R.TAKEN_BACK: "已被后来的更正收回",
    R.DROPPED: "已由工作人员剔除",
    R.NO_DECISION_YET: "报了送达，还没有报办结",
    R.NO_SPECIAL_YET: "报了特别程序结束，还没有报开始",
    R.SPECIAL_OPEN: "上一次特别程序还没有报结束",
    R.NOTHING_TO_CORRECT: "要更正的那一条还没有报来",
    R.NO_CASE_YET: "此件还没有报受理，这张表不写事项，不知道是什么事项",
    R.ITEM_DIFFERS: "事项与此件先报的不同",
    R.DEPARTMENT_DIFFERS: "部门与此件先报的不同",
    R.REGION_DIFFERS: "区划与此件先报的不同",
    R.ACCEPTED_TWICE: "此件已报过受理",
    R.DECIDED_TWICE: "此件已报过办结",
    R.ENDED_OTHERWISE: "此件已报过办结、撤回或终结",
    R.BEFORE_ACCEPTANCE: "日期早于受理之日",
    R.AFTER_END: "日期晚于办结、撤回或终结之日",
    R.SPECIAL_BACKWARDS: "特别程序结束早于开始",
    R.DELIVERED_TWICE: "此件已报过送达",
    R.NOTHING_TO_DELIVER: "此件已撤回或终结，没有结果可以送达",
    R.DELIVERED_EARLY: "送达早于办结",
    R.CORRECTS_CORRECTION: "更正不能再被更正，请重新报一条",
    R.OTHER_BODY: "同一件、同一序号已报过另一内容",
    R.SENT_AGAIN: "同样的一行已被收回或者剔除，现又报来，是否恢复请核对",
    R.UNKNOWN_ITEM: "事项编码不在事项目录中",
    R.FOREIGN_ITEM: "不是这个系统可以报送的事项",
    R.UNKNOWN_DEPARTMENT: "部门编码不在部门名录中",
    R.FOREIGN_DEPARTMENT: "不是这个系统可以报送的部门",
    R.FOREIGN_REGION: "这个系统不能为这个区划报送",
    R.UNKNOWN_OUTCOME: "办结结果应为 granted（准予）或 denied（不予）",
    R.FUTURE: "日期在今天之后",
    R.TOO_OLD: "日期早于三年前",
    R.TOO_MANY: "一个件的条数过多",
}
SETTLED = (R.TAKEN_BACK, R.DROPPED)
WAITING = (R.NO_DECISION_YET, R.NO_SPECIAL_YET, R.SPECIAL_OPEN, R.NOTHING_TO_CORRECT, R.NO_CASE_YET)
"""Reasons that go away by themselves when what is missing comes."""
BESIDE_CASE = (
    R.NO_CASE_YET, R.OTHER_BODY, R.SENT_AGAIN, R.UNKNOWN_ITEM, R.FOREIGN_ITEM, R.UNKNOWN_DEPARTMENT, R.FOREIGN_DEPARTMENT,
    R.FOREIGN_REGION, R.UNKNOWN_OUTCOME, R.FUTURE, R.TOO_OLD, R.TOO_MANY,
)  # fmt: skip
"""Reasons for which a line stays outside its case: what it says is not weighed against what else is known."""
MENDABLE = (
    R.UNKNOWN_ITEM, R.FOREIGN_ITEM, R.UNKNOWN_DEPARTMENT, R.FOREIGN_DEPARTMENT, R.FOREIGN_REGION, R.FUTURE,
)  # fmt: skip
"""Reasons that go away when something is entered here, or with time: such lines can be tried again."""
FORCEABLE = (R.TOO_OLD,)
"""What a person may take although the reason stands, with a ground."""


UNNAMED = "-"
"""In the place of an item's code where what was sent names none: it is that of the case."""


class Doubt(StrEnum):
    """Where a line in quarantine stands."""

    OPEN = "open"
    WAITING = "waiting"
    TAKEN = "taken"
    DROPPED = "dropped"
    SETTLED = "settled"

    @property
    def label(self) -> str:
        """In Chinese."""
        return DOUBTS[self]


DOUBTS = {
    Doubt.OPEN: "待处理",
    Doubt.WAITING: "等待后续报送",
    Doubt.TAKEN: "已采用",
    Doubt.DROPPED: "已剔除",
    Doubt.SETTLED: "已自行消除",
}
UNDONE = (Doubt.OPEN, Doubt.WAITING)


class BatchState(StrEnum):
    """Where a batch stands."""

    RUNNING = "running"
    DONE = "done"

    @property
    def label(self) -> str:
        """In Chinese."""
        return "已处理" if self is BatchState.DONE else "处理中"


MOST_EVENTS = 50_000
MOST_BYTES = 64 << 20
MOST_A_CASE = 200
BLOCK = 5_000
OLDEST_DAYS = 1_096
"""Three years: what is older is more likely a slip than a late report."""


class WebhookState(StrEnum):
    """Whether an address is told."""

    ACTIVE = "active"
    PAUSED = "paused"
    # By the platform: for three days nobody took anything, or the receiver said that it is gone.
    SUSPENDED = "suspended"

    @property
    def label(self) -> str:
        """In Chinese."""
        return WEBHOOK_STATES[self]


WEBHOOK_STATES = {
    WebhookState.ACTIVE: "推送中",
    WebhookState.PAUSED: "已暂停",
    WebhookState.SUSPENDED: "已停推",
}
