"""Whether figures can be trusted: what came late and moved a day, and the recounts from the facts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yichuang.cases.pages.blocks import every_row
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs
from yichuang.statistics.flow import GROUPS, group_of
from yichuang.statistics.pages.period import period, valid_period
from yichuang.statistics.queries.late import Moved, late, late_total
from yichuang.statistics.queries.recount import rebuilds, recounts

SIZE, CSV_SIZE = 50, 1000
DEFAULT_DAYS = 28
HEAD = ("补计日期", "业务日期", "部门", "类别", "统计项", "来源", "变动（件）", "记录数")
EXTENSION = "地方扩展类型"


def _default(request: Request) -> dict[str, Any]:
    today = local_day(request.at)
    return {"today": today, "default": (today - timedelta(days=DEFAULT_DAYS - 1), today)}


@needs(Capability.FIGURES_READ)
@require_safe
def came_late(request: Request) -> HttpResponse:
    """Days that moved after they had passed, by when they did: what a figure that was read before does not hold."""
    asked = period(request.GET, **_default(request))
    page = late(asked.first, asked.last, after=request.GET.get("after", ""), size=SIZE)
    facts, days = late_total(asked.first, asked.last)
    context = {
        "period": asked,
        "given": request.GET if asked.wrong else asked.query,
        "head": [*HEAD[:6], *({"label": label, "num": True} for label in HEAD[6:])],
        "rows": list(_rows(page.rows)),
        "facts": facts,
        "days": days,
        "previous": "" if page.is_first else f"?{urlencode(asked.query)}",
        "following": f"?{urlencode({**asked.query, 'after': page.following})}" if page.following else "",
        "csv": f"/desk/figures/late.csv?{urlencode(asked.query)}",
    }
    return render(request, "statistics/late.html", context, status=422 if asked.wrong else 200)


def _rows(found: Any) -> Iterator[dict[str, Any]]:
    names = department_names()
    for one in found:
        assert isinstance(one, Moved)
        yield {
            "drained_on": one.drained_on,
            "day": one.day,
            "department": names.get(one.department_id, "（已撤销的部门）"),
            "group": GROUPS.get(group_of(one.item_type) or "", EXTENSION),
            "measure": one.measure,
            "source": one.source,
            "count": one.count,
            "facts": one.facts,
        }


@needs(Capability.FIGURES_READ)
@require_safe
def came_late_csv(request: Request) -> HttpResponseBase:
    """The whole trace of a period as CSV. Raises Invalid for a wrong period."""
    asked = valid_period(request.GET, **_default(request))
    found = every_row(request, lambda after: late(asked.first, asked.last, after=after, size=CSV_SIZE))
    rows = (tuple(row.values()) for row in _rows(found))
    return csv_response(f"迟到补计-{asked.first}-{asked.last}.csv", HEAD, rows)


@needs(Capability.FIGURES_READ)
@require_safe
def recounted(request: Request) -> HttpResponse:
    """The recounts and rebuildings, newest first: whether every figure is what its facts say."""
    found = recounts()
    context = {"rows": found, "newest": found[0] if found else None, "rebuilds": rebuilds()}
    return render(request, "statistics/recounts.html", context)
