"""Ratings: one a service for ever, the follow-up by its table, limits by working days, appeals with four eyes."""

import threading
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import IntegrityError

from yichuang.cases.flow import State
from yichuang.cases.tests import factories as cases
from yichuang.cases.tests.crowd import PATIENCE_SECONDS, together
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.feedback.commands.follow_ups import AppealForm, appeal_rating, decide_appeal, step_follow_up
from yichuang.feedback.commands.limits import set_limit
from yichuang.feedback.commands.ratings import give_rating
from yichuang.feedback.flow.ratings import (
    FOLLOW_ROWS,
    LOW,
    AppealState,
    FollowAction,
    FollowRow,
    FollowState,
    Level,
    Served,
    follow_moves,
)
from yichuang.feedback.models import Appeal, FollowUp, Limit, Rating
from yichuang.feedback.queries.rated import RATEABLE_STATES, at_counter, service_by, token_of
from yichuang.feedback.tests import factories as make
from yichuang.halls.commands.acts import put
from yichuang.halls.tests import factories_windows as hall
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

AT = make.AT
APPEAL = AppealForm("与事实不符", "录音")


@pytest.mark.django_db
@pytest.mark.parametrize("level", list(Level))
def test_a_rating_is_kept_and_a_low_one_opens_its_follow_up(level: Level) -> None:
    made = make.rating(level)
    [fact] = facts_of(made.pk)
    assert (fact.kind, fact.actor) == ("rating.given", "anonymous")
    assert FollowUp.objects.filter(pk=made.pk).exists() == (level in LOW)


@pytest.mark.django_db
def test_facts_know_neither_words_nor_telephone_nor_case() -> None:
    made = make.rating(callback=True, phone="13800000000")
    step_follow_up(made.pk, FollowAction.CONTACT, "张示例说等了两天", seen=1, by=make.handler(), at=AT)
    said = "".join(
        row[0] for row in sql.rows("select data from journal_fact where subject_id = %(id)s", {"id": made.pk})
    )
    assert "13800000000" not in said
    assert "张示例" not in said
    assert str(made.case_id) not in said


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(State))
def test_only_what_is_finished_can_be_rated(state: State) -> None:
    service = make.service(cases.IN_STATE[state]())
    if state in RATEABLE_STATES:
        assert give_rating(service, make.form(), at=AT, key=make.key()).served == Served.CASE
        return
    with pytest.raises(Conflict, match="还没有办完"):
        give_rating(service, make.form(), at=AT, key=make.key())


@pytest.mark.django_db
def test_a_second_rating_is_refused_and_a_second_click_is_the_same() -> None:
    service, key = make.service(), make.key()
    first = give_rating(service, make.form(1), at=AT, key=key)
    assert give_rating(service, make.form(1), at=AT, key=key).pk == first.pk
    with pytest.raises(Conflict, match="已经评价"):
        give_rating(service, make.form(5), at=AT, key=make.key())
    assert [row.level for row in Rating.objects.all()] == [1]
    with pytest.raises(Conflict, match="已被使用"):
        give_rating(make.service(), make.form(1), at=AT, key=key)


def test_of_many_who_rate_one_service_at_once_one_is_kept(committed: dict[str, str]) -> None:
    service = make.service()
    found = together(
        [lambda n=n: give_rating(service, make.form(n), at=AT, key=make.key()) for n in (1, 2, 4, 5)]  # type: ignore[misc]
    )
    assert len([each for each in found if isinstance(each, Rating)]) == 1
    assert len([each for each in found if isinstance(each, Conflict)]) == 3
    kept = Rating.objects.get()
    assert FollowUp.objects.count() == (kept.level in LOW)


