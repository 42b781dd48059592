"""The effects themselves: plain jobs that name facts of one seal. Each may run twice and then does nothing new.

A job takes a chunk of facts, because a job costs more than a message. What fails of a chunk is tried again alone.
"""

import logging
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from tempfile import TemporaryFile
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.tasks import Task
from procrastinate.types import JSONValue, TimeDeltaParams

from yichuang.cases import rules
from yichuang.cases.flow import OUTCOME_LABELS, Outcome
from yichuang.cases.models import Opinion
from yichuang.cases.queries.recount import DATE_LABELS, DUE
from yichuang.directory.flow import Capability
from yichuang.directory.queries import colleagues, department_names
from yichuang.effects.queries import files_of_case, still_used
from yichuang.effects.queries.telling import Place, Told, told
from yichuang.gateways.files import FileStore
from yichuang.gateways.messages import Channel, Delivery, Message, sender
from yichuang.journal.queries import facts_of
from yichuang.kernel.times import local_day
from yichuang.notices import commands as notices
from yichuang.notices.flow import APPLICANT, ASKERS, CONSULTED, DEEMED, STAFF, MessageChannel
from yichuang.workdays.queries import calendar, now, real_now

log = logging.getLogger(__name__)

STAFF_SIGN = "staff:"
SIGNER = "yichuang.effects.cli.signing"
SIGNED_WITHIN_SECONDS = 300.0
# Longer than any request lives: a file older than this is named by a committed row or by none.
SETTLES = timedelta(minutes=15)
RETRY = RetryStrategy(max_attempts=8, exponential_wait=3)
RETRY_ALONE: TimeDeltaParams = {"seconds": 3}
# What has become of letters is written down at least so often: no more of them than were sent meanwhile could go twice
# when the worker is killed.
NOTED_WITHIN_SECONDS = 0.2

Facts = list[list[str | int]]
Job = Task[..., None, ...]


def _places(facts: Facts | None, before: dict[str, str | int]) -> list[Place]:
    """Where the facts of a job stand. Jobs that an earlier version left in the queue name one fact by itself."""
    given = [[before["subject_id"], before["seq"]]] if facts is None else facts
    return [(UUID(str(subject_id)), int(seq)) for subject_id, seq in given]


def _letters(
    task: Job, found: Sequence[Told], make: Callable[[Told], notices.NewMessage | None]
) -> list[notices.Dated]:
    """The messages of a chunk, inside the caller's transaction. A fact that cannot be told is tried again alone, and holds up no other."""
    made: list[notices.Dated] = []
    alone: list[dict[str, JSONValue]] = []
    for one in found:
        try:
            letter = make(one)
        except DatabaseError:
            raise
        except Exception:
            if len(found) == 1:
                raise
            log.exception("fact %s of %s cannot be told; it is tried again alone", one.seq, one.subject_id)
            alone.append({"facts": [[str(one.subject_id), one.seq]]})
        else:
            made += [] if letter is None else [(letter, one.at)]
    if alone:
        task.configure(schedule_in=RETRY_ALONE).batch_defer(*alone)
    return made


@app.task(queue="messages", retry=RETRY)
def tell_applicant(facts: Facts | None = None, **before: str | int) -> None:
    """Tell the applicants what happened and what to do by when.

    The messages and the job that delivers them are one transaction: a message is never left without its delivery.
    """
    found = told(_places(facts, before))
    with transaction.atomic():
        new = notices.queue_all(_letters(tell_applicant, found, _to_applicant))
        if new:
            deliver_messages.defer(message_ids=[str(one) for one in new])


def _to_applicant(fact: Told) -> notices.NewMessage | None:
    if not fact.phone:
        return None
    template = DEEMED.get((fact.kind, str(fact.data.get("deemed", ""))), APPLICANT[fact.kind])
    return notices.NewMessage(
        fact.subject_id, fact.seq, MessageChannel.SMS, fact.kind, fact.phone, template.title,
        template.body.format_map(words(fact)), f"/my/cases/{fact.subject_id}", applicant_id=fact.applicant_id,
    )  # fmt: skip


