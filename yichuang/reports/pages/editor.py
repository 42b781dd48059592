"""The editor's bench: the document as it will be printed, its outline, suggestions, figures and the next steps."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.journal.queries import facts_of, head
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.web import Request, needs, posted_uuid, signed_in
from yichuang.reports import commands, flow, queries
from yichuang.reports.flow import EDITABLE, PUBLISHED, Action, FourEyes, SectionKind, State
from yichuang.reports.models import Report, SectionLock
from yichuang.reports.pages.common import FORMATS, cases_address, file_of, html_of, seen, show, text
from yichuang.reports.pages.numbers import html_with_numbers
from yichuang.reports.pages.suggestions import bench_offers
from yichuang.reports.queries import Known, PlacedNumber
from yichuang.reports.rules.advice import OutlineRow
from yichuang.reports.rules.content import Content
from yichuang.reports.rules.document import Cited, Document
from yichuang.reports.rules.wording import period_text
from yichuang.statistics.flow import LABELS_OF_GROUPS, measure_of

_PAGES = {
    SectionKind.VISITS: "desk-report-visits",
    SectionKind.INSPECTION: "desk-report-inspection",
}


@signed_in
@require_safe
def editor(request: Request, report_id: UUID) -> HttpResponse:
    """The bench of one report; for a past one its text and what was read from it."""
    report = queries.report_for(report_id, by=request.by)
    return _past(request, report) if report.imported else _bench(request, report)


def _past(request: Request, report: Report, problem: Problem | None = None) -> HttpResponse:
    context = {
        "report": report,
        "html": html_of(queries.issued_document(report), by=request.by),
        "figures": list(report.figures.all()),
        "formats": FORMATS,
        "may_bring_forward": request.by.can(Capability.FIGURES_BRING_FORWARD),
    }
    return show(request, "desk_past", context, problem)


@queries.collected_once()
def _bench(
    request: Request, report: Report, *, failed: str = "", given: str = "", problem: Problem | None = None
) -> HttpResponse:
    figures = queries.live_figures(report) if report.state not in PUBLISHED else {}
    content = queries.content_of(report)
    placed = queries.placed_numbers(report, content)
    document = _document(report, request, figures, content, placed)
    editable = report.state in EDITABLE and request.by.can(Capability.REPORT_EDIT)
    context = {
        "report": report,
        "name": document.number_line if report.number else "",
        "period": period_text(report.first_day, report.last_day),
        "html": html_with_numbers(document, report, placed, by=request.by),
        "numbers": _number_counts(placed),
        "steps": _steps(State(report.state), approved=report.approved_by_name != ""),
        "next": flow.waits_for(State(report.state), approved=report.approved_by_name != ""),
        **_actions(request, report),
        "editable": editable,
        "outline": _outline(request, report, content),
        **_beside(request, report, Known(content, placed, figures)),
        "advice": queries.advice_for(report, at=request.at, figures=figures, content=content, numbers=placed)
        if figures
        else (),
        "waiting": queries.waiting(report) if editable else [],
        "sections": _news_sections(report),
        "figures": [_figure(each) for each in document.figures],
        "seal": report.snapshot.seal if report.snapshot else head().number,
        "at": report.snapshot.at if report.snapshot else request.at,
        "formats": FORMATS,
        "facts": _facts(report),
        "failed": failed,
        "given": given,
        **(bench_offers(report) if editable else {}),
    }
    return show(request, "editor", context, problem)


def _number_counts(placed: Sequence[PlacedNumber]) -> tuple[int, int]:
    """How many numbers the words hold, and how many of them have no source."""
    return len(placed), len(queries.unbound(placed))


def _actions(request: Request, report: Report) -> dict[str, Any]:
    """The steps that the actor may take now, and those that four eyes forbid (told, not hidden)."""
    rows = flow.allowed(State(report.state), approved=report.approved_by_name != "")
    held = [row for row in rows if request.by.can(row.capability)]
    mine = (
        request.by.id in queries.editors_of(report.id)
        if any(row.four_eyes == FourEyes.EDITORS for row in held)
        else False
    )
    return {
        "actions": [row for row in held if not (mine and row.four_eyes == FourEyes.EDITORS)],
        "forbidden": [row.label for row in held if mine and row.four_eyes == FourEyes.EDITORS],
    }


def _document(
    report: Report,
    request: Request,
    figures: dict[str, Cited],
    content: Content,
    placed: Sequence[PlacedNumber],
) -> Document:
    if report.state in PUBLISHED:
        return queries.issued_document(report)
    return queries.draft_document(report, at=request.at, figures=figures, content=content, numbers=placed)


def _steps(now: State, *, approved: bool) -> list[dict[str, Any]]:
    """The strip of steps: what has been approved, issued or printed is done, and the step after it is due."""
    order = list(State)
    finished = now in PUBLISHED or (now == State.IN_REVIEW and approved)
    place = order.index(now) + (1 if finished else 0)
    states = ["done" if i < place else "now" if i == place else "next" for i in range(len(order))]
    return [{"title": state.label, "state": each} for state, each in zip(order, states, strict=True)]


def _outline(request: Request, report: Report, content: Content) -> list[dict[str, Any]]:
    """The headings, with who edits there at this moment."""
    held = queries.held_sections(report.id, at=request.at) if report.state in EDITABLE else {}
    rows = queries.outline_for(report, content)
    return [_line(report, row) | {"held": _holder(request, held.get(row.key))} for row in rows]


def _holder(request: Request, lock: SectionLock | None) -> str:
    if lock is None:
        return ""
    return "您" if lock.holder_id == request.by.id else lock.holder_name


def _beside(request: Request, report: Report, read: Known) -> dict[str, Any]:
    """What waits beside the text, for those who see drafts: findings of the checker, open comments; and what is issued."""
    sees, published = queries.sees_drafts(request.by), report.state in PUBLISHED
    threads = queries.threads(report, queries.pieces_of(report, read.content)) if sees else []
    return {
        "sees": sees,
        "published": published,
        "checks": queries.check_counts(report, read) if sees and not published else None,
        "comments": [thread for thread in threads if thread.open],
        "may_correct": published and request.by.can(Capability.REPORT_EDIT),
        "may_form": request.by.can(Capability.REPORT_FORMS),
    }


def _line(report: Report, row: OutlineRow) -> dict[str, Any]:
    href = ""
    if row.kind == SectionKind.NEWS:
        href = reverse("desk-report-section", args=[report.id, row.key])
    elif row.kind in _PAGES:
        href = reverse(_PAGES[row.kind], args=[report.id])
    return {"row": row, "href": href}


def _news_sections(report: Report) -> list[tuple[str, str]]:
    form = queries.form_of(report)
    return [(spec.key, spec.heading) for spec in form.of_kind(SectionKind.NEWS)]


def _figure(figure: Cited) -> dict[str, Any]:
    measure = measure_of(figure.group, figure.measure)
    return {
        "group": LABELS_OF_GROUPS[figure.group],
        "measure": measure.label,
        "value": figure.value,
        "href": cases_address(figure),
        "formula": f"{measure.label}：{measure.formula}。{measure.period}。",
        "first": figure.first_day,
        "last": figure.last_day,
    }


def _facts(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "at": fact.at,
            "title": flow.FACT_LABELS.get(fact.kind, fact.kind),
            "by": fact.actor_name,
            "text": fact.ground or fact.number or "",
            "tone": "good" if fact.kind in ("report.issued", "report.printed") else "",
        }
        for fact in reversed(facts_of(report.id))
    ]


@signed_in
@require_safe
def download(request: Request, report_id: UUID, form: str) -> HttpResponse:
    """The document as a file: a draft says that it is one."""
    report = queries.report_for(report_id, by=request.by)
    if report.state in PUBLISHED:
        return file_of(queries.issued_document(report), form)
    return file_of(queries.draft_document(report, at=request.at), form)


@signed_in
@require_POST
def act(request: Request, report_id: UUID, action: str) -> HttpResponse:
    """Take a step of the table; which capability it needs, the table says."""
    report = queries.report_for(report_id, by=request.by)
    if action not in {each.value for each in Action}:
        raise Missing("没有这个操作。")
    reason = text(request, "reason")
    try:
        if action == Action.ISSUE:
            report = commands.issue(report_id, by=request.by, at=request.at, seen=seen(request))
            messages.success(
                request, f"已签发：{report.year}年第{report.number}期（总第{report.total_number}期）。"
            )
        else:
            commands.step(
                report_id, Action(action), by=request.by, at=request.at, reason=reason, seen=seen(request)
            )
            messages.success(request, f"已办理：{flow.BY_ACTION[Action(action)].label}。")
    except Problem as problem:
        return _refused(request, report_id, problem, failed=action, given=reason)
    return HttpResponseRedirect(reverse("desk-report", args=[report_id]))


def _refused(
    request: Request, report_id: UUID, problem: Problem, *, failed: str = "", given: str = ""
) -> HttpResponse:
    """The bench as it is now, with what was wrong; a past report has no bench."""
    newest = queries.report_for(report_id, by=request.by)
    if newest.imported:
        return _past(request, newest, problem)
    return _bench(request, newest, failed=failed, given=given, problem=problem)


@needs(Capability.REPORT_EDIT)
@require_POST
def take(request: Request, report_id: UUID) -> HttpResponse:
    """Take a contribution into a heading."""
    contribution = posted_uuid(request, "contribution")
    if contribution is None:
        raise Missing("没有找到这份素材。")
    try:
        commands.take_contribution(
            report_id,
            contribution,
            text(request, "section"),
            seen=seen(request),
            by=request.by,
            at=request.at,
        )
    except Problem as problem:
        return _refused(request, report_id, problem)
    messages.success(request, "已采用，排在该栏目最后一条。")
    return HttpResponseRedirect(reverse("desk-report", args=[report_id]))


@needs(Capability.REPORT_EDIT)
@require_POST
def decline(request: Request, report_id: UUID) -> HttpResponse:
    """Say that a contribution is not used, and why."""
    contribution = posted_uuid(request, "contribution")
    if contribution is None:
        raise Missing("没有找到这份素材。")
    try:
        commands.decline_contribution(
            report_id, contribution, text(request, "reason"), by=request.by, at=request.at
        )
    except Problem as problem:
        return _refused(request, report_id, problem)
    messages.success(request, "已标记为未采用，报送部门会看到理由。")
    return HttpResponseRedirect(reverse("desk-report", args=[report_id]))
