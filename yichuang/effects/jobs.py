"""The effects themselves: plain jobs that name one fact. Each may run twice and then does nothing new."""

from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from yichuang.cases import rules
from yichuang.cases.flow import OUTCOME_LABELS, Outcome
from yichuang.cases.models import Opinion
from yichuang.cases.queries import CaseRow, Event, load, timeline
from yichuang.cases.queries.recount import DATE_LABELS, DUE
from yichuang.directory.flow import Capability
from yichuang.directory.queries import applicant, colleagues, department_names
from yichuang.effects.queries import files_of_case, still_used
from yichuang.gateways.files import FileStore
from yichuang.gateways.messages import Channel, Message, sender
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.times import local_day
from yichuang.notices import commands as notices
from yichuang.notices.flow import APPLICANT, ASKERS, CONSULTED, DEEMED, STAFF, MessageChannel
from yichuang.reports.queries.signatures import issued_report
from yichuang.reports.render import sign_issue
from yichuang.workdays.queries import calendar, now, real_now

STAFF_SIGN = "staff:"
# Longer than any request lives: a file older than this is named by a committed row or by none.
SETTLES = timedelta(minutes=15)
RETRY = RetryStrategy(max_attempts=8, exponential_wait=3)


@app.task(queue="messages", retry=RETRY)
def tell_applicant(subject_id: str, seq: int) -> None:
    """Tell the applicant what happened and what to do by when.

    The message and the job that delivers it are one transaction: a message is never left without its delivery.
    """
    found = _fact(subject_id, seq)
    if found is None:
        return
    row, event = found
    to = applicant(row.applicant_id)
    if to is None or not to.phone:
        return
    template = DEEMED.get((event.kind, str(event.data.get("deemed", ""))), APPLICANT[event.kind])
    new = notices.NewMessage(
        row.id, seq, MessageChannel.SMS, event.kind, to.phone, template.title,
        template.body.format_map(words(row, event)), f"/my/cases/{row.id}", applicant_id=row.applicant_id,
    )  # fmt: skip
    with transaction.atomic():
        message = notices.queue(new, at=event.at)
        if message is not None:
            deliver_message.defer(message_id=str(message.pk))


@app.task(queue="messages", retry=RETRY)
def tell_holder(subject_id: str, seq: int) -> None:
    """Tell the officer whom the fact concerns. Nobody is written to about work that nobody holds or held.

    Staff read their messages at the desk: there is no address outside to which they would be delivered.
    """
    found = _fact(subject_id, seq)
    if found is None:
        return
    row, event = found
    officer = _officer(row, event)
    if officer is None:
        return
    template = STAFF[event.kind]
    notices.queue(
        notices.NewMessage(
            row.id, seq, MessageChannel.MAIL, event.kind, str(officer), template.title,
            template.body.format_map(words(row, event)), f"/desk/cases/{row.id}", account_id=officer,
        ),
        at=event.at,
    )  # fmt: skip


# After these nobody holds the work: it went back to the queue, or the case has ended.
WITHOUT_HOLDER = frozenset({"case.correction_answered", "case.withdrawn"})


def _officer(row: CaseRow, event: Event) -> UUID | None:
    """Who was given the work by this very fact; else who holds it; else who last acted on the case."""
    if "to" in event.data:
        return UUID(str(event.data["to"]))
    if row.work_holder_id is not None or event.kind not in WITHOUT_HOLDER:
        return row.work_holder_id
    before = [
        fact.actor for fact in facts_of(row.id) if fact.seq < event.seq and fact.actor.startswith(STAFF_SIGN)
    ]
    return UUID(before[-1].removeprefix(STAFF_SIGN)) if before else None


