"""Words and tables of ratings: levels, channels, indicators, the follow-up of the lower two, appeals.

Five levels, channels and indicators as GB/T 39734 and 39735-2020 have them; 国办发〔2019〕51号 counts the upper three
levels as good and asks for every one of the lower two to be followed up.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from yichuang.directory.flow import Capability


class Level(IntEnum):
    """How satisfied somebody is, best first."""

    BEST = 1
    GOOD = 2
    FAIR = 3
    POOR = 4
    WORST = 5

    @property
    def label(self) -> str:
        """The level in Chinese."""
        return LEVEL_LABELS[self]

    @property
    def tone(self) -> str:
        """The tone of its tag."""
        return "bad" if self in LOW else "warn" if self is Level.FAIR else "good"


LEVEL_LABELS = {
    Level.BEST: "非常满意", Level.GOOD: "满意", Level.FAIR: "基本满意", Level.POOR: "不满意", Level.WORST: "非常不满意",
}  # fmt: skip
HIGH = (Level.BEST, Level.GOOD, Level.FAIR)
LOW = (Level.POOR, Level.WORST)


class RatingChannel(StrEnum):
    """Through what a rating came (GB/T 39735-2020)."""

    PC = "1"
    MOBILE = "2"
    QR = "3"
    TABLET = "4"
    TERMINAL = "5"

    @property
    def label(self) -> str:
        """The channel in Chinese."""
        return CHANNEL_LABELS[self]


CHANNEL_LABELS = {
    RatingChannel.PC: "电脑端", RatingChannel.MOBILE: "移动端", RatingChannel.QR: "二维码",
    RatingChannel.TABLET: "大厅平板", RatingChannel.TERMINAL: "大厅其他终端",
}  # fmt: skip
VIA = {"qr": RatingChannel.QR, "tablet": RatingChannel.TABLET, "terminal": RatingChannel.TERMINAL}


class Served(StrEnum):
    """What was rated: a case, or an act at a window."""

    CASE = "case"
    ACT = "act"


INDICATORS = {
    Served.CASE: {
        "overall": "整体情况", "efficiency": "办事效率", "guide": "办事指南准确", "convenience": "申请便捷", "platform": "平台好用",
    },
    Served.ACT: {"overall": "整体情况", "efficiency": "办事效率", "ability": "工作人员业务能力", "attitude": "服务态度"},
}  # fmt: skip


class FollowState(StrEnum):
    """Where the follow-up of a low rating stands."""

    PENDING = "pending"
    CONTACTED = "contacted"
    RECTIFYING = "rectifying"
    RECTIFIED = "rectified"
    CLOSED = "closed"
    VOID = "void"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return FOLLOW_LABELS[self]

    @property
    def tone(self) -> str:
        """The tone of its tag."""
        return {"pending": "bad", "rectified": "action", "closed": "good", "void": "plain"}.get(
            self.value, "warn"
        )


FOLLOW_LABELS = {
    FollowState.PENDING: "待回访", FollowState.CONTACTED: "已回访", FollowState.RECTIFYING: "整改中",
    FollowState.RECTIFIED: "已整改", FollowState.CLOSED: "办结", FollowState.VOID: "无效",
}  # fmt: skip
OPEN_FOLLOW = (FollowState.PENDING, FollowState.CONTACTED, FollowState.RECTIFYING, FollowState.RECTIFIED)


class FollowAction(StrEnum):
    """What moves a follow-up on."""

    CONTACT = "contact"
    START = "start"
    RECTIFY = "rectify"
    CLOSE = "close"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class FollowRow:
    """One row of the table. `words`: the label of the words that must be given. `told`: the result told to the rater."""

    action: FollowAction
    label: str
    sources: tuple[FollowState, ...]
    target: FollowState
    capability: Capability
    fact: str
    words: str
    told: bool = False
    consequence: str = ""


FOLLOW_ROWS = (
    FollowRow(
        FollowAction.CONTACT, "登记回访", (FollowState.PENDING,), FollowState.CONTACTED, Capability.FEEDBACK_HANDLE,
        "rating.contacted", "回访情况", consequence="同意回访的，电话联系；没有留电话的，登记核实的情况。",
    ),
    FollowRow(
        FollowAction.START, "开始整改", (FollowState.CONTACTED,), FollowState.RECTIFYING, Capability.FEEDBACK_HANDLE,
        "rating.rectifying", "整改措施", consequence="写明谁在什么时候前改什么。",
    ),
    FollowRow(
        FollowAction.RECTIFY, "报告整改结果", (FollowState.RECTIFYING,), FollowState.RECTIFIED,
        Capability.FEEDBACK_HANDLE, "rating.rectified", "整改结果", consequence="整改后把结果告知评价人，再办结。",
    ),
    FollowRow(
        FollowAction.CLOSE, "办结", (FollowState.CONTACTED, FollowState.RECTIFIED), FollowState.CLOSED,
        Capability.FEEDBACK_HANDLE, "rating.closed", "办结说明", told=True,
        consequence="写明怎样告知了评价人；没有留电话的，结果显示在其评价页面。",
    ),
    FollowRow(
        FollowAction.VOID, "认定为无效评价", OPEN_FOLLOW, FollowState.VOID, Capability.FEEDBACK_REVIEW,
        "rating.void", "无效的理由", consequence="不再回访；评价和理由保留，仍计入评价数。",
    ),
)  # fmt: skip
BY_FOLLOW_ACTION = {row.action: row for row in FOLLOW_ROWS}


def follow_moves(state: FollowState) -> tuple[FollowRow, ...]:
    """The rows that lead out of a state, in the table's order."""
    return tuple(row for row in FOLLOW_ROWS if state in row.sources)


class AppealState(StrEnum):
    """Where a department's appeal against a rating stands."""

    PENDING = "pending"
    UPHELD = "upheld"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return {"pending": "申诉待复核", "upheld": "已核减", "rejected": "申诉不成立"}[self.value]

    @property
    def tone(self) -> str:
        """The tone of its tag."""
        return {"pending": "warn", "upheld": "plain", "rejected": "bad"}[self.value]


RATING_GIVEN = "rating.given"
RATING_APPEALED = "rating.appealed"
APPEAL_FACTS = {AppealState.UPHELD: "rating.excluded", AppealState.REJECTED: "rating.confirmed"}
FOLLOW_FACT_LABELS = {row.fact: row.label for row in FOLLOW_ROWS} | {
    RATING_APPEALED: "部门提出申诉",
    "rating.excluded": "申诉成立，已核减",
    "rating.confirmed": "申诉不成立",
}
# Who may read ratings: those who handle them, and those who write or read about them. Scoped to the actor's reach.
RATING_READERS = (
    Capability.FEEDBACK_HANDLE, Capability.FEEDBACK_REVIEW, Capability.DASHBOARD_READ, Capability.REPORT_EDIT,
    Capability.REPORT_REVIEW, Capability.REPORT_ISSUE, Capability.INTEGRITY_READ,
)  # fmt: skip
LONGEST_WORDS = 1000
# A share of fewer ratings would point at single persons and says little.
LEAST_PUBLIC = 5
