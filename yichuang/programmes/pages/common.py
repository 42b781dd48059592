"""What the pages of this room share: fields of forms, periods, the tabs, choices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from yichuang.directory.queries import departments
from yichuang.kernel.errors import Conflict, Invalid, Problem
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text

TEXT_LIMIT = 20_000
# A whole number, grouped by threes or not at all.
WHOLE = re.compile(r"[0-9]+|[0-9]{1,3}(,[0-9]{3})+")


@dataclass(frozen=True, slots=True)
class Week:
    """The week (or any period) that a list is about."""

    first: date
    last: date


def text(request: Request, name: str, limit: int = TEXT_LIMIT) -> str:
    """A text field without control characters."""
    return clean_text(request.POST.get(name, ""), limit=limit)


def typed(request: Request) -> dict[str, str]:
    """All that was typed into a form, for the form that comes back with a problem."""
    return {name: text(request, name) for name in request.POST}


def asked(request: Request, name: str, limit: int = 200) -> str:
    """What stands behind the question mark, without control characters."""
    return clean_text(request.GET.get(name, ""), limit=limit)


def day(request: Request, name: str) -> date | None:
    """A day of a form, None where the field is empty. Raises Invalid for what is no day."""
    raw = request.POST.get(name, "").strip()
    if not raw:
        return None
    found = read_day(raw)
    if found is None:
        raise Invalid("日期格式有误。", fields={name: "请按 2026-05-13 的格式填写，年份在 2000 至 2099 之间"})
    return found


def read_day(raw: str) -> date | None:
    """The day of this century that a text names, or None: with others no week and no calendar could count."""
    try:
        found = date.fromisoformat(raw.strip())
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2099 else None


def number(request: Request, name: str) -> int | None:
    """A whole number of a form, None where empty. Raises Invalid for anything else."""
    raw = request.POST.get(name, "").strip()
    if not raw:
        return None
    digits = raw.replace(",", "")
    if not WHOLE.fullmatch(raw) or len(digits) > 9:
        raise Invalid("数字有误。", fields={name: "请填整数，如 100000"})
    return int(digits)


def seen(request: Request) -> int:
    """The edit that was on the screen; 0, which fits none, where it is missing."""
    raw = request.POST.get("seen", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0


def shown_edit(request: Request, edit: int, problem: Problem | None) -> int:
    """The edit that the form shown now stands on: after a conflict the newest, as its writer has been told of it."""
    return edit if problem is None or isinstance(problem, Conflict) else seen(request)


def week_of(today: date) -> Week:
    """Monday to Sunday of this week."""
    monday = today - timedelta(days=today.weekday())
    return Week(monday, monday + timedelta(days=6))


def today_of(request: Request) -> date:
    """The business day."""
    return local_day(request.at)


def address(name: str, given: Mapping[str, object], **more: object) -> str:
    """A list's address with its filters; empty ones are left out."""
    kept = {key: str(value) for key, value in {**given, **more}.items() if value}
    return f"{reverse(name)}?{urlencode(kept)}" if kept else reverse(name)


def department_choices() -> list[tuple[str, str]]:
    """Every active department by id."""
    return [(str(one.pk), one.short_name or one.name) for one in departments()]


class Blank(dict[str, Any]):
    """What stands in a form: empty where nothing was typed yet."""

    def __missing__(self, name: str) -> str:
        return ""


def show(
    request: Request, page: str, context: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    """A page of this room; with a problem, its status."""
    context["given"] = Blank(context.get("given", {}))
    context |= {
        "blank": Blank(),
        "problem": problem,
        "errors": problem.fields if problem else {},
        "today": today_of(request),
    }
    return render(request, f"programmes/{page}.html", context, status=problem.status if problem else 200)
