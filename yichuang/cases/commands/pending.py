"""容缺受理: a case is accepted although minor materials are still to come, each with a promised day.

What is missing blocks only the decision: the clock runs, the examination goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from yichuang.cases.commands.acceptance import acceptance
from yichuang.cases.commands.happenings import Happening, done_before, examined, key_hash, leave
from yichuang.cases.commands.step import Ask, Change, Ready, Stepped, begin, finish
from yichuang.cases.flow import PENDING_MATERIALS, Action
from yichuang.cases.flow.reviewers import LONGEST_PROMISE
from yichuang.cases.models import Pending
from yichuang.cases.queries.pending import may_follow
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Promise:
    """A material that is to follow: its code in the guide, and the day promised for it."""

    code: str
    promised_on: date | None


def accept_pending(
    case_id: UUID, materials: Sequence[Promise], *, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """Accept with materials to follow: the notice of acceptance names each with its day (容缺受理).

    Raises as `accept`; Invalid (fields `promised-<code>`) for a material that the guide does not let follow, for none
    at all, or for a day that is past or too far.
    """
    words = {"pending": [{"code": one.code, "promised_on": one.promised_on} for one in materials]}
    ask = Ask(Action.ACCEPT, by, at, key, seen, PENDING_MATERIALS, content=words)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    named = dict(may_follow(ready.case))
    _check(ready, materials, named)
    change = acceptance(ready, at)
    listed = [
        {"code": one.code, "name": named[one.code], "promised_on": one.promised_on} for one in materials
    ]
    new = replace(change.row, pending_open=len(materials))
    with transaction.atomic():
        done = finish(ask, ready, replace(change, row=new, data={**change.data, "pending": listed}))
        if not done.replayed:
            _promise(ready, materials, named, at)
    return done


def _check(ready: Ready, materials: Sequence[Promise], named: Mapping[str, str]) -> None:
    wrong: dict[str, str] = {}
    furthest = ready.calendar.add(ready.day, LONGEST_PROMISE)
    codes = [one.code for one in materials]
    if not named:
        raise Invalid("本事项的办事指南没有列出可以容缺的材料。", how="材料不齐的，请一次性告知补正。")
    if not materials:
        wrong[""] = "请至少选择一项容缺材料；材料已齐的，直接受理即可"
    for one in materials:
        if one.code not in named or codes.count(one.code) > 1:
            wrong[f"promised-{one.code}"] = "办事指南没有把这项材料列为可以容缺，或者重复列出"
        elif one.promised_on is None or not ready.day < one.promised_on <= furthest:
            wrong[f"promised-{one.code}"] = (
                f"承诺日期应在今天之后、{furthest} 以前（{LONGEST_PROMISE} 个工作日以内）"
            )
    if wrong:
        raise Invalid("容缺受理的内容不完整，请按提示填写。", fields=wrong)


def _promise(ready: Ready, materials: Sequence[Promise], named: Mapping[str, str], at: datetime) -> None:
    row = ready.case
    Pending.objects.bulk_create(
        Pending(
            id=uuid7(at), case_id=row.id, case_number=row.number, item_name=row.item_name,
            applicant_id=row.applicant_id, code=one.code, name=named[one.code], accepted_on=ready.day,
            promised_on=one.promised_on,
        )
        for one in materials
        if one.promised_on is not None
    )  # fmt: skip


def supply(
    pending_id: UUID, *, sha256: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """A material has come, from the applicant online or over the counter (`sha256` of its file, empty for paper).

    Case and list change in one transaction; the clock runs on. Raises Missing, Conflict (came before, other state).
    """
    found = Pending.objects.filter(pk=pending_id).first()
    if found is None:
        raise Missing
    how = "online" if by.kind == "applicant" else "window"
    data = {"code": found.code, "name": found.name, "how": how, "sha256": sha256 or None}
    ask = Ask(Action.SUPPLY, by, at, key, seen, content=data)
    ready = begin(found.case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    if found.received_on is not None or ready.case.pending_open < 1:
        raise Conflict(f"「{found.name}」已经收到，不用再交。", how="请刷新页面查看最新情况。")
    new = replace(ready.case, pending_open=ready.case.pending_open - 1)
    with transaction.atomic():
        change = Change(new, data | {"open": new.pending_open}, ready.case.work_due_on, keeps_holder=True)
        done = finish(ask, ready, change)
        if not done.replayed:
            came = Pending.objects.filter(pk=pending_id, received_on=None)
            if not came.update(received_on=ready.day, received_how=how):
                # It came between our first look and the case's row: the step is taken back with it.
                raise Conflict(f"「{found.name}」已经收到，不用再交。", how="请刷新页面查看最新情况。")
    return done


@transaction.atomic
def put_off(
    pending_id: UUID, until: date | None, reason: str, *, by: Actor, at: datetime, key: str
) -> Pending:
    """Put a promised day off, once and with a reason, to at most twenty working days from today.

    Raises Missing, Conflict (came already, put off before), Invalid.
    """
    by.require(Capability.CASE_ACCEPT)
    held = Pending.objects.select_for_update().filter(pk=pending_id).first()
    if held is None:
        raise Missing
    row = examined(held.case_id, by=by)
    body = key_hash(by, "put_off", until, reason)
    if done_before(held.id, key, body):
        return held
    if held.received_on is not None:
        raise Conflict(f"「{held.name}」已经收到，不用改期。", how="请刷新页面查看最新情况。")
    if held.put_off_from is not None:
        raise Conflict(
            f"「{held.name}」的承诺日期已经改过一次。", how="承诺日期只能改一次；请催促申请人尽快补交。"
        )
    _check_put_off(held, until, reason, local_day(at))
    assert until is not None
    held.put_off_from, held.promised_on, held.put_off_reason = held.promised_on, until, reason.strip()
    held.save(update_fields=["put_off_from", "promised_on", "put_off_reason"])
    data = {"code": held.code, "from": held.put_off_from, "until": until}
    what = Happening(
        held.id, "pending_material", "pending.put_off", held.case_id, row.department_id, data, {"reason": held.put_off_reason}
    )  # fmt: skip
    leave(what, by=by, at=at, key=key, body=body)
    return held


def _check_put_off(held: Pending, until: date | None, reason: str, today: date) -> None:
    furthest = calendar().add(today, LONGEST_PROMISE)
    wrong: dict[str, str] = {}
    if until is None or not max(today, held.promised_on) < until <= furthest:
        wrong["until"] = f"应晚于今天和原承诺日期，不晚于 {furthest}"
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        wrong["reason"] = f"请写明改期的理由，不超过 {LONGEST_REASON} 字"
    if wrong:
        raise Invalid("改期的内容不完整，请按提示填写。", fields=wrong)
