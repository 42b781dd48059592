"""A bulk act on its way: prepared, proposed, released by another, cancelled. Carrying it out: `bulk_acts_run`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from yichuang.cases.commands.bulk_acts_plans import plan_for
from yichuang.cases.commands.bulk_acts_run import check_block
from yichuang.cases.flow.bulk_acts import (
    CAN_BE_CANCELLED,
    KINDS,
    LONGEST_COOLING,
    LONGEST_REASON,
    LONGEST_RECEIVER,
    MOST_CASES,
    ActKind,
    ActState,
    RowState,
)
from yichuang.cases.models import BulkAct
from yichuang.cases.queries.bulk_acts import within
from yichuang.cases.queries.bulk_choice import Choice, chosen_cases, found_numbers, work_words
from yichuang.cases.rules.bulk_acts import persons, same_hand, starts_at
from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, ensure_partitions, hash_of, once, record
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7

FREEZE = """
insert into cases_bulkactcase (act_id, position, case_id, seen, state)
select %(act)s, t.position, t.case_id, t.seen, %(state)s
from unnest(%(cases)s::uuid[], %(seen)s::int[]) with ordinality as t(case_id, seen, position)
"""
SHOWN_WRONG = 5


@dataclass(frozen=True, slots=True)
class BulkForm:
    """What is to be done to every case. `cooling_minutes` None: as the kind offers it."""

    kind: ActKind
    outcome: str | None = None
    reason: str = ""
    method: str = ""
    receiver: str = ""
    cooling_minutes: int | None = None


@transaction.atomic
def prepare_bulk_act(form: BulkForm, choice: Choice, *, by: Actor, at: datetime, key: str) -> BulkAct:
    """Freeze the chosen cases and begin the look at what can be done with them; the key makes one act however often.

    Raises Refused without the rights, Invalid for a content that fits no case, for unknown numbers, or for no case.
    """
    _require(by, form.kind)
    act = _stated(form, by, at)
    hashed = hash_of(form, choice)
    done = once("bulk_act", key, subject_id=act.pk, body_hash=hashed, owner=by.signature, at=at)
    if done is not None:
        return BulkAct.objects.get(pk=done)
    plan_for(act, None, by=by, at=at)
    _known(choice)
    ensure_partitions(at)
    found = sql.rows(*chosen_cases(form.kind, choice, by=by))
    if not found:
        raise Invalid(
            "没有选到可以办理的件。",
            how=f"请先选择「{work_words(form.kind)}」的件；其他部门的件不在您的办理范围内。",
            fields={"numbers": "没有选到件"},
        )
    act.truncated = len(found) > MOST_CASES
    kept = found[:MOST_CASES]
    act.chosen, act.total = choice.words, len(kept)
    act.department_ids = sorted({row[2] for row in kept})
    act.clearance = max(row[3] for row in kept)
    act.save(force_insert=True)
    sql.execute(
        FREEZE,
        {
            "act": act.pk, "state": RowState.WAITING, "cases": [row[0] for row in kept], "seen": [row[1] for row in kept],
        },
    )  # fmt: skip
    _leave(act, "prepared", {"kind": act.kind, "total": act.total, "outcome": act.outcome}, by, at)
    # The first cases are looked at at once, so that a small act needs no waiting.
    check_block(act, by=by, at=at)
    return act


def _require(by: Actor, kind: ActKind, *, releases: bool = False) -> None:
    by.require(Capability.CASE_ACT_BULK)
    enough = KINDS[kind].preparers
    by.require(next((one for one in enough if by.can(one) and not releases), KINDS[kind].capability))
    if by.kind != "staff":
        raise Refused("批量办理由工作人员拟定和放行。")


def _stated(form: BulkForm, by: Actor, at: datetime) -> BulkAct:
    assert by.id is not None
    kind = KINDS[form.kind]
    cooling = kind.cooling if form.cooling_minutes is None else form.cooling_minutes
    wrong = {}
    if not kind.least_cooling <= cooling <= LONGEST_COOLING:
        wrong["cooling"] = f"请填 {kind.least_cooling} 至 {LONGEST_COOLING} 之间的分钟数"
    if len(form.reason) > LONGEST_REASON:
        wrong["reason"] = f"最多 {LONGEST_REASON} 字"
    if len(form.receiver) > LONGEST_RECEIVER:
        wrong["receiver"] = f"最多 {LONGEST_RECEIVER} 字"
    judges = form.kind in (ActKind.DECIDE, ActKind.PROPOSE)
    if judges and form.outcome not in ("granted", "denied"):
        wrong["outcome"] = "请选择结果"
    if wrong:
        raise Invalid("批量办理的内容不完整。", fields=wrong)
    delivers = form.kind == ActKind.DELIVER
    return BulkAct(
        id=uuid7(at), kind=form.kind, outcome=form.outcome if judges else None,
        reason=form.reason.strip() if judges else "", method=form.method if delivers else "",
        receiver=form.receiver.strip() if delivers else "", cooling_minutes=cooling, prepared_at=at,
        prepared_by_id=by.id, prepared_by_name=by.name, prepared_for_ids=_absent(by, form.kind),
    )  # fmt: skip


def _absent(by: Actor, kind: ActKind) -> list[UUID]:
    """The colleagues in whose place the rights of an act are held."""
    rights: Sequence[str] = (Capability.CASE_ACT_BULK, *KINDS[kind].preparers)
    return sorted({by.stands_for[right].account_id for right in rights if right in by.stands_for})


def _known(choice: Choice) -> None:
    if len(choice.numbers) > MOST_CASES:
        raise Invalid("编号太多。", fields={"numbers": f"一次最多 {MOST_CASES} 件，请分批办理"})
    known = found_numbers(choice.numbers)
    unknown = [one for one in choice.numbers if one not in known]
    if unknown:
        more = f"等 {len(unknown)} 个" if len(unknown) > SHOWN_WRONG else ""
        raise Invalid(
            "有的编号没有找到。",
            fields={"numbers": f"没有这些编号：{'、'.join(unknown[:SHOWN_WRONG])}{more}，请核对"},
        )


def propose_bulk_act(act_id: UUID, *, by: Actor, at: datetime) -> None:
    """Hand a prepared act to a second person; again it changes nothing. Raises Missing, Conflict, Invalid (nothing to do)."""
    by.require(Capability.CASE_ACT_BULK)
    with transaction.atomic():
        act = _held(act_id, by)
        if act.state == ActState.PROPOSED:
            return
        if act.state != ActState.DRAFTED:
            raise _moved(act)
        if act.prepared_by_id != by.id:
            raise Conflict("只有拟定人可以提交放行。", how=f"请联系{act.prepared_by_name}提交。")
        if not act.able:
            raise Invalid("没有一件可以办理，不用提交放行。", how="请看不能办理的原因，处理后重新拟定。")
        act.state, act.proposed_at = ActState.PROPOSED, at
        act.save(update_fields=["state", "proposed_at"])
        _leave(act, "proposed", {"able": act.able}, by, at)


def release_bulk_act(act_id: UUID, *, able: int, by: Actor, at: datetime) -> None:
    """Release what somebody else has prepared: after the cooling time it is recorded, and then never undone.

    `able`: how many cases the screen named. Raises Missing, Refused, Conflict (own hand, other state, other number).
    """
    by.require(Capability.CASE_ACT_BULK)
    with transaction.atomic():
        act = _held(act_id, by)
        _require(by, ActKind(act.kind), releases=True)
        absent = _absent(by, ActKind(act.kind))
        if act.state in (ActState.RELEASED, ActState.RUNNING) and act.released_by_id == by.id:
            return
        if act.state != ActState.PROPOSED or act.able != able:
            raise _moved(act)
        if same_hand([act.prepared_by_id, *act.prepared_for_ids], persons(by.id, absent)):
            raise Conflict(
                "批量办理由一人拟定、另一人放行，您（或您代理的同事）是拟定人。",
                how="请由另一位有权限的同事放行。",
            )
        act.state, act.released_at = ActState.RELEASED, at
        act.released_by_id, act.released_by_name, act.released_for_ids = by.id, by.name, absent
        act.starts_at = starts_at(at, act.cooling_minutes)
        act.save()
        stood_for = {"for": [str(one) for one in absent]} if absent else {}
        _leave(act, "released", {"able": act.able, "starts_at": act.starts_at, **stood_for}, by, at)


def cancel_bulk_act(act_id: UUID, *, reason: str, by: Actor, at: datetime) -> None:
    """Cancel an act, or stop it while it runs: what was recorded stays, the rest is not done. Again it changes nothing.

    Anybody with the rights of the act may. Raises Missing, Invalid without a reason, Conflict where it has ended.
    """
    by.require(Capability.CASE_ACT_BULK)
    with transaction.atomic():
        act = _held(act_id, by)
        _require(by, ActKind(act.kind))
        if act.state == ActState.CANCELLED:
            return
        if act.state not in CAN_BE_CANCELLED:
            raise Conflict(
                "这次批量办理已经完成，不能取消。", how="已作出的决定依法不能撤回；确有错误的请逐件处理。"
            )
        if not 0 < len(reason.strip()) <= LONGEST_REASON:
            raise Invalid("请写明取消的理由。", fields={"why": "例如：第 3 批材料需要重新核对"})
        act.state, act.ended_at = ActState.CANCELLED, at
        act.cancelled_by_name, act.cancelled_why, act.receiver = by.name, reason.strip(), ""
        act.save()
        _leave(act, "cancelled", {"done": act.done, "left": act.able - act.done}, by, at)


def _held(act_id: UUID, by: Actor) -> BulkAct:
    act = BulkAct.objects.select_for_update().filter(pk=act_id).first()
    if act is None or not within(act, by):
        raise Missing
    return act


def _moved(act: BulkAct) -> Conflict:
    return Conflict(f"这次批量办理目前为「{ActState(act.state).label}」。", how="请刷新页面查看最新情况。")


def _leave(act: BulkAct, name: str, data: dict[str, Any], by: Actor, at: datetime) -> None:
    record(NewFact(act.pk, "bulk_act", f"bulk_act.{name}", data), by=by, at=at)
