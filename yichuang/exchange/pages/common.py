"""What the pages of this room share: tabs, filters in the address, choices."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from yichuang.directory.flow import Capability
from yichuang.directory.queries import departments
from yichuang.exchange.models import System
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Problem, Refused
from yichuang.kernel.paging import Page
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text

READS = (Capability.EXCHANGE_RESOLVE, Capability.EXCHANGE_MANAGE)


def require_reader(by: Actor) -> None:
    """Whoever resolves or manages may look at how systems stand. Raises Refused."""
    if not any(map(by.can, READS)):
        raise Refused("您没有打开这个页面的权限。", how="如工作需要，请联系管理员。")


def asked(request: Request, name: str, limit: int = 100) -> str:
    """What stands behind the question mark."""
    return clean_text(request.GET.get(name, ""), limit=limit)


def address(name: str, given: Mapping[str, object], **more: object) -> str:
    """A list's address with its filters; empty ones are left out."""
    kept = {key: str(value) for key, value in {**given, **more}.items() if value}
    return f"{reverse(name)}?{urlencode(kept)}" if kept else reverse(name)


def pager_of(name: str, page: Page[Any], given: Mapping[str, object]) -> dict[str, str]:
    """The two addresses below a list."""
    return {
        "first": "" if page.is_first else address(name, given),
        "following": address(name, given, after=page.following) if page.following else "",
    }


def tabs_for(by: Actor, current: str) -> list[tuple[str, str, bool]]:
    """The views of the room that the actor may open."""
    shown = (
        ("报送情况", "exchange", any(map(by.can, READS))),
        ("报送办件", "exchange-cases", by.can(Capability.CASE_SEARCH)),
        ("批次", "exchange-batches", any(map(by.can, READS))),
        ("存疑", "exchange-doubts", by.can(Capability.EXCHANGE_RESOLVE)),
        ("系统", "exchange-systems", by.can(Capability.EXCHANGE_MANAGE)),
    )
    return [(label, reverse(name), name == current) for label, name, may in shown if may]


def department_choices() -> list[tuple[str, str]]:
    """Every active department by id."""
    return [(str(one.pk), one.short_name or one.name) for one in departments()]


def system_choices(found: list[System]) -> list[tuple[str, str]]:
    """Systems by id."""
    return [(str(one.pk), one.name) for one in found]


def show(
    request: Request, page: str, current: str, context: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    """A page of this room; with a problem, its status."""
    context |= {
        "room_tabs": tabs_for(request.by, current),
        "problem": problem,
        "errors": problem.fields if problem else {},
        "today": local_day(request.at),
        "may_resolve": request.by.can(Capability.EXCHANGE_RESOLVE),
        "may_manage": request.by.can(Capability.EXCHANGE_MANAGE),
        "may_search": request.by.can(Capability.CASE_SEARCH),
    }
    context.setdefault("given", {})
    return render(request, f"exchange/{page}.html", context, status=problem.status if problem else 200)


def every(first: Page[Any], more: Any, most: int) -> Iterator[Any]:
    """The rows of all pages of a list, at most so many; `more` reads the page behind a cursor."""
    page, told = first, 0
    while True:
        for row in page.rows:
            yield row
            told += 1
            if told >= most:
                return
        if not page.following:
            return
        page = more(page.following)
