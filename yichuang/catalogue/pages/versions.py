"""Versions of guides on the desk: read, judge, compare, move; begin a new one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from yichuang.catalogue import commands, queries
from yichuang.catalogue.flow import VersionTransition
from yichuang.catalogue.models import GuideVersion
from yichuang.catalogue.pages.guide_view import view_of
from yichuang.catalogue.pages.places import place_of
from yichuang.catalogue.queries.lists import listing
from yichuang.catalogue.rules.completeness import lint
from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs

CONSEQUENCES = {
    "submit": "提交后不能再修改，须由另一位有发布权限的人审核；审核前可以撤回。",
    "discard": "草稿作废后不能恢复，现行版不受影响。",
    "recall": "撤回后回到草稿，可以继续修改。",
    "return": "退回后由编写人继续修改，退回理由会显示在版本页面上。",
    "publish": "发布后立即对公众生效，现行版同时停用；已受理的办件仍按受理时的版本办理。",
    "retire": "停用后这个事项不能再申办，直到发布新的一版。",
}
DANGEROUS = {"discard", "retire"}


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding with the words and the address of its field."""

    is_error: bool
    place: str
    message: str
    control: str
    href: str


@dataclass(frozen=True, slots=True)
class Move:
    """A button: a row of the flow table, what it will do, and why it is not for this person, if so."""

    row: VersionTransition
    consequence: str
    tone: str
    barred: str


@needs(Capability.CATALOGUE_EDIT)
@require_POST
def begin(request: Request, item_id: UUID) -> HttpResponse:
    """Begin the next version of an item's guide, or go on with the one in work."""
    item = queries.desk_item(item_id, by=request.by)
    version = commands.start_draft(item, by=request.by, at=request.at)
    return HttpResponseRedirect(reverse("guide-version", args=[version.pk]))


@needs(Capability.CATALOGUE_READ)
@require_GET
def version(request: Request, version_id: UUID) -> HttpResponse:
    """One version as the public will see it, what it changes, what the linter says, and what may be done now."""
    return _page(request, version_id)


@needs(Capability.CATALOGUE_READ)
@require_POST
def move(request: Request, version_id: UUID, name: str) -> HttpResponse:
    """One move of the flow table; who may make it is the command's to say."""
    reason = clean_text(request.POST.get("reason", ""), limit=500)
    try:
        moved = _make(name, version_id, reason, request)
    except Problem as problem:
        return _page(request, version_id, problem, reason)
    messages.success(request, f"第{moved.number}版{_DONE[name]}。")
    return HttpResponseRedirect(reverse("guide-version", args=[version_id]))


_DONE = {
    "submit": "已提交审核",
    "discard": "草稿已作废",
    "recall": "已撤回，可以继续修改",
    "return": "已退回修改",
    "publish": "已发布",
    "retire": "已停用",
}


@needs(Capability.CATALOGUE_READ)
@require_GET
def compare(request: Request, item_id: UUID) -> HttpResponse:
    """What differs between any two versions of an item's guide."""
    item = queries.desk_item(item_id, by=request.by)
    versions = queries.versions_of(item, by=request.by)
    if not versions:
        raise Missing
    new = _chosen(request.GET.get("new", ""), versions) or versions[0]
    old = _chosen(request.GET.get("old", ""), versions) or versions[min(1, len(versions) - 1)]
    context = {
        "item": item,
        "options": [(str(one.pk), f"第{one.number}版") for one in versions],
        "old": old,
        "new": new,
        "changes": queries.version_diff(old, new),
    }
    return render(request, "catalogue/compare.html", context)


def finding_lines(version: GuideVersion) -> list[FindingLine]:
    """What the linter says of a version, errors first, each linked to its field in the editor."""
    lines = []
    for finding in lint(queries.guide_of(version)):
        section, control, place = place_of(finding.path, version.elements)
        href = f"{reverse('guide-edit', args=[version.pk, section])}#f-{control}"
        lines.append(FindingLine(finding.level == "error", place, finding.message, control, href))
    return lines


def _make(name: str, version_id: UUID, reason: str, request: Request) -> GuideVersion:
    with_reason = {"return": commands.return_, "retire": commands.retire}
    plain = {
        "submit": commands.submit,
        "discard": commands.discard,
        "recall": commands.recall,
        "publish": commands.publish,
    }
    if name in with_reason:
        return with_reason[name](version_id, reason, by=request.by, at=request.at)
    if name not in plain:
        raise Missing
    return plain[name](version_id, by=request.by, at=request.at)


def _page(
    request: Request, version_id: UUID, problem: Problem | None = None, reason: str = ""
) -> HttpResponse:
    found = queries.version(version_id, by=request.by)
    guide = queries.guide_of(found)
    current = queries.desk_item(found.item_id, by=request.by).current
    base = current if current is not None and current.pk != found.pk else None
    context: dict[str, Any] = {
        "version": found,
        "item": found.item,
        "guide": guide,
        "view": view_of(guide),
        "current": base,
        "changes": queries.version_diff(base, found) if base else [],
        "tab": "changes" if request.GET.get("view") == "changes" and base else "preview",
        "findings": finding_lines(found) if found.state in ("draft", "in_review") else [],
        "moves": _moves(found, request),
        "listing": listing(found.item, found.elements, local_day(request.at)),
        "may_edit": found.state == "draft" and _may_edit(found, request),
        "problem": problem,
        "problem_fields": _linked(found, problem),
        "reason": reason,
    }
    return render(request, "catalogue/version.html", context, status=problem.status if problem else 200)


def _moves(version: GuideVersion, request: Request) -> list[Move]:
    barred = commands.four_eyes_problem(version, request.by)
    reaches = request.by.reaches(version.item.department_id)
    return [
        Move(
            row,
            CONSEQUENCES[row.name],
            "danger"
            if row.name in DANGEROUS
            else "primary"
            if row.name in ("submit", "publish")
            else "plain",
            barred if row.four_eyes else "",
        )
        for row in (queries.moves(version, by=request.by) if reaches else [])
    ]


def _may_edit(version: GuideVersion, request: Request) -> bool:
    return request.by.can(Capability.CATALOGUE_EDIT) and request.by.reaches(version.item.department_id)


def _linked(version: GuideVersion, problem: Problem | None) -> list[tuple[str, str, str]]:
    """(address, place, message) of every field that a refused move names."""
    if problem is None:
        return []
    lines = []
    for path, message in problem.fields.items():
        if path == "reason":
            lines.append(("#f-reason", "理由", message))
            continue
        section, control, place = place_of(path, version.elements)
        lines.append((f"{reverse('guide-edit', args=[version.pk, section])}#f-{control}", place, message))
    return lines


def _chosen(text: str, versions: list[GuideVersion]) -> GuideVersion | None:
    wanted = parse_uuid(text)
    return next((one for one in versions if one.pk == wanted), None)
