"""Whose desk the open work lies on: claim, release, hand-over."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from yichuang.cases.commands.step import Ask, Change, Stepped, begin, finish, in_whose_place
from yichuang.cases.flow import Action, State
from yichuang.cases.queries import CaseRow, load_visible
from yichuang.directory.flow import Capability
from yichuang.directory.queries import able_staff
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing


def hand_over(
    case_id: UUID, *, to: UUID, reason: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """Give the open work to a colleague who may do it, from every open state; the clock is untouched.

    What nobody holds, or the actor holds, may be handed on; what another holds is reassigned by whoever may decide,
    and the fact names whom it was taken from. Raises Invalid when the chosen person may not do it, Conflict with the
    holder's name.
    """
    ask = Ask(Action.HAND_OVER, by, at, key, seen, None, {"reason": reason.strip(), "to": to}, internal=True)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    row = ready.case
    _check_reassigns(row, by)
    able = {c.id: c for c in able_staff(row.department_id, WORK_CAPABILITY[row.work_kind or "review"])}
    chosen = able.get(to)
    wrong = {"reason": "请写明转交原因"} if not reason.strip() else {}
    if chosen is None:
        raise Invalid("转交信息不完整。", fields={"to": "请选择本部门有权限的同事"} | wrong)
    if wrong:
        raise Invalid("转交信息不完整。", fields=wrong)
    data: dict[str, Any] = {"to": to} | ({"from": row.work_holder_id} if row.work_holder_id else {})
    return finish(ask, ready, Change(row, data, row.work_due_on, chosen.id, chosen.name))


def may_hand_on(row: CaseRow, actor: Actor) -> bool:
    """Whether an actor disposes of the open work: whoever decides always, others of what they hold or could take."""
    if actor.can(Capability.CASE_DECIDE):
        return True
    wanted = WORK_CAPABILITY.get(row.work_kind or "")
    free = row.work_holder_id is None and wanted is not None and actor.can(wanted)
    return free or (actor.id is not None and row.work_holder_id == actor.id)


def _check_reassigns(row: CaseRow, by: Actor) -> None:
    if not may_hand_on(row, by):
        holder = f"由{row.work_holder_name}经办" if row.work_holder_name else "的这一环节不由您的岗位办理"
        raise Conflict(
            f"此件{holder}，只有经办的同事或者负责人可以转交。", how="请联系经办人转交，或请负责人改派。"
        )


def expedite(
    case_id: UUID, *, reason: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """Put an urgent case into the green channel (急事急办), with the reason: marked in every queue, its limit unchanged.

    Raises Invalid without a reason, Conflict where it is in the green channel already.
    """
    if not reason.strip():
        raise Invalid(
            "请写明急事急办的理由。", fields={"reason": "请写明理由，例如：防汛抢险工程，须在汛期前开工"}
        )
    ask = Ask(Action.EXPEDITE, by, at, key, seen, None, {"reason": reason.strip()}, internal=True)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    row = ready.case
    if row.green:
        raise Conflict("此件已经列入绿色通道。", how="不需要再次列入，请按急件办理。")
    return finish(ask, ready, Change(replace(row, green=True), {}, row.work_due_on, keeps_holder=True))


WORK_CAPABILITY = {
    "accept": Capability.CASE_ACCEPT,
    "correct": Capability.CASE_ACCEPT,
    "review": Capability.CASE_REVIEW,
    "second": Capability.CASE_ENDORSE,
    "countersign": Capability.CASE_DECIDE,
    "decide": Capability.CASE_DECIDE,
    "resume": Capability.CASE_PAUSE,
    "deliver": Capability.CASE_DELIVER,
}


def claim(case_id: UUID, *, by: Actor, at: datetime) -> None:  # noqa: ARG001 - every command is told the time
    """Take an open piece of work: one conditional UPDATE, so exactly one of many wins. No fact: law is untouched.

    Raises Conflict with the holder's name when somebody else holds it.
    """
    row = _work(case_id, by)
    capability = WORK_CAPABILITY[row["kind"]]
    by.require(capability)
    taken = sql.execute(
        "update cases_work set holder_id = %(me)s, holder_name = %(name)s "
        "where case_id = %(id)s and kind = %(kind)s and (holder_id is null or holder_id = %(me)s)",
        {"id": case_id, "kind": row["kind"], "me": by.id, "name": in_whose_place(by, capability)[0].name},
    )
    if not taken:
        holder = _work(case_id, by)["holder"]
        said = f"此件已由{holder}领取。" if holder else "此件刚刚转入下一环节。"
        raise Conflict(said, how="如需接手，请联系经办人转交。" if holder else "请刷新页面后再领取。")


def release(case_id: UUID, *, by: Actor, at: datetime) -> None:  # noqa: ARG001 - every command is told the time
    """Put claimed work back into the department's queue. Only its holder can."""
    _work(case_id, by)
    if not sql.execute(
        "update cases_work set holder_id = null, holder_name = '' where case_id = %(id)s and holder_id = %(me)s",
        {"id": case_id, "me": by.id},
    ):
        raise Conflict("此件不在您名下。", how="请刷新页面查看最新经办人。")


def _work(case_id: UUID, by: Actor) -> dict[str, Any]:
    row = load_visible(case_id, by=by)
    if row is None or row.work_kind is None:
        raise Missing("没有找到可领取的工作。", how="此件可能已经办结，请刷新页面。")
    by.require(Capability.CASE_CLAIM)
    return {"kind": row.work_kind, "holder": row.work_holder_name, "state": State(row.state)}
