"""The rows of a sheet, read as a stream: one row is held at a time, whatever the sheet holds."""

import zipfile
import zlib
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from decimal import Context, Decimal
from xml.parsers import expat

from yichuang.gateways.sheets_in.book import Book, Range, place_of
from yichuang.gateways.sheets_in.model import (
    CellFault,
    FaultKind,
    Limits,
    Row,
    damaged,
    too_long,
    too_many_columns,
)
from yichuang.gateways.sheets_in.strings import Strings, parser
from yichuang.kernel import csv_in

PIECE = 1 << 16
LAST_ROW = 1_048_576
DIGITS = "0123456789"
# Spreadsheets keep 15 significant digits; what a file says beyond is the noise of binary numbers.
PRECISION = Context(prec=15)
TRUTH = {"1": "是", "0": "否", "true": "是", "false": "否"}
_CACHED = 50_000
# Merged ranges are looked at so far to the right; no table is as wide.
_MOST_COLUMNS = 1_000


class _Places(dict[str, int]):
    def __missing__(self, letters: str) -> int:
        if not (letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) <= 3):
            raise ValueError(letters)
        self[letters] = place_of(letters)
        return self[letters]


def rows(
    package: zipfile.ZipFile, book: Book, strings: Strings, limits: Limits, identifiers: Collection[int]
) -> Iterator[Row]:
    """Every row that holds something, the header among them. Raises Invalid for what is damaged or too wide."""
    reader = _Reader(book, strings, limits, frozenset(identifiers))
    try:
        with package.open(book.part) as stream:
            fed = 0
            while piece := stream.read(PIECE):
                fed += len(piece)
                reader.parser.Parse(piece, False)
                # What has begun and does not end, a tag or a comment, the parser keeps whole.
                if fed - reader.parser.CurrentByteIndex > limits.line:
                    raise too_long(reader.number + 1, limits)
                yield from reader.taken()
            reader.parser.Parse(b"", True)
            reader.finish()
            yield from reader.taken()
    except (
        expat.ExpatError, zlib.error, zipfile.BadZipFile, EOFError, LookupError, ValueError, ArithmeticError,
    ) as error:  # fmt: skip
        raise damaged(f"（第 {reader.number + 1} 行附近）") from error


class _Reader:
    """Expat's handlers; rows are collected until they are taken."""

    def __init__(self, book: Book, strings: Strings, limits: Limits, identifiers: frozenset[int]) -> None:
        self.number = 0
        self._strings, self._limits, self._identifiers = strings, limits, identifiers
        self._dates = _Dates(book)
        self._merged = _Merged(book.merged)
        self._places = _Places()
        self._numbers: dict[str, str] = {}
        self._done: list[Row] = []
        self._cells: list[str] = []
        self._faults: list[CellFault] = []
        self._kind = self._style = self._text = ""
        self._column = -1
        self._taking = self._formula = self._aid = False
        self._c, self._v, self._row = "c", "v", "row"
        self.parser = parser()
        self.parser.StartElementHandler = self._root
        self.parser.CharacterDataHandler = self._said

    def taken(self) -> list[Row]:
        """The rows read since it was last asked."""
        done, self._done = self._done, []
        return done

    def finish(self) -> None:
        """The sheet is over: what is still open ends with it."""
        self._end_row()

    def _root(self, name: str, _: dict[str, str]) -> None:
        prefix = name[: name.rfind(":") + 1]
        self._c, self._v, self._row = f"{prefix}c", f"{prefix}v", f"{prefix}row"
        self._rare = {f"{prefix}{one}": one for one in ("is", "t", "f", "rPh")}
        self.parser.StartElementHandler = self._start

    def _start(self, name: str, said: dict[str, str]) -> None:
        # A cell ends where the next one begins: ends are asked for only inside of texts, which saves a third of the calls.
        if name == self._c:
            if self._text or self._formula:
                self._end_cell()
            place = said.get("r")
            if place is None:
                self._column += 1
            else:
                self._column = self._places[place.rstrip(DIGITS)]
            self._kind = said.get("t", "n")
            self._style = said.get("s", "")
            self._text = ""
            self._taking = self._formula = False
        elif name == self._v:
            self._taking = True
        elif name == self._row:
            self._begin_row(said)
        else:
            self._begin_rare(self._rare.get(name, ""))

    def _begin_row(self, said: dict[str, str]) -> None:
        self._end_row()
        number = int(said.get("r") or self.number + 1)
        if not self.number < number <= LAST_ROW:
            raise ValueError(number)
        self.number, self._column = number, -1
        if said.get("hidden") in ("1", "true"):
            self._faults.append(CellFault(None, FaultKind.HIDDEN))

    def _begin_rare(self, name: str) -> None:
        self._taking = name == "t" and not self._aid
        if name == "f":
            self._formula = True
        elif name == "rPh":
            self._aid = True
        elif name == "is":
            self.parser.EndElementHandler = self._end

    def _said(self, text: str) -> None:
        if self._taking:
            self._text += text
            if len(self._text) > self._limits.line:
                raise too_long(self.number, self._limits)

    def _end(self, name: str) -> None:
        """Inside of a text: what stands between its runs is no part of it."""
        self._taking = False
        rare = self._rare.get(name)
        if rare == "rPh":
            self._aid = False
        elif rare == "is":
            self.parser.EndElementHandler = None

    def _end_cell(self) -> None:
        column, cells = self._column, self._cells
        if self._kind == "s" and not self._formula and column == len(cells) < self._limits.columns:
            # Almost all cells of almost all workbooks: a shared string beside the cell before.
            cells.append(self._strings[int(self._text)])
            return
        value = self._value(column)
        if not value and not self._formula:
            return
        if column >= self._limits.columns:
            raise too_many_columns(self.number, self._limits)
        if column == len(cells):
            cells.append(value)
            return
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = value

    def _value(self, column: int) -> str:
        kind, text = self._kind, self._text.strip()
        if len(self._faults) > 2 * self._limits.columns:
            # More faults than a row has cells: the same cells again and again.
            raise damaged(f"（第 {self.number} 行附近）")
        if self._formula:
            self._faults.append(CellFault(column, FaultKind.FORMULA))
        if kind == "s":
            return self._strings[int(text)] if text else ""
        if kind == "n":
            return self._number(text, column) if text else ""
        if kind == "e":
            self._faults.append(CellFault(column, FaultKind.ERROR))
            return text
        return TRUTH[text] if kind == "b" and text else self._words(text, column)

    def _words(self, text: str, column: int) -> str:
        if "\ufffd" in text:
            self._faults.append(CellFault(column, FaultKind.GARBLED))
        return csv_in.plain(text)

    def _number(self, text: str, column: int) -> str:
        if self._style in self._dates.styles:
            day = self._dates.spoken(text)
            if day is None:
                self._faults.append(CellFault(column, FaultKind.DATE))
            return text if day is None else day
        if column in self._identifiers:
            spoken = number(text)
            digits = sum(sign.isdigit() for sign in spoken)
            self._faults.append(CellFault(column, FaultKind.DIGITS if digits > 15 else FaultKind.NUMBER))
            return spoken
        if text.isdigit() and text[0] != "0":
            return text
        found = self._numbers.get(text)
        if found is None:
            found = number(text)
            if len(self._numbers) < _CACHED:
                self._numbers[text] = found
        return found

    def _end_row(self) -> None:
        if self._text or self._formula:
            self._end_cell()
        cells, faults = self._cells, self._faults
        self._text, self._formula, self._cells, self._faults = "", False, [], []
        if any(cells) or any(fault.kind is not FaultKind.HIDDEN for fault in faults):
            self._merged.mark(self.number, faults)
            self._done.append(Row(self.number, cells, faults))


