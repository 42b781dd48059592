"""Windows of the hall and who sits where; the addresses of everything that the window does."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from yichuang.directory.flow import Capability
from yichuang.halls.commands.windows import WindowForm, assign_staff, end_staffing, save_window
from yichuang.halls.flow.windows import WindowKind
from yichuang.halls.models import Window
from yichuang.halls.pages import windows_acts, windows_desk, windows_register
from yichuang.halls.pages.windows_forms import day, department_choices, text
from yichuang.halls.queries import windows as queries
from yichuang.kernel.errors import Invalid, Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, post_key, posted_uuid

FIELDS = ("code", "name", "kind", "department", "place", "phone")


@needs(Capability.WINDOW_MANAGE)
@require_http_methods(["GET", "POST"])
def windows(request: Request) -> HttpResponse:
    """All windows with who sits there today; a form for one more."""
    problem, given = None, dict.fromkeys(FIELDS, "") | {"kind": WindowKind.GENERAL.value}
    if request.method == "POST":
        given = {name: text(request, name) for name in FIELDS}
        try:
            made = save_window(_form(request, given), by=request.by, at=request.at, key=post_key(request))
        except Problem as wrong:
            problem = wrong
        else:
            messages.success(request, f"窗口 {made.code} 已保存。")
            return HttpResponseRedirect(reverse("desk-window", args=[made.pk]))
    today = local_day(request.at)
    sitting: dict[UUID, list[str]] = {}
    for one in queries.staffings(today, by=request.by):
        if one.since <= today:
            sitting.setdefault(one.window_id, []).append(one.account.display_name)
    context = _context(problem, given) | {
        "windows": [
            (one, WindowKind(one.kind).label, sitting.get(one.pk, []))
            for one in queries.windows(by=request.by)
        ]
    }
    return render(request, "halls/windows.html", context, status=problem.status if problem else 200)


def _form(request: Request, given: dict[str, str]) -> WindowForm:
    return WindowForm(
        given["code"].upper(), given["name"], given["kind"], parse_uuid(given["department"]), given["place"],
        given["phone"], request.POST.get("closed") != "yes",
    )  # fmt: skip


def _context(problem: Problem | None, given: dict[str, str]) -> dict[str, Any]:
    return {
        "problem": problem,
        "wrong": problem.fields if problem else {},
        "given": given,
        "departments": department_choices(),
        "kinds": [(one.value, one.label) for one in WindowKind],
        "key": client_key(),
    }


@needs(Capability.WINDOW_MANAGE)
@require_http_methods(["GET", "POST"])
def window(request: Request, window_id: UUID) -> HttpResponse:
    """One window: change it, say who sits there from when."""
    found = _window(request, window_id)
    if request.method != "POST":
        return _page(request, found)
    given = {name: text(request, name) for name in FIELDS}
    seen = text(request, "edit", 9)
    try:
        save_window(
            _form(request, given), by=request.by, at=request.at, key=post_key(request), window_id=window_id,
            seen=int(seen) if seen.isascii() and seen.isdigit() else 0,
        )  # fmt: skip
    except Problem as problem:
        return _page(request, _window(request, window_id), problem, given)
    messages.success(request, "窗口已保存。")
    return HttpResponseRedirect(reverse("desk-window", args=[window_id]))


def _window(request: Request, window_id: UUID) -> Window:
    found = queries.window(window_id, by=request.by)
    if found is None:
        raise Missing
    return found


def _page(
    request: Request, found: Window, problem: Problem | None = None, given: dict[str, str] | None = None
) -> HttpResponse:
    today = local_day(request.at)
    stored = {name: str(getattr(found, name)) for name in FIELDS if name != "department"}
    shown = given or stored | {"department": str(found.department_id or "")}
    context = _context(problem, shown) | {
        "window": found,
        "staffings": [one for one in queries.staffings(today, by=request.by) if one.window_id == found.pk],
        "past": queries.past_staffings(found.pk, today, by=request.by),
        "people": queries.who_may_sit(),
        "today": today,
        "account": text(request, "account", 40),
        "since": text(request, "since", 10) or today.isoformat(),
    }
    return render(request, "halls/hall_window.html", context, status=problem.status if problem else 200)


@needs(Capability.WINDOW_MANAGE)
@require_POST
def staff(request: Request, window_id: UUID) -> HttpResponse:
    """Let somebody sit at a window from a day."""
    try:
        account, since = posted_uuid(request, "account"), day(text(request, "since"))
        if account is None or since is None:
            raise Invalid(
                "请选择人员和上岗日期。",
                fields={}
                | ({} if account else {"account": "请选择人员"})
                | ({} if since else {"since": "请填上岗日期"}),
            )
        made = assign_staff(window_id, account, since, by=request.by, at=request.at, key=post_key(request))
    except (Missing, Invalid) as problem:
        return _page(request, _window(request, window_id), problem)
    messages.success(request, f"已安排 {made.account.display_name} 从 {made.since} 起在此窗口。")
    return HttpResponseRedirect(reverse("desk-window", args=[window_id]))


@needs(Capability.WINDOW_MANAGE)
@require_POST
def leave(request: Request, staffing_id: UUID) -> HttpResponse:
    """Let somebody leave a window after today."""
    until = day(text(request, "until")) or local_day(request.at)
    found = end_staffing(staffing_id, until, by=request.by, at=request.at)
    messages.success(request, f"安排到 {found.until} 结束。")
    return HttpResponseRedirect(reverse("desk-window", args=[found.window_id]))


DESK, ACTS, REGISTER = windows_desk, windows_acts, windows_register
urlpatterns: list[URLPattern] = [
    path("desk/window", DESK.window, name="window"),
    path("desk/window/start", DESK.start, name="window-start"),
    path("desk/window/seat", DESK.seat, name="window-seat"),
    path("desk/window/drafts/<uuid:draft_id>/file", DESK.file, name="window-draft-file"),
    path("desk/window/consult", ACTS.consulting, name="window-consult"),
    path("desk/window/accept", ACTS.accepting, name="window-accept"),
    path("desk/window/hand-over", ACTS.handing_over, name="window-hand-over"),
    path("desk/window/issue", ACTS.issuing, name="window-issue"),
    path("desk/window/enter", ACTS.entering, name="window-enter"),
    path("desk/hall/windows", windows, name="desk-windows"),
    path("desk/hall/windows/<uuid:window_id>", window, name="desk-window"),
    path("desk/hall/windows/<uuid:window_id>/staff", staff, name="desk-window-staff"),
    path("desk/hall/staffings/<uuid:staffing_id>/end", leave, name="desk-staffing-end"),
    path("desk/hall/acts", REGISTER.acts, name="desk-acts"),
    path("desk/hall/acts/<uuid:act_id>", REGISTER.act, name="desk-act-page"),
    path("desk/hall/acts/<uuid:act_id>/cancel", REGISTER.cancel, name="desk-act-cancel"),
    path("desk/hall/acts/<uuid:act_id>/receipt/<str:answer>", REGISTER.receipt, name="desk-act-receipt"),
    path("desk/hall/acts/<uuid:act_id>/signature", REGISTER.signature, name="desk-act-signature"),
    path("desk/hall/hand-overs", REGISTER.hand_overs, name="desk-hand-overs"),
]
