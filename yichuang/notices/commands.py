"""Writes of notices: put a message into the outbox, say that it went, keep a document's hash."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import TextField, Value
from django.db.models.functions import Cast, Concat

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


def queue(new: NewMessage, *, at: datetime) -> Message | None:
    """Put a message into the outbox; None when the fact's message to this receiver is there already."""
    made = Message.objects.bulk_create(
        [
            Message(
                id=uuid7(at), applicant_id=new.applicant_id, account_id=new.account_id, subject_id=new.subject_id,
                seq=new.seq, channel=new.channel, template=new.template, to=new.to, title=new.title, body=new.body,
                link=new.link, made_at=at,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return Message.objects.filter(pk=made[0].pk).first()


def sent(message_id: UUID, *, at: datetime, failure: str = "") -> None:
    """Remember one try to send: when it went, or why it did not."""
    message = Message.objects.get(pk=message_id)
    message.attempts += 1
    message.failure = failure
    message.sent_at = None if failure else at
    message.save(update_fields=["attempts", "failure", "sent_at"])


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


def pending(message_id: UUID) -> Message | None:
    """A message that has not gone yet."""
    return Message.objects.filter(pk=message_id, sent_at__isnull=True).first()


def forget_messages(subject_id: UUID) -> None:
    """Take address and words out of the messages about a subject, and let go of its rendered documents (lawful
    destruction): that something went, and under which number, stays.
    """
    Document.objects.filter(subject_id=subject_id).delete()
    Message.objects.filter(subject_id=subject_id).update(
        to=Concat(Value("destroyed:"), Cast("id", TextField())), title="（已依法删除）", body="", failure=""
    )
