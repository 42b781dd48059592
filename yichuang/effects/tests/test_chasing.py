"""What nobody presses a button for: promised materials are asked for three times at most, silence is recorded once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from yichuang.cases import commands
from yichuang.cases.commands import opinions, pending
from yichuang.cases.commands.opinions import Question
from yichuang.cases.flow import Action
from yichuang.cases.flow.reviewers import OpinionState, Stance
from yichuang.cases.models import Opinion, Pending
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_reviewers as some
from yichuang.directory.tests import factories as people
from yichuang.effects import jobs
from yichuang.effects.chasing import Chased, chase, stage_of
from yichuang.effects.table import EFFECTS
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.times import SHANGHAI
from yichuang.notices.flow import ASKERS, CONSULTED, Chase
from yichuang.notices.models import Message
from yichuang.workdays.commands import load_packaged
from yichuang.workdays.tests.factories import notice_2027

pytestmark = pytest.mark.django_db
# Accepted on Thursday 5 May 2022; Wednesday the 18th is promised.
PROMISED = date(2022, 5, 18)


@pytest.fixture(autouse=True)
def _in_memory() -> Iterator[None]:
    with app.replace_connector(InMemoryConnector()):
        yield


def morning(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def asked() -> list[str]:
    """The messages that were put into the outbox, by template, in their order."""
    return list(
        Message.objects.filter(template__startswith="pending.")
        .order_by("seq")
        .values_list("template", flat=True)
    )


def test_a_promise_is_asked_for_before_on_and_after_its_day_once_each() -> None:
    row = some.pending_case(on=PROMISED)
    days = [date(2022, 5, 6) + timedelta(days=n) for n in range(30)]
    told = {day: chase(at=morning(day)).messages for day in days}
    assert {day for day, count in told.items() if count} == {date(2022, 5, 16), PROMISED, date(2022, 5, 19)}
    assert asked() == ["pending.soon", "pending.today", "pending.late"]
    first = Message.objects.get(template="pending.soon")
    assert first.applicant_id == row.applicant_id
    assert "论证报告" in first.body
    assert "2022年5月18日" in first.body
    assert chase(at=morning(PROMISED)) == Chased(), "twice adds nothing"


def test_a_promise_that_was_put_off_is_asked_for_anew() -> None:
    one = some.first_pending(some.pending_case(on=PROMISED))
    chase(at=morning(PROMISED))
    pending.put_off(one.pk, date(2022, 5, 30), "修改中", by=some.window(), at=some.AT, key=make.key())
    assert chase(at=morning(date(2022, 5, 19))).messages == 0
    assert chase(at=morning(date(2022, 5, 26))).messages == 1
    assert chase(at=morning(date(2022, 5, 31))).messages == 1
    assert asked() == ["pending.today", "pending.soon", "pending.late"]


def test_what_has_come_or_ended_is_not_asked_for() -> None:
    come, ended, phoneless = (some.pending_case(on=PROMISED) for _ in range(3))
    pending.supply(some.first_pending(come).pk, sha256="", by=some.window(), at=some.AT, key=make.key())
    make.perform(ended, Action.TERMINATE, people.clerk(), at=some.AT)
    type(people.company()).objects.update(phone="")
    assert phoneless.pending_open == 1
    assert chase(at=morning(PROMISED)).messages == 0


def test_nobody_is_written_to_in_the_night() -> None:
    some.pending_case(on=PROMISED)
    assert chase(at=morning(PROMISED, 7)).messages == 0
    assert chase(at=morning(PROMISED, 8)).messages == 1


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        (PROMISED - timedelta(days=1), Chase.SOON),
        (PROMISED, Chase.TODAY),
        (PROMISED + timedelta(days=1), Chase.LATE),
    ],
)
def test_stages(day: date, stage: Chase) -> None:
    assert stage_of(PROMISED, day) == stage


def test_a_chase_that_forgets_what_it_has_sent_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: a number of its own for every round, as if the message were a new one."""
    one = some.first_pending(some.pending_case(on=PROMISED))
    rounds = iter(range(100, 200))
    monkeypatch.setattr("yichuang.effects.chasing.PUT_OFF", property)
    monkeypatch.setattr("yichuang.effects.chasing.ORDER", _Counting(rounds))
    for _ in range(3):
        chase(at=morning(PROMISED))
    assert Message.objects.filter(subject_id=one.pk).count() == 3


