"""The editor of a draft: one section of the guide a page."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from yichuang.catalogue import commands, queries
from yichuang.catalogue.models import GuideVersion
from yichuang.catalogue.pages.guide_fields import Section
from yichuang.catalogue.pages.guide_form import Parsed, blocks, parse
from yichuang.catalogue.pages.places import control_of, place_of, sections_of
from yichuang.catalogue.pages.versions import finding_lines
from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem
from yichuang.kernel.web import Request, needs


@needs(Capability.CATALOGUE_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: Request, version_id: UUID, key: str) -> HttpResponse:
    """Read or save one section of a draft. What was typed is never lost: a refused save shows it again."""
    version = queries.version(version_id, by=request.by)
    section = next((one for one in sections_of(version.elements) if one.key == key), None)
    if section is None:
        raise Missing
    if request.method == "GET":
        return _page(request, version, section)
    parsed = parse(section, version.elements, request.POST)
    try:
        saved = _save(version, parsed, request)
    except Problem as problem:
        return _page(request, version, section, parsed, problem)
    messages.success(request, f"“{section.title}”已保存。")
    return HttpResponseRedirect(reverse("guide-edit", args=[version_id, _next(saved, section, request)]))


def _save(version: GuideVersion, parsed: Parsed, request: Request) -> GuideVersion:
    if parsed.problems:
        raise Invalid("还有几处须先改正，内容没有保存。", fields=parsed.problems)
    seen = request.POST.get("edit", "")
    edit = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0
    return commands.save_draft(version.pk, parsed.elements, edit=edit, by=request.by, at=request.at)


def _next(saved: GuideVersion, section: Section, request: Request) -> str:
    keys = [one.key for one in sections_of(saved.elements)]
    place = keys.index(section.key) if section.key in keys else 0
    onward = request.POST.get("then") == "next" and place + 1 < len(keys)
    return keys[place + 1] if onward else keys[place]


def _page(
    request: Request,
    version: GuideVersion,
    section: Section,
    parsed: Parsed | None = None,
    problem: Problem | None = None,
) -> HttpResponse:
    posted = request.POST if problem else None
    findings = finding_lines(version)
    context: dict[str, Any] = {
        "version": version,
        "item": version.item,
        "section": section,
        "sections": _tasks(version, section),
        "blocks": list(blocks(section, version.elements, posted)),
        "counts": {control_of(group.path): 0 for group in section.groups if group.path},
        "errors": _by_control(version, problem),
        "problem": problem,
        # After a conflict the newest edit is sent along: what is typed here may then be saved over it, knowingly.
        "edit": version.edit
        if problem is None or isinstance(problem, Conflict)
        else request.POST.get("edit", ""),
        "differences": _differences(version, parsed, problem),
        "marked": " ".join(line.control for line in findings),
        "findings": [line for line in findings if f"/edit/{section.key}#" in line.href],
        "others": sum(f"/edit/{section.key}#" not in line.href for line in findings),
        "is_draft": version.state == "draft",
    }
    for block in context["blocks"]:
        if block.prefix:
            context["counts"][block.prefix.rpartition(".")[0]] += 1
    return render(request, "catalogue/edit.html", context, status=problem.status if problem else 200)


def _tasks(version: GuideVersion, current: Section) -> list[tuple[str, str, bool]]:
    return [
        (one.title, reverse("guide-edit", args=[version.pk, one.key]), one.key == current.key)
        for one in sections_of(version.elements)
    ]


def _by_control(version: GuideVersion, problem: Problem | None) -> dict[str, str]:
    """Messages by control: the parser's name a control, the command's a place in the guide."""
    if problem is None:
        return {}
    return {place_of(path, version.elements)[1] or path: message for path, message in problem.fields.items()}


def _differences(version: GuideVersion, parsed: Parsed | None, problem: Problem | None) -> list[Any]:
    """What saving what is typed would change in the newest draft; told after a conflict."""
    if parsed is None or not isinstance(problem, Conflict):
        return []
    return queries.readable_diff(version.elements, parsed.elements)
