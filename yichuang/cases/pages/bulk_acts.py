"""Bulk acts on the desk: the list, one act with its preview and progress, release and cancellation, its cases."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from yichuang.cases.commands.bulk_acts import cancel_bulk_act, propose_bulk_act, release_bulk_act
from yichuang.cases.flow import DELIVERY_METHODS, OUTCOME_LABELS, Outcome
from yichuang.cases.flow.bulk_acts import (
    ACT_STATE_TONES,
    AT_WORK,
    CAN_BE_CANCELLED,
    KINDS,
    LONGEST_REASON,
    MOST_CASES,
    ROW_STATE_LABELS,
    ROW_STATE_TONES,
    ActKind,
    ActState,
    RowState,
)
from yichuang.cases.models import BulkAct
from yichuang.cases.pages import bulk_acts_new
from yichuang.cases.queries import bulk_acts as queries
from yichuang.cases.rules.bulk_acts import percent_done, persons, same_hand, seconds_left
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs

SAMPLE = 10
TABS: dict[str, tuple[str, tuple[ActState, ...]]] = {
    "": ("全部", ()),
    "proposed": ("待放行", (ActState.PROPOSED,)),
    "open": ("进行中", (ActState.CHECKING, ActState.DRAFTED, ActState.RELEASED, ActState.RUNNING)),
    "ended": ("已结束", (ActState.DONE, ActState.CANCELLED)),
}
CSV_HEAD = ("序号", "编号", "事项", "申请人", "办理结果", "原因", "目前状态", "期限")


@needs(Capability.CASE_ACT_BULK)
@require_GET
def acts(request: Request) -> HttpResponse:
    """Bulk acts, the newest first."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ""
    page = queries.bulk_acts(by=request.by, states=TABS[tab][1], after=request.GET.get("after", "")[:500])
    here = reverse("bulk-acts")
    context = {
        "page": page,
        "tabs": [
            (label, f"{here}?tab={name}" if name else here, name == tab) for name, (label, _) in TABS.items()
        ],
        "kinds": KINDS,
        "tones": ACT_STATE_TONES,
        "state": ActState,
        "kind": ActKind,
        "first": "" if page.is_first else f"{here}?{urlencode({'tab': tab})}",
        "following": f"{here}?{urlencode({'tab': tab, 'after': page.following})}" if page.following else "",
    }
    return render(request, "cases/bulk_acts.html", context)


@needs(Capability.CASE_ACT_BULK)
@require_GET
def one(request: Request, bulk_act_id: UUID) -> HttpResponse:
    """One act: what it does to which cases, how it stands, what may be done now."""
    return _page(request, queries.bulk_act(bulk_act_id, by=request.by))


@needs(Capability.CASE_ACT_BULK)
@require_GET
def progress(request: Request, bulk_act_id: UUID) -> HttpResponse:
    """How far the platform is: what the page asks for again and again while it works."""
    act = queries.bulk_act(bulk_act_id, by=request.by)
    response = render(request, "cases/bulk_progress.html", _standing(act, request))
    if act.state not in AT_WORK:
        # The work has ended: the page is loaded anew, with what may be done next.
        response["HX-Refresh"] = "true"
    return response


def _standing(act: BulkAct, request: Request) -> dict[str, Any]:
    counts = {name: getattr(act, name) for name in ("checked", "total", "able", "done", "refused", "skipped")}
    dealt = act.done + act.refused + act.skipped
    return {
        "act": act,
        "state": ActState(act.state),
        "at_work": act.state in AT_WORK,
        "percent": percent_done(act.state, counts),
        "dealt": dealt,
        "left": seconds_left(act.began_at, request.at, dealt, act.able - dealt),
        "now": request.at,
    }


