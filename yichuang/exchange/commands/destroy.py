"""What was reported about people goes: by a lawful order the content of one case, with time the lines as they came.

Which events a case had, on which days, and how often they count stays: the facts name nobody, they only commit to names with
the salt of the case, which goes too.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from yichuang.cases.commands import GONE, LONGEST_REASON, retention_ends
from yichuang.cases.flow import DESTRUCTION_GROUNDS
from yichuang.directory.flow import Capability
from yichuang.exchange.commands.writing import locked, salt
from yichuang.exchange.flow import FORGOTTEN, OPEN, SUBJECT, UNDONE, Event
from yichuang.exchange.models import Case, Destroyed, Quarantine
from yichuang.exchange.rules.changes import Row
from yichuang.exchange.rules.keeping import FORGOTTEN_DIGEST, pack, unpack
from yichuang.journal.commands import NewFact, is_used, keyed, record
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.times import local_day

KEPT_DAYS = 30
"""How long a line stays as it came after its batch or its doubt is done: long enough to mend what it lacked."""
AT_ONCE = 5_000
# The lines as they came, what a person wrote about them, and the digests by which their words could be guessed.
WORDS = (
    "update exchange_quarantine set raw = '', salt = '', digest = %(mark)s || md5(id::text || %(salt)s), "
    "ground = case when ground = '' then '' else %(gone)s end where system_id = %(system)s and source_number = %(number)s",
    "update exchange_line l set raw = '' where l.source_number = %(number)s and l.raw <> '' "
    "and (select b.system_id from exchange_batch b where b.id = l.batch_id) = %(system)s",
    "update exchange_case set applicant_name = %(gone)s, applicant_no = %(forgotten)s, salt = %(salt)s, events = %(events)s "
    "where id = %(case)s",
)
# By where they lie: rows that are compared as a whole lead into no index, and the whole table would be read for each block.
# The batch is asked line by line: joined, a planner could go by batches, and read every line of the old ones each time.
OLD_LINES = """
update exchange_line l set raw = '' where l.ctid = any (array(
    select o.ctid from exchange_line o
    where o.raw <> '' and (select coalesce(b.done_at, b.at) from exchange_batch b where b.id = o.batch_id) < %(before)s
    limit %(most)s for update of o skip locked))
"""
OLD_DOUBTS = """
update exchange_quarantine q set raw = '' where q.id = any (array(
    select o.id from exchange_quarantine o
    where o.state in ('taken', 'dropped', 'settled') and o.done_at < %(before)s and o.raw <> ''
    order by o.done_at limit %(most)s for update skip locked))
"""


@keyed("reported-destroy")
@transaction.atomic
def destroy_reported(case_id: UUID, ground: str, reason: str, *, by: Actor, at: datetime, key: str) -> UUID:
    """Destroy what a reported case keeps about people: the name, words of special procedures, lines as they came.

    `ground`, `reason`: as in `cases.commands.Destruction`. Leaves `reported.content_destroyed`. Whatever comes under the case's
    numbers later is known, and a name that comes is not kept. Raises Refused, Missing, Conflict (open, in doubt, or destroyed
    before), Invalid (ground, reason, retention: 个人信息保护法 art. 47).
    """
    by.require(Capability.PRIVATE_DESTROY)
    if is_used("reported-destroy", key):
        return case_id
    row = locked([case_id]).get(case_id)
    if row is None or not by.reaches(row.department_id):
        raise Missing("没有找到这个报送办件，或者您无权查看。", how="请核对办件编号。")
    system_id = Case.objects.values_list("system_id", flat=True).get(pk=case_id)
    _check(row, system_id, ground, reason, local_day(at))
    _forget(row, system_id, salt())
    # A salt of its own: with the case's, which goes to nobody, what the case's facts commit to could be tried.
    kept = salt()
    data = {
        "on": local_day(at).isoformat(),
        "words": canonical.commitment(kept, {"reason": reason.strip()}),
    }
    # It counts nothing, and names no item: figures stay as they are.
    new = NewFact(
        case_id, SUBJECT, Event.DESTROYED, data, ground=ground, department_id=row.department_id, quantity=0
    )
    left = record(new, by=by, at=at)
    Case.objects.filter(pk=case_id).update(seq=left.seq, last_hash=left.hash, changed_at=at)
    Destroyed.objects.create(
        case_id=case_id, ground=ground, reason=reason.strip(), salt=kept, at=at, by_name=by.name
    )
    return case_id


def _forget(row: Row, system_id: UUID, fresh: str) -> None:
    entries = [replace(one, digest="", special="") for one in unpack(row.events, row.item_code)]
    given = {
        "case": row.id, "system": system_id, "number": row.source_number, "gone": GONE, "salt": fresh, "forgotten": FORGOTTEN,
        "events": pack(entries, row.item_code), "mark": FORGOTTEN_DIGEST,
    }  # fmt: skip
    for statement in WORDS:
        sql.execute(statement, given)


def _check(row: Row, system_id: UUID, ground: str, reason: str, today: date) -> None:
    if row.applicant_no == FORGOTTEN:
        raise Conflict(f"报送办件 {row.source_number} 的内容已经依法删除。", how="不需要再次删除。")
    if row.state in OPEN:
        raise Conflict(
            f"报送办件 {row.source_number} 还没有报办结，内容不能删除。",
            how="请在系统报送办结以后再依法删除。",
        )
    undone = Quarantine.objects.filter(system_id=system_id, source_number=row.source_number, state__in=UNDONE)
    if undone.exists():
        raise Conflict(
            f"报送办件 {row.source_number} 还有没处理的存疑内容，不能删除。",
            how="请先在「存疑」中采用或者剔除。",
        )
    wrong = {}
    if ground not in DESTRUCTION_GROUNDS:
        wrong["ground"] = "请选择删除的法定情形"
    if not reason.strip() or len(reason) > LONGEST_REASON:
        wrong["reason"] = f"请写明批准或者裁判的文号、日期，不超过 {LONGEST_REASON} 字，不要写个人信息"
    ended = row.closed_on or row.decided_on
    if ground == "retention_over" and (ended is None or today <= retention_ends(ended)):
        until = f"到 {retention_ends(ended)} 为止" if ended else "从办结之日算起"
        wrong["ground"] = f"保存期限{until}，还没有届满"
    if wrong:
        raise Invalid("还不能删除，请按提示修改。", fields=wrong)


def purge_raw(*, by: Actor, at: datetime, most: int = AT_ONCE) -> int:
    """Empty the lines as they came, of batches and of doubts that have been done for KEPT_DAYS; how many.

    In short transactions of `most` rows each. What became of a line, why, and of which case it is stays; so does the line of
    a doubt that nobody has decided.
    """
    by.require("")
    before, emptied = at - timedelta(days=KEPT_DAYS), 0
    for statement in (OLD_LINES, OLD_DOUBTS):
        while done := sql.execute(statement, {"before": before, "most": most}):
            emptied += done
            if done < most:
                break
    return emptied
