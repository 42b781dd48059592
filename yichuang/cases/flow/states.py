"""What a case can be, what can be done to it, and what is open: enumerations with their Chinese labels."""

from enum import StrEnum


class State(StrEnum):
    """Where a case stands. 办结 is the day the result is recorded; 送达 comes after it."""

    RECEIVED = "received"
    CORRECTING = "correcting"
    REVIEW = "review"
    SPECIAL = "special"
    DECIDED = "decided"
    DELIVERED = "delivered"
    REFUSED = "refused"
    TERMINATED = "terminated"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return STATE_LABELS[self]


STATE_LABELS = {
    State.RECEIVED: "收件",
    State.CORRECTING: "补正",
    State.REVIEW: "审查",
    State.SPECIAL: "特别程序",
    State.DECIDED: "办结",
    State.DELIVERED: "送达",
    State.REFUSED: "不予受理",
    State.TERMINATED: "终结",
}

OPEN_STATES = (State.RECEIVED, State.CORRECTING, State.REVIEW, State.SPECIAL, State.DECIDED)


class Action(StrEnum):
    """What can be done to a case."""

    FILE = "file"
    ASK_CORRECTION = "ask_correction"
    ANSWER_CORRECTION = "answer_correction"
    CORRECT_ON_SPOT = "correct_on_spot"
    ACCEPT = "accept"
    REFUSE_ACCEPTANCE = "refuse_acceptance"
    SUPPLY = "supply"
    PROPOSE = "propose"
    ENDORSE = "endorse"
    COUNTERSIGN = "countersign"
    SEND_BACK = "send_back"
    EXPEDITE = "expedite"
    HAND_OVER = "hand_over"
    PAUSE = "pause"
    NOTE_OVERRUN = "note_overrun"
    RESUME = "resume"
    EXTEND = "extend"
    DECIDE = "decide"
    DELIVER = "deliver"
    WITHDRAW = "withdraw"
    TERMINATE = "terminate"


class ClockEffect(StrEnum):
    """What an action does to the law's clock."""

    NONE = "none"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    STOP = "stop"


class WorkKind(StrEnum):
    """An open piece of work: who has to do what next."""

    ACCEPT = "accept"
    CORRECT = "correct"
    REVIEW = "review"
    SECOND = "second"
    COUNTERSIGN = "countersign"
    DECIDE = "decide"
    RESUME = "resume"
    DELIVER = "deliver"


# The levels of examination in their order: 初审 → 复审 → 会签 → 审定. A guide names those its item has beside the first
# and the last.
LEVELS = (WorkKind.REVIEW, WorkKind.SECOND, WorkKind.COUNTERSIGN, WorkKind.DECIDE)
LEVEL_LABELS = {
    WorkKind.REVIEW: "初审",
    WorkKind.SECOND: "复审",
    WorkKind.COUNTERSIGN: "会签",
    WorkKind.DECIDE: "审定",
}

WORK_LABELS = {
    WorkKind.ACCEPT: "待受理",
    WorkKind.CORRECT: "等申请人补正",
    WorkKind.REVIEW: "待审查",
    WorkKind.SECOND: "待复审",
    WorkKind.COUNTERSIGN: "待会签",
    WorkKind.DECIDE: "待决定",
    WorkKind.RESUME: "特别程序中",
    WorkKind.DELIVER: "待送达",
}


class Channel(StrEnum):
    """How a filing came in (办理形式, GB/T 39046 appendix A)."""

    WINDOW = "1"
    ONLINE = "2"
    MOBILE = "3"
    POST = "4"


CHANNEL_LABELS = {
    Channel.WINDOW: "窗口",
    Channel.ONLINE: "网上",
    Channel.MOBILE: "移动端",
    Channel.POST: "快递",
}


class Outcome(StrEnum):
    """How a case ends."""

    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    REFUSED = "refused"


OUTCOME_LABELS = {
    Outcome.GRANTED: "准予",
    Outcome.DENIED: "不予",
    Outcome.WITHDRAWN: "申请人撤回",
    Outcome.TERMINATED: "终止办理",
    Outcome.REFUSED: "不予受理",
}


class Promptness(StrEnum):
    """How a decision stands to its promised limit (domain practice: 即办, 提前, 按时, 超期)."""

    INSTANT = "instant"
    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"


PROMPTNESS_LABELS = {
    Promptness.INSTANT: "即办",
    Promptness.EARLY: "提前",
    Promptness.ON_TIME: "按时",
    Promptness.LATE: "超期",
}
