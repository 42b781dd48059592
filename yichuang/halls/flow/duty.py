"""What becomes of a requirement laid down at a duty visit (厅（局）长进大厅), as a table."""

from dataclasses import dataclass
from enum import StrEnum

from yichuang.directory.flow import Capability


class RequirementState(StrEnum):
    """Where a requirement stands."""

    LAID_DOWN = "laid_down"
    DOING = "doing"
    DONE = "done"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return REQUIREMENT_LABELS[self]

    @property
    def tone(self) -> str:
        """The tone of its tag."""
        return {
            RequirementState.LAID_DOWN: "warn",
            RequirementState.DOING: "warn",
            RequirementState.DONE: "action",
            RequirementState.CLOSED: "good",
            RequirementState.WITHDRAWN: "plain",
        }[self]


REQUIREMENT_LABELS = {
    RequirementState.LAID_DOWN: "已提出",
    RequirementState.DOING: "落实中",
    RequirementState.DONE: "已报结果",
    RequirementState.CLOSED: "已销号",
    RequirementState.WITHDRAWN: "已撤销",
}
# The responsible department still has to act: from here a due date can be missed.
UNDONE = (RequirementState.LAID_DOWN, RequirementState.DOING)


class RequirementAction(StrEnum):
    """What moves a requirement on."""

    PROGRESS = "progress"
    REPORT = "report"
    CLOSE = "close"
    RETURN = "return"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One row of the table. `words`: the label of the words that must be given; `four_eyes`: another than who reported."""

    action: RequirementAction
    label: str
    sources: tuple[RequirementState, ...]
    target: RequirementState
    capability: Capability
    fact: str
    words: str = ""
    four_eyes: bool = False
    consequence: str = ""


REQUIREMENT_ROWS = (
    RequirementRow(
        RequirementAction.PROGRESS, "登记进展", UNDONE, RequirementState.DOING, Capability.DUTY_RECORD,
        "requirement.progressed", words="进展情况", consequence="进展会列入这条要求的落实记录。",
    ),
    RequirementRow(
        RequirementAction.REPORT, "报告落实结果", UNDONE, RequirementState.DONE, Capability.DUTY_RECORD,
        "requirement.reported", words="落实结果", consequence="报告后由中心核对销号；核对的人不能是报告的人。",
    ),
    RequirementRow(
        RequirementAction.CLOSE, "核对销号", (RequirementState.DONE,), RequirementState.CLOSED, Capability.DUTY_PLAN,
        "requirement.closed", four_eyes=True, consequence="这条要求办理完毕。",
    ),
    RequirementRow(
        RequirementAction.RETURN, "退回继续落实", (RequirementState.DONE,), RequirementState.DOING,
        Capability.DUTY_PLAN, "requirement.returned", words="退回理由", four_eyes=True,
        consequence="退回责任部门继续落实，原期限不变。",
    ),
    RequirementRow(
        RequirementAction.WITHDRAW, "撤销这条要求", (*UNDONE, RequirementState.DONE), RequirementState.WITHDRAWN,
        Capability.DUTY_PLAN, "requirement.withdrawn", words="撤销理由", consequence="撤销后不再跟踪，理由和记录保留。",
    ),
)  # fmt: skip
BY_REQUIREMENT_ACTION = {row.action: row for row in REQUIREMENT_ROWS}
REQUIREMENT_LAID_DOWN = "requirement.laid_down"
REQUIREMENT_FACTS = {REQUIREMENT_LAID_DOWN: "提出要求"} | {row.fact: row.label for row in REQUIREMENT_ROWS}
DUTY_PLANNED = "duty.planned"
DUTY_VISITED = "duty.visited"
DUTY_CANCELLED = "duty.cancelled"

# Who may read visits and requirements: those who keep them, and those who write or read about them.
DUTY_READERS = (
    Capability.DUTY_PLAN, Capability.DUTY_RECORD, Capability.REPORT_EDIT, Capability.REPORT_REVIEW,
    Capability.REPORT_ISSUE, Capability.DASHBOARD_READ,
)  # fmt: skip


def requirement_moves(state: RequirementState) -> tuple[RequirementRow, ...]:
    """The rows that lead out of a state, in the table's order."""
    return tuple(row for row in REQUIREMENT_ROWS if state in row.sources)
