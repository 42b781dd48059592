"""Words and moves of the catalogue: types of items, elements of a guide, states of a version and of a manual.

Codes are those of GB/T 39046-2020, appendix A. The elements of a guide (necessity, form, source …) are stored by
the very word that is printed, so that a guide file reads like the guide.
"""

from dataclasses import dataclass
from enum import StrEnum

from yichuang.directory.flow import Capability


class ItemType(StrEnum):
    """事项类型, two digits. 11–19 and 21 onward are open to local extension: keep those, flag them."""

    LICENCE = "01"
    PENALTY = "02"
    COERCION = "03"
    LEVY = "04"
    PAYMENT = "05"
    INSPECTION = "06"
    CONFIRMATION = "07"
    REWARD = "08"
    RULING = "09"
    OTHER_POWER = "10"
    PUBLIC_SERVICE = "20"

    @property
    def label(self) -> str:
        return _ITEM_TYPE_LABELS[self]

    @property
    def group(self) -> "ReportGroup":
        return report_group(self.value)


_ITEM_TYPE_LABELS = {
    ItemType.LICENCE: "行政许可",
    ItemType.PENALTY: "行政处罚",
    ItemType.COERCION: "行政强制",
    ItemType.LEVY: "行政征收",
    ItemType.PAYMENT: "行政给付",
    ItemType.INSPECTION: "行政检查",
    ItemType.CONFIRMATION: "行政确认",
    ItemType.REWARD: "行政奖励",
    ItemType.RULING: "行政裁决",
    ItemType.OTHER_POWER: "其他行政权力",
    ItemType.PUBLIC_SERVICE: "公共服务",
}


class ReportGroup(StrEnum):
    """The three columns in which the weekly report counts."""

    LICENCE = "licence"
    PUBLIC_SERVICE = "public_service"
    OTHER_NINE = "other_nine"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        return _GROUP_LABELS[self]


_GROUP_LABELS = {
    ReportGroup.LICENCE: "行政许可",
    ReportGroup.PUBLIC_SERVICE: "公共服务",
    ReportGroup.OTHER_NINE: "其它九类行权事项",
    ReportGroup.UNKNOWN: "未归类",
}


def report_group(item_type: str) -> ReportGroup:
    """The report's column of a two-digit type; 02–10 are 「其它九类」, an extension type belongs to none."""
    if item_type == ItemType.LICENCE:
        return ReportGroup.LICENCE
    if item_type == ItemType.PUBLIC_SERVICE:
        return ReportGroup.PUBLIC_SERVICE
    return ReportGroup.OTHER_NINE if item_type in _ITEM_TYPE_LABELS else ReportGroup.UNKNOWN


def item_type_label(item_type: str) -> str:
    """The Chinese name of a two-digit type, also of one that no table knows."""
    return ItemType(item_type).label if item_type in _ITEM_TYPE_LABELS else f"未知类型（{item_type}）"


class HandlingKind(StrEnum):
    """办件类型."""

    INSTANT = "即办件"
    PROMISED = "承诺件"


class Audience(StrEnum):
    """服务对象, GB/T 39046 appendix A."""

    PERSON = "自然人"
    COMPANY = "企业法人"
    INSTITUTION = "事业法人"
    SOCIAL_BODY = "社会组织法人"
    AUTHORITY = "行政机关"
    OTHER = "其他组织"


class Necessity(StrEnum):
    """Whether a material must lie on the table at acceptance."""

    REQUIRED = "必要"
    DEFERRABLE = "容缺"
    OPTIONAL = "非必要"


class MaterialForm(StrEnum):
    """In what form a material is handed in."""

    ORIGINAL = "原件"
    COPY = "复印件"
    ELECTRONIC = "电子"


class MaterialSource(StrEnum):
    """Where the applicant gets a material from."""

    APPLICANT = "申请人自备"
    AUTHORITY = "政府部门核发"
    NOT_NEEDED = "免提交"


class Channel(StrEnum):
    """办理形式."""

    WINDOW = "window"
    ONLINE = "online"
    MOBILE = "mobile"
    POST = "post"

    @property
    def label(self) -> str:
        return _CHANNEL_LABELS[self]


_CHANNEL_LABELS = {
    Channel.WINDOW: "窗口办理",
    Channel.ONLINE: "网上办理（电脑端）",
    Channel.MOBILE: "网上办理（移动端）",
    Channel.POST: "快递申请",
}


