"""Every number in the words of a report: where it comes from, what its register says now; and its binding."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from yichuang.directory.flow import Capability
from yichuang.gateways.documents.model import OfficialReport, Run
from yichuang.journal.queries import head
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid, Missing, Problem
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, signed_in
from yichuang.reports import commands, queries
from yichuang.reports.commands import Origin, Place
from yichuang.reports.flow import EDITABLE, PUBLISHED
from yichuang.reports.models import Report
from yichuang.reports.pages.common import cases_address, day, show, text
from yichuang.reports.queries import PlacedNumber, Stated
from yichuang.reports.render import official, report_html
from yichuang.reports.rules.document import Cited, Document
from yichuang.reports.rules.figure_fields import Binding, agrees, decimal_text
from yichuang.reports.rules.wording import period_text

MOST_CHOICES = 12
UNSOURCED = "▲"
_TONES = {Binding.UNBOUND: "warn", Binding.REGISTER: "good", Binding.CONTRIBUTION: "action"}


def html_with_numbers(
    document: Document, report: Report, placed: Sequence[PlacedNumber], *, by: Actor
) -> Markup:
    """The document for the bench: the counted figures lead to their cases, every other number to its origin.

    A number without a source carries a mark that is never printed.
    """
    linked = by.can(Capability.FIGURES_READ)
    made = official(document, cases_address if linked else lambda _: "")
    bare = {each.code for each in placed if each.binding == Binding.UNBOUND}
    page = reverse("desk-report-numbers", args=[report.id])
    return Markup(report_html(_linked(made, page, bare), top_level=2))  # noqa: S704 - the renderer escapes every word


def _linked(report: OfficialReport, page: str, bare: set[str]) -> OfficialReport:
    def run_of(run: Run) -> Run:
        if not run.measure.startswith("number."):
            return run
        mark = UNSOURCED if run.measure in bare else ""
        return replace(run, text=run.text + mark, href=f"{page}#{anchor(run.measure)}")

    sections = tuple(
        replace(each, paragraphs=tuple(tuple(run_of(run) for run in words) for words in each.paragraphs))
        for each in report.sections
    )
    return replace(report, sections=sections)


def anchor(code: str) -> str:
    """The place of a number on its page: number-3."""
    return code.replace(".", "-")


@signed_in
@require_safe
def numbers(request: Request, report_id: UUID) -> HttpResponse:
    """The list of the numbers, those without a source first in sight."""
    return _page(request, queries.report_for(report_id, by=request.by))


def _page(
    request: Request,
    report: Report,
    problem: Problem | None = None,
    *,
    failed: str = "",
    given: Mapping[str, str] | None = None,
) -> HttpResponse:
    if report.imported:
        raise Missing("往期周报的数字在导入页上查看。")
    content = queries.content_of(report)
    placed = queries.placed_numbers(report, content)
    editable = report.state in EDITABLE and request.by.can(Capability.REPORT_EDIT)
    figures = queries.live_figures(report) if report.state not in PUBLISHED else {}
    said = (
        {each.placed.code: each.words for each in queries.disagreements(placed, figures)} if figures else {}
    )
    choices = _choices(report, figures, local_day(request.at)) if editable else []
    only = request.GET.get("only", "")
    rows = [_row(each, said, choices, figures) for each in placed]
    wanted = {"unbound": lambda row: row["unbound"], "wrong": lambda row: row["wrong"]}.get(only)
    context = {
        "report": report,
        "name": queries.issued_document(report).number_line if report.number else "",
        "period": period_text(report.first_day, report.last_day),
        "rows": [row for row in rows if wanted is None or wanted(row)],
        "counts": (len(rows), sum(row["unbound"] for row in rows), len(said)),
        "shared": _shared(placed),
        "only": only,
        "editable": editable,
        "seal": report.snapshot.seal if report.snapshot else head().number,
        "failed": failed,
        "given": given or {},
        "until": min(local_day(request.at), report.last_day or date.max),
    }
    return show(request, "numbers", context, problem)


def _choices(report: Report, figures: Mapping[str, Cited], today: date) -> list[Stated]:
    """What the registers state for the report's days and, where it was counted later, up to today."""
    assert report.first_day is not None
    assert report.last_day is not None
    found = [
        *queries.period_figures(figures),
        *queries.offered_figures(report.first_day, report.last_day),
    ]
    if today > report.last_day:
        known = {(each.ref, each.value) for each in found}
        later = queries.offered_figures(report.first_day, today)
        found += [each for each in later if (each.ref, each.value) not in known]
    return found


