"""Site surveys: two officers by command and by database, every state with every action, confirmed by two of those who were there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from yichuang.cases.commands import surveys
from yichuang.cases.commands.surveys import NewPhoto
from yichuang.cases.flow import State
from yichuang.cases.flow.reviewers import SurveyState
from yichuang.cases.models import Survey
from yichuang.cases.queries import experts as queries
from yichuang.cases.queries.reviewers import blocks
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_reviewers as some
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import checked_facts, facts_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
AT = some.AT
THERE = AT + timedelta(days=1)
Act = Callable[[Survey, Actor, str], Survey]


def _seen(survey: Survey) -> int:
    return Survey.objects.get(pk=survey.pk).edit


ACTS: dict[str, Act] = {
    "record": lambda s, by, key: surveys.record_survey(
        s.pk, some.record_form(), seen=_seen(s), by=by, at=THERE, key=key
    ),
    "confirm": lambda s, by, key: surveys.confirm_survey(s.pk, seen=_seen(s), by=by, at=THERE, key=key),
    "cancel": lambda s, by, key: surveys.cancel_survey(s.pk, "改期", seen=_seen(s), by=by, at=THERE, key=key),
}
ALLOWED = {
    SurveyState.PLANNED: {"record", "cancel"},
    SurveyState.RECORDED: {"record", "confirm", "cancel"},
    SurveyState.CLOSED: set(),
    SurveyState.CANCELLED: set(),
}


@pytest.mark.parametrize("action", list(ACTS))
@pytest.mark.parametrize("state", list(SurveyState))
def test_every_state_with_every_action_twice(state: SurveyState, action: str) -> None:
    survey, officer = some.survey_in(state), some.officers()[0]
    before = len(facts_of(survey.pk))
    if action not in ALLOWED[state]:
        with pytest.raises(Conflict):
            ACTS[action](survey, officer, make.key())
        return
    key = make.key()
    ACTS[action](survey, officer, key)
    ACTS[action](survey, officer, key)
    assert len(facts_of(survey.pk)) == before + 1, "the same click acts once"
    assert all(fact.sound for fact in checked_facts(survey.pk))


def test_two_confirm_under_their_own_accounts() -> None:
    survey = some.recorded()
    first, second = some.officers()
    assert ACTS["confirm"](survey, first, make.key()).state == SurveyState.RECORDED
    with pytest.raises(Conflict, match="已经确认过"):
        ACTS["confirm"](survey, first, make.key())
    closed = ACTS["confirm"](survey, second, make.key())
    assert (closed.state, closed.signed) == (SurveyState.CLOSED, [first.id, second.id])
    assert [fact.kind for fact in facts_of(survey.pk)][-2:] == ["survey.confirmed", "survey.closed"]
    assert [signed for _, signed in queries.survey(survey.pk, by=first).officers] == [True, True]


def test_what_was_confirmed_is_what_is_closed() -> None:
    """Recording again after the first confirmation takes it back: nobody signs what changes afterwards."""
    survey = some.recorded()
    first, second = some.officers()
    ACTS["confirm"](survey, first, make.key())
    ACTS["record"](survey, second, make.key())
    assert Survey.objects.get(pk=survey.pk).signed == []
    assert ACTS["confirm"](survey, second, make.key()).state == SurveyState.RECORDED


@pytest.mark.parametrize("count", [0, 1, 2])
def test_one_officer_is_not_enough(count: int) -> None:
    """行政许可法 art. 34; the same one named twice is one."""
    only = some.lead("officer1").id
    officers = (only,) * count
    with pytest.raises(Invalid) as caught:
        surveys.plan_survey(
            make.in_review().id, some.plan_form(officers=officers), by=some.lead(), at=AT, key=make.key()
        )
    assert "第三十四条" in caught.value.fields["officers"]


def test_a_survey_by_one_would_be_stopped_by_the_database_too() -> None:
    """The broken variant: a command that forgot to count."""
    survey = some.recorded()
    one = survey.officers[0]
    wrong: list[dict[str, Any]] = [
        {"officers": [one], "officer_names": ["甲"]},
        {"officers": [one, one]},
        {"state": "closed"},
        {"state": "closed", "signed": [one]},
        {"state": "closed", "signed": [one, one]},
        {"state": "closed", "signed": [one, UUID(int=1)]},
        {"state": "closed", "signed": survey.officers, "conclusion": ""},
    ]
    for change in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Survey.objects.filter(pk=survey.pk).update(**change)
    Survey.objects.filter(pk=survey.pk).update(state="closed", signed=survey.officers)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"planned_on": None}, "planned_on"), ({"planned_on": AT.date() - timedelta(days=1)}, "planned_on"),
        ({"planned_on": AT.date() + timedelta(days=61)}, "planned_on"), ({"place": " "}, "place"),
        ({"points": ()}, "points"), ({"points": (" ", "")}, "points"), ({"points": ("点" * 201,)}, "points"),
        ({"points": ("点",) * 41}, "points"),
    ],
)  # fmt: skip
def test_what_a_plan_must_say(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        surveys.plan_survey(
            make.in_review().id, some.plan_form(**change), by=some.lead(), at=AT, key=make.key()
        )
    assert list(caught.value.fields) == [field]


def test_officers_come_from_the_department_itself() -> None:
    strangers = (some.lead("officer1").id, some.lead("foreign", some.ecology()).id)
    with pytest.raises(Invalid):
        surveys.plan_survey(
            make.in_review().id, some.plan_form(officers=strangers), by=some.lead(), at=AT, key=make.key()
        )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"findings": {0: (True, "")}}, "conform-1"), ({"findings": {0: (None, ""), 1: (True, "")}}, "conform-0"),
        ({"findings": {0: (False, " "), 1: (True, "")}}, "found-0"), ({"conform": None}, "conform"),
        ({"findings": {0: (True, "长" * 2001), 1: (True, "")}}, "found-0"), ({"conclusion": ""}, "conclusion"),
        ({"visited_on": None}, "visited_on"), ({"visited_on": AT.date() + timedelta(days=2)}, "visited_on"),
        ({"visited_on": AT.date() - timedelta(days=1)}, "visited_on"),
        ({"photos": tuple(NewPhoto(f"{n:064x}", "jpeg", 1) for n in range(31))}, "photos"),
    ],
)  # fmt: skip
def test_what_a_record_must_say(change: dict[str, Any], field: str) -> None:
    survey = some.planned()
    with pytest.raises(Invalid) as caught:
        surveys.record_survey(
            survey.pk, some.record_form(**change), seen=1, by=some.officers()[0], at=THERE, key=make.key()
        )
    assert list(caught.value.fields) == [field]


def test_pictures_are_kept_once_and_proved_by_the_fact() -> None:
    survey, one = some.planned(), NewPhoto("a" * 64, "jpeg", 10)
    for seen in (1, 2):
        form = some.record_form(photos=(one, one))
        surveys.record_survey(survey.pk, form, seen=seen, by=some.officers()[0], at=THERE, key=make.key())
    photo = survey.photos.get()
    assert facts_of(survey.pk)[-1].data["photos"] == ["a" * 64]
    assert queries.survey_photo(photo.pk, by=some.lead()).sha256 == "a" * 64
    with pytest.raises(Missing):
        queries.survey_photo(photo.pk, by=some.lead("foreign", some.ecology()))


def test_who_may() -> None:
    survey = some.recorded()
    for action in ACTS:
        with pytest.raises(Missing):
            ACTS[action](survey, some.lead("foreign", some.ecology()), make.key())
        for by in (people.reviewer(), people.applicant_actor(), some.opiner()):
            with pytest.raises(Refused):
                ACTS[action](survey, by, make.key())
    for action in ("record", "confirm"):
        with pytest.raises(Refused, match="不是这次核查的人员"):
            ACTS[action](survey, some.lead(), make.key())
    for by in (some.lead("foreign", some.ecology()), people.applicant_actor(), some.opiner()):
        with pytest.raises(Missing):
            queries.survey(survey.pk, by=by)


def test_the_second_saver_is_told() -> None:
    survey, (first, second) = some.planned(), some.officers()
    surveys.record_survey(survey.pk, some.record_form(), seen=1, by=first, at=THERE, key=make.key())
    with pytest.raises(Conflict, match="已有变化"):
        surveys.record_survey(survey.pk, some.record_form(), seen=1, by=second, at=THERE, key=make.key())


@pytest.mark.parametrize("state", [s for s in State if s not in (State.REVIEW, State.SPECIAL)])
def test_only_a_case_in_examination_is_surveyed(state: State) -> None:
    with pytest.raises(Conflict):
        some.planned(make.IN_STATE[state]())


def test_a_survey_is_no_pause_and_holds_the_decision_until_it_is_closed() -> None:
    survey = some.recorded()
    row = make.fresh(survey.case_id)
    assert (row.state, row.paused_on) == (State.REVIEW, None)
    assert "现场核查" in blocks(survey.case_id)[0]
    for officer in some.officers():
        ACTS["confirm"](survey, officer, make.key())
    assert blocks(survey.case_id) == ()


def test_the_same_click_plans_once() -> None:
    row, key = make.in_review(), make.key()
    form = some.plan_form()
    made = [surveys.plan_survey(row.id, form, by=some.lead(), at=AT, key=key).pk for _ in range(2)]
    assert made[0] == made[1]
    assert Survey.objects.count() == 1
