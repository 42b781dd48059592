"""CSV as spreadsheets of this country write it, read as a stream: its encoding, its delimiter, its rows."""

import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from yichuang.gateways.sheets_in.model import CellFault, FaultKind, Limits, Row, too_many_columns
from yichuang.kernel import csv_in
from yichuang.kernel.errors import Invalid

PIECE = 1 << 20
DELIMITERS = (",", "\t", "；", ";")
# Cells that a spreadsheet wrote in place of a value that it could not compute.
ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
LOST = re.compile(r"[1-9](\.\d+)?E\+\d{1,3}", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# So many Chinese characters in a row are valid UTF-8 only if they were meant so.
_MEANT = 4
_CHINESE = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}){%d}" % _MEANT)


def pieces(file: BinaryIO, limits: Limits) -> Iterator[tuple[int, int, bytes]]:
    """The file in pieces that end with a line: offset in bytes, number of the first line, bytes."""
    file.seek(0)
    offset, line = 0, 1
    while piece := file.read(PIECE):
        if not piece.endswith(b"\n"):
            piece += file.readline(limits.line)
        if len(piece) > PIECE + limits.line - 1:
            raise Invalid(
                f"第 {line + piece.count(10)} 行过长。", how="请检查换行和引号：可能整个文件被存成了一行。"
            )
        yield offset, line, piece
        offset += len(piece)
        line += piece.count(b"\n")


def encoding_of(file: BinaryIO, limits: Limits) -> str:
    """utf-8-sig or gb18030, whichever the whole stream is. Raises Invalid with the line and byte where it breaks."""
    file.seek(0)
    start = file.read(3)
    if start[:2] in _UTF16:
        raise Invalid(
            "文件是 UTF-16（“Unicode 文本”），不是 CSV。", how="请另存为“CSV UTF-8（逗号分隔）”后再上传。"
        )
    meant = start == _BOM
    broken: Invalid | None = None
    for offset, line, piece in pieces(file, limits):
        if b"\x00" in piece:
            raise Invalid(
                f"第 {line + piece.count(10, 0, piece.index(0))} 行有二进制内容，不是 CSV 文本。",
                how="请上传 UTF-8 或者 GB18030 编码的 CSV 文件。",
            )
        if broken is None:
            broken, meant = _try_utf8(piece, offset, line, meant=meant)
            if broken is not None and meant:
                raise broken
        if broken is not None:
            _check_gb18030(piece, offset, line, broken)
    return "utf-8-sig" if broken is None else "gb18030"


def _try_utf8(piece: bytes, offset: int, line: int, *, meant: bool) -> tuple[Invalid | None, bool]:
    """Where UTF-8 breaks, and whether the text before it can only have been meant as UTF-8."""
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError as error:
        sound = piece[: error.start]
        return _breaks("UTF-8", piece, offset, line, error.start), meant or bool(_CHINESE.search(sound))
    return None, meant or bool(_CHINESE.search(piece))


def _check_gb18030(piece: bytes, offset: int, line: int, utf8: Invalid) -> None:
    """Raises Invalid where the piece is no GB18030, or holds a line that is UTF-8."""
    try:
        piece.decode("gb18030")
    except UnicodeDecodeError as error:
        raise _breaks("GB18030", piece, offset, line, error.start) from utf8
    judged = 0
    for found in _CHINESE.finditer(piece):
        if found.start() < judged:
            # Each line is judged once, however many such places it has.
            continue
        first = piece.rfind(b"\n", 0, found.start()) + 1
        last = piece.find(b"\n", found.start())
        judged = last if last >= 0 else len(piece)
        if _is_utf8(piece[first:judged]):
            raise _breaks("GB18030", piece, offset, line, found.start())


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _breaks(name: str, piece: bytes, offset: int, line: int, start: int) -> Invalid:
    where = f"第 {line + piece.count(10, 0, start)} 行（文件第 {offset + start + 1:,} 个字节）"
    return Invalid(
        f"文件编码前后不一致：{where}不是 {name} 编码。",
        how="请用表格软件打开，核对这一行的文字，再另存为“CSV UTF-8（逗号分隔）”。",
    )


class Lines:
    """The lines of the text, with a mark for those that hold what must be looked at cell by cell."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.marked = False

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            if "#" in line or "'" in line or "\ufffd" in line:
                self.marked = True
            yield line


def rows(file: BinaryIO, encoding: str, limits: Limits) -> Iterator[Row]:
    """Every row that holds something, the header among them. Raises Invalid where it is no CSV."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        delimiter = _delimiter(text)
        file.seek(0)
        text.seek(0)
        yield from _records(Lines(text), delimiter, limits)
    finally:
        # Whoever stops in the middle may have closed the file before these rows are forgotten.
        if not file.closed:
            text.detach()


def _delimiter(text: io.TextIOWrapper) -> str:
    """What parts the cells of the first line that holds something: the sign that occurs most, quotes left out."""
    for line in text:
        if line.strip():
            bare = re.sub(r'"[^"]*"', "", line)
            return max(DELIMITERS, key=lambda sign: (bare.count(sign), -DELIMITERS.index(sign)))
    return ","


def _records(lines: Lines, delimiter: str, limits: Limits) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            if len(cells) > limits.columns:
                cells = _cut(cells, number, limits)
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if lines.marked:
                lines.marked = False
                yield _looked_at(number, cells)
            else:
                yield Row(number, cells)
    except csv.Error as error:
        raise _no_csv(str(error), number + 1, reader.line_num) from error


def _no_csv(said: str, row: int, line: int) -> Invalid:
    if "field larger" in said or "unexpected end" in said:
        return Invalid(
            f"第 {row} 行有没有成对的引号，后面的内容全被当成一格。",
            how="请补上或者删去这一行的引号后再上传。",
        )
    return Invalid(f"第 {line} 行不是有效的 CSV 内容。", how="请检查该行的引号和换行后重新上传。")


def _cut(cells: list[str], number: int, limits: Limits) -> list[str]:
    """Empty cells at the right are no columns."""
    while cells and not cells[-1].strip():
        cells.pop()
    if len(cells) > limits.columns:
        raise too_many_columns(number, limits)
    return cells


def _looked_at(number: int, cells: list[str]) -> Row:
    cells = [csv_in.plain(cell) for cell in cells]
    faults = [
        CellFault(column, FaultKind.ERROR if cell in ERRORS else FaultKind.GARBLED)
        for column, cell in enumerate(cells)
        if cell in ERRORS or "\ufffd" in cell
    ]
    return Row(number, cells, faults)
