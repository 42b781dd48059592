"""Ratings on the desk: figures and list with what is overdue, one with its follow-up and appeal, the file."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST

from yichuang.directory.flow import Capability
from yichuang.feedback.commands.follow_ups import AppealForm, appeal_rating, decide_appeal, step_follow_up
from yichuang.feedback.flow.ratings import (
    FOLLOW_FACT_LABELS,
    INDICATORS,
    LOW,
    AppealState,
    FollowAction,
    FollowState,
    Level,
    RatingChannel,
    Served,
)
from yichuang.feedback.models import Rating
from yichuang.feedback.pages import rate
from yichuang.feedback.pages.common import (
    Owed,
    address,
    exporting,
    integer,
    number,
    owed,
    period,
    show,
    tabs_of,
    text,
)
from yichuang.feedback.queries import ratings as queries
from yichuang.feedback.queries.ratings import RatingFilter
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, post_key, signed_in

KEPT = ("first", "last", "department", "window", "channel", "level", "follow", "appeal")
FOLLOWS = {"overdue": "回访超期", "today": "今天到期", "low": "差评"} | {
    each.value: each.label for each in FollowState
}


@signed_in
@require_GET
def listing(request: Request) -> HttpResponse:
    """Figures of a period, each leading to its ratings, and the ratings."""
    asked = _asked(request)
    found = queries.rating_figures(asked.first, asked.last, by=request.by)
    kept = queries.follow_figures(asked.first, asked.last, asked.today, by=request.by)
    page = queries.ratings_page(asked, by=request.by, after=request.GET.get("after", "")[:500])
    appealed = "" if asked.appeal else AppealState.PENDING.value
    context: dict[str, Any] = {
        "page": page, "found": found, "kept": kept, "asked": asked, "levels": list(Level), "level_of": Level,
        "follow_of": FollowState, "channel_of": RatingChannel, "appeal_of": AppealState,
        "left": {row.pk: _left(request, row) for row in page.rows},
        "chips": [
            (label, _at(request, follow="" if asked.follow == code else code), asked.follow == code)
            for code, label in FOLLOWS.items()
        ] + [("申诉待复核", _at(request, appeal=appealed), asked.appeal == AppealState.PENDING)],
        "at": lambda **changes: _at(request, **changes), "csv": _at(request, "desk-ratings-csv"), "export": exporting(request, "ratings", KEPT),
        "narrowed": any(request.GET.get(each) for each in KEPT[2:]),
        "first_page": "" if page.is_first else _at(request),
        "following": _at(request, after=page.following) if page.following else "",
        "tabs": tabs_of(request, "desk-ratings"),
    }  # fmt: skip
    return show(request, "ratings", context)


def _asked(request: Request) -> RatingFilter:
    first, last = period(request)
    given = {name: request.GET.get(name, "") for name in KEPT}
    level = number(given["level"])
    return RatingFilter(
        first, last, local_day(request.at), parse_uuid(given["department"]), parse_uuid(given["window"]),
        given["channel"] if given["channel"] in set(RatingChannel) else "", level if level in set(Level) else None,
        given["follow"] if given["follow"] in FOLLOWS else "",
        given["appeal"] if given["appeal"] in set(AppealState) else "",
    )  # fmt: skip


def _at(request: Request, name: str = "desk-ratings", **changes: str) -> str:
    return address(request, name, KEPT, **changes)


def _left(request: Request, row: Rating) -> Owed | None:
    """When the next thing is owed; None where nothing is."""
    follow = getattr(row, "follow_up", None)
    if follow is None or follow.finished_on:
        return None
    due = follow.finish_due_on if follow.contacted_on else follow.contact_due_on
    return owed(due, local_day(request.at))


@signed_in
@require_GET
def as_csv(request: Request) -> StreamingHttpResponse:
    """The list as a file, without telephone numbers."""
    asked = _asked(request)
    queries.visible_ratings(request.by)
    head = [
        "日期", "部门", "窗口", "事项", "满意程度", "渠道", "意见", "回访状态", "首次回访期限", "回访日期", "办结期限", "办结日期",
        "申诉",
    ]  # fmt: skip
    return csv_response("好差评.csv", head, _rows(request, asked))


def _rows(request: Request, asked: RatingFilter) -> Iterator[list[object]]:
    for row in queries.export_ratings(asked, by=request.by):
        follow, appeal = getattr(row, "follow_up", None), getattr(row, "appeal", None)
        days = (
            [follow.contact_due_on, follow.contacted_on, follow.finish_due_on, follow.finished_on]
            if follow else [None] * 4
        )  # fmt: skip
        yield [
            row.day.isoformat(), row.department.short_name if row.department else "", row.window.code if row.window else "",
            row.item_name, Level(row.level).label, RatingChannel(row.channel).label, row.words,
            FollowState(follow.state).label if follow else "", *(day.isoformat() if day else "" for day in days),
            AppealState(appeal.state).label if appeal else "",
        ]  # fmt: skip


@signed_in
@require_GET
def one(request: Request, rating_id: UUID) -> HttpResponse:
    """A rating without who gave it, what came after, and what may be done now."""
    return _page(request, rating_id)


@signed_in
@require_POST
def step(request: Request, rating_id: UUID, follow_action: str) -> HttpResponse:
    """One step of the follow-up; who may take it is the command's to say."""
    if follow_action not in set(FollowAction):
        raise Missing("没有这一步。", how="请从评价页面办理。")
    queries.rating_for(rating_id, by=request.by)
    given = {"words": text(request, "words"), "told": text(request, "told"), "action": follow_action}
    try:
        moved = step_follow_up(
            rating_id, FollowAction(follow_action), given["words"], told=given["told"],
            seen=integer(request, "seen") or 0, by=request.by, at=request.at,
        )  # fmt: skip
    except Problem as problem:
        return _page(request, rating_id, given, problem)
    messages.success(request, f"已办理，现在是「{FollowState(moved.state).label}」。")
    return HttpResponseRedirect(reverse("desk-rating", args=[rating_id]))


