"""What differs between two versions: of an item's row, and of a guide, in words that an editor reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yichuang.catalogue.rules.handling import LIMIT_LABELS, STEP_LABELS

ITEM_LABELS = {
    "name": "事项名称",
    "main_item": "主项名称",
    "item_type": "事项类型",
    "department_label": "部门简称",
    "area_code": "区划代码",
    "catalog_code": "目录编码",
    "code_area": "编码中的区划",
    "code_seq": "编码顺序段",
    "org_code": "实施主体码",
    "exercise_mode": "行使方式",
    "code_tail": "编码末段",
    "dept_code": "部门编号",
}

_GUIDE_LABELS = {
    "item_code": "事项编码",
    "item_code_note": "编码说明",
    "name": "名称",
    "main_item": "主项名称",
    "variant": "办理情形",
    "department": "实施机关",
    "item_type": "事项类型",
    "handling_kind": "办件类型",
    "summary": "一句话说明",
    "audience": "服务对象",
    "conditions": "申请条件",
    "legal_basis": "设定依据",
    "law": "法律法规",
    "article": "条款",
    "gist": "内容概述",
    "document": "文号",
    "materials": "申请材料",
    "required": "必要性",
    "form": "申请表",
    "copies": "份数",
    "paper": "纸质规格",
    "electronic_format": "电子材料规格",
    "source": "来源渠道",
    "source_note": "来源说明",
    "why_not_needed": "免提交理由",
    "sample_note": "样表说明",
    "acceptance_standard": "受理标准",
    "only_if": "判断条件",
    "limits": "办理时限",
    "statutory": "法定时限",
    "promised": "承诺时限",
    "days": "天数",
    "unit": "单位",
    "rule": "计算规则",
    "basis": "依据",
    "note": "说明",
    "notes": "注意事项",
    "excluded_procedures": "不计入时限的程序",
    "excluded_note": "不计入时限的说明",
    "extension_days": "可延长天数",
    "delivery_days": "送达天数",
    "steps": "办理流程",
    "post": "岗位",
    "what": "工作内容",
    "channels": "办理形式",
    "fee": "收费",
    "charged": "是否收费",
    "result": "审批结果",
    "kind": "类型",
    "validity": "有效期",
    "renewal": "延续",
    "visits_needed": "到现场次数",
    "consult": "咨询方式",
    "complaint": "监督投诉方式",
    "phone": "电话",
    "address": "地址",
    "hours": "时间",
    "commitment": "告知承诺",
    "duties": "承诺内容",
    "liability": "不实承诺的责任",
    "sample_percent": "抽查比例",
    "assumed": "暂定内容",
    "situation": "适用情形",
    "every": "须全部勾选",
    "why": "理由",
    "path": "位置",
    "sources": "来源",
    "sections": "表单部分",
    "fields": "填写项",
    "title": "标题",
    "label": "名称",
    "help": "填写说明",
    "example": "填写示例",
    "min": "下限",
    "max": "上限",
    "max_length": "最多字数",
    "scale": "小数位数",
    "after": "不得早于",
    "choices": "选项",
    "value": "取值",
    "field": "所依填写项",
    "equals": "取值为",
    "number": "表号",
    "plain": "简要指南",
    "code": "代码",
    "handling": "办理方式",
    "levels": "初审和审定之间的环节",
    "step_limits": "环节时限",
    "step": "环节",
    "limit_rule": "法定期限的条款",
    "joint": "统一、联合或者集中办理",
    "may_follow": "可以容缺后补的材料",
    "renews_field": "原许可到期日的填写项",
    "confidentiality": "密级",
}
# What the codes of the handling mean; elsewhere in a guide the same words may stand for something else.
_HANDLING_WORDS = STEP_LABELS | LIMIT_LABELS

# Entries of these lists have a name of their own, by which they are recognised when their place has changed.
_NAMED_BY = ("code", "name", "value", "path")


@dataclass(frozen=True, slots=True)
class Change:
    """One element that differs; an element that came or went has none on the other side."""

    field: str
    label: str
    old: str | None
    new: str | None


def diff(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    """What a new row of an item list changes in the item as it stands.

    A column that the new list lacks is no change, whatever the item holds there.
    """
    return [
        Change(name, ITEM_LABELS.get(name, name), old.get(name), value)
        for name, value in new.items()
        if old.get(name, "") != value
    ]


def compare_guides(old: Mapping[str, object], new: Mapping[str, object]) -> list[Change]:
    """Every element of a guide that differs between two versions, in the order of the newer one.

    Materials, fields and choices are followed by their code, so that moving one is not a change of all behind it.
    """
    return list(_compare(old, new, "", ""))


def _compare(old: object, new: object, path: str, label: str) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, Mapping | None) and isinstance(new, Mapping | None) and (old or new):
        yield from _compare_objects(old or {}, new or {}, path, label)
    elif _named(old) and _named(new):
        yield from _compare_objects(_by_name(old), _by_name(new), path, label)
    else:
        spoken = _in_words if path.startswith("handling") else _same
        yield Change(path, label, _text(spoken(old)), _text(spoken(new)))


def _same(value: object) -> object:
    return value


def _in_words(value: object) -> object:
    """The codes of the handling in words."""
    if isinstance(value, list):
        return [_in_words(one) for one in value]
    if isinstance(value, Mapping):
        return {name: _in_words(below) for name, below in value.items()}
    return _HANDLING_WORDS.get(value, value) if isinstance(value, str) else value


def _compare_objects(
    old: Mapping[str, object], new: Mapping[str, object], path: str, label: str
) -> Iterator[Change]:
    for name in [*new, *(name for name in old if name not in new)]:
        below = _GUIDE_LABELS.get(name, f"“{name}”")
        before, after = old.get(name), new.get(name)
        whole = (name not in old or name not in new) and label.endswith(("材料", "填写项", "选项", "部分"))
        place = f"{path}.{name}" if path else name
        title = f"{label} · {below}" if label else below
        if whole:
            yield Change(place, title, _text(before), _text(after))
        else:
            yield from _compare(before, after, place, title)


def _named(value: object) -> bool:
    return value is not None and isinstance(value, list) and all(_name(entry) for entry in value)


def _name(entry: object) -> str:
    if not isinstance(entry, Mapping):
        return ""
    return next((str(entry[key]) for key in _NAMED_BY if entry.get(key)), "")


def _by_name(entries: object) -> dict[str, object]:
    return {_name(entry): entry for entry in entries} if isinstance(entries, list) else {}


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "；".join(_text(entry) or "" for entry in value)
    if isinstance(value, Mapping):
        return "，".join(
            f"{_GUIDE_LABELS.get(k, k)}：{_text(v)}" for k, v in value.items() if v not in ("", None, [])
        )
    return str(value)
