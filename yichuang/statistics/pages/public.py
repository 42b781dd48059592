"""Figures for everybody: this week and the year to date by the three groups, with what each number means."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yichuang.journal.queries import head, waiting
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, public
from yichuang.statistics import queries
from yichuang.statistics.flow import (
    BY_CODE,
    GROUPS,
    LABELS_OF_GROUPS,
    MANUAL_MEASURES,
    MEASURES,
    REPORTED_OPEN,
    SCOPE_LABELS,
    WINDOW,
    WINDOW_MEASURES,
    Form,
    Measure,
    Scope,
    measure_of,
)
from yichuang.statistics.pages import tables
from yichuang.statistics.pages.period import this_week
from yichuang.statistics.queries import Figure
from yichuang.statistics.render.trend import trend_chart, trend_days
from yichuang.workdays.queries import calendar

COLUMNS = ("accepted", "concluded", "early_share", "on_time_share", "mean_days", "mean_limit")
TREND_DAYS = 28
PHONE_WIDTH = 320
# A cell that begins with a percent sign would be disarmed with an apostrophe.
CSV_UNITS = {"%": "百分比"}
CSV_HEAD = ("范围", "起", "止", "类别", "统计项", "数值", "单位", "口径")


@public
@require_safe
def figures(request: Request) -> HttpResponse:
    """This week and the year to date, the trend of four weeks, and one sentence of definition for each column."""
    today = local_day(request.at)
    first = today - timedelta(days=TREND_DAYS - 1)
    found = _figures(today)
    days = trend_days(
        queries.trend(first_day=first, last_day=today), first_day=first, last_day=today, calendar=calendar()
    )
    context: dict[str, Any] = {
        "at": request.at,
        "week": this_week(today),
        "year": today.year,
        "head": tables.head("类别", COLUMNS),
        "weekly": _rows(found, Scope.WEEK),
        "yearly": _rows(found, Scope.YEAR_TO_DATE),
        "definitions": [BY_CODE[code] for code in COLUMNS],
        "window_head": tables.window_head("期间"),
        "window_rows": _window(found),
        "window_definitions": WINDOW_MEASURES,
        "sources": queries.sources(today),
        "seal": head(),
        "waiting": waiting(),
        "days": days,
        "chart": trend_chart(days, "近四周每日受理、办结", width=PHONE_WIDTH),
    }
    return render(request, "statistics/figures.html", context)


def _figures(today: date) -> list[Figure]:
    first, last = this_week(today)
    found = queries.report_figures(first_day=first, last_day=last)
    return [figure for figure in found if figure.department is None]


def _rows(found: list[Figure], scope: Scope) -> list[list[Any]]:
    values = {(figure.group, figure.measure): figure.value for figure in found if figure.scope == scope}
    return [
        tables.Row(label, {code: values[group, code] for code in COLUMNS}).cells(COLUMNS, None)
        for group, label in GROUPS.items()
    ]


def _window(found: list[Figure]) -> list[list[Any]]:
    values = {(figure.scope, figure.measure): figure.value for figure in found if figure.group == WINDOW}
    return [
        [label, *(values[scope, measure.code] for measure in WINDOW_MEASURES)]
        for scope, label in ((Scope.WEEK, "本周"), (Scope.YEAR_TO_DATE, "今年以来"))
    ]


@public
@require_safe
def figures_csv(request: Request) -> HttpResponseBase:
    """Every measure of both tables as CSV."""
    today = local_day(request.at)
    return csv_response(f"统计数据-{today}.csv", CSV_HEAD, _csv_rows(_figures(today)))


def _csv_rows(found: list[Figure]) -> Iterator[tuple[object, ...]]:
    for figure in found:
        measure = measure_of(figure.group, figure.measure)
        yield (
            SCOPE_LABELS[Scope(figure.scope)], figure.first_day, figure.last_day, LABELS_OF_GROUPS[figure.group], measure.label,
            figure.value, CSV_UNITS.get(measure.unit, measure.unit), measure.formula,
        )  # fmt: skip


@public
@require_safe
def definitions(request: Request) -> HttpResponse:
    """The table of measures: name, formula, what the period filters, unit."""
    rows = [_defined(measure) for measure in MEASURES]
    more = [
        ("部门系统上报的件", [_defined(REPORTED_OPEN)]),
        ("省本级综窗", [_defined(measure) for measure in WINDOW_MEASURES]),
        ("受理手册", [_defined(measure) for measure in MANUAL_MEASURES]),
    ]
    forms = {form: [measure for measure in MEASURES if measure.form == form] for form in Form}
    return render(
        request, "statistics/definitions.html", {"rows": rows, "more": more, "forms": forms, "groups": GROUPS}
    )


def _defined(measure: Measure) -> tuple[str, str, str, str]:
    return (measure.label, measure.formula, measure.period, measure.unit)
