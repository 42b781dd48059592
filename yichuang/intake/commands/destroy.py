"""Lawful destruction of what an applicant sent: answers and salts, materials, drafts, messages, and the person."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases.commands import Destruction
from yichuang.directory.commands import forget_applicant
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.notices.commands import forget_messages

# What of a case lies in this room, in the order in which it can go.
CONTENT = (
    "delete from intake_draftmaterial where draft_id in "
    "(select id from intake_draft where case_id = %(case)s or mends = %(case)s)",
    "delete from intake_draft where case_id = %(case)s or mends = %(case)s",
    "delete from intake_material where case_id = %(case)s",
    "delete from intake_application where case_id = %(case)s",
)
# A row of a file of filings, while it is still kept: it is found by the key under which it was filed.
ROW = """
delete from intake_bulkrow r using journal_client_key k, intake_bulkrun u
where k.key = r.key and u.id = r.run_id and u.purged_at is null
  and u.item_id = (select item_id from cases_case where id = %(case)s)
  and k.subject_id = %(case)s and r.key = (select f.key from journal_fact f where f.subject_id = %(case)s and f.seq = 1)
"""
# The files that these rows name: with the rows gone, nothing else would say which they were.
FILES = """
select sha256 from intake_material where case_id = %(case)s and sha256 <> ''
union
select m.sha256 from intake_draftmaterial m join intake_draft d on d.id = m.draft_id
where (d.case_id = %(case)s or d.mends = %(case)s) and m.sha256 <> ''
"""
# Whoever is bringing one more file at this moment comes before, or finds the draft gone.
HOLD = "select id from intake_draft where case_id = %(case)s or mends = %(case)s order by id for update"
HOLD_APPLICANT = "select id from directory_applicant where id = (select applicant_id from cases_case where id = %(case)s) for update"


@transaction.atomic
def destroy_private(what: Destruction, *, by: Actor, at: datetime, files: Iterable[str] = ()) -> bool:
    """Destroy what was sent and said of a closed case in one transaction; False where this key has done it already.

    Rooms above have their part in `feedback.commands.destroy`, which is what people call. The files themselves are removed by an effect after the commit, where nothing else uses them. The applicant's own
    record goes with the last case, unless an account or an open draft still uses it. Raises as `cases.commands.destroy_words`.
    """
    by.require(Capability.PRIVATE_DESTROY)
    if not cases.destroy_words(what, by=by, at=at, files={*files, *_files_sent(what.case_id)}):
        return False
    for statement in (*CONTENT, ROW):
        sql.execute(statement, {"case": what.case_id})
    forget_messages(what.case_id)
    _forget_applicant(what.case_id, by)
    return True


def _files_sent(case_id: UUID) -> set[str]:
    """The SHA-256 of everything sent: filed, corrected, supplied later, and put to a correction never handed in."""
    sql.rows(HOLD, {"case": case_id})
    return {digest for (digest,) in sql.rows(FILES, {"case": case_id})}


def _forget_applicant(case_id: UUID, by: Actor) -> None:
    # Of two cases destroyed at once the second waits here, and sees that the first is gone. A statement of its own: the
    # next one looks at what is committed by then.
    sql.one(HOLD_APPLICANT, {"case": case_id})
    row = sql.one(
        "select c.applicant_id, exists (select 1 from cases_case o where o.applicant_id = c.applicant_id "
        "and o.id <> c.id and o.applicant_name <> %(gone)s) or exists (select 1 from intake_draft d "
        "where d.applicant_id = c.applicant_id and d.case_id is null) from cases_case c where c.id = %(case)s",
        {"case": case_id, "gone": cases.GONE},
    )
    if row is not None and not row[1]:
        forget_applicant(row[0], by=by)
