"""What nobody presses a button for: materials that were promised are asked for, silence of a department is recorded."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from yichuang.cases.commands.opinions import note_silence
from yichuang.cases.models import Pending
from yichuang.cases.queries.opinions import silent_since
from yichuang.cases.queries.pending import to_chase
from yichuang.directory.queries import applicant
from yichuang.effects.jobs import deliver_message, spoken
from yichuang.kernel.times import local, local_day
from yichuang.notices import commands as notices
from yichuang.notices.flow import CHASES, Chase, MessageChannel
from yichuang.workdays.queries import calendar

DAYS_BEFORE = 2
# Nobody is written to in the night.
FIRST_HOUR = 8
# A promise that was put off is asked for anew: its messages have numbers of their own.
PUT_OFF = 10
ORDER = tuple(Chase)


@dataclass(frozen=True, slots=True)
class Chased:
    """What one round came to: messages put into the outbox, questions whose silence was recorded."""

    messages: int = 0
    silences: int = 0


def chase(*, at: datetime) -> Chased:
    """Record the silence of departments, and write to applicants whose promised materials are near, due or overdue.

    Each promise is asked for at most three times, once a stage: running it again, or in two workers, adds nothing.
    """
    day = local_day(at)
    silences = sum(note_silence(one, at=at) for one in silent_since(day))
    if local(at).hour < FIRST_HOUR:
        return Chased(0, silences)
    until = calendar().add(day, DAYS_BEFORE)
    return Chased(
        sum(_tell(one, stage_of(one.promised_on, day), at) for one, _ in to_chase(until=until)), silences
    )


def stage_of(promised_on: date, day: date) -> Chase:
    """Before, on, or after the promised day."""
    if promised_on == day:
        return Chase.TODAY
    return Chase.SOON if day < promised_on else Chase.LATE


def _tell(one: Pending, stage: Chase, at: datetime) -> bool:
    """Put the message of a stage into the outbox with the job that delivers it; False where it is there already."""
    to = applicant(one.applicant_id)
    if to is None or not to.phone:
        return False
    template = CHASES[stage]
    seq = ORDER.index(stage) + 1 + (PUT_OFF if one.put_off_from else 0)
    said = {
        "item": one.item_name,
        "number": one.case_number,
        "name": one.name,
        "day": spoken(one.promised_on),
    }
    new = notices.NewMessage(
        one.pk, seq, MessageChannel.SMS, f"pending.{stage}", to.phone, template.title, template.body.format_map(said),
        f"/supply/{one.pk}", applicant_id=one.applicant_id,
    )  # fmt: skip
    with transaction.atomic():
        message = notices.queue(new, at=at)
        if message is not None:
            deliver_message.defer(message_id=str(message.pk))
    return message is not None