class ExcludedProcedure(StrEnum):
    """The closed list of what the clock leaves out (行政许可法 art. 45)."""

    HEARING = "听证"
    TENDER = "招标"
    AUCTION = "拍卖"
    INSPECTION = "检验"
    TESTING = "检测"
    QUARANTINE = "检疫"
    APPRAISAL = "鉴定"
    EXPERT_REVIEW = "专家评审"


class VersionState(StrEnum):
    """States of one version of a guide."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    RETIRED = "retired"

    @property
    def label(self) -> str:
        return _VERSION_LABELS[self]


_VERSION_LABELS = {
    VersionState.DRAFT: "草稿",
    VersionState.IN_REVIEW: "待审",
    VersionState.PUBLISHED: "已发布",
    VersionState.RETIRED: "已停用",
}


class ManualState(StrEnum):
    """States of an acceptance manual (受理手册)."""

    COMPILING = "compiling"
    PUBLISHED = "published"
    SUSPENDED = "suspended"

    @property
    def label(self) -> str:
        return _MANUAL_LABELS[self]


_MANUAL_LABELS = {
    ManualState.COMPILING: "编制中",
    ManualState.PUBLISHED: "已发布",
    ManualState.SUSPENDED: "停用",
}


@dataclass(frozen=True, slots=True)
class VersionTransition:
    """One allowed move of a guide version.

    `four_eyes`: not by the person who wrote or handed in the version. `without_findings`: only while the linter
    reports no error. `reason`: a written reason is asked for.
    """

    name: str
    label: str
    source: VersionState
    target: VersionState
    capability: Capability
    four_eyes: bool = False
    without_findings: bool = False
    reason: bool = False


VERSION_TRANSITIONS = (
    VersionTransition(
        "submit",
        "提交审核",
        VersionState.DRAFT,
        VersionState.IN_REVIEW,
        Capability.CATALOGUE_EDIT,
        without_findings=True,
    ),
    VersionTransition(
        "discard", "作废草稿", VersionState.DRAFT, VersionState.RETIRED, Capability.CATALOGUE_EDIT
    ),
    VersionTransition(
        "recall", "撤回修改", VersionState.IN_REVIEW, VersionState.DRAFT, Capability.CATALOGUE_EDIT
    ),
    VersionTransition(
        "return",
        "退回修改",
        VersionState.IN_REVIEW,
        VersionState.DRAFT,
        Capability.CATALOGUE_PUBLISH,
        four_eyes=True,
        reason=True,
    ),
    VersionTransition(
        "publish",
        "审核发布",
        VersionState.IN_REVIEW,
        VersionState.PUBLISHED,
        Capability.CATALOGUE_PUBLISH,
        four_eyes=True,
        without_findings=True,
    ),
    VersionTransition(
        "retire",
        "停用",
        VersionState.PUBLISHED,
        VersionState.RETIRED,
        Capability.CATALOGUE_PUBLISH,
        reason=True,
    ),
    # The older version leaves when its successor is published; nobody presses a button for it.
    VersionTransition(
        "supersede", "由新版替代", VersionState.PUBLISHED, VersionState.RETIRED, Capability.CATALOGUE_PUBLISH
    ),
)


@dataclass(frozen=True, slots=True)
class ManualTransition:
    """One allowed move of an acceptance manual."""

    name: str
    label: str
    source: ManualState
    target: ManualState
    capability: Capability


MANUAL_TRANSITIONS = (
    ManualTransition(
        "publish", "发布手册", ManualState.COMPILING, ManualState.PUBLISHED, Capability.CATALOGUE_PUBLISH
    ),
    ManualTransition(
        "revise", "修订手册", ManualState.PUBLISHED, ManualState.COMPILING, Capability.CATALOGUE_EDIT
    ),
    ManualTransition(
        "suspend", "停用手册", ManualState.PUBLISHED, ManualState.SUSPENDED, Capability.CATALOGUE_PUBLISH
    ),
    ManualTransition(
        "resume", "恢复编制", ManualState.SUSPENDED, ManualState.COMPILING, Capability.CATALOGUE_EDIT
    ),
)


def version_move(state: VersionState, name: str) -> VersionTransition | None:
    """The row of the table for this move out of this state; none where the move is not allowed."""
    return next((row for row in VERSION_TRANSITIONS if row.source == state and row.name == name), None)


def manual_move(state: ManualState, name: str) -> ManualTransition | None:
    """The row of the table for this move out of this state; none where the move is not allowed."""
    return next((row for row in MANUAL_TRANSITIONS if row.source == state and row.name == name), None)