# After these nobody holds the work: it went back to the queue, or the case has ended.
WITHOUT_HOLDER = ("case.correction_answered", "case.withdrawn")


@app.task(queue="messages", retry=RETRY)
def tell_holder(facts: Facts | None = None, **before: str | int) -> None:
    """Tell the officers whom the facts concern. Nobody is written to about work that nobody holds or held.

    Staff read their messages at the desk: there is no address outside to which they would be delivered.
    """
    found = told(_places(facts, before), to_whoever_acted=WITHOUT_HOLDER)
    with transaction.atomic():
        notices.queue_all(_letters(tell_holder, found, _to_holder))


def _to_holder(fact: Told) -> notices.NewMessage | None:
    officer = _officer(fact)
    if officer is None:
        return None
    template = STAFF[fact.kind]
    return notices.NewMessage(
        fact.subject_id, fact.seq, MessageChannel.MAIL, fact.kind, str(officer), template.title,
        template.body.format_map(words(fact)), f"/desk/cases/{fact.subject_id}", account_id=officer,
    )  # fmt: skip


def _officer(fact: Told) -> UUID | None:
    """Who was given the work by this very fact; else who holds it; else who last acted on the case."""
    if "to" in fact.data:
        return UUID(str(fact.data["to"]))
    if fact.holder_id is not None or fact.kind not in WITHOUT_HOLDER:
        return fact.holder_id
    return UUID(fact.acted.removeprefix(STAFF_SIGN)) if fact.acted else None


@app.task(queue="messages", retry=RETRY)
def tell_consulted(facts: Facts | None = None, **before: str | int) -> None:
    """Tell those who answer for the asked department, or whoever asked, what happened to questions."""
    for subject_id, seq in _places(facts, before):
        _tell_consulted(subject_id, seq)


def _tell_consulted(subject_id: UUID, seq: int) -> None:
    asked = Opinion.objects.filter(pk=subject_id).first()
    fact = next((one for one in facts_of(subject_id) if one.seq == seq), None)
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
        "number": asked.case_number, "item": asked.item_name, "department": department_names()[asked.department_id],
        "day": _spoken_text(fact.data.get("due_on")) or spoken(asked.due_on), "before": _spoken_text(fact.data.get("before")),
    }  # fmt: skip
    notices.queue_all(
        [
            (notices.NewMessage(
                asked.pk, seq, MessageChannel.MAIL, fact.kind, str(person), template.title,
                template.body.format_map(said), f"/desk/opinions/{asked.pk}", account_id=person,
            ), fact.at)
            for person in people
        ]
    )  # fmt: skip


@app.task(queue="messages", retry=RETRY)
def deliver_message(message_id: str) -> None:
    """Hand one message to the sender; a failure is kept with the message and tried again."""
    _deliver([UUID(message_id)], alone=True)


@app.task(queue="messages", retry=RETRY)
def deliver_messages(message_ids: list[str]) -> None:
    """Hand messages to the sender, one after another; one that fails is tried again alone, and the others go once."""
    _deliver([UUID(one) for one in message_ids], alone=False)


def _deliver(message_ids: Sequence[UUID], *, alone: bool) -> None:
    way, sent, noted = sender(settings.MESSAGE_SENDER), [], monotonic()
    for pending in notices.pending(message_ids):
        letter = Message(str(pending.pk), Channel(pending.channel), pending.to, pending.title, pending.body)
        sent.append((pending.pk, way.send(letter, at=now())))
        if monotonic() - noted > NOTED_WITHIN_SECONDS:
            _note(sent, alone=alone)
            sent, noted = [], monotonic()
    _note(sent, alone=alone)
    if alone and sent and sent[0][1].retry:
        raise OSError(sent[0][1].failure)


