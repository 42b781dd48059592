"""Pages of the room: events. The list with its sums, one event with its history, the form."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.intake.pages.drafting import ACCEPT, MEGABYTES
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs
from yichuang.programmes.commands import events as commands
from yichuang.programmes.flow.events import KIND_BY_CODE, KINDS, EventState
from yichuang.programmes.models import Event
from yichuang.programmes.pages import event_forms
from yichuang.programmes.pages.common import (
    Week,
    address,
    asked,
    department_choices,
    read_day,
    show,
    text,
    today_of,
    week_of,
)
from yichuang.programmes.pages.files import PICTURES, put_files, sent
from yichuang.programmes.queries import events as queries
from yichuang.programmes.queries.events import EventFilters
from yichuang.programmes.rules.events import said, said_roundly, sentence, when, with_changes

CSV_HEAD = ("类别", "部门", "时间", "标题", "数字", "市（州）", "成效", "来源", "状态", "最后修改")


def _filters(request: Request) -> EventFilters:
    kind = asked(request, "kind")
    return EventFilters(
        kind=kind if kind in KIND_BY_CODE else "",
        department_id=parse_uuid(request.GET.get("department", "")),
        text=asked(request, "q"),
        first=read_day(request.GET.get("first", "")),
        last=read_day(request.GET.get("last", "")),
        with_cancelled=request.GET.get("cancelled") == "yes",
    )


def _given(filters: EventFilters) -> dict[str, object]:
    return {
        "kind": filters.kind,
        "department": filters.department_id or "",
        "q": filters.text,
        "first": filters.first or "",
        "last": filters.last or "",
        "cancelled": "yes" if filters.with_cancelled else "",
    }


@needs(Capability.FIGURES_READ)
@require_GET
def events(request: Request) -> HttpResponse:
    """The list, and the sums of the week and the year."""
    filters = _filters(request)
    page = queries.events(by=request.by, filters=filters, after=request.GET.get("after", "")[:500])
    given = _given(filters)
    week = _week(request, filters)
    asked_for = {"first": week.first, "last": week.last, "department_id": filters.department_id}
    totals = queries.event_totals(by=request.by, **asked_for)  # type: ignore[arg-type]
    counts = queries.event_counts(by=request.by, **asked_for)  # type: ignore[arg-type]
    context: dict[str, Any] = {
        "page": page,
        "rows": [_line(event) for event in page.rows],
        "given": given,
        "week": week,
        "totals": _total_rows(totals, counts),
        "kinds": [(kind.code, kind.label) for kind in KINDS],
        "departments": department_choices() if request.by.everywhere else [],
        "first": "" if page.is_first else address("programme-events", given),
        "following": address("programme-events", given, after=page.following) if page.following else "",
        "csv": address("programme-events-csv", given),
        "may_keep": request.by.can(Capability.PROGRAMME_KEEP),
    }
    return show(request, "events", context)


def _week(request: Request, filters: EventFilters) -> Week:
    """The period of the sums: the one asked for, else this week."""
    today = today_of(request)
    if filters.last is not None:
        return Week(filters.first or week_of(filters.last).first, filters.last)
    return week_of(today)


def _total_rows(
    totals: list[queries.EventTotal], counts: list[queries.EventCount]
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for count in counts:
        kind = KIND_BY_CODE[count.kind]
        own = [one for one in totals if one.kind == count.kind]
        rows.append(
            {
                "kind": kind.label,
                "label": "次数",
                "week": f"{count.week}次",
                "year": f"{count.year}次",
                "roundly": "",
            }
        )
        rows += [
            {
                "kind": kind.label,
                "label": one.measure.label,
                "week": said(one.week, one.measure.unit),
                "year": said(one.year, one.measure.unit),
                "roundly": said_roundly(one.year, one.measure.unit),
            }
            for one in own
        ]
    return rows


def _line(event: Event) -> dict[str, Any]:
    """One row of the list."""
    kind = KIND_BY_CODE[event.kind]
    amounts = queries.amounts_of(event)
    told = [
        f"{each.label}{said(amounts[each.code], each.unit)}" for each in kind.measures if each.code in amounts
    ]
    return {
        "id": event.pk,
        "kind": kind.label,
        "department": event.department.short_name,
        "time": when(event.on, event.until, event.near),
        "title": event.title,
        "figures": "；".join(told),
        "cancelled": event.state == EventState.CANCELLED,
    }


@needs(Capability.FIGURES_READ)
@require_GET
def events_csv(request: Request) -> StreamingHttpResponse:
    """The whole list as a file."""
    names = dict(queries.city_choices())
    rows = (
        (
            *(_line(event)[name] for name in ("kind", "department", "time", "title", "figures")),
            "、".join(names.get(code, code) for code in event.regions),
            event.result,
            event.source,
            EventState(event.state).label,
            f"{event.changed_by_name} {local_day(event.changed_at)}",
        )
        for event in queries.every_event(by=request.by, filters=_filters(request))
    )
    return csv_response("活动登记.csv", CSV_HEAD, rows)


@needs(Capability.FIGURES_READ)
@require_GET
def event(request: Request, event_id: UUID) -> HttpResponse:
    """One event: facts, words, files, and who changed what."""
    return _event_page(request, event_id)


def _event_page(request: Request, event_id: UUID, problem: Problem | None = None) -> HttpResponse:
    found = queries.event_for(event_id, by=request.by)
    kind, amounts = KIND_BY_CODE[found.kind], queries.amounts_of(found)
    time = when(found.on, found.until, found.near)
    versions = queries.event_versions(found)
    names = dict(queries.city_choices()) if found.regions else {}
    context = {
        "event": found,
        "kind": kind,
        "time": time,
        "figures": [
            (each.label, said(amounts[each.code], each.unit), said_roundly(amounts[each.code], each.unit))
            for each in kind.measures
            if each.code in amounts
        ],
        "texts": [(one.label, found.texts[one.code]) for one in kind.texts if one.code in found.texts],
        "regions": [names.get(code, code) for code in found.regions],
        "sentence": sentence(kind, time, found.department.short_name, found.title, amounts, [found.result]),
        "files": queries.event_files(found),
        "versions": with_changes(versions),
        "may_keep": request.by.can(Capability.PROGRAMME_KEEP) and found.state == EventState.RECORDED,
        "pictures": PICTURES,
        "accept": ACCEPT,
        "megabytes": MEGABYTES,
        "key": client_key(),
    }
    return show(request, "event", context, problem)


@needs(Capability.PROGRAMME_KEEP)
@require_POST
def cancel(request: Request, event_id: UUID) -> HttpResponse:
    """Take an event out of the register's figures."""
    try:
        commands.cancel_event(event_id, text(request, "reason"), by=request.by, at=request.at)
    except Problem as problem:
        return _event_page(request, event_id, problem)
    messages.success(request, "已撤销，不再计入数字。")
    return HttpResponseRedirect(reverse("programme-event", args=[event_id]))


