"""How an item is handled beside the general rules: levels of examination, limits of steps, what may follow later.

It stands in the guide, so that it is versioned, compared and published by four eyes like everything else there; a
running case keeps the version it was filed under.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from yichuang.catalogue.rules.records import build

LEVEL_LABELS = {"second": "复审", "countersign": "会签"}
# The levels of examination, which one person after another takes, and what may be held beside them.
EXAMINATION = {"review": "初审"} | LEVEL_LABELS | {"decide": "审定"}
STEP_LABELS = EXAMINATION | {"survey": "现场核查", "expert_review": "专家评审"}
# The limits of a decision; what each says stands in the table of the cases' room, and a test compares the two.
LIMIT_LABELS = {
    "art42": "行政许可法第四十二条第一款（20 个工作日）",
    "art42_joint": "行政许可法第四十二条第二款（联合办理 45 日）",
    "art43": "行政许可法第四十三条（下级机关审查 20 日）",
    "water19": "取水许可和水资源费征收管理条例第十九条（45 个工作日）",
    "radio16": "无线电管理条例第十六条（20 个工作日）",
    "radio31": "无线电管理条例第三十一条（30 个工作日）",
}
CONFIDENTIALITY_LABELS = {0: "公开", 1: "内部", 2: "敏感", 3: "核心"}


@dataclass(frozen=True, slots=True)
class StepLimit:
    """How many working days a step may take: `step` is a level (review, second, countersign, decide) or survey, expert_review."""

    step: str
    days: int


@dataclass(frozen=True, slots=True)
class Handling:
    """What differs from item to item.

    `levels`: those between 初审 and 审定, of "second" (复审) and "countersign" (会签). `limit_rule`: the code of the
    law's limit (`cases/rules/limits.py`). `may_follow`: codes of materials that may come later (容缺受理).
    `renews_field`: the form's field with the day on which the licence to be renewed runs out. `confidentiality`: 0 open
    to the department, 1 内部, 2 敏感, 3 核心.
    """

    levels: tuple[str, ...] = ()
    step_limits: tuple[StepLimit, ...] = ()
    limit_rule: str = "art42"
    joint: bool = False
    may_follow: tuple[str, ...] = ()
    renews_field: str = ""
    confidentiality: int = 0

    def days_of(self, step: str) -> int | None:
        """The working days that a step may take; None where none were promised."""
        return next((limit.days for limit in self.step_limits if limit.step == step), None)


PLAIN = Handling()


def read_handling(data: Mapping[str, object] | None) -> Handling:
    """The handling of a guide from its JSON data; the general rules where the guide says nothing."""
    return PLAIN if not data else build(Handling, data)
