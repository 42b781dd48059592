"""The law's clock and the other arithmetic of a case: values to values, no Django, no today.

A step's dates come from its facts: accepted, paused, resumed, extended. Nothing is counted by adding one a day.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from yichuang.cases.flow import Promptness
from yichuang.workdays.rules import Calendar, DueDate, Hold, allowance, due_date, used_days

ACCEPTANCE_DAYS = 5
"""Working days to accept, refuse or ask for correction (行政许可法 art. 32)."""
DELIVERY_DAYS = 10
"""Working days to deliver the licence after the decision (行政许可法 art. 44)."""
EXTENSION_DAYS = 10
"""The most by which the head of an authority may extend (行政许可法 art. 42)."""


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What the clock needs to know of a case that was accepted."""

    accepted_on: date
    statutory_days: int
    promised_days: int
    extension: int = 0
    holds: tuple[Hold, ...] = ()


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
    for kind, day, data, ground in facts:
        if kind == "case.paused":
            holds.append(Hold(start=day, end=None, ground=ground))
        elif kind == "case.resumed" and holds and holds[-1].end is None:
            holds[-1] = Hold(start=holds[-1].start, end=day, ground=holds[-1].ground)
        elif kind == "case.extended":
            extension += int(data["days"])
    return ClockFacts(accepted_on, statutory_days, promised_days, extension, tuple(holds))


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
    counted: tuple[Hold, ...] = ()
    found = due_date(calendar, facts.accepted_on, days, (), facts.extension)
    for hold in closed:
        if hold.start > found.due_on:
            break
        counted = (*counted, hold)
        found = due_date(calendar, facts.accepted_on, days, counted, facts.extension)
    return found


def granted(calendar: Calendar, facts: ClockFacts, days: int) -> int:
    """Working days that a limit grants, extension included; a limit of 0 days accepted on a rest day has one."""
    return allowance(calendar, facts.accepted_on, days, facts.extension)


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


def number_prefix(region: str, department_code: str, year: int) -> str:
    """The fixed part of a case number: county-level division, department, year."""
    return f"{region[:6]}{department_code}-{year}-"


def follow_code(secret: str, case_id: UUID) -> str:
    """The code on the receipt by which a stranger to our accounts follows the case: 10 signs, 50 bits.

    It is derived, not stored, so a repeated filing yields the same receipt.
    """
    mac = hmac.new(secret.encode(), f"follow:{case_id}".encode(), hashlib.sha256).digest()
    return base64.b32encode(mac)[:10].decode()
