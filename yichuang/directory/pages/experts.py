"""The pool of experts: the list, one expert, the relations that were declared."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.directory.commands import ExpertForm, declare_relation, end_relation, save_expert
from yichuang.directory.flow import Capability
from yichuang.directory.models import Expert
from yichuang.directory.queries import expert, expert_fields, experts, experts_page
from yichuang.directory.rules.experts import fields_in
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

CSV_HEAD = ("姓名", "专业领域", "单位", "单位信用代码", "职称", "电话", "状态", "有效的回避关系")
NAMES = ("name", "unit", "unit_code", "title", "phone", "fields")
MOST_CHIPS = 12


@needs(Capability.EXPERT_MANAGE)
@require_safe
def listing(request: Request) -> HttpResponse:
    """The pool by name: by a word, by a field."""
    asked = _asked(request)
    page = experts_page(
        by=request.by,
        text=asked.get("q", ""),
        field=asked.get("field", ""),
        after=request.GET.get("after", "")[:500],
    )
    address = reverse("experts")
    fields = expert_fields()
    chips = [
        (
            name,
            f"{address}?{urlencode({**asked, 'field': '' if asked.get('field') == name else name})}",
            asked.get("field") == name,
            count,
        )
        for name, count in fields[:MOST_CHIPS]
    ]
    context = {
        "page": page,
        "q": asked.get("q", ""),
        "chips": chips,
        "clear": address if asked else "",
        "csv": f"{reverse('experts-csv')}?{urlencode(asked)}",
        "previous": "" if page.is_first else f"{address}?{urlencode(asked)}",
        "following": f"{address}?{urlencode({**asked, 'after': page.following})}" if page.following else "",
    }
    return render(request, "directory/experts.html", context)  # fmt: skip


def _asked(request: Request) -> dict[str, str]:
    given = {name: clean_text(request.GET.get(name, ""), limit=100) for name in ("q", "field")}
    return {name: value for name, value in given.items() if value}


@needs(Capability.EXPERT_MANAGE)
@require_safe
def as_csv(request: Request) -> StreamingHttpResponse:
    """The same list whole, as a file."""
    asked = _asked(request)
    found = experts(by=request.by, text=asked.get("q", ""), field=asked.get("field", ""))
    return csv_response(f"专家库_{local_day(request.at)}.csv", CSV_HEAD, _csv(found))


def _csv(found: Iterator[Any]) -> Iterator[list[object]]:
    for one in found:
        yield [
            one.name, "、".join(one.fields), one.unit, one.unit_code, one.title, one.phone,
            "在用" if one.is_active else "已停用", one.relations_open,
        ]  # fmt: skip


@needs(Capability.EXPERT_MANAGE)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Take somebody into the pool."""
    return _save(request, None) if request.method == "POST" else _page(request, None)


@needs(Capability.EXPERT_MANAGE)
@require_http_methods(["GET", "POST"])
def one(request: Request, expert_id: UUID) -> HttpResponse:
    """One expert: change, switch off, and what was declared."""
    found = expert(expert_id, by=request.by)
    return _save(request, found) if request.method == "POST" else _page(request, found)


def _save(request: Request, found: Expert | None) -> HttpResponse:
    given: dict[str, Any] = {name: clean_text(request.POST.get(name, ""), limit=500) for name in NAMES}
    given["is_active"] = found is None or request.POST.get("is_active") == "yes"
    form = ExpertForm(
        given["name"], fields_in(given["fields"]), given["unit"], given["title"], given["unit_code"], given["phone"],
        given["is_active"],
    )  # fmt: skip
    seen = request.POST.get("seen", "")
    try:
        saved = save_expert(
            form, by=request.by, at=request.at, key=post_key(request), expert_id=found.pk if found else None,
            seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 8 else 0,
        )  # fmt: skip
    except Problem as problem:
        return _page(request, found, given, problem)
    messages.success(request, f"已保存专家「{saved.name}」。")
    return HttpResponseRedirect(reverse("expert", args=[saved.pk]))


def _page(
    request: Request, found: Expert | None, given: dict[str, Any] | None = None, problem: Problem | None = None,
    *, on_relation: bool = False,
) -> HttpResponse:  # fmt: skip
    kept: dict[str, Any] = {name: getattr(found, name, "") for name in NAMES} | {"is_active": True}
    if found is not None:
        kept |= {"fields": "、".join(found.fields), "is_active": found.is_active}
    context = {
        "expert": found, "given": kept | (given or {}), "problem": problem,
        "errors": problem.fields if problem else {}, "on_relation": on_relation,
        "relations": list(found.relations.all()) if found else [],
        "known_fields": [name for name, _ in expert_fields()], "key": client_key(),
    }  # fmt: skip
    return render(request, "directory/expert.html", context, status=problem.status if problem else 200)


@needs(Capability.EXPERT_MANAGE)
@require_POST
def relate(request: Request, expert_id: UUID) -> HttpResponse:
    """Note a relation that the expert declares."""
    found = expert(expert_id, by=request.by)
    given = {name: clean_text(request.POST.get(name, ""), limit=500) for name in ("to", "reason")}
    try:
        declare_relation(
            expert_id, given["to"], given["reason"], by=request.by, at=request.at, key=post_key(request)
        )
    except Problem as problem:
        return _page(request, found, given, problem, on_relation=True)
    messages.success(request, "已登记回避关系，以后抽取时自动排除。")
    return HttpResponseRedirect(reverse("expert", args=[expert_id]))


@needs(Capability.EXPERT_MANAGE)
@require_POST
def unrelate(request: Request, relation_id: UUID) -> HttpResponse:
    """A relation has ended."""
    ended = end_relation(relation_id, by=request.by, at=request.at)
    messages.success(request, "已登记这一关系解除。")
    return HttpResponseRedirect(reverse("expert", args=[ended.expert_id]))


urlpatterns: list[URLPattern] = [
    path("desk/experts", listing, name="experts"),
    path("desk/experts.csv", as_csv, name="experts-csv"),
    path("desk/experts/new", new, name="expert-new"),
    path("desk/experts/<uuid:expert_id>", one, name="expert"),
    path("desk/experts/<uuid:expert_id>/relations", relate, name="expert-relate"),
    path("desk/experts/relations/<uuid:relation_id>/end", unrelate, name="expert-unrelate"),
]
