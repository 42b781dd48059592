"""How an item is handled, as questions of the editor: levels, limits of steps, what may come later. Data only."""

from yichuang.catalogue.pages.guide_fields import Entry, Group, Section
from yichuang.catalogue.rules.handling import CONFIDENTIALITY_LABELS, LEVEL_LABELS, LIMIT_LABELS, STEP_LABELS

HANDLING = Section(
    "handling",
    "办理方式",
    (
        Group(
            "分级办理",
            (
                Entry(
                    "handling.levels",
                    "初审和审定之间的环节",
                    "multi",
                    tuple(LEVEL_LABELS.items()),
                    hint="同一人不得在一件中办理两级",
                    required=False,
                ),
                Entry("handling.limit_rule", "法定期限的条款", "select", tuple(LIMIT_LABELS.items())),
                Entry("handling.joint", "是否统一、联合或者集中办理", "yesno"),
                Entry(
                    "handling.confidentiality", "密级", "select",
                    tuple((str(level), label) for level, label in CONFIDENTIALITY_LABELS.items()),
                ),
            ),
        ),
        Group(
            "容缺与延续",
            (
                Entry(
                    "handling.may_follow",
                    "可以容缺后补的材料",
                    "lines",
                    hint="一行一个材料代码，只限次要材料",
                    required=False,
                ),
                Entry(
                    "handling.renews_field",
                    "原许可到期日的填写项代码",
                    hint="延续事项填写；到期前未作决定的，视为准予延续（行政许可法第五十条）",
                    required=False,
                ),
            ),
        ),
        Group(
            "环节时限",
            (
                Entry("step", "环节", "select", tuple(STEP_LABELS.items())),
                Entry("days", "天数（工作日）", "integer"),
            ),
            path="handling.step_limits",
            named_by="step",
        ),
    ),
    hint="各级审查环节的天数合计不得超过承诺时限。",
)  # fmt: skip
