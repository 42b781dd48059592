"""The foot of a report: 报, 送, 发 and the copies printed; and the signature that some centres put below the text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from .dates import FULL_DATE, full_date
from .numerals import CHINESE, chinese_int
from .outline import mark_of
from .text import Line, closed, join

LABELS = ("报", "送", "发")
_LABEL = re.compile(r"(?:^|(?<=[。；;\s]))(?:抄|主|分)?(?P<label>[报送发])(?:送|至)?[：:]")
_COPIES = re.compile(
    rf"[（(]?(?:共印|印发|印数|共印发|印制)[：:]?共?(?P<n>\d{{1,5}}|[{CHINESE}]{{1,6}})份[)）]?[。.]?"
)
_STAFF = re.compile(
    "(?:责任编辑|编辑|编审|审核|审稿|校对|撰稿|供稿|统稿|核稿|签发|联系人|联系电话|电话|传真|邮箱|地址|网址)[：:]"
)
# What our own issues print in small type below the imprint.
_SMALL_PRINT = re.compile(r"统计数据截至.{1,30}[；;]数字封存于.*")
_ORGANISATION = re.compile(r"[\u4e00-\u9fff（）()]{4,40}(?:中心|局|办公室|厅|委员会|政府|大厅|公司|处)")


@dataclass
class Foot:
    """What stands below the text, and the lines of the body that remain above it."""

    body: list[Line]
    distribution: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(LABELS))
    copies: int | None = None
    issuer: str | None = None
    issued_on: date | None = None
    unplaced: list[Line] = field(default_factory=list)


def read_foot(lines: Sequence[Line]) -> Foot:
    """Splits the foot off: from the first 报：/送：/发： line after which no heading follows, to the end."""
    start = _start(lines)
    foot = Foot(list(lines[:start]))
    _read_labels(foot, lines[start:])
    if foot.copies is None:
        _take_glued_copies(foot)
    _take_signature(foot)
    return foot


def _start(lines: Sequence[Line]) -> int:
    start = len(lines)
    for position in range(len(lines) - 1, -1, -1):
        line = lines[position]
        if mark_of(line) or line.cells:
            break
        if _begins_foot(lines, position):
            start = position
    return start


def _begins_foot(lines: Sequence[Line], position: int) -> bool:
    text = lines[position].text
    if _COPIES.fullmatch(text) or _STAFF.match(text):
        return True
    if not _LABEL.match(text):
        return False
    before = lines[position - 1].text if position else ""
    after = lines[position + 1].text if position + 1 < len(lines) else ""
    return closed(before) or len(before) < 20 or bool(_LABEL.match(after) or _COPIES.match(after))


def _read_labels(foot: Foot, lines: Sequence[Line]) -> None:
    label: str | None = None
    parts: dict[str, list[str]] = {}
    for line in lines:
        if _SMALL_PRINT.fullmatch(line.text):
            continue
        text = _take_copies(foot, line.text)
        found = list(_LABEL.finditer(text))
        before = text[: found[0].start()] if found else text
        if before and label is not None and foot.copies is None:
            parts[label].append(before)
        elif before:
            foot.unplaced.append(line)
        ends = [*(each.start() for each in found[1:]), len(text)]
        for each, end in zip(found, ends, strict=False):
            label = each["label"]
            parts[label] = [text[each.end() : end]]
    for name, pieces in parts.items():
        foot.distribution[name] = join(pieces).rstrip("。.；;") or None


def _take_copies(foot: Foot, text: str) -> str:
    found = _COPIES.search(text)
    if found is None:
        return text
    foot.copies = chinese_int(found["n"])
    return text[: found.start()] + text[found.end() :]


def _take_glued_copies(foot: Foot) -> None:
    """（共印 80 份） glued to the last words of the body."""
    if not foot.body:
        return
    last = foot.body[-1]
    found = _COPIES.search(last.text)
    if found is None or found.end() != len(last.text) or found[0][0] not in "（(":
        return
    foot.copies = chinese_int(found["n"])
    foot.body[-1] = Line(last.number, last.text[: found.start()], last.width)
    if not foot.body[-1].text:
        foot.body.pop()


def _take_signature(foot: Foot) -> None:
    """A last line that is only a day, with the organisation above it or in front of it."""
    if len(foot.body) < 2:
        return
    found = FULL_DATE.search(foot.body[-1].text)
    if found is None or found.end() != len(foot.body[-1].text):
        return
    before = foot.body[-1].text[: found.start()]
    if before and not _ORGANISATION.fullmatch(before):
        return
    foot.issued_on = full_date(found)
    foot.body.pop()
    above = foot.body[-1].text
    if before:
        foot.issuer = before
    elif _ORGANISATION.fullmatch(above) and not mark_of(foot.body[-1]):
        foot.issuer = above
        foot.body.pop()
