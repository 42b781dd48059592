"""The dates of an open case counted again by a calendar: what they should be, without writing anything."""

from dataclasses import dataclass
from datetime import date

from yichuang.cases import rules
from yichuang.cases.flow import State
from yichuang.cases.queries.one import CaseRow
from yichuang.workdays.rules import Calendar

ANSWER, DUE, PROCEDURE, DELIVERY = "answer", "due", "procedure", "delivery"
OPINION, REVIEW, SURVEY = "opinion", "expert_review", "survey"
DATE_LABELS = {
    ANSWER: "答复是否受理的日期",
    DUE: "到期日",
    PROCEDURE: "特别程序预计结束日",
    DELIVERY: "送达截止日",
    OPINION: "部门答复意见的期限",
    REVIEW: "专家评审期限",
    SURVEY: "现场核查期限",
}


@dataclass(frozen=True, slots=True)
class Dates:
    """Every stored date of a case that rests on the calendar, and which of them (`which`) its open work is due on."""

    which: str
    due_on: date | None
    statutory_due_on: date | None
    provisional: bool
    days_left: int | None
    statutory_days_left: int | None
    work_due_on: date | None


def stored(row: CaseRow) -> Dates | None:
    """What is stored now; None where no date rests on the calendar (a correction is answered by a day that was told)."""
    which = {
        State.RECEIVED: ANSWER,
        State.REVIEW: DUE,
        State.SPECIAL: PROCEDURE,
        State.DECIDED: DELIVERY,
    }.get(State(row.state))
    if which is None:
        return None
    return Dates(
        which, row.due_on, row.statutory_due_on, row.provisional, row.days_left, row.statutory_days_left,
        row.work_due_on,
    )  # fmt: skip


def recounted(row: CaseRow, calendar: Calendar) -> Dates | None:
    """The same by a calendar; a case moves when the two differ."""
    if row.state == State.RECEIVED:
        day = rules.answer_by(calendar, row.received_on, row.acceptance_rule)
        return Dates(ANSWER, None, None, False, None, None, day)
    if row.state == State.DECIDED and row.decided_on is not None:
        day = rules.deliver_by(calendar, row.decided_on, row.delivery_days)
        return Dates(DELIVERY, None, None, False, None, None, day)
    if row.accepted_on is None or row.state not in (State.REVIEW, State.SPECIAL):
        return None
    clock = rules.read_clock(calendar, row.clock_facts())
    due = clock.due_on
    if row.paused_on is not None and row.paused_for is not None:
        due = rules.expected_until(calendar, row.paused_on, row.paused_for)
    return Dates(
        PROCEDURE if row.paused_on else DUE, clock.due_on, clock.statutory_due_on, clock.provisional,
        clock.days_left, clock.statutory_days_left, due,
    )  # fmt: skip
