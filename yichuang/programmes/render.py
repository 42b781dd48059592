"""Charts of campaigns: what has been filed day by day, as a picture whose numbers also stand in a table."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from django.conf import settings
from markupsafe import Markup

from yichuang.gateways import charts
from yichuang.programmes.rules.campaigns import DayCount

MOST_POINTS = 60


def progress_chart(
    days: Sequence[DayCount], milestones: Sequence[charts.Point], title: str, unit: str, *, width: int = 560
) -> Markup:
    """Filed so far against the plan, as inline SVG; empty for fewer than two days: no trend."""
    if len(days) < 2:
        return Markup()
    step = -(-len(days) // MOST_POINTS)
    kept = [*days[:-1:step], days[-1]]
    series = [charts.Series("已申报", tuple(charts.Point(day.day, day.total) for day in kept))]
    if milestones:
        series.append(charts.Series("目标进度", tuple(milestones)))
    # The picture is made by our own chart builder, which escapes every word and refuses scripts and styles.
    return Markup(charts.svg(charts.lines(title, unit, series, width=width), Path(settings.FONTS_DIR)))  # noqa: S704


def plan_points(points: Sequence[tuple[date, int]]) -> list[charts.Point]:
    """The plan's days and numbers as points of a line."""
    return [charts.Point(day, count) for day, count in points]
