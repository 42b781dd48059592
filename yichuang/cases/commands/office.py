"""What the office does to a case: window, reviewer and head."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.commands.step import Ask, Change, Ready, Stepped, begin, finish, stopped, with_clock
from yichuang.cases.flow import DELIVERY_METHODS, Action, Outcome, State
from yichuang.cases.queries import load
from yichuang.directory.flow import Capability
from yichuang.directory.queries import colleagues
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing

LONGEST_RESPONSE_DAYS = 60


def accept(case_id: UUID, *, by: Actor, at: datetime, key: str, seen: int | None = None) -> Stepped:
    """Accept a complete filing: the clock starts with the next working day (行政许可法 arts. 32, 42, 82)."""
    ask = Ask(Action.ACCEPT, by, at, key, seen)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    row = ready.case
    facts = rules.ClockFacts(ready.day, row.statutory_days, row.promised_days)
    new = with_clock(ready, replace(row, accepted_on=ready.day), facts)
    data = {
        "statutory_days": row.statutory_days,
        "promised_days": row.promised_days,
        "due_on": new.due_on,
        "statutory_due_on": new.statutory_due_on,
        "provisional": new.provisional,
        "calendar": ready.calendar.version,
    }
    return finish(ask, ready, Change(new, data))


def refuse_acceptance(
    case_id: UUID, *, ground: str, reason: str, where_instead: str, by: Actor, at: datetime, key: str,
    seen: int | None = None,
) -> Stepped:  # fmt: skip
    """Refuse to accept, in writing, with the reason and the authority to turn to (行政许可法 art. 32).

    Raises Invalid without a reason, or, where the matter belongs to another authority, without naming it.
    """
    wrong = {}
    if not reason.strip():
        wrong["reason"] = "请写明不予受理的理由，将印入决定书"
    if ground == "not_competent" and not where_instead.strip():
        wrong["where_instead"] = "请写明应当向哪个行政机关申请"
    if wrong:
        raise Invalid("不予受理的内容不完整。", fields=wrong)
    words = {"reason": reason.strip(), "where_instead": where_instead.strip()}
    ask = Ask(Action.REFUSE_ACCEPTANCE, by, at, key, seen, ground, words)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    _check_not_corrected(ready, ground)
    new = replace(ready.case, closed_on=ready.day, outcome=Outcome.REFUSED)
    return finish(ask, ready, Change(new))


def ask_correction(
    case_id: UUID, *, lines: Sequence[Mapping[str, str]], respond_by: date, newly_shown: str = "", by: Actor,
    at: datetime, key: str, seen: int | None = None,
) -> Stepped:  # fmt: skip
    """Tell the applicant once and completely what is missing (行政许可法 art. 32 item 4).

    Each line is {"material", "problem", "requirement"}. A second time needs `newly_shown`: what only the answer
    has shown. Raises Invalid for no lines, an empty line, or a response date that is past or too far.
    """
    kept = [dict(line) for line in lines if any(str(value).strip() for value in line.values())]
    _check_lines(kept)
    words = {"lines": kept, "respond_by": respond_by, "newly_shown": newly_shown.strip()}
    ask = Ask(Action.ASK_CORRECTION, by, at, key, seen, None, words)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    row = ready.case
    _check_respond_by(respond_by, ready.day)
    if row.corrections and not newly_shown.strip():
        raise Invalid(
            "此件已一次性告知过补正。",
            how="只有补正后才发现的新问题可以再次告知，请写明新发现的情况。",
            fields={"newly_shown": "请写明补正材料新反映出的问题"},
        )
    new = replace(row, corrections=row.corrections + 1)
    data = {"lines": len(kept), "respond_by": respond_by, "times": new.corrections}
    return finish(ask, ready, Change(new, data, work_due_on=respond_by))


def _check_lines(lines: Sequence[Mapping[str, str]]) -> None:
    wrong: dict[str, str] = {}
    if not lines:
        wrong["lines"] = "请至少列出一项需要补正的内容"
    for position, line in enumerate(lines):
        if not line.get("material", "").strip() or not line.get("requirement", "").strip():
            wrong[f"lines-{position}"] = f"第 {position + 1} 项请写明材料名称和补正要求"
    if wrong:
        raise Invalid("补正告知的内容不完整，请按提示修改。", fields=wrong)


def _check_respond_by(respond_by: date, today: date) -> None:
    if not today < respond_by <= today + timedelta(days=LONGEST_RESPONSE_DAYS):
        raise Invalid(
            "补正截止日有误。",
            fields={"respond_by": f"补正截止日应在今天之后、{LONGEST_RESPONSE_DAYS} 天以内"},
        )


def _check_not_corrected(ready: Ready, ground: str) -> None:
    """Nobody is turned away for want of a correction that was not asked for, or whose day has not passed (art. 32)."""
    row = ready.case
    waiting = row.state == State.CORRECTING and row.work_due_on is not None and ready.day <= row.work_due_on
    if ground == "not_corrected" and (not row.corrections or waiting):
        raise Invalid(
            "还不能以未补正为由结束此件。", how="应当先一次性告知补正，并等到补正截止日以后。",
            fields={"ground": "尚未告知补正，或者补正截止日还没有过"},
        )  # fmt: skip


def propose(
    case_id: UUID,
    *,
    outcome: Outcome,
    opinion: str,
    by: Actor,
    at: datetime,
    key: str,
    seen: int | None = None,
) -> Stepped:
    """A reviewer's opinion with what is proposed; the head decides."""
    if outcome not in (Outcome.GRANTED, Outcome.DENIED) or not opinion.strip():
        raise Invalid("审查意见不完整。", fields={"opinion": "请选择拟准予或拟不予，并写明审查意见"})
    words, content = {"opinion": opinion.strip()}, {"outcome": outcome}
    ask = Ask(Action.PROPOSE, by, at, key, seen, None, words, internal=True, content=content)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    return finish(ask, ready, Change(ready.case, content))


