"""Lawful destruction of a case, whole: what was sent, said, signed, rated and complained of. It is here because this is
the highest room that keeps words about cases."""

# ruff: noqa: S608 - only constants of this room are put together

from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases.commands import GONE, Destruction
from yichuang.directory.flow import Capability
from yichuang.feedback.flow.complaints import UNANSWERED
from yichuang.feedback.flow.ratings import OPEN_FOLLOW, AppealState
from yichuang.halls.commands.destroy import ACTS, files_of_acts, forget_acts
from yichuang.intake.commands import destroy_private
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict
from yichuang.notices.commands import forget_messages

COMPLAINTS = "select m.id from feedback_complaint m join cases_case c on c.number = m.case_number where c.id = %(case)s"
RATINGS = f"select id from feedback_rating where case_id = %(case)s or act_id in ({ACTS})"
# That there was a rating or complaint, of which level or kind, and how it went, stays: figures count it.
WORDS = (
    f"update feedback_rating set words = case when words = '' then '' else %(gone)s end, phone = '' where id in ({RATINGS})",
    "update feedback_followup set told = case when told = '' then '' else %(gone)s end, "
    f"void_reason = case when void_reason = '' then '' else %(gone)s end where rating_id in ({RATINGS})",
    f"update feedback_ratingnote set words = %(gone)s where words <> '' and rating_id in ({RATINGS})",
    "update feedback_appeal set reasons = %(gone)s, evidence = case when evidence = '' then '' else %(gone)s end, "
    f"decision = case when decision = '' then '' else %(gone)s end where rating_id in ({RATINGS})",
    f"update feedback_complaintcontact set name = '', phone = '' where complaint_id in ({COMPLAINTS})",
    f"update feedback_complaintnote set words = %(gone)s where words <> '' and complaint_id in ({COMPLAINTS})",
    "update feedback_complaint set words = %(gone)s, reply = case when reply = '' then '' else %(gone)s end "
    f"where id in ({COMPLAINTS})",
)
OPEN = f"""
select exists (select 1 from feedback_complaint where state = any(%(unanswered)s) and id in ({COMPLAINTS}))
    or exists (select 1 from feedback_followup where state = any(%(following)s) and rating_id in ({RATINGS}))
    or exists (select 1 from feedback_appeal where state = %(pending)s and rating_id in ({RATINGS}))
"""


@transaction.atomic
def destroy_case(what: Destruction, *, by: Actor, at: datetime) -> bool:
    """Destroy everything that people wrote about a closed case, in one transaction; False where this key did it already.

    Raises as `cases.commands.destroy_words`, and Conflict while a complaint, a follow-up or an appeal is being handled.
    """
    by.require(Capability.PRIVATE_DESTROY)
    if not destroy_private(what, by=by, at=at, files=files_of_acts(what.case_id)):
        return False
    if _being_handled(what.case_id):
        raise Conflict(
            "这个办件还有没办完的评价回访、申诉或者诉求，内容不能删除。",
            how="请先在「好差评」「投诉建议」中办结，再回来删除。",
        )
    forget_acts(what.case_id, GONE, by=by)
    for statement in WORDS:
        sql.execute(statement, {"case": what.case_id, "gone": GONE})
    for (subject,) in sql.rows(f"{COMPLAINTS} union {RATINGS}", {"case": what.case_id}):
        forget_messages(subject)
    return True


def _being_handled(case_id: UUID) -> bool:
    found = sql.one(
        OPEN,
        {
            "case": case_id, "unanswered": [str(one) for one in UNANSWERED],
            "following": [str(one) for one in OPEN_FOLLOW], "pending": AppealState.PENDING.value,
        },
    )  # fmt: skip
    return bool(found and found[0])
