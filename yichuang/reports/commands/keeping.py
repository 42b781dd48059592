"""What every change of a draft shares: the row held, the edit version, why it is made, the version that is kept."""

from datetime import datetime
from uuid import UUID

from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.reports.commands.locking import free_section, refuse_where_held
from yichuang.reports.commands.numbers import keep_numbers
from yichuang.reports.flow import EDITABLE, State
from yichuang.reports.models import Report, ReportVersion
from yichuang.reports.queries.drafts import content_of

LONGEST_WHY = 200


def locked(report_id: UUID) -> Report:
    """The report, held until the transaction ends. Raises Missing."""
    found = Report.objects.select_for_update().filter(pk=report_id).first()
    if found is None:
        raise Missing("没有找到这期周报。")
    return found


def editable(report_id: UUID, *, seen: int, by: Actor) -> Report:
    """The report, held, for somebody who may edit it and has seen its newest version.

    Raises Refused, Missing, Invalid where it is past editing, Conflict where somebody else has saved meanwhile.
    """
    by.require(Capability.REPORT_EDIT)
    report = locked(report_id)
    if report.state not in EDITABLE:
        label = State(report.state).label
        raise Invalid(
            f"本期已到「{label}」环节，内容不能修改。", how="需要修改时，请审核人或签发人退回编辑。"
        )
    if report.edit_version != seen:
        newest = report.versions.defer("content").first()
        who = f"（{newest.by_name}：{newest.reason}）" if newest else ""
        raise Conflict(
            f"您打开之后，本期已被修改{who}，您这次填写的内容还没有保存。",
            how="您填写的内容保留在下面。请对照最新内容，确认后再次保存。",
        )
    return report


def begun(report_id: UUID, section: str, *, seen: int, why: str, by: Actor, at: datetime) -> Report:
    """The report, held, for a saving of one section: nobody else edits it, and a reason is given where one is due.

    After 退回编辑 every change says why, so that the reviewer sees what became of the objections. Raises Invalid, and
    what `editable` raises; Conflict also while another editor holds the section.
    """
    report = editable(report_id, seen=seen, by=by)
    refuse_where_held(report_id, section, by=by, at=at)
    if report.returned_reason and not why.strip():
        raise Invalid(
            "本期是退回修改的，没有写修改理由，还没有保存。",
            fields={"why": "请写明为什么这样改，例如：按审核意见核对了受理数"},
        )
    if len(why.strip()) > LONGEST_WHY:
        raise Invalid("修改理由太长，没有保存。", fields={"why": f"最多 {LONGEST_WHY} 字"})
    return report


def saved(report: Report, section: str, what: str, *, why: str, by: Actor, at: datetime) -> Report:
    """Keep the version with what was done and why, and give the section free."""
    free_section(report.id, section, by=by)
    return keep_version(report, f"{what}：{why.strip()}" if why.strip() else what, by=by, at=at)


def keep_version(report: Report, reason: str, *, by: Actor, at: datetime) -> Report:
    """Count the edit version up, store the report and keep what it says now, for ever."""
    report.edit_version += 1
    report.save()
    keep(report, reason, by=by, at=at)
    keep_numbers(report, at=at)
    return report


def keep(report: Report, reason: str, *, by: Actor, at: datetime) -> None:
    """Keep what the report says now under its edit version."""
    content = content_of(report).as_json()
    for visit in content["visits"]:
        visit["on"] = visit["on"].isoformat() if visit["on"] else None
    ReportVersion.objects.create(
        id=uuid7(at),
        report=report,
        version=report.edit_version,
        content=content,
        at=at,
        by_id=by.id,
        by_name=by.name,
        reason=reason,
    )
