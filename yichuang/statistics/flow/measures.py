"""The words of figures: groups of item types, scopes, and the measures as a table that users can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

GROUPS = {"licence": "行政许可", "public_service": "公共服务", "other_nine": "其它九类行权事项"}
"""The three groups of the weekly report: type 01, type 20, and types 02–10 (GB/T 39046 appendix A)."""

WINDOW, MANUALS = "window", "manuals"
LABELS_OF_GROUPS = {**GROUPS, WINDOW: "综窗", MANUALS: "受理手册"}
"""Every group that a figure may have, the one-stop window and the acceptance manuals too. For labels only."""


def group_of(item_type: str) -> str | None:
    """The group of a two-digit item type; None for a local extension, which the report does not count."""
    if item_type == "01":
        return "licence"
    if item_type == "20":
        return "public_service"
    return "other_nine" if "02" <= item_type <= "10" else None


class Scope(StrEnum):
    """What a figure covers."""

    WEEK = "week"
    YEAR_TO_DATE = "year_to_date"
    TO_DATE = "to_date"


SCOPE_LABELS = {Scope.WEEK: "本期", Scope.YEAR_TO_DATE: "今年以来", Scope.TO_DATE: "截至期末"}


class Form(StrEnum):
    """How a measure is made from the cells."""

    COUNT = "count"
    SHARE = "share"
    MEAN = "mean"
    MEDIAN = "median"
    P90 = "p90"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: what it is called, how it is computed, and what the period filters, in words that users read."""

    code: str
    label: str
    unit: str
    form: Form
    formula: str
    period: str
    kinds: tuple[str, ...] = ()
    promptness: tuple[str, ...] = ()
    of: str = ""


_EARLY = ("instant", "early")
MEASURES: tuple[Measure, ...] = (
    Measure("received", "收件", "件", Form.COUNT, "收到申请的件数", "按收到申请之日", ("case.filed",)),
    Measure("accepted", "受理", "件", Form.COUNT, "作出受理的件数", "按受理之日", ("case.accepted", "reported.accepted")),
    Measure(
        "concluded", "办结", "件", Form.COUNT, "作出准予或不予决定的件数；不含不予受理和终结",
        "按结果记录之日；本期办结的件可能是以前受理的，因此办结可以多于受理", ("case.decided", "reported.decided"),
    ),
    Measure("delivered", "送达", "件", Form.COUNT, "结果已送达的件数", "按送达之日", ("case.delivered", "reported.delivered")),
    Measure("refused", "不予受理", "件", Form.COUNT, "作出不予受理决定的件数", "按决定之日", ("case.refused",)),
    Measure(
        "terminated", "终结", "件", Form.COUNT, "撤回和终止办理的件数", "按终结之日",
        ("case.withdrawn", "reported.withdrawn", "case.terminated", "reported.terminated"),
    ),
    Measure("instant", "即办", "件", Form.COUNT, "受理当日办结的件数", "按结果记录之日", ("case.decided", "reported.decided"), ("instant",)),
    Measure(
        "early", "提前办结", "件", Form.COUNT, "用时少于承诺期限的办结件数（含即办）", "按结果记录之日",
        ("case.decided", "reported.decided"), _EARLY,
    ),
    Measure(
        "on_time", "按时办结", "件", Form.COUNT, "用时不超过承诺期限的办结件数（含提前、即办）", "按结果记录之日",
        ("case.decided", "reported.decided"), (*_EARLY, "on_time"),
    ),
    Measure("late", "超期办结", "件", Form.COUNT, "用时超过承诺期限的办结件数", "按结果记录之日", ("case.decided", "reported.decided"), ("late",)),
    Measure("early_share", "提前办结率", "%", Form.SHARE, "提前办结 ÷ 办结（不含没有上报期限的），两位小数，四舍五入", "按结果记录之日", of="early"),
    Measure("on_time_share", "按时办结率", "%", Form.SHARE, "按时办结 ÷ 办结（不含没有上报期限的），两位小数，四舍五入", "按结果记录之日", of="on_time"),
    Measure(
        "mean_days", "平均用时", "工作日", Form.MEAN, "办结件实际用时（扣除特别程序）的平均数，一位小数", "按结果记录之日", of="used",
    ),
    Measure(
        "mean_limit", "平均法定期限", "工作日", Form.MEAN, "办结件法定期限（含延期）的平均数，一位小数", "按结果记录之日", of="limit",
    ),
    Measure(
        "median_days", "用时中位数", "工作日", Form.MEDIAN, "一半办结件的用时不超过此数；按每个天数逐一计数，误差为 0",
        "按结果记录之日", of="used",
    ),
    Measure(
        "p90_days", "九成办结用时", "工作日", Form.P90, "九成办结件的用时不超过此数；按每个天数逐一计数，误差为 0",
        "按结果记录之日", of="used",
    ),
)  # fmt: skip

