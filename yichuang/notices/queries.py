"""Reads of notices: somebody's messages, the outbox, a document that was issued."""

from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet

from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.notices.models import Document, Message


def messages_for(by: Actor) -> QuerySet[Message]:
    """An actor's own messages, newest first."""
    if by.kind == "applicant" and by.applicant_id:
        return Message.objects.filter(applicant_id=by.applicant_id).order_by("-made_at", "-id")
    if by.kind == "staff" and by.id:
        return Message.objects.filter(account_id=by.id).order_by("-made_at", "-id")
    return Message.objects.none()


def unread(by: Actor) -> int:
    """How many of the own messages are new."""
    return messages_for(by).filter(read_at__isnull=True).count()


class Sending(StrEnum):
    """What has become of a message."""

    SENT = "sent"
    WAITING = "waiting"
    FAILED = "failed"


def outbox(
    *,
    by: Actor,
    channel: str = "",
    sending: str = "",
    text: str = "",
    before: UUID | None = None,
    limit: int = 50,
) -> list[Message]:
    """What went, or would have gone, newest first; for those who may read the outbox.

    `channel` and `sending` narrow by one of their values, `text` to messages whose words or receiver hold it.
    """
    by.require(Capability.OUTBOX_READ)
    found = Message.objects.all()
    if before is not None:
        found = found.filter(pk__lt=before)
    if channel:
        found = found.filter(channel=channel)
    if sending:
        found = found.filter(SENDING[Sending(sending)])
    if text:
        found = found.filter(Q(body__icontains=text) | Q(title__icontains=text) | Q(to__icontains=text))
    return list(found.order_by("-id")[:limit])


SENDING = {
    Sending.SENT: Q(sent_at__isnull=False),
    Sending.WAITING: Q(sent_at__isnull=True, failure=""),
    Sending.FAILED: Q(sent_at__isnull=True) & ~Q(failure=""),
}


def document(subject_id: UUID, seq: int) -> Document | None:
    """The document that was first rendered for a fact."""
    return Document.objects.filter(subject_id=subject_id, seq=seq).first()


def rendered(subject_id: UUID) -> list[str]:
    """The SHA-256 of every document that was rendered for a subject."""
    return sorted(Document.objects.filter(subject_id=subject_id).values_list("sha256", flat=True))
