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
from yichuang.reports.flow import INSPECTION_DEFAULT, SectionKind
from yichuang.reports.models import Report
from yichuang.reports.pages.common import seen, show, text
from yichuang.reports.rules.form import DISTRIBUTION, SectionSpec
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
    try:
        commands.save_section(report_id, section, drafts, seen=seen(request), by=request.by, at=request.at)
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


def _news_page(
    request: Request,
    report: Report,
    spec: SectionSpec,
    others: list[tuple[str, str]],
    drafts: Sequence[ItemDraft],
    problem: Problem | None = None,
) -> HttpResponse:
    known = [draft for draft in drafts if draft.id or draft.text.strip()]
    stored = queries.content_of(report).of(spec.key)
    context = editing_context(report) | {
        "spec": spec,
        "others": others,
        "drafts": known,
        "stored": [item.text for item in stored] if problem and problem.status == 409 else [],
    }
    return show(request, "section_news", context, problem)


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
        for key, result in results.items():
            if not result and fill in (key, "all"):
                results[key] = INSPECTION_DEFAULT
        try:
            commands.save_inspection(report_id, results, seen=seen(request), by=request.by, at=request.at)
        except Problem as found:
            problem, report = found, queries.report_for(report_id, by=request.by)
        else:
            if fill:
                return HttpResponseRedirect(reverse("desk-report-inspection", args=[report_id]))
            return _saved(request, report_id, "大厅巡查情况")
    context = editing_context(report) | {"asked": asked, "results": results, "usual": INSPECTION_DEFAULT}
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
            commands.save_imprint(report_id, given, copies, seen=seen(request), by=request.by, at=request.at)
        except Problem as found:
            problem, report = found, queries.report_for(report_id, by=request.by)
        else:
            return _saved(request, report_id, "印发信息")
    return show(request, "section_imprint", editing_context(report) | {"given": given}, problem)
