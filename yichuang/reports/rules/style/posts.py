"""Posts of leaders: their order, the mark between them, and 同志."""

import re
from collections.abc import Iterator

from yichuang.reports.rules.style.findings import Finding
from yichuang.reports.rules.style.sheet import Sheet

_COMRADE_POST = "厅长|局长|主任|书记|巡视员|处长|科长|组长|成员|委员|司长|院长|站长"
_COMRADE = re.compile(rf"(?:{_COMRADE_POST})(?P<name>[\u4e00-\u9fff]{{2,3}}?)(?P<word>同志)(?!们)")
_NO_NAME = re.compile("等|各|和|及|负责|全体|相关|窗口")


def posts(text: str, sheet: Sheet) -> Iterator[Finding]:
    """党组成员、副厅长: party posts first, joined by 、."""
    if not sheet.posts:
        return
    one = "|".join(sorted(map(re.escape, sheet.posts), key=len, reverse=True))
    run = re.compile(rf"(?:{one})(?:[、，,]?(?:{one}))+")
    for found in run.finditer(text):
        held = re.findall(one, found[0])
        if _titles_joined(found[0], held):
            continue
        ordered = "、".join(sorted(held, key=lambda post: sheet.posts[post]))
        if ordered != "、".join(held):
            yield Finding("post-order", *found.span(), found[0], f"写成「{ordered}」", ordered)
        elif found[0] != ordered:
            yield Finding("post-mark", *found.span(), found[0], f"写成「{ordered}」", ordered)


def _titles_joined(text: str, held: list[str]) -> bool:
    """主任、主任: persons in a row, not one person's posts."""
    return len(set(held)) < len(held) or text in held


def comrades(text: str) -> Iterator[Finding]:
    """副厅长张示例同志: the post says enough."""
    for found in _COMRADE.finditer(text):
        if not _NO_NAME.search(found["name"]):
            span = found.span("word")
            yield Finding("comrade", *span, "同志", "删去「同志」", "")