def send_back(
    case_id: UUID, *, reason: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """The head sends a proposal back to review, with the reason."""
    if not reason.strip():
        raise Invalid("请写明退回重审的理由。", fields={"reason": "不能为空"})
    ask = Ask(Action.SEND_BACK, by, at, key, seen, None, {"reason": reason.strip()}, internal=True)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    if ready.case.work_kind != "decide":
        raise Conflict("此件还没有审查意见，不能退回重审。", how="请先由审查岗位提出意见。")
    return finish(ask, ready, Change(ready.case))


def pause(
    case_id: UUID, *, ground: str, expected_days: int, note: str = "", by: Actor, at: datetime, key: str,
    seen: int | None = None,
) -> Stepped:  # fmt: skip
    """Stop the clock for one of the eight procedures, telling the time needed (行政许可法 art. 45).

    The day of the pause itself still counts. Raises Invalid after the statutory limit has run out.
    """
    if not 1 <= expected_days <= 250:
        raise Invalid("请填写特别程序预计所需的工作日数。", fields={"expected_days": "应为 1 至 250 的整数"})
    words = {"note": note.strip()} if note.strip() else {}
    ask = Ask(Action.PAUSE, by, at, key, seen, ground, words, content={"expected_days": expected_days})
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    row = ready.case
    if row.statutory_due_on is not None and ready.day > row.statutory_due_on:
        raise Invalid("法定期限已经届满，不能再启动特别程序。", how="请尽快作出决定，并按规定说明超期原因。")
    facts = row.clock_facts((Action.PAUSE, ready.day, {}, ground))
    new = with_clock(ready, row, facts)
    until = ready.calendar.add(ready.day, expected_days)
    data = {"expected_days": expected_days, "expected_until": until, "days_left": new.days_left}
    return finish(ask, ready, Change(new, data, until, keeps_holder=True))


def resume(
    case_id: UUID, *, result: str = "", by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """Let the clock run again from the next working day; the days held are not counted (行政许可法 art. 45)."""
    ask = Ask(Action.RESUME, by, at, key, seen, None, {"result": result.strip()} if result.strip() else {})
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    row = ready.case
    facts = row.clock_facts((Action.RESUME, ready.day, {}, ""))
    new = with_clock(ready, row, facts)
    held = ready.calendar.between(row.paused_on, ready.day) if row.paused_on else 0
    data = {"held": held, "due_on": new.due_on, "statutory_due_on": new.statutory_due_on}
    return finish(ask, ready, Change(new, data, keeps_holder=True))


def extend(
    case_id: UUID, *, days: int, reason: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """Extend once, by at most ten working days, approved by the head who acts; the reason is told (行政许可法 art. 42)."""
    wrong = {}
    if not 1 <= days <= rules.EXTENSION_DAYS:
        wrong["days"] = f"可延长 1 至 {rules.EXTENSION_DAYS} 个工作日（行政许可法第四十二条）"
    if not reason.strip():
        wrong["reason"] = "请写明延长理由，将告知申请人"
    if wrong:
        raise Invalid("延期内容有误。", fields=wrong)
    ask = Ask(Action.EXTEND, by, at, key, seen, "art42", {"reason": reason.strip()}, content={"days": days})
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    row = ready.case
    if row.extended_days:
        raise Invalid("此件已经延长过一次，不能再次延长。", how="行政许可法第四十二条只允许延长一次。")
    if row.statutory_due_on is not None and ready.day > row.statutory_due_on:
        raise Invalid("法定期限已经届满，不能再延长。", how="延长应当在期限届满前批准。")
    facts = row.clock_facts((Action.EXTEND, ready.day, {"days": days}, ""))
    new = with_clock(ready, replace(row, extended_days=days), facts)
    data = {"days": days, "due_on": new.due_on, "statutory_due_on": new.statutory_due_on}
    return finish(ask, ready, Change(new, data, keeps_holder=True))


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
    if outcome not in (Outcome.GRANTED, Outcome.DENIED):
        raise Invalid("请选择准予或者不予。", fields={"outcome": "请选择决定结果"})
    if outcome == Outcome.DENIED and not reason.strip():
        raise Invalid(
            "不予许可应当说明理由。", fields={"reason": "请写明理由，将印入决定书（行政许可法第三十八条）"}
        )
    words = {"reason": reason.strip()} if reason.strip() else {}
    ask = Ask(Action.DECIDE, by, at, key, seen, None, words | {"outcome": outcome})
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    if ready.case.proposed_by == by.signature:
        raise Conflict("您已对此件提出审查意见，不能由同一人决定。", how="请由另一位有决定权限的负责人办理。")
    return finish(ask, ready, _decision(ready, outcome))


def _decision(ready: Ready, outcome: Outcome) -> Change:
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
    due = ready.calendar.add(ready.day, rules.DELIVERY_DAYS)
    return Change(new, data, due, document=f"decision_{outcome}", figures=True)


def deliver(
    case_id: UUID, *, method: str, receiver: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """Record the delivery of the result, within ten working days of the decision (行政许可法 art. 44)."""
    wrong = {}
    if method not in DELIVERY_METHODS:
        wrong["method"] = "请选择送达方式"
    if not receiver.strip():
        wrong["receiver"] = "请填写签收人，例如：示例科技有限公司 张示例"
    if wrong:
        raise Invalid("送达信息不完整。", fields=wrong)
    ask = Ask(
        Action.DELIVER, by, at, key, seen, None, {"receiver": receiver.strip()}, content={"method": method}
    )
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    return finish(ask, ready, Change(replace(ready.case, closed_on=ready.day), {"method": method}))


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
    _check_not_corrected(ready, ground)
    new = replace(stopped(ready.case), closed_on=ready.day, outcome=Outcome.TERMINATED)
    return finish(ask, ready, Change(new))


def hand_over(
    case_id: UUID, *, to: UUID, reason: str, by: Actor, at: datetime, key: str, seen: int | None = None
) -> Stepped:
    """Give the open work to a colleague of the case's department. Raises Invalid when that person may not do it."""
    ask = Ask(Action.HAND_OVER, by, at, key, seen, None, {"reason": reason.strip(), "to": to}, internal=True)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    row = ready.case
    able = {c.id: c for c in colleagues(row.department_id, WORK_CAPABILITY[row.work_kind or "review"])}
    chosen = able.get(to)
    wrong = {"reason": "请写明转交原因"} if not reason.strip() else {}
    if chosen is None:
        raise Invalid("转交信息不完整。", fields={"to": "请选择本部门有权限的同事"} | wrong)
    if wrong:
        raise Invalid("转交信息不完整。", fields=wrong)
    return finish(ask, ready, Change(row, {"to": to}, row.work_due_on, chosen.id, chosen.name))


WORK_CAPABILITY = {
    "accept": Capability.CASE_ACCEPT,
    "correct": Capability.CASE_ACCEPT,
    "review": Capability.CASE_REVIEW,
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
        {"id": case_id, "kind": row["kind"], "me": by.id, "name": by.name},
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
    row = load(case_id)
    if row is None or not row.visible_to(by) or row.work_kind is None:
        raise Missing("没有找到可领取的工作。", how="此件可能已经办结，请刷新页面。")
    by.require(Capability.CASE_CLAIM)
    return {"kind": row.work_kind, "holder": row.work_holder_name, "state": State(row.state)}
