"""Tables of figures (cells between | or tabs): a row of measures, then a row for each type."""

import re
from collections.abc import Sequence
from dataclasses import replace

from .figures import Found
from .measures import Measured, clean_type, measure_of
from .numerals import NUMBER, amount
from .report import Figure, Period
from .scopes import Spans

_BRACKETED_UNIT = re.compile(r"[（(](?P<unit>[^（）()]{1,4})[)）]")
_TOTAL = re.compile("合计|总计|总数|小计")


def read_table(rows: Sequence[Sequence[str]], period: Period, year: int | None) -> list[Found]:
    """The figures of one table; nothing where no row names measures."""
    header = next((place for place, row in enumerate(rows) if _columns(row)), None)
    if header is None:
        return []
    columns = _columns(rows[header])
    group = " | ".join(rows[header])
    found: list[Found] = []
    for row in rows[header + 1 :]:
        for place, (measured, unit) in columns.items():
            if place < len(row):
                found.extend(_cell(row, place, measured, unit, group, Spans(period, year)))
    return found


def _columns(row: Sequence[str]) -> dict[int, tuple[Measured, str | None]]:
    columns: dict[int, tuple[Measured, str | None]] = {}
    for place, cell in enumerate(row[1:], start=1):
        printed = _BRACKETED_UNIT.search(cell)
        words = _BRACKETED_UNIT.sub("", cell)
        ratio = bool(re.search("[率比度]$", words))
        unit = printed["unit"] if printed else None
        measured = measure_of(words, "%" if ratio else unit)
        if measured is None or NUMBER.search(cell):
            return {}
        columns[place] = (measured, "%" if ratio else unit)
    return columns


def _cell(
    row: Sequence[str], place: int, measured: Measured, unit: str | None, group: str, spans: Spans
) -> list[Found]:
    match = NUMBER.fullmatch(row[place])
    value = amount(match) if match else None
    if match is None or value is None:
        return []
    spans.read(group.split(" | ")[place])
    span = spans.use()
    figure = Figure(
        scope=span.scope,
        type=row[0] if _TOTAL.search(row[0]) else clean_type(row[0]),
        measure=measured.measure,
        as_of=span.as_of,
        value=value.value,
        unit=match["unit"] or unit,
        sentence=" | ".join(row),
        scope_text=span.text,
        approximate=value.approximate,
    )
    total = bool(_TOTAL.search(row[0]))
    return [Found(figure, replace(value), sums_up=total, own_type=not total, group=group)]
