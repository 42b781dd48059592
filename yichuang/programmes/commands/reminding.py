"""Reminders (督办) reach the staff of a department who keep its programmes, through the outbox."""

from datetime import datetime
from uuid import UUID

from yichuang.directory.flow import Capability
from yichuang.directory.queries import colleagues
from yichuang.notices.commands import NewMessage, queue
from yichuang.notices.flow import MessageChannel


def tell_department(
    department_id: UUID,
    subject_id: UUID,
    seq: int,
    template: str,
    title: str,
    body: str,
    link: str,
    *,
    at: datetime,
) -> int:
    """Put one message for each member of staff who keeps programmes into the outbox; how many there are."""
    people = colleagues(department_id, Capability.PROGRAMME_KEEP)
    for person in people:
        new = NewMessage(
            subject_id, seq, MessageChannel.MAIL, template, str(person.id), title, body, link,
            account_id=person.id,
        )  # fmt: skip
        queue(new, at=at)
    return len(people)