@needs(Capability.FEEDBACK_HANDLE)
@require_POST
def appeal(request: Request, rating_id: UUID) -> HttpResponse:
    """The department holds the rating to be wrong."""
    queries.rating_for(rating_id, by=request.by)
    given = {"reasons": text(request, "reasons"), "evidence": text(request, "evidence"), "action": "appeal"}
    try:
        form = AppealForm(given["reasons"], given["evidence"])
        appeal_rating(rating_id, form, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _page(request, rating_id, given, problem)
    messages.success(request, "申诉已提交，由中心复核。")
    return HttpResponseRedirect(reverse("desk-rating", args=[rating_id]))


@needs(Capability.FEEDBACK_REVIEW)
@require_POST
def decide(request: Request, rating_id: UUID) -> HttpResponse:
    """Somebody else decides the appeal."""
    queries.rating_for(rating_id, by=request.by)
    words, outcome = text(request, "decision"), request.POST.get("outcome", "")
    given = {"decision": words, "outcome": outcome, "action": "decide"}
    try:
        if outcome not in ("upheld", "rejected"):
            raise Missing("没有这种结论。", how="请选择申诉成立或者不成立。")
        decide_appeal(rating_id, uphold=outcome == "upheld", words=words, by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, rating_id, given, problem)
    messages.success(request, "复核结论已登记。")
    return HttpResponseRedirect(reverse("desk-rating", args=[rating_id]))


def _page(
    request: Request, rating_id: UUID, given: dict[str, Any] | None = None, problem: Problem | None = None
) -> HttpResponse:
    row = queries.rating_for(rating_id, by=request.by)
    follow, appealed = getattr(row, "follow_up", None), getattr(row, "appeal", None)
    by = request.by
    handles = by.can(Capability.FEEDBACK_HANDLE)
    context = {
        "row": row, "level": Level(row.level), "follow": follow, "appeal": appealed,
        "follow_state": FollowState(follow.state) if follow else None,
        "appeal_state": AppealState(appealed.state) if appealed else None,
        "channel": RatingChannel(row.channel).label, "left": _left(request, row),
        "indicators": [
            (label, Level(row.indicators[name]).label)
            for name, label in INDICATORS[Served(row.served)].items() if name in row.indicators
        ],
        "phone": row.phone if row.callback and (handles or by.can(Capability.FEEDBACK_REVIEW)) else "",
        "moves": queries.moves_of(row, by=by),
        "may_appeal": handles and appealed is None and row.level in LOW and local_day(request.at) <= queries.appeal_until(row),
        "may_decide": appealed is not None and appealed.state == AppealState.PENDING and by.can(Capability.FEEDBACK_REVIEW)
        and by.id != appealed.appealed_by_id and by.department_id != row.department_id,
        "entries": [
            {"at": note.at, "title": FOLLOW_FACT_LABELS[note.fact], "by": note.by_name, "text": note.words}
            for note in row.notes.all()
        ],
        "given": given or {}, "key": client_key(),
    }  # fmt: skip
    return show(request, "rating", context, problem)


urlpatterns: list[URLPattern] = [
    *rate.urlpatterns,
    path("desk/feedback/ratings", listing, name="desk-ratings"),
    path("desk/feedback/ratings.csv", as_csv, name="desk-ratings-csv"),
    path("desk/feedback/ratings/<uuid:rating_id>", one, name="desk-rating"),
    path("desk/feedback/ratings/<uuid:rating_id>/appeal", appeal, name="desk-rating-appeal"),
    path("desk/feedback/ratings/<uuid:rating_id>/appeal/decide", decide, name="desk-rating-decide"),
    path("desk/feedback/ratings/<uuid:rating_id>/step/<str:follow_action>", step, name="desk-rating-step"),
]
