"""A form as it is typed on its page: read into the data of a form, every fault told at its field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yichuang.reports.flow import SectionKind
from yichuang.reports.rules.form import CHARTS, DAYS, PLACEHOLDER, VISIT_FIELDS

HEAD_LABELS = {
    "title": "标题",
    "number": "期号",
    "issuer": "印发机关",
    "issued_on": "印发日期",
    "heading": "总标题",
    "period": "统计期",
}
MOST_SECTIONS, MOST_HEADINGS = 30, 30
LEVELS = (1, 2, 3)
LONGEST_HEADING, LONGEST_PATTERN = 60, 1000
MOST_COPIES = 10_000


@dataclass(frozen=True, slots=True)
class Typed:
    """What the page sent, as text. Rows are mappings of field to text; a row without heading is no row."""

    name: str
    title: str
    heading: str
    issuer: str
    head: str
    item_level: str
    copies: str
    offsets: str
    distribution: Mapping[str, str]
    sections: Sequence[Mapping[str, str]]
    inspection: Sequence[Mapping[str, str]]
    charts: Sequence[str] = ()


def read(typed: Typed, code: str, known: Iterable[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The form's data, and what is wrong by field (empty: nothing). `known`: codes of figures that can be cited."""
    wrong: dict[str, str] = {}
    sections = _sections(typed.sections, frozenset(known), wrong)
    data = {
        "code": code,
        "name": typed.name.strip(),
        "title": typed.title.strip(),
        "heading": typed.heading.strip(),
        "issuer": typed.issuer.strip(),
        "head": _head(typed.head, wrong),
        "item_level": _whole(typed.item_level, "item_level", wrong, lowest=2, highest=4),
        "sections": sections,
        "inspection": _inspection(typed.inspection, wrong),
        "distribution": {label: text.strip() for label, text in typed.distribution.items()},
        "copies": _whole(typed.copies, "copies", wrong, lowest=0, highest=MOST_COPIES),
        "offsets": _offsets(typed.offsets, wrong),
        "charts": [name for name in CHARTS if name in typed.charts],
        "assumed": "",
    }
    for field in ("name", "title", "issuer"):
        if not data[field]:
            wrong[field] = "不能为空"
    if not sections:
        wrong.setdefault("heading-0", "至少要有一个标题")
    return data, wrong


def _whole(text: str, field: str, wrong: dict[str, str], *, lowest: int, highest: int) -> int:
    given = text.strip()
    if given.isascii() and given.isdigit() and lowest <= int(given[:9]) <= highest:
        return int(given)
    wrong[field] = f"请填写 {lowest} 到 {highest} 之间的整数"
    return lowest


def _head(text: str, wrong: dict[str, str]) -> list[str]:
    names = {label: name for name, label in HEAD_LABELS.items()}
    given = [part for part in text.replace(",", "，").replace("、", "，").split("，") if part.strip()]
    order = [names.get(part.strip(), "") for part in given]
    if "" in order or len(set(order)) != len(order) or "number" not in order:
        wrong["head"] = f"请从{'、'.join(HEAD_LABELS.values())}中选择并排列，每项一次，必须有期号"
    return [name for name in order if name]


def _offsets(text: str, wrong: dict[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in text.split():
        year, _, offset = line.partition("=")
        if not (year.isdigit() and len(year) == 4 and offset.isdigit() and len(offset) < 7):
            wrong["offsets"] = "一行一年，例如：2022=375"
            return found
        found[year] = int(offset)
    return found


def _sections(
    rows: Sequence[Mapping[str, str]], known: frozenset[str], wrong: dict[str, str]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    deepest, taken = 0, {row["key"] for row in rows if row.get("key")}
    for place, row in enumerate(rows[:MOST_SECTIONS]):
        heading = row["heading"].strip()
        if not heading:
            continue
        kind = row["kind"] if row["kind"] in {str(each) for each in SectionKind} else SectionKind.NEWS
        level = _whole(row["level"], f"level-{place}", wrong, lowest=1, highest=LEVELS[-1])
        if level > deepest + 1:
            wrong[f"level-{place}"] = "级别不能越级：上面还没有它的上一级标题"
        deepest = level
        if len(heading) > LONGEST_HEADING:
            wrong[f"heading-{place}"] = f"最多 {LONGEST_HEADING} 字"
        pattern = row["pattern"].strip()
        if fault := pattern_fault(SectionKind(kind), pattern, known):
            wrong[f"pattern-{place}"] = fault
        key = row.get("key") or _fresh(taken, "section")
        taken.add(key)
        found.append({"key": key, "level": level, "kind": str(kind), "heading": heading, "pattern": pattern})
    return found


def pattern_fault(kind: SectionKind, pattern: str, known: frozenset[str]) -> str:
    """What is wrong with the wording of a section; empty for nothing."""
    if len(pattern) > LONGEST_PATTERN:
        return f"最多 {LONGEST_PATTERN} 字"
    names = PLACEHOLDER.findall(pattern)
    if pattern.count("{") != len(names) or pattern.count("}") != len(names):
        return "花括号不成对，或者里面不是字段名；请从下面的字段表中复制"
    allowed = {SectionKind.FIGURES: known | DAYS, SectionKind.VISITS: VISIT_FIELDS}.get(kind, frozenset())
    strange = [name for name in names if name not in allowed]
    if strange:
        return f"这里不能用字段：{'、'.join(strange)}；请从下面的字段表中复制"
    if kind == SectionKind.FIGURES and not names:
        return "数字一节要写明句式，并至少引用一个数字字段"
    return ""


def _inspection(rows: Sequence[Mapping[str, str]], wrong: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    taken = {row["key"] for row in rows if row.get("key")}
    for place, row in enumerate(rows[:MOST_HEADINGS]):
        heading = row["heading"].strip()
        if not heading:
            continue
        days = {side: _day(row[side], f"inspection-{side}-{place}", wrong) for side in ("from", "until")}
        if days["from"] and days["until"] and days["until"] < days["from"]:
            wrong[f"inspection-until-{place}"] = "应不早于起用日"
        key = row.get("key") or _fresh(taken, "heading")
        taken.add(key)
        found.append({"key": key, "heading": heading[:LONGEST_HEADING], **days})
    return found


def _day(text: str, field: str, wrong: dict[str, str]) -> str | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        wrong[field] = "请按 2022-05-13 的格式填写"
        return None


def _fresh(taken: set[str], word: str) -> str:
    return next(key for number in range(1, 1000) for key in [f"{word}-{number}"] if key not in taken)
