"""Item lists as they come (CSV of the provincial portal) into typed rows, each flag with its reason.

Dirty codes are kept as they stand. The key of an item is its item code; what a file lacks it does not say.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from yichuang.catalogue.flow import ItemType
from yichuang.kernel import csv_in, identifiers
from yichuang.kernel.errors import Invalid

UNASSIGNED = "unassigned"
OK = "ok"
FLAGGED = "flagged"

# Columns of the three known lists → our names. Columns not named here (running numbers, raw arguments of a page,
# somebody's earlier judgement of the codes) say nothing about the item.
COLUMNS = {
    "item_code": "item_code",
    "item_name": "name",
    "main_item": "main_item",
    "task_type": "item_type",
    "department": "department_label",
    "area_code": "area_code",
    "catalog_code": "catalog_code",
    "code_area": "code_area",
    "code_seq": "code_seq",
    "org_code": "org_code",
    "exercise_mode": "exercise_mode",
    "code_tail": "code_tail",
    "dept_code": "dept_code",
}
_NEEDED = ("item_code", "item_name")
_NO_MAIN_ITEM = "未分类"

# Digit and letter of a Sichuan catalogue code → type; 20 in their place is a public service.
_LETTERS = {
    "1A": ItemType.LICENCE,
    "1B": ItemType.PENALTY,
    "1C": ItemType.COERCION,
    "1D": ItemType.LEVY,
    "1E": ItemType.RULING,
    "1F": ItemType.CONFIRMATION,
    "1G": ItemType.PAYMENT,
    "1H": ItemType.REWARD,
    "1I": ItemType.INSPECTION,
    "1Z": ItemType.OTHER_POWER,
    "2A": ItemType.PUBLIC_SERVICE,
    "2B": ItemType.PUBLIC_SERVICE,
    "2C": ItemType.PUBLIC_SERVICE,
    "20": ItemType.PUBLIC_SERVICE,
}


class ItemFileProblem(Invalid):
    """The file as a whole cannot be read as an item list."""

    title = "事项清单无法读取"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One row. `row` is its line in the file (the header is line 1); `values` only what the file has a column for.

    `reasons` are flags (the row is imported all the same); `notes` are remarks that flag nothing. `org_key`: the
    nine-character organisation code behind a sound body code, by which a department is found.
    """

    row: int
    item_code: str
    values: Mapping[str, str]
    item_type: str
    verdict: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()
    org_code: str = ""
    org_key: str = ""
    parts: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.values.get("name", "")

    @property
    def flagged(self) -> bool:
        return bool(self.reasons)


def decode(content: bytes) -> str:
    """The text of an uploaded list: UTF-8 with or without mark, else GB18030 as spreadsheets here write it.

    Raises ItemFileProblem for workbooks and other binary files, and for text in neither encoding.
    """
    return csv_in.decode(content, problem=ItemFileProblem)


def read_items(source: bytes | str | Iterable[str]) -> list[ItemRow]:
    """Every row of an item list with its flags; `source` is the file's bytes, its text or its lines.

    Raises ItemFileProblem where there is no content, no header, or a header without item code and item name.
    """
    text = decode(source) if isinstance(source, bytes) else source
    lines = io.StringIO(text, newline="") if isinstance(text, str) else text
    reader = csv.reader(line.removeprefix("\ufeff") for line in lines)
    try:
        header = _header(next(reader, None))
        rows = [
            _row(reader.line_num, header, cells) for cells in reader if any(cell.strip() for cell in cells)
        ]
    except csv.Error as problem:
        raise ItemFileProblem(
            f"第{reader.line_num}行不是有效的 CSV 内容。", how="请检查该行的引号和换行后重新导入。"
        ) from problem
    return list(_without_twins(rows))


def department_of(row: ItemRow, departments: Mapping[str, str]) -> str:
    """The department of an item: what stands for its organisation code, else `unassigned`.

    `departments` maps nine-character organisation codes to departments.
    """
    return departments.get(row.org_key, UNASSIGNED) if row.org_key else UNASSIGNED


