"""Complaints from outside: the form, and following one by number and code."""

from contextlib import suppress
from typing import Any

from django.core.cache import cache
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.feedback.commands.complaints import ComplaintForm, reopen_complaint, take_complaint
from yichuang.feedback.flow.complaints import (
    COMPLAINT_FACT_LABELS,
    ComplaintKind,
    ComplaintState,
    ComplaintWay,
)
from yichuang.feedback.models import Complaint
from yichuang.feedback.pages.common import integer, show, text
from yichuang.feedback.queries.complaints import code_of, complaint_by_code
from yichuang.intake.rules.codes import spelled
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import Request, clean_text, post_key, public

SESSION = "complaints"
MOST_KEPT = 20
TRIES = 20
TRIES_SECONDS = 600
# Signs of the room's inner work that the person need not see.
OUTWARD = ("complaint.received", "complaint.assigned", "complaint.replied", "complaint.reopened", "complaint.closed",
           "complaint.rejected")  # fmt: skip


@public
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponse:
    """A question, complaint, report, proposal, or what could not be done: name and telephone are left to the person."""
    typed: dict[str, Any] = {"case_number": clean_text(request.GET.get("case", ""), limit=64)}
    problem: Problem | None = None
    if request.method == "POST":
        names = ("kind", "words", "case_number", "name", "phone")
        typed = {name: text(request, name) for name in names}
        try:
            _slow_down(request, "complaint")
            _count(request, "complaint")
            form = ComplaintForm(**typed)
            made = take_complaint(
                form, ComplaintWay.ONLINE, by=request.by, at=request.at, key=post_key(request)
            )
        except Problem as found:
            problem = found
        else:
            _remember(request, made)
            return HttpResponseRedirect(reverse("complaint-followed", args=[made.number]))
    kinds = [(each.value, each.label) for each in ComplaintKind]
    return show(request, "complaint_public", {"given": typed, "key": client_key(), "kinds": kinds}, problem)


def _remember(request: Request, found: Complaint) -> None:
    kept = [each for each in request.session.get(SESSION, []) if each != found.number]
    request.session[SESSION] = [*kept, found.number][-MOST_KEPT:]


class TooMany(Problem):
    """Too many tries from one address."""

    status = 429
    title = "次数过多"


def _counter(request: Request, what: str) -> str:
    return f"{what}:{request.META.get('REMOTE_ADDR', '')}"


def _slow_down(request: Request, what: str) -> None:
    """Stop whoever has tried too often from one address, before anything is looked up. Raises TooMany."""
    if int(cache.get(_counter(request, what), 0)) >= TRIES:
        raise TooMany("次数过多，请 10 分钟后再试。", how="也可以到“办不成事”反映窗口，或者拨打大厅电话。")


def _count(request: Request, what: str) -> None:
    name = _counter(request, what)
    if cache.add(name, 1, TRIES_SECONDS):
        return
    # The counter may run out between the two; then the ten minutes are over.
    with suppress(ValueError):
        cache.incr(name)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Request) -> HttpResponse:
    """Number and code; wrong tries are counted and slowed down by address."""
    typed = {"number": clean_text(request.GET.get("number", ""), limit=64), "code": ""}
    problem: Problem | None = None
    if request.method == "POST":
        typed = {"number": text(request, "number", 64), "code": text(request, "code", 32)}
        try:
            found = _found(request, typed["number"], typed["code"])
        except Problem as said:
            problem = said
        else:
            return HttpResponseRedirect(reverse("complaint-followed", args=[found.number]))
    return show(request, "complaint_ask", {"given": typed}, problem)


def _found(request: Request, number: str, code: str) -> Complaint:
    _slow_down(request, "complaint-follow")
    found = complaint_by_code(number, code)
    if found is None:
        _count(request, "complaint-follow")
        raise Invalid(
            "没有查到。", fields={"code": "编号和查询码对不上，查询码是 10 位字母和数字，例：ABCDE-FGHIJ"}
        )
    _remember(request, found)
    return found


@public
@require_safe
def followed(request: Request, complaint_number: str) -> HttpResponse:
    """A complaint that this session has brought or shown the code of; everybody else is asked for the code."""
    return _page(request, complaint_number)


@public
@require_POST
def reopen(request: Request, complaint_number: str) -> HttpResponse:
    """The person asks once for it to be done again."""
    found = _own(request, complaint_number)
    if found is None:
        return _to_ask(complaint_number)
    words = text(request, "words")
    try:
        code, seen = code_of(found.pk), integer(request, "seen") or 0
        reopen_complaint(found.pk, words, code=code, seen=seen, at=request.at)
    except Problem as problem:
        return _page(request, complaint_number, words, problem)
    return HttpResponseRedirect(reverse("complaint-followed", args=[found.number]))


def _own(request: Request, number: str) -> Complaint | None:
    number = clean_text(number, limit=64)
    if number not in request.session.get(SESSION, []):
        return None
    return (
        Complaint.objects.filter(number=number).select_related("department").prefetch_related("notes").first()
    )


def _to_ask(number: str) -> HttpResponse:
    asked = urlencode({"number": clean_text(number, limit=64)})
    return HttpResponseRedirect(f"{reverse('complaint-follow')}?{asked}")


def _page(request: Request, number: str, words: str = "", problem: Problem | None = None) -> HttpResponse:
    found = _own(request, number)
    if found is None:
        return _to_ask(number)
    state = ComplaintState(found.state)
    context = {
        "row": found, "state": state, "kind": ComplaintKind(found.kind), "code": spelled(code_of(found.pk)),
        "words": words, "open": state in (ComplaintState.RECEIVED, ComplaintState.ASSIGNED, ComplaintState.REOPENED),
        "may_reopen": not found.reopened and state in (ComplaintState.REPLIED, ComplaintState.CLOSED),
        "entries": [
            {"at": note.at, "title": COMPLAINT_FACT_LABELS[note.fact],
             "text": note.words if note.own or note.fact in ("complaint.replied", "complaint.rejected") else ""}
            for note in found.notes.all() if note.fact in OUTWARD
        ],
    }  # fmt: skip
    return show(request, "complaint_followed", context, problem)


urlpatterns: list[URLPattern] = [
    path("complaints", new, name="complaints"),
    path("complaints/follow", ask, name="complaint-follow"),
    path("complaints/follow/<str:complaint_number>", followed, name="complaint-followed"),
    path("complaints/follow/<str:complaint_number>/reopen", reopen, name="complaint-reopen"),
]