def _note(sent: Sequence[tuple[UUID, Delivery]], *, alone: bool) -> None:
    """Write down what has become of letters, together with the jobs that try again what failed."""
    if not sent:
        return
    with transaction.atomic():
        notices.sent([notices.Tried(pk, one.at, one.failure) for pk, one in sent])
        again: list[dict[str, JSONValue]] = [{"message_id": str(pk)} for pk, one in sent if one.retry]
        if again and not alone:
            deliver_message.configure(schedule_in=RETRY_ALONE).batch_defer(*again)


@app.task(queue="messages", retry=RETRY)
def sign_report(facts: Facts | None = None, **before: str | int) -> None:
    """Make, keep and sign the files of issues. One that is signed stays as it is."""
    for subject_id, _ in _places(facts, before):
        sign_apart(subject_id, now())


def sign_apart(report_id: UUID, at: datetime) -> None:
    """Sign an issue in a process of its own (`effects.cli.signing`). Raises OSError where it could not, with its words.

    Its words go into a file: what it starts may outlive it, and would hold the end of a pipe open.
    """
    asked = [sys.executable, "-m", SIGNER, str(report_id), at.isoformat()]
    with TemporaryFile() as words:
        try:
            done = subprocess.run(
                asked, cwd=settings.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=words,
                timeout=SIGNED_WITHIN_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise OSError(f"issue {report_id} was not signed within {SIGNED_WITHIN_SECONDS} s") from error
        if done.returncode != 0:
            words.seek(0)
            raise OSError(words.read().decode(errors="replace").strip()[-800:])


@app.task(queue="files", retry=RETRY)
def forget_files(facts: Facts | None = None, **before: str | int) -> None:
    """Remove the files of cases whose content was destroyed by law, save those that something else uses.

    One that somebody brought again just now is looked at again when its row must have been committed.
    """
    later = [place for place in _places(facts, before) if not _forgotten(place[0])]
    if later:
        again: JSONValue = [[str(subject_id), seq] for subject_id, seq in later]
        forget_files.configure(schedule_in={"seconds": int(SETTLES.total_seconds())}).defer(facts=again)


def _forgotten(case_id: UUID) -> bool:
    files = files_of_case(case_id)
    store, settled = FileStore(settings.FILES_DIR), real_now() - SETTLES
    gone = [store.forget(digest, settled=settled) for digest in sorted(set(files) - still_used(files))]
    return all(gone)


def words(fact: Told) -> dict[str, str]:
    """The named places of the templates, filled from the fact; dates as people read them."""
    days = calendar()
    day = local_day(fact.at)
    data = fact.data
    return {
        "item": fact.item_name,
        "number": fact.number,
        "department": fact.department,
        "ground": fact.ground,
        "accept_by": spoken(rules.answer_by(days, day, fact.guide.acceptance_rule)),
        "accepted_on": _spoken_text(data.get("accepted_on")),
        "deliver_by": spoken(rules.deliver_by(days, day, fact.guide.delivery_days)),
        "date_label": DATE_LABELS[str(data.get("what", DUE))],
        "respond_by": _spoken_text(data.get("respond_by")),
        "expected_until": _spoken_text(data.get("expected_until")),
        "due_on": _spoken_text(data.get("due_on")) or (spoken(fact.due_on) if fact.due_on else ""),
        "before": _spoken_text(data.get("before")),
        "lines": str(data.get("lines", "")),
        "days": str(data.get("days", "")),
        "outcome": OUTCOME_LABELS[Outcome(data["outcome"])] if "outcome" in data else "",
        "provisional": "（节假日安排尚未公布，此日期为暂计。）" if fact.provisional else "",
    }


def spoken(day: date) -> str:
    """2022年5月13日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _spoken_text(text: object) -> str:
    return spoken(date.fromisoformat(text)) if isinstance(text, str) and text else ""
