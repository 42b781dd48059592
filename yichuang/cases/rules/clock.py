"""The law's clock and the other arithmetic of a case: values to values, no Django, no today.

A step's dates come from its facts: accepted, paused, resumed, extended. Nothing is counted by adding one a day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from yichuang.cases.flow import Promptness
from yichuang.cases.rules.limits import BY_CODE, HEAD
from yichuang.workdays.rules import (
    CLOSING,
    Calendar,
    DueDate,
    Hold,
    allowance,
    due_date,
    due_on,
    instant_due,
    used_days,
)

ACCEPTANCE_DAYS = BY_CODE["art32"].days
"""Working days to accept, refuse or ask for correction (行政许可法 art. 32)."""
DELIVERY_DAYS = BY_CODE["art44"].days
"""Working days to deliver the licence after the decision (行政许可法 art. 44)."""
EXTENSION_DAYS = HEAD.days
"""The most by which the head of an authority may extend (行政许可法 art. 42)."""


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What the clock needs to know of a case that was accepted.

    `accepted_time` is known for instant items (即办件): after closing time the next working day counts.
    """

    accepted_on: date
    statutory_days: int
    promised_days: int
    extension: int = 0
    holds: tuple[Hold, ...] = ()
    accepted_time: time | None = None

    @property
    def after_hours(self) -> bool:
        """Whether an instant item was accepted after the window had closed; closing time itself is in time."""
        return self.accepted_time is not None and self.accepted_time > CLOSING


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock as it stands after the facts. While paused the due dates are None and days are left."""

    due_on: date | None
    statutory_due_on: date | None
    provisional: bool
    days_left: int | None
    statutory_days_left: int | None
    paused_on: date | None
    explanation: tuple[str, ...]
    statutory_explanation: tuple[str, ...]


def clock_facts(
    accepted_on: date,
    statutory_days: int,
    promised_days: int,
    facts: Iterable[tuple[str, date, Mapping[str, Any], str]],
) -> ClockFacts:
    """Gather the clock's facts from (kind, day, data, ground) in the order in which they happened."""
    holds: list[Hold] = []
    extension = 0
    moment: time | None = None
    for kind, day, data, ground in facts:
        if kind == "case.paused":
            holds.append(Hold(start=day, end=None, ground=ground))
        elif kind == "case.resumed" and holds and holds[-1].end is None:
            holds[-1] = Hold(start=holds[-1].start, end=day, ground=holds[-1].ground)
        elif kind == "case.extended":
            extension += int(data["days"])
        elif kind == "case.accepted" and data.get("time"):
            moment = time.fromisoformat(data["time"])
    return ClockFacts(accepted_on, statutory_days, promised_days, extension, tuple(holds), moment)


def read_clock(calendar: Calendar, facts: ClockFacts) -> Clock:
    """Compute both limits. Statutory: 行政许可法 arts. 42, 45, 82; the promised limit is counted by the same rule."""
    closed = tuple(hold for hold in facts.holds if hold.end is not None)
    promised = limit(calendar, facts, facts.promised_days, closed)
    statutory = limit(calendar, facts, facts.statutory_days, closed)
    running = next((hold for hold in facts.holds if hold.end is None), None)
    if running is None:
        return Clock(
            promised.due_on, statutory.due_on, promised.provisional or statutory.provisional, None, None, None,
            promised.explanation, statutory.explanation,
        )  # fmt: skip
    used = used_days(calendar, facts.accepted_on, running.start, closed)
    return Clock(
        None, None, False,
        granted(calendar, facts, facts.promised_days) - used, granted(calendar, facts, facts.statutory_days) - used,
        running.start, promised.explanation, statutory.explanation,
    )  # fmt: skip


def limit(calendar: Calendar, facts: ClockFacts, days: int, closed: tuple[Hold, ...]) -> DueDate:
    """One limit's due date. A hold that began after the limit had run out cannot revive it, so it is left out."""
    late = facts.after_hours and not days + facts.extension
    total = 1 if late else days
    counted: tuple[Hold, ...] = ()
    found = due_on(calendar, facts.accepted_on, total, (), facts.extension)
    for hold in closed:
        if hold.start > found:
            break
        counted = (*counted, hold)
        found = due_on(calendar, facts.accepted_on, total, counted, facts.extension)
    told = due_date(calendar, facts.accepted_on, total, counted, facts.extension)
    if not late or facts.accepted_time is None:
        return told
    instant = instant_due(calendar, datetime.combine(facts.accepted_on, facts.accepted_time)).explanation
    return replace(told, explanation=(instant[0], *told.explanation) if counted else instant)


def granted(calendar: Calendar, facts: ClockFacts, days: int) -> int:
    """Working days that a limit grants, extension included; none that begin on a rest day or after closing have one."""
    return allowance(calendar, facts.accepted_on, days, facts.extension) or int(facts.after_hours)


def days_used(calendar: Calendar, facts: ClockFacts, on: date) -> int:
    """Working days used up to and including a day, less those held."""
    holds = tuple(hold if hold.end else Hold(hold.start, on, hold.ground) for hold in facts.holds)
    return used_days(calendar, facts.accepted_on, on, holds)


def promptness(used: int, promised: int, *, same_day: bool) -> Promptness:
    """How a decision stands to the promised limit (extension included): judged on the day of the decision."""
    if same_day:
        return Promptness.INSTANT
    if used < promised:
        return Promptness.EARLY
    return Promptness.ON_TIME if used == promised else Promptness.LATE


def days_left(calendar: Calendar, due_on: date | None, today: date) -> int | None:
    """Working days left: 0 today, negative overdue (at least -1), None where nothing is due."""
    if due_on is None:
        return None
    if today > due_on:
        return -max(1, calendar.between(due_on, today))
    return calendar.between(today, due_on)
