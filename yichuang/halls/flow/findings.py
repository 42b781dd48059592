"""What becomes of a finding of an inspection, as a table: states, ways between them, who may take them."""

from dataclasses import dataclass
from enum import StrEnum

from yichuang.directory.flow import Capability


class FindingState(StrEnum):
    """Where a finding stands."""

    FOUND = "found"
    NOTIFIED = "notified"
    RECTIFYING = "rectifying"
    RECTIFIED = "rectified"
    PASSED = "passed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return STATE_LABELS[self]

    @property
    def tone(self) -> str:
        """The tone of its tag."""
        return _TONES.get(self, "warn")


STATE_LABELS = {
    FindingState.FOUND: "发现",
    FindingState.NOTIFIED: "已通知",
    FindingState.RECTIFYING: "整改中",
    FindingState.RECTIFIED: "已整改",
    FindingState.PASSED: "复查合格",
    FindingState.FAILED: "复查不合格",
    FindingState.WITHDRAWN: "已撤销",
}
_TONES = {
    FindingState.RECTIFIED: "action",
    FindingState.PASSED: "good",
    FindingState.FAILED: "bad",
    FindingState.WITHDRAWN: "plain",
}
# The department still has to act: from here a deadline can be missed.
UNRECTIFIED = (FindingState.FOUND, FindingState.NOTIFIED, FindingState.RECTIFYING, FindingState.FAILED)
# What a report may call 已整改.
DONE = (FindingState.RECTIFIED, FindingState.PASSED)


class FindingAction(StrEnum):
    """What moves a finding on."""

    NOTIFY = "notify"
    START = "start"
    RECTIFY = "rectify"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One row of the table.

    `words`: the label of the words that must be given; empty where none are asked for. `photos`: pictures may be
    added. `days`: a new deadline in working days is set. `four_eyes`: the actor must differ from who rectified.
    """

    action: FindingAction
    label: str
    sources: tuple[FindingState, ...]
    target: FindingState
    capability: Capability
    fact: str
    words: str = ""
    photos: bool = False
    days: bool = False
    four_eyes: bool = False
    consequence: str = ""


FINDING_ROWS = (
    FindingRow(
        FindingAction.NOTIFY, "通知部门", (FindingState.FOUND,), FindingState.NOTIFIED, Capability.HALL_INSPECT,
        "finding.notified", consequence="部门的人员可以看到这一问题，并应在期限内整改。",
    ),
    FindingRow(
        FindingAction.START, "开始整改", (FindingState.NOTIFIED, FindingState.FAILED), FindingState.RECTIFYING,
        Capability.HALL_RECTIFY, "finding.rectifying", consequence="表示部门已知悉并着手整改。",
    ),
    FindingRow(
        FindingAction.RECTIFY, "报告整改结果", (FindingState.NOTIFIED, FindingState.RECTIFYING, FindingState.FAILED),
        FindingState.RECTIFIED, Capability.HALL_RECTIFY, "finding.rectified", words="整改情况", photos=True,
        consequence="报告后由巡查人员复查；复查的人不能是报告整改的人。",
    ),
    FindingRow(
        FindingAction.APPROVE, "复查合格", (FindingState.RECTIFIED,), FindingState.PASSED, Capability.HALL_INSPECT,
        "finding.passed", four_eyes=True, consequence="这一问题办理完毕。",
    ),
    FindingRow(
        FindingAction.REJECT, "复查不合格", (FindingState.RECTIFIED,), FindingState.FAILED, Capability.HALL_INSPECT,
        "finding.failed", words="不合格的原因", photos=True, days=True, four_eyes=True,
        consequence="退回部门重新整改，并重新确定期限。",
    ),
    FindingRow(
        FindingAction.WITHDRAW, "撤销这一问题", (*UNRECTIFIED, FindingState.RECTIFIED), FindingState.WITHDRAWN,
        Capability.HALL_INSPECT, "finding.withdrawn", words="撤销理由",
        consequence="撤销后不计入巡查结果，理由和记录保留。",
    ),
)  # fmt: skip
BY_FINDING_ACTION = {row.action: row for row in FINDING_ROWS}
FINDING_RECORDED = "finding.recorded"
FINDING_LABELS = {FINDING_RECORDED: "发现问题"} | {row.fact: row.label for row in FINDING_ROWS}

# Who may read findings: those who keep them, and those who write or read about them. Scoped to the actor's reach.
FINDING_READERS = (
    Capability.HALL_INSPECT, Capability.HALL_RECTIFY, Capability.REPORT_EDIT, Capability.REPORT_REVIEW,
    Capability.REPORT_ISSUE, Capability.DASHBOARD_READ,
)  # fmt: skip


def finding_moves(state: FindingState) -> tuple[FindingRow, ...]:
    """The rows that lead out of a state, in the table's order."""
    return tuple(row for row in FINDING_ROWS if state in row.sources)


class Stage(StrEnum):
    """What a picture shows: the finding, its rectification, or what the re-check saw."""

    FOUND = "found"
    RECTIFIED = "rectified"
    RECHECKED = "rechecked"

    @property
    def label(self) -> str:
        """The stage in Chinese."""
        return {Stage.FOUND: "发现时", Stage.RECTIFIED: "整改后", Stage.RECHECKED: "复查时"}[self]


STAGE_OF = {FindingAction.RECTIFY: Stage.RECTIFIED, FindingAction.REJECT: Stage.RECHECKED}
