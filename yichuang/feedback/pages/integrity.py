"""The auditor's page of signals, and the room's limits and thresholds."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods

from yichuang.directory.flow import Capability
from yichuang.feedback.commands.integrity import note_view
from yichuang.feedback.commands.limits import set_limit
from yichuang.feedback.flow.integrity import NO_VERDICT, SIGNALS
from yichuang.feedback.flow.limits import BY_LIMIT, LIMITS, OWN
from yichuang.feedback.pages.common import address, day_of, integer, period, show, tabs_of, text
from yichuang.feedback.queries.integrity import NO_WINDOW, SignalGroup, at_window, by_window, signals
from yichuang.feedback.queries.limits import limit_history, limits_on
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local, local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

KEPT = ("first", "last", "window")


@needs(Capability.INTEGRITY_READ)
@require_GET
def integrity(request: Request) -> HttpResponse:
    """The signals of a period, in all and by window; that somebody looked is a fact."""
    first, last = period(request)
    groups = signals(first, last, by=request.by)
    note_view(first, last, by=request.by, at=request.at)
    code = _window(request)
    context = {
        "groups": at_window(groups, code) if code else groups, "lines": by_window(groups), "kinds": SIGNALS,
        "first": first, "last": last, "verdict": NO_VERDICT, "window": code, "no_window": NO_WINDOW,
        "at": lambda **changes: address(request, "desk-integrity", KEPT, **changes),
        "csv": address(request, "desk-integrity-csv", KEPT), "tabs": tabs_of(request, "desk-integrity"),
    }  # fmt: skip
    return show(request, "integrity", context)


def _window(request: Request) -> str:
    return clean_text(request.GET.get("window", ""), limit=60)


@needs(Capability.INTEGRITY_READ)
@require_GET
def as_csv(request: Request) -> StreamingHttpResponse:
    """Every case behind the signals of a period, a line each; taking the file is looking, and leaves the same fact."""
    first, last = period(request)
    code = _window(request)
    groups = signals(first, last, by=request.by, shown=None)
    note_view(first, last, by=request.by, at=request.at)
    head = ["预警", "人员", "部门", "窗口", "件数", "说明", "办件编号", "事项", "时间", "越过的件"]
    return csv_response("廉政预警.csv", head, _rows(at_window(groups, code) if code else groups))


def _rows(groups: list[SignalGroup]) -> Iterator[list[object]]:
    for group in groups:
        for found in group.signals:
            for case in found.cases:
                yield [
                    group.rule.label, found.officer, found.office, "、".join(found.windows), found.count, found.words,
                    case.number, case.item_name, local(case.at).strftime("%Y-%m-%d %H:%M"), case.words,
                ]  # fmt: skip


@needs(Capability.FEEDBACK_REVIEW)
@require_http_methods(["GET", "POST"])
def limits(request: Request) -> HttpResponse:
    """Every limit as it stands, what was set before, and another one."""
    today = local_day(request.at)
    given: dict[str, Any] = {"source": OWN, "since": today.isoformat()}
    problem: Problem | None = None
    if request.method == "POST":
        given = {name: text(request, name, 200) for name in ("code", "value", "source", "since")}
        try:
            set_limit(
                given["code"], integer(request, "value"), given["source"], day_of(given["since"]), by=request.by,
                at=request.at, key=post_key(request),
            )  # fmt: skip
        except Problem as found:
            problem = found
        else:
            messages.success(request, "已设定。已经开始计算的期限不变。")
            return HttpResponseRedirect(reverse("desk-feedback-limits"))
    context = {
        "rows": list(limits_on(today).values()), "history": limit_history(by=request.by), "known": BY_LIMIT,
        "given": given, "key": client_key(), "codes": [(each.code, each.label) for each in LIMITS],
        "tabs": tabs_of(request, "desk-feedback-limits"),
    }  # fmt: skip
    return show(request, "limits", context, problem)


urlpatterns: list[URLPattern] = [
    path("desk/feedback/integrity", integrity, name="desk-integrity"),
    path("desk/feedback/integrity.csv", as_csv, name="desk-integrity-csv"),
    path("desk/feedback/limits", limits, name="desk-feedback-limits"),
]
