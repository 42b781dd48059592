"""Distributing an issue: list, copies, hand-outs, who has read it here, a sheet to sign; and one's own reminder."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from yichuang.directory.flow import Capability
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid, Problem, Refused
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local
from yichuang.kernel.web import Request, needs, post_key, posted_uuid, signed_in
from yichuang.reports.commands import distribution as commands
from yichuang.reports.models import Report
from yichuang.reports.pages.common import show, text
from yichuang.reports.queries.distribution import (
    Distributed,
    distributed_issue,
    distribution,
    subscribed_since,
    unread_issues,
)
from yichuang.reports.rules.distribution import BodyKind
from yichuang.reports.rules.form import DISTRIBUTION

HEAD = ("类", "单位", "性质", "份数", "领取人", "领取时间", "登记人", "在线阅读", "情况")


@needs(Capability.REPORT_EDIT)
@require_http_methods(["GET", "POST"])
def sheet(request: Request, report_id: UUID) -> HttpResponseBase:
    """The list of an issue; what was done to it; as CSV with ?format=csv."""
    report = distributed_issue(report_id, by=request.by)
    if request.method == "POST":
        return _acted(request, report)
    found = distribution(report, by=request.by)
    if request.GET.get("format") == "csv":
        return csv_response(f"分送名单{report.slug}.csv", HEAD, _cells(found))
    return _page(request, report, found, {})


def _acted(request: Request, report: Report) -> HttpResponse:
    """One step; with a problem the same page again with everything that was typed."""
    act = request.POST.get("act", "")
    try:
        said = _ACTS[act](request, report) if act in _ACTS else None
        if said is None:
            raise Invalid("没有这个操作。", how="请刷新页面后重试。")
    except Problem as problem:
        return _page(request, report, distribution(report, by=request.by), request.POST.dict(), problem)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("desk-report-distribution", args=[report.id]))


def _draw_up(request: Request, report: Report) -> str:
    made = commands.draw_up_distribution(report.id, by=request.by, at=request.at)
    return f"已按版记生成名单，共 {made} 个单位。" if made else "名单早已生成，没有改动。"


def _add(request: Request, report: Report) -> str:
    made = commands.add_recipient(
        report.id,
        text(request, "label", 4),
        text(request, "name", 200),
        _count(request.POST.get("copies", ""), "copies"),
        by=request.by,
        at=request.at,
        key=post_key(request),
    )
    return f"已添加「{made.name}」。"


def _allot(request: Request, report: Report) -> str:
    given = {
        id_: _count(str(value), name)
        for name, value in request.POST.dict().items()
        if name.startswith("copies-") and (id_ := parse_uuid(name.removeprefix("copies-")))
    }
    changed = commands.allot_copies(report.id, given, by=request.by, at=request.at)
    return f"已保存，{changed} 个单位的份数有变化。"


def _hand(request: Request, report: Report) -> str:
    line = posted_uuid(request, "hand")
    if line is None:
        raise Invalid("没有选择单位。", how="请在名单中点击「登记领取」。")
    row = commands.hand_out(line, text(request, f"to-{line}", 200), by=request.by, at=request.at)
    return f"已登记：{row.name}由{row.handed_to}领取 {row.copies} 份。"


def _take_back(request: Request, report: Report) -> str:
    line = posted_uuid(request, "hand")
    if line is None:
        raise Invalid("没有选择单位。", how="请在名单中点击「撤销领取」。")
    return f"已撤销「{commands.take_back_hand_out(line, by=request.by, at=request.at).name}」的领取登记。"


_ACTS = {"draw-up": _draw_up, "add": _add, "allot": _allot, "hand": _hand, "take-back": _take_back}


def _count(raw: str, name: str) -> int:
    raw = raw.strip()
    if not raw.isascii() or not raw.isdigit() or len(raw) > 6:
        raise Invalid("份数有误，没有保存。", fields={name: "请填写 0 到 9999 的整数"})
    return int(raw)


def _page(
    request: Request,
    report: Report,
    found: Distributed,
    given: dict[str, Any],
    problem: Problem | None = None,
) -> HttpResponse:
    context = {
        "report": report,
        "name": f"{report.year}年第{report.number}期",
        "found": found,
        "given": given,
        "labels": [(label, label) for label in DISTRIBUTION],
        "kind": lambda row: BodyKind(row.kind).label,
        "key": client_key(),
    }
    return show(request, "distribution", context, problem)


def _cells(found: Distributed) -> Iterable[tuple[object, ...]]:
    for row in found.rows:
        line = row.recipient
        yield (
            line.label,
            line.name,
            BodyKind(line.kind).label,
            line.copies,
            line.handed_to,
            _minute(line.handed_at),
            line.handed_by_name,
            "；".join(f"{reader.name} {_minute(reader.at)}" for reader in row.readers),
            row.state,
        )


def _minute(at: Any) -> str:
    return f"{local(at):%Y-%m-%d %H:%M}" if at else ""


@signed_in
@require_http_methods(["GET", "POST"])
def reminder(request: Request) -> HttpResponse:
    """Whether I am told at the desk of new issues, and those that I have not opened. Off until somebody asks."""
    if request.by.kind != "staff":
        raise Refused("新一期提醒是工作人员的工作台功能。", how="周报可以在公开页面阅读和下载。")
    problem: Problem | None = None
    if request.method == "POST":
        wanted = request.POST.get("wanted") == "yes"
        try:
            commands.subscribe_to_issues(wanted, by=request.by, at=request.at)
        except Problem as refused:
            problem = refused
        else:
            done = "已开启，新一期签发后会在工作台提醒您。" if wanted else "已关闭，不再提醒。"
            messages.success(request, done)
            return HttpResponseRedirect(reverse("desk-report-reminder"))
    context = {"asked": subscribed_since(request.by), "unread": unread_issues(request.by)}
    return show(request, "reminder", context, problem)


urlpatterns: list[URLPattern] = [
    path("desk/reports/reminder", reminder, name="desk-report-reminder"),
    path("desk/reports/<uuid:report_id>/distribution", sheet, name="desk-report-distribution"),
]
