"""Figures for a document: a chart together with the table of its numbers and a sentence for who cannot see it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from yichuang.gateways import charts
from yichuang.gateways.documents.model import Figure

# In print, 12 px of such a chart are about 8 points.
_WIDTH, _HEIGHT = 440, 190
_MOST_ACROSS = 8


def trend(title: str, unit: str, series: Sequence[charts.Series], *, after: int = 0) -> Figure:
    """Lines over days (the last days of weeks), dashed differently, named at their ends.

    Raises ValueError for more than five lines or for lines over different days.
    """
    days = [point.day for point in series[0].points] if series else []
    if any([point.day for point in each.points] != days for each in series):
        raise ValueError("the lines of one figure have the same days")
    names = "、".join(each.name for each in series)
    span = f"（{_day(days[0])}—{_day(days[-1])}）" if days else ""
    head, rows = _table([_day(day) for day in days], unit, series)
    return Figure(
        title,
        f"折线图：{names}{span}，单位：{unit}，各点数值见表。",
        head,
        rows,
        _untitled(charts.lines(title, unit, series, width=_WIDTH, height=_HEIGHT), unit),
        after,
    )


def _table(
    days: list[str], unit: str, series: Sequence[charts.Series]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """A few days stand side by side, a line a series; many below each other, a column a series."""
    columns = [(f"{each.name}（{unit}）", *(_said(point.value) for point in each.points)) for each in series]
    if len(days) <= _MOST_ACROSS:
        return ("截至", *days), tuple(columns)
    first, *rest = zip(("截至", *days), *columns, strict=True)
    return first, tuple(rest)


def comparison(
    title: str, unit: str, rows: Sequence[charts.Pair], names: tuple[str, str], *, after: int = 0
) -> Figure:
    """Two bars a row: what is allowed and what was used. `names` are theirs, e.g. 法定时限, 平均用时.

    Raises ValueError for a label that comes twice.
    """
    return Figure(
        title,
        f"条形图：{'、'.join(row.label for row in rows)}的{names[0]}与{names[1]}，单位：{unit}，数值见表。",
        ("部门", *(f"{name}（{unit}）" for name in names), f"缩短（{unit}）"),
        tuple(
            (row.label, _said(row.allowed), _said(row.used), _said(row.allowed - row.used)) for row in rows
        ),
        _untitled(charts.pairs(title, unit, rows, names, width=_WIDTH - 60), unit),
        after,
    )


def _untitled(spec: charts.Spec, unit: str) -> charts.Spec:
    """The caption says the title; above the drawing stands the unit only."""
    return {
        **spec,
        "title": {**spec["title"], "text": f"单位：{unit}", "fontSize": 12, "fontWeight": "normal"},
    }


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _said(value: int | Decimal) -> str:
    """As in the text of a report: no thousands signs."""
    return str(value)
