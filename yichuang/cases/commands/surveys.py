"""Site survey (现场核查): planned with two officers or more, recorded on the site, closed by the second confirmation.

行政许可法 art. 34: where the substance of the materials has to be verified, two or more members of staff do it. A survey
is none of the procedures of art. 45: the clock runs on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.cases.commands.happenings import (
    LONGEST_WORDS,
    Happening,
    done_before,
    examined,
    hold,
    key_hash,
    leave,
    unchanged,
)
from yichuang.cases.flow.reviewers import LEAST_OFFICERS, SURVEY_OPEN, SurveyState
from yichuang.cases.models import Survey, SurveyPhoto, SurveyPoint
from yichuang.cases.queries import CaseRow, load_visible
from yichuang.cases.queries.checks import survey_check
from yichuang.cases.rules import check_due
from yichuang.directory.flow import Capability
from yichuang.directory.queries import colleagues
from yichuang.journal.commands import keyed
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar

MOST_POINTS = 40
MOST_PHOTOS = 30
LONGEST_POINT = 200
FURTHEST_DAYS = 60


@dataclass(frozen=True, slots=True)
class PlanForm:
    """A survey as it is planned: day, place, officers by account, what is looked at."""

    planned_on: date | None
    place: str
    officers: tuple[UUID, ...]
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A picture that the page has checked, freed of its metadata and kept."""

    sha256: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class RecordForm:
    """What was found: per point (by its position) whether it conforms and in words; the whole; pictures."""

    visited_on: date | None
    findings: Mapping[int, tuple[bool | None, str]]
    conform: bool | None
    conclusion: str
    photos: tuple[NewPhoto, ...] = ()


@keyed("survey")
@transaction.atomic
def plan_survey(case_id: UUID, form: PlanForm, *, by: Actor, at: datetime, key: str) -> Survey:
    """Plan a visit; the same key again gives the same survey. Raises Invalid for fewer than two officers, Missing, Conflict."""
    by.require(Capability.CASE_CONSULT)
    row = examined(case_id, by=by)
    known = Survey.objects.filter(key=key, case_id=case_id).first()
    if known is not None:
        return known
    hold(row)
    names = {one.id: one.name for one in colleagues(row.department_id, Capability.CASE_CONSULT)}
    officers = list(dict.fromkeys(form.officers))
    points = [one.strip() for one in form.points if one.strip()]
    day = local_day(at)
    _check_plan(form, officers, points, names, day)
    assert form.planned_on is not None
    due = check_due(calendar(), survey_check(row, day, form.planned_on))
    if day <= due < form.planned_on:
        raise Invalid(
            "约定的核查日晚于这一环节的期限。", how="办事指南承诺了现场核查的时限，取消后重新安排不重新起算。",
            fields={"planned_on": f"应不晚于 {due}（办事指南承诺的现场核查期限）"},
        )  # fmt: skip
    try:
        with transaction.atomic():
            survey = Survey.objects.create(
                id=uuid7(at), case_id=row.id, case_number=row.number, department_id=row.department_id,
                arranged_on=day, planned_on=form.planned_on, due_on=due, place=form.place.strip(), officers=officers,
                officer_names=[names[one] for one in officers], key=key,
            )  # fmt: skip
    except IntegrityError as error:
        twice = Survey.objects.filter(key=key, case_id=case_id).first()
        if twice is None:
            raise Conflict("同一内容刚刚提交过。", how="请刷新页面查看。") from error
        return twice
    SurveyPoint.objects.bulk_create(
        SurveyPoint(survey=survey, position=place, text=text) for place, text in enumerate(points)
    )
    data = {
        "on": survey.planned_on,
        "due_on": due,
        "officers": [str(one) for one in officers],
        "points": len(points),
    }
    _leave(survey, "survey.planned", data, {"place": survey.place, "points": points}, by, at)
    return survey


