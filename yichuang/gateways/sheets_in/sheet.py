"""An opened table: what it is, its header, its rows."""

import zipfile
from collections.abc import Collection, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from os import SEEK_END
from pathlib import Path, PurePath
from types import TracebackType
from typing import BinaryIO, Self

from yichuang.gateways.sheets_in import cells, text
from yichuang.gateways.sheets_in.book import Book, read_book
from yichuang.gateways.sheets_in.model import (
    MEGABYTE,
    CellFault,
    FaultKind,
    Limits,
    Row,
    column_name,
    too_many_rows,
)
from yichuang.gateways.sheets_in.package import OLE, ZIP, old_workbook, open_package, told
from yichuang.gateways.sheets_in.strings import Strings
from yichuang.kernel.errors import Invalid

DEFAULT = Limits()
_PAGES = (b"<html", b"<!doctype html", b"<table")


class Sheet(AbstractContextManager["Sheet"]):
    """A table of a file: its kind (csv or xlsx), what should be known of it (`notes`), its header, its rows.

    The rows may be run through several times, one run at a time. Close it (or use `with`) when done.
    """

    def __init__(self, file: BinaryIO, name: str, limits: Limits, closing: ExitStack) -> None:
        self._file, self._limits, self._closing = file, limits, closing
        self._package: zipfile.ZipFile | None = None
        self.name = name
        self.size = _size(file, limits)
        self.encoding = ""
        self.kind = self._judge(name)
        self.notes: tuple[str, ...] = () if self.kind == "csv" else self._book.notes

    def _judge(self, name: str) -> str:
        suffix = PurePath(name.replace("\\", "/")).suffix.lower()
        self._file.seek(0)
        start = self._file.read(1024)
        if start.startswith(OLE):
            raise old_workbook(self._file)
        if start.startswith(ZIP):
            self._package = self._closing.enter_context(open_package(self._file, self._limits))
            _agree(suffix, ".xlsx", "Excel 工作簿（xlsx）")
            return "xlsx"
        if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGES):
            raise Invalid(
                "这是网页表格，不是 CSV 或者 Excel 文件。",
                how="请用 Excel 或者 WPS 打开，另存为 xlsx 后再上传。",
            )
        if start.startswith(b"%PDF-") or (suffix not in (".csv", ".txt") and b"\0" in start):
            raise Invalid(f"“{name}”不是表格。", how="请上传 CSV 或者 Excel 表格（xlsx）文件。")
        _agree(suffix, ".csv", "文本（CSV）", also=".txt")
        self.encoding = text.encoding_of(self._file, self._limits)
        return "csv"

    @cached_property
    def _book(self) -> Book:
        assert self._package is not None
        with told():
            return read_book(self._package, self._limits)

    @cached_property
    def _strings(self) -> Strings:
        assert self._package is not None
        strings = Strings(self._limits)
        self._closing.callback(strings.close)
        if self._book.strings:
            with told():
                strings.read(self._package, self._book.strings)
        return strings

    @cached_property
    def _first(self) -> Row:
        running = self.every_row()
        try:
            found = next(running, None)
        finally:
            running.close()
        if found is None:
            raise Invalid("表格中没有内容。", how="请在第一张工作表中填写后再上传。")
        return found

    @cached_property
    def header(self) -> list[str]:
        """The names of the columns: the first row that holds something. Raises Invalid where it names no columns."""
        names = list(self._first.cells)
        while names and not names[-1]:
            names.pop()
        where = f"表头（第 {self._first.number} 行）"
        if any(fault.kind is FaultKind.MERGED for fault in self._first.faults):
            raise Invalid(f"{where}有合并单元格。", how="请删除表头上方的标题行，取消合并，每列写一个列名。")
        blank = next((place for place, name in enumerate(names) if not name), None)
        if blank is not None:
            raise Invalid(f"{where}的 {column_name(blank)} 列没有列名。", how="请补上列名，或者删除这一列。")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Invalid(f"{where}有两列都叫“{twice}”。", how="请改成不同的列名，或者删除多余的一列。")
        return names

    def rows(self, *, identifiers: Collection[int] = ()) -> Iterator[Row]:
        """The rows below the header that hold something, each as wide as the header.

        `identifiers` are the columns (0 is the first) in which a number stored as a number has lost digits. Raises Invalid
        for what is damaged, too wide or too long: rows already handed on were sound.
        """
        width, first = len(self.header), self._first.number
        for row in self.every_row(identifiers=identifiers):
            if row.number == first:
                continue
            missing = width - len(row.cells)
            if missing > 0:
                row.cells.extend([""] * missing)
                yield row
            elif missing == 0:
                yield row
            else:
                yield _narrowed(row, width)

    def every_row(self, *, identifiers: Collection[int] = ()) -> Generator[Row]:
        """Every row that holds something as it stands, the first among them (of a table whose header is elsewhere)."""
        if self.kind == "csv":
            found = _with_lost_digits(text.rows(self._file, self.encoding, self._limits), identifiers)
        else:
            assert self._package is not None
            found = cells.rows(self._package, self._book, self._strings, self._limits, identifiers)
        # The header is no row of the limit.
        for count, row in enumerate(found):
            if count > self._limits.rows:
                raise too_many_rows(self._limits)
            yield row

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self

    def keep(self, closing: ExitStack) -> None:
        """Own what was opened for this sheet, from now until it is closed."""
        self._closing = closing

    def close(self) -> None:
        """Let files and disk go."""
        self._closing.close()


