"""What the pages of the room share: fields of forms, the period asked for, rendering with a problem."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from yichuang.directory.flow import Capability
from yichuang.feedback.flow.ratings import RATING_READERS
from yichuang.kernel.errors import Problem
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text
from yichuang.workdays.queries import calendar

PERIOD_DAYS = 30


@dataclass(frozen=True, slots=True)
class Owed:
    """Working days left until something is owed, and whether its last day has passed (rest days count here too)."""

    left: int
    late: bool


def owed(due: date, today: date) -> Owed:
    """What a light shows of a day by which something is owed."""
    return Owed(calendar().between(today, due), due < today)


def text(request: HttpRequest, name: str, limit: int = 4000) -> str:
    """A posted text field without control characters."""
    return clean_text(request.POST.get(name, ""), limit=limit)


def integer(request: HttpRequest, name: str) -> int | None:
    """A posted whole number of at most nine digits; None for everything else."""
    return number(request.POST.get(name, ""))


def number(raw: str) -> int | None:
    """A whole number of at most nine digits; None for everything else."""
    raw = raw.strip()
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None


def day_of(raw: str) -> date | None:
    """A day as ISO text; None for what is no day."""
    try:
        return date.fromisoformat(raw.strip())
    except ValueError:
        return None


def period(request: Request) -> tuple[date, date]:
    """The days asked for, both counted; else the last thirty. A first day after the last is read as the last."""
    today = local_day(request.at)
    last = day_of(request.GET.get("last", "")) or today
    earlier = last - timedelta(days=PERIOD_DAYS - 1) if last.year > 1 else last
    return min(day_of(request.GET.get("first", "")) or earlier, last), last


def address(request: Request, name: str, kept: tuple[str, ...], **changes: str) -> str:
    """An address of a list with what is asked for now, changed in some places."""
    query = {each: clean_text(request.GET.get(each, ""), limit=60) for each in kept} | changes
    asked = urlencode({each: value for each, value in query.items() if value})
    return f"{reverse(name)}?{asked}" if asked else reverse(name)


def exporting(request: Request, name: str, kept: tuple[str, ...]) -> str:
    """Where a list is exported as a job, with what is asked for now."""
    first, last = period(request)
    query = {each: clean_text(request.GET.get(each, ""), limit=60) for each in kept}
    query |= {"list": name, "first": first.isoformat(), "last": last.isoformat()}
    return "/desk/exports/new?" + urlencode({each: value for each, value in query.items() if value})


def tabs_of(request: Request, current: str) -> list[tuple[str, str, bool]]:
    """The room's pages for whoever asks, as the macro `tabs` draws them."""
    by = request.by
    shown = (
        ("好差评", "desk-ratings", any(by.can(each) for each in RATING_READERS)),
        ("投诉建议", "desk-complaints", by.can(Capability.FEEDBACK_HANDLE) or by.can(Capability.FEEDBACK_REVIEW)),
        ("请群众评价", "desk-rating-counter", by.can(Capability.WINDOW_ACT)),
        ("廉政预警", "desk-integrity", by.can(Capability.INTEGRITY_READ)),
        ("期限和阈值", "desk-feedback-limits", by.can(Capability.FEEDBACK_REVIEW)),
    )  # fmt: skip
    return [(label, reverse(name), name == current) for label, name, may in shown if may]


def show(
    request: Request, page: str, context: dict[str, Any], problem: Problem | None = None, status: int = 200
) -> HttpResponse:
    """A page of this room; with a problem, its status."""
    context |= {"problem": problem, "errors": problem.fields if problem else {}}
    return render(request, f"feedback/{page}.html", context, status=problem.status if problem else status)
