"""What the registers offer to a report: the list with its filters, and what the editor makes of each sentence."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, post_key
from yichuang.reports import commands, queries
from yichuang.reports.flow import EDITABLE, SectionKind
from yichuang.reports.models import Report
from yichuang.reports.pages.common import seen, show, text
from yichuang.reports.queries import TOPICS, Asked, OfferRow
from yichuang.reports.rules.wording import period_text

ON_THE_BENCH = 6
PER_PAGE = 20
_OWN_KINDS = {"visits": SectionKind.VISITS, "inspection": SectionKind.INSPECTION}


def days_asked(report: Report, until: str, today: date) -> tuple[date, date]:
    """The days for which registers are asked: the report's own, or on to today for news that came later."""
    if report.first_day is None or report.last_day is None:
        raise Missing("往期周报没有登记册建议。")
    return report.first_day, max(report.last_day, today) if until == "today" else report.last_day


def bench_offers(report: Report) -> dict[str, Any]:
    """The newest suggestions for the column beside the document, and how many more there are."""
    days = days_asked(report, "", date.min)
    found = queries.offers_between(*days)
    fresh = [row for row in queries.offer_rows(report, found) if row.state in ("new", "changed")]
    return {
        "offers": [card(report, row) for row in _by_turns(fresh)[:ON_THE_BENCH]],
        "offers_in_all": len(fresh),
        "vanished": queries.vanished(report, found),
    }


def _by_turns(rows: Sequence[OfferRow]) -> list[OfferRow]:
    """One of each register in turn, so that a register with much to tell hides none of the others."""
    met: Counter[str] = Counter()
    turns: list[tuple[int, int, OfferRow]] = []
    for row in rows:
        turns.append((met[row.offer.register], len(turns), row))
        met[row.offer.register] += 1
    return [row for _, _, row in sorted(turns, key=lambda turn: turn[:2])]


def _long_last(rows: Sequence[OfferRow]) -> list[OfferRow]:
    """A register with more than a page to tell comes after the others, so that it buries none of them."""
    told = Counter(row.offer.register for row in rows)
    return sorted(rows, key=lambda row: told[row.offer.register] > PER_PAGE)


def card(report: Report, row: OfferRow) -> dict[str, Any]:
    """One suggestion as the templates show it, with the headings under which it may be put."""
    form = queries.form_of(report)
    kinds = [SectionKind.NEWS]
    if row.offer.topic in _OWN_KINDS:
        kinds.insert(0, _OWN_KINDS[row.offer.topic])
    news = [(spec.key, spec.heading) for kind in kinds for spec in form.of_kind(kind)]
    return {
        "row": row,
        "offer": row.offer,
        "topic": TOPICS.get(row.offer.topic, row.offer.topic),
        "sections": news,
        "section": queries.proposed_section(row.offer.topic, [key for key, _ in news]),
        "key": client_key(),
    }


@needs(Capability.REPORT_EDIT)
@require_safe
def suggestions(request: Request, report_id: UUID) -> HttpResponseBase:
    """Every suggestion, by topic and department; the used and hidden ones on demand. With ?form=csv as a table."""
    return _page(request, queries.report_for(report_id, by=request.by))


@queries.collected_once()
def _page(request: Request, report: Report, problem: Problem | None = None) -> HttpResponseBase:
    if report.imported:
        raise Missing("往期周报没有登记册建议。")
    given = request.POST if request.method == "POST" else request.GET
    until, topic = given.get("until", ""), given.get("topic", "")
    department = parse_uuid(given.get("department", ""))
    asked = Asked(topic if topic in TOPICS else "", department, everything=given.get("all") == "1")
    days = days_asked(report, until, local_day(request.at))
    offers = queries.offers_between(*days)
    rows = _long_last(queries.offer_rows(report, offers))
    wanted = [row for row in rows if asked.wants(row)]
    if request.GET.get("form") == "csv":
        return _csv(wanted)
    departments = sorted(
        {(str(row.offer.department_id), row.offer.department) for row in rows if row.offer.department_id},
        key=lambda each: each[1],
    )
    start = next(
        (place + 1 for place, row in enumerate(wanted) if row.offer.key == given.get("after", "")), 0
    )
    shown = wanted[start : start + PER_PAGE]
    narrowed = {
        "topic": asked.topic,
        "department": department or "",
        "until": until,
        "all": given.get("all", ""),
    }
    context = {
        "report": report,
        "period": period_text(report.first_day, report.last_day),
        "cards": [card(report, row) for row in shown],
        "first_page": f"?{urlencode(narrowed)}" if start else "",
        "next_page": f"?{urlencode(narrowed | {'after': shown[-1].offer.key})}"
        if len(wanted) > start + PER_PAGE
        else "",
        "shown": f"第 {start + 1}–{start + len(shown)} 条，共 {len(wanted)} 条" if shown else "",
        "chips": _chips(report, rows, asked, until),
        "departments": departments,
        "department": str(department or ""),
        "topic": asked.topic,
        "all": asked.everything,
        "until": until,
        "days": days,
        "editable": report.state in EDITABLE,
        "vanished": queries.vanished(report, offers),
        "inspections": sum(
            row.offer.topic == "inspection" for row in rows if row.state in ("new", "changed")
        ),
        "key": client_key(),
        "csv": f"?{urlencode(narrowed | {'form': 'csv'})}",
    }
    return show(request, "suggestions", context, problem)