def open_sheet(source: Path | BinaryIO, *, name: str, limits: Limits = DEFAULT) -> Sheet:
    """The table in a file (seekable, left open where it was given open); `name` is what the sender calls it.

    Raises Invalid, each reason with its own words, for what is no table, is locked, swells, is damaged or in a mixed encoding.
    """
    with ExitStack() as closing:
        file = closing.enter_context(source.open("rb")) if isinstance(source, Path) else source
        sheet = Sheet(file, name, limits, closing)
        # Only now does the sheet own what was opened: a refusal leaves nothing open.
        sheet.keep(closing.pop_all())
    return sheet


def _size(file: BinaryIO, limits: Limits) -> int:
    size = file.seek(0, SEEK_END)
    if not size:
        raise Invalid("文件是空的。", how="请下载模板，填好后再上传。")
    if size > limits.size:
        raise Invalid(f"文件超过 {limits.size // MEGABYTE} MB。", how="请只保留表格内容，或者分成几份上传。")
    return size


def _agree(suffix: str, wanted: str, words: str, *, also: str = "") -> None:
    if suffix not in (wanted, also or wanted):
        raise Invalid(
            f"文件名的后缀是“{suffix or '（无）'}”，内容却是{words}。",
            how=f"请把后缀改为 {wanted} 后再上传，或者确认是否选错了文件。",
        )


def _with_lost_digits(found: Iterator[Row], identifiers: Collection[int]) -> Iterator[Row]:
    """A spreadsheet that saves a long number as text writes 5.10105E+17: the digits are gone."""
    if not identifiers:
        yield from found
        return
    for row in found:
        lost = [
            CellFault(column, FaultKind.DIGITS)
            for column in identifiers
            if column < len(row.cells) and "+" in row.cells[column] and text.LOST.fullmatch(row.cells[column])
        ]
        yield Row(row.number, row.cells, [*row.faults, *lost]) if lost else row


def _narrowed(row: Row, width: int) -> Row:
    """Nothing outside the header is handed on, but what stands there is named."""
    extra = [
        CellFault(width + place, FaultKind.EXTRA) for place, cell in enumerate(row.cells[width:]) if cell
    ]
    return Row(row.number, row.cells[:width], [*row.faults, *extra])
