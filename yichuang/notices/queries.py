"""Reads of notices: somebody's messages, the outbox, a document that was issued."""

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


def outbox(*, by: Actor, before: UUID | None = None, limit: int = 50) -> list[Message]:
    """What went, or would have gone, newest first; for those who may read the outbox."""
    by.require(Capability.OUTBOX_READ)
    older = Q(pk__lt=before) if before else Q()
    return list(Message.objects.filter(older).order_by("-id")[:limit])


def document(subject_id: UUID, seq: int) -> Document | None:
    """The document that was first rendered for a fact."""
    return Document.objects.filter(subject_id=subject_id, seq=seq).first()
