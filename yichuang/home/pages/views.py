"""The view log for auditors: who looked at which case or person, when, and why."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from yichuang.cases.queries import by_number
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.journal.commands import ViewKind
from yichuang.journal.queries import ViewFilter, ViewRow, view_export, views
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.times import local, local_day
from yichuang.kernel.web import Request, clean_text, needs

KIND_LABELS = {
    ViewKind.CASE: "打开办件",
    ViewKind.FILE: "查看材料、文书",
    ViewKind.SEARCH: "按证件号码查询",
    ViewKind.REVEAL: "查看完整信息",
    ViewKind.EXPORT: "导出清单",
}
CSV_HEAD = ("时间", "查看人", "部门", "岗位", "方式", "办件或证件", "内容", "理由", "网络地址")


def _asked(request: Request) -> dict[str, str]:
    """The filters of the address; unknown values are no filter."""
    given = {
        name: clean_text(request.GET.get(name, ""), limit=100) for name in ("viewer", "case", "first", "last")
    }
    kind = request.GET.get("kind", "")
    given["kind"] = kind if kind in set(ViewKind) else ""
    for name in ("first", "last"):
        given[name] = str(_day(given[name]) or "")
    return {name: value for name, value in given.items() if value}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _filter(asked: dict[str, str]) -> ViewFilter:
    case = asked.get("case", "")
    # A number that no case has finds nothing, as any other that does not fit.
    subject = (by_number(case) or UUID(int=0)) if case else None
    return ViewFilter(
        asked.get("viewer", ""), subject, asked.get("kind", ""), _day(asked.get("first", "")),
        _day(asked.get("last", "")),
    )  # fmt: skip


@needs(Capability.VIEWS_READ)
@require_safe
def listing(request: Request) -> HttpResponse:
    """The log by person, case, sort and days, the newest first."""
    asked = _asked(request)
    page = views(
        _filter(asked), by=request.by, capability=Capability.VIEWS_READ, after=request.GET.get("after", "")
    )
    names = department_names()
    context: dict[str, Any] = {
        "rows": [_line(row, names) for row in page.rows],
        "asked": asked,
        "kinds": [("", "全部"), *((str(kind), label) for kind, label in KIND_LABELS.items())],
        "csv": f"/desk/views.csv?{urlencode(asked)}",
        "previous": "" if page.is_first else f"?{urlencode(asked)}",
        "following": f"?{urlencode({**asked, 'after': page.following})}" if page.following else "",
    }
    return render(request, "home/views.html", context)


def _line(row: ViewRow, names: dict[Any, str]) -> dict[str, Any]:
    return {
        "row": row,
        "kind": KIND_LABELS[ViewKind(row.kind)],
        "department": names.get(row.department_id, ""),
        "what": row.fields or row.detail,
        "case": row.kind not in (ViewKind.SEARCH, ViewKind.EXPORT),
    }


@needs(Capability.VIEWS_READ)
@require_safe
def listing_csv(request: Request) -> HttpResponseBase:
    """Every line of the filter."""
    found = view_export(_filter(_asked(request)), by=request.by, capability=Capability.VIEWS_READ)
    return csv_response(f"查阅记录-{local_day(request.at)}.csv", CSV_HEAD, _csv(found, department_names()))


def _csv(found: Iterator[ViewRow], names: dict[Any, str]) -> Iterator[tuple[object, ...]]:
    for row in found:
        yield (
            local(row.at).isoformat(" ", "seconds"), row.viewer_name, names.get(row.department_id, ""), row.post,
            KIND_LABELS[ViewKind(row.kind)], row.label, row.fields or row.detail, row.reason, row.address,
        )  # fmt: skip


urlpatterns: list[URLPattern] = [
    path("desk/views", listing, name="views"),
    path("desk/views.csv", listing_csv, name="views-csv"),
]