REPORTED_OPEN = Measure(
    "reported_open",
    "已报受理未报办结",
    "件",
    Form.STOCK,
    "部门自建系统已报受理，还没有报办结、撤回或终止的件数；没有办理期限，不在待办和超期之列，不算在办",
    "按截止日",
)
"""What departments' own systems began and never said the end of; a stock as of a day, apart from the cases on hand."""

# What the one-stop window (综窗) does. Each is counted from the window's own facts; none follows from another: what is
# handed over or issued there may have been accepted elsewhere.
_OWN = "只数窗口登记的记录，不由其他数推算"
WINDOW_MEASURES: tuple[Measure, ...] = (
    Measure("consulted", "咨询", "人次", Form.COUNT, f"综窗登记的咨询人次；{_OWN}", "按咨询之日", ("window.consulted",)),
    Measure("accepted", "受理", "件", Form.COUNT, f"综窗登记受理的件数；{_OWN}", "按受理之日", ("window.accepted",)),
    Measure(
        "handed_over", "流转", "件", Form.COUNT, f"综窗转给部门办理的件数，包括在别处受理的件；{_OWN}", "按交接之日",
        ("window.handed_over",),
    ),
    Measure(
        "issued", "颁发", "件", Form.COUNT, f"综窗发出证照、批文的件数，包括在别处受理的件；{_OWN}", "按领取之日",
        ("window.issued",),
    ),
)  # fmt: skip

MANUAL_MEASURES: tuple[Measure, ...] = (
    Measure(
        "compiled", "完成", "个", Form.COUNT,
        "省级办理项的受理手册：本期数是第一次发布的个数，截至期末数是期末仍有效的个数", "按发布之日",
    ),
    Measure("items", "省级办理项", "个", Form.COUNT, "省级部门在用的办理项个数", "按计算之时"),
    Measure("share", "占比", "%", Form.SHARE, "期末有效的受理手册 ÷ 省级办理项，两位小数，四舍五入", "按期末", of="compiled"),
)  # fmt: skip

MEASURES_OF: Mapping[str, tuple[Measure, ...]] = {
    **dict.fromkeys(GROUPS, MEASURES),
    WINDOW: WINDOW_MEASURES,
    MANUALS: MANUAL_MEASURES,
}
BY_CODE = {measure.code: measure for measure in (*MANUAL_MEASURES, *WINDOW_MEASURES, *MEASURES)}
"""Any measure by its code, for its label and unit; of the code that two groups share, that of the cases."""
_BY_GROUP = {(group, measure.code): measure for group, found in MEASURES_OF.items() for measure in found}


def measure_of(group: str, code: str) -> Measure:
    """The measure of a group. Raises KeyError where the group has none of this code."""
    return _BY_GROUP[group, code]


# What was published before the system by group: only these totals go on.
BROUGHT_FORWARD: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(GROUPS, ("accepted", "concluded")),
    WINDOW: tuple(measure.code for measure in WINDOW_MEASURES),
}