def _chips(
    report: Report, rows: Sequence[OfferRow], asked: Asked, until: str
) -> list[tuple[str, str, bool, int]]:
    page = reverse("desk-report-suggestions", args=[report.id])
    everything = Asked("", asked.department, asked.everything)
    there = [row for row in rows if everything.wants(row)]
    found = [("", "全部", len(there))] + [
        (topic, label, sum(row.offer.topic == topic for row in there)) for topic, label in TOPICS.items()
    ]
    rest = {"department": asked.department or "", "until": until, "all": "1" if asked.everything else ""}
    return [
        (label, f"{page}?{urlencode({'topic': topic, **rest})}", asked.topic == topic, count)
        for topic, label, count in found
        if count or not topic
    ]


def _csv(rows: Sequence[OfferRow]) -> HttpResponseBase:
    states = {"new": "未处理", "used": "已采用", "hidden": "不用", "changed": "采用后已变"}
    lines = [
        (
            row.offer.register, TOPICS.get(row.offer.topic, row.offer.topic), row.offer.department,
            row.offer.day or "", row.offer.text, states[row.state], row.offer.address,
        )
        for row in rows
    ]  # fmt: skip
    head = ("登记册", "主题", "部门", "日期", "文字", "状态", "依据")
    return csv_response("登记册建议", head, lines)


@needs(Capability.REPORT_EDIT)
@require_POST
def take(request: Request, report_id: UUID) -> HttpResponseBase:
    """Put a suggestion into a heading, its figures bound."""
    report = queries.report_for(report_id, by=request.by)
    days = days_asked(report, text(request, "until", 10), local_day(request.at))
    at, key = request.at, post_key(request)
    try:
        if text(request, "act") == "inspection":
            count = commands.take_inspection(
                report_id, days, seen=seen(request), by=request.by, at=at, key=key
            )
            words = f"已采用 {count} 项巡查结果。"
        else:
            offer, section = text(request, "offer", 400), text(request, "section", 60)
            commands.take_offer(
                report_id, offer, section, days, seen=seen(request), by=request.by, at=at, key=key
            )
            words = "已采用，文中的数字已与登记册绑定。"
    except Problem as problem:
        return _page(request, queries.report_for(report_id, by=request.by), problem)
    messages.success(request, words)
    return _back(request, report_id)


@needs(Capability.REPORT_EDIT)
@require_POST
def hide(request: Request, report_id: UUID) -> HttpResponseBase:
    """Say that a suggestion is not used, and why; or offer it again."""
    report = queries.report_for(report_id, by=request.by)
    days = days_asked(report, text(request, "until", 10), local_day(request.at))
    offer = text(request, "offer", 400)
    try:
        if text(request, "act") == "show":
            commands.show_offer(report_id, offer, by=request.by, at=request.at)
            words = "已恢复为建议。"
        else:
            commands.hide_offer(
                report_id, offer, text(request, "reason", 400), days,
                by=request.by, at=request.at, key=post_key(request),
            )  # fmt: skip
            words = "已标为不用，理由其他编辑能看到。"
    except Problem as problem:
        return _page(request, queries.report_for(report_id, by=request.by), problem)
    messages.success(request, words)
    return _back(request, report_id)


def _back(request: Request, report_id: UUID) -> HttpResponseRedirect:
    """To where the button stood: the bench, or the list with its filters."""
    if text(request, "from", 10) == "bench":
        return HttpResponseRedirect(reverse("desk-report", args=[report_id]))
    asked = {name: text(request, name, 60) for name in ("topic", "department", "until", "all")}
    page = reverse("desk-report-suggestions", args=[report_id])
    return HttpResponseRedirect(f"{page}?{urlencode(asked)}")
