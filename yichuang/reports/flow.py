"""The life of a weekly report and of a contribution, as tables: states, ways between them, who may take them.

Buttons, the strip of states on top of the editor and the test of every state with every action are made from it.
"""

from dataclasses import dataclass
from enum import StrEnum

from yichuang.directory.flow import Capability


class State(StrEnum):
    """Where a report stands. Words and figures are fixed from 签发 on."""

    COLLECTING = "collecting"
    EDITING = "editing"
    IN_REVIEW = "in_review"
    ISSUED = "issued"
    PRINTED = "printed"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return STATE_LABELS[self]


STATE_LABELS = {
    State.COLLECTING: "征集",
    State.EDITING: "编辑",
    State.IN_REVIEW: "审核",
    State.ISSUED: "签发",
    State.PRINTED: "印发",
}
EDITABLE = (State.COLLECTING, State.EDITING)
PUBLISHED = (State.ISSUED, State.PRINTED)


class Action(StrEnum):
    """What moves a report on, or back."""

    START_EDITING = "start_editing"
    REOPEN_COLLECTING = "reopen_collecting"
    SUBMIT = "submit"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    DECLINE = "decline"
    ISSUE = "issue"
    MARK_PRINTED = "mark_printed"


class FourEyes(StrEnum):
    """Whom the actor must differ from."""

    NONE = "none"
    EDITORS = "editors"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    `approved` says whether the review must have passed (True), must not have (False), or does not matter (None).
    """

    action: Action
    label: str
    source: State
    target: State
    capability: Capability
    fact: str
    approved: bool | None = None
    four_eyes: FourEyes = FourEyes.NONE
    needs_reason: bool = False
    confirm: bool = False
    consequence: str = ""


TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        Action.START_EDITING, "截止征集，进入编辑", State.COLLECTING, State.EDITING, Capability.REPORT_EDIT,
        "report.editing_started", consequence="各部门不能再向本期报送素材，新报送的素材留给下一期。",
    ),
    Transition(
        Action.REOPEN_COLLECTING, "重新征集", State.EDITING, State.COLLECTING, Capability.REPORT_EDIT,
        "report.collecting_reopened", consequence="各部门可以继续向本期报送素材。",
    ),
    Transition(
        Action.SUBMIT, "送审", State.EDITING, State.IN_REVIEW, Capability.REPORT_EDIT, "report.submitted",
        consequence="送审后内容不能修改，除非审核人退回编辑。",
    ),
    Transition(
        Action.APPROVE, "审核通过", State.IN_REVIEW, State.IN_REVIEW, Capability.REPORT_REVIEW, "report.approved",
        approved=False, four_eyes=FourEyes.EDITORS, consequence="转签发人签发；参与过本期编辑的人不能审核。",
    ),
    Transition(
        Action.SEND_BACK, "退回编辑", State.IN_REVIEW, State.EDITING, Capability.REPORT_REVIEW, "report.sent_back",
        approved=False, needs_reason=True, consequence="退回编辑修改，修改后须重新送审。",
    ),
    Transition(
        Action.ISSUE, "签发", State.IN_REVIEW, State.ISSUED, Capability.REPORT_ISSUE, "report.issued",
        approved=True, four_eyes=FourEyes.EDITORS, confirm=True,
        consequence="编定期号和总期号，封存数字和文字，并在网站公开；签发后任何内容都不能再改。",
    ),
    Transition(
        Action.DECLINE, "不予签发，退回编辑", State.IN_REVIEW, State.EDITING, Capability.REPORT_ISSUE,
        "report.declined", approved=True, needs_reason=True, consequence="退回编辑修改，修改后须重新送审、审核。",
    ),
    Transition(
        Action.MARK_PRINTED, "登记印发", State.ISSUED, State.PRINTED, Capability.REPORT_EDIT, "report.printed",
        consequence="登记已按份数印制并分送，本期办理完毕。",
    ),
)  # fmt: skip

BY_ACTION = {row.action: row for row in TRANSITIONS}

OPENED = "report.opened"
IMPORTED = "report.imported"
REIMPORTED = "report.reimported"
COMMENTED = "report.commented"
COMMENT_RESOLVED = "report.comment_resolved"
COMMENT_REOPENED = "report.comment_reopened"
CHANGE_REVERTED = "report.change_reverted"
CHANGE_JUDGED = "report.change_judged"
FINDING_IGNORED = "report.finding_ignored"
SECTION_TAKEN_OVER = "report.section_taken_over"
NUMBER_REBOUND = "report.number_rebound"
NUMBER_UNBOUND = "report.number_unbound"
TRACKING_LABELS = {
    COMMENTED: "批注",
    COMMENT_RESOLVED: "批注已解决",
    COMMENT_REOPENED: "批注重新打开",
    CHANGE_REVERTED: "撤销一处修改",
    CHANGE_JUDGED: "对一处修改提出意见",
    FINDING_IGNORED: "忽略一条校对提示",
    SECTION_TAKEN_OVER: "接手编辑栏目",
    NUMBER_REBOUND: "改数字来源",
    NUMBER_UNBOUND: "撤销数字来源",
}
SIGNED = "report.signed"
DISTRIBUTION_LABELS = {
    "report.distribution_drawn_up": "生成分送名单",
    "report.distribution_changed": "修改分送名单",
    "report.handed_out": "登记领取",
    "report.hand_out_taken_back": "撤销领取",
    "report.read": "在线阅读",
}
FACT_LABELS = (
    TRACKING_LABELS
    | DISTRIBUTION_LABELS
    | {SIGNED: "文件签名"}
    | {OPENED: "新建本期周报", IMPORTED: "导入往期周报", REIMPORTED: "重新导入往期周报"}
    | {row.fact: row.label for row in TRANSITIONS}
)


def allowed(state: State, *, approved: bool) -> tuple[Transition, ...]:
    """The rows that lead out of a state, in the table's order."""
    return tuple(row for row in TRANSITIONS if row.source == state and row.approved in (None, approved))


def waits_for(state: State, *, approved: bool) -> str:
    """Who is next, in words."""
    if state == State.IN_REVIEW:
        return "等待签发人签发" if approved else "等待审核人审核"
    return {
        State.COLLECTING: "等待各部门报送素材，由编辑截止征集",
        State.EDITING: "等待编辑定稿并送审",
        State.ISSUED: "等待编辑登记印发",
        State.PRINTED: "已办理完毕",
    }[state]


class ContributionState(StrEnum):
    """What became of what a department sent in."""

    SENT = "sent"
    TAKEN = "taken"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return CONTRIBUTION_LABELS[self]


CONTRIBUTION_LABELS = {
    ContributionState.SENT: "已报送",
    ContributionState.TAKEN: "已采用",
    ContributionState.DECLINED: "未采用",
    ContributionState.WITHDRAWN: "已撤回",
}


class Opinion(StrEnum):
    """What a reviewer says of one change."""

    AGREED = "agreed"
    OBJECTED = "objected"

    @property
    def label(self) -> str:
        """The opinion in Chinese."""
        return "同意" if self == Opinion.AGREED else "不同意"


class SectionKind(StrEnum):
    """What stands under a heading of a form."""

    GROUP = "group"
    FIGURES = "figures"
    NEWS = "news"
    VISITS = "visits"
    INSPECTION = "inspection"


SECTION_LABELS = {
    SectionKind.GROUP: "一组小节",
    SectionKind.FIGURES: "数字",
    SectionKind.NEWS: "动态",
    SectionKind.VISITS: "值守",
    SectionKind.INSPECTION: "巡查",
}

INSPECTION_DEFAULT = "总体情况良好"
