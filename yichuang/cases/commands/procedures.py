"""What holds or lengthens the clock: special procedures and the one extension."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.commands.step import Ask, Change, Ready, Stepped, begin, finish, with_clock
from yichuang.cases.flow import OTHER_LEGAL_BASIS, Action
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import client_key


@dataclass(frozen=True, slots=True)
class Basis:
    """The law and article on which a pause rests that is none of the eight of 行政许可法 art. 45."""

    law: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class HearingDays:
    """What is known of a hearing when the clock is stopped for it (行政许可法 arts. 47, 48)."""

    told_on: date | None = None
    asked_on: date | None = None
    notified_on: date | None = None
    held_on: date | None = None


def pause(
    case_id: UUID, *, ground: str, expected_days: int, note: str = "", basis: Basis | None = None,
    hearing: HearingDays | None = None, by: Actor, at: datetime, key: str, seen: int | None = None,
) -> Stepped:  # fmt: skip
    """Stop the clock for one of the eight procedures, telling the time needed (行政许可法 art. 45).

    Another law may exclude other time (取水许可和水资源费征收管理条例 art. 19): `basis` names it. The day of the pause
    itself still counts. Raises Invalid after the statutory limit has run out, without the basis, for a procedure
    announced longer than its own limit, and for a hearing's days that arts. 47 and 48 do not allow.
    """
    named = basis or Basis()
    _check_pause(ground, expected_days, named)
    words = {"note": note.strip(), "law": named.law.strip(), "article": named.article.strip()}
    words = {name: said for name, said in words.items() if said}
    content: dict[str, Any] = {"expected_days": expected_days}
    days = _hearing_data(ground, hearing)
    ask = Ask(Action.PAUSE, by, at, key, seen, ground, words, content=content | days)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    row = ready.case
    if row.statutory_due_on is not None and ready.day > row.statutory_due_on:
        raise Invalid("法定期限已经届满，不能再启动特别程序。", how="请尽快作出决定，并按规定说明超期原因。")
    _check_hearing(ready, days)
    facts = row.clock_facts((Action.PAUSE, ready.day, {}, ground))
    new = with_clock(ready, row, facts)
    until = rules.expected_until(ready.calendar, ready.day, expected_days)
    data = content | days | {"expected_until": until, "days_left": new.days_left}
    return finish(ask, ready, Change(new, data, until, keeps_holder=True))


def _check_pause(ground: str, expected_days: int, basis: Basis) -> None:
    wrong: dict[str, str] = {}
    most = rules.longest(ground)
    if not 1 <= expected_days <= most:
        wrong["expected_days"] = f"应为 1 至 {most} 的整数" + (
            "（听证：5 个工作日内提出，20 个工作日内组织，行政许可法第四十七条）"
            if ground == rules.HEARING
            else ""
        )
    if ground == OTHER_LEGAL_BASIS:
        if not basis.law.strip():
            wrong["law"] = "请写明所依据的法律、法规，例如：取水许可和水资源费征收管理条例"
        if not basis.article.strip():
            wrong["article"] = "请写明条款，例如：第十九条"
    if wrong:
        raise Invalid("特别程序的内容不完整，请按提示修改。", fields=wrong)


def _hearing_data(ground: str, hearing: HearingDays | None) -> dict[str, date]:
    if ground != rules.HEARING or hearing is None:
        return {}
    known = {name: getattr(hearing, name) for name in HearingDays.__slots__}
    return {name: day for name, day in known.items() if day is not None}


def _check_hearing(ready: Ready, days: Mapping[str, date]) -> None:
    if not days:
        return
    told = days.get("told_on", ready.day)
    known = rules.Hearing(told, days.get("asked_on"), days.get("notified_on"), days.get("held_on"))
    wrong = rules.hearing_faults(ready.calendar, known)
    if wrong:
        raise Invalid("听证的日期不符合法定期限。", fields=wrong)


def resume(
    case_id: UUID, *, result: str = "", overrun_reason: str = "", by: Actor, at: datetime, key: str,
    seen: int | None = None,
) -> Stepped:  # fmt: skip
    """Let the clock run again from the next working day; the days held are not counted (行政许可法 art. 45).

    Raises Invalid where the procedure outlasted the time told in writing and nobody says why.
    """
    words = {"result": result.strip(), "overrun_reason": overrun_reason.strip()}
    ask = Ask(Action.RESUME, by, at, key, seen, None, {name: said for name, said in words.items() if said})
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    over = overrun_days(ready)
    if over and not overrun_reason.strip():
        raise Invalid(
            f"特别程序已超过书面告知的时间 {over} 个工作日。", how="请写明超过的原因，将记入此件并告知申请人。",
            fields={"overrun_reason": "请写明超过预计时间的原因，例如：专家因汛情不能到场"},
        )  # fmt: skip
    return finish(ask, ready, resumption(ready, over))


def overrun_days(ready: Ready) -> int:
    """Working days by which the procedure that lasts has outlasted the time told; 0 while it has not."""
    row = ready.case
    if row.paused_on is None or row.paused_for is None:
        return 0
    until = rules.expected_until(ready.calendar, row.paused_on, row.paused_for)
    return rules.overrun(ready.calendar, until, ready.day)


def resumption(ready: Ready, over: int) -> Change:
    """What the end of a procedure makes of a case: its days held and overrun, and the new due dates."""
    row = ready.case
    new = with_clock(ready, row, row.clock_facts((Action.RESUME, ready.day, {}, "")))
    held = ready.calendar.between(row.paused_on, ready.day) if row.paused_on else 0
    data: dict[str, Any] = {"held": held, "due_on": new.due_on, "statutory_due_on": new.statutory_due_on}
    return Change(new, data | ({"overrun": over} if over else {}), keeps_holder=True)


def note_overrun(
    case_id: UUID, *, by: Actor = SYSTEM, at: datetime, key: str = "", seen: int | None = None
) -> Stepped:
    """Record once a pause that it has outlasted the time told in writing. Raises Conflict where there is nothing to note."""
    ask = Ask(Action.NOTE_OVERRUN, by, at, key or client_key(), seen)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    over, row = overrun_days(ready), ready.case
    last = next(
        (kind for kind, *_ in reversed(row.facts) if kind in ("case.paused", "case.pause_overrun")), ""
    )
    if not over or last == "case.pause_overrun":
        raise Conflict("特别程序没有超过预计时间，或者已经记录过。", how="无需再次记录。")
    data = {"expected_until": row.work_due_on, "overrun": over}
    return finish(ask, ready, Change(row, data, row.work_due_on, keeps_holder=True))


def extend(
    case_id: UUID, *, days: int, reason: str, ground: str = "art42", approver: str = "", approval: str = "",
    by: Actor, at: datetime, key: str, seen: int | None = None,
) -> Stepped:  # fmt: skip
    """Extend once, by no more than the law of the item's limit allows; the reason is told (行政许可法 art. 42).

    Ten working days approved by the head who acts; fifteen where the item is handled jointly (`art42_joint`), approved
    by the head of the government of that level: `approver` and the document of `approval` are then named in the words.
    """
    _check_extension(days, reason, ground, approver, approval)
    words = {"reason": reason.strip(), "approver": approver.strip(), "approval": approval.strip()}
    words = {name: said for name, said in words.items() if said or name == "reason"}
    ask = Ask(Action.EXTEND, by, at, key, seen, ground, words, content={"days": days})
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return ready
    row = ready.case
    _check_extendable(ready, ground)
    facts = row.clock_facts((Action.EXTEND, ready.day, {"days": days}, ""))
    new = with_clock(ready, replace(row, extended_days=days), facts)
    data = {"days": days, "due_on": new.due_on, "statutory_due_on": new.statutory_due_on}
    return finish(ask, ready, Change(new, data, keeps_holder=True))


JOINT = "art42_joint"


def _check_extension(days: int, reason: str, ground: str, approver: str, approval: str) -> None:
    wrong = {}
    most = rules.BY_CODE[JOINT if ground == JOINT else "art42"].extension
    if most is not None and not 1 <= days <= most.days:
        wrong["days"] = f"可延长 1 至 {most.days} 个工作日（行政许可法第四十二条）"
    if not reason.strip():
        wrong["reason"] = "请写明延长理由，将告知申请人"
    if ground == JOINT and not approver.strip():
        wrong["approver"] = "请写明批准的本级人民政府负责人，例如：示例市人民政府 张示例副市长"
    if ground == JOINT and not approval.strip():
        wrong["approval"] = "请写明批准文件，例如：示府办函〔2026〕8号"
    if wrong:
        raise Invalid("延期内容有误。", fields=wrong)


def _check_extendable(ready: Ready, ground: str) -> None:
    row, allowed = ready.case, ready.case.limit_rule.extension
    if (ground == JOINT) != row.handling.joint:
        raise Invalid(
            "延期的法定情形与事项的办理方式不符。",
            fields={
                "ground": "只有统一、联合或者集中办理的事项适用本级人民政府负责人批准的延长（第四十二条第二款）"
            },
        )
    if allowed is None or row.extension_days == 0:
        raise Invalid(
            "这个事项的法定期限不能延长。", how=f"{row.limit_rule.cited}的期限，办事指南和该条都没有延长的规定。",
            fields={"days": "此件不能延长，请在期限内作出决定"},
        )  # fmt: skip
    if row.extended_days:
        raise Invalid("此件已经延长过一次，不能再次延长。", how="行政许可法第四十二条只允许延长一次。")
    if row.statutory_due_on is not None and ready.day > row.statutory_due_on:
        raise Invalid("法定期限已经届满，不能再延长。", how="延长应当在期限届满前批准。")
