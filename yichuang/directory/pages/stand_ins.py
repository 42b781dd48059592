"""Leave: the register of stand-ins, arranging one, ending one early."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.directory import commands, queries
from yichuang.directory.flow import LABELS, Capability
from yichuang.directory.models import Account, StandIn
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key, posted_uuid

CSV_HEAD = ("部门", "请假人", "代理人", "开始", "结束", "提前结束", "代理的权限", "事由", "安排人")


def _asked(request: Request) -> tuple[queries.StandInFilter, dict[str, str]]:
    text = clean_text(request.GET.get("q", ""), limit=100)
    every = request.GET.get("all") == "1"
    given = {name: value for name, value in (("q", text), ("all", "1" if every else "")) if value}
    return queries.StandInFilter(text, None if every else local_day(request.at)), given


@needs(Capability.STAND_IN_ARRANGE)
@require_safe
def listing(request: Request) -> HttpResponse:
    """Arrangements that run or are to come; all of them on request."""
    filters, given = _asked(request)
    page = queries.stand_ins(filters, by=request.by, after=request.GET.get("after", ""))
    toggled = {name: value for name, value in given.items() if name != "all"} | (
        {} if "all" in given else {"all": "1"}
    )
    context: dict[str, Any] = {
        "rows": [_line(row, local_day(request.at)) for row in page.rows],
        "q": filters.text,
        "chips": [("含已结束", f"?{urlencode(toggled)}", "all" in given)],
        "csv": f"/desk/stand-ins.csv?{urlencode(given)}",
        "previous": "" if page.is_first else f"?{urlencode(given)}",
        "following": f"?{urlencode({**given, 'after': page.following})}" if page.following else "",
    }
    return render(request, "directory/stand_ins.html", context)


def _line(row: StandIn, today: date) -> dict[str, Any]:
    over = row.last_day < today or (row.ended_on is not None and row.ended_on <= today)
    state = (
        ("已结束", "plain")
        if over
        else ("代理中", "good")
        if row.first_day <= today
        else ("未开始", "action")
    )
    return {
        "row": row,
        "department": row.absent.post.department.short_name if row.absent.post else "",
        "state": state,
        "over": over,
        "rights": _spoken(row),
    }


def _spoken(row: StandIn) -> str:
    words = {str(capability): label for capability, label in LABELS.items()}
    return "、".join(words.get(each, each) for each in row.capabilities)


@needs(Capability.STAND_IN_ARRANGE)
@require_safe
def listing_csv(request: Request) -> HttpResponseBase:
    """Every arrangement of the filter."""
    filters, _ = _asked(request)
    found = queries.stand_in_export(filters, by=request.by)
    return csv_response(f"请假代理-{local_day(request.at)}.csv", CSV_HEAD, _csv(found))


def _csv(found: Iterator[StandIn]) -> Iterator[tuple[object, ...]]:
    for row in found:
        yield (
            row.absent.post.department.short_name if row.absent.post else "", row.absent.display_name,
            row.stand_in.display_name, row.first_day, row.last_day, row.ended_on or "", _spoken(row), row.reason,
            row.arranged_by.display_name if row.arranged_by else "平台",
        )  # fmt: skip


@needs(Capability.STAND_IN_ARRANGE)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Who is absent is chosen first; then who of the same department stands in, and for what."""
    if request.method == "POST":
        return _save(request)
    absent = parse_uuid(request.GET.get("absent", ""))
    today = local_day(request.at).isoformat()
    blank: dict[str, Any] = {
        "first_day": today,
        "last_day": today,
        "reason": "",
        "stand_in": "",
        "chosen": None,
    }
    return _form(request, absent, blank)


def _form(
    request: Request, absent_id: UUID | None, given: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    everybody = queries.members(request.by)
    absent = next((each for each in everybody if each.pk == absent_id), None)
    rights = queries.may_hand_on(absent.post) if absent and absent.post else []
    context = {
        "absent": absent,
        "everybody": [(str(each.pk), _named(each)) for each in everybody],
        "colleagues": [
            (str(each.pk), _named(each))
            for each in everybody
            if absent and _stands_beside(each, absent, request)
        ],
        "rights": [(each, LABELS[Capability(each)]) for each in rights],
        "given": given | {"chosen": rights if given["chosen"] is None else given["chosen"]},
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    return render(request, "directory/stand_in_new.html", context, status=problem.status if problem else 200)


def _named(account: Account) -> str:
    post = account.post
    return (
        f"{post.department.short_name} {account.display_name}（{post.name}）"
        if post
        else account.display_name
    )


def _stands_beside(other: Account, absent: Account, request: Request) -> bool:
    same = other.post is not None and absent.post is not None
    same = same and other.post.department_id == absent.post.department_id  # type: ignore[union-attr]
    return same and other.pk not in (absent.pk, request.by.id)


def _save(request: Request) -> HttpResponse:
    absent = posted_uuid(request, "absent")
    given: dict[str, Any] = {
        name: clean_text(request.POST.get(name, ""), limit=200)
        for name in ("first_day", "last_day", "reason", "stand_in")
    } | {"chosen": request.POST.getlist("capabilities")}
    form = commands.StandInForm(
        absent, parse_uuid(given["stand_in"]), _day(given["first_day"]), _day(given["last_day"]),
        tuple(given["chosen"]), given["reason"],
    )  # fmt: skip
    try:
        made = commands.arrange_stand_in(form, key=post_key(request), by=request.by, at=request.at)
    except Problem as problem:
        return _form(request, absent, given, problem)
    messages.success(
        request, f"已安排{made.stand_in.display_name}代理{made.absent.display_name}，到期自动收回。"
    )
    return HttpResponseRedirect("/desk/stand-ins")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@needs(Capability.STAND_IN_ARRANGE)
@require_POST
def end(request: Request, stand_in_id: UUID) -> HttpResponse:
    """End an arrangement at once."""
    commands.end_stand_in(stand_in_id, by=request.by, at=request.at)
    messages.success(request, "已结束代理，权限即时收回。")
    return HttpResponseRedirect("/desk/stand-ins")
