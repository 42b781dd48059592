"""How our own cases of a day conform to the national exchange tables: counts, and the first faults of each column."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from yichuang.directory.flow import Capability
from yichuang.exchange.queries.national import LOOKED_AT, national_report
from yichuang.exchange.rules.national import Conformance, tables, told
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
    return shown(told(found))


def shown(report: dict[str, Any]) -> dict[str, Any]:
    """A report as `rules.national.told` keeps it, in words: the most frequent fault first."""
    table = tables()[report["table"]]
    faults = sorted(report["faults"], key=lambda one: (-one["rows"], one["column"], one["kind"]))
    return {
        "name": table.name, "label": table.label.rpartition(" ")[2], "rows": report["rows"], "sound": report["sound"],
        "faults": [
            {
                "column": one["column"], "kind": KINDS[one["kind"]], "count": one["rows"],
                "meaning": table.columns[one["column"]].meaning if one["column"] in table.columns else "",
            }
            for one in faults
        ],
        "unjudged": [table.columns[name].meaning for name in report["unjudged"]],
    }  # fmt: skip


def _day(raw: str) -> date | None:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


urlpatterns: list[URLPattern] = [path("desk/exchange/national", report, name="national")]
