"""Limits and thresholds of the room: each a number with its unit and its source, changed as data, never in code.

The packaged values stand until somebody sets another from a day on.
"""

from dataclasses import dataclass

OWN = "本平台设定"


@dataclass(frozen=True, slots=True)
class LimitKind:
    """One number that the room goes by: its name, what it is counted in, the packaged value, and the range allowed."""

    code: str
    label: str
    unit: str
    value: int
    most: int
    source: str = OWN


LIMITS = (
    LimitKind("rating.contact", "差评首次回访", "个工作日内", 1, 30),
    LimitKind("rating.finish", "差评办结", "个工作日内", 5, 60),
    LimitKind("rating.appeal", "部门提出申诉", "个工作日内", 5, 60),
    LimitKind("complaint.question", "咨询答复", "个工作日内", 2, 60),
    LimitKind("complaint.complaint", "投诉答复", "个工作日内", 5, 60),
    LimitKind("complaint.report", "举报答复", "个工作日内", 15, 90),
    LimitKind("complaint.proposal", "建议答复", "个工作日内", 15, 90),
    LimitKind("complaint.stuck", "办不成事答复", "个工作日内", 5, 60),
    LimitKind("signal.jump_days", "插队：较早的件多等", "个自然日以上", 1, 365),
    LimitKind("signal.jump_cases", "插队：被越过的件", "件以上", 2, 1000),
    LimitKind("signal.corrections", "反复补正：同一件退回补正", "次以上", 2, 20),
    LimitKind("signal.times_median", "反复补正、终结过多：超过中位数的", "%", 200, 1000),
    LimitKind("signal.least_cases", "反复补正、终结过多、一人经手：至少", "件", 3, 10_000),
    LimitKind("signal.alone_share", "一人经手：占本人决定的", "%以上", 50, 100),
    LimitKind("signal.instant_minutes", "非工作时间办结：收件到决定", "分钟以内", 30, 1440),
)
BY_LIMIT = {each.code: each for each in LIMITS}