def test_looking_before_writing_would_not_be_enough(committed: dict[str, str]) -> None:
    """The broken variant, without the constraint: both look, both write."""
    service, looked = make.service(), threading.Barrier(2)
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        owner.execute("alter table feedback_rating drop constraint rating_once_a_case")

    def naive(level: int) -> bool:
        seen = Rating.objects.filter(case_id=service.subject).exists()
        looked.wait(PATIENCE_SECONDS)
        if not seen:
            Rating.objects.create(
                id=uuid4(), served="case", case_id=service.subject, level=level, channel="1", at=AT,
                day=AT.date(), key=make.key(),
            )  # fmt: skip
        return not seen

    assert together([lambda: naive(1), lambda: naive(5)]) == [True, True]
    assert Rating.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["update feedback_rating set level = 1", "delete from feedback_rating", "update feedback_limit set value = 9"]
)  # fmt: skip
def test_what_was_said_never_changes(statement: str) -> None:
    make.rating(3)
    set_limit("rating.finish", 3, "试行", AT.date(), by=make.reviewer(), at=AT, key=make.key())
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic(), connection.cursor() as db:
        db.execute(statement)


def test_without_the_trigger_a_rating_would_change(committed: dict[str, str]) -> None:
    made = make.rating(5)
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        owner.execute("drop trigger feedback_rating_frozen on feedback_rating")
    assert Rating.objects.filter(pk=made.pk).update(level=1) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [({"level": 0}, "level"), ({"level": 6}, "level"), ({"level": None}, "level"), ({"words": "长" * 1001}, "words"),
     ({"indicators": {"ability": 1}}, "indicators"), ({"indicators": {"overall": 9}}, "indicators"),
     ({"callback": True}, "phone"), ({"callback": True, "phone": "<script>"}, "phone")],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_kept(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as told:
        give_rating(make.service(), make.form(**changes), at=AT, key=make.key())
    assert list(told.value.fields) == [field]
    assert not Rating.objects.exists()


@pytest.mark.django_db
def test_a_telephone_without_consent_is_thrown_away() -> None:
    assert make.rating(phone="13800000000").phone == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "contact", "finish"),
    # The first over the holiday of May Day 2022 (30 April to 4 May, worked on 7 May), the second in a plain week.
    [("2022-04-29", "2022-05-05", "2022-05-10"), ("2022-05-12", "2022-05-13", "2022-05-19")],
)
def test_limits_are_counted_in_working_days(given: str, contact: str, finish: str) -> None:
    at = cases.day(given)
    case = cases.delivered(at=cases.day("2022-04-11"))
    made = give_rating(make.service(case), make.form(5), at=at, key=make.key())
    follow = FollowUp.objects.get(pk=made.pk)
    assert (follow.contact_due_on.isoformat(), follow.finish_due_on.isoformat()) == (contact, finish)
    assert follow.limit_source == "本平台设定"


