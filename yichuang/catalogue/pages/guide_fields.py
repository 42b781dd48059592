"""Every element of a guide as a question of the editor: its path, its label, how it is asked. Data only."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from yichuang.catalogue.flow import (
    Audience,
    Channel,
    ExcludedProcedure,
    HandlingKind,
    MaterialForm,
    MaterialSource,
    Necessity,
)
from yichuang.catalogue.rules.forms import FieldKind
from yichuang.catalogue.rules.guide import CALENDAR_DAY, WORKING_DAY

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One question. `kind`: text, textarea, integer, yesno, select, multi, lines, options or condition."""

    path: str
    label: str
    kind: str = "text"
    options: Options = ()
    hint: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that stand together. `path` names the list they repeat over; empty for the guide itself."""

    title: str
    entries: tuple[Entry, ...]
    path: str = ""
    named_by: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the editor."""

    key: str
    title: str
    groups: tuple[Group, ...]
    hint: str = ""


def _of(enumeration: type[Enum]) -> Options:
    return tuple((str(one.value), str(getattr(one, "label", one.value))) for one in enumeration)


def _same(words: Iterable[str]) -> Options:
    return tuple((word, word) for word in words)


FIELD_KINDS = dict(
    zip(
        FieldKind,
        ("一行文字", "多行文字", "整数", "小数", "日期", "单选", "多选", "统一社会信用代码", "公民身份号码",
         "电话", "行政区划", "经纬度"),
        strict=True,
    )
)  # fmt: skip
_UNITS = _same((WORKING_DAY, CALENDAR_DAY))
_CONDITION = "写作：填写项代码=选项值，例如 for_project=yes；人人都要的留空"


def _limit(path: str, name: str, *, required: bool) -> Group:
    return Group(
        name,
        (
            Entry(f"{path}.days", f"{name}（天数）", "integer", required=required),
            Entry(f"{path}.unit", "单位", "select", _UNITS, required=required),
            Entry(f"{path}.basis", "依据", hint="写到条，例如：《…条例》第十九条", required=required),
            Entry(f"{path}.assumed", "是否暂定（没有依据，先按说明填写）", "yesno"),
            Entry(f"{path}.note", "说明", "textarea", required=False),
        ),
    )


def _contact(path: str, name: str) -> Group:
    return Group(
        name,
        (
            Entry(f"{path}.phone", "电话"),
            Entry(f"{path}.address", "地址", required=False),
            Entry(f"{path}.hours", "时间", required=False),
            Entry(f"{path}.note", "说明", required=False),
        ),
    )


