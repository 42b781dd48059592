"""What analysts may ask: dimensions, measures, and which columns of a case leave the house. No personal data is among them."""

from collections.abc import Mapping
from dataclasses import dataclass

from yichuang.statistics.flow.measures import GROUPS

# Columns of the monthly files and of the feed with their types, in order. `department` is what the department was called when the
# file was made; what is counted and who may see it goes by `department_id`, which never changes. Another column here makes every
# file be written anew.
COLUMNS: Mapping[str, str] = {
    "day": "DATE", "source": "VARCHAR", "kind": "VARCHAR", "department": "VARCHAR", "item_code": "VARCHAR",
    "item_name": "VARCHAR", "item_type": "VARCHAR", "handling_kind": "VARCHAR", "region": "VARCHAR", "channel": "VARCHAR",
    "outcome": "VARCHAR", "promptness": "VARCHAR", "days_used": "INTEGER", "limit_days": "INTEGER",
    "corrections": "INTEGER", "extended_days": "INTEGER", "hour": "INTEGER", "quantity": "BIGINT", "department_id": "VARCHAR",
}  # fmt: skip

EXPORTED = frozenset(
    {
        "item_id", "item_type", "handling_kind", "department_id", "region", "channel", "outcome", "promptness", "days_used",
        "statutory_days", "extended_days", "corrections",
    }
)  # fmt: skip
"""Columns of a case that say what was done: they leave the house, the item by name and code in place of its id."""
LEFT_OUT: Mapping[str, str] = {
    "id": "标识", "number": "编号可查到人", "item_version_id": "标识", "item_name": "取自目录", "applicant_id": "个人信息",
    "applicant_name": "个人信息", "state": "现状不是历史", "seq": "标识", "last_hash": "校验值", "filed_at": "另有日期和时点",
    "filed_on": "另有日期", "accepted_on": "另有日期", "decided_on": "另有日期", "closed_on": "另有日期",
    "promised_days": "不参与统计", "due_on": "现状不是历史", "statutory_due_on": "现状不是历史", "provisional": "现状不是历史",
    "paused_on": "现状不是历史", "days_left": "现状不是历史", "statutory_days_left": "现状不是历史",
}  # fmt: skip
"""Columns of a case that stay, and why. Whatever is in neither table stays too, and a test asks for a mark."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something to group by: its expression over the monthly files, and the words of its values."""

    code: str
    label: str
    expression: str
    words: Mapping[str, str] | None = None


GROUP_SQL = (
    "case when item_type = '01' then 'licence' when item_type = '20' then 'public_service' "
    "when item_type between '02' and '10' then 'other_nine' else 'extension' end"
)
SOURCES = {"case": "本平台办理", "reported": "部门系统上报"}
CHANNELS = {"1": "窗口", "2": "网上", "3": "移动端", "4": "快递", "9": "其他"}
DIMENSIONS: tuple[Dimension, ...] = (
    Dimension("month", "月份", "strftime(day, '%Y-%m')"),
    Dimension("day", "日期", "strftime(day, '%Y-%m-%d')"),
    Dimension("weekday", "星期几", "isodow(day)::varchar", dict(zip("1234567", "一二三四五六日", strict=True))),
    Dimension("hour", "时点", "hour::varchar"),
    Dimension("department", "部门", "department_id"),
    # Items of several departments are called alike, and one is called otherwise in later files: together by name, apart by code.
    Dimension("item", "事项名称", "item_name"),
    Dimension("item_code", "事项编码", "item_code"),
    Dimension("group", "类别", GROUP_SQL, {**GROUPS, "extension": "地方扩展类型"}),
    Dimension("source", "来源", "source", SOURCES),
    Dimension("channel", "渠道", "channel", CHANNELS),
    Dimension("region", "区划", "region"),
    Dimension("outcome", "结果", "outcome", {"granted": "准予", "denied": "不予"}),
    Dimension(
        "promptness", "时效", "promptness", {"instant": "即办", "early": "提前", "on_time": "按时", "late": "超期"}
    ),
    Dimension("days", "用时（工作日）", "days_used::varchar"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """Something to count: which kinds of facts, and the expression over them.

    A fact that takes another back has the quantity -1: it leaves counts, means and histograms alike. `places`: the expression
    gives a whole number of tenths (1) or hundredths (2), half up, so that no figure goes through a float. `part`: it is asked of
    the histogram, whose rows say how many took so many days (`n`), how many so many or fewer (`seen`), how many there are (`whole`).
    """

    code: str
    label: str
    unit: str
    verbs: tuple[str, ...]
    expression: str
    places: int = 0
    part: int = 0


_COUNT = "sum(quantity)"


def _mean(column: str, places: int) -> str:
    """The mean of a column in units of its last place, half up; nothing of nothing."""
    number = f"sum(quantity) filter (where {column} is not null)"
    return f"case when {number} > 0 then ({2 * 10**places} * sum({column} * quantity) + {number}) // (2 * {number}) end"


def _within(part: int) -> str:
    """The smallest number of days within which `part` of a hundred were decided (nearest rank), as the figures have it."""
    return f"min(days_used) filter (where whole > 0 and seen * 100 >= whole * {part})"


MEASURES: tuple[Question, ...] = (
    Question("received", "收件", "件", ("filed",), _COUNT),
    Question("accepted", "受理", "件", ("accepted",), _COUNT),
    Question("concluded", "办结", "件", ("decided",), _COUNT),
    Question("delivered", "送达", "件", ("delivered",), _COUNT),
    Question("refused", "不予受理", "件", ("refused",), _COUNT),
    Question("terminated", "终结", "件", ("withdrawn", "terminated"), _COUNT),
    Question("mean_days", "平均用时", "工作日", ("decided",), _mean("days_used", 1), places=1),
    Question("median_days", "用时中位数", "工作日", ("decided",), _within(50), part=50),
    Question("p90_days", "九成办结用时", "工作日", ("decided",), _within(90), part=90),
    Question("corrections", "平均补正次数", "次", ("decided",), _mean("corrections", 2), places=2),
)
DIMENSION = {one.code: one for one in DIMENSIONS}
MEASURE = {one.code: one for one in MEASURES}
FILTERS = ("department", "item", "item_code", "group", "source", "channel", "outcome", "promptness")
"""The dimensions that a question may be narrowed by."""
