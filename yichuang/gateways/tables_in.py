"""The cells of a short uploaded table that is looked at as a whole: the streamed reader with small limits."""

import io

from yichuang.gateways.sheets_in import MEGABYTE, Limits, open_sheet

ACCEPT = ".csv,.xlsx"
MOST_ROWS = 5_000
MOST_COLUMNS = 100
LIMITS = Limits(
    size=5 * MEGABYTE,
    unpacked=20 * MEGABYTE,
    ratio=100,
    rows=MOST_ROWS,
    columns=MOST_COLUMNS,
    strings=500_000,
)

Row = tuple[int, list[str]]


def rows_of(data: bytes, name: str) -> list[Row]:
    """The rows that hold something, each with its number in the file; of a workbook the first sheet that is to be seen.

    What a cell shows counts, were it computed by a formula. Raises Invalid with the reason for what is no table of these
    kinds, is damaged, swells or is too long.
    """
    with open_sheet(io.BytesIO(data), name=name, limits=LIMITS) as sheet:
        return [(row.number, row.cells) for row in sheet.every_row() if any(row.cells)]