BASIC = Section(
    "basic",
    "基本信息",
    (
        Group(
            "基本信息",
            (
                Entry("name", "事项名称"),
                Entry("main_item", "主项名称", required=False),
                Entry("variant", "办理情形", hint="同一主项下的情形，例如：首次申请", required=False),
                Entry("summary", "一句话说明", "textarea", hint="谁、在什么情况下需要办，80字以内"),
                Entry("handling_kind", "办件类型", "select", _of(HandlingKind)),
                Entry("audience", "服务对象", "multi", _of(Audience)),
                Entry("channels", "办理形式", "multi", _of(Channel)),
                Entry("visits_needed", "到现场次数", "integer"),
                Entry("item_code_note", "编码说明", required=False),
                Entry("plain", "是否为简要指南", "yesno", hint="简要指南只有办理所必需的内容"),
                Entry("notes", "注意事项", "lines", hint="一行一条", required=False),
            ),
        ),
    ),
)
LIMITS = Section(
    "limits",
    "办理时限",
    (
        _limit("limits.promised", "承诺时限", required=True),
        _limit("limits.statutory", "法定时限", required=False),
        Group(
            "不计入时限与延长",
            (
                Entry(
                    "limits.excluded_procedures",
                    "不计入时限的程序",
                    "multi",
                    _of(ExcludedProcedure),
                    required=False,
                ),
                Entry("limits.excluded_note", "何时启动、需要多少时间", "textarea", required=False),
                Entry("limits.extension_days", "可延长天数", "integer"),
                Entry("limits.delivery_days", "送达天数", "integer", hint="作出决定后10个工作日以内"),
            ),
        ),
    ),
    hint="行政许可没有填写法定时限的，按行政许可法第四十二条的20个工作日执行。",
)
CONDITIONS = Section(
    "conditions",
    "条件与依据",
    (
        Group("申请条件", (Entry("conditions", "申请条件", "lines", hint="一行一条"),)),
        Group(
            "设定依据",
            (
                Entry("law", "法律法规名称", hint="不写书名号"),
                Entry("article", "条款", hint="写到条，例如：第十一条"),
                Entry("gist", "内容概述", "textarea", hint="用自己的话概述，不照抄条文"),
                Entry("document", "文号", required=False),
            ),
            path="legal_basis",
            named_by="law",
        ),
    ),
)
MATERIALS = Section(
    "materials",
    "申请材料",
    (
        Group(
            "申请材料",
            (
                Entry("name", "材料名称"),
                Entry("code", "材料代码", hint="小写字母、数字和下划线"),
                Entry("required", "必要性", "select", _of(Necessity)),
                Entry("form", "形式", "select", _of(MaterialForm)),
                Entry("copies", "份数", "integer"),
                Entry("source", "来源渠道", "select", _of(MaterialSource)),
                Entry("source_note", "来源说明", "textarea", hint="从哪里来、怎样取得"),
                Entry("why_not_needed", "免提交理由", "textarea", hint="由谁、凭什么核验", required=False),
                Entry("paper", "纸质规格", required=False),
                Entry("electronic_format", "电子材料规格", required=False),
                Entry("sample_note", "样表说明", required=False),
                Entry("acceptance_standard", "受理标准", "textarea", required=False),
                Entry("legal_basis", "依据", required=False),
                Entry("situation", "适用情形", hint="不是人人都要的，写明哪些人要", required=False),
                Entry("only_if", "判断条件", "condition", hint=_CONDITION, required=False),
            ),
            path="materials",
            named_by="name",
        ),
    ),
)
STEPS = Section(
    "steps",
    "办理流程",
    (
        Group(
            "环节",
            (
                Entry("name", "环节名称"),
                Entry("post", "岗位"),
                Entry("days", "天数", "integer"),
                Entry("what", "工作内容", "textarea", required=False),
            ),
            path="steps",
            named_by="name",
        ),
    ),
    hint="各环节天数合计不得超过承诺时限。",
)
RESULT = Section(
    "result",
    "收费、结果与咨询",
    (
        Group(
            "收费",
            (
                Entry("fee.charged", "是否收费", "yesno"),
                Entry("fee.note", "收费情况", hint="例如：不收费"),
                Entry("fee.basis", "收费依据", required=False),
            ),
        ),
        Group(
            "审批结果",
            (
                Entry("result.name", "结果名称"),
                Entry("result.kind", "结果类型", hint="例如：证照、批文"),
                Entry("result.validity", "有效期"),
                Entry("result.renewal", "延续", required=False),
            ),
        ),
        _contact("consult", "咨询方式"),
        _contact("complaint", "监督投诉方式"),
    ),
)
PROMISE = Section(
    "promise",
    "告知承诺与来源",
    (
        Group(
            "告知承诺",
            (
                Entry(
                    "commitment.duties",
                    "承诺内容",
                    "lines",
                    hint="一行一条；不实行告知承诺的全部留空",
                    required=False,
                ),
                Entry("commitment.liability", "不实承诺的责任", "textarea", required=False),
                Entry("commitment.basis", "依据", required=False),
                Entry("commitment.sample_percent", "抽查比例（%）", "integer", required=False),
            ),
        ),
        Group("资料来源", (Entry("sources", "资料来源", "lines", hint="一行一条", required=False),)),
        Group(
            "暂定内容",
            (Entry("path", "位置", hint="例如：limits.promised.days"), Entry("why", "理由", "textarea")),
            path="assumed",
            named_by="path",
        ),
    ),
)
FORM = Section(
    "form",
    "申请表",
    (
        Group("申请表", (Entry("form.number", "表号", required=False),)),
        Group(
            "表单部分",
            (
                Entry("title", "标题"),
                Entry("code", "代码", hint="小写字母、数字和下划线"),
                Entry("help", "填写说明", "textarea", required=False),
            ),
            path="form.sections",
            named_by="title",
        ),
    ),
    hint="每一部分在网上申办时是一页，宜分为3至6个部分。各部分的填写项在左侧列表中逐部分修改。",
)
FIELD_GROUP = Group(
    "填写项",
    (
        Entry("label", "名称"),
        Entry("code", "代码", hint="小写字母、数字和下划线"),
        Entry(
            "kind", "填写方式", "select", tuple((kind.value, label) for kind, label in FIELD_KINDS.items())
        ),
        Entry("required", "是否必填", "yesno"),
        Entry("help", "填写说明", "textarea", required=False),
        Entry("example", "填写示例", hint="须虚构，并能通过检查", required=False),
        Entry("choices", "选项", "options", hint="一行一个，写作：值=名称，例如 yes=是", required=False),
        Entry("every", "须全部勾选", "yesno"),
        Entry("unit", "单位", required=False),
        Entry("min", "下限", required=False),
        Entry("max", "上限", required=False),
        Entry("max_length", "最多字数（0 为通常长度）", "integer"),
        Entry("scale", "小数位数", "integer"),
        Entry("after", "不得早于（日期填写项代码）", required=False),
        Entry("only_if", "显示条件", "condition", hint=_CONDITION, required=False),
    ),
    path="form.sections[].fields",
    named_by="label",
)
SECTIONS = (BASIC, LIMITS, CONDITIONS, MATERIALS, STEPS, RESULT, PROMISE, FORM)
