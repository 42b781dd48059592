"""Lawful destruction of what the window wrote down about a case: questions, notes, who signed for the result."""

# ruff: noqa: S608 - only constants of this room are put together

from uuid import UUID

from yichuang.cases.commands import GONE
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor

# Acts that say something of a case: its own, the consultation that it grew out of, and those that list its number.
BY_NUMBER = "(select number from cases_case where id = %(case)s) = any(a.numbers)"
TOUCHING = (
    "select id from halls_windowact where case_id = %(case)s union "
    "select after_id from halls_windowact where case_id = %(case)s and after_id is not null union "
    f"select a.id from halls_windowact a where a.case_id is null and {BY_NUMBER}"
)
# Another case that keeps its content keeps the words that are its own too: of the consultation that it also grew out of,
# of the sheet that it was handed over with. They go with the last of them; a number that is none of ours holds nothing.
ALIVE = f"c.id <> %(case)s and c.applicant_name <> '{GONE}'"
ACTS = (
    "select id from halls_windowact where case_id = %(case)s union "
    "select o.after_id from halls_windowact o where o.case_id = %(case)s and o.after_id is not null and not exists "
    "(select 1 from halls_windowact n join cases_case c on c.id = n.case_id "
    f"where n.after_id = o.after_id and {ALIVE}) union "
    f"select a.id from halls_windowact a where a.case_id is null and {BY_NUMBER} and not exists "
    f"(select 1 from cases_case c where c.number = any(a.numbers) and {ALIVE})"
)
# Of two cases destroyed at once the second sees that the first is gone. Not the keys: filings refer to consultations.
HOLD = f"select id from halls_windowact where id in ({TOUCHING}) order by id for no key update"
FILES = f"select signature_sha256 from halls_issue where signature_sha256 <> '' and act_id in ({ACTS})"
# That something was done, when, by whom and how often stays: figures count it. A signature stays as "there was one".
WORDS = (
    "update halls_windowact set topic = case when topic = '' then '' else %(gone)s end, "
    "answer = case when answer = '' then '' else %(gone)s end, source = case when source = '' then '' else %(gone)s end, "
    f"cancel_reason = case when cancel_reason = '' then '' else %(gone)s end, salt = '' where id in ({ACTS})",
    f"update halls_handover set reason = %(gone)s where reason <> '' and act_id in ({ACTS})",
    "update halls_issue set documents = %(gone)s, recipient = %(gone)s, paper_masked = '', signature_kind = '', "
    "signed_as = case when signed_as = '' then '' else %(gone)s end, "
    "tracking = case when tracking = '' then '' else %(gone)s end, "
    "signature_sha256 = case when signature_sha256 = '' then '' else repeat('0', 64) end "
    f"where act_id in ({ACTS})",
)


def files_of_acts(case_id: UUID) -> list[str]:
    """The signatures that were taken when a case's result was given out, by SHA-256.

    Its acts are held until the caller's transaction ends; that comes before the case's own part.
    """
    sql.rows(HOLD, {"case": case_id})
    return [digest for (digest,) in sql.rows(FILES, {"case": case_id})]


def forget_acts(case_id: UUID, gone: str, *, by: Actor) -> None:
    """Put `gone` in the place of the words of a case's acts. Within the caller's transaction, after the case's own part."""
    by.require(Capability.PRIVATE_DESTROY)
    for statement in WORDS:
        sql.execute(statement, {"case": case_id, "gone": gone})
