"""What applicants are told of a bulk act: one message each, however many of their cases it moved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from yichuang.cases.commands.bulk_acts_plans import key_prefix
from yichuang.cases.flow import OUTCOME_LABELS, Outcome
from yichuang.cases.flow.bulk_acts import ActKind
from yichuang.cases.models import BulkAct
from yichuang.effects.jobs import RETRY, deliver_messages
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.notices import commands as notices
from yichuang.notices.flow import BULK, MessageChannel

CHUNK = 500
# The next applicants with a telephone number, how many of their cases were moved, and one of them with the step's place.
APPLICANTS = """
select g.*, f.seq
from (
    select a.id, a.phone, count(*), min(c.item_name), min(c.number), min(c.id::text) as case_id
    from cases_bulkactcase b join cases_case c on c.id = b.case_id join directory_applicant a on a.id = c.applicant_id
    where b.act_id = %(act)s and b.state = 'done' and a.phone <> '' and (%(after)s::uuid is null or a.id > %(after)s::uuid)
    group by a.id, a.phone order by a.id limit %(limit)s
) g left join journal_fact f on g.count = 1 and f.subject_id = g.case_id::uuid and f.key = %(key)s || g.case_id
order by g.id
"""
Told = tuple[UUID, str, int, str, str, str, int | None]


@app.task(queue="messages", retry=RETRY)
def tell_bulk_act(facts: list[list[str | int]]) -> None:
    """Tell every applicant once what an act has done, when it has ended or was stopped. Safe to run twice."""
    for subject_id, seq in facts:
        _tell_all(UUID(str(subject_id)), int(seq))


def _tell_all(act_id: UUID, seq: int) -> None:
    act = BulkAct.objects.filter(pk=act_id).first()
    fact = next((one for one in facts_of(act_id) if one.seq == seq), None)
    if act is None or fact is None or act.kind not in BULK:
        return
    after: UUID | None = None
    while True:
        found: list[Any] = sql.rows(
            APPLICANTS, {"act": act.pk, "after": after, "limit": CHUNK, "key": key_prefix(act)}
        )
        _tell(act, seq, found, fact.at)
        if len(found) < CHUNK:
            return
        after = found[-1][0]


@transaction.atomic
def _tell(act: BulkAct, seq: int, found: Sequence[Told], at: datetime) -> None:
    """One block of messages with the jobs that deliver them, in one transaction.

    What is told of one case alone belongs to that case, and goes with it when its content is destroyed by law.
    """
    template = BULK[ActKind(act.kind)]
    outcome = OUTCOME_LABELS[Outcome(act.outcome)] if act.outcome else ""
    news: list[notices.Dated] = []
    for applicant_id, phone, count, item, number, case_id, step in found:
        what = f"“{item}”（编号 {number}）" if count == 1 else f"“{item}”等 {count} 件申请"
        link = f"/my/cases/{case_id}" if count == 1 else "/my"
        about = (act.pk, seq) if step is None else (UUID(case_id), step)
        new = notices.NewMessage(
            *about, MessageChannel.SMS, f"bulk_act.{act.kind}", phone, template.title,
            template.body.format(what=what, outcome=outcome), link, applicant_id=applicant_id,
        )  # fmt: skip
        news.append((new, at))
    made = notices.queue_all(news)
    if made:
        deliver_messages.defer(message_ids=[str(one) for one in made])
