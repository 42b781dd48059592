"""Facts go to their effects in chunks: what is wrong with one holds up no other, and nothing goes twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from yichuang.cases import commands as cases
from yichuang.cases.queries import CaseRow
from yichuang.cases.tests import factories as make
from yichuang.directory.tests import factories as people
from yichuang.effects import commands, jobs
from yichuang.effects.commands import drain_all
from yichuang.effects.queries.telling import Told, told
from yichuang.effects.tests.test_effects import run_all, waiting
from yichuang.gateways.messages import Delivery
from yichuang.journal.queries import head
from yichuang.kernel import sql
from yichuang.notices import commands as notices
from yichuang.notices.models import Message
from yichuang.statistics.commands import close_batch

pytestmark = pytest.mark.django_db


def filed(count: int) -> list[CaseRow]:
    """Cases that were just filed."""
    return [make.filed() for _ in range(count)]


def facts(rows: list[CaseRow]) -> jobs.Facts:
    """The first fact of each."""
    return [[str(row.id), 1] for row in rows]


def test_a_seal_goes_in_chunks_and_every_fact_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "CHUNK", 2)
    rows = filed(5)
    drain_all(at=make.AT)
    chunks = [sent["facts"] for name, sent in waiting() if name == jobs.tell_applicant.name]
    assert [len(chunk) for chunk in chunks] == [2, 2, 1]
    assert sorted(fact for chunk in chunks for fact in chunk) == sorted(facts(rows))
    run_all()
    assert Message.objects.filter(sent_at__isnull=False).count() == 5


def test_what_is_told_is_the_same_before_an_engine_that_distributes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its statement is another, in parts: on one server both say the same, of facts in any order and of one twice."""
    rows = [make.filed(), make.proposed(), make.decided()]
    places = [(row.id, seq) for row in rows for seq in range(row.seq, 0, -1)] + [
        (rows[1].id, 2),
        (UUID(int=5), 1),
    ]
    kinds = ["case.proposed", "case.decided"]
    here = told(places, to_whoever_acted=kinds)
    assert not sql.distributes()
    monkeypatch.setattr(sql, "distributes", lambda: True)
    with sql.counting() as statements:
        spread = told(places, to_whoever_acted=kinds)
    assert any("telling.sql" in one for one in statements)
    assert spread == here
    assert len(here) == len(places) - 1
    assert {one.kind for one in here if one.acted} == set(kinds)


def test_what_a_bulk_act_did_tells_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """And without the rule everybody would be written to."""
    one, other = filed(2)
    clerk = people.clerk()
    cases.accept(one.id, by=clerk, at=make.AT, key=f"bulk:accept:{one.id}")
    cases.accept(other.id, by=clerk, at=make.AT, key="nobulk:accept")
    close_batch(at=make.AT)
    with monkeypatch.context() as broken:
        broken.setattr(commands, "BULK", "no such key:")
        assert told_of(one) == 2
    assert (told_of(one), told_of(other)) == (1, 2)


def told_of(row: CaseRow) -> int:
    """About how many facts of a case the newest seal tells somebody."""
    sql.execute("delete from procrastinate_jobs")
    commands._enqueue_seal(head().number)
    return sum(fact[0] == str(row.id) for _, sent in waiting() for fact in sent["facts"])


def test_a_chunk_costs_the_same_statements_whatever_its_size() -> None:
    counts = []
    for size in (1, 6):
        rows = filed(size)
        with sql.counting() as statements:
            jobs.tell_applicant(facts(rows))
        counts.append(len([one for one in statements if "SAVEPOINT" not in one]))
    assert counts[0] == counts[1] <= 5


def words_that_fail_for(case_id: str) -> Callable[[Told], dict[str, str]]:
    """The words of messages, save for one case."""
    really = jobs.words

    def words(fact: Told) -> dict[str, str]:
        if str(fact.subject_id) == case_id:
            raise KeyError("no such place")
        return really(fact)

    return words


def test_a_fact_that_cannot_be_told_is_tried_again_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = filed(3)
    bad = str(rows[1].id)
    monkeypatch.setattr(jobs, "words", words_that_fail_for(bad))
    jobs.tell_applicant(facts(rows))
    assert Message.objects.count() == 2
    assert waiting(jobs.tell_applicant) == [(jobs.tell_applicant.name, {"facts": [[bad, 1]]})]
    with pytest.raises(KeyError):
        jobs.tell_applicant([[bad, 1]])
    monkeypatch.undo()
    run_all()
    assert Message.objects.filter(sent_at__isnull=False).count() == 3


