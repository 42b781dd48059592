"""Claims of efficiency (办理效能): what each says, by which formula, and which cases stand behind it.

A claim that no row of this table yields (效率提升3倍) needs a source of its own and is not made here.
"""

from dataclasses import dataclass
from enum import StrEnum

PROJECT_CLASS_FIELD = "project_class"
"""The question of an application form whose answer says to which class a project belongs (项目类别)."""
PROJECT_CLASSES = {"major": "重大项目", "general": "一般项目"}

ONLINE_CHANNELS = ("2", "3")
"""网上、移动端 (办理形式, GB/T 39046 appendix A)."""


class Basis(StrEnum):
    """Which fact brings a case into a claim, on its day."""

    FILED = "case.filed"
    DECIDED = "case.decided"
    DELIVERED = "case.delivered"
    GUIDES = "guides"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: its name, unit, formula and what the period filters, in words; and what lies behind it."""

    code: str
    label: str
    unit: str
    formula: str
    basis: Basis

    @property
    def period(self) -> str:
        """What the period filters."""
        return PERIODS[self.basis]


PERIODS = {
    Basis.FILED: "按收到申请之日",
    Basis.DECIDED: "按结果记录之日",
    Basis.DELIVERED: "按送达之日",
    Basis.GUIDES: "按现行办事指南，不分期间",
}

CLAIMS: tuple[Claim, ...] = (
    Claim("concluded", "办结", "件", "作出准予或不予决定的件数", Basis.DECIDED),
    Claim(
        "mean_days", "平均用时", "个工作日", "办结件实际用时（扣除特别程序）之和 ÷ 办结件数，一位小数，四舍五入", Basis.DECIDED,
    ),
    Claim("mean_limit", "平均法定期限", "个工作日", "办结件法定期限（含延期）之和 ÷ 办结件数，一位小数，四舍五入", Basis.DECIDED),
    Claim("shortened", "较法定缩短", "个工作日", "平均法定期限 − 平均用时，两数都取公布的一位小数", Basis.DECIDED),
    Claim("early_share", "提前办结率", "%", "用时少于承诺期限的办结件（含即办）÷ 办结件，两位小数，四舍五入", Basis.DECIDED),
    Claim("best", "最快一件用时", "个工作日", "法定期限减实际用时最大的一件；相同时取用时最短的", Basis.DECIDED),
    Claim("ahead", "最快一件提前", "个工作日", "最快一件的法定期限 − 实际用时", Basis.DECIDED),
    Claim(
        "class_mean", "分项目类别平均用时", "个工作日",
        "按申请表“项目类别”的回答分类，各类办结件实际用时之和 ÷ 件数，一位小数；没有填写的件不计入", Basis.DECIDED,
    ),
    Claim(
        "natural_days", "申请到领证", "个自然日", "送达之日与提交申请之日相隔的自然日之和 ÷ 送达件数，一位小数，四舍五入", Basis.DELIVERED,
    ),
    Claim(
        "trips", "件均到现场", "次",
        "到窗口提交、到窗口补正、到窗口领取各算一次，按办件记录逐件清点，之和 ÷ 送达件数，一位小数", Basis.DELIVERED,
    ),
    Claim("online_filed", "网上提交率", "%", "从网上、移动端提交的件 ÷ 收件，两位小数，四舍五入", Basis.FILED),
    Claim(
        "online_items", "全程网办事项占比", "%",
        "指南写明可网上办理、到现场次数为 0 的事项 ÷ 已发布指南的事项，两位小数", Basis.GUIDES,
    ),
)  # fmt: skip
CLAIM = {claim.code: claim for claim in CLAIMS}
