"""Taking many experts into the pool at once, from a table: all of it or nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.directory.commands.experts import put
from yichuang.directory.flow import Capability
from yichuang.directory.models import Expert
from yichuang.directory.queries.experts import import_plan
from yichuang.directory.rules.experts_plan import Fate, Plan, Table
from yichuang.journal.commands import NewFact, hash_of, once, record, standing
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7

# One import at a time: two files may hold the same expert.
IMPORT_LOCK = 0x657870657274


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; the three add up to the rows of the file."""

    run_id: UUID
    new: int
    changed: int
    same: int


@transaction.atomic
def import_experts(table: Table, *, seen: str, by: Actor, at: datetime, key: str) -> Imported:
    """Import a table of experts that was looked at before: `seen` is the digest of the plan that was shown.

    One row that is wrong keeps out all of them. Each expert gets a fact, and the import one of its own, with counts and
    no person. The same key again writes nothing and gives the first outcome. Raises Invalid, and Conflict where the pool
    has changed since the look, so that the import would do something else.
    """
    by.require(Capability.EXPERT_MANAGE)
    sql.rows("select pg_advisory_xact_lock(%(lock)s)", {"lock": IMPORT_LOCK})
    sent = hash_of(table, seen)
    earlier = standing("expert_import", key, body_hash=sent, owner=by.signature)
    if earlier is not None:
        return _outcome(earlier)
    planned = _plan(table, by)
    if planned.of(Fate.FAULTY):
        raise Invalid(
            f"文件中有 {len(planned.of(Fate.FAULTY))} 行要先改正，没有导入任何专家。",
            how="请按提示改正文件后重新上传。",
        )
    if planned.digest != seen:
        raise Conflict(
            "您查看之后，专家库有了变化，没有导入任何专家。",
            how="下面是按现在的专家库重新核对的结果，请看过后再确认。",
        )
    for one in planned.of(Fate.NEW):
        put(Expert(id=uuid7(at), edit=0), one.form, by=by, at=at)
    _change(planned, by, at)
    run_id = uuid7(at)
    counts = {str(fate): len(planned.of(fate)) for fate in (Fate.NEW, Fate.CHANGED, Fate.SAME)}
    record(NewFact(run_id, "expert_import", "experts.imported", counts), by=by, at=at)
    once("expert_import", key, subject_id=run_id, body_hash=sent, owner=by.signature, at=at)
    return Imported(run_id, **counts)


def _plan(table: Table, by: Actor) -> Plan:
    try:
        # Who is being changed on a page just now is waited for, and then seen; who is drawn meanwhile need not wait for us.
        list(Expert.objects.select_for_update(no_key=True).order_by("id").values_list("id"))
        return import_plan(table, by=by)
    except ValueError as error:
        raise Invalid(f"{error}。", how="请下载模板核对后重新上传。") from error


def _change(planned: Plan, by: Actor, at: datetime) -> None:
    touched = {one.known.id: one.form for one in planned.of(Fate.CHANGED) if one.known is not None}
    for expert in Expert.objects.filter(pk__in=touched).order_by("id"):
        put(expert, touched[expert.pk], by=by, at=at)


def _outcome(run_id: UUID) -> Imported:
    counts = facts_of(run_id)[0].data
    return Imported(run_id, counts["new"], counts["changed"], counts["same"])