@needs(Capability.PROGRAMME_KEEP)
@require_POST
def add_file(request: Request, event_id: UUID) -> HttpResponse:
    """Put photos or documents to an event: every one that can be kept is kept."""
    by, at = request.by, request.at
    queries.event_for(event_id, by=by)
    try:
        put_files(
            request,
            "photos",
            lambda file, key: commands.attach_event_file(event_id, file, by=by, at=at, key=key),
        )
    except Problem as problem:
        return _event_page(request, event_id, problem)
    messages.success(request, "已添加。")
    return HttpResponseRedirect(reverse("programme-event", args=[event_id]))


@needs(Capability.PROGRAMME_KEEP)
@require_POST
def remove_file(request: Request, event_id: UUID, event_file_id: UUID) -> HttpResponse:
    """Take a file off an event."""
    commands.remove_event_file(event_id, event_file_id, by=request.by, at=request.at)
    messages.success(request, "已移除。")
    return HttpResponseRedirect(reverse("programme-event", args=[event_id]))


@needs(Capability.FIGURES_READ)
@require_safe
def file(request: Request, event_id: UUID, event_file_id: UUID) -> HttpResponse:
    """A file of an event, as it was uploaded."""
    found = queries.event_for(event_id, by=request.by)
    for one in queries.event_files(found):
        if one.pk == event_file_id:
            return sent(one.name, one.kind, one.sha256)
    raise Missing("没有找到这个文件。", how="请从活动页面重新打开。")


BASE = "desk/programmes/events"
urlpatterns: list[URLPattern] = [
    path(BASE, events, name="programme-events"),
    path(f"{BASE}.csv", events_csv, name="programme-events-csv"),
    path(f"{BASE}/new", event_forms.new, name="programme-event-new"),
    path(f"{BASE}/<uuid:event_id>", event, name="programme-event"),
    path(f"{BASE}/<uuid:event_id>/edit", event_forms.edit, name="programme-event-edit"),
    path(f"{BASE}/<uuid:event_id>/cancel", cancel, name="programme-event-cancel"),
    path(f"{BASE}/<uuid:event_id>/files", add_file, name="programme-event-file-add"),
    path(f"{BASE}/<uuid:event_id>/files/<uuid:event_file_id>", file, name="programme-event-file"),
    path(
        f"{BASE}/<uuid:event_id>/files/<uuid:event_file_id>/remove",
        remove_file,
        name="programme-event-file-remove",
    ),
]
