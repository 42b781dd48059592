"""What follows from a fact: every seal is dealt with once, every message goes once, whatever is run twice."""

import json
import string
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases import flow
from yichuang.cases.flow import Outcome
from yichuang.cases.flow.bulk_acts import BULK_FACTS
from yichuang.cases.flow.reviewers import REVIEWER_FACTS
from yichuang.cases.queries import CaseRow
from yichuang.cases.tests import factories as make
from yichuang.directory.models import Applicant
from yichuang.directory.tests import factories as people
from yichuang.effects import commands, jobs
from yichuang.effects.commands import drain, drain_all, enqueue
from yichuang.effects.models import Cursor
from yichuang.effects.queries.telling import told
from yichuang.effects.table import EFFECTS
from yichuang.gateways.messages import Delivery
from yichuang.journal.commands import NewFact, record
from yichuang.journal.queries import facts_of, head
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.keys import uuid7
from yichuang.notices import commands as notices
from yichuang.notices.flow import APPLICANT, STAFF
from yichuang.notices.models import Message
from yichuang.reports import flow as reports_flow
from yichuang.statistics.commands import close_batch, freeze

TASKS = {task.name: task for tasks in EFFECTS.values() for task in tasks} | {
    job.name: job for job in (jobs.deliver_message, jobs.deliver_messages)
}


def waiting(task: Any = None) -> list[tuple[str, dict[str, Any]]]:
    """The jobs in procrastinate's table: (name, arguments), oldest first."""
    rows = sql.rows("select task_name, args from procrastinate_jobs where status = 'todo' order by id")
    return [(row[0], json.loads(row[1])) for row in rows if task is None or row[0] == task.name]


def one(subject_id: UUID, seq: int) -> jobs.Facts:
    """A chunk of one fact."""
    return [[str(subject_id), seq]]


def run_all() -> int:
    """Run the waiting jobs as the worker would, those that they enqueue too. How many."""
    done = 0
    while found := waiting():
        sql.execute("delete from procrastinate_jobs where status = 'todo'")
        for name, arguments in found:
            TASKS[name](**arguments)
        done += len(found)
    return done


def whole_life() -> CaseRow:
    """A case with every fact that tells an applicant something, save refusal."""
    row = make.correcting()
    at = make.AT + timedelta(days=1)
    mine = people.applicant_actor()
    cases.answer_correction(row.id, note="", content={}, by=mine, at=at, key=make.key())
    cases.accept(row.id, by=people.clerk(), at=at, key=make.key())
    pause = {"ground": "expert_review", "expected_days": 10}
    cases.pause(row.id, by=people.reviewer(), at=at, key=make.key(), **pause)  # type: ignore[arg-type]
    cases.resume(row.id, result="已完成", by=people.reviewer(), at=at, key=make.key())
    cases.extend(row.id, days=5, reason="情况复杂", by=people.head(), at=at, key=make.key())
    cases.decide(row.id, outcome=Outcome.GRANTED, by=people.head(), at=at, key=make.key())
    cases.deliver(row.id, method="window", receiver="张示例", by=people.clerk(), at=at, key=make.key())
    return make.fresh(row.id)


@pytest.mark.django_db
def test_a_drained_fact_enqueues_exactly_what_the_table_names() -> None:
    row = make.in_review()
    assert drain(at=make.AT) == 2
    assert waiting() == [(jobs.tell_applicant.name, {"facts": [[str(row.id), 1], [str(row.id), 2]]})]
    assert [fact.kind for fact in facts_of(row.id)] == ["case.filed", "case.accepted"]
    assert EFFECTS["case.filed"] == EFFECTS["case.accepted"] == (jobs.tell_applicant,)


@pytest.mark.django_db
def test_draining_an_empty_queue_does_nothing() -> None:
    assert drain(at=make.AT) == 0
    assert (waiting(), head().number) == ([], 0)
    assert Cursor.objects.get().seal == 0


@pytest.mark.django_db
def test_a_seal_is_dealt_with_once() -> None:
    make.filed()
    drain(at=make.AT)
    assert (len(waiting()), enqueue(), enqueue()) == (1, 0, 0)
    make.filed()
    assert drain_all(at=make.AT) == 1
    assert len(waiting()) == 2
    assert Cursor.objects.get().seal == head().number == 2


