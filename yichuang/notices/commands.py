"""Writes of notices: put a message into the outbox, say that it went, keep a document's hash."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import TextField, Value
from django.db.models.functions import Cast, Concat

from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7
from yichuang.notices.models import Document, Message


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message about one fact to one receiver."""

    subject_id: UUID
    seq: int
    channel: str
    template: str
    to: str
    title: str
    body: str
    link: str = ""
    applicant_id: UUID | None = None
    account_id: UUID | None = None


Dated = tuple[NewMessage, datetime]
QUEUE = """
insert into notices_message (id, applicant_id, account_id, subject_id, seq, channel, template, "to", title, body, link,
                             made_at, attempts, failure)
select t.*, 0, '' from unnest(%(id)s::uuid[], %(applicant_id)s::uuid[], %(account_id)s::uuid[], %(subject_id)s::uuid[],
    %(seq)s::int[], %(channel)s::text[], %(template)s::text[], %(to)s::text[], %(title)s::text[], %(body)s::text[],
    %(link)s::text[], %(made_at)s::timestamptz[]) as t
on conflict do nothing
returning id
"""


def queue(new: NewMessage, *, at: datetime) -> Message | None:
    """Put a message into the outbox; None when the fact's message to this receiver is there already."""
    made = queue_all([(new, at)])
    return Message.objects.get(pk=made[0]) if made else None


def queue_all(news: Sequence[Dated]) -> list[UUID]:
    """Put messages, each with the time of its fact, into the outbox in one statement: the ids of those that were not there."""
    if not news:
        return []
    columns: dict[str, list[object]] = {
        name: [getattr(new, name) for new, _ in news] for name in NewMessage.__slots__
    }
    columns |= {"id": [uuid7(at) for _, at in news], "made_at": [at for _, at in news]}
    columns["channel"] = [str(channel) for channel in columns["channel"]]
    return [row[0] for row in sql.rows(QUEUE, columns)]


@dataclass(frozen=True, slots=True)
class Tried:
    """One try to send a message: when, and why it did not go (empty where it went)."""

    message_id: UUID
    at: datetime
    failure: str = ""


SENT = """
update notices_message m
set attempts = m.attempts + 1, failure = t.failure, sent_at = case when t.failure = '' then t.at end
from unnest(%(ids)s::uuid[], %(moments)s::timestamptz[], %(failures)s::text[]) as t(id, at, failure)
where m.id = t.id
"""


def sent(tries: Sequence[Tried]) -> None:
    """Remember tries to send, in one statement: when a message went, or why it did not."""
    sql.execute(
        SENT,
        {
            "ids": [one.message_id for one in tries],
            "moments": [one.at for one in tries],
            "failures": [one.failure for one in tries],
        },
    )


def read_all(*, by: Actor, at: datetime, only: Collection[UUID] | None = None) -> int:
    """Mark the actor's messages as read, or `only` those that were shown; how many were new."""
    mine = {"applicant_id": by.applicant_id} if by.kind == "applicant" else {"account_id": by.id}
    if not any(mine.values()):
        return 0
    new = Message.objects.filter(**mine, read_at__isnull=True)
    return (new if only is None else new.filter(pk__in=only)).update(read_at=at)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document as rendered: its place in the subject's history, its bytes' hash and size."""

    subject_id: UUID
    seq: int
    kind: Literal["pdf"]
    number: str
    sha256: str
    size: int


def keep(rendered: Rendered, *, at: datetime) -> Document:
    """Keep the first rendering of a document; a later one never replaces it."""
    Document.objects.bulk_create(
        [
            Document(
                id=uuid7(at), subject_id=rendered.subject_id, seq=rendered.seq, kind=rendered.kind,
                number=rendered.number, sha256=rendered.sha256, size=rendered.size, made_at=at,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return Document.objects.get(subject_id=rendered.subject_id, seq=rendered.seq, kind=rendered.kind)


def pending(message_ids: Collection[UUID]) -> list[Message]:
    """Those of these messages that have not gone yet, oldest first."""
    return list(Message.objects.filter(pk__in=message_ids, sent_at__isnull=True).order_by("pk"))


def forget_messages(subject_id: UUID) -> None:
    """Take address and words out of the messages about a subject, and let go of its rendered documents (lawful
    destruction): that something went, and under which number, stays.
    """
    Document.objects.filter(subject_id=subject_id).delete()
    Message.objects.filter(subject_id=subject_id).update(
        to=Concat(Value("destroyed:"), Cast("id", TextField())), title="（已依法删除）", body="", failure=""
    )