def _check_plan(
    form: PlanForm, officers: Sequence[UUID], points: Sequence[str], names: Mapping[UUID, str], today: date
) -> None:
    wrong: dict[str, str] = {}
    if form.planned_on is None or not today <= form.planned_on <= today + timedelta(days=FURTHEST_DAYS):
        wrong["planned_on"] = f"应为今天起 {FURTHEST_DAYS} 天以内的一天"
    if not 0 < len(form.place.strip()) <= LONGEST_POINT:
        wrong["place"] = "请写明核查地点"
    if len(officers) < LEAST_OFFICERS or not set(officers) <= set(names):
        wrong["officers"] = "现场核查应当指派两名以上工作人员（行政许可法第三十四条），只能从本部门人员中选择"
    if not 1 <= len(points) <= MOST_POINTS or any(len(one) > LONGEST_POINT for one in points):
        wrong["points"] = f"请列出 1 至 {MOST_POINTS} 个核查要点，每行一个，每个不超过 {LONGEST_POINT} 字"
    if wrong:
        raise Invalid("现场核查的安排不完整，请按提示填写。", fields=wrong)


@transaction.atomic
def record_survey(
    survey_id: UUID, form: RecordForm, *, seen: int, by: Actor, at: datetime, key: str
) -> Survey:
    """An officer of the survey enters what was found. Recording again takes earlier confirmations back.

    Raises Refused for anybody else, Invalid, Missing, Conflict.
    """
    by.require(Capability.CASE_CONSULT)
    held, row = _held(survey_id, by)
    body = key_hash(by, "record", *_plain(form))
    if done_before(held.id, key, body):
        return held
    _check_open(held, seen)
    _officer(held, by)
    points = list(held.points.all())
    _check_record(form, points, row, local_day(at), held.photos.count())
    for point in points:
        point.conform, found = form.findings[point.position]
        point.found = found.strip()
    SurveyPoint.objects.bulk_update(points, ["conform", "found"])
    known = set(held.photos.values_list("sha256", flat=True))
    fresh = {one.sha256: one for one in form.photos if one.sha256 not in known}
    SurveyPhoto.objects.bulk_create(
        SurveyPhoto(id=uuid7(at), survey=held, kind=one.kind, size=one.size, sha256=one.sha256, at=at)
        for one in fresh.values()
    )
    held.visited_on, held.conform, held.conclusion = form.visited_on, form.conform, form.conclusion.strip()
    held.state, held.signed = SurveyState.RECORDED, []
    data = {
        "visited_on": held.visited_on, "conform": held.conform, "points": [point.conform for point in points],
        "photos": sorted(known | set(fresh)),
    }  # fmt: skip
    words = {"conclusion": held.conclusion, "found": [point.found for point in points]}
    _save(held, "survey.recorded", data, words, by, at, key, body)
    return held


def _plain(form: RecordForm) -> list[Any]:
    found = [[place, conform, words] for place, (conform, words) in sorted(form.findings.items())]
    return [form.visited_on, found, form.conform, form.conclusion, [one.sha256 for one in form.photos]]


def _check_record(
    form: RecordForm, points: Sequence[SurveyPoint], row: CaseRow, today: date, photos: int
) -> None:
    wrong: dict[str, str] = {}
    for point in points:
        wrong |= _wrong_point(point.position, *form.findings.get(point.position, (None, "")))
    first = row.accepted_on or row.filed_on
    if form.visited_on is None or not first <= form.visited_on <= today:
        wrong["visited_on"] = "应为受理之日以后、今天以前（含今天）的一天"
    if form.conform is None:
        wrong["conform"] = "请选择核查结论"
    if not 0 < len(form.conclusion.strip()) <= LONGEST_WORDS:
        wrong["conclusion"] = f"请写明核查结论，不超过 {LONGEST_WORDS} 字"
    if photos + len(form.photos) > MOST_PHOTOS:
        wrong["photos"] = f"最多 {MOST_PHOTOS} 张照片"
    if wrong:
        raise Invalid("核查记录不完整，填过的内容都在下面。", fields=wrong)


