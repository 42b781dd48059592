"""CSV into a stream: UTF-8 with its mark, never run as a formula."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from yichuang.gateways.sheets_out.model import Cell, Header, columns_of
from yichuang.kernel import csv_out


def write_csv(rows: Iterable[Sequence[Cell]], header: Header, out: BinaryIO) -> int:
    """Write the table into `out`; how many rows."""
    count = -1
    for line in csv_out.lines([one.name for one in columns_of(header)], rows):
        out.write(line.encode("utf-8", "replace"))
        count += 1
    return count
