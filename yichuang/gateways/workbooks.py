"""Tables as an XLSX workbook: text stays text (no formula can come out of a cell), numbers stay exact numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from yichuang.gateways.documents.model import clean
from yichuang.gateways.late import Late

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = Late("xlsxwriter")


Cell = str | int | Decimal | date | None
_WIDEST, _NARROWEST = 48, 8
_SHEET_NAME = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its name, a line that says what it is and as of when, the head, the rows."""

    name: str
    words: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The workbook's bytes. Printed in landscape on A4, one page wide, its head on every page."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    whole = book.add_format({"num_format": "#,##0"})
    for each in sheets:
        page = book.add_worksheet(clean(each.name).translate(_FORBIDDEN)[:_SHEET_NAME])
        page.write_string(0, 0, clean(each.words))
        widths = [_width(name) for name in each.head]
        for column, name in enumerate(each.head):
            page.write_string(1, column, clean(name), bold)
        for place, row in enumerate(each.rows, start=2):
            for column, value in enumerate(row):
                _write(page, place, column, value, day, whole)
                widths[column] = max(widths[column], _width(value))
        for column, width in enumerate(widths):
            page.set_column(column, column, min(max(width, _NARROWEST), _WIDEST))
        page.freeze_panes(2, 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(1)
    book.close()
    return out.getvalue()


def _write(
    page: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: Cell, day: object, whole: object
) -> None:
    if value is None:
        page.write_blank(row, column, None)
    elif isinstance(value, int):
        page.write_number(row, column, value, whole)
    elif isinstance(value, Decimal):
        places = max(0, -int(value.as_tuple().exponent))
        page.write_number(row, column, value, None if places else whole)
    elif isinstance(value, date):
        page.write_datetime(row, column, value, day)
    else:
        page.write_string(row, column, clean(value))


def _width(value: object) -> int:
    """Columns that a value takes: a Chinese character takes two."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in str(value if value is not None else "")) + 2
