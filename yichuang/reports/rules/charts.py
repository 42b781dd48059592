"""Charts of an issue as values: what is drawn is frozen with the words, so the same issue shows the same lines for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Week:
    """A stretch of days and what was counted in it."""

    first_day: date
    last_day: date
    value: int


@dataclass(frozen=True, slots=True)
class Line:
    """A measure of a group over some weeks; `name` stands at the line's end."""

    name: str
    group: str
    measure: str
    weeks: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class TrendChart:
    """Lines over the same weeks. `after`: behind how many parts of the document it stands."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    after: int = 0


@dataclass(frozen=True, slots=True)
class TimeRow:
    """A department's limit and what it used on average, in the chart's unit."""

    label: str
    limit: Decimal
    used: Decimal


@dataclass(frozen=True, slots=True)
class TimeChart:
    """What was saved of the limits. `after`: behind how many parts of the document it stands."""

    title: str
    unit: str
    rows: tuple[TimeRow, ...]
    after: int = 0
    names: tuple[str, str] = ("法定时限", "平均用时")


Chart = TrendChart | TimeChart


def chart_json(chart: Chart) -> dict[str, Any]:
    """Plain values for the canonical text: days and exact decimals as words."""
    said: dict[str, Any] = {"title": chart.title, "unit": chart.unit, "after": chart.after}
    if isinstance(chart, TimeChart):
        rows = [[row.label, str(row.limit), str(row.used)] for row in chart.rows]
        return said | {"kind": "time", "names": list(chart.names), "rows": rows}
    lines = [
        {
            "name": line.name,
            "group": line.group,
            "measure": line.measure,
            "weeks": [[week.first_day, week.last_day, week.value] for week in line.weeks],
        }
        for line in chart.lines
    ]
    return said | {"kind": "trend", "lines": lines}


def chart_from_json(row: Mapping[str, Any]) -> Chart:
    """The chart that `chart_json` described."""
    if row["kind"] == "time":
        rows = tuple(TimeRow(label, Decimal(limit), Decimal(used)) for label, limit, used in row["rows"])
        allowed, used_name = row["names"]
        return TimeChart(row["title"], row["unit"], rows, row["after"], (allowed, used_name))
    lines = tuple(
        Line(line["name"], line["group"], line["measure"], tuple(_week(*each) for each in line["weeks"]))
        for line in row["lines"]
    )
    return TrendChart(row["title"], row["unit"], lines, row["after"])


def _week(first: str, last: str, value: int) -> Week:
    return Week(date.fromisoformat(first), date.fromisoformat(last), value)
