"""The four acts as pages for those who stand in the hall: each one form, one press, and what comes out of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from yichuang.cases.queries import visible
from yichuang.directory.flow import Capability
from yichuang.halls.commands.acts import NewAct, accept_elsewhere, consult, enter
from yichuang.halls.commands.acts_given import IssueForm, hand_over, issue
from yichuang.halls.flow.windows import ActKind, ConsultWay, IssueMethod
from yichuang.halls.pages.windows_forms import (
    Matter,
    applicant,
    check_matter,
    day,
    department_choices,
    department_id,
    kept_signature,
    matter,
    number,
    numbers,
    posted_matter,
    seat_context,
    signature,
    text,
)
from yichuang.intake.pages.drafting import ACCEPT, MEGABYTES
from yichuang.kernel.errors import Conflict, Invalid, Refused
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

FIELDS = (
    "way", "topic", "answer", "minutes", "quantity", "department", "matter", "item", "numbers", "source", "documents",
    "recipient", "paper_number", "method", "signed_as", "tracking", "day", "kind", "window",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """One act's page: its title, its part of the template, and what a post does."""

    name: str
    title: str
    press: Callable[[Request, Matter], UUID]
    done: str


@needs(Capability.WINDOW_ACT)
@require_http_methods(["GET", "POST"])
def consulting(request: Request) -> HttpResponse:
    """咨询: question, answer, how it came."""
    return _act(request, Form("consult", "咨询登记", _consult, "咨询已登记。"))


@needs(Capability.WINDOW_ACT)
@require_http_methods(["GET", "POST"])
def accepting(request: Request) -> HttpResponse:
    """受理 in a department's own system, registered here with its numbers."""
    return _act(request, Form("accept", "登记部门系统受理", _accept, "受理已登记。"))


@needs(Capability.WINDOW_ACT)
@require_http_methods(["GET", "POST"])
def handing_over(request: Request) -> HttpResponse:
    """流转: the sheet for a department."""
    return _act(request, Form("hand_over", "流转：开交接单", _hand_over, "交接单已开，请打印并请部门签收。"))


@needs(Capability.WINDOW_ACT)
@require_http_methods(["GET", "POST"])
def issuing(request: Request) -> HttpResponse:
    """颁发: certificates against a signature or by mail."""
    return _act(request, Form("issue", "颁发证照", _issue, "颁发已登记。"))


@needs(Capability.WINDOW_ACT)
@require_http_methods(["GET", "POST"])
def entering(request: Request) -> HttpResponse:
    """补录: a count of a past day with its source."""
    return _act(request, Form("enter", "补录", _enter, "补录已保存。"))


def _act(request: Request, form: Form) -> HttpResponse:
    if request.method != "POST":
        return _page(request, form, matter(clean_text(request.GET.get("item", ""), limit=100), ""))
    found = posted_matter(request)
    try:
        check_matter(found)
        made = form.press(request, found)
    except (Invalid, Conflict, Refused) as problem:
        return _page(request, form, found, problem)
    messages.success(request, form.done)
    return HttpResponseRedirect(reverse("desk-act-page", args=[made]))


def _page(
    request: Request, form: Form, found: Matter, problem: Invalid | Conflict | Refused | None = None
) -> HttpResponse:
    given = {name: text(request, name, 30_000) for name in FIELDS}
    case = _case(request)
    context: dict[str, Any] = {
        "form_name": form.name,
        "title": form.title,
        "given": given,
        "matter": found,
        "candidates": [(line.code, f"{line.name}（{line.department}）") for line in found.candidates],
        "applicant": applicant(request),
        "paper": clean_text(request.POST.get("paper") or request.GET.get("paper") or "", limit=100),
        "case": case,
        "department": given["department"] or str(found.department_id or ""),
        "departments": department_choices(),
        "ways": [(one.value, one.label) for one in ConsultWay],
        "methods": [(one.value, one.label) for one in IssueMethod],
        "kinds": [(one.value, f"{one.label}（{one.unit}）") for one in ActKind],
        "today": local_day(request.at),
        "accept": ACCEPT,
        "megabytes": MEGABYTES,
        "signed": kept_signature(request) if problem and form.name == "issue" else "",
        "problem": problem,
        "wrong": problem.fields if problem else {},
        "key": request.POST.get("client_key") or client_key(),
    }
    context |= seat_context(request)
    return render(request, "halls/act_form.html", context, status=problem.status if problem else 200)


def _case(request: Request) -> Any:
    """The platform's own case that a page is about, for whoever may see it."""
    found = parse_uuid(request.POST.get("case") or request.GET.get("case") or "")
    return visible(found, by=request.by) if found else None


def _common(request: Request, kind: ActKind, found: Matter, **more: Any) -> NewAct:
    known = applicant(request)
    return NewAct(
        kind, department_id(request, found), item_id=found.id, applicant_id=known.pk if known else None,
        source=text(request, "source"), **more,
    )  # fmt: skip


def _consult(request: Request, found: Matter) -> UUID:
    quantity = number(request, "quantity")
    new = _common(
        request, ActKind.CONSULTED, found, way=text(request, "way"), topic=text(request, "topic", 2000),
        answer=text(request, "answer", 4000), minutes=number(request, "minutes"),
        quantity=1 if quantity is None else quantity,
    )  # fmt: skip
    return consult(new, by=request.by, at=request.at, key=post_key(request)).pk


def _accept(request: Request, found: Matter) -> UUID:
    listed = numbers(request)
    new = _common(request, ActKind.ACCEPTED, found, numbers=listed, quantity=len(listed) or 1)
    return accept_elsewhere(new, by=request.by, at=request.at, key=post_key(request)).pk


def _hand_over(request: Request, found: Matter) -> UUID:
    listed = numbers(request)
    given = number(request, "quantity")
    quantity = given if given is not None else len(listed) or 1
    new = _common(
        request,
        ActKind.HANDED_OVER,
        found,
        numbers=listed,
        quantity=quantity,
        topic=text(request, "topic", 2000),
    )
    return hand_over(new, by=request.by, at=request.at, key=post_key(request)).act.pk


def _issue(request: Request, found: Matter) -> UUID:
    listed, case = numbers(request), _case(request)
    given = number(request, "quantity")
    digest, kind = signature(request) if text(request, "method") != IssueMethod.MAILED else ("", "")
    form = IssueForm(
        documents=text(request, "documents", 500), recipient=text(request, "recipient"),
        paper=text(request, "paper_number", 40), method=text(request, "method"),
        signed_as=text(request, "signed_as"), signature_sha256=digest, signature_kind=kind,
        tracking=text(request, "tracking"),
    )  # fmt: skip
    new = _common(
        request, ActKind.ISSUED, found, numbers=listed, case_id=case.id if case else None,
        quantity=given if given is not None else len(listed) or 1,
    )  # fmt: skip
    return issue(new, form, by=request.by, at=request.at, key=post_key(request)).act.pk


def _enter(request: Request, found: Matter) -> UUID:
    kind = text(request, "kind")
    if kind not in set(ActKind):
        raise Invalid("请选择补录哪一类。", fields={"kind": "请选择咨询、受理、流转还是颁发"})
    more = {"way": ConsultWay.PRESENT.value} if kind == ActKind.CONSULTED else {}
    new = _common(
        request, ActKind(kind), found, day=day(text(request, "day")), quantity=number(request, "quantity") or 0,
        window_id=parse_uuid(text(request, "window", 40)), **more,
    )  # fmt: skip
    return enter(new, by=request.by, at=request.at, key=post_key(request)).pk