def _wrong_point(position: int, conform: bool | None, found: str) -> dict[str, str]:
    if conform is None:
        return {f"conform-{position}": "请选择符合或者不符合"}
    if not conform and not found.strip():
        return {f"found-{position}": "不符合的要点，请写明现场情况"}
    return {f"found-{position}": f"不超过 {LONGEST_WORDS} 字"} if len(found.strip()) > LONGEST_WORDS else {}


@transaction.atomic
def confirm_survey(survey_id: UUID, *, seen: int, by: Actor, at: datetime, key: str) -> Survey:
    """An officer confirms the record under the own account; the second confirmation closes the survey.

    Raises Refused for anybody who was not there, Conflict (nothing recorded, or confirmed by the same officer before).
    """
    by.require(Capability.CASE_CONSULT)
    held, _ = _held(survey_id, by)
    body = key_hash(by, "confirm")
    if done_before(held.id, key, body):
        return held
    if held.state != SurveyState.RECORDED:
        raise Conflict(
            f"这次核查现在是「{SurveyState(held.state).label}」，不能确认。", how="请刷新页面查看最新情况。"
        )
    unchanged(seen, held.edit, "核查记录")
    officer = _officer(held, by)
    if officer in held.signed:
        raise Conflict("您已经确认过这份记录。", how="请由另一位核查人员用自己的账号确认。")
    held.signed = [*held.signed, officer]
    closes = len(held.signed) >= LEAST_OFFICERS
    if closes:
        held.state, held.closed_at = SurveyState.CLOSED, at
    data = {"signed": [str(one) for one in held.signed], "conform": held.conform}
    _save(held, "survey.closed" if closes else "survey.confirmed", data, {}, by, at, key, body)
    return held


@transaction.atomic
def cancel_survey(survey_id: UUID, reason: str, *, seen: int, by: Actor, at: datetime, key: str) -> Survey:
    """Call a survey off, with a reason. Raises Invalid, Missing, Conflict."""
    by.require(Capability.CASE_CONSULT)
    held, _ = _held(survey_id, by)
    body = key_hash(by, "cancel", reason)
    if done_before(held.id, key, body):
        return held
    _check_open(held, seen)
    if not 0 < len(reason.strip()) <= LONGEST_WORDS:
        raise Invalid("请写明取消核查的理由。", fields={"reason": "不能为空"})
    held.state = SurveyState.CANCELLED
    _save(held, "survey.cancelled", {}, {"reason": reason.strip()}, by, at, key, body)
    return held


def _held(survey_id: UUID, by: Actor) -> tuple[Survey, CaseRow]:
    held = Survey.objects.select_for_update().filter(pk=survey_id).first()
    row = load_visible(held.case_id, by=by) if held else None
    if held is None or row is None:
        raise Missing
    return held, row


def _officer(held: Survey, by: Actor) -> UUID:
    if by.id is None or by.id not in held.officers:
        raise Refused("您不是这次核查的人员。", how="只有到场的核查人员才能填写和确认。")
    return by.id


def _check_open(held: Survey, seen: int) -> None:
    if held.state not in SURVEY_OPEN:
        raise Conflict(f"这次核查已经是「{SurveyState(held.state).label}」。", how="请刷新页面查看最新情况。")
    unchanged(seen, held.edit, "这次核查")


def _save(
    held: Survey, fact: str, data: Mapping[str, Any], words: Mapping[str, Any], by: Actor, at: datetime, key: str,
    body: str,
) -> None:  # fmt: skip
    held.edit += 1
    held.save()
    _leave(held, fact, data, words, by, at, key, body)


def _leave(
    held: Survey, fact: str, data: Mapping[str, Any], words: Mapping[str, Any], by: Actor, at: datetime,
    key: str | None = None, body: str | None = None,
) -> None:  # fmt: skip
    happening = Happening(held.id, "survey", fact, held.case_id, held.department_id, data, words)
    leave(happening, by=by, at=at, key=key, body=body)
