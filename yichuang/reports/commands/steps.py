"""The steps of the table that move a report on or back. 签发, which also freezes and numbers, has its own file."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.journal.commands import NewFact, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Refused
from yichuang.reports.commands.keeping import locked
from yichuang.reports.flow import BY_ACTION, Action, FourEyes, State, Transition
from yichuang.reports.models import Report
from yichuang.reports.queries.drafts import content_of, editors_of
from yichuang.reports.queries.numbers import placed_numbers, unbound

LONGEST_REASON = 500
SHOWN = 60


@transaction.atomic
def step(
    report_id: UUID, action: Action, *, by: Actor, at: datetime, reason: str = "", seen: int | None = None
) -> Report:
    """Apply a row of the table other than 签发, and leave its fact.

    `seen` is the edit version on the actor's screen: nobody approves words that were not shown.
    Raises Refused (capability, four eyes), Conflict (another state or version), Invalid (no reason; at 送审 a number
    without a source).
    """
    if action == Action.ISSUE:
        raise ValueError("签发 is a command of its own")
    row = BY_ACTION[action]
    report = ready(report_id, row, by=by, seen=seen)
    words = reason.strip()
    if row.needs_reason and not words:
        raise Invalid("请写明退回的理由，编辑会看到。", fields={"reason": "不能为空"})
    if len(words) > LONGEST_REASON:
        raise Invalid("理由太长。", fields={"reason": f"最多 {LONGEST_REASON} 字"})
    if action == Action.SUBMIT:
        _refuse_unsourced(report)
    report.state = row.target
    _mark(report, action, words, by=by, at=at)
    report.save()
    data = {"version": report.edit_version, "from": row.source, "to": row.target}
    record(
        NewFact(report.id, "report", row.fact, data, ground=words if row.needs_reason else None), by=by, at=at
    )
    return report


def _refuse_unsourced(report: Report) -> None:
    """No number goes to the reviewer that has neither register nor source; every one is named."""
    missing = unbound(placed_numbers(report, content_of(report)))
    if missing:
        raise Invalid(
            f"有 {len(missing)} 个数字没有注明来源，不能送审。",
            how="请逐个点开，选择登记册中的数，或者写明来源。",
            fields={each.code: f"「{each.words}」：{each.sentence[:SHOWN]}" for each in missing},
        )


def _mark(report: Report, action: Action, reason: str, *, by: Actor, at: datetime) -> None:
    """Who submitted, who approved, why it was sent back; going back takes the approval away."""
    if action == Action.SUBMIT:
        report.submitted_by_id, report.returned_reason = by.id, ""
    elif action == Action.APPROVE:
        report.approved_by_id, report.approved_by_name, report.approved_at = by.id, by.name, at
    elif action in (Action.SEND_BACK, Action.DECLINE):
        report.approved_by_id, report.approved_by_name, report.approved_at = None, "", None
        report.returned_reason = f"{by.name}：{reason}"
    elif action == Action.MARK_PRINTED:
        report.printed_at = at


def ready(report_id: UUID, row: Transition, *, by: Actor, seen: int | None) -> Report:
    """The report, held, with every condition of the row met. Raises Refused, Missing, Conflict."""
    by.require(row.capability)
    report = locked(report_id)
    approved = report.approved_by_name != ""
    if report.state != row.source or row.approved not in (None, approved) or report.imported:
        label = State(report.state).label
        raise Conflict(f"本期现在处于「{label}」环节，不能「{row.label}」。", how="请刷新页面查看最新情况。")
    if seen is not None and seen != report.edit_version:
        raise Conflict("您打开之后，本期内容已被修改。", how="请刷新页面，看过最新内容后再办理。")
    if row.four_eyes == FourEyes.EDITORS and by.id in {*editors_of(report.id), report.submitted_by_id}:
        raise Refused(f"您参与过本期的编辑，不能再由您「{row.label}」。", how="请由没有参与编辑的同事办理。")
    return report


def submit_for_review(report_id: UUID, *, by: Actor, at: datetime, seen: int | None = None) -> Report:
    """送审."""
    return step(report_id, Action.SUBMIT, by=by, at=at, seen=seen)


def approve(report_id: UUID, *, by: Actor, at: datetime, seen: int | None = None) -> Report:
    """审核通过."""
    return step(report_id, Action.APPROVE, by=by, at=at, seen=seen)