def test_a_chunk_that_fails_whole_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: one that cannot be told takes the others with it."""
    rows = filed(3)
    monkeypatch.setattr(jobs, "words", words_that_fail_for(str(rows[1].id)))

    def together(_: Any, found: list[Told], way: Any) -> list[notices.Dated]:
        return [(letter, one.at) for one in found if (letter := way(one))]

    monkeypatch.setattr(jobs, "_letters", together)
    with pytest.raises(KeyError):
        jobs.tell_applicant(facts(rows))
    assert not Message.objects.exists()


def test_a_job_of_the_version_before_names_one_fact() -> None:
    row = make.filed()
    jobs.tell_applicant(subject_id=str(row.id), seq=1)
    assert Message.objects.get().template == "case.filed"


class Moody:
    """A sender that fails for some numbers, counts what it was handed, and may die."""

    def __init__(self, bad: str = "", *, dies_at: int = 0) -> None:
        self.bad, self.dies_at = bad, dies_at
        self.handed: list[str] = []

    def send(self, message: Any, *, at: Any) -> Delivery:
        """Hand over."""
        if self.dies_at and len(self.handed) == self.dies_at:
            raise KeyboardInterrupt
        self.handed.append(message.key)
        failure = "短信网关没有应答。" if message.key == self.bad else ""
        return Delivery("ref", at, delivered=not failure, failure=failure)


def letters(count: int) -> list[str]:
    """Messages in the outbox, oldest first."""
    jobs.tell_applicant(facts(filed(count)))
    sql.execute("delete from procrastinate_jobs")
    return [str(pk) for pk in Message.objects.order_by("pk").values_list("pk", flat=True)]


def test_a_letter_that_fails_is_tried_again_alone_and_the_others_go_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = letters(4)
    way = Moody(sent[2])
    monkeypatch.setattr(jobs, "sender", lambda _: way)
    jobs.deliver_messages(sent)
    assert waiting() == [(jobs.deliver_message.name, {"message_id": sent[2]})]
    failed = Message.objects.get(sent_at__isnull=True)
    assert (str(failed.pk), failed.attempts, failed.failure) == (sent[2], 1, "短信网关没有应答。")
    with pytest.raises(OSError, match="没有应答"):
        jobs.deliver_message(sent[2])
    way.bad = ""
    run_all()
    jobs.deliver_messages(sent)
    assert sorted(way.handed) == sorted([*sent, sent[2], sent[2]])
    assert not Message.objects.filter(sent_at__isnull=True).exists()


@pytest.mark.parametrize(("noted_within", "twice"), [(-1.0, 0), (3600.0, 3)])
def test_a_worker_killed_between_letters_sends_none_twice_that_was_noted(
    monkeypatch: pytest.MonkeyPatch, noted_within: float, twice: int
) -> None:
    """The second is the broken variant: what was sent is noted only at the end."""
    sent = letters(5)
    monkeypatch.setattr(jobs, "NOTED_WITHIN_SECONDS", noted_within)
    dying, next_one = Moody(dies_at=3), Moody()
    monkeypatch.setattr(jobs, "sender", lambda _: dying)
    with pytest.raises(KeyboardInterrupt):
        jobs.deliver_messages(sent)
    monkeypatch.setattr(jobs, "sender", lambda _: next_one)
    jobs.deliver_messages(sent)
    assert len(set(dying.handed) & set(next_one.handed)) == twice
    assert not Message.objects.filter(sent_at__isnull=True).exists()


def test_who_acted_before_is_read_with_the_fact() -> None:
    row = make.correcting()
    mine = people.applicant_actor()
    cases.answer_correction(
        row.id, note="", content={}, by=mine, at=make.AT + timedelta(days=1), key=make.key()
    )
    places: list[tuple[UUID, int]] = [(row.id, 3), (UUID(int=5), 1), (row.id, 1)]
    found = told(places, to_whoever_acted=jobs.WITHOUT_HOLDER)
    assert [one.seq for one in found] == [3, 1]
    assert found[0].acted == people.clerk().signature
    assert found[1].acted is None
