"""The public start page: one search field, two doors, the most used matters, three figures, the latest report."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yichuang.catalogue import queries as catalogue
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, public
from yichuang.reports import queries as reports
from yichuang.statistics.queries import cells, window_year_to_date


@public
@require_GET
def start(request: Request) -> HttpResponse:
    """Where everybody begins."""
    today = local_day(request.at)
    monday = today - timedelta(days=today.weekday())
    values = cells(first_day=monday, last_day=today).counted().values()
    context = {
        "most_used": catalogue.most_used(limit=8),
        "values": values,
        "monday": monday,
        "latest": reports.latest(),
        "window": window_year_to_date(today),
        "year": today.year,
    }
    return render(request, "home/start.html", context)
