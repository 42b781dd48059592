"""Tables from outside, of any length: CSV or XLSX judged by content, read as a stream in constant memory.

with open_sheet(path, name="名单.xlsx") as sheet:
    sheet.header                                   # ["姓名", "证件号码", …]
    for row in sheet.rows(identifiers={1}):        # row.number, row.cells, row.faults
        …
"""

from yichuang.gateways.sheets_in.model import (
    MEGABYTE,
    CellFault,
    FaultKind,
    Limits,
    Row,
    column_name,
)
from yichuang.gateways.sheets_in.sheet import Sheet, open_sheet

__all__ = ["MEGABYTE", "CellFault", "FaultKind", "Limits", "Row", "Sheet", "column_name", "open_sheet"]
