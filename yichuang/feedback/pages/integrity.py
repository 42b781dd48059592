"""The auditor's page of signals, and the room's limits and thresholds."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods

from yichuang.directory.flow import Capability
from yichuang.feedback.commands.integrity import note_view
from yichuang.feedback.commands.limits import set_limit
from yichuang.feedback.flow.integrity import NO_VERDICT
from yichuang.feedback.flow.limits import BY_LIMIT, LIMITS, OWN
from yichuang.feedback.pages.common import day_of, integer, period, show, tabs_of, text
from yichuang.feedback.queries.integrity import signals
from yichuang.feedback.queries.limits import limit_history, limits_on
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, post_key


@needs(Capability.INTEGRITY_READ)
@require_GET
def integrity(request: Request) -> HttpResponse:
    """The signals of a period; that somebody looked is a fact."""
    first, last = period(request)
    groups = signals(first, last, by=request.by)
    note_view(first, last, by=request.by, at=request.at)
    context = {
        "groups": groups, "first": first, "last": last, "verdict": NO_VERDICT,
        "tabs": tabs_of(request, "desk-integrity"),
    }  # fmt: skip
    return show(request, "integrity", context)


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
    path("desk/feedback/limits", limits, name="desk-feedback-limits"),
]
