"""The register of systems: the list, entering and changing one, its own codes."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.exchange.commands.systems import SystemForm, add_mapping, change_system, register_system
from yichuang.exchange.models import System
from yichuang.exchange.pages.common import department_choices, show
from yichuang.exchange.queries.batches import systems_within
from yichuang.exchange.queries.reference import accounts_for_systems, names_of_targets
from yichuang.kernel.errors import Conflict, Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.web import Request, clean_text, needs, post_key

TEXTS = ("code", "name", "contact", "folder", "account")
FLAGS = ("reports_limits", "regional", "is_active")
BLANK: dict[str, Any] = {**dict.fromkeys(TEXTS, ""), "is_active": True, "departments": [], "items": ""}
SORTS = [("item", "事项"), ("department", "部门")]


@needs(Capability.EXCHANGE_MANAGE)
@require_safe
def systems(request: Request) -> HttpResponse:
    """Every system within reach."""
    names = department_names()
    rows = [
        (one, "、".join(names.get(where, "") for where in one.departments))
        for one in systems_within(request.by)
    ]
    return show(request, "systems", "exchange-systems", {"rows": rows})


def _form(request: Request) -> tuple[SystemForm, dict[str, Any]]:
    given: dict[str, Any] = {name: clean_text(request.POST.get(name, ""), limit=300) for name in TEXTS}
    given |= {name: request.POST.get(name) == "yes" for name in FLAGS}
    given["departments"] = request.POST.getlist("departments")
    given["items"] = clean_text(request.POST.get("items", ""), limit=400_000)
    departments = [found for one in given["departments"] if (found := parse_uuid(one))]
    form = SystemForm(
        given["code"], given["name"], departments, given["contact"], parse_uuid(given["account"]), given["items"].split(),
        given["folder"], given["reports_limits"], given["regional"], given["is_active"],
    )  # fmt: skip
    return form, given


def _show_form(
    request: Request, system: System | None, given: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    context = {
        "system": system,
        "given": given,
        "departments": department_choices(),
        "accounts": accounts_for_systems(),
        "seen": given.get("seen", system.edit if system else 0),
        "key": client_key(),
        "sorts": SORTS,
        "mappings": list(system.mappings.order_by("sort", "code")[:500]) if system else [],
        "targets": names_of_targets(system) if system else {},
        "may_token": request.by.can(Capability.TOKEN_MANAGE),
        "mapping": {name: clean_text(request.POST.get(name, ""), limit=100) for name in ("sort", "own", "target")},
    }  # fmt: skip
    return show(request, "system_form", "exchange-systems", context, problem)


@needs(Capability.EXCHANGE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponse:
    """Enter a system."""
    if request.method != "POST":
        return _show_form(request, None, BLANK)
    form, given = _form(request)
    try:
        made = register_system(form, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _show_form(request, None, given, problem)
    messages.success(request, "系统已登记。签发令牌后即可报送。")
    return HttpResponseRedirect(reverse("exchange-system", args=[made]))


def _system(request: Request, system_id: UUID) -> System:
    found = next((one for one in systems_within(request.by) if one.pk == system_id), None)
    if found is None:
        raise Missing
    return found


@needs(Capability.EXCHANGE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, reporting_system_id: UUID) -> HttpResponse:
    """Look at a system, or change it."""
    system = _system(request, reporting_system_id)
    if request.method != "POST":
        return _show_form(request, system, _given(system))
    form, given = _form(request)
    raw = request.POST.get("seen", "")
    seen = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0
    try:
        change_system(system.pk, form, seen=seen, by=request.by, at=request.at)
    except Problem as problem:
        shown = system.edit if isinstance(problem, Conflict) else seen
        return _show_form(request, system, given | {"seen": shown}, problem)
    messages.success(request, "已保存。")
    return HttpResponseRedirect(reverse("exchange-system", args=[system.pk]))


def _given(system: System) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(system, name) for name in (*TEXTS[:-1], *FLAGS)}
    return found | {
        "account": str(system.account_id),
        "departments": [str(one) for one in system.departments],
        "items": "\n".join(system.items),
    }


@needs(Capability.EXCHANGE_MANAGE)
@require_POST
def mapping(request: Request, reporting_system_id: UUID) -> HttpResponse:
    """Say what one of the system's own codes means here."""
    system = _system(request, reporting_system_id)
    given = {name: clean_text(request.POST.get(name, ""), limit=100) for name in ("sort", "own", "target")}
    try:
        add_mapping(
            system.pk, given["sort"], given["own"], given["target"], by=request.by, at=request.at, key=post_key(request)
        )  # fmt: skip
    except Problem as problem:
        return _show_form(request, system, _given(system), problem)
    messages.success(request, "对照已登记。存疑的条目可以在“存疑”中批量重试。")
    return HttpResponseRedirect(reverse("exchange-system", args=[system.pk]))


BASE = "desk/exchange/systems"
urlpatterns: list[URLPattern] = [
    path(BASE, systems, name="exchange-systems"),
    path(f"{BASE}/new", new, name="exchange-system-new"),
    path(f"{BASE}/<uuid:reporting_system_id>", edit, name="exchange-system"),
    path(f"{BASE}/<uuid:reporting_system_id>/mappings", mapping, name="exchange-mapping"),
]