def number(text: str) -> str:
    """A number as somebody typed it: 1.38E+10 gets its digits back, 0.30000000000000004 is 0.3. Raises ValueError."""
    found = Decimal(text)
    if not found.is_finite() or abs(found.adjusted()) > 30:
        return text.strip()
    whole = found.to_integral_value()
    if found == whole:
        return f"{whole:f}"
    return f"{PRECISION.create_decimal(found).normalize(PRECISION):f}"


class _Dates:
    """Days and times by their serial numbers."""

    def __init__(self, book: Book) -> None:
        self.styles = book.dates
        self._from_1904 = book.from_1904
        self._known: dict[str, str | None] = {}

    def spoken(self, text: str) -> str | None:
        """2026-01-31, 2026-01-31 08:30:00 or 08:30:00; None for what is no day."""
        if text not in self._known:
            if len(self._known) >= _CACHED:
                self._known.clear()
            self._known[text] = self._convert(Decimal(text))
        return self._known[text]

    def _convert(self, serial: Decimal) -> str | None:
        if not serial.is_finite() or not 0 <= serial < 2_958_466:
            return None
        seconds = int((serial * 86_400).to_integral_value())
        days, rest = divmod(seconds, 86_400)
        clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
        if days == 0 and not self._from_1904:
            return clock
        try:
            day = self._day(days)
        except OverflowError:
            return None
        return f"{day:%Y-%m-%d} {clock}" if rest else f"{day:%Y-%m-%d}"

    def _day(self, days: int) -> datetime:
        if self._from_1904:
            return datetime(1904, 1, 1) + timedelta(days)  # noqa: DTZ001 - a day of a sheet has no zone
        # The first spreadsheet took 1900 for a leap year; all follow: there is a day 60 that never was.
        return datetime(1899, 12, 30 if days > 60 else 31) + timedelta(days)  # noqa: DTZ001


class _Merged:
    """Which cells of a row lie in merged ranges; rows are asked for in their order."""

    def __init__(self, ranges: Collection[Range]) -> None:
        self._coming = sorted(ranges, key=lambda one: one.top, reverse=True)
        self._open: list[Range] = []

    def mark(self, number: int, faults: list[CellFault]) -> None:
        """Add the faults of a row."""
        if not self._coming and not self._open:
            return
        while self._coming and self._coming[-1].top <= number:
            self._open.append(self._coming.pop())
        self._open = [one for one in self._open if one.bottom >= number and one.left < _MOST_COLUMNS]
        if sum(min(one.right, _MOST_COLUMNS - 1) - one.left + 1 for one in self._open) > _MOST_COLUMNS:
            # Ranges lie beside each other; those that lie on each other would multiply the faults of each row.
            raise damaged(f"（第 {number} 行附近的合并单元格互相重叠）")
        for one in self._open:
            faults.extend(
                CellFault(column, FaultKind.MERGED)
                for column in range(one.left, min(one.right, _MOST_COLUMNS - 1) + 1)
            )
