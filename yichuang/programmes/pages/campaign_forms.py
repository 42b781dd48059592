"""Pages of the room: the forms of a campaign and of those who file in it."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.web import Request, needs, post_key, posted_uuid
from yichuang.programmes.commands import campaigns as commands
from yichuang.programmes.commands import filers as filer_commands
from yichuang.programmes.commands.campaigns import CampaignForm
from yichuang.programmes.commands.filers import FilerForm
from yichuang.programmes.flow.events import Mark
from yichuang.programmes.models import Campaign
from yichuang.programmes.pages.common import day, department_choices, read_day, seen, show, shown_edit, text
from yichuang.programmes.queries import campaigns as queries

FIELDS = (
    "title",
    "source",
    "target",
    "unit",
    "words",
    "items",
    "milestones",
    "starts_on",
    "deadline",
    "department",
)
FILER_FIELDS = ("name", "target", "papers", "starts_on", "deadline", "department")


@needs(Capability.PROGRAMME_MANAGE)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Begin a campaign."""
    if request.method != "POST":
        return _form(request, None, {"unit": "件"})
    given = {name: text(request, name) for name in FIELDS}
    try:
        made = commands.open_campaign(
            _stated(request, given), by=request.by, at=request.at, key=post_key(request)
        )
    except Problem as problem:
        return _form(request, None, given, problem)
    messages.success(request, "专项已建立，请添加申报单位。")
    return HttpResponseRedirect(reverse("programme-campaign", args=[made]))


@needs(Capability.PROGRAMME_MANAGE)
@require_http_methods(["GET", "POST"])
def edit(request: Request, campaign_id: UUID) -> HttpResponse:
    """Change a campaign."""
    found = _managed(request, campaign_id)
    if request.method != "POST":
        return _form(request, found, _kept(found))
    given = {name: text(request, name) for name in FIELDS}
    try:
        commands.change_campaign(
            campaign_id, _stated(request, given), seen=seen(request), by=request.by, at=request.at
        )
    except Problem as problem:
        return _form(request, found, given, problem)
    messages.success(request, "修改已保存。")
    return HttpResponseRedirect(reverse("programme-campaign", args=[campaign_id]))


def _managed(request: Request, campaign_id: UUID) -> Campaign:
    found = queries.campaign_for(campaign_id, by=request.by)
    if not request.by.reaches(found.department_id):
        raise Missing
    return found


def _stated(request: Request, given: dict[str, str]) -> CampaignForm:
    return CampaignForm(
        title=given["title"], source=given["source"], target=given["target"], unit=given["unit"],
        words=given["words"], starts_on=day(request, "starts_on"), deadline=day(request, "deadline"),
        item_codes=[line.strip() for line in given["items"].split("\n") if line.strip()],
        milestones=_milestones(given["milestones"]), department_id=posted_uuid(request, "department"),
    )  # fmt: skip


def _milestones(typed: str) -> list[tuple[date, int]]:
    """Lines such as 2026-10-31 150000. Raises Invalid for a line that is not so."""
    found = []
    for line in filter(None, (line.strip() for line in typed.split("\n"))):
        first, _, rest = line.partition(" ")
        on, count = read_day(first), rest.strip().replace(",", "")
        if on is None or not (count.isascii() and count.isdigit() and len(count) <= 9):
            raise Invalid("节点格式有误。", fields={"milestones": f"“{line[:30]}”应写作：2026-10-31 150000"})
        found.append((on, int(count)))
    return found


def _typed_target(count: int, mark: str) -> str:
    return f"约{count}" if mark == Mark.ABOUT else str(count)


def _kept(found: Campaign) -> dict[str, Any]:
    return {
        **{
            name: getattr(found, name)
            for name in ("title", "source", "unit", "words", "starts_on", "deadline")
        },
        "target": _typed_target(found.target, found.target_mark),
        "items": "\n".join(code for _, code, _ in queries.items_of(found)),
        "milestones": "\n".join(f"{one.on} {one.count}" for one in found.milestones.all()),
        "department": str(found.department_id),
    }


def _form(
    request: Request, found: Campaign | None, given: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    context = {
        "campaign": found,
        "given": given,
        "departments": department_choices() if request.by.everywhere and not found else [],
        "conflicted": isinstance(problem, Conflict),
        "seen": shown_edit(request, found.edit if found else 0, problem),
        "key": client_key(),
    }
    return show(request, "campaign_form", context, problem)


@needs(Capability.PROGRAMME_MANAGE)
@require_http_methods(["GET", "POST"])
def filer(request: Request, campaign_id: UUID) -> HttpResponse:
    """Put a filer into a campaign, or change one: the name decides."""
    found = _managed(request, campaign_id)
    if request.method != "POST":
        return _filer_form(request, found, _filer_kept(request, found))
    given: dict[str, Any] = {name: text(request, name) for name in FILER_FIELDS}
    try:
        form = FilerForm(
            name=given["name"], target=given["target"], papers=given["papers"].split("\n"),
            starts_on=day(request, "starts_on"), deadline=day(request, "deadline"),
            department_id=posted_uuid(request, "department"),
        )  # fmt: skip
        filer_commands.add_filer(campaign_id, form, by=request.by, at=request.at)
    except Problem as problem:
        return _filer_form(request, found, given, problem)
    messages.success(request, f"已保存申报单位：{form.name}。")
    return HttpResponseRedirect(reverse("programme-campaign", args=[campaign_id]))


def _filer_kept(request: Request, found: Campaign) -> dict[str, Any]:
    wanted = parse_uuid(request.GET.get("filer", ""))
    if wanted is None:
        return {"starts_on": found.starts_on, "deadline": found.deadline}
    row = queries.filer_for(found, wanted)
    return {
        "name": row.name,
        "target": _typed_target(row.target, row.target_mark),
        "papers": "\n".join(queries.paper_numbers(row)),
        "starts_on": row.starts_on,
        "deadline": row.deadline,
        "department": str(row.department_id or ""),
    }


def _filer_form(
    request: Request, found: Campaign, given: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    context = {"campaign": found, "given": given, "departments": department_choices(), "key": client_key()}
    return show(request, "campaign_filer", context, problem)
