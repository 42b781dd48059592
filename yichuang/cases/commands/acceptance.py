"""Acceptance and refusal at the door (行政许可法 arts. 32, 38)."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.commands.corrections import check_not_corrected
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
    with_clock,
)
from yichuang.cases.flow import Action, Outcome
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.times import SHANGHAI


def accept(case_id: UUID, *, by: Actor, at: datetime, key: str, seen: int | None = None) -> Stepped:
    """Accept a complete filing: the clock starts with the next working day (行政许可法 arts. 32, 42, 82)."""
    return carry_out(case_id, acceptance_plan(Asking(by, at, key, seen)))


def acceptance_plan(who: Asking) -> Plan:
    """An acceptance before it is taken."""
    ask = Ask(Action.ACCEPT, who.by, who.at, who.key, who.seen)
    return Plan(ask, lambda ready: acceptance(ready, who.at))


def acceptance(ready: Ready, at: datetime, *, on: date | None = None, deemed: str = "") -> Change:
    """What an acceptance makes of a case; its limits run from `on`, or from today.

    Who answers after the five days are over accepts what the law has accepted already: then they run from the day of
    receipt (行政许可法 art. 32). `deemed` names the article by which the platform accepts.
    """
    row = ready.case
    if on is None and rules.silent(ready.calendar, row.received_on, ready.day, row.acceptance_rule):
        on = row.received_on
    day = on or ready.day
    # The hour matters to items that are done at once, and only where it was at this very moment that they were accepted.
    time = at.astimezone(SHANGHAI).time() if not row.promised_days and day == ready.day else None
    facts = rules.ClockFacts(day, row.statutory_days, row.promised_days, accepted_time=time)
    new = with_clock(ready, replace(row, accepted_on=day), facts)
    data = {
        "accepted_on": day,
        "statutory_days": row.statutory_days,
        "promised_days": row.promised_days,
        "due_on": new.due_on,
        "statutory_due_on": new.statutory_due_on,
        "provisional": new.provisional,
        "calendar": ready.calendar.version,
    }
    data |= {"time": time.isoformat()} if time else {}
    data |= {"deemed": deemed} if deemed else {}
    return Change(new, data)


def refuse_acceptance(
    case_id: UUID, *, ground: str, reason: str, where_instead: str = "", by: Actor, at: datetime, key: str,
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
    check_not_corrected(ready, ground)
    new = replace(ready.case, closed_on=ready.day, outcome=Outcome.REFUSED)
    return finish(ask, ready, Change(new))
