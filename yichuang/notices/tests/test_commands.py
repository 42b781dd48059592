"""The outbox and the documents: once a fact, kept for ever, seen by nobody else."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import transaction

from yichuang.cases import flow
from yichuang.cases.tests.crowd import together
from yichuang.kernel.actor import ANONYMOUS, SYSTEM, Actor
from yichuang.kernel.errors import Refused
from yichuang.kernel.times import SHANGHAI
from yichuang.notices import commands, queries
from yichuang.notices.commands import NewMessage, Rendered
from yichuang.notices.flow import APPLICANT, CHANNEL_LABELS, STAFF, MessageChannel
from yichuang.notices.models import Document, Message

AT = datetime(2022, 5, 5, 9, 0, tzinfo=SHANGHAI)
CASE = UUID(int=77)
APPLICANT_ID, ACCOUNT_ID = UUID(int=5), UUID(int=6)
PERSON = Actor("applicant", "示例科技有限公司", id=UUID(int=8), applicant_id=APPLICANT_ID)
OFFICER = Actor("staff", "审查员（示例）", id=ACCOUNT_ID)


def letter(**changes: Any) -> NewMessage:
    """A message about the first fact of a case to its applicant."""
    given: dict[str, Any] = {
        "subject_id": CASE, "seq": 1, "channel": MessageChannel.SMS, "template": "case.filed", "to": "13800000000",
        "title": "已收到申请", "body": "您的申请已收到。", "link": "/my/cases/1", "applicant_id": APPLICANT_ID,
    }  # fmt: skip
    return NewMessage(**(given | changes))


@pytest.mark.django_db
def test_a_message_is_put_into_the_outbox_once_a_fact() -> None:
    first = commands.queue(letter(), at=AT)
    again = commands.queue(letter(title="又一次", body="又一次"), at=AT + timedelta(hours=1))
    assert first is not None
    assert again is None
    (kept,) = Message.objects.all()
    assert (kept.pk, kept.title, kept.made_at) == (first.pk, "已收到申请", AT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [{"seq": 2}, {"to": "13900000000"}, {"channel": MessageChannel.MAIL}, {"subject_id": UUID(int=78)}],
)
def test_another_fact_receiver_or_way_is_another_message(changes: dict[str, Any]) -> None:
    assert commands.queue(letter(), at=AT)
    assert commands.queue(letter(**changes), at=AT)
    assert Message.objects.count() == 2


def put(new: NewMessage) -> Message | None:
    with transaction.atomic():
        return commands.queue(new, at=AT)


def test_an_effect_that_runs_eight_times_at_once_says_it_once(committed: dict[str, str]) -> None:
    found = together([lambda: put(letter()) for _ in range(8)])
    assert len([one for one in found if isinstance(one, Message)]) == 1
    assert not [one for one in found if isinstance(one, Exception)]
    assert Message.objects.count() == 1


def test_an_outbox_without_its_constraint_would_be_caught(committed: dict[str, str]) -> None:
    """The broken variant: the same runs, and nothing in the database that says once."""
    with psycopg.connect(committed["owner"], autocommit=True) as owner:
        owner.execute("alter table notices_message drop constraint message_once_a_fact")
    together([lambda: put(letter()) for _ in range(8)])
    assert Message.objects.count() > 1


@pytest.mark.django_db
def test_each_try_to_send_is_remembered() -> None:
    made = commands.queue(letter(), at=AT)
    assert made is not None
    assert commands.pending([made.pk]) == [made]
    commands.sent([commands.Tried(made.pk, AT, "网关超时")])
    tried = Message.objects.get()
    assert (tried.attempts, tried.failure, tried.sent_at) == (1, "网关超时", None)
    commands.sent([commands.Tried(made.pk, AT + timedelta(minutes=1))])
    gone = Message.objects.get()
    assert (gone.attempts, gone.failure, gone.sent_at) == (2, "", AT + timedelta(minutes=1))
    assert commands.pending([made.pk, uuid4()]) == []


@pytest.mark.django_db
def test_messages_are_read_by_their_receiver_alone() -> None:
    commands.queue(letter(), at=AT)
    commands.queue(letter(seq=2), at=AT + timedelta(hours=1))
    commands.queue(letter(applicant_id=None, account_id=ACCOUNT_ID, to="officer"), at=AT)
    assert [message.seq for message in queries.messages_for(PERSON)] == [2, 1]
    assert [message.to for message in queries.messages_for(OFFICER)] == ["officer"]
    nobodies = (
        ANONYMOUS, SYSTEM, Actor("applicant", "无"), Actor("staff", "无"), Actor("staff", "别人", id=APPLICANT_ID),
        Actor("applicant", "别人", id=APPLICANT_ID, applicant_id=ACCOUNT_ID),
    )  # fmt: skip
    for by in nobodies:
        assert list(queries.messages_for(by)) == []
        assert (queries.unread(by), commands.read_all(by=by, at=AT)) == (0, 0)
    assert (queries.unread(PERSON), queries.unread(OFFICER)) == (2, 1)
    assert commands.read_all(by=PERSON, at=AT) == 2
    assert commands.read_all(by=PERSON, at=AT) == 0
    assert (queries.unread(PERSON), queries.unread(OFFICER)) == (0, 1)


@pytest.mark.django_db
def test_the_outbox_is_for_those_who_may_read_it_newest_first_and_paged() -> None:
    for seq in range(5):
        commands.queue(letter(seq=seq + 1), at=AT + timedelta(minutes=seq))
    reader = Actor("staff", "审计员", id=uuid4(), capabilities=frozenset({"outbox.read"}))
    first = queries.outbox(by=reader, limit=3)
    rest = queries.outbox(by=reader, before=first[-1].pk, limit=3)
    assert [message.seq for message in (*first, *rest)] == [5, 4, 3, 2, 1]
    for by in (PERSON, OFFICER, ANONYMOUS):
        with pytest.raises(Refused):
            queries.outbox(by=by)


def pdf(sha256: str = "a" * 64, **changes: Any) -> Rendered:
    """A document as rendered for a fact."""
    given: dict[str, Any] = {
        "subject_id": CASE, "seq": 2, "kind": "pdf", "number": "川水许受〔2022〕1号", "sha256": sha256, "size": 1000,
    }  # fmt: skip
    return Rendered(**(given | changes))


@pytest.mark.django_db
def test_the_first_rendering_of_a_document_is_the_document() -> None:
    first = commands.keep(pdf(), at=AT)
    again = commands.keep(pdf("b" * 64, size=7), at=AT + timedelta(days=400))
    assert (again.pk, again.sha256, again.size, again.made_at) == (first.pk, "a" * 64, 1000, AT)
    assert Document.objects.count() == 1
    assert queries.document(CASE, 2) == first
    assert queries.document(CASE, 3) is None
    assert commands.keep(pdf(seq=3), at=AT).pk != first.pk


def hold(sha256: str) -> str:
    with transaction.atomic():
        return commands.keep(pdf(sha256), at=AT).sha256


def test_two_who_render_at_once_get_the_same_document(committed: dict[str, str]) -> None:
    found = together([lambda s=sign: hold(s * 64) for sign in "abcdef"])  # type: ignore[misc]
    assert len({str(one) for one in found}) == 1
    assert Document.objects.count() == 1


def test_every_template_belongs_to_a_fact_and_is_chinese_to_the_point() -> None:
    for kind, template in (APPLICANT | STAFF).items():
        assert kind in flow.FACT_SENTENCES
        assert len(template.title) <= 12
        assert template.body.endswith(("。", "}"))
        assert "{number}" in template.body
    assert not set(APPLICANT) & flow.INTERNAL_FACTS
    assert set(CHANNEL_LABELS) == set(MessageChannel)
