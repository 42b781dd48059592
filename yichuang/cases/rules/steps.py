"""The time of each step, from the same facts as the clock: who needed how many working days, held time left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from yichuang.cases.flow import LEVELS, WorkKind
from yichuang.workdays.rules import Calendar

ACCEPT, CORRECT, HELD, DELIVER = "accept", "correct", "held", "deliver"
# What ends with a fact of this kind, whatever went before.
CLOSES = {
    "case.correction_asked": ACCEPT,
    "case.accepted": ACCEPT,
    "case.refused": ACCEPT,
    "case.correction_answered": CORRECT,
    "case.proposed": str(WorkKind.REVIEW),
    "case.endorsed": str(WorkKind.SECOND),
    "case.countersigned": str(WorkKind.COUNTERSIGN),
    "case.decided": str(WorkKind.DECIDE),
    "case.resumed": HELD,
    "case.delivered": DELIVER,
}
# These end the step that was open, whichever it was.
BREAKS = frozenset({"case.paused", "case.sent_back", "case.withdrawn", "case.terminated"})
LAST = frozenset({"case.refused", "case.delivered", "case.withdrawn", "case.terminated"})


@dataclass(frozen=True, slots=True)
class Happened:
    """What the time of steps is read from: the kind of a fact, its day, who acted, for which department."""

    kind: str
    day: date
    actor: str = ""
    department: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of work on one step: the day it began (not counted), the day it ended (counted), by whom it was ended."""

    step: str
    start: date
    end: date
    actor: str
    department: str


def step_due(calendar: Calendar, opened_on: date, days: int) -> date:
    """The last day that a step may take by the guide, from the day on which its work was opened."""
    return calendar.add(opened_on, days) if days else calendar.next_workday(opened_on)


def spans(facts: Iterable[Happened], levels: Sequence[str] = ()) -> tuple[Span, ...]:
    """The steps of a case one after the other, without gap or overlap: their days add up to what the clock has used.

    Held time is a span of its own (`held`), so is the applicant's correction (`correct`).
    """
    order = [str(kind) for kind in LEVELS if kind in (LEVELS[0], LEVELS[-1]) or kind in levels]
    found: list[Span] = []
    step, start = ACCEPT, date.min
    for fact in facts:
        if fact.kind == "case.filed":
            step, start = ACCEPT, fact.day
            continue
        closed = step if fact.kind in BREAKS else CLOSES.get(fact.kind)
        if closed is None:
            continue
        found.append(Span(closed, start, fact.day, fact.actor, fact.department))
        if fact.kind in LAST:
            break
        step, start = _next(fact, order), fact.day
    return tuple(found)


def _next(fact: Happened, order: list[str]) -> str:
    """The step that opens when a fact has closed one."""
    review = order[0]
    following = {
        "case.correction_asked": CORRECT,
        "case.correction_answered": ACCEPT,
        "case.accepted": review,
        "case.paused": HELD,
        "case.resumed": review,
        "case.sent_back": fact.to or review,
        "case.decided": DELIVER,
    }.get(fact.kind)
    if following is not None:
        return following
    closed = CLOSES[fact.kind]
    return order[min(order.index(closed) + 1, len(order) - 1)] if closed in order else order[-1]


def worked_days(calendar: Calendar, span: Span) -> int:
    """Working days of a span: the day it began is not counted, the day it ended is (行政许可法 art. 82)."""
    return calendar.between(span.start, span.end)
