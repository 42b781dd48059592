"""Reads of notices: somebody's messages, the outbox, a document that was issued."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.windows import TURNS, Walk, walked
from yichuang.notices.models import Document, Message

OWNER = Coalesce("account_id", "applicant_id")
# Each is read to be counted, and lies where it was written: of an agent's thousands nobody wants to know how many they are.
MOST_UNREAD = 99


def messages_for(by: Actor) -> QuerySet[Message]:
    """An actor's own messages, newest first."""
    return _owned(by).order_by("-id")


def _owned(by: Actor) -> QuerySet[Message]:
    """By the one index of owners: a message is an account's or an applicant's."""
    found = Message.objects.annotate(owner=OWNER)
    if by.kind == "applicant" and by.applicant_id:
        return found.filter(owner=by.applicant_id, applicant_id=by.applicant_id)
    if by.kind == "staff" and by.id:
        return found.filter(owner=by.id, account_id=by.id)
    return Message.objects.none()


def unread(by: Actor) -> int:
    """How many of the own messages are new; more than `MOST_UNREAD` are counted no further."""
    new = _owned(by).filter(read_at__isnull=True).order_by().values("pk")[: MOST_UNREAD + 1]
    return new.count()


class Sending(StrEnum):
    """What has become of a message."""

    SENT = "sent"
    WAITING = "waiting"
    FAILED = "failed"


def outbox_walk(
    *,
    by: Actor,
    channel: str = "",
    sending: str = "",
    text: str = "",
    before: UUID | None = None,
    limit: int = 50,
    patient: bool = False,
) -> tuple[list[Message], UUID | None]:
    """What went, or would have gone, newest first, for those who may read the outbox; and where to go on, where little fitted
    and the look was broken off (never when `patient`, which is for files).

    `channel` and `sending` narrow by one of their values, `text` to messages whose words or receiver hold it.
    """
    by.require(Capability.OUTBOX_READ)
    asked, given = ["true"], dict[str, Any]()
    if channel:
        asked.append("channel = %(channel)s")
        given["channel"] = channel
    if sending:
        asked.append(SENDING[Sending(sending)])
    if text:
        asked.append("strpos(lower(body || E'\\n' || title || E'\\n' || \"to\"), lower(%(text)s)) > 0")
        given["text"] = text
    walk = Walk("notices_message", "id", "true", " and ".join(asked), given)
    found, onward = walked(walk, before=before, size=limit, turns=None if patient else TURNS)
    return list(Message.objects.filter(pk__in=[row[0] for row in found]).order_by("-id")), onward


def outbox(
    *,
    by: Actor,
    channel: str = "",
    sending: str = "",
    text: str = "",
    before: UUID | None = None,
    limit: int = 50,
) -> list[Message]:
    """The newest messages of the outbox, as `outbox_walk` finds them at first look."""
    return outbox_walk(by=by, channel=channel, sending=sending, text=text, before=before, limit=limit)[0]


SENDING = {
    Sending.SENT: "sent_at is not null",
    Sending.WAITING: "sent_at is null and failure = ''",
    Sending.FAILED: "sent_at is null and failure <> ''",
}


def document(subject_id: UUID, seq: int) -> Document | None:
    """The document that was first rendered for a fact."""
    return Document.objects.filter(subject_id=subject_id, seq=seq).first()


def rendered(subject_id: UUID) -> list[str]:
    """The SHA-256 of every document that was rendered for a subject."""
    return sorted(Document.objects.filter(subject_id=subject_id).values_list("sha256", flat=True))
