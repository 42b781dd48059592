"""The form of a finding, filled in with a phone in the hall."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from yichuang.directory.flow import Capability
from yichuang.directory.queries import departments
from yichuang.halls.commands import findings as commands
from yichuang.halls.commands.findings import FindingForm, NewPhoto
from yichuang.halls.flow.rounds import Register
from yichuang.halls.models import Window
from yichuang.halls.pages.rounds_common import MEGABYTES, integer, posted_photos, show, text, tokens
from yichuang.halls.queries import rounds as queries
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.web import Request, needs, post_key

FIELDS = ("heading", "category", "department", "window", "words", "answering", "days")
USUAL_DAYS = "3"


@needs(Capability.HALL_INSPECT)
@require_http_methods(["GET", "POST"])
def new(request: Request, round_id: UUID) -> HttpResponse:
    """Record a finding of an open round. What was typed before, here or in a lost post, is there again."""
    if request.method == "POST":
        return _save(request, round_id)
    row = queries.round_for(round_id, by=request.by)
    given = {name: str(row.draft.get(f"finding-{name}", "")) for name in FIELDS}
    asked = request.GET.get("heading", "")
    chosen = next((each for each in queries.terms(Register.HEADING, row.day) if each.code == asked), None)
    given["heading"] = str(chosen.pk) if chosen else given["heading"]
    given["days"] = given["days"] or USUAL_DAYS
    return _page(request, round_id, given)


def _save(request: Request, round_id: UUID) -> HttpResponse:
    given = {name: text(request, name) for name in FIELDS}
    photos, wrong = posted_photos(request)
    form = FindingForm(
        heading_id=parse_uuid(given["heading"]), category_id=parse_uuid(given["category"]),
        department_id=parse_uuid(given["department"]), window=given["window"], words=given["words"],
        answering=given["answering"], days=integer(request, "days"), photos=photos,
    )  # fmt: skip
    try:
        if wrong:
            raise Invalid("照片没有收下，其他内容都在下面。", fields={"photos": wrong})
        made = commands.record_finding(round_id, form, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _page(request, round_id, given, photos, problem)
    messages.success(request, f"已记下：{made.department.short_name}{made.category.name}。")
    return HttpResponseRedirect(reverse("desk-round", args=[round_id]))


def _page(
    request: Request,
    round_id: UUID,
    given: dict[str, str],
    photos: tuple[NewPhoto, ...] = (),
    problem: Problem | None = None,
) -> HttpResponse:
    row = queries.round_for(round_id, by=request.by)
    context: dict[str, Any] = {
        "round": row,
        "given": given,
        "kept": tokens(photos, request),
        "headings": [(each.pk, each.name) for each in queries.terms(Register.HEADING, row.day)],
        "categories": [(each.pk, each.name) for each in queries.terms(Register.CATEGORY, row.day)],
        "departments": [(each.pk, each.short_name) for each in departments()],
        "windows": list(Window.objects.filter(is_active=True).values_list("code", "name")),
        "megabytes": MEGABYTES,
        "key": client_key(),
    }
    return show(request, "findings_new", context, problem)


urlpatterns: list[URLPattern] = [
    path("desk/hall/rounds/<uuid:round_id>/findings", new, name="desk-round-finding"),
]
