"""The charts of an issue: counted from daily figures, frozen with the words."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from yichuang.directory.queries import department_names
from yichuang.reports.rules.charts import Chart, Line, TimeChart, TimeRow, TrendChart, Week
from yichuang.reports.rules.form import CHARTS, FormSpec
from yichuang.statistics import queries as statistics
from yichuang.statistics.queries import Cells

WEEKS = 13
MOST_DEPARTMENTS = 12
SERIES = (("accepted", "受理"), ("concluded", "办结"))


def charts_for(
    form: FormSpec, first: date, last: date, *, sealed_only: bool = False, period: Cells | None = None
) -> tuple[Chart, ...]:
    """The charts that a form asks for; one that would have nothing to show is left out.

    `period`: the cells of these very days where the caller has read them already.
    """

    def read() -> Cells:
        if period is not None:
            return period
        return statistics.cells(first_day=first, last_day=last, sealed_only=sealed_only)

    makers: dict[str, Callable[[], Chart | None]] = {
        "trend": lambda: _trend(last, sealed_only),
        "time": lambda: _time(read()),
    }
    found = [makers[name]() for name in form.charts]
    return tuple(chart for chart in found if chart is not None)


def _trend(last: date, sealed_only: bool) -> TrendChart | None:
    """A quarter of weeks up to the last day; weeks begin on Monday, the last one ends with the period."""
    monday = last - timedelta(days=last.weekday())
    start = monday - timedelta(weeks=WEEKS - 1)
    counted: dict[tuple[date, str], int] = {}
    for day, measure, count in statistics.trend(first_day=start, last_day=last, sealed_only=sealed_only):
        key = (day - timedelta(days=day.weekday()), measure)
        counted[key] = counted.get(key, 0) + count
    if not counted:
        return None
    days = [start + timedelta(weeks=step) for step in range(WEEKS)]
    lines = tuple(
        Line(
            name,
            "",
            measure,
            tuple(Week(d, min(d + timedelta(days=6), last), counted.get((d, measure), 0)) for d in days),
        )
        for measure, name in SERIES
    )
    return TrendChart(CHARTS["trend"], "件", lines)


def _time(period: Cells) -> TimeChart | None:
    """Mean statutory limit and mean days used of every department that concluded something, most concluded first."""
    cells = period.counted()
    names = department_names()
    found = []
    for body in cells.departments():
        values = cells.values(department=body)
        limit, used = values["mean_limit"], values["mean_days"]
        if limit is not None and used is not None:
            row = TimeRow(names.get(body, ""), Decimal(limit), Decimal(used))
            found.append((-int(values["concluded"] or 0), row.label, row))
    rows = tuple(row for *_, row in sorted(found, key=lambda each: each[:2])[:MOST_DEPARTMENTS])
    return TimeChart(CHARTS["time"], "工作日", rows) if rows else None
