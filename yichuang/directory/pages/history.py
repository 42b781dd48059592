"""The facts of a department, a post or a member of staff as a timeline: who changed what, and when."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yichuang.directory.flow import DEPARTMENT_KIND_LABELS, LABELS, Capability, DepartmentKind
from yichuang.journal.queries import facts_of

TITLES = {
    "department.added": "新增部门",
    "department.changed": "修改部门",
    "post.added": "新增岗位",
    "post.changed": "修改岗位",
    "staff.added": "新增人员",
    "staff.changed": "修改人员",
}
FIELD_LABELS = {
    "name": "名称",
    "code": "编码",
    "short_name": "简称",
    "kind": "性质",
    "region_id": "区划",
    "credit_code": "统一社会信用代码",
    "document_word": "文号代字",
    "number_code": "编号段",
    "capabilities": "权限",
    "everywhere": "可办理全部部门的事项",
    "reach_region": "可办理本区划及下级区划部门的事项",
    "clearance": "可查看的涉密级别",
    "post": "岗位",
    "is_active": "启用",
}


def history(subject_id: UUID, *, posts: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The entries of the timeline part, newest first; each says what differs from the entry before."""
    entries = []
    before: dict[str, Any] = {}
    for fact in facts_of(subject_id):
        said = [
            line
            for name in FIELD_LABELS
            if name in fact.data
            for line in _change(name, before.get(name), fact.data[name], posts or {})
        ]
        if fact.data.get("password_set") and fact.kind == "staff.changed":
            said.append("重设了密码")
        title = TITLES.get(fact.kind, fact.kind)
        entries.append(
            {"at": fact.at, "title": title, "by": fact.actor_name or "平台", "text": "；".join(said)}
        )
        before = fact.data
    return entries[::-1]


def _change(name: str, old: Any, new: Any, posts: Mapping[str, str]) -> list[str]:
    if old == new:
        return []
    label = FIELD_LABELS[name]
    if name == "capabilities":
        return _capabilities(set(old or ()), set(new))
    spoken = _spoken(name, new, posts)
    return (
        [f"{label}：{spoken}"]
        if old is None
        else [f"{label}由「{_spoken(name, old, posts)}」改为「{spoken}」"]
    )


def _capabilities(old: set[str], new: set[str]) -> list[str]:
    words = {str(capability): label for capability, label in LABELS.items()}
    order = [str(capability) for capability in Capability]
    lines = []
    for verb, changed in (("授予", new - old), ("收回", old - new)):
        if changed:
            lines.append(
                verb + "：" + "、".join(words.get(one, one) for one in sorted(changed, key=order.index))
            )
    return lines


def _spoken(name: str, value: Any, posts: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if name == "kind":
        return DEPARTMENT_KIND_LABELS[DepartmentKind(value)]
    if name == "post":
        return posts.get(str(value), str(value))
    return str(value) or "（空）"
