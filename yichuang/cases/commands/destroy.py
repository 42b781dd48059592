"""Lawful destruction: what people wrote about a closed case goes with its salts; what happened stays provable."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases import flow
from yichuang.cases.queries import CaseRow, load, statement_text
from yichuang.directory.flow import Capability
from yichuang.journal.commands import fact_parameters
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.times import local_day
from yichuang.notices.queries import rendered

GONE = "（已依法删除）"
LONGEST_REASON = 500


# What was said of the case beside it: questions, opinions, findings, with their files. What kind of answer it was stays.
BESIDE = (
    "update cases_opinion set question = %(gone)s, reasons = case when reasons = '' then '' else %(gone)s end, "
    "ruling = case when ruling = '' then '' else %(gone)s end, file_name = '', file_kind = '', file_sha256 = '' "
    "where case_id = %(case)s",
    "update cases_review_seat s set opinion = case when s.opinion = '' then '' else %(gone)s end, file_name = '', "
    "file_kind = '', file_sha256 = '' from cases_expert_review r where r.id = s.review_id and r.case_id = %(case)s",
    "update cases_expert_review set question = %(gone)s, "
    "conclusion = case when conclusion = '' then '' else %(gone)s end, "
    "quorum_reason = case when quorum_reason = '' then '' else %(gone)s end where case_id = %(case)s",
    "update cases_survey_point p set text = %(gone)s, found = case when p.found = '' then '' else %(gone)s end "
    "from cases_survey s where s.id = p.survey_id and s.case_id = %(case)s",
    "delete from cases_survey_photo p using cases_survey s where s.id = p.survey_id and s.case_id = %(case)s",
    "update cases_survey set place = %(gone)s, "
    "conclusion = case when conclusion = '' then '' else %(gone)s end where case_id = %(case)s",
    "update cases_pending set put_off_reason = %(gone)s where case_id = %(case)s and put_off_reason <> ''",
)
# The files of it: the fact names them, so that they are removed once nothing uses them.
FILES_BESIDE = """
select file_sha256 from cases_opinion where case_id = %(case)s and file_sha256 <> ''
union
select s.file_sha256 from cases_review_seat s join cases_expert_review r on r.id = s.review_id
where r.case_id = %(case)s and s.file_sha256 <> ''
union
select p.sha256 from cases_survey_photo p join cases_survey s on s.id = p.survey_id where s.case_id = %(case)s
"""


@dataclass(frozen=True, slots=True)
class Destruction:
    """Whose content goes, on which ground, by which order or approval (`reason`: its number and date)."""

    case_id: UUID
    ground: str
    reason: str
    key: str


@transaction.atomic
def destroy_words(what: Destruction, *, by: Actor, at: datetime, files: Iterable[str] = ()) -> bool:
    """Destroy the words of a closed case and the name on its row; False where this key has done it already.

    `files`: the SHA-256 of what other rooms keep of the case; they go with it. Leaves `case.content_destroyed`. Figures and hashes stay: facts hold only salted commitments. Raises Missing, Refused,
    Conflict (open, or destroyed before), Invalid (ground, reason, retention: 个人信息保护法 art. 47).
    """
    by.require(Capability.PRIVATE_DESTROY)
    row = load(what.case_id, what.key)
    if row is None or not by.reaches(row.department_id):
        raise Missing("没有找到这个办件，或者您无权查看。", how="请核对办件编号。")
    body = canonical.digest(canonical.text([what.ground, what.reason, by.signature]))
    if row.key_used is not None:
        if row.key_used[1] != body:
            raise Conflict("同一提交标识已用于另一内容。", how="请刷新页面后重新提交。")
        return False
    _check(row, what, local_day(at))
    salt, words = secrets.token_hex(16), {"reason": what.reason.strip()}
    data = {"words": canonical.commitment(salt, words), "documents": _files(row.id, files)}
    parameters = fact_parameters(flow.DESTROYED, by=by, at=at, data=data) | {
        "subject_kind": "case",
        "id": row.id,
        "seq": row.seq,
        "prev_hash": row.last_hash,
        "ground": what.ground,
        "key": what.key,
        "key_hash": body,
        "gone": GONE,
        "body": canonical.text(words),
        "salt": salt,
    }
    if sql.one(statement_text("destroy"), parameters) is None:
        raise Conflict(f"办件 {row.number} 刚刚有变化，没有删除。", how="请刷新后查看最新情况。")
    for statement in BESIDE:
        sql.execute(statement, {"case": row.id, "gone": GONE})
    return True


def _files(case_id: UUID, more: Iterable[str]) -> list[str]:
    beside = {digest for (digest,) in sql.rows(FILES_BESIDE, {"case": case_id})}
    return sorted(beside.union(rendered(case_id), more))


def _check(row: CaseRow, what: Destruction, today: date) -> None:
    if row.closed_on is None:
        raise Conflict(
            f"办件 {row.number} 还没有办结送达，内容不能删除。",
            how="请在办件结束以后再依法删除；申请人可以先撤回申请。",
        )
    if row.applicant_name == GONE:
        raise Conflict(f"办件 {row.number} 的内容已经依法删除。", how="不需要再次删除。")
    wrong = {}
    if what.ground not in flow.DESTRUCTION_GROUNDS:
        wrong["ground"] = "请选择删除的法定情形"
    if not what.reason.strip() or len(what.reason) > LONGEST_REASON:
        wrong["reason"] = f"请写明批准或者裁判的文号、日期，不超过 {LONGEST_REASON} 字，不要写个人信息"
    kept_until = retention_ends(row.closed_on)
    if what.ground == "retention_over" and today <= kept_until:
        wrong["ground"] = f"保存期限到 {kept_until} 为止，还没有届满"
    if wrong:
        raise Invalid("还不能删除，请按提示修改。", fields=wrong)


def retention_ends(closed_on: date) -> date:
    """The last day on which a closed case must be kept."""
    year = closed_on.year + flow.RETENTION_YEARS
    leap_day = (closed_on.month, closed_on.day) == (2, 29)
    return date(year, 2, 28) if leap_day else closed_on.replace(year=year)