def department_labels(rows: Iterable[ItemRow]) -> dict[str, str]:
    """Organisation code → the name by which the list most often calls that department (first come on a tie)."""
    named: dict[str, Counter[str]] = {}
    for row in rows:
        label = row.values.get("department_label", "")
        if row.org_key and label:
            named.setdefault(row.org_key, Counter())[label] += 1
    return {key: names.most_common(1)[0][0] for key, names in named.items()}


def organisation_key(org_code: str) -> str:
    """The nine-character organisation code in a sound credit code or organisation code; empty for any other."""
    verdict = identifiers.check(org_code, "uscc")
    if verdict.verdict == OK:
        return org_code[8:17]
    bare = org_code.replace("-", "")
    return bare if identifiers.check(org_code, "org9").verdict == OK else ""


def two_digit_type(task_type: str) -> str:
    """A task type as lists write it (1, 01, 20, 30) in two digits; text that is no number stays as it is."""
    return task_type.zfill(2) if task_type.isascii() and task_type.isdigit() else task_type


def type_by_letter(catalog_code: str) -> str:
    """The type that digit and letter of a Sichuan catalogue code (511A…) stand for; empty where they stand for none."""
    known = _LETTERS.get(catalog_code[2:4]) if catalog_code.startswith("51") else None
    return known.value if known else ""


def _header(cells: list[str] | None) -> list[str]:
    if cells is None or not any(cell.strip() for cell in cells):
        raise ItemFileProblem("文件是空的。", how="请导入带表头的事项清单。")
    names = [cell.strip() for cell in cells]
    lacking = [name for name in _NEEDED if name not in names]
    if lacking:
        raise ItemFileProblem(
            f"表头缺少：{'、'.join(lacking)}。",
            how="第一行应为表头，至少有 item_code（事项编码）和 item_name（事项名称）两列。",
        )
    return names


def _row(line: int, header: list[str], cells: list[str]) -> ItemRow:
    given = dict(zip(header, (cell.strip() for cell in cells), strict=False))
    values = {ours: given[theirs] for theirs, ours in COLUMNS.items() if theirs in given}
    code = values.pop("item_code")
    verdict = identifiers.check(code, "portal")
    org_code = str(verdict.parts.get("org_code") or values.get("org_code", ""))
    catalog = str(verdict.parts.get("catalog_code") or values.get("catalog_code", ""))
    by_letter = type_by_letter(catalog)
    if "item_type" in values:
        values["item_type"] = two_digit_type(values["item_type"])
    if values.get("main_item") == _NO_MAIN_ITEM:
        values["main_item"] = ""
    item_type = values.get("item_type", "") or by_letter
    reasons = (*verdict.reasons, *_doubts(values, item_type), *_width(header, cells))
    return ItemRow(
        row=line,
        item_code=code,
        values=values,
        item_type=item_type,
        verdict=verdict.verdict if verdict.reasons or not reasons else FLAGGED,
        reasons=reasons,
        notes=_notes(values.get("item_type", ""), by_letter),
        org_code=org_code,
        org_key=organisation_key(org_code),
        parts=verdict.parts,
    )


def _doubts(values: Mapping[str, str], item_type: str) -> Iterator[str]:
    if not values.get("name"):
        yield "缺少事项名称"
    if not item_type:
        yield "无法判断事项类型"
    elif item_type not in set(ItemType):
        yield f"未知的事项类型“{item_type}”"


def _width(header: list[str], cells: list[str]) -> Iterator[str]:
    if len(cells) != len(header):
        yield f"该行有{len(cells)}列，表头有{len(header)}列"


def _notes(item_type: str, by_letter: str) -> tuple[str, ...]:
    # The list's own type is trusted over the letter of the code; that they differ is worth a remark, not a flag.
    if item_type and by_letter and item_type != by_letter:
        return (f"清单所列类型为{item_type}，编码字母表示{by_letter}，以清单为准",)
    return ()


def _without_twins(rows: list[ItemRow]) -> Iterator[ItemRow]:
    first: dict[str, int] = {}
    for row in rows:
        earlier = first.setdefault(row.item_code, row.row)
        yield row if earlier == row.row else _twin(row, earlier)


def _twin(row: ItemRow, earlier: int) -> ItemRow:
    verdict = FLAGGED if row.verdict == OK else row.verdict
    return replace(row, reasons=(*row.reasons, f"事项编码与第{earlier}行重复"), verdict=verdict)
