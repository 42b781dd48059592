"""How our own cases of a day conform to the national exchange tables: counts, and the first faults of each column."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from yichuang.directory.flow import Capability
from yichuang.exchange.queries.national import LOOKED_AT, national_report
from yichuang.exchange.rules.national import Conformance, tables
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs

KINDS = {
    "missing": "缺必填", "long": "过长", "whole": "不是整数", "moment": "不是时间", "code": "代码不在表内", "unknown": "没有这一列",
}  # fmt: skip


@needs(Capability.EXCHANGE_MANAGE)
@require_safe
def report(request: Request) -> HttpResponse:
    """The report of a day; yesterday's where none is asked for."""
    day = _day(request.GET.get("day", "")) or local_day(request.at) - timedelta(days=1)
    found, is_whole = national_report(day, by=request.by, at=request.at)
    context: dict[str, Any] = {
        "day": day,
        "tables": [_shown(one) for one in found],
        "whole": is_whole,
        "most": LOOKED_AT,
    }
    return render(request, "exchange/national.html", context)


def _shown(found: Conformance) -> dict[str, Any]:
    table = tables()[found.table]
    return {
        "name": found.table, "label": table.label.removeprefix("政务服务事项办件信息 "), "rows": found.rows, "sound": found.sound,
        "faults": [
            {"column": name, "meaning": table.columns[name].meaning if name in table.columns else "", "kind": KINDS[kind], "count": count}
            for (name, kind), count in sorted(found.faults.items(), key=lambda one: (-one[1], one[0]))
        ],
        "unjudged": [table.columns[name].meaning for name in found.unjudged],
    }  # fmt: skip


def _day(raw: str) -> date | None:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


urlpatterns: list[URLPattern] = [path("desk/exchange/national", report, name="national")]
