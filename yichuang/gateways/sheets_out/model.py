"""What a writer of tables is given: columns with their sort, cells, rows with marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Sort(StrEnum):
    """What a column holds. Identifiers are text: a spreadsheet keeps 15 digits of a number and no leading zero."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"


Cell = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its sort, its width in the signs of a spreadsheet (0: made from the name)."""

    name: str
    sort: Sort = Sort.TEXT
    width: int = 0


Header = Sequence[str | Column]


class MarkedRow(NamedTuple):
    """A row of which some cells are marked: filled with colour, with a message as a comment, by column from 0."""

    cells: Sequence[Cell]
    marks: Mapping[int, str]


def columns_of(header: Header) -> tuple[Column, ...]:
    """The columns of a header; a bare name is a column of text."""
    return tuple(Column(one) if isinstance(one, str) else one for one in header)


def width_of(column: Column) -> int:
    """How wide the column is drawn: a Chinese character takes two signs."""
    named = sum(2 if ord(sign) > 0x2E7F else 1 for sign in column.name) + 2
    return column.width or min(max(named, 12), 48)