@app.task(queue="messages", retry=RETRY)
def tell_consulted(subject_id: str, seq: int) -> None:
    """Tell those who answer for the asked department, or whoever asked, what happened to a question."""
    asked = Opinion.objects.filter(pk=UUID(subject_id)).first()
    fact = next((one for one in facts_of(UUID(subject_id)) if one.seq == seq), None)
    if asked is None or fact is None:
        return
    to_lead = fact.kind in ASKERS
    template = ASKERS[fact.kind] if to_lead else CONSULTED[fact.kind]
    people = (
        [asked.asked_by_id]
        if to_lead
        else [one.id for one in colleagues(asked.department_id, Capability.CASE_OPINE)]
    )
    said = {
        "number": asked.case_number, "item": asked.item_name, "day": spoken(asked.due_on),
        "department": department_names()[asked.department_id],
    }  # fmt: skip
    for person in people:
        new = notices.NewMessage(
            asked.pk, seq, MessageChannel.MAIL, fact.kind, str(person), template.title, template.body.format_map(said),
            f"/desk/opinions/{asked.pk}", account_id=person,
        )  # fmt: skip
        notices.queue(new, at=fact.at)


@app.task(queue="messages", retry=RETRY)
def deliver_message(message_id: str) -> None:
    """Hand a message to the sender; a failure is kept with the message and tried again."""
    pending = notices.pending(UUID(message_id))
    if pending is None:
        return
    letter = Message(str(pending.pk), Channel(pending.channel), pending.to, pending.title, pending.body)
    delivery = sender(settings.MESSAGE_SENDER).send(letter, at=now())
    notices.sent(pending.pk, at=delivery.at, failure=delivery.failure)
    if delivery.retry:
        raise OSError(delivery.failure)


@app.task(queue="messages", retry=RETRY)
def sign_report(subject_id: str, seq: int) -> None:  # noqa: ARG001 - every job is given both
    """Make, keep and sign the files of an issue. One that is signed stays as it is."""
    sign_issue(issued_report(UUID(subject_id)), by=SYSTEM, at=now())


@app.task(queue="files", retry=RETRY)
def forget_files(subject_id: str, seq: int) -> None:
    """Remove the files of a case whose content was destroyed by law, save those that something else uses.

    One that somebody brought again just now is looked at again when its row must have been committed.
    """
    settled = real_now() - SETTLES
    files = files_of_case(UUID(subject_id))
    store = FileStore(settings.FILES_DIR)
    gone = [store.forget(digest, settled=settled) for digest in sorted(set(files) - still_used(files))]
    if not all(gone):
        forget_files.configure(schedule_in={"seconds": int(SETTLES.total_seconds())}).defer(
            subject_id=subject_id, seq=seq
        )


def _fact(subject_id: str, seq: int) -> tuple[CaseRow, Event] | None:
    row = load(UUID(subject_id))
    if row is None:
        return None
    event = next((event for event in timeline(row, by=SYSTEM) if event.seq == seq), None)
    return None if event is None else (row, event)


def words(row: CaseRow, event: Event) -> dict[str, str]:
    """The named places of the templates, filled from the fact; dates as people read them."""
    days = calendar()
    day = local_day(event.at)
    data = event.data
    return {
        "item": row.item_name,
        "number": row.number,
        "department": row.department_short_name,
        "ground": event.ground,
        "accept_by": spoken(rules.answer_by(days, day, row.acceptance_rule)),
        "accepted_on": _spoken_text(data.get("accepted_on")),
        "deliver_by": spoken(rules.deliver_by(days, day, row.delivery_days)),
        "date_label": DATE_LABELS[str(data.get("what", DUE))],
        "respond_by": _spoken_text(data.get("respond_by")),
        "expected_until": _spoken_text(data.get("expected_until")),
        "due_on": _spoken_text(data.get("due_on")) or (spoken(row.work_due_on) if row.work_due_on else ""),
        "before": _spoken_text(data.get("before")),
        "lines": str(data.get("lines", "")),
        "days": str(data.get("days", "")),
        "outcome": OUTCOME_LABELS[Outcome(data["outcome"])] if "outcome" in data else "",
        "provisional": "（节假日安排尚未公布，此日期为暂计。）" if row.provisional else "",
    }


def spoken(day: date) -> str:
    """2022年5月13日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _spoken_text(text: object) -> str:
    return spoken(date.fromisoformat(text)) if isinstance(text, str) and text else ""