@pytest.mark.django_db
def test_facts_that_concern_nobody_outside_enqueue_nothing() -> None:
    record(NewFact(uuid7(make.AT), "thing", "thing.changed"), by=SYSTEM, at=make.AT)
    assert drain(at=make.AT) == 1
    assert waiting() == []
    assert Cursor.objects.get().seal == 1


def sealed_by_a_snapshot(drain_once: Callable[[], object]) -> int:
    """How many jobs exist after a published snapshot, not the drain, has closed a batch."""
    make.filed()
    freeze(first_day=date(2022, 5, 2), last_day=date(2022, 5, 8), by=SYSTEM, at=make.AT)
    drain_once()
    return len(waiting())


def forgetful_drain() -> None:
    """The broken variant: it looks only at the batch that it has closed itself."""
    if close_batch(at=make.AT):
        commands._enqueue_seal(head().number)


@pytest.mark.django_db
def test_a_seal_that_a_snapshot_closed_is_not_forgotten() -> None:
    assert sealed_by_a_snapshot(lambda: drain(at=make.AT)) == 1


@pytest.mark.django_db
def test_the_broken_drain_is_caught() -> None:
    assert sealed_by_a_snapshot(forgetful_drain) == 0


def test_the_cursor_moves_only_with_its_jobs(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make.filed()
    close_batch(at=make.AT)

    def killed(number: int) -> int:
        really(number)
        raise KeyboardInterrupt

    really = commands._enqueue_seal
    monkeypatch.setattr(commands, "_enqueue_seal", killed)
    with pytest.raises(KeyboardInterrupt):
        enqueue()
    assert waiting() == []
    monkeypatch.setattr(commands, "_enqueue_seal", really)
    assert enqueue() == 1
    assert len(waiting()) == 1


def messages_after(times: int) -> list[tuple[str, str]]:
    """The messages of a whole life when every job runs so often: (template, to)."""
    whole_life()
    drain_all(at=make.AT)
    found = waiting()
    for _ in range(times):
        for name, arguments in found:
            TASKS[name](**arguments)
    return list(Message.objects.order_by("seq", "channel").values_list("template", "to"))


@pytest.mark.django_db
def test_every_message_goes_once_though_every_job_runs_thrice() -> None:
    found = messages_after(3)
    assert len(found) == len(set(found)) == 9
    assert [len(sent["message_ids"]) for _, sent in waiting(jobs.deliver_messages)] == [8]
    assert [template for template, to in found if to == "13800000000"] == [
        "case.filed", "case.correction_asked", "case.accepted", "case.paused", "case.resumed", "case.extended",
        "case.decided", "case.delivered",
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_broken_outbox_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(news: list[notices.Dated]) -> list[UUID]:
        for new, at in news:
            wanted = {name: getattr(new, name) for name in notices.NewMessage.__slots__ if name != "seq"}
            Message.objects.create(id=uuid7(at), made_at=at, seq=Message.objects.count() + 1000, **wanted)
        return []

    monkeypatch.setattr(notices, "queue_all", careless)
    found = messages_after(2)
    assert len(found) != len(set(found))


def test_a_message_is_never_left_without_its_delivery(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make.filed()

    def killed(**_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs.deliver_messages, "defer", killed)
    with pytest.raises(KeyboardInterrupt):
        jobs.tell_applicant(one(row.id, 1))
    assert not Message.objects.exists()
    monkeypatch.undo()
    jobs.tell_applicant(one(row.id, 1))
    assert Message.objects.count() == len(waiting(jobs.deliver_messages)) == 1


@pytest.mark.django_db
def test_the_messages_say_who_must_do_what_by_when() -> None:
    whole_life()
    drain_all(at=make.AT)
    run_all()
    said = dict(Message.objects.filter(applicant_id__isnull=False).values_list("template", "body"))
    assert "请在 2022年5月25日 前补正“取水许可”" in said["case.correction_asked"]
    assert "窗口将在 2022年5月11日 前答复" in said["case.filed"]
    assert "延长 5 个工作日" in said["case.extended"]
    assert "已作出准予" in said["case.decided"]
    for body in said.values():
        assert "{" not in body
        assert "None" not in body
    assert not Message.objects.filter(applicant_id__isnull=False, sent_at__isnull=True).exists()


@pytest.mark.django_db
def test_every_fact_of_the_table_exists_and_has_its_words() -> None:
    known = {row.fact for row in flow.TRANSITIONS} | {"case.recomputed", "case.filed", "case.transferred"}
    known |= set(reports_flow.FACT_LABELS) | set(REVIEWER_FACTS) | set(BULK_FACTS) | {flow.DESTROYED}
    places = set(jobs.words(told([(make.in_review().id, 1)])[0]))
    for kind, tasks in EFFECTS.items():
        assert kind in known
        for task, templates in ((jobs.tell_applicant, APPLICANT), (jobs.tell_holder, STAFF)):
            if task in tasks:
                named = {field for _, field, _, _ in string.Formatter().parse(templates[kind].body) if field}
                assert named <= places, kind


@pytest.mark.django_db
def test_nobody_is_written_to_without_a_telephone_or_about_a_case_that_is_gone() -> None:
    row = make.filed()
    Applicant.objects.update(phone="")
    jobs.tell_applicant(one(row.id, 1))
    jobs.tell_applicant(one(uuid7(make.AT), 1))
    jobs.tell_applicant(one(row.id, 99))
    jobs.tell_holder(one(uuid7(make.AT), 1))
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_who_was_given_the_work_is_told_though_it_was_given_on_since() -> None:
    row = make.in_review()
    other, third = people.reviewer(username="other"), people.reviewer(username="third")
    at = make.AT + timedelta(days=1)
    by = people.head()
    for to in (other, third):
        cases.hand_over(row.id, to=people.account_of(to).pk, reason="休假", by=by, at=at, key=make.key())
    drain_all(at=at)
    run_all()
    told = (
        Message.objects.filter(template="case.handed_over")
        .order_by("seq")
        .values_list("account_id", flat=True)
    )
    assert list(told) == [other.id, third.id]


@pytest.mark.django_db
def test_an_answered_correction_and_a_withdrawal_reach_the_clerk_who_asked() -> None:
    row = make.correcting()
    mine = people.applicant_actor()
    cases.answer_correction(row.id, note="", content={}, by=mine, at=make.AT, key=make.key())
    cases.withdraw(row.id, by=mine, at=make.AT, key=make.key())
    untouched = make.filed()
    cases.withdraw(untouched.id, by=mine, at=make.AT, key=make.key())
    drain_all(at=make.AT)
    run_all()
    told = (
        Message.objects.filter(account_id__isnull=False).order_by("seq").values_list("template", "account_id")
    )
    clerk = people.clerk().id
    assert list(told) == [("case.correction_answered", clerk), ("case.withdrawn", clerk)]


class Unwilling:
    """A sender that fails until told otherwise."""

    failing = True
    sent = 0

    def send(self, message: Any, *, at: Any) -> Delivery:
        if self.failing:
            return Delivery("ref", at, delivered=False, failure="短信网关没有应答。")
        self.sent += 1
        return Delivery("ref", at, delivered=True)


@pytest.mark.django_db
def test_a_failed_delivery_is_kept_tried_again_and_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    way = Unwilling()
    monkeypatch.setattr(jobs, "sender", lambda _: way)
    row = make.filed()
    jobs.tell_applicant(one(row.id, 1))
    message = Message.objects.get()
    with pytest.raises(OSError, match="没有应答"):
        jobs.deliver_message(str(message.pk))
    message.refresh_from_db()
    assert (message.attempts, message.failure, message.sent_at) == (1, "短信网关没有应答。", None)
    way.failing = False
    for _ in range(3):
        jobs.deliver_message(str(message.pk))
    message.refresh_from_db()
    assert (way.sent, message.attempts, message.failure) == (1, 2, "")
    assert message.sent_at is not None


def test_the_app_role_may_enqueue_and_drain(committed: dict[str, str]) -> None:
    with transaction.atomic():
        make.filed()
    assert drain(at=make.AT) == 1
    assert run_all() == 2
