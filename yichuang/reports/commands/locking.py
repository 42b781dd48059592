"""Who edits a section: every claim is one conditional statement, so of two editors exactly one holds it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, record
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local
from yichuang.reports.flow import EDITABLE, SECTION_TAKEN_OVER
from yichuang.reports.models import SectionLock

HELD_FOR = timedelta(minutes=10)

# Free, or one's own (also after it ran out): taken or renewed. Somebody else's: nothing happens.
_HOLD = """
insert into reports_sectionlock as held (
    id, report_id, section, holder_id, holder_name, taken_at, until, released, asked_by_name
)
select %(id)s, report.id, %(section)s, %(me)s, %(name)s, %(at)s, %(until)s, false, ''
from reports_report report where report.id = %(report)s and report.state = any(%(editable)s) and not report.imported
on conflict (report_id, section) do update set
    until = greatest(held.until, excluded.until),
    taken_at = case when held.until <= %(at)s then excluded.taken_at else held.taken_at end,
    released = false
where held.holder_id = excluded.holder_id
returning id
"""
_TAKE_OVER = """
with former as (
    select id, holder_name from reports_sectionlock where report_id = %(report)s and section = %(section)s
)
update reports_sectionlock held set
    holder_id = %(me)s, holder_name = %(name)s, taken_at = %(at)s, until = %(until)s, released = false,
    asked_by_id = null, asked_by_name = '', asked_at = null
from former
where held.id = former.id and held.holder_id <> %(me)s and (held.released or held.until <= %(at)s)
returning former.holder_name
"""
_ASK = """
update reports_sectionlock set asked_by_id = %(me)s, asked_by_name = %(name)s, asked_at = %(at)s
where report_id = %(report)s and section = %(section)s and holder_id <> %(me)s
  and not released and until > %(at)s and (asked_by_id is null or asked_by_id = %(me)s)
"""
_RELEASE = """
update reports_sectionlock set released = true
where report_id = %(report)s and section = %(section)s and holder_id = %(me)s
"""


@dataclass(frozen=True, slots=True)
class _Claim:
    report: UUID
    section: str
    by: Actor
    at: datetime

    def parameters(self) -> dict[str, object]:
        """What the statements need."""
        return {
            "id": uuid7(self.at), "report": self.report, "section": self.section, "me": self.by.id,
            "name": self.by.name, "at": self.at, "until": self.at + HELD_FOR,
            "editable": [str(state) for state in EDITABLE],
        }  # fmt: skip


def hold_section(report_id: UUID, section: str, *, by: Actor, at: datetime) -> bool:
    """Take a free section for ten minutes, or renew one's own; False where another holds it or nothing is edited.

    One statement, so a transaction of its own.
    """
    by.require(Capability.REPORT_EDIT)
    return sql.one(_HOLD, _Claim(report_id, section, by, at).parameters()) is not None


@transaction.atomic
def take_over_section(report_id: UUID, section: str, *, by: Actor, at: datetime) -> str:
    """Take a section whose time ran out, or that its holder released; gives the former holder's name, leaves a fact.

    Raises Conflict while another still holds it.
    """
    by.require(Capability.REPORT_EDIT)
    row = sql.one(_TAKE_OVER, _Claim(report_id, section, by, at).parameters())
    if row is None:
        raise Conflict(
            "现在还不能接手这个栏目。", how="等编辑人释放或锁定到期后再接手；也可以先「请求接手」。"
        )
    record(
        NewFact(report_id, "report", SECTION_TAKEN_OVER, {"section": section}, ground=f"原编辑人：{row[0]}"),
        by=by,
        at=at,
    )
    return str(row[0])


@transaction.atomic
def ask_for_section(report_id: UUID, section: str, *, by: Actor, at: datetime) -> None:
    """Tell the holder that one waits. Raises Conflict where nobody holds it now, or another waits already."""
    by.require(Capability.REPORT_EDIT)
    if not sql.execute(_ASK, _Claim(report_id, section, by, at).parameters()):
        raise Conflict("不需要请求，或者已有人在等待接手。", how="请刷新页面查看现在由谁编辑。")


@transaction.atomic
def release_section(report_id: UUID, section: str, *, by: Actor, at: datetime) -> None:
    """Let others take one's section over at once. Releasing what one does not hold changes nothing."""
    by.require(Capability.REPORT_EDIT)
    sql.execute(_RELEASE, _Claim(report_id, section, by, at).parameters())


def refuse_where_held(report_id: UUID, section: str, *, by: Actor, at: datetime) -> None:
    """Raise Conflict where somebody else edits the section now: inside the transaction of a saving."""
    by.require(Capability.REPORT_EDIT)
    held = SectionLock.objects.filter(report_id=report_id, section=section, until__gt=at, released=False)
    other = next((row for row in held if row.holder_id != by.id), None)
    if other:
        raise Conflict(
            f"{other.holder_name}从{local(other.taken_at):%H:%M}起正在编辑这个栏目，您这次填写的内容还没有保存。",
            how="您填写的内容保留在下面。可以请求接手；对方保存、释放或锁定到期后，再保存。",
        )


def free_section(report_id: UUID, section: str, *, by: Actor) -> None:
    """Give one's section back after saving."""
    by.require(Capability.REPORT_EDIT)
    if by.id is not None:
        SectionLock.objects.filter(report_id=report_id, section=section, holder_id=by.id).delete()
