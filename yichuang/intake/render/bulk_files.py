"""Files that operators of bulk filing take away: the template of an item, the faulty rows of a run to be corrected."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from yichuang.gateways.sheets_out import Column as SheetColumn
from yichuang.gateways.sheets_out import MarkedRow, write_csv, write_xlsx
from yichuang.intake.models import BulkRun
from yichuang.intake.queries.bulk_items import faulty_rows
from yichuang.intake.rules.bulk_cells import cell_of
from yichuang.intake.rules.bulk_columns import ERRORS, ORIGIN, UNREAD, Column
from yichuang.intake.rules.bulk_rows import WHOLE_ROW
from yichuang.kernel import csv_out

XLSX, CSV = "xlsx", "csv"
MEDIA = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", CSV: "text/csv; charset=utf-8",
}  # fmt: skip
ROWS_AT_ONCE = 1000
# Of so many faulty rows a workbook is made, within a second; a workbook of half a million would hold a thread of the web server for
# fifteen, and has no comments beyond these anyway.
MOST_MARKED = 20_000
Cells = Sequence[str]


def write_template(columns: Sequence[Column], kind: str, out: BinaryIO) -> None:
    """The header and one plainly fictional row; in a workbook a second sheet says what each column takes."""
    header = [SheetColumn(one.label) for one in columns]
    example = [[_example(one) for one in columns]]
    if kind == CSV:
        write_csv(example, header, out)
        return
    write_xlsx(example, header, out, name="填写", title_sheets=[("填写说明", _allowed(columns))])


def _example(column: Column) -> str:
    field = column.field
    if field is None or not field.choices:
        return column.example
    if field.every:
        return "全部"
    # A question that only some are asked stays open in the example.
    return "" if field.only_if else cell_of(field, field.choices[-1].value)


def _allowed(columns: Sequence[Column]) -> list[list[str]]:
    told = [["列名", "必填", "可以填写", "说明"]]
    for one in columns:
        choices = "；".join(choice.label for choice in one.field.choices) if one.field else ""
        told.append([one.label, "必填" if one.required else "按情形", choices or _form_of(one), one.help])
    return told


def _form_of(column: Column) -> str:
    kind = str(column.field.kind) if column.field else ""
    return {
        "date": "日期，如 2026-01-31 或 2026年1月31日", "integer": "整数", "decimal": "数字", "region": "区划名称或者12位代码",
        "multi": "多项之间用“；”隔开", "resident_id": "18位，设为文本", "credit_code": "18位，设为文本", "phone": "电话，设为文本",
    }.get(kind, "文字")  # fmt: skip


def write_faults(run: BulkRun, out: BinaryIO) -> int:
    """The faulty rows as a workbook: their own columns, the faulty cells marked, and what is wrong in a column of its own; how many.

    Corrected, the file can be uploaded as it is. The rows are read as they are written.
    """
    header = [SheetColumn(name) for name in _heading(run)]
    header[-1] = SheetColumn(ERRORS, width=60)
    return write_xlsx(_marked(run), header, out, name="需要改正")


def fault_lines(run: BulkRun) -> Iterator[bytes]:
    """The same as CSV, a line at a time: however many there are, the first goes out at once and none is held."""
    for line in csv_out.lines(_heading(run), (row.cells for row in _marked(run))):
        yield line.encode("utf-8", "replace")


def _places(run: BulkRun) -> list[int]:
    return [index for index, name in enumerate(run.header) if name not in UNREAD]


def _heading(run: BulkRun) -> list[str]:
    return [*(run.header[index] for index in _places(run)), ORIGIN, ERRORS]


def _marked(run: BulkRun) -> Iterator[MarkedRow]:
    places, after = _places(run), 0
    while rows := faulty_rows(run.pk, after, ROWS_AT_ONCE):
        for number, cells, faults in rows:
            yield _row(number, cells, faults, run.header, places)
        after = rows[-1][0]


def _row(
    number: int, cells: Cells, faults: dict[str, str], header: Cells, places: Sequence[int]
) -> MarkedRow:
    kept: list[str] = [cells[index] if index < len(cells) else "" for index in places]
    marks = {place: faults[str(index)] for place, index in enumerate(places) if str(index) in faults}
    words = [faults[WHOLE_ROW]] if WHOLE_ROW in faults else []
    words += [
        f"【{header[index]}】{faults[str(index)]}" for index in range(len(header)) if str(index) in faults
    ]
    beyond = [words_ for place, words_ in faults.items() if place.isdigit() and int(place) >= len(header)]
    return MarkedRow([*kept, str(number), "".join([*words, *beyond])], marks)
