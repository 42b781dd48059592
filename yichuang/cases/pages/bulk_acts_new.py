"""A new bulk act: what is done to which cases. Ticked rows, a list's filters, pasted numbers; other rooms bring their own."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from yichuang.cases.commands.bulk_acts import BulkForm, prepare_bulk_act
from yichuang.cases.flow import DELIVERY_METHODS
from yichuang.cases.flow.bulk_acts import (
    KINDS,
    LONGEST_REASON,
    LONGEST_RECEIVER,
    MOST_CASES,
    ActKind,
    BulkKind,
)
from yichuang.cases.queries.bulk_choice import Choice, work_words
from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

FIELDS = ("outcome", "reason", "method", "receiver", "cooling", "numbers")
# What a list's address narrows by, as this page takes it over.
NARROWED = ("item", "department", "mine", "overdue", "due_from", "due_to", "green")
MOST_TICKED = 500
LONGEST_NUMBERS = 2_000_000
# Tables and messages bring marks along that nobody sees: of the byte order, of no width, of direction.
BETWEEN_NUMBERS = re.compile(r"[\s,，、;；\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]+")
OUTCOMES = {
    ActKind.DECIDE: [("granted", "准予"), ("denied", "不予")],
    ActKind.PROPOSE: [("granted", "拟准予"), ("denied", "拟不予")],
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where the cases come from: the choice, the address that takes the form, what the form carries along."""

    choice: Choice
    action: str
    carried: tuple[tuple[str, str], ...] = ()
    pasted: bool = False


def kinds_for(by: Actor) -> list[BulkKind]:
    """The kinds of act that somebody may prepare."""
    may = by.can(Capability.CASE_ACT_BULK)
    return [one for one in KINDS.values() if may and any(map(by.can, one.preparers))]


@needs(Capability.CASE_ACT_BULK)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Choose what to do, see what it will do, prepare it."""
    return handle(request, _source(request))


def handle(request: Request, source: Source) -> HttpResponse:
    """The form of a bulk act over a source of cases, and what becomes of it. Other rooms call this with theirs."""
    offered = {str(one.kind): one for one in kinds_for(request.by)}
    asked = (request.POST or request.GET).get("kind", "")
    kind = offered.get(asked)
    if kind is None:
        links = [
            (
                one.label,
                f"{source.action}?{urlencode([*source.carried, ('kind', one.kind)])}",
                work_words(one.kind),
            )
            for one in offered.values()
        ]
        return render(request, "cases/bulk_kinds.html", {"links": links, "source": source})
    if request.method == "GET":
        return _form(request, kind, source, {"cooling": str(kind.cooling)})
    given = {name: _typed(request, name) for name in FIELDS}
    try:
        act = prepare_bulk_act(
            _stated(kind.kind, given), source.choice, by=request.by, at=request.at, key=post_key(request)
        )
    except Problem as problem:
        return _form(request, kind, source, given, problem)
    return HttpResponseRedirect(reverse("bulk-act", args=[act.pk]))


def _typed(request: Request, name: str) -> str:
    limit = LONGEST_NUMBERS if name == "numbers" else LONGEST_REASON + 1
    return clean_text(request.POST.get(name, ""), limit=limit)


def _stated(kind: ActKind, given: dict[str, str]) -> BulkForm:
    cooling = given["cooling"]
    if cooling and not (cooling.isdecimal() and cooling.isascii() and len(cooling) <= 4):
        raise Invalid("批量办理的内容不完整。", fields={"cooling": "请填整数分钟，例如 30"})
    return BulkForm(
        kind, given["outcome"] or None, given["reason"], given["method"], given["receiver"],
        int(cooling) if cooling else None,
    )  # fmt: skip


def _form(
    request: Request, kind: BulkKind, source: Source, given: dict[str, str], problem: Problem | None = None
) -> HttpResponse:
    errors = dict(problem.fields) if problem else {}
    # An opinion is typed into the same field as a reason.
    if "opinion" in errors:
        errors["reason"] = errors.pop("opinion")
    context: dict[str, Any] = {
        "kind": kind,
        "source": source,
        "outcomes": OUTCOMES.get(kind.kind, []),
        "methods": list(DELIVERY_METHODS.items()) if kind.kind == ActKind.DELIVER else [],
        "work": work_words(kind.kind),
        "most": MOST_CASES,
        "longest": LONGEST_REASON,
        "longest_receiver": LONGEST_RECEIVER,
        "given": {name: given.get(name, "") for name in FIELDS},
        "problem": problem,
        "errors": errors,
        "key": client_key(),
    }
    return render(request, "cases/bulk_new.html", context, status=problem.status if problem else 200)


def _source(request: Request) -> Source:
    sent = request.POST or request.GET
    action = reverse("bulk-act-new")
    ticked = [one for text in sent.getlist("case")[:MOST_TICKED] if (one := parse_uuid(text))]
    if ticked:
        choice = Choice(f"列表中勾选的 {len(ticked)} 件", case_ids=tuple(dict.fromkeys(ticked)))
        return Source(choice, action, tuple(("case", str(one)) for one in choice.case_ids))
    if sent.get("all") == "1":
        carried = tuple((name, sent[name]) for name in NARROWED if sent.get(name))
        return Source(_narrowed(request, dict(carried)), action, (("all", "1"), *carried))
    numbers = BETWEEN_NUMBERS.split(_typed(request, "numbers").upper())
    kept = tuple(dict.fromkeys(one for one in numbers if one))
    words = f"按编号选取的 {len(kept)} 件" if kept else "按编号选取"
    # No number at all is no case, and not every case that waits.
    return Source(Choice(words, numbers=kept) if kept else Choice(words, spans=()), action, pasted=True)


def _narrowed(request: Request, given: dict[str, str]) -> Choice:
    """The cases of a desk list as its address narrows it."""
    item, department = parse_uuid(given.get("item", "")), parse_uuid(given.get("department", ""))
    first, last = _day(given.get("due_from", "")), _day(given.get("due_to", ""))
    names = Item.objects.filter(pk=item).values_list("name", flat=True) if item else []
    told = [
        *names,
        *([department_names().get(department, "")] if department else []),
        *(["我经办的"] if given.get("mine") == "1" else []),
        *(["已超期的"] if given.get("overdue") == "1" else []),
        *(["急件"] if given.get("green") == "1" else []),
        *([f"期限 {first} 起"] if first else []),
        *([f"期限 {last} 止"] if last else []),
    ]
    return Choice(
        f"列表中的全部（{'，'.join(told)}）" if told else "列表中的全部",
        item_ids=(item,) if item else (),
        department_id=department,
        mine=given.get("mine") == "1",
        overdue_on=local_day(request.at) if given.get("overdue") == "1" else None,
        green=given.get("green") == "1",
        due_from=first,
        due_to=last,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
