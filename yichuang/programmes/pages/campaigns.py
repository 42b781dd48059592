"""Pages of the room: campaigns. The list, one campaign with its chart and filers, the cases behind a number."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yichuang.cases.flow import STATE_LABELS
from yichuang.cases.pages.bulk_acts_new import Source, handle, kinds_for
from yichuang.cases.queries.bulk_choice import Choice
from yichuang.directory.flow import Capability
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.web import Request, needs, post_key
from yichuang.programmes.commands import campaigns as commands
from yichuang.programmes.commands import filers as filer_commands
from yichuang.programmes.flow.campaigns import CampaignState
from yichuang.programmes.models import Campaign
from yichuang.programmes.pages import campaign_forms
from yichuang.programmes.pages.common import day, number, read_day, show, text, today_of, typed
from yichuang.programmes.queries import campaigns as queries
from yichuang.programmes.queries.campaign_cases import campaign_cases
from yichuang.programmes.queries.campaigns import CampaignStanding, FilerStanding, target_words
from yichuang.programmes.render import plan_points, progress_chart
from yichuang.programmes.rules.campaigns import outlook
from yichuang.programmes.rules.events import with_changes

CSV_HEAD = ("申报单位", "目标", "平台申报", "其中批量", "已受理", "已办结", "已送达", "平台外申报", "合计", "完成率（%）", "截止", "剩余工作日", "近期日均",
            "每工作日须完成", "预计完成", "到期缺口", "数字来源")  # fmt: skip


@needs(Capability.FIGURES_READ)
@require_GET
def campaigns(request: Request) -> HttpResponse:
    """Every campaign: target, progress, forecast."""
    rows = queries.campaigns(by=request.by, today=today_of(request))
    context = {
        "rows": rows,
        "target": _target,
        "may_manage": request.by.can(Capability.PROGRAMME_MANAGE),
        "labels": {state.value: state.label for state in CampaignState},
    }
    return show(request, "campaigns", context)


def _target(stood: CampaignStanding | FilerStanding, unit: str) -> str:
    one = stood.campaign if isinstance(stood, CampaignStanding) else stood.filer
    return target_words(one.target, one.target_mark, unit)


@needs(Capability.FIGURES_READ)
@require_GET
def campaign(request: Request, campaign_id: UUID) -> HttpResponse:
    """One campaign: the curve, the filers, what is due."""
    return _campaign_page(request, campaign_id)


def _campaign_page(
    request: Request, campaign_id: UUID, problem: Problem | None = None, acting: str = ""
) -> HttpResponse:
    found, today = queries.campaign_for(campaign_id, by=request.by), today_of(request)
    stood = queries.standings([found], today)[0]
    days = stood.trend(today)
    milestones, versions = list(found.milestones.all()), queries.campaign_versions(found)
    plan = [
        (found.starts_on, 0),
        *((one.on, one.count) for one in milestones),
        (found.deadline, found.target),
    ]
    points = plan_points(sorted(dict(plan).items()))
    reaches = request.by.reaches(found.department_id)
    running = found.state == CampaignState.RUNNING
    context: dict[str, Any] = {
        "campaign": found,
        "stood": stood,
        "target": _target,
        "outlook": outlook,
        "days": days[-30:],
        "chart": progress_chart(days, points, "申报进度", found.unit),
        "milestones": [
            # The day itself is not over yet.
            (one, stood.progress.total(min(one.on, today)), one.on < today)
            for one in milestones
        ],
        "items": queries.items_of(found),
        "numbers": queries.hand_numbers(found),
        "versions": with_changes(versions),
        "reminders": queries.filer_reminders(found),
        "may_manage": running and reaches and request.by.can(Capability.PROGRAMME_MANAGE),
        "may_report": [
            one.filer.pk
            for one in stood.filers
            if running
            and not one.is_removed
            and request.by.can(Capability.PROGRAMME_KEEP)
            and (reaches or request.by.reaches(one.filer.department_id))
        ],
        "bulk_kinds": kinds_for(request.by) if running and stood.here else [],
        "may_search": request.by.can(Capability.CASE_SEARCH),
        "state": CampaignState(found.state),
        "acting": acting,
        "given": typed(request) if problem else {},
        "key": client_key(),
    }
    return show(request, "campaign", context, problem)


@needs(Capability.FIGURES_READ)
@require_GET
def campaign_csv(request: Request, campaign_id: UUID) -> StreamingHttpResponse:
    """The filers of a campaign as a file."""
    found = queries.campaign_for(campaign_id, by=request.by)
    stood = queries.standings([found], today_of(request))[0]
    rows = (_csv_row(one, found) for one in stood.filers)
    return csv_response(f"{found.short_title}进度.csv", CSV_HEAD, rows)


def _csv_row(one: FilerStanding, campaign: Campaign) -> tuple[object, ...]:
    seen, far = one.forecast, one.progress.stages
    source = "含平台外报送数" if one.by_hand else "平台办件"
    if one.is_removed:
        source += f"；{one.filer.removed_on} 移除：{one.filer.removed_why}"
    return (
        one.filer.name, _target(one, campaign.unit), one.here, far.bulk, far.accepted, far.decided, far.delivered, one.by_hand, seen.done, one.percent, one.filer.deadline,
        seen.days_left, seen.mean, seen.needed, seen.finish, seen.missing, source,
    )  # fmt: skip


@needs(Capability.CASE_SEARCH)
@require_GET
def cases(request: Request, campaign_id: UUID) -> HttpResponse:
    """The cases behind a number, those that the actor may see."""
    found = queries.campaign_for(campaign_id, by=request.by)
    filer_id, on = parse_uuid(request.GET.get("filer", "")), read_day(request.GET.get("day", ""))
    filer = queries.filer_for(found, filer_id) if filer_id else None
    page = campaign_cases(
        found, by=request.by, today=today_of(request), filer_id=filer_id, day=on,
        after=request.GET.get("after", "")[:500],
    )  # fmt: skip
    given = {"filer": str(filer_id or ""), "day": str(on or "")}
    here = reverse("programme-campaign-cases", args=[campaign_id])

    def address(**more: str) -> str:
        return f"{here}?{urlencode({key: value for key, value in {**given, **more}.items() if value})}"

    context = {
        "campaign": found,
        "filer": filer,
        "day": on,
        "page": page,
        "states": STATE_LABELS,
        "first": "" if page.is_first else address(),
        "following": address(after=page.following) if page.following else "",
        "export": f"/desk/exports/new?{urlencode({'list': 'campaign', 'campaign': str(campaign_id), **given})}",
    }
    return show(request, "campaign_cases", context)


@needs(Capability.CASE_ACT_BULK)
@require_http_methods(["GET", "POST"])
def act(request: Request, campaign_id: UUID) -> HttpResponse:
    """A bulk act on the cases of a campaign, or of one filer: those that wait for it and that the actor may see."""
    found = queries.campaign_for(campaign_id, by=request.by)
    filer_id = parse_uuid((request.POST or request.GET).get("filer", ""))
    chosen = [queries.filer_for(found, filer_id)] if filer_id else list(found.filers.all())
    words = f"{found.short_title}：{chosen[0].name}" if filer_id else f"{found.short_title}：各申报单位"
    # Exactly what the campaign counts: each filer's own days, up to the removal of one that was taken out.
    spans = [(who, one.starts_on, one.removed_on) for one in chosen for who in one.applicants]
    choice = Choice(words, item_ids=tuple(found.items), spans=tuple(dict.fromkeys(spans)))
    carried = (("filer", str(filer_id)),) if filer_id else ()
    return handle(request, Source(choice, reverse("programme-campaign-act", args=[campaign_id]), carried))


@needs(Capability.PROGRAMME_MANAGE)
@require_POST
def close(request: Request, campaign_id: UUID) -> HttpResponse:
    """End a campaign."""
    commands.close_campaign(campaign_id, by=request.by, at=request.at)
    messages.success(request, "专项已结束。")
    return HttpResponseRedirect(reverse("programme-campaign", args=[campaign_id]))


@needs(Capability.PROGRAMME_KEEP)
@require_POST
def report(request: Request, campaign_id: UUID, filer_id: UUID) -> HttpResponse:
    """A number of filings made elsewhere, with its source."""
    try:
        filer_commands.report_by_hand(
            campaign_id, filer_id, as_of=day(request, "as_of"), count=number(request, "count"),
            source=text(request, "source"), by=request.by, at=request.at, key=post_key(request),
        )  # fmt: skip
    except Problem as problem:
        if isinstance(problem, Missing):
            raise
        return _campaign_page(request, campaign_id, problem, f"report-{filer_id}")
    messages.success(request, "平台外申报数已登记。")
    return HttpResponseRedirect(reverse("programme-campaign", args=[campaign_id]))


@needs(Capability.PROGRAMME_MANAGE)
@require_POST
def remind(request: Request, campaign_id: UUID, filer_id: UUID) -> HttpResponse:
    """Remind whoever looks after a filer."""
    try:
        sent = filer_commands.remind_filer(
            campaign_id,
            filer_id,
            text(request, "reminder"),
            by=request.by,
            at=request.at,
            key=post_key(request),
        )
    except Problem as problem:
        if isinstance(problem, Missing):
            raise
        return _campaign_page(request, campaign_id, problem, f"remind-{filer_id}")
    messages.success(request, f"已催办，送达 {sent.receivers} 人。")
    return HttpResponseRedirect(reverse("programme-campaign", args=[campaign_id]))


@needs(Capability.PROGRAMME_MANAGE)
@require_POST
def remove(request: Request, campaign_id: UUID, filer_id: UUID) -> HttpResponse:
    """Take a filer out, with the reason."""
    try:
        filer_commands.remove_filer(
            campaign_id, filer_id, text(request, "removal"), by=request.by, at=request.at
        )
    except Problem as problem:
        if isinstance(problem, Missing):
            raise
        return _campaign_page(request, campaign_id, problem, f"remove-{filer_id}")
    messages.success(request, "申报单位已移除，此前的申报数仍计入。")
    return HttpResponseRedirect(reverse("programme-campaign", args=[campaign_id]))


BASE = "desk/programmes/campaigns"
ONE = f"{BASE}/<uuid:campaign_id>"
urlpatterns: list[URLPattern] = [
    path(BASE, campaigns, name="programme-campaigns"),
    path(f"{BASE}/new", campaign_forms.new, name="programme-campaign-new"),
    path(ONE, campaign, name="programme-campaign"),
    path(f"{ONE}.csv", campaign_csv, name="programme-campaign-csv"),
    path(f"{ONE}/edit", campaign_forms.edit, name="programme-campaign-edit"),
    path(f"{ONE}/cases", cases, name="programme-campaign-cases"),
    path(f"{ONE}/act", act, name="programme-campaign-act"),
    path(f"{ONE}/close", close, name="programme-campaign-close"),
    path(f"{ONE}/filers", campaign_forms.filer, name="programme-campaign-filer"),
    path(f"{ONE}/filers/<uuid:filer_id>/report", report, name="programme-campaign-report"),
    path(f"{ONE}/filers/<uuid:filer_id>/remind", remind, name="programme-campaign-remind"),
    path(f"{ONE}/filers/<uuid:filer_id>/remove", remove, name="programme-campaign-filer-remove"),
]
