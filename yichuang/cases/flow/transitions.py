"""The table itself: every way between the states of a case."""

from dataclasses import dataclass

from yichuang.cases.flow.grounds import (
    EXTENSION_GROUNDS,
    PAUSE_GROUNDS_ALL,
    REFUSAL_GROUNDS,
    SEND_BACK_REASONS,
    TERMINATION_GROUNDS,
)
from yichuang.cases.flow.states import OPEN_STATES, Action, ClockEffect, State, WorkKind
from yichuang.directory.flow import Capability


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
    # Done by the platform itself when time has passed; nobody has a button for it.
    automatic: bool = False


_BEFORE_DECISION = (State.RECEIVED, State.CORRECTING, State.REVIEW, State.SPECIAL)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        Action.CORRECT_ON_SPOT, "当场更正", (State.RECEIVED,), State.RECEIVED, Capability.CASE_ACCEPT, ClockEffect.NONE,
        "case.corrected_on_spot", work=WorkKind.ACCEPT,
        consequence="登记申请人当场更正的内容；不算补正，答复期限不变。",
    ),
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
        Action.SUPPLY, "补交容缺材料", (State.REVIEW, State.SPECIAL), State.REVIEW, Capability.CASE_SUPPLY,
        ClockEffect.NONE, "case.supplied", consequence="登记补交的材料；全部补齐前不能作出决定，期限继续计算。",
    ),
    Transition(
        Action.PROPOSE, "提出审查意见", (State.REVIEW,), State.REVIEW, Capability.CASE_REVIEW, ClockEffect.NONE,
        "case.proposed", work=WorkKind.DECIDE, consequence="转下一级办理；期限继续计算。",
    ),
    Transition(
        Action.ENDORSE, "复审同意", (State.REVIEW,), State.REVIEW, Capability.CASE_ENDORSE, ClockEffect.NONE,
        "case.endorsed", work=WorkKind.DECIDE, consequence="转下一级；期限继续计算。",
    ),
    Transition(
        Action.COUNTERSIGN, "会签同意", (State.REVIEW,), State.REVIEW, Capability.CASE_DECIDE, ClockEffect.NONE,
        "case.countersigned", work=WorkKind.DECIDE, consequence="转负责人决定；期限继续计算。",
    ),
    Transition(
        Action.SEND_BACK, "退回重审", (State.REVIEW,), State.REVIEW, Capability.CASE_DECIDE, ClockEffect.NONE,
        "case.sent_back", grounds=SEND_BACK_REASONS, work=WorkKind.REVIEW,
        consequence="退回前一级重新办理，写明退回哪一部分；期限继续计算。",
    ),
    Transition(
        Action.HAND_OVER, "转交", OPEN_STATES, State.REVIEW,
        Capability.CASE_HAND_OVER, ClockEffect.NONE, "case.handed_over",
        consequence="由另一位同事继续办理；期限继续计算。",
    ),
    Transition(
        Action.EXPEDITE, "急事急办", _BEFORE_DECISION, State.REVIEW, Capability.CASE_EXPEDITE, ClockEffect.NONE,
        "case.expedited", consequence="列入绿色通道，在各处队列中标明；期限不变，写明理由。",
    ),
    Transition(
        Action.PAUSE, "启动特别程序", (State.REVIEW,), State.SPECIAL, Capability.CASE_PAUSE, ClockEffect.PAUSE,
        "case.paused", grounds=PAUSE_GROUNDS_ALL, document="special", work=WorkKind.RESUME,
        consequence="自次日起暂停计算期限，书面告知申请人所需时间。",
    ),
    Transition(
        Action.NOTE_OVERRUN, "特别程序超过预计时间", (State.SPECIAL,), State.SPECIAL, Capability.CASE_PAUSE,
        ClockEffect.NONE, "case.pause_overrun", work=WorkKind.RESUME,
        consequence="平台记录特别程序超过书面告知的时间；期限仍不计算，原因须在结束时写明。", automatic=True,
    ),
    Transition(
        Action.RESUME, "结束特别程序", (State.SPECIAL,), State.REVIEW, Capability.CASE_PAUSE, ClockEffect.RESUME,
        "case.resumed", work=WorkKind.REVIEW, consequence="自次日起继续计算期限，到期日重新确定。",
    ),
    Transition(
        Action.EXTEND, "批准延期", (State.REVIEW,), State.REVIEW, Capability.CASE_EXTEND, ClockEffect.EXTEND,
        "case.extended", grounds=EXTENSION_GROUNDS, document="extension",
        consequence="一般最多延长 10 个工作日，联合办理最多 15 个；只能延长一次，并告知申请人理由。", confirm=True,
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
# The content of a closed case was destroyed by law; its history stays.
DESTROYED = "case.content_destroyed"
STATE_AFTER_FILING = State.RECEIVED
# These move work, papers or a mark, not the case: it stays where it stands.
KEEPS_STATE = frozenset({Action.HAND_OVER, Action.EXPEDITE, Action.SUPPLY})


def target(row: Transition, state: State) -> State:
    """Where an action leads from a state."""
    return state if row.action in KEEPS_STATE else row.target


def capability_of(row: Transition, work_kind: str | None) -> Capability:
    """What an action asks for: sending back is the right of whoever examines at the level that is open."""
    sends_back_from_second = row.action == Action.SEND_BACK and work_kind == WorkKind.SECOND
    return Capability.CASE_ENDORSE if sends_back_from_second else row.capability


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
