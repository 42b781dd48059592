"""Pages of expert review: the draw, the panel with its opinions, and the draw as everybody may do it again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yichuang.cases.commands import experts as commands
from yichuang.cases.commands import experts_heard as heard_commands
from yichuang.cases.commands.experts import DrawForm
from yichuang.cases.commands.experts_heard import Heard
from yichuang.cases.flow.reviewers import EXCLUSION_LABELS as EXCLUDED
from yichuang.cases.flow.reviewers import (
    REVIEW_LABELS,
    SEAT_LABELS,
    STAND_DOWN_REASONS,
    VERDICT_LABELS,
    Exclusion,
    ReviewState,
    SeatState,
)
from yichuang.cases.models import ExpertReview, ReviewSeat
from yichuang.cases.pages.received import ACCEPT, download, file_token, posted_file, show, text, whole
from yichuang.cases.queries import experts as queries
from yichuang.cases.queries import visible
from yichuang.cases.rules.draw import STEPS
from yichuang.directory.flow import Capability
from yichuang.directory.queries import expert_fields
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import Request, needs, post_key, public

FIELDS = ("field", "wanted", "reserve", "days", "question")
USUAL = {"field": "", "wanted": "3", "reserve": "2", "days": "10", "question": ""}
ENDINGS = {"close": "已形成评审结论。", "cancel": "已取消评审。"}
SEAT_ACTS = {"hear": "已登记专家意见。", "stand-down": "已登记。"}


@needs(Capability.CASE_CONSULT)
@require_http_methods(["GET", "POST"])
def new(request: Request, case_id: UUID) -> HttpResponse:
    """Draw experts for a case."""
    row = visible(case_id, by=request.by)
    problem: Problem | None = None
    given = {name: text(request, name) for name in FIELDS} if request.method == "POST" else dict(USUAL)
    if request.method == "POST":
        form = DrawForm(
            given["field"], whole(request, "wanted"), whole(request, "reserve"), given["question"], whole(request, "days")
        )  # fmt: skip
        try:
            made = commands.draw_experts(case_id, form, by=request.by, at=request.at, key=post_key(request))
            messages.success(request, f"已抽取 {made.wanted} 位专家。")
            return HttpResponseRedirect(reverse("desk-review", args=[made.pk]))
        except Problem as found:
            problem = found
    context = {
        "case": row, "given": given, "key": client_key(),
        "fields": [(name, f"{name}（{count} 位）") for name, count in expert_fields()],
    }  # fmt: skip
    return show(request, "experts_new", context, problem)


@needs(Capability.CASE_SEARCH)
@require_GET
def one(request: Request, review_id: UUID) -> HttpResponse:
    """One review: the panel, what came, what may be done."""
    return _page(request, review_id)


def _page(
    request: Request, review_id: UUID, problem: Problem | None = None, given: dict[str, str] | None = None,
    failed: str = "",
) -> HttpResponse:  # fmt: skip
    found = queries.review(review_id, by=request.by)
    context: dict[str, Any] = {
        "found": found, "review": found.review, "case": found.case, "given": given or {}, "failed": failed,
        "is_open": found.review.state == ReviewState.OPEN, "state": REVIEW_LABELS[ReviewState(found.review.state)],
        "seat_label": seat_label, "verdict_labels": VERDICT_LABELS, "verdicts": list(VERDICT_LABELS.items()),
        "stood_down": stood_down, "waiting": SeatState.DRAWN, "key": client_key(),
    }  # fmt: skip
    return show(request, "review", context, problem)


def seat_label(seat: ReviewSeat) -> tuple[str, str]:
    """How a seat stands: its word and its tone."""
    tones = {SeatState.DRAWN: "action", SeatState.ANSWERED: "good", SeatState.STOOD_DOWN: "plain"}
    state = SeatState(seat.state)
    return SEAT_LABELS[state], tones.get(state, "plain")


def stood_down(seat: ReviewSeat) -> str:
    """Why somebody stood down, in words; empty for those who did not."""
    why = seat.stood_down
    return EXCLUDED[Exclusion(why)] if why in set(Exclusion) else STAND_DOWN_REASONS.get(why, "")


@needs(Capability.CASE_CONSULT)
@require_POST
def end(request: Request, review_id: UUID, review_action: str) -> HttpResponse:
    """Close with a joint conclusion, or cancel."""
    if review_action not in ENDINGS:
        raise Missing
    queries.review(review_id, by=request.by)
    given = {name: text(request, name) for name in ("verdict", "conclusion", "quorum_reason", "reason")}
    try:
        common: dict[str, Any] = {
            "seen": whole(request, "seen"), "by": request.by, "at": request.at, "key": post_key(request),
        }  # fmt: skip
        if review_action == "close":
            heard_commands.close_review(
                review_id, given["verdict"], given["conclusion"], given["quorum_reason"], **common
            )
        else:
            heard_commands.cancel_review(review_id, given["reason"], **common)
    except Problem as problem:
        return _page(request, review_id, problem, given, review_action)
    messages.success(request, ENDINGS[review_action])
    return HttpResponseRedirect(reverse("desk-review", args=[review_id]))


@needs(Capability.CASE_CONSULT)
@require_http_methods(["GET", "POST"])
def seat(request: Request, seat_id: UUID) -> HttpResponse:
    """Enter what an expert has said, or that the expert stands down."""
    found = queries.seat(seat_id, by=request.by)
    names = ("act", "verdict", "score", "opinion", "reason", "note")
    given = {name: text(request, name) for name in names}
    problem: Problem | None = None
    kept = ""
    if request.method == "POST":
        try:
            file = posted_file(request)
            kept = file_token(file, request)
            review_id = _seat_act(request, seat_id, given, file)
            messages.success(request, SEAT_ACTS.get(given["act"], "已登记。"))
            return HttpResponseRedirect(reverse("desk-review", args=[review_id]))
        except Problem as wrong:
            problem = wrong
    context = {
        "seat": found, "review": ExpertReview.objects.get(pk=found.review_id), "given": given, "kept_file": kept,
        "verdicts": list(VERDICT_LABELS.items()), "reasons": list(STAND_DOWN_REASONS.items()), "accept": ACCEPT,
        "key": client_key(), "waiting": found.state == SeatState.DRAWN, "reserves": _reserves(found),
    }  # fmt: skip
    return show(request, "seat", context, problem)


def _reserves(found: ReviewSeat) -> int:
    return ReviewSeat.objects.filter(review_id=found.review_id, state=SeatState.RESERVE).count()


def _seat_act(request: Request, seat_id: UUID, given: dict[str, str], file: Any) -> UUID:
    common: dict[str, Any] = {
        "seen": whole(request, "seen"), "by": request.by, "at": request.at, "key": post_key(request),
    }  # fmt: skip
    if given["act"] == "stand-down":
        commands.stand_down(seat_id, given["reason"], given["note"], **common)
    else:
        score = whole(request, "score") if given["score"] else None
        heard_commands.hear_expert(seat_id, Heard(given["verdict"], score, given["opinion"], file), **common)
    return queries.seat(seat_id, by=request.by).review_id


@needs(Capability.CASE_SEARCH)
@require_GET
def seat_file(request: Request, seat_id: UUID) -> HttpResponse:
    """The signed sheet of an expert. Raises Missing where there is none."""
    found = queries.seat(seat_id, by=request.by)
    if not found.file_sha256:
        raise Missing
    return download(found.file_name, found.file_kind, found.file_sha256)


@public
@require_GET
def draw(request: Request, review_id: UUID) -> HttpResponse:
    """The draw for everybody: list, seed, algorithm, result, and whether it comes out the same now. No names."""
    found = queries.redraw(review_id)
    frame = "desk.html" if request.by.kind == "staff" else "public.html"
    places = {one: place for place, one in enumerate(found.order)}
    rows = [(number, one, places[one]) for number, one in enumerate(found.pool)]
    context = {
        "found": found, "review": found.review, "steps": STEPS, "rows": rows, "frame": frame,
        "excluded": len(found.review.excluded),
    }  # fmt: skip
    return show(request, "draw", context)


@public
@require_GET
def draw_text(request: Request, review_id: UUID) -> HttpResponse:
    """The same as plain text, to be checked by a program: one `name: value` a line, then the list."""
    found = queries.redraw(review_id)
    review = found.review
    head = [
        f"case: {review.case_number}", f"head: {review.head_chain}", f"request: {review.pk}", f"seed: {found.seed}",
        f"wanted: {review.wanted}", f"reserve: {review.reserve}", "pool:",
    ]  # fmt: skip
    lines = [*head, *map(str, found.pool), "order:", *map(str, found.order)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


urlpatterns: list[URLPattern] = [
    path("desk/cases/<uuid:case_id>/experts/new", new, name="desk-experts-new"),
    path("desk/reviews/<uuid:review_id>", one, name="desk-review"),
    path("desk/reviews/<uuid:review_id>/<slug:review_action>", end, name="desk-review-end"),
    path("desk/review-seats/<uuid:seat_id>", seat, name="desk-review-seat"),
    path("desk/review-seats/<uuid:seat_id>/file", seat_file, name="desk-review-seat-file"),
    path("draws/<uuid:review_id>", draw, name="draw"),
    path("draws/<uuid:review_id>.txt", draw_text, name="draw-text"),
]
