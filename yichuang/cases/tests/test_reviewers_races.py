"""Two at once: one question, one draw, one closing confirmation, one receipt of a material; a careless house is caught."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from yichuang.cases.commands import experts, experts_heard, opinions, pending, surveys
from yichuang.cases.commands.experts_heard import Heard
from yichuang.cases.commands.opinions import Question
from yichuang.cases.flow.reviewers import SeatState, Stance, SurveyState
from yichuang.cases.models import ExpertReview, Opinion, Pending, Survey
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_reviewers as some
from yichuang.cases.tests.crowd import together
from yichuang.directory.tests import factories as people
from yichuang.journal.queries import checked_facts, facts_of
from yichuang.kernel.errors import Conflict

pytestmark = pytest.mark.usefixtures("committed")
AT = some.AT
CROWD = 4


def outcome(found: list[object]) -> tuple[int, int]:
    """How many succeeded, how many were told of a conflict; nothing else may happen."""
    wrong = [one for one in found if isinstance(one, Exception) and not isinstance(one, Conflict)]
    assert wrong == []
    told = sum(isinstance(one, Conflict) for one in found)
    return len(found) - told, told


def race(act: Callable[[int], object], crowd: int = CROWD) -> tuple[int, int]:
    return outcome(list(together([lambda n=n: act(n) for n in range(crowd)])))  # type: ignore[misc]


def test_one_of_each_whatever_the_crowd() -> None:
    """One test with many cheap checks: the set-up of a database of its own is what costs."""
    lead, opiner, window = some.lead(), some.opiner(), some.window()
    row, where = make.in_review(), some.commerce().pk
    question = [Question(where, "是否影响？", 5)]
    key = make.key()
    assert race(lambda n: opinions.ask_opinions(row.id, question, by=lead, at=AT, key=key)) == (CROWD, 0)
    assert race(lambda n: opinions.ask_opinions(row.id, question, by=lead, at=AT, key=make.key())) == (
        0,
        CROWD,
    )
    with pytest.raises(Conflict):  # another content under the same key
        opinions.ask_opinions(row.id, [Question(where, "别的？", 5)], by=lead, at=AT, key=key)
    with pytest.raises(Conflict):  # and somebody else under it learns nothing
        opinions.ask_opinions(row.id, question, by=some.lead("second"), at=AT, key=key)
    made = Opinion.objects.get()
    stances = list(Stance)
    assert race(
        lambda n: opinions.answer_opinion(
            made.pk, stances[n % 3], f"意见{n}", seen=1, by=opiner, at=AT, key=make.key()
        )
    ) == (1, CROWD - 1)
    assert [fact.kind for fact in facts_of(made.pk)] == ["opinion.asked", "opinion.answered"]

    some.pool()
    assert race(lambda n: experts.draw_experts(row.id, some.draw_form(), by=lead, at=AT, key=make.key())) == (
        1,
        CROWD - 1,
    )
    review = ExpertReview.objects.get()
    seats = some.seats(review)
    # Everybody saw the first version: one expert's opinion is entered, the others are told.
    heard = Heard("passed", 80, "同意")
    assert race(
        lambda n: experts_heard.hear_expert(seats[n].pk, heard, seen=1, by=lead, at=AT, key=make.key()), 3
    ) == (1, 2)
    assert len(some.seats(review, SeatState.ANSWERED)) == 1

    first, second = some.officers()
    survey = some.recorded(row)
    both = (first, second)
    at = AT + timedelta(days=1)
    won, told = race(
        lambda n: surveys.confirm_survey(survey.pk, seen=2, by=both[n % 2], at=at, key=make.key())
    )
    assert (won, told) == (1, CROWD - 1), "a confirmation changes what the others have seen"
    surveys.confirm_survey(
        survey.pk,
        seen=3,
        by=next(o for o in both if o.id not in Survey.objects.get().signed),
        at=at,
        key=make.key(),
    )
    assert Survey.objects.get().state == SurveyState.CLOSED

    door = make.filed(version=some.guide())
    promises = some.promised("report", "consent")
    assert race(lambda n: pending.accept_pending(door.id, promises, by=window, at=AT, key=make.key())) == (
        1,
        CROWD - 1,
    )
    one = some.first_pending(door)
    givers = (people.applicant_actor(), window)
    assert race(
        lambda n: pending.supply(one.pk, sha256="d" * 64, by=givers[n % 2], at=AT, key=make.key())
    ) == (1, CROWD - 1)
    assert make.fresh(door.id).pending_open == 1
    for subject in (made.pk, review.pk, survey.pk, door.id):
        assert all(fact.sound for fact in checked_facts(subject)), "every chain is whole"


def test_a_supply_that_counts_by_itself_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the list is asked, the case's version is not: the same paper is counted twice."""
    row = some.pending_case("report", "consent")
    one, window = some.first_pending(row), some.window()
    stale = Pending.objects.get(pk=one.pk)

    class Remembering:
        """A reader that answers with what stood there before anybody came."""

        def filter(self, **_: object) -> "Remembering":
            return self

        def first(self) -> object:
            return stale

        def update(self, **_: object) -> int:
            return 1

    pending.supply(one.pk, sha256="", by=window, at=AT, key=make.key())
    monkeypatch.setattr(Pending, "objects", Remembering())
    pending.supply(one.pk, sha256="", by=window, at=AT, key=make.key())
    assert make.fresh(row.id).pending_open == 0, (
        "one paper came, two are counted: what the check above would see"
    )
