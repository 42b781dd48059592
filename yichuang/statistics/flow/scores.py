"""Words of the 一网通办 score: where an indicator's value comes from, and which way is better."""

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Which way of an indicator is better."""

    HIGHER = "higher"
    LOWER = "lower"

    @property
    def label(self) -> str:
        """In Chinese."""
        return "越高越好" if self == Direction.HIGHER else "越低越好"


@dataclass(frozen=True, slots=True)
class ScoreMeasure:
    """An indicator that the platform computes: a share of two counts, in percent. `piece`: what is counted."""

    code: str
    label: str
    formula: str
    piece: str


SCORE_MEASURES: tuple[ScoreMeasure, ...] = (
    ScoreMeasure("early_share", "提前办结率", "用时少于承诺期限的办结件（含即办）÷ 办结件", "件提前办结"),
    ScoreMeasure("on_time_share", "按时办结率", "用时不超过承诺期限的办结件 ÷ 办结件", "件按时办结"),
    ScoreMeasure("instant_share", "即办率", "受理当日办结的件 ÷ 办结件", "件当日办结"),
    ScoreMeasure("online_filed", "网上提交率", "从网上、移动端提交的件 ÷ 收件", "件网上提交"),
    ScoreMeasure(
        "full_online",
        "全程网办事项占比",
        "可网上办理且到现场 0 次的事项 ÷ 已发布指南的事项",
        "个事项全程网办",
    ),
    ScoreMeasure("guides", "办事指南发布率", "期末已发布指南的事项 ÷ 在用事项", "个事项发布指南"),
    ScoreMeasure("manuals", "受理手册覆盖率", "期末受理手册有效的事项 ÷ 在用事项", "个事项发布受理手册"),
)
SCORE_MEASURE = {measure.code: measure for measure in SCORE_MEASURES}
ENTERED = ""
"""The measure of an indicator whose value is entered by hand, with its source."""
FULL_MARK = 100
"""What the weights of a set of indicators come to, and the highest score."""
MOST_INDICATORS = 20
ENTRY_DAYS = 366
"""An entered value counts for a year; an older one says nothing about today."""
