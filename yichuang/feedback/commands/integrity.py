"""The one write beside the signals: who looked at them, when, at which period."""

from datetime import date, datetime

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.feedback.flow.integrity import VIEWED
from yichuang.journal.commands import NewFact, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7


@transaction.atomic
def note_view(first: date, last: date, *, by: Actor, at: datetime) -> None:
    """Leave a fact that somebody looked at the signals of a period. Raises Refused."""
    by.require(Capability.INTEGRITY_READ)
    data = {"first": first.isoformat(), "last": last.isoformat()}
    record(NewFact(uuid7(at), "integrity", VIEWED, data), by=by, at=at)
