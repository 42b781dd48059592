"""The life of a case as one table: eight states and every way between them.

Buttons, the diagram in the docs and the test that tries every state with every action are made from it.
"""

from dataclasses import dataclass
from enum import StrEnum

from yichuang.directory.flow import Capability


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
    ACCEPT = "accept"
    REFUSE_ACCEPTANCE = "refuse_acceptance"
    PROPOSE = "propose"
    SEND_BACK = "send_back"
    HAND_OVER = "hand_over"
    PAUSE = "pause"
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
    DECIDE = "decide"
    RESUME = "resume"
    DELIVER = "deliver"


WORK_LABELS = {
    WorkKind.ACCEPT: "待受理",
    WorkKind.CORRECT: "等申请人补正",
    WorkKind.REVIEW: "待审查",
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

# The eight procedures whose time does not count (行政许可法 art. 45, a closed list).
PAUSE_GROUNDS = {
    "hearing": "听证",
    "tender": "招标",
    "auction": "拍卖",
    "inspection": "检验",
    "testing": "检测",
    "quarantine": "检疫",
    "appraisal": "鉴定",
    "expert_review": "专家评审",
}

# Why a case may be refused at the door (行政许可法 art. 32 items 1, 2) or for want of correction (item 5).
REFUSAL_GROUNDS = {
    "not_required": "依法不需要取得行政许可",
    "not_competent": "不属于本机关职权范围",
    "not_corrected": "逾期未补正或者补正后仍不符合要求",
}

TERMINATION_GROUNDS = {
    "applicant_gone": "申请人死亡、丧失行为能力或者法人依法终止",
    "basis_gone": "申请依据的法律、法规修改或者废止",
    "not_corrected": "申请人逾期未补正，视为放弃申请",
    "impossible": "因不可抗力，办理已无法继续",
}

DELIVERY_METHODS = {"window": "窗口领取", "post": "邮寄送达", "electronic": "电子送达"}

EXTENSION_GROUNDS = {"art42": "二十日内不能作出决定，经本机关负责人批准延长（行政许可法第四十二条）"}


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: what the action is called, whence and whither, who may, what it does to the clock."""

    action: Action
    label: str
    sources: tuple[State, ...]
    target: State
    capability: Capability
    clock: ClockEffect
    fact: str
    grounds: dict[str, str] | None = None
    document: str = ""
    work: WorkKind | None = None
    consequence: str = ""
    confirm: bool = False


_BEFORE_DECISION = (State.RECEIVED, State.CORRECTING, State.REVIEW, State.SPECIAL)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        Action.ACCEPT, "受理此件", (State.RECEIVED,), State.REVIEW, Capability.CASE_ACCEPT, ClockEffect.START,
        "case.accepted", document="acceptance", work=WorkKind.REVIEW,
        consequence="自次日起计算办理期限，生成受理通知书。",
    ),
    Transition(
        Action.ASK_CORRECTION, "退回补正", (State.RECEIVED,), State.CORRECTING, Capability.CASE_ASK_CORRECTION,
        ClockEffect.NONE, "case.correction_asked", document="correction", work=WorkKind.CORRECT,
        consequence="生成一次性补正告知书并通知申请人；受理期限自补正之日重新计算。",
    ),
    Transition(
        Action.ANSWER_CORRECTION, "提交补正", (State.CORRECTING,), State.RECEIVED, Capability.CASE_APPLY,
        ClockEffect.NONE, "case.correction_answered", work=WorkKind.ACCEPT,
        consequence="补正材料交回窗口，窗口应在 5 个工作日内答复是否受理。",
    ),
    Transition(
        Action.REFUSE_ACCEPTANCE, "不予受理", (State.RECEIVED, State.CORRECTING), State.REFUSED,
        Capability.CASE_REFUSE_ACCEPTANCE, ClockEffect.NONE, "case.refused", grounds=REFUSAL_GROUNDS,
        document="refusal", consequence="生成不予受理决定书，此件结束，不计入办结。", confirm=True,
    ),
    Transition(
        Action.PROPOSE, "提出审查意见", (State.REVIEW,), State.REVIEW, Capability.CASE_REVIEW, ClockEffect.NONE,
        "case.proposed", work=WorkKind.DECIDE, consequence="转负责人决定；期限继续计算。",
    ),
    Transition(
        Action.SEND_BACK, "退回重审", (State.REVIEW,), State.REVIEW, Capability.CASE_DECIDE, ClockEffect.NONE,
        "case.sent_back", work=WorkKind.REVIEW, consequence="退回审查岗位重新提出意见；期限继续计算。",
    ),
    Transition(
        Action.HAND_OVER, "转交", (State.RECEIVED, State.REVIEW), State.REVIEW, Capability.CASE_HAND_OVER,
        ClockEffect.NONE, "case.handed_over", consequence="由另一位同事继续办理；期限继续计算。",
    ),
    Transition(
        Action.PAUSE, "启动特别程序", (State.REVIEW,), State.SPECIAL, Capability.CASE_PAUSE, ClockEffect.PAUSE,
        "case.paused", grounds=PAUSE_GROUNDS, document="special", work=WorkKind.RESUME,
        consequence="自次日起暂停计算期限，书面告知申请人所需时间。",
    ),
    Transition(
        Action.RESUME, "结束特别程序", (State.SPECIAL,), State.REVIEW, Capability.CASE_PAUSE, ClockEffect.RESUME,
        "case.resumed", work=WorkKind.REVIEW, consequence="自次日起继续计算期限，到期日重新确定。",
    ),
    Transition(
        Action.EXTEND, "批准延期", (State.REVIEW,), State.REVIEW, Capability.CASE_EXTEND, ClockEffect.EXTEND,
        "case.extended", grounds=EXTENSION_GROUNDS, document="extension",
        consequence="最多延长 10 个工作日，只能延长一次，并告知申请人理由。", confirm=True,
    ),
    Transition(
        Action.DECIDE, "作出决定", (State.REVIEW,), State.DECIDED, Capability.CASE_DECIDE, ClockEffect.STOP,
        "case.decided", document="decision", work=WorkKind.DELIVER,
        consequence="停止计时，生成决定书，计入办结；10 个工作日内送达。", confirm=True,
    ),
    Transition(
        Action.DELIVER, "送达结果", (State.DECIDED,), State.DELIVERED, Capability.CASE_DELIVER, ClockEffect.NONE,
        "case.delivered", document="delivery", consequence="登记送达，生成送达回证，此件结束。",
    ),
    Transition(
        Action.WITHDRAW, "撤回申请", _BEFORE_DECISION, State.TERMINATED, Capability.CASE_APPLY, ClockEffect.STOP,
        "case.withdrawn", consequence="此件终结，不再办理；以后可以重新申请。", confirm=True,
    ),
    Transition(
        Action.TERMINATE, "终结办理", _BEFORE_DECISION, State.TERMINATED, Capability.CASE_TERMINATE,
        ClockEffect.STOP, "case.terminated", grounds=TERMINATION_GROUNDS, document="termination",
        consequence="此件终结，不计入办结，并告知申请人理由。", confirm=True,
    ),
)  # fmt: skip

BY_ACTION = {row.action: row for row in TRANSITIONS}
FILED = "case.filed"
# The item passed to another department, and its open cases with it; nobody presses a button on the case for it.
TRANSFERRED = "case.transferred"
STATE_AFTER_FILING = State.RECEIVED
# A hand-over moves work, not the case: it stays where it stands.
KEEPS_STATE = frozenset({Action.HAND_OVER})

FACT_LABELS = {FILED: "提交申请"} | {row.fact: row.label for row in TRANSITIONS}
FACT_SENTENCES = {
    FILED: "收到申请",
    "case.correction_asked": "一次性告知补正",
    "case.correction_answered": "申请人已补正",
    "case.accepted": "已受理",
    "case.refused": "不予受理",
    "case.proposed": "提出审查意见",
    "case.sent_back": "退回重新审查",
    "case.handed_over": "转交办理",
    "case.paused": "启动特别程序，期限暂停计算",
    "case.resumed": "特别程序结束，期限继续计算",
    "case.extended": "批准延长期限",
    "case.decided": "作出决定",
    "case.delivered": "结果已送达",
    "case.withdrawn": "申请人撤回",
    "case.terminated": "终结办理",
    "case.recomputed": "节假日安排公布，到期日重新确定",
    TRANSFERRED: "事项转隶，由新的承办部门继续办理，编号和期限不变",
}
# What the applicant does not see: the office's inner work.
INTERNAL_FACTS = frozenset({"case.proposed", "case.sent_back", "case.handed_over"})


def target(row: Transition, state: State) -> State:
    """Where an action leads from a state."""
    return state if row.action in KEEPS_STATE else row.target


def allowed(state: State) -> tuple[Transition, ...]:
    """The rows that lead out of a state, in the table's order."""
    return tuple(row for row in TRANSITIONS if state in row.sources)


def mermaid() -> str:
    """The state diagram for the docs."""
    lines = ["stateDiagram-v2", f"    [*] --> {STATE_AFTER_FILING}: 提交申请"]
    lines += [f"    {state}: {state.label}" for state in State]
    lines += [
        f"    {source} --> {target(row, source)}: {row.label}"
        for row in TRANSITIONS
        for source in row.sources
    ]
    ended = (State.DELIVERED, State.REFUSED, State.TERMINATED)
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in ended)])


# How a numbered document is called in its number, after the department's own word: 川水许受〔2026〕12号.
DOCUMENT_WORDS = {
    "acceptance": "许受",
    "refusal": "许不受",
    "correction": "许补",
    "special": "许特",
    "extension": "许延",
    "decision_granted": "许准",
    "decision_denied": "许不准",
    "delivery": "许送",
    "termination": "许终",
}
DOCUMENT_LABELS = {
    "acceptance": "受理通知书",
    "refusal": "不予受理决定书",
    "correction": "一次性补正告知书",
    "special": "特别程序告知书",
    "extension": "延长办理期限告知书",
    "decision_granted": "准予行政许可决定书",
    "decision_denied": "不予行政许可决定书",
    "delivery": "送达回证",
    "termination": "终结办理告知书",
}
