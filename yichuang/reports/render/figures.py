"""The charts of a document as figures: points lead to the cases that they count, for readers who may see them."""

from collections.abc import Callable

from yichuang.gateways.charts import Pair, Point, Series
from yichuang.gateways.documents.figures import comparison, trend
from yichuang.gateways.documents.model import Figure
from yichuang.reports.rules.charts import Chart, Line, TimeChart, Week
from yichuang.reports.rules.document import Cited


def figure_of(chart: Chart, address: Callable[[Cited], str]) -> Figure:
    """The figure of a chart. `address` gives where a week's count leads, or nothing."""
    if isinstance(chart, TimeChart):
        rows = [Pair(row.label, row.limit, row.used) for row in chart.rows]
        return comparison(chart.title, chart.unit, rows, chart.names, after=chart.after)
    series = [
        Series(
            line.name,
            tuple(Point(week.last_day, week.value, address(_cited(line, week))) for week in line.weeks),
        )
        for line in chart.lines
    ]
    return trend(chart.title, chart.unit, series, after=chart.after)


def _cited(line: Line, week: Week) -> Cited:
    code = f"week.{line.group}.{line.measure}"
    return Cited(code, line.group, line.measure, week.value, week.first_day, week.last_day)
