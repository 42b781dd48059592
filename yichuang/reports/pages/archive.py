"""The timeline of a figure through the issues: a table, a picture, a file; open to everybody."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from markupsafe import Markup

from yichuang.gateways import charts
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.web import Request, public
from yichuang.reports.pages.common import show
from yichuang.reports.queries.timeline import FigureKey, Known, Printed, known_figures, timeline
from yichuang.reports.rules.numbering import PROVINCIAL_CENTRE

HEAD = ("期号", "截至", "印出的数", "单位", "比上一期", "更正为", "更正见", "原文")
MOST_LINES = 5
# Between the parts of a figure's name in an address: no printed word holds it.
_MARK = "|"


@public
@require_safe
def figures(request: Request) -> HttpResponseBase:
    """One figure through the issues of a year or of all years; as CSV with ?format=csv."""
    known = known_figures()
    key = _chosen(request, known)
    asked_year = request.GET.get("year", "")
    all_rows = timeline(key) if key else []
    years = sorted({row.year for row in all_rows}, reverse=True)
    year = next((each for each in years if str(each) == asked_year), None)
    rows = [row for row in all_rows if year in (None, row.year)]
    if key and request.GET.get("format") == "csv":
        return csv_response(f"{key.name}{year or ''}.csv", HEAD, _cells(key, rows))
    return _page(request, known, key, year, years, rows)


def _page(
    request: Request,
    known: Sequence[Known],
    key: FigureKey | None,
    year: int | None,
    years: Sequence[int],
    rows: Sequence[Printed],
) -> HttpResponse:
    context: dict[str, Any] = {
        "key": key,
        "chosen": code(key) if key else "",
        "options": [(code(each.key), _label(each)) for each in known],
        "rows": rows,
        "year": year,
        "years": [
            (f"{each}年", _address(key, None if each == year else each), each == year) for each in years
        ]
        if key
        else [],
        "chart": _chart(key, rows) if key else "",
        "csv": f"{_address(key, year)}&format=csv" if key else "",
    }
    return show(request, "figures_timeline", context)


def code(key: FigureKey) -> str:
    """The figure's name in an address."""
    return _MARK.join((key.scope, key.type, key.measure, key.unit, key.issuer))


def _label(known: Known) -> str:
    key = known.key
    issuer = "" if key.issuer == PROVINCIAL_CENTRE else f"｜{key.issuer or '未署名'}"
    return f"{key.name}（{key.unit or '无单位'}，{known.issues} 期）{issuer}"


def _chosen(request: Request, known: Sequence[Known]) -> FigureKey | None:
    """The figure asked for; without a question the one that most issues print."""
    asked = request.GET.get("figure", "")
    if not asked:
        return known[0].key if known else None
    return next((each.key for each in known if code(each.key) == asked), None)


def _address(key: FigureKey | None, year: int | None) -> str:
    asked = {"figure": code(key) if key else "", "year": str(year or "")}
    return (
        f"{reverse('report-timeline')}?{urlencode({name: value for name, value in asked.items() if value})}"
    )


def _chart(key: FigureKey, rows: Sequence[Printed]) -> Markup:
    """A line a year; nothing for fewer than two days: no trend."""
    points: dict[int, dict[Any, charts.Point]] = {}
    for row in rows:
        if row.day is not None:
            href = reverse("report", args=[row.slug])
            points.setdefault(row.year, {})[row.day] = charts.Point(row.day, row.value, href)
    series = [
        charts.Series(f"{year}年", tuple(days[day] for day in sorted(days)))
        for year, days in sorted(points.items())[-MOST_LINES:]
    ]
    if sum(len(each.points) for each in series) < 2:
        return Markup()
    # Our own chart builder escapes every word and refuses scripts and styles.
    return Markup(charts.svg(charts.lines(key.name, key.unit or "无单位", series), Path(settings.FONTS_DIR)))  # noqa: S704


def _cells(key: FigureKey, rows: Sequence[Printed]) -> list[tuple[object, ...]]:
    return [
        (
            row.name, row.day.isoformat() if row.day else "", row.value, key.unit,
            "" if row.change is None else row.change,
            "；".join(each.new for each in row.corrections), "；".join(each.name for each in row.corrections),
            row.sentence,
        )
        for row in rows
    ]  # fmt: skip


urlpatterns: list[URLPattern] = [path("reports/figures", figures, name="report-timeline")]
