"""One section a page: news items, the inspection of the hall, the imprint."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.web import Request, needs
from yichuang.reports import commands, queries
from yichuang.reports.commands import ItemDraft
from yichuang.reports.commands.editing import IMPRINT, INSPECTION
from yichuang.reports.commands.from_register import take_results
from yichuang.reports.flow import INSPECTION_DEFAULT, SectionKind
from yichuang.reports.models import Report
from yichuang.reports.pages.common import seen, show, text
from yichuang.reports.pages.from_register import inspection_beside, registered_results
from yichuang.reports.pages.locking import holding, looked_at
from yichuang.reports.rules.comparison import rows
from yichuang.reports.rules.content import Content, Item
from yichuang.reports.rules.form import DISTRIBUTION, SectionSpec
from yichuang.reports.rules.from_register import filled
from yichuang.reports.rules.tracking import merge
from yichuang.reports.rules.wording import period_text

MOST_FIELDS = 80
_FEW_DIGITS = re.compile("[0-9]{1,9}")


def editing_context(report: Report) -> dict[str, Any]:
    """What every section page needs."""
    return {
        "report": report,
        "period": period_text(report.first_day, report.last_day),
        "seen": report.edit_version,
    }


def lock_context(
    request: Request, report: Report, section: str, problem: Problem | None = None
) -> dict[str, Any]:
    """The lock of the section (taken on opening, only looked at after a refusal), and whether a reason is due.

    After a refusal the form stays on the screen whoever holds the section: nothing typed is lost.
    """
    held = looked_at(request, report, section) if problem else holding(request, report, section)
    return {
        "lock": held,
        "readonly": held.readonly and problem is None,
        "needs_why": report.returned_reason != "",
        "why": text(request, "why"),
    }


@needs(Capability.REPORT_EDIT)
@require_http_methods(["GET", "POST"])
def news(request: Request, report_id: UUID, section: str) -> HttpResponse:
    """The items under a heading: change, add, order, move to another heading, remove."""
    report = queries.report_for(report_id, by=request.by)
    form = queries.form_of(report)
    spec = form.section(section)
    if spec is None or spec.kind != SectionKind.NEWS or report.imported:
        raise Missing("没有这个栏目。", how="请从左侧大纲进入。")
    others = [(each.key, each.heading) for each in form.of_kind(SectionKind.NEWS)]
    if request.method != "POST":
        stored = [ItemDraft(item.text, item.id, section) for item in queries.content_of(report).of(section)]
        return _news_page(request, report, spec, others, stored)
    drafts = _ordered(_drafts(request, section), text(request, "act"))
    if text(request, "act") == "merge":
        merged, clashes = _merged(request, report, section, drafts)
        return _news_page(request, report, spec, others, merged, clashes=clashes)
    try:
        commands.save_section(
            report_id,
            section,
            drafts,
            seen=seen(request),
            why=text(request, "why"),
            by=request.by,
            at=request.at,
        )
    except Problem as problem:
        newest = queries.report_for(report_id, by=request.by)
        return _news_page(request, newest, spec, others, drafts, problem)
    if text(request, "act"):
        return HttpResponseRedirect(reverse("desk-report-section", args=[report_id, section]))
    return _saved(request, report_id, spec.heading)


def _drafts(request: Request, section: str) -> list[ItemDraft]:
    """The items as the form sends them, in the order on the screen; the last may be a new one."""
    found = []
    for place in range(MOST_FIELDS):
        if f"text-{place}" not in request.POST:
            break
        target = text(request, f"section-{place}") or section
        found.append(ItemDraft(text(request, f"text-{place}"), text(request, f"id-{place}", 64), target))
    return found


def _ordered(drafts: list[ItemDraft], act: str) -> list[ItemDraft]:
    """The items after the button that was pressed: up:2, down:0, remove:1."""
    verb, _, raw = act.partition(":")
    place = int(raw) if raw.isascii() and raw.isdigit() else -1
    if not 0 <= place < len(drafts):
        return drafts
    if verb == "remove":
        return drafts[:place] + drafts[place + 1 :]
    target = {"up": place - 1, "down": place + 1}.get(verb, place)
    if 0 <= target < len(drafts):
        drafts[place], drafts[target] = drafts[target], drafts[place]
    return drafts


def _merged(
    request: Request, report: Report, section: str, drafts: Sequence[ItemDraft]
) -> tuple[list[ItemDraft], int]:
    """Theirs and what was typed here in one, item by item, from the version that was on the screen at first."""
    base = {item.id: item.text for item in _base_items(request, report, section)}
    theirs = queries.content_of(report).of(section)
    typed = {draft.id: draft for draft in drafts if draft.id}
    found: list[ItemDraft] = []
    clashes = 0
    for item in theirs:
        yours = typed.pop(item.id, None)
        if yours is None and base.get(item.id) == item.text:
            continue
        both = merge(base.get(item.id, ""), item.text, yours.text if yours else item.text)
        clashes += both.clashes
        found.append(ItemDraft(both.text, item.id, yours.section if yours else section))
    # What they removed stays removed, unless it was changed here.
    found += [draft for draft in typed.values() if draft.text != base.get(draft.id, "").strip()]
    return [*found, *(draft for draft in drafts if not draft.id and draft.text.strip())], clashes


def _base_items(request: Request, report: Report, section: str) -> tuple[Item, ...]:
    raw = request.POST.get("base", "")
    number = int(raw) if _FEW_DIGITS.fullmatch(raw) else 0
    if not 1 <= number <= report.edit_version:
        return ()
    return Content.from_json(queries.version(report, number).content).of(section)


def _news_page(
    request: Request,
    report: Report,
    spec: SectionSpec,
    others: list[tuple[str, str]],
    drafts: Sequence[ItemDraft],
    problem: Problem | None = None,
    clashes: int | None = None,
) -> HttpResponse:
    known = [draft for draft in drafts if draft.id or draft.text.strip()]
    items = queries.content_of(report).of(spec.key)
    stored = [item.text for item in items]
    conflict = problem is not None and problem.status == 409
    context = editing_context(report) | {
        "spec": spec,
        "others": others,
        "drafts": known,
        "photos": queries.photos_of_items(items),
        "rows": rows(stored, [draft.text for draft in known]) if conflict else (),
        "base": request.POST.get("base", "") or seen(request),
        "clashes": clashes,
    }
    return show(request, "section_news", context | lock_context(request, report, spec.key, problem), problem)


def _saved(request: Request, report_id: UUID, what: str) -> HttpResponse:
    messages.success(request, f"已保存「{what}」。")
    return HttpResponseRedirect(reverse("desk-report", args=[report_id]))


@needs(Capability.REPORT_EDIT)
@require_http_methods(["GET", "POST"])
def inspection(request: Request, report_id: UUID) -> HttpResponse:
    """The result under each heading; the usual words are offered by a button, never filled in by themselves."""
    report = queries.report_for(report_id, by=request.by)
    if report.last_day is None or report.imported:
        raise Missing("往期周报没有巡查登记。")
    asked = queries.form_of(report).inspection_on(report.last_day)
    results = dict(queries.content_of(report).inspection)
    problem = None
    if request.method == "POST":
        fill = text(request, "fill", 64)
        results = {row.key: text(request, row.key) for row in asked}
        known = registered_results(report) if fill else {}
        results = filled(results, fill, known, INSPECTION_DEFAULT)
        taken = [key for key, row in known.items() if results.get(key) == row.text]
        said: dict[str, Any] = {"seen": seen(request), "why": text(request, "why")}
        try:
            take_results(report_id, results, taken, **said, by=request.by, at=request.at)
        except Problem as found:
            problem, report = found, queries.report_for(report_id, by=request.by)
        else:
            if fill:
                return HttpResponseRedirect(reverse("desk-report-inspection", args=[report_id]))
            return _saved(request, report_id, "大厅巡查情况")
    context = editing_context(report) | {"asked": asked, "results": results, "usual": INSPECTION_DEFAULT}
    context |= inspection_beside(report, results)
    context |= lock_context(request, report, INSPECTION, problem)
    return show(request, "section_inspection", context, problem)


@needs(Capability.REPORT_EDIT)
@require_http_methods(["GET", "POST"])
def imprint(request: Request, report_id: UUID) -> HttpResponse:
    """Who gets the report, and how many copies are printed."""
    report = queries.report_for(report_id, by=request.by)
    if report.imported:
        raise Missing("往期周报不能修改。")
    given: dict[str, Any] = {label: report.distribution.get(label, "") for label in DISTRIBUTION}
    given["copies"] = report.copies
    problem = None
    if request.method == "POST":
        names = {"报": "report_to", "送": "send_to", "发": "issue_to"}
        given = {label: text(request, names[label]) for label in DISTRIBUTION} | {
            "copies": text(request, "copies")
        }
        copies = int(given["copies"]) if _FEW_DIGITS.fullmatch(given["copies"]) else -1
        try:
            commands.save_imprint(
                report_id,
                given,
                copies,
                seen=seen(request),
                why=text(request, "why"),
                by=request.by,
                at=request.at,
            )
        except Problem as found:
            problem, report = found, queries.report_for(report_id, by=request.by)
        else:
            return _saved(request, report_id, "印发信息")
    context = editing_context(report) | {"given": given} | lock_context(request, report, IMPRINT, problem)
    return show(request, "section_imprint", context, problem)
