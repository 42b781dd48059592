"""The clock of a demonstration: what it shows, and moving it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.times import SHANGHAI
from yichuang.kernel.web import Request, needs
from yichuang.workdays.commands import move_clock
from yichuang.workdays.queries import now, real_now


@needs(Capability.CLOCK_MOVE)
@require_safe
def clock(request: Request) -> HttpResponse:
    """Business time beside real time, and the form."""
    return _page(request)


def _page(request: Request, problem: Problem | None = None) -> HttpResponse:
    real = real_now()
    difference = request.at - real
    context: dict[str, Any] = {
        "at": request.at,
        "real": real,
        "days": abs(difference).days,
        "ahead": difference.total_seconds() > 0,
        "moved": abs(difference).total_seconds() >= 60,
        "demo": settings.DEMO_CLOCK,
        "given": request.POST if problem else {},
        "problem": problem,
    }
    return render(request, "home/clock.html", context, status=problem.status if problem else 200)


@needs(Capability.CLOCK_MOVE)
@require_POST
def move(request: Request) -> HttpResponse:
    """Let the clock show what was asked for, or real time again."""
    try:
        to = None if request.POST.get("back") else _asked(request)
        move_clock(to, request.at, request.by)
    except Problem as problem:
        return _page(request, problem)
    shown = to or now()
    messages.success(request, f"业务时钟现在是 {shown.year}年{shown.month}月{shown.day}日 {shown:%H:%M}。")
    return HttpResponseRedirect("/desk/clock")


def _asked(request: Request) -> datetime:
    day, time = request.POST.get("day", "").strip(), request.POST.get("time", "").strip()
    wrong: dict[str, str] = {}
    for name, text, pattern, example in (
        ("day", day, "%Y-%m-%d", "2026-11-23"),
        ("time", time, "%H:%M", "09:00"),
    ):
        try:
            datetime.strptime(text, pattern)  # noqa: DTZ007 - only whether it can be read
        except ValueError:
            wrong[name] = f"请按 {example} 的格式填写"
    if wrong:
        raise Invalid("时间不可读，请先改正。", fields=wrong)
    return datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


urlpatterns: list[URLPattern] = [
    path("desk/clock", clock, name="clock"),
    path("desk/clock/move", move, name="clock-move"),
]
