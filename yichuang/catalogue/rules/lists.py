"""Reading lists of licences, comparing two of them, and finding the guides that cite a legal text. Pure functions."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COLUMNS = {
    "name": ("事项名称", "许可事项名称", "许可名称", "中央层面设定的许可事项名称", "name"),
    "department": ("实施机关", "实施部门", "主管部门", "department"),
    "basis": ("设定和实施依据", "设定依据", "依据", "legal_basis"),
}
MOST_ENTRIES = 5_000
SEPARATOR = "｜"
_LETTERS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_ARTICLE = re.compile(r"第([零〇一二两三四五六七八九十百千]+|[0-9]{1,4})条")
_RANGE = re.compile(_ARTICLE.pattern + r"(?:至|—|－|-|到)" + _ARTICLE.pattern)
_CITED = re.compile(r"《([^《》]+)》([^《》]*)")
WIDEST_RANGE = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One licence of a list as typed or read."""

    name: str
    department: str
    basis: str = ""

    @property
    def line(self) -> str:
        """The entry as one line of the editing field."""
        return SEPARATOR.join((self.name, self.department, self.basis)).rstrip(SEPARATOR)


@dataclass(frozen=True, slots=True)
class ReadEntries:
    """What was read: the entries, and what is wrong by line (the first line is 1)."""

    entries: tuple[Entry, ...]
    problems: tuple[tuple[int, str], ...]


def name_key(text: str) -> str:
    """A name as it is compared: one width, without spaces, brackets and punctuation, so that 取水许可 is 「取水许可」."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).lower() if sign.isalnum())


def law_key(text: str) -> str:
    """The name of a legal text as it is compared; 中华人民共和国 in front makes no other law."""
    return name_key(text).removeprefix("中华人民共和国")


def chinese_number(text: str) -> int:
    """四十二 → 42, 一百零五 → 105, 12 → 12."""
    if text.isascii():
        return int(text)
    total, digit = 0, 0
    for sign in text:
        if sign in _UNITS:
            total += (digit or 1) * _UNITS[sign]
            digit = 0
        else:
            digit = _LETTERS[sign]
    return total + digit


def article_numbers(text: str) -> frozenset[int]:
    """The articles that a citation names, ranges spread out: 第二条、第四条至第六条 → 2, 4, 5, 6."""
    found = {chinese_number(raw) for raw in _ARTICLE.findall(text)}
    for low, high in _RANGE.findall(text):
        first, last = chinese_number(low), chinese_number(high)
        if first <= last <= first + WIDEST_RANGE:
            found.update(range(first, last + 1))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Citation:
    """One place of a guide that names a legal text and articles of it."""

    law: str
    article: str


def citations(elements: Mapping[str, Any]) -> tuple[Citation, ...]:
    """Every legal text that a guide's elements cite: its legal basis, and the bases of limits, fee, materials, promise."""
    found = [
        Citation(str(row.get("law", "")), str(row.get("article", "")))
        for row in elements.get("legal_basis", [])
        if isinstance(row, Mapping)
    ]
    for text in _bases(elements):
        found += [Citation(law, tail) for law, tail in _CITED.findall(text)]
    return tuple(found)


def _bases(node: object, name: str = "") -> Iterator[str]:
    """The text of every element called basis or legal_basis, however deep."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _bases(value, str(key))
    elif isinstance(node, list):
        for value in node:
            yield from _bases(value, name)
    elif isinstance(node, str) and name in ("basis", "legal_basis"):
        yield node


def cited_articles(elements: Mapping[str, Any], key: str, articles: Iterable[int]) -> tuple[str, ...] | None:
    """How a guide cites a text (by `law_key`) in those articles; none where it does not.

    No articles: the whole text changed. A citation that names no article stands for the whole text.
    """
    wanted = frozenset(articles)
    found = []
    for one in citations(elements):
        if law_key(one.law) != key:
            continue
        named = article_numbers(one.article)
        if not wanted or not named or named & wanted:
            found.append(one.article.strip("，。；、 ") or "未写条款")
    return tuple(dict.fromkeys(found)) or None


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence of the catalogue whose guide is published, by the names under which a list may call it."""

    item_id: Any
    names: tuple[str, ...]


def listed_under(names: Iterable[str], keys: Mapping[str, Entry]) -> Entry | None:
    """The entry of a list under which a licence stands: by its own name or that of its main item."""
    return next((keys[key] for name in names if (key := name_key(name)) in keys), None)


def affected_by_list(
    licences: Iterable[Licence], now: Mapping[str, Entry], before: Mapping[str, Entry] | None
) -> list[tuple[Any, str]]:
    """Which licences a new list concerns and why; `before` is the list that it replaces, by `name_key`."""
    found = []
    for licence in licences:
        entry = listed_under(licence.names, now)
        old = listed_under(licence.names, before) if before is not None else None
        why = _why(entry, old, first=before is None)
        if why:
            found.append((licence.item_id, why))
    return found


def _why(entry: Entry | None, old: Entry | None, *, first: bool) -> str:
    if entry is None:
        return "新清单中没有这项许可：应当停用指南或者核对名称"
    if first:
        return "首次登记清单：核对名称、实施机关和设定依据"
    if old is None:
        return "新清单增加了这项许可：核对名称、实施机关和设定依据"
    changed = [
        label
        for label, ours, theirs in (
            ("实施机关", entry.department, old.department),
            ("设定依据", entry.basis, old.basis),
        )
        if name_key(ours) != name_key(theirs)
    ]
    return f"新清单修改了{'、'.join(changed)}" if changed else ""


def read_lines(text: str) -> ReadEntries:
    """Entries typed one a line: 许可名称｜实施机关｜设定依据 (either width of the stroke)."""
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            cells = [cell.strip() for cell in re.split(r"[|｜\t]", line)]
            rows.append((number, [*cells[:2], *([""] * (2 - len(cells))), SEPARATOR.join(cells[2:])]))
    return _entries(rows)


def read_table(text: str) -> ReadEntries:
    """Entries of a CSV file with a header line; columns are found by their names.

    Raises ValueError, in words for people, for a file without the columns of name and department.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        head = [name_key(cell) for cell in next(reader, [])]
        places = {
            field: next((head.index(name_key(name)) for name in names if name_key(name) in head), None)
            for field, names in COLUMNS.items()
        }
        if places["name"] is None or places["department"] is None:
            raise ValueError("第一行须有“事项名称”和“实施机关”两列")
        rows = [
            (reader.line_num, [_cell(cells, places[field]) for field in COLUMNS])
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as problem:
        raise ValueError(f"第{reader.line_num}行不是有效的 CSV 内容") from problem
    return _entries(rows)


def _cell(cells: list[str], place: int | None) -> str:
    text = cells[place] if place is not None and place < len(cells) else ""
    return " ".join(text.replace(SEPARATOR, "；").split())


def _entries(rows: list[tuple[int, list[str]]]) -> ReadEntries:
    entries: list[Entry] = []
    problems: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for number, (name, department, basis) in rows:
        key = name_key(name)
        if not key:
            problems.append((number, "没有许可名称"))
        elif key in seen:
            problems.append((number, f"与第{seen[key]}行的许可名称相同：{name}"))
        elif not department:
            problems.append((number, f"“{name}”没有写实施机关"))
        else:
            entries.append(Entry(name, department, basis))
        seen.setdefault(key, number)
    if len(entries) > MOST_ENTRIES:
        problems.append((rows[-1][0], f"一份清单最多{MOST_ENTRIES}项"))
    return ReadEntries(tuple(entries), tuple(problems))
