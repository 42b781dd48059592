"""Pages of the room: the form of an event, for entering and changing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Conflict, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import Request, needs, post_key, posted_uuid
from yichuang.programmes.commands import events as commands
from yichuang.programmes.commands.events import EventForm
from yichuang.programmes.flow.events import KIND_BY_CODE, KINDS
from yichuang.programmes.models import Event
from yichuang.programmes.pages.common import asked, day, department_choices, seen, show, shown_edit, text
from yichuang.programmes.queries import events as queries
from yichuang.programmes.rules.events import said

WORDS = ("title", "near", "words", "result", "source")


@needs(Capability.PROGRAMME_KEEP)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Choose a kind, then say what happened."""
    if request.method != "POST":
        return _form(request, None, {"kind": asked(request, "kind")})
    given = _typed(request)
    try:
        made = commands.record_event(
            _stated(request, given), by=request.by, at=request.at, key=post_key(request)
        )
    except Problem as problem:
        return _form(request, None, given, problem)
    messages.success(request, "活动已登记。")
    return HttpResponseRedirect(reverse("programme-event", args=[made]))


@needs(Capability.PROGRAMME_KEEP)
@require_http_methods(["GET", "POST"])
def edit(request: Request, event_id: UUID) -> HttpResponse:
    """Change an event; the version before is kept."""
    found = queries.event_for(event_id, by=request.by)
    if request.method != "POST":
        return _form(request, found, _kept(found))
    given = _typed(request)
    try:
        commands.change_event(
            event_id, _stated(request, given), seen=seen(request), by=request.by, at=request.at
        )
    except Problem as problem:
        return _form(request, found, given, problem)
    messages.success(request, "修改已保存，原来的内容保留在修改记录中。")
    return HttpResponseRedirect(reverse("programme-event", args=[event_id]))


def _typed(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = {
        name: text(request, name) for name in (*WORDS, "kind", "department", "on", "until")
    }
    given["figures"] = _group(request, "figure-")
    given["texts"] = _group(request, "text-")
    given["regions"] = [code for code in request.POST.getlist("regions") if code.isascii() and code.isdigit()]
    return given


def _group(request: Request, prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): text(request, name) for name in request.POST if name.startswith(prefix)
    }


def _stated(request: Request, given: dict[str, Any]) -> EventForm:
    return EventForm(
        kind=given["kind"],
        **{name: given[name] for name in WORDS},
        on=day(request, "on"),
        until=day(request, "until"),
        department_id=posted_uuid(request, "department"),
        figures=given["figures"],
        texts=given["texts"],
        regions=given["regions"],
    )


def _kept(found: Event) -> dict[str, Any]:
    amounts = queries.amounts_of(found)
    return {
        "kind": found.kind,
        **{name: getattr(found, name) for name in WORDS},
        "on": found.on,
        "until": found.until,
        "department": str(found.department_id),
        "figures": {code: said(amount, "") for code, amount in amounts.items()},
        "texts": found.texts,
        "regions": found.regions,
    }


def _form(
    request: Request, found: Event | None, given: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    kind = KIND_BY_CODE.get(given.get("kind", ""))
    context = {
        "event": found,
        "kind": kind,
        "kinds": KINDS,
        "kind_options": [(one.code, one.label) for one in KINDS],
        "given": {"figures": {}, "texts": {}, "regions": [], **given},
        "cities": queries.city_choices() if kind and kind.with_regions else [],
        "departments": department_choices() if request.by.everywhere else [],
        "seen": shown_edit(request, found.edit if found else 0, problem),
        "conflicted": isinstance(problem, Conflict),
        "key": client_key(),
    }
    return show(request, "event_form", context, problem)
