"""Pages of site surveys: planned at the desk, filled in with a phone on the site, confirmed by two."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yichuang.cases.commands import surveys as commands
from yichuang.cases.commands.surveys import PlanForm, RecordForm
from yichuang.cases.flow.reviewers import SURVEY_OPEN, SurveyState
from yichuang.cases.pages.received import (
    photo_tokens,
    picture,
    posted_day,
    posted_photos,
    show,
    text,
    whole,
)
from yichuang.cases.queries import experts as queries
from yichuang.cases.queries import visible
from yichuang.cases.queries.experts import SeenSurvey
from yichuang.directory.flow import Capability
from yichuang.directory.queries import colleagues
from yichuang.kernel.errors import Invalid, Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

ENDINGS = {"confirm": "已确认核查记录。", "cancel": "已取消现场核查。"}
CONFORM = {"yes": True, "no": False}


@needs(Capability.CASE_CONSULT)
@require_http_methods(["GET", "POST"])
def new(request: Request, case_id: UUID) -> HttpResponse:
    """Plan a visit with two officers or more."""
    row = visible(case_id, by=request.by)
    problem: Problem | None = None
    given: dict[str, Any] = {name: text(request, name, 9000) for name in ("planned_on", "place", "points")}
    given["officers"] = [clean_text(one, limit=64) for one in request.POST.getlist("officers")[:20]]
    if request.method == "POST":
        officers = tuple(found for one in given["officers"] if (found := parse_uuid(one)))
        form = PlanForm(
            posted_day(request, "planned_on"), given["place"], officers, tuple(given["points"].splitlines())
        )
        try:
            made = commands.plan_survey(case_id, form, by=request.by, at=request.at, key=post_key(request))
            messages.success(request, "已安排现场核查。")
            return HttpResponseRedirect(reverse("desk-survey", args=[made.pk]))
        except Problem as found:
            problem = found
    staff = colleagues(row.department_id, Capability.CASE_CONSULT)
    context = {
        "case": row, "given": given, "key": client_key(),
        "officers": [(str(one.id), f"{one.name}（{one.post}）") for one in staff],
    }  # fmt: skip
    return show(request, "surveys_new", context, problem)


@needs(Capability.CASE_SEARCH)
@require_http_methods(["GET", "POST"])
def one(request: Request, survey_id: UUID) -> HttpResponse:
    """One survey: its officers fill it in on the site; afterwards what it says."""
    if request.method == "GET":
        return _page(request, survey_id)
    found = queries.survey(survey_id, by=request.by)
    given = _given(request, found)
    photos, wrong = posted_photos(request)
    try:
        if wrong:
            raise Invalid("照片没有收下，其他内容都在下面。", fields={"photos": wrong})
        findings = {
            point.position: (
                CONFORM.get(given[f"conform-{point.position}"]),
                given[f"found-{point.position}"],
            )
            for point in found.points
        }
        form = RecordForm(
            posted_day(request, "visited_on"), findings, CONFORM.get(given["conform"]), given["conclusion"], photos
        )  # fmt: skip
        commands.record_survey(
            survey_id, form, seen=whole(request, "seen"), by=request.by, at=request.at, key=post_key(request)
        )
    except Problem as problem:
        return _page(request, survey_id, problem, given, photo_tokens(photos, request), "record")
    messages.success(request, "已保存核查记录，请两名核查人员分别确认。")
    return HttpResponseRedirect(reverse("desk-survey", args=[survey_id]))


def _given(request: Request, found: SeenSurvey) -> dict[str, str]:
    names = [f"{name}-{point.position}" for point in found.points for name in ("conform", "found")]
    return {name: text(request, name) for name in [*names, "visited_on", "conform", "conclusion"]}


def _kept(found: SeenSurvey, today: str) -> dict[str, str]:
    """What was recorded before, as the form shows it."""
    words = {True: "yes", False: "no", None: ""}
    given = {
        "visited_on": found.survey.visited_on.isoformat() if found.survey.visited_on else today,
        "conform": words[found.survey.conform], "conclusion": found.survey.conclusion,
    }  # fmt: skip
    for point in found.points:
        given[f"conform-{point.position}"], given[f"found-{point.position}"] = (
            words[point.conform],
            point.found,
        )
    return given


def _page(
    request: Request, survey_id: UUID, problem: Problem | None = None, given: dict[str, str] | None = None,
    kept: list[str] | None = None, failed: str = "",
) -> HttpResponse:  # fmt: skip
    found = queries.survey(survey_id, by=request.by)
    today = local_day(request.at)
    state = SurveyState(found.survey.state)
    context: dict[str, Any] = {
        "found": found, "survey": found.survey, "case": found.case, "state": state,
        "fills": found.is_officer and state in SURVEY_OPEN, "is_open": state in SURVEY_OPEN,
        "given": given or _kept(found, today.isoformat()), "kept": kept or [], "failed": failed,
        "may_confirm": found.is_officer and state == SurveyState.RECORDED and not found.has_signed,
        "key": client_key(), "answers": [("yes", "符合"), ("no", "不符合")],
    }  # fmt: skip
    return show(request, "survey", context, problem)


@needs(Capability.CASE_CONSULT)
@require_POST
def end(request: Request, survey_id: UUID, survey_action: str) -> HttpResponse:
    """Confirm the record under the own account, or call the survey off."""
    if survey_action not in ENDINGS:
        raise Missing
    queries.survey(survey_id, by=request.by)
    try:
        common: dict[str, Any] = {
            "seen": whole(request, "seen"), "by": request.by, "at": request.at, "key": post_key(request),
        }  # fmt: skip
        if survey_action == "confirm":
            commands.confirm_survey(survey_id, **common)
        else:
            commands.cancel_survey(survey_id, text(request, "reason"), **common)
    except Problem as problem:
        return _page(request, survey_id, problem, failed=survey_action)
    messages.success(request, ENDINGS[survey_action])
    return HttpResponseRedirect(reverse("desk-survey", args=[survey_id]))


@needs(Capability.CASE_SEARCH)
@require_GET
def photo(request: Request, survey_photo_id: UUID) -> HttpResponse:
    """A picture of a survey."""
    found = queries.survey_photo(survey_photo_id, by=request.by)
    return picture(found.sha256, found.kind)


urlpatterns: list[URLPattern] = [
    path("desk/cases/<uuid:case_id>/surveys/new", new, name="desk-surveys-new"),
    path("desk/surveys/<uuid:survey_id>", one, name="desk-survey"),
    path("desk/surveys/<uuid:survey_id>/<slug:survey_action>", end, name="desk-survey-end"),
    path("desk/survey-photos/<uuid:survey_photo_id>", photo, name="desk-survey-photo"),
]
