"""An XLSX workbook as a stream: rows become sheet XML with inline strings, packed at once; nothing is held.

No formula can come out of a cell: text is text. What is no text is a number or a day only where the column says so.
"""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from functools import partial
from typing import IO, BinaryIO
from xml.sax.saxutils import escape

from yichuang.gateways.sheets_out import parts
from yichuang.gateways.sheets_out.comments import Comments
from yichuang.gateways.sheets_out.model import Cell, Column, Header, MarkedRow, Sort, columns_of, width_of

LEVEL = 1
# Rows of one sheet, the header among them, as the format allows.
MOST_ROWS = 1_048_576
LONGEST = 32_767
_BLOCK = 1 << 18
_BETWEEN = "\x1f"
_DIRTY = re.compile("[&<>\x00-\x1e\x7f\ud800-\udfff\ufffe\uffff]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FIRST_DAY = date(1899, 12, 30)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
TitleSheet = tuple[str, Sequence[Sequence[str]]]


def write_xlsx(
    rows: Iterable[Sequence[Cell] | MarkedRow], header: Header, out: BinaryIO, *, name: str = "数据",
    title_sheets: Sequence[TitleSheet] = (),
) -> int:  # fmt: skip
    """Write the table into `out` (which need not be seekable); how many rows.

    A MarkedRow's marks become a fill and a comment. Beyond what one sheet holds the table goes on in the next. The
    `title_sheets` (name, rows of text) stand behind the data.
    """
    columns = columns_of(header)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as package:
        book = _Book(package)
        count = book.table(name, columns, rows)
        for title, lines in title_sheets:
            width = max((len(line) for line in lines), default=0)
            book.table(title, tuple(Column("", width=40) for _ in range(width)), lines, headed=False)
        book.close()
    return count


class _Book:
    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self._sheets: list[tuple[str, bool]] = []

    def table(
        self, name: str, columns: tuple[Column, ...], rows: Iterable[Sequence[Cell] | MarkedRow], *, headed: bool = True
    ) -> int:  # fmt: skip
        """Write a table into as many sheets as it takes; how many rows."""
        running, total, more = iter(rows), 0, True
        title = parts.sheet_name(name)
        for piece in range(1, 1_000):
            written, more = self._sheet(
                title if piece == 1 else f"{title[:26]}（{piece}）", columns, running, headed
            )
            total += written
            if not more:
                break
        return total

    def _sheet(
        self, name: str, columns: tuple[Column, ...], rows: Iterator[Sequence[Cell] | MarkedRow], headed: bool
    ) -> tuple[int, bool]:
        number = len(self._sheets) + 1
        with ExitStack() as closing:
            comments = closing.enter_context(Comments())
            with self._part(f"xl/worksheets/sheet{number}.xml") as part:
                writer = _Writer(part, columns, comments, headed=headed)
                more = writer.take(rows)
                writer.close()
            self._sheets.append((name, bool(comments)))
            if comments:
                self._comments(number, comments)
        return writer.count, more

    def _comments(self, number: int, comments: Comments) -> None:
        for path, pieces in comments.parts(number):
            with self._part(path) as part:
                for piece in pieces:
                    part.write(piece.encode())

    def _part(self, path: str) -> IO[bytes]:
        # The same rows give the same bytes: no clock in the package.
        entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry._compresslevel = LEVEL  # type: ignore[attr-defined] # public only from Python 3.13
        return self._package.open(entry, "w", force_zip64=True)

    def close(self) -> None:
        for path, text in parts.frame(self._sheets):
            with self._part(path) as part:
                part.write(text.encode())


class _Writer:
    """One sheet: its head, rows in blocks, its end."""

    def __init__(
        self, part: IO[bytes], columns: tuple[Column, ...], comments: Comments, *, headed: bool
    ) -> None:
        self._part, self._columns, self._comments = part, columns, comments
        self._typed = [
            (place, _CONVERTERS[one.sort]) for place, one in enumerate(columns) if one.sort is not Sort.TEXT
        ]
        self._template = "<row>" + "".join(_PLACES[one.sort] for one in columns) + "</row>"
        self._block: list[str] = []
        self._length = 0
        self.count = 0
        self._line = 0
        part.write(parts.sheet_head([width_of(one) for one in columns], frozen=headed).encode())
        if headed:
            self._line = 1
            part.write(("<row>" + "".join(_head(one.name) for one in columns) + "</row>").encode())

    def take(self, rows: Iterator[Sequence[Cell] | MarkedRow]) -> bool:
        """Write rows until they end or the sheet is full; whether the sheet is full and something may follow."""
        width, line = len(self._columns), self._row
        for row in rows:
            self._line += 1
            self.count += 1
            if isinstance(row, MarkedRow):
                self._add(self._marked(row))
            elif len(row) == width:
                self._add(line(row))
            else:
                self._add(line([*row[:width], *[""] * (width - len(row))]))
            if self._line == MOST_ROWS:
                return True
        return False

    def _add(self, text: str) -> None:
        self._block.append(text)
        self._length += len(text)
        if self._length > _BLOCK:
            self._flush()

    def _flush(self) -> None:
        self._part.write("".join(self._block).encode())
        self._block, self._length = [], 0

    def _row(self, row: Sequence[Cell]) -> str:
        cells = [cell if type(cell) is str else _spoken(cell) for cell in row]
        joined = _BETWEEN.join(cells)
        if _DIRTY.search(joined) or joined.count(_BETWEEN) != len(cells) - 1 or len(joined) > LONGEST // 2:
            cells = [xml_text(cell) for cell in cells]
        for place, convert in self._typed:
            cells[place] = convert(cells[place])
        return self._template % tuple(cells)

    def _marked(self, row: MarkedRow) -> str:
        written = []
        for place, column in enumerate(self._columns):
            cell = _spoken(row.cells[place]) if place < len(row.cells) else ""
            words = row.marks.get(place)
            if words is None:
                written.append(_PLACES[column.sort] % _shown(column.sort, xml_text(cell)))
            else:
                written.append(_PLACE_OF_MARK % xml_text(cell))
                self._comments.add(self._line, place, words)
        return f"<row>{''.join(written)}</row>"

    def close(self) -> None:
        self._flush()
        self._part.write(parts.sheet_end(len(self._columns), self._line, noted=bool(self._comments)).encode())


_PLACES = {
    Sort.TEXT: f'<c s="{parts.AS_TEXT}" t="inlineStr"><is><t>%s</t></is></c>',
    Sort.NUMBER: "%s",
    Sort.DAY: "%s",
}
_PLACE_OF_MARK = f'<c s="{parts.MARKED}" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>'


def _head(name: str) -> str:
    return f'<c s="{parts.HEAD}" t="inlineStr"><is><t>{xml_text(name)}</t></is></c>'


def xml_text(text: str) -> str:
    """Text as it may stand in XML: signs that XML does not know are left out, no longer than a cell may be."""
    kept = _NOT_XML.sub("", text[:LONGEST])
    if len(kept) > LONGEST // 2:
        # Spreadsheets count in UTF-16, where a rare character is two; a half one at the end goes too.
        kept = kept.encode("utf-16-le")[: LONGEST * 2].decode("utf-16-le", "ignore")
    return escape(kept)


def _spoken(cell: Cell) -> str:
    return "" if cell is None else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _shown(sort: Sort, text: str) -> str:
    return text if sort is Sort.TEXT else _CONVERTERS[sort](text)


def _number_cell(text: str) -> str:
    """A number that a spreadsheet keeps whole; anything else stays the text that it is."""
    if _NUMBER.fullmatch(text) and len(text.lstrip("-").replace(".", "")) <= 15:
        return f"<c><v>{text}</v></c>"
    return f'<c s="{parts.AS_TEXT}" t="inlineStr"><is><t>{text}</t></is></c>' if text else "<c/>"


def _day_cell(known: dict[str, str], text: str) -> str:
    found = known.get(text)
    if found is None:
        if len(known) > 50_000:
            known.clear()
        found = known[text] = _made_day_cell(text)
    return found


def _made_day_cell(text: str) -> str:
    if _DAY.fullmatch(text) and text >= "1900-03-01":
        try:
            return f'<c s="{parts.AS_DAY}"><v>{(date.fromisoformat(text) - _FIRST_DAY).days}</v></c>'
        except ValueError:
            pass
    return f'<c s="{parts.AS_TEXT}" t="inlineStr"><is><t>{text}</t></is></c>' if text else "<c/>"


_CONVERTERS: dict[Sort, Callable[[str], str]] = {
    Sort.NUMBER: _number_cell,
    Sort.DAY: partial(_day_cell, {}),
}
