"""What a reader of tables hands on: rows with their faults; and how much of a file is too much."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from yichuang.kernel.errors import Invalid

MEGABYTE = 1 << 20


class FaultKind(StrEnum):
    """What can be wrong with one cell, apart from what its column asks."""

    NUMBER = "number"
    DIGITS = "digits"
    FORMULA = "formula"
    MERGED = "merged"
    HIDDEN = "hidden"
    ERROR = "error"
    GARBLED = "garbled"
    EXTRA = "extra"
    DATE = "date"


FAULT_WORDS: dict[FaultKind, str] = {
    FaultKind.NUMBER: "编号类内容存成了数字，开头的 0 可能已经丢失。请将整列设为“文本”格式后重新填写。",
    FaultKind.DIGITS: "编号超过 15 位却存成了数字，末尾几位已经丢失。请将整列设为“文本”格式后重新填写。",
    FaultKind.FORMULA: "单元格是公式，不是填好的内容。请复制后“选择性粘贴”为数值。",
    FaultKind.MERGED: "单元格是合并的，不能确定内容属于哪一行。请取消合并后逐格填写。",
    FaultKind.HIDDEN: "这一行被隐藏或者被筛选掉了。请取消隐藏，核对后保留或者删除。",
    FaultKind.ERROR: "单元格是错误值（如 #N/A），没有内容。请改正公式或者直接填写。",
    FaultKind.GARBLED: "内容中有乱码（�），保存时已经损坏。请从原文件重新填写。",
    FaultKind.EXTRA: "这一格在最后一个列名的右边，不属于任何列。请补上列名，或者删除这一格。",
    FaultKind.DATE: "日期超出表格软件能表示的范围。请按 2026-01-31 的样子填写为文本。",
}


class CellFault(NamedTuple):
    """A fault of a cell: its column (0 is the first; None is the whole row) and what is wrong."""

    column: int | None
    kind: FaultKind

    @property
    def message(self) -> str:
        """What is wrong and how to mend it, for people."""
        return FAULT_WORDS[self.kind]


class Row(NamedTuple):
    """One row: its number as a spreadsheet shows it (1 is the first of the file), cells trimmed, faults."""

    number: int
    cells: list[str]
    faults: Sequence[CellFault] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is too much.

    Bytes of the file, of all its parts unpacked and their ratio to the packed; parts of the package; rows, columns,
    merged ranges, shared strings; bytes of a line of text; bytes of a part that is read whole.
    """

    size: int = 300 * MEGABYTE
    unpacked: int = 2_048 * MEGABYTE
    ratio: int = 200
    parts: int = 2_000
    rows: int = 500_000
    columns: int = 200
    merged: int = 20_000
    strings: int = 5_000_000
    line: int = 4 * MEGABYTE
    whole: int = 16 * MEGABYTE


def column_name(column: int) -> str:
    """0 is A, 26 is AA: as spreadsheets name columns."""
    name = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def too_many_rows(limits: Limits) -> Invalid:
    """The refusal of a table beyond the limit of rows."""
    return Invalid(f"表格超过 {limits.rows:,} 行。", how="请分成几份文件，分别上传。")


def too_many_columns(number: int, limits: Limits) -> Invalid:
    """The refusal of a row beyond the limit of columns."""
    return Invalid(
        f"第 {number} 行超过 {limits.columns} 列。", how="请删除右边多余的列（包括只有格式的空列）后再上传。"
    )


def too_long(number: int, limits: Limits) -> Invalid:
    """The refusal of a cell, or of anything else in one piece, that no sheet holds: it would have to be held whole."""
    return Invalid(
        f"第 {number} 行附近有一格超过 {limits.line // MEGABYTE or 1} MB，不是表格内容。",
        how="请删除这一格过长的内容后再上传。",
    )


def damaged(where: str = "") -> Invalid:
    """The refusal of a workbook that cannot be read."""
    return Invalid(f"表格已损坏，读不出内容{where}。", how="请用办公软件打开并另存一份后再上传。")