def _page(
    request: Request, act: BulkAct, problem: Problem | None = None, given: dict[str, str] | None = None
) -> HttpResponse:
    kind = KINDS[ActKind(act.kind)]
    rights = request.by.can(kind.capability)
    sample = queries.act_cases(act, by=request.by, state=RowState.ABLE, size=SAMPLE).rows
    context = _standing(act, request) | {
        "kind": kind,
        "tones": ACT_STATE_TONES,
        "outcome": OUTCOME_LABELS[Outcome(act.outcome)] if act.outcome else "",
        "method": DELIVERY_METHODS.get(act.method, ""),
        "sample": sample,
        "reasons": [(text, count, place) for place, (text, count) in enumerate(act.reasons, 1)],
        "most": MOST_CASES,
        "own": own_signatures(act, request.by),
        "may_propose": act.state == ActState.DRAFTED and act.prepared_by_id == request.by.id and act.able > 0,
        "may_release": act.state == ActState.PROPOSED and rights and not _same(act, request.by),
        "waits_for_other": act.state == ActState.PROPOSED and _same(act, request.by),
        "may_cancel": act.state in CAN_BE_CANCELLED and any(map(request.by.can, kind.preparers)),
        "longest": LONGEST_REASON,
        "given": given or {},
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    return render(request, "cases/bulk_act.html", context, status=problem.status if problem else 200)


def _absent(act: BulkAct, by: Actor) -> list[UUID]:
    rights: tuple[str, ...] = (Capability.CASE_ACT_BULK, *KINDS[ActKind(act.kind)].preparers)
    return [by.stands_for[right].account_id for right in rights if right in by.stands_for]


def _same(act: BulkAct, by: Actor) -> bool:
    return same_hand([act.prepared_by_id, *act.prepared_for_ids], persons(by.id, _absent(act, by)))


def own_signatures(act: BulkAct, by: Actor) -> int:
    """How many cases of a decision the actor has examined: those will be refused if the actor releases."""
    if act.kind != ActKind.DECIDE:
        return 0
    names = [by.signature, *(f"staff:{one}" for one in _absent(act, by))]
    return sum(act.signers.get(name, 0) for name in dict.fromkeys(names))


def _done(request: Request, bulk_act_id: UUID, act: Callable[[], None], words: str) -> HttpResponse:
    try:
        act()
    except Problem as problem:
        if isinstance(problem, Missing):
            raise
        given = {"why": clean_text(request.POST.get("why", ""), limit=LONGEST_REASON + 1)}
        return _page(request, queries.bulk_act(bulk_act_id, by=request.by), problem, given)
    messages.success(request, words)
    return HttpResponseRedirect(reverse("bulk-act", args=[bulk_act_id]))


@needs(Capability.CASE_ACT_BULK)
@require_POST
def propose(request: Request, bulk_act_id: UUID) -> HttpResponse:
    """Hand it to a second person."""
    return _done(
        request,
        bulk_act_id,
        lambda: propose_bulk_act(bulk_act_id, by=request.by, at=request.at),
        "已提交放行。",
    )


@needs(Capability.CASE_ACT_BULK)
@require_POST
def release(request: Request, bulk_act_id: UUID) -> HttpResponse:
    """Release what another has prepared."""
    shown = request.POST.get("able", "")
    able = int(shown) if shown.isdecimal() and shown.isascii() and len(shown) < 9 else -1
    return _done(
        request, bulk_act_id,
        lambda: release_bulk_act(bulk_act_id, able=able, by=request.by, at=request.at), "已放行。",
    )  # fmt: skip


@needs(Capability.CASE_ACT_BULK)
@require_POST
def cancel(request: Request, bulk_act_id: UUID) -> HttpResponse:
    """Cancel, or stop what runs."""
    why = clean_text(request.POST.get("why", ""), limit=LONGEST_REASON + 1)
    return _done(
        request, bulk_act_id, lambda: cancel_bulk_act(bulk_act_id, reason=why, by=request.by, at=request.at),
        "已取消，已经办理的件不受影响。",
    )  # fmt: skip


@needs(Capability.CASE_ACT_BULK)
@require_GET
def cases(request: Request, bulk_act_id: UUID) -> HttpResponseBase:
    """The cases of an act, all or of one state or reason; the same as CSV."""
    act = queries.bulk_act(bulk_act_id, by=request.by)
    state = request.GET.get("state", "")
    state = state if state in {str(one) for one in RowState} else ""
    number = request.GET.get("reason", "")
    reason = int(number) if number.isdecimal() and number.isascii() and len(number) < 4 else 0
    reason = reason if reason <= len(act.reasons) else 0
    if request.GET.get("format") == "csv":
        rows = (
            _cells(act, row) for row in queries.every_act_case(act, by=request.by, state=state, reason=reason)
        )
        return csv_response(
            f"{KINDS[ActKind(act.kind)].label}-{local_day(act.prepared_at)}.csv", CSV_HEAD, rows
        )
    page = queries.act_cases(
        act, by=request.by, state=state, reason=reason, after=request.GET.get("after", "")[:500]
    )
    here = reverse("bulk-act-cases", args=[act.pk])
    kept = {name: value for name, value in (("state", state), ("reason", str(reason or ""))) if value}
    context = {
        "act": act,
        "kind": KINDS[ActKind(act.kind)],
        "page": page,
        "why": _why,
        "tones": ROW_STATE_TONES,
        "reason_words": act.reasons[reason - 1][0] if reason else "",
        "chips": _chips(act, here, state, reason),
        "csv": f"{here}?{urlencode({**kept, 'format': 'csv'})}",
        "first": "" if page.is_first else f"{here}?{urlencode(kept)}",
        "following": f"{here}?{urlencode({**kept, 'after': page.following})}" if page.following else "",
    }
    return render(request, "cases/bulk_cases.html", context)


def _chips(act: BulkAct, here: str, state: str, reason: int) -> list[tuple[str, str, bool]]:
    shown = (RowState.ABLE, RowState.UNABLE, RowState.DONE, RowState.REFUSED, RowState.SKIPPED)
    chips = [
        (ROW_STATE_LABELS[one], here if one == state else f"{here}?state={one}", one == state)
        for one in shown
    ]
    return [*chips, ("此原因", here, True)] if reason else chips


def _why(act: BulkAct, row: queries.ActCase) -> str:
    """The reason of a case in words; empty where it has none."""
    return str(act.reasons[row.reason - 1][0]) if 0 < row.reason <= len(act.reasons) else ""


def _cells(act: BulkAct, row: queries.ActCase) -> tuple[object, ...]:
    return (
        row.position, row.number, row.item_name, row.masked_name, row.state_label, _why(act, row), row.case_label, row.due_on or "",
    )  # fmt: skip


BASE = "desk/bulk-acts"
ONE = f"{BASE}/<uuid:bulk_act_id>"
urlpatterns: list[URLPattern] = [
    path(BASE, acts, name="bulk-acts"),
    path(f"{BASE}/new", bulk_acts_new.new, name="bulk-act-new"),
    path(ONE, one, name="bulk-act"),
    path(f"{ONE}/progress", progress, name="bulk-act-progress"),
    path(f"{ONE}/propose", propose, name="bulk-act-propose"),
    path(f"{ONE}/release", release, name="bulk-act-release"),
    path(f"{ONE}/cancel", cancel, name="bulk-act-cancel"),
    path(f"{ONE}/cases", cases, name="bulk-act-cases"),
]