@pytest.mark.django_db
def test_a_limit_set_from_a_day_on_holds_for_what_comes_later() -> None:
    by = make.reviewer()
    set_limit("rating.finish", 3, "试行办法", AT.date(), by=by, at=AT, key="k1234567")
    set_limit("rating.finish", 3, "试行办法", AT.date(), by=by, at=AT, key="k1234567")
    with pytest.raises(Conflict):
        set_limit("rating.finish", 4, "又一次", AT.date(), by=by, at=AT, key="k1234567")
    follow = FollowUp.objects.get(pk=make.rating().pk)
    assert (follow.finish_due_on, follow.limit_source) == (date(2022, 5, 17), "试行办法")
    assert Limit.objects.count() == 1
    with pytest.raises(Refused):
        set_limit("rating.finish", 3, "x", AT.date(), by=make.handler(), at=AT, key=make.key())
    for code, value, source, since in (
        ("nothing", 3, "x", AT.date()), ("rating.finish", 0, "x", AT.date()), ("rating.finish", 61, "x", AT.date()),
        ("rating.finish", None, "x", AT.date()), ("rating.finish", 3, " ", AT.date()), ("rating.finish", 3, "x", None),
        ("rating.finish", 3, "x", AT.date() - timedelta(days=1)),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            set_limit(code, value, source, since, by=by, at=AT, key=make.key())


def put_in(made: Rating, state: FollowState) -> FollowUp:
    """A follow-up brought to a state by the real steps."""
    way = {
        FollowState.PENDING: [], FollowState.CONTACTED: ["contact"], FollowState.RECTIFYING: ["contact", "start"],
        FollowState.RECTIFIED: ["contact", "start", "rectify"], FollowState.CLOSED: ["contact", "close"],
        FollowState.VOID: ["void"],
    }[state]  # fmt: skip
    for seen, action in enumerate(way, 1):
        step_follow_up(
            made.pk, FollowAction(action), "已办", told="已电话告知", seen=seen, by=make.reviewer(), at=AT
        )
    return FollowUp.objects.get(pk=made.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("action", list(FollowAction))
@pytest.mark.parametrize("state", list(FollowState))
def test_every_state_with_every_action(state: FollowState, action: FollowAction) -> None:
    made = make.rating()
    held = put_in(made, state)
    row = next((each for each in follow_moves(state) if each.action == action), None)
    steps = len(facts_of(made.pk))

    def go() -> FollowUp:
        return step_follow_up(
            made.pk, action, "说明", told="已告知", seen=held.seq, by=make.reviewer(), at=AT
        )

    if row is None:
        with pytest.raises(Conflict, match="不能"):
            go()
        assert len(facts_of(made.pk)) == steps
        return
    assert go().state == row.target
    assert [fact.kind for fact in facts_of(made.pk)][steps:] == [row.fact]
    with pytest.raises(Conflict):
        go()


@pytest.mark.django_db
@pytest.mark.parametrize("row", FOLLOW_ROWS, ids=lambda row: row.action.value)
def test_who_may_take_a_step(row: FollowRow) -> None:
    made = make.rating()
    with pytest.raises(Refused):
        step_follow_up(made.pk, row.action, "x", seen=1, by=make.auditor(), at=AT)
    with pytest.raises((Missing, Refused)):
        step_follow_up(made.pk, row.action, "x", seen=1, by=make.other(), at=AT)
    if row.action == FollowAction.VOID:
        with pytest.raises(Refused):
            step_follow_up(made.pk, FollowAction.VOID, "x", seen=1, by=make.handler(), at=AT)


@pytest.mark.django_db
def test_words_are_asked_for_and_the_result_must_be_told() -> None:
    made = make.rating()
    with pytest.raises(Invalid):
        step_follow_up(made.pk, FollowAction.CONTACT, " ", seen=1, by=make.handler(), at=AT)
    held = put_in(made, FollowState.CONTACTED)
    with pytest.raises(Invalid) as told:
        step_follow_up(made.pk, FollowAction.CLOSE, "好", seen=held.seq, by=make.handler(), at=AT)
    assert list(told.value.fields) == ["told"]


def test_of_two_who_step_at_once_one_wins(committed: dict[str, str]) -> None:
    made = make.rating()

    def contact(by: Actor) -> FollowUp:
        return step_follow_up(made.pk, FollowAction.CONTACT, "说", seen=1, by=by, at=AT)

    both = [make.handler(), make.handler(username="second")]
    found = together([partial(contact, by) for by in both])
    assert sorted(type(each).__name__ for each in found) == ["Conflict", "FollowUp"]


@pytest.mark.django_db
@pytest.mark.parametrize("uphold", [True, False])
def test_an_appeal_is_decided_by_somebody_else(uphold: bool) -> None:
    made, key = make.rating(), make.key()
    first = appeal_rating(made.pk, APPEAL, by=make.handler(), at=AT, key=key)
    assert appeal_rating(made.pk, APPEAL, by=make.handler(), at=AT, key=key).pk == first.pk
    with pytest.raises(Conflict, match="已经申诉"):
        appeal_rating(made.pk, APPEAL, by=make.handler(), at=AT, key=make.key())
    decided = decide_appeal(made.pk, uphold=uphold, words="已核", by=make.reviewer(), at=AT)
    assert decided.state == (AppealState.UPHELD if uphold else AppealState.REJECTED)
    assert FollowUp.objects.get(pk=made.pk).state == (FollowState.VOID if uphold else FollowState.PENDING)
    with pytest.raises(Conflict, match="已经复核"):
        decide_appeal(made.pk, uphold=not uphold, words="再核", by=make.reviewer(), at=AT)
    kinds = [fact.kind for fact in facts_of(made.pk)]
    assert kinds[1:] == ["rating.appealed", "rating.excluded" if uphold else "rating.confirmed"]


@pytest.mark.django_db
def test_neither_who_appealed_nor_the_department_decides() -> None:
    made, same = make.rating(), make.reviewer()
    appeal_rating(made.pk, APPEAL, by=same, at=AT, key=make.key())
    with pytest.raises(Refused, match="是您提出的"):
        decide_appeal(made.pk, uphold=True, words="好", by=same, at=AT)
    post = people.post(people.department(), "自审", [Capability.FEEDBACK_REVIEW])
    with pytest.raises(Refused, match="所在部门"):
        decide_appeal(made.pk, uphold=True, words="好", by=people.staff("own", post), at=AT)
    with pytest.raises(Refused):
        decide_appeal(made.pk, uphold=True, words="好", by=make.handler(), at=AT)
    with pytest.raises(Invalid):
        decide_appeal(made.pk, uphold=True, words=" ", by=make.reviewer("second"), at=AT)
    with pytest.raises(IntegrityError, match="appeal_four_eyes"), transaction.atomic():
        Appeal.objects.update(state="upheld", decided_at=AT, decided_by_id=same.id, decision="x")


@pytest.mark.django_db
def test_an_appeal_has_its_last_day_and_its_ground() -> None:
    made, by = make.rating(), make.handler()
    last = cases.day("2022-05-19")
    with pytest.raises(Conflict, match="期限已过"):
        appeal_rating(made.pk, APPEAL, by=by, at=last + timedelta(days=1), key=make.key())
    with pytest.raises(Invalid):
        appeal_rating(made.pk, AppealForm(" "), by=by, at=last, key=make.key())
    with pytest.raises(Missing):
        appeal_rating(made.pk, APPEAL, by=make.other(), at=last, key=make.key())
    appeal_rating(made.pk, APPEAL, by=by, at=last, key=make.key())
    good = make.rating(1)
    with pytest.raises(Conflict, match="只有差评"):
        appeal_rating(good.pk, APPEAL, by=by, at=AT, key=make.key())


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x", "é" * 34, "A" * 34, "../../etc/passwd", "c" * 10_000])
def test_an_address_that_was_not_made_here_names_nothing(token: str) -> None:
    with pytest.raises(Missing):
        service_by(token)


@pytest.mark.django_db
def test_an_address_of_nothing_names_nothing() -> None:
    for served in Served:
        with pytest.raises(Missing):
            service_by(token_of(served, uuid4()))
    assert not ANONYMOUS.capabilities


@pytest.mark.django_db
def test_an_act_at_the_window_is_rated_once_with_its_own_indicators() -> None:
    clerk = hall.clerk()
    act, _ = put(hall.consulted(), by=clerk, at=hall.AT, key=make.key())
    day = hall.AT.date()
    [waiting] = at_counter(day, by=clerk)
    assert waiting.act.pk == act.pk
    service = service_by(waiting.token)
    form = make.form(2, indicators={"attitude": 1, "ability": 2})
    made = give_rating(service, form, at=hall.AT, key=make.key())
    assert (made.act_id, made.case_id, made.window_id) == (act.pk, None, act.window_id)
    assert at_counter(day, by=clerk) == []
    with pytest.raises(Conflict, match="已经评价"):
        give_rating(service, form, at=hall.AT, key=make.key())
    given, _ = put(hall.handed(), by=clerk, at=hall.AT, key=make.key())
    with pytest.raises(Conflict, match="还没有办完"):
        give_rating(service_by(token_of(Served.ACT, given.pk)), form, at=hall.AT, key=make.key())
    with pytest.raises(Refused):
        at_counter(day, by=hall.reader())
