"""Charts of figures: what happened day by day, as a picture whose numbers also stand in a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from markupsafe import Markup

from yichuang.gateways import charts
from yichuang.workdays.rules import Calendar

MEASURES = (("accepted", "受理"), ("concluded", "办结"))


@dataclass(frozen=True, slots=True)
class TrendDay:
    """What one day had: rest days on which nothing happened are left out of a trend."""

    day: date
    received: int
    accepted: int
    concluded: int


def trend_days(
    found: Iterable[tuple[date, str, int]], *, first_day: date, last_day: date, calendar: Calendar
) -> list[TrendDay]:
    """Every working day of a period, zero where nothing happened, and the rest days on which something did."""
    counted = {(day, measure): count for day, measure, count in found}
    active = {day for day, _ in counted}
    span = [first_day + timedelta(days=step) for step in range((last_day - first_day).days + 1)]
    return [
        TrendDay(
            day,
            counted.get((day, "received"), 0),
            counted.get((day, "accepted"), 0),
            counted.get((day, "concluded"), 0),
        )
        for day in span
        if day in active or calendar.is_workday(day)
    ]


def trend_chart(days: Sequence[TrendDay], title: str, *, width: int = 560) -> Markup:
    """Accepted and concluded by day as inline SVG, `width` in CSS pixels; empty for fewer than two days: no trend."""
    if len(days) < 2:
        return Markup()
    series = [
        charts.Series(label, tuple(charts.Point(day.day, getattr(day, measure)) for day in days))
        for measure, label in MEASURES
    ]
    # The picture is made by our own chart builder, which escapes every word and refuses scripts and styles.
    return Markup(charts.svg(charts.lines(title, "件", series, width=width), Path(settings.FONTS_DIR)))  # noqa: S704