def _row(
    placed: PlacedNumber, said: Mapping[str, str], choices: Sequence[Stated], figures: Mapping[str, Cited]
) -> dict[str, Any]:
    number, field = placed.number, placed.field
    before, _, after = placed.sentence.partition(number.printed)
    equal = [each for each in choices if agrees(number, each.value)]
    fits = [each for each in equal if each.unit == number.unit]
    others = [each for each in (*equal, *choices) if each.unit == number.unit or each in equal]
    address = field.address if field else ""
    if field and not address and field.code in figures:
        address = cases_address(figures[field.code])
    return {
        "placed": placed,
        "anchor": anchor(placed.code),
        "before": before,
        "after": after,
        "tag": placed.binding.label,
        "tone": _TONES.get(placed.binding, "plain"),
        "unbound": placed.binding == Binding.UNBOUND,
        "wrong": said.get(placed.code, ""),
        "address": address,
        "stated": decimal_text(field.stated) if field and field.stated is not None else "",
        "choices": list({_ref(each): each.words for each in (*fits, *others)}.items())[:MOST_CHOICES],
        "fits": [each.words for each in fits[:3]],
    }


def _ref(stated: Stated) -> str:
    return f"{stated.first_day}|{stated.last_day}|{stated.ref}"


def _shared(placed: Sequence[PlacedNumber]) -> dict[str, int]:
    """How many numbers of each text still lack a source, where that is more than one."""
    counts: dict[str, int] = {}
    for each in placed:
        if each.binding == Binding.UNBOUND:
            counts[each.item_id] = counts.get(each.item_id, 0) + 1
    return {item_id: count for item_id, count in counts.items() if count > 1}


@needs(Capability.REPORT_EDIT)
@require_POST
def bind(request: Request, report_id: UUID) -> HttpResponse:
    """Say where one number, or every number of its text that still lacks a source, comes from; or take it back."""
    report = queries.report_for(report_id, by=request.by)
    given = {name: text(request, name, 400) for name in ("act", "label", "source", "stated", "as_of")}
    place = Place(
        text(request, "item", 100), _small(text(request, "ordinal", 6)), text(request, "printed", 40)
    )
    try:
        words = _bound(request, report, place, given)
    except Problem as problem:
        newest = queries.report_for(report_id, by=request.by)
        failed = f"{place.item_id}/{place.ordinal}"
        return _page(request, newest, problem, failed=failed, given=given)
    messages.success(request, words)
    spot = text(request, "anchor", 20)
    return HttpResponseRedirect(f"{reverse('desk-report-numbers', args=[report_id])}#{spot}")


def _bound(request: Request, report: Report, place: Place, given: Mapping[str, str]) -> str:
    if given["act"] == "unbind":
        commands.unbind_number(report.id, place, by=request.by, at=request.at)
        return f"「{place.printed}」的来源已撤销，送审前须重新注明。"
    origin = _origin(request, report, given)
    if given["act"] == "all":
        count = commands.source_of_text(report.id, place.item_id, origin, by=request.by, at=request.at)
        return f"已为这一条的 {count} 个数字注明来源。"
    commands.bind_number(report.id, place, origin, by=request.by, at=request.at)
    return f"已为「{place.printed}」注明来源。"


def _origin(request: Request, report: Report, given: Mapping[str, str]) -> Origin:
    """A register's figure as the register states it now, or the words that were typed."""
    if given["stated"] and given["act"] != "all":
        figures = queries.live_figures(report)
        for each in _choices(report, figures, local_day(request.at)):
            if _ref(each) == given["stated"]:
                return Origin(Binding.REGISTER, each.label, each.as_of, each.register, each)
        raise Invalid("登记册中已经没有这个数。", fields={"stated": "请刷新页面后重新选择，或者写明来源"})
    as_of = day(request, "as_of")
    if as_of is None:
        raise Invalid("没有填写截至日。", fields={"as_of": "请填写数字截至哪一天"})
    return Origin(Binding.TYPED, given["label"], as_of, given["source"])


def _small(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() else -1
