"""How a case ends: decision, delivery, termination."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.commands.corrections import check_not_corrected
from yichuang.cases.commands.levels import check_signer, stands_at
from yichuang.cases.commands.settled import check_complete, check_settled
from yichuang.cases.commands.step import (
    Ask,
    Asking,
    Change,
    Plan,
    Ready,
    Stepped,
    begin,
    carry_out,
    finish,
    stopped,
)
from yichuang.cases.flow import DELIVERY_METHODS, Action, Outcome, WorkKind
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid


def decide(
    case_id: UUID,
    *,
    outcome: Outcome,
    reason: str = "",
    by: Actor,
    at: datetime,
    key: str,
    seen: int | None = None,
) -> Stepped:
    """Decide. On time is judged here; a denial states its reasons and the remedies (行政许可法 arts. 38, 42).

    Raises Invalid for a denial without reason, Conflict where the same person has proposed and would decide.
    """
    plan = decision_plan(Asking(by, at, key, seen), outcome=outcome, reason=reason)
    return carry_out(case_id, plan)


def decision_plan(who: Asking, *, outcome: Outcome, reason: str) -> Plan:
    """A decision before it is taken. Raises Invalid for a denial without reason."""
    if outcome not in (Outcome.GRANTED, Outcome.DENIED):
        raise Invalid("请选择准予或者不予。", fields={"outcome": "请选择决定结果"})
    if outcome == Outcome.DENIED and not reason.strip():
        raise Invalid(
            "不予许可应当说明理由。", fields={"reason": "请写明理由，将印入决定书（行政许可法第三十八条）"}
        )
    words = {"reason": reason.strip()} if reason.strip() else {}

    def judge(ready: Ready) -> Change:
        if ready.case.handling.levels:
            stands_at(ready, WorkKind.DECIDE)
        check_signer(ready, who.by, WorkKind.DECIDE)
        check_settled(ready)
        check_complete(ready)
        return replace(decision(ready, outcome), as_read=True)

    ask = Ask(Action.DECIDE, who.by, who.at, who.key, who.seen, None, words | {"outcome": outcome})
    return Plan(ask, judge)


def decision(ready: Ready, outcome: Outcome) -> Change:
    """What a decision makes of a case: the clock stops, on time is judged, delivery falls due (行政许可法 art. 44)."""
    row = ready.case
    facts = row.clock_facts()
    used = rules.days_used(ready.calendar, facts, ready.day)
    promised = rules.granted(ready.calendar, facts, row.promised_days)
    speed = rules.promptness(used, promised, same_day=ready.day == row.accepted_on)
    new = replace(
        stopped(row), decided_on=ready.day, days_used=used, outcome=outcome, promptness=speed,
    )  # fmt: skip
    data = {
        "outcome": outcome,
        "days_used": used,
        "promptness": speed,
        "statutory_days": row.statutory_days + row.extended_days,
        "promised_days": row.promised_days + row.extended_days,
        "calendar": ready.calendar.version,
    }
    due = rules.deliver_by(ready.calendar, ready.day, row.delivery_days)
    return Change(new, data, due, document=f"decision_{outcome}", figures=True)


def deliver(
    case_id: UUID, *, method: str, receiver: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """Record the delivery of the result, within ten working days of the decision or what the guide promises (art. 44).

    A late delivery says in its fact by how many working days.
    """
    plan = delivery_plan(Asking(by, at, key, seen), method=method, receiver=receiver)
    return carry_out(case_id, plan)


def delivery_plan(who: Asking, *, method: str, receiver: str) -> Plan:
    """A delivery before it is recorded. Raises Invalid without a method or a receiver."""
    wrong = {}
    if method not in DELIVERY_METHODS:
        wrong["method"] = "请选择送达方式"
    if not receiver.strip():
        wrong["receiver"] = "请填写签收人，例如：示例科技有限公司 张示例"
    if wrong:
        raise Invalid("送达信息不完整。", fields=wrong)
    ask = Ask(
        Action.DELIVER,
        who.by,
        who.at,
        who.key,
        who.seen,
        words={"receiver": receiver.strip()},
        content={"method": method},
    )

    def judge(ready: Ready) -> Change:
        left = rules.days_left(ready.calendar, ready.case.work_due_on, ready.day)
        data = {"method": method} | ({"days_late": -left} if left is not None and left < 0 else {})
        return Change(replace(ready.case, closed_on=ready.day), data)

    return Plan(ask, judge)


def terminate(
    case_id: UUID, *, ground: str, reason: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """End a case that cannot be decided; it does not count as 办结."""
    if not reason.strip():
        raise Invalid("请写明终结办理的理由。", fields={"reason": "不能为空，将告知申请人"})
    ask = Ask(Action.TERMINATE, by, at, key, seen, ground, {"reason": reason.strip()})
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    check_not_corrected(ready, ground)
    new = replace(stopped(ready.case), closed_on=ready.day, outcome=Outcome.TERMINATED)
    return finish(ask, ready, Change(new))