class _Counting:
    def __init__(self, numbers: Iterator[int]) -> None:
        self.numbers = numbers

    def index(self, _: object) -> int:
        return next(self.numbers)


def test_silence_is_recorded_on_the_day_after() -> None:
    made = some.asked(days=5)
    assert chase(at=morning(made.due_on, 23)).silences == 0
    day_after = made.due_on + timedelta(days=1)
    assert chase(at=morning(day_after, 1)).silences == 1
    assert chase(at=morning(day_after)).silences == 0
    assert Opinion.objects.get(pk=made.pk).state == OpinionState.SILENT


def run(made: Opinion) -> list[Message]:
    """Run what the table names for every fact of a question, twice; its messages."""
    for fact in facts_of(made.pk):
        for task in EFFECTS.get(fact.kind, ()):
            for _ in range(2):
                task.func(subject_id=str(made.pk), seq=fact.seq)
    return list(Message.objects.filter(subject_id=made.pk).order_by("seq", "to"))


def test_those_who_answer_are_told_and_whoever_asked_hears_back() -> None:
    staff = {some.opiner().id, some.opiner("opiner2").id}
    made = some.answered(Stance.DISAGREE)
    told = run(made)
    assert [one.template for one in told] == ["opinion.asked", "opinion.asked", "opinion.answered"]
    assert {one.account_id for one in told[:2]} == staff
    assert told[2].account_id == some.lead().id
    assert "2022年5月11日" in told[0].body
    assert made.case_number in told[2].body


def test_reminders_and_withdrawals_reach_the_asked_department() -> None:
    row = make.in_review()
    some.opiner()
    question = Question(some.commerce().pk, "问题", 5)
    made = opinions.ask_opinions(row.id, [question], by=some.lead(), at=some.AT, key=make.key())[0]
    opinions.remind_opinion(made.pk, seen=1, by=some.lead(), at=some.AT, key=make.key())
    opinions.withdraw_opinion(made.pk, "不再需要", seen=2, by=some.lead(), at=some.AT, key=make.key())
    assert [one.template for one in run(made)] == ["opinion.asked", "opinion.reminded", "opinion.withdrawn"]


def test_a_corrected_calendar_tells_those_who_have_not_answered_their_new_day() -> None:
    """They were told a day; each message tells what its own fact moved, also when it is sent after the next one."""
    load_packaged(some.AT, SYSTEM)
    before_holidays = make.day("2026-12-24")
    row = make.in_review(before_holidays)
    some.opiner()
    where = some.commerce().pk

    def ask(words: str) -> Opinion:
        question = [Question(where, words, 8)]
        return opinions.ask_opinions(row.id, question, by=some.lead(), at=before_holidays, key=make.key())[0]

    ended = ask("问题一")
    opinions.withdraw_opinion(
        ended.pk, "不再需要", seen=1, by=some.lead(), at=before_holidays, key=make.key()
    )
    made = ask("问题二")
    before = made.due_on
    commands.import_notices([notice_2027()], by=SYSTEM, at=before_holidays + timedelta(days=1))
    made.refresh_from_db()
    after = made.due_on
    assert after != before
    Opinion.objects.filter(pk=made.pk).update(due_on=date(2027, 3, 1))
    told = run(made)
    assert [one.template for one in told] == ["opinion.asked", "opinion.recomputed"]
    assert f"由 {jobs.spoken(before)} 调整为 {jobs.spoken(after)}" in told[1].body
    assert told[1].account_id == some.opiner().id
    assert "opinion.recomputed" not in {one.template for one in run(ended)}, (
        "who need not answer is told no day"
    )


def test_every_template_has_its_line_in_the_table() -> None:
    assert {kind for kind, tasks in EFFECTS.items() if jobs.tell_consulted in tasks} == set(ASKERS) | set(
        CONSULTED
    )
    assert Pending.objects.count() == 0
