"""The register of acts (综窗办件登记): list, totals, one act, its cancelling; sheets of hand-over and their receipt."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from yichuang.directory.flow import Capability
from yichuang.halls.commands.acts import cancel_act
from yichuang.halls.commands.acts_given import receive, send_back
from yichuang.halls.flow.windows import ACT_MEANINGS, ActKind, ConsultWay, IssueMethod, ReceiptState
from yichuang.halls.models import HandOver, WindowAct
from yichuang.halls.pages.windows_forms import day, department_choices
from yichuang.halls.queries import acts as register
from yichuang.halls.queries.acts import ActFilter
from yichuang.halls.queries.windows import windows
from yichuang.halls.rules.windows import week_of, year_to
from yichuang.intake.pages.drafting import case_link, download
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, signed_in

HEAD = ("日期", "类别", "窗口", "部门", "事项", "数量", "单位", "编号", "来源", "登记人", "状态")


@signed_in
@require_GET
def acts(request: Request) -> HttpResponseBase:
    """Acts of a period with totals by window and by department; every total leads to its list. The same as CSV."""
    filters = _filters(request)
    if request.GET.get("format") == "csv":
        rows = (_cells(act) for act in register.acts_export(filters, by=request.by))
        return csv_response("综窗办件登记.csv", HEAD, rows)
    page = register.acts(filters, by=request.by, after=request.GET.get("after", "")[:500])
    found = register.totals(filters, by=request.by)
    context: dict[str, Any] = {
        "page": page,
        "totals": found,
        "filters": filters,
        "kinds": list(ActKind),
        "meanings": [(kind.label, meaning) for kind, meaning in ACT_MEANINGS.items()],
        "departments": department_choices() if request.by.everywhere else [],
        "windows": [(str(one.pk), f"{one.code} {one.name}") for one in windows(by=request.by)],
        "periods": _periods(filters, local_day(request.at)),
        "chips": [
            (one.label, address(filters, kind="" if filters.kind == one else one.value), filters.kind == one)
            for one in ActKind
        ],
        "first": "" if page.is_first else address(filters),
        "following": address(filters, after=page.following) if page.following else "",
        "csv": address(filters, format="csv"),
        "address": lambda **changes: address(filters, **changes),
        "keeps": any(map(request.by.can, register.KEEPERS)),
        "label": {one.value: one for one in ActKind},
    }
    return render(request, "halls/acts.html", context)


def _filters(request: Request) -> ActFilter:
    """What the address asks for; the week of today where it names no days."""
    asked = request.GET
    week = week_of(local_day(request.at))
    first, last = day(asked.get("from", "")) or week.first, day(asked.get("to", "")) or week.last
    if first > last:
        first, last = last, first
    kind = asked.get("kind", "")
    return ActFilter(
        first, last, kind if kind in set(ActKind) else "", parse_uuid(asked.get("window", "")),
        parse_uuid(asked.get("department", "")),
    )  # fmt: skip


def address(filters: ActFilter, **changes: str) -> str:
    """The register under a filter, some of it changed."""
    kept = {
        "from": filters.first.isoformat(), "to": filters.last.isoformat(), "kind": filters.kind,
        "window": str(filters.window_id or ""), "department": str(filters.department_id or ""),
    } | {name.rstrip("_"): value for name, value in changes.items()}  # fmt: skip
    return f"{reverse('desk-acts')}?{urlencode({name: value for name, value in kept.items() if value})}"


def _periods(filters: ActFilter, today: date) -> list[tuple[str, str, bool]]:
    before = week_of(today - timedelta(days=7))
    spans = (
        ("本周", week_of(today).first, week_of(today).last),
        ("上周", before.first, before.last),
        ("今年以来", year_to(today).first, today),
        ("去年", date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    )
    return [
        (label, address(filters, from_=first.isoformat(), to=last.isoformat()), (first, last) == (filters.first, filters.last))
        for label, first, last in spans
    ]  # fmt: skip


def _cells(act: WindowAct) -> tuple[object, ...]:
    kind = ActKind(act.kind)
    state = f"已撤销：{act.cancel_reason}" if act.cancelled_at else "有效"
    return (
        act.day, kind.label, act.window.code if act.window else "", act.department.short_name if act.department else "",
        act.item.name if act.item else "", 0 if act.cancelled_at else act.quantity, kind.unit, " ".join(act.numbers),
        act.source, act.entered_by_name, state,
    )  # fmt: skip


@signed_in
@require_GET
def act(request: Request, act_id: UUID) -> HttpResponse:
    """One act: what it says, its sheet or signature, what may be done with it."""
    return _act_page(request, act_id)


def _act_page(
    request: Request, act_id: UUID, problem: Invalid | Conflict | Refused | None = None
) -> HttpResponse:
    found = register.act(act_id, by=request.by)
    sheet: HandOver | None = getattr(found, "hand_over", None)
    issued = getattr(found, "issue", None)
    mine = found.entered_by_id == request.by.id or request.by.can(Capability.WINDOW_MANAGE)
    open_sheet = sheet is not None and sheet.state == ReceiptState.PENDING and found.cancelled_at is None
    context: dict[str, Any] = {
        "act": found,
        "kind": ActKind(found.kind),
        "sheet": sheet,
        "sheet_state": ReceiptState(sheet.state) if sheet else None,
        "overdue": sheet is not None and open_sheet and local_day(request.at) > sheet.due_on,
        "issued": issued,
        "method": IssueMethod(issued.method) if issued else None,
        "way": ConsultWay(found.way) if found.way else None,
        "led_to": found.led_to.all() if found.kind == ActKind.CONSULTED else [],
        "case_href": case_link(found.case_id) if found.case_id and request.by.can(Capability.CASE_SEARCH) else "",
        "may_cancel": mine and request.by.can(Capability.WINDOW_ACT) and found.cancelled_at is None
        and found.case_id is None and (sheet is None or sheet.state != ReceiptState.RECEIVED),
        "may_receive": open_sheet and request.by.can(Capability.CASE_CLAIM)
        and request.by.department_id == found.department_id and request.by.id != found.entered_by_id,
        "may_file": found.kind == ActKind.CONSULTED and found.cancelled_at is None
        and request.by.can(Capability.CASE_FILE_FOR),
        "filing": _filing(found),
        "at_window": request.by.can(Capability.CASE_FILE_FOR),
        "problem": problem,
    }  # fmt: skip
    return render(request, "halls/act.html", context, status=problem.status if problem else 200)


def _filing(found: WindowAct) -> str:
    """Where a consultation becomes a filing: person, matter and the words go along."""
    kept = {
        "paper": found.applicant.paper_number if found.applicant else "",
        "item": found.item.code if found.item else "",
        "consultation": str(found.pk),
    }
    return f"{reverse('window')}?{urlencode({name: value for name, value in kept.items() if value})}"


@needs(Capability.WINDOW_ACT)
@require_POST
def cancel(request: Request, act_id: UUID) -> HttpResponse:
    """Cancel an act with a reason."""
    reason = clean_text(request.POST.get("reason", ""), limit=500)
    try:
        cancel_act(act_id, reason, by=request.by, at=request.at)
    except (Invalid, Conflict, Refused) as problem:
        return _act_page(request, act_id, problem)
    messages.success(request, "已撤销，数字同步减去。")
    return HttpResponseRedirect(reverse("desk-act-page", args=[act_id]))


@needs(Capability.CASE_CLAIM)
@require_POST
def receipt(request: Request, act_id: UUID, answer: str) -> HttpResponse:
    """The department signs the sheet, or returns it with a reason."""
    try:
        if answer == "receive":
            receive(act_id, by=request.by, at=request.at)
        elif answer == "return":
            reason = clean_text(request.POST.get("reason", ""), limit=500)
            send_back(act_id, reason, by=request.by, at=request.at)
        else:
            raise Missing
    except (Invalid, Conflict, Refused) as problem:
        return _act_page(request, act_id, problem)
    messages.success(request, "已签收。" if answer == "receive" else "已退回，综窗会看到理由。")
    return HttpResponseRedirect(reverse("desk-act-page", args=[act_id]))


@signed_in
@require_GET
def signature(request: Request, act_id: UUID) -> HttpResponse:
    """The signature under which a certificate was given, for whoever may see the act; always as an attachment."""
    found = register.act(act_id, by=request.by)
    issued = getattr(found, "issue", None)
    if issued is None or not issued.signature_sha256:
        raise Missing
    return download(
        f"签收-{found.day}.{issued.signature_kind}", issued.signature_kind, issued.signature_sha256
    )


@signed_in
@require_GET
def hand_overs(request: Request) -> HttpResponse:
    """Sheets that wait for the department's signature, those overdue marked; or the closed ones."""
    closed = request.GET.get("state") == "closed"
    page = register.sheets(by=request.by, pending=not closed, after=request.GET.get("after", "")[:500])
    here = reverse("desk-hand-overs") + ("?state=closed" if closed else "")
    following = (
        f"{here}{'&' if closed else '?'}{urlencode({'after': page.following})}" if page.following else ""
    )
    context = {
        "page": page,
        "closed": closed,
        "today": local_day(request.at),
        "state": {one.value: one for one in ReceiptState},
        "first": "" if page.is_first else here,
        "following": following,
        "tabs": [
            ("待签收", reverse("desk-hand-overs"), not closed),
            ("已办", reverse("desk-hand-overs") + "?state=closed", closed),
        ],
    }
    return render(request, "halls/hand_overs.html", context)
