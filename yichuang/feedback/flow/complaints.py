"""Words and tables of complaints and of the 办不成事 window."""

from dataclasses import dataclass
from enum import StrEnum

from yichuang.directory.flow import Capability


class ComplaintKind(StrEnum):
    """What somebody comes with."""

    QUESTION = "question"
    COMPLAINT = "complaint"
    REPORT = "report"
    PROPOSAL = "proposal"
    STUCK = "stuck"

    @property
    def label(self) -> str:
        """The kind in Chinese."""
        return KIND_LABELS[self]


KIND_LABELS = {
    ComplaintKind.QUESTION: "咨询", ComplaintKind.COMPLAINT: "投诉", ComplaintKind.REPORT: "举报",
    ComplaintKind.PROPOSAL: "建议", ComplaintKind.STUCK: "办不成事",
}  # fmt: skip


class ComplaintWay(StrEnum):
    """How it came in."""

    ONLINE = "online"
    PHONE = "phone"
    WINDOW = "window"

    @property
    def label(self) -> str:
        """The way in Chinese."""
        return {"online": "网上", "phone": "电话", "window": "“办不成事”反映窗口"}[self.value]


class ComplaintState(StrEnum):
    """Where a complaint stands."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    REPLIED = "replied"
    REOPENED = "reopened"
    CLOSED = "closed"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return STATE_LABELS[self]

    @property
    def tone(self) -> str:
        """The tone of its tag."""
        return {"assigned": "action", "replied": "action", "closed": "good", "rejected": "plain"}.get(
            self.value, "warn"
        )


STATE_LABELS = {
    ComplaintState.RECEIVED: "待转办", ComplaintState.ASSIGNED: "办理中", ComplaintState.REPLIED: "已答复",
    ComplaintState.REOPENED: "要求重办", ComplaintState.CLOSED: "办结", ComplaintState.REJECTED: "不予受理",
}  # fmt: skip
# A reply is owed: from here a deadline can be missed.
UNANSWERED = (ComplaintState.RECEIVED, ComplaintState.ASSIGNED, ComplaintState.REOPENED)


class ComplaintAction(StrEnum):
    """What moves a complaint on."""

    ASSIGN = "assign"
    REPLY = "reply"
    RETURN = "return"
    CLOSE = "close"
    REJECT = "reject"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """One row of the table. `capability` none: the person's own step. `four_eyes`: not by who replied.

    `central`: only for those whose post reaches every department.
    """

    action: ComplaintAction
    label: str
    sources: tuple[ComplaintState, ...]
    target: ComplaintState
    capability: Capability | None
    fact: str
    words: str = ""
    department: bool = False
    central: bool = False
    four_eyes: bool = False
    consequence: str = ""


COMPLAINT_ROWS = (
    ComplaintRow(
        ComplaintAction.ASSIGN, "转办", (ComplaintState.RECEIVED, ComplaintState.ASSIGNED, ComplaintState.REOPENED),
        ComplaintState.ASSIGNED, Capability.FEEDBACK_HANDLE, "complaint.assigned", department=True, central=True,
        consequence="转给承办部门答复，期限不变。",
    ),
    ComplaintRow(
        ComplaintAction.REPLY, "答复", (ComplaintState.ASSIGNED, ComplaintState.REOPENED), ComplaintState.REPLIED,
        Capability.FEEDBACK_HANDLE, "complaint.replied", words="答复内容",
        consequence="答复显示在反映人的查询页面；留了电话的，同时发短信告知。",
    ),
    ComplaintRow(
        ComplaintAction.RETURN, "退回重新答复", (ComplaintState.REPLIED,), ComplaintState.ASSIGNED,
        Capability.FEEDBACK_REVIEW, "complaint.returned", words="退回的理由", four_eyes=True,
        consequence="退回承办部门重新答复，期限重新计算。",
    ),
    ComplaintRow(
        ComplaintAction.CLOSE, "复核办结", (ComplaintState.REPLIED,), ComplaintState.CLOSED,
        Capability.FEEDBACK_REVIEW, "complaint.closed", four_eyes=True,
        consequence="复核认为答复清楚、问题已解决。反映人仍可要求重办一次。",
    ),
    ComplaintRow(
        ComplaintAction.REJECT, "不予受理", (ComplaintState.RECEIVED, ComplaintState.ASSIGNED), ComplaintState.REJECTED,
        Capability.FEEDBACK_REVIEW, "complaint.rejected", words="不予受理的理由",
        consequence="理由显示在反映人的查询页面。",
    ),
    ComplaintRow(
        ComplaintAction.REOPEN, "要求重办", (ComplaintState.REPLIED, ComplaintState.CLOSED), ComplaintState.REOPENED,
        None, "complaint.reopened", words="还没有解决的问题", consequence="可以要求重办一次。",
    ),
)  # fmt: skip
BY_COMPLAINT_ACTION = {row.action: row for row in COMPLAINT_ROWS}
COMPLAINT_RECEIVED = "complaint.received"
COMPLAINT_FACT_LABELS = {COMPLAINT_RECEIVED: "登记"} | {row.fact: row.label for row in COMPLAINT_ROWS}
COMPLAINT_READERS = (Capability.FEEDBACK_HANDLE, Capability.FEEDBACK_REVIEW)
LONGEST_WORDS = 2000


def complaint_moves(state: ComplaintState) -> tuple[ComplaintRow, ...]:
    """The rows by which staff lead out of a state, in the table's order."""
    return tuple(row for row in COMPLAINT_ROWS if state in row.sources and row.capability is not None)
