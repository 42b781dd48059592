"""The lists of inspection that are data: kinds of rounds, headings, categories of findings."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from yichuang.directory.flow import Capability
from yichuang.halls.commands import rounds as commands
from yichuang.halls.commands.rounds import TermForm
from yichuang.halls.flow.rounds import Register
from yichuang.halls.pages.rounds_common import integer, posted_day, show, text
from yichuang.halls.queries import rounds as queries
from yichuang.kernel.errors import Invalid, Missing, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import Request, needs

FIELDS = ("code", "name", "valid_from", "valid_until", "every_minutes", "position")


@needs(Capability.HALL_INSPECT)
@require_http_methods(["GET", "POST"])
def terms(request: Request) -> HttpResponse:
    """The three lists, and the form of a new entry."""
    given: dict[str, Any] = {}
    problem: Problem | None = None
    if request.method == "POST":
        given = {name: text(request, name) for name in FIELDS} | {"register": text(request, "register")}
        try:
            made = commands.save_term(_form(request), by=request.by, at=request.at)
            messages.success(request, f"已增加{Register(made.register).label}：{made.name}。")
            return HttpResponseRedirect(reverse("desk-inspection-terms"))
        except Problem as found:
            problem = found
    context = {
        "lists": queries.all_terms(), "given": given, "key": client_key(), "may_edit": request.by.everywhere,
        "registers": [(each.value, each.label) for each in Register],
    }  # fmt: skip
    return show(request, "rounds_terms", context, problem)


def _form(request: Request, register: str = "", code: str = "") -> TermForm:
    chosen = register or text(request, "register")
    if chosen not in set(Register):
        raise Invalid("请选择列表。", fields={"register": "请选择巡查种类、巡查项目或者问题类别"})
    every = text(request, "every_minutes")
    minutes = integer(request, "every_minutes")
    return TermForm(
        Register(chosen), code or text(request, "code"), text(request, "name"), posted_day(request, "valid_from"),
        posted_day(request, "valid_until"), (0 if minutes is None else minutes) if every else None,
        integer(request, "position") or 0,
    )  # fmt: skip


@needs(Capability.HALL_INSPECT)
@require_http_methods(["GET", "POST"])
def term(request: Request, term_id: UUID) -> HttpResponse:
    """Change an entry; what it was, who changed it and when stand below."""
    row, history = queries.term_with_history(term_id)
    given: dict[str, Any] = {name: getattr(row, name) for name in FIELDS}
    problem: Problem | None = None
    if request.method == "POST":
        if not request.by.everywhere:
            raise Missing
        given |= {name: text(request, name) for name in FIELDS if name != "code"}
        try:
            form = _form(request, row.register, row.code)
            seen = integer(request, "seen") or 0
            commands.save_term(form, by=request.by, at=request.at, term_id=term_id, seen=seen)
            messages.success(request, f"已保存：{form.name}。")
            return HttpResponseRedirect(reverse("desk-inspection-terms"))
        except Problem as found:
            problem = found
    context = {
        "term": row, "register": Register(row.register), "given": given, "history": history,
        "may_edit": request.by.everywhere,
    }  # fmt: skip
    return show(request, "rounds_term", context, problem)


urlpatterns: list[URLPattern] = [
    path("desk/hall/inspection-terms", terms, name="desk-inspection-terms"),
    path("desk/hall/inspection-terms/<uuid:term_id>", term, name="desk-inspection-term"),
]
