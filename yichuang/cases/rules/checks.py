"""The clocks of site surveys and expert reviews: their own days beside the case's clock, and how a step outlives a pause.

A survey or a review is the work itself, often the very content of a pause (行政许可法 art. 45). Its days are counted from
the act that began it and run on while the case's clock stands; nothing is added to them, and of several last days the
earliest holds. The levels of examination are part of the case's limit: what is held there is not counted here either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yichuang.cases.flow import OTHER_LEGAL_BASIS, WorkKind
from yichuang.cases.rules.clock import ClockFacts, limit
from yichuang.cases.rules.levels import SIGNATURES, following
from yichuang.cases.rules.steps import step_due
from yichuang.workdays.rules import Calendar, Hold

REVIEW, SURVEY = "expert_review", "survey"
# Which pause has which work as its content. A survey is none of the eight of art. 45: only another law can exclude it.
CONTENT_OF = {"expert_review": REVIEW, OTHER_LEGAL_BASIS: SURVEY}


def begun(earlier: Sequence[tuple[date, bool]], own: date) -> date:
    """The day from which a step's days run. `earlier`: (day, whether it came to a result), the oldest first.

    What was called off and begun again is the same step: it does not get its days a second time.
    """
    first = own
    for day, had_result in reversed(earlier):
        if had_result:
            break
        first = min(first, day)
    return first


@dataclass(frozen=True, slots=True)
class Check:
    """What a survey's or review's last day rests on: `days` told by the act itself, `promised` ones of the guide.

    `fixed`: the day that the act named instead of a number of days (a survey is arranged for a day).
    """

    kind: str
    arranged_on: date
    begun_on: date
    days: int | None = None
    fixed: date | None = None
    promised: int | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """One of the last days that a check has: `told` by the act, `promised` by the guide, or the `pause` around it."""

    source: str
    day: date


def bounds(calendar: Calendar, check: Check) -> tuple[Bound, ...]:
    """The last days of a check without any pause. A survey's arranged day counts only where the guide promises nothing."""
    found = []
    if check.days is not None:
        found.append(Bound("told", step_due(calendar, check.arranged_on, check.days)))
    if check.promised is not None:
        found.append(Bound("promised", step_due(calendar, check.begun_on, check.promised)))
    # A review drawn before its days were kept has the day that was told: a promise of the guide does not take its place.
    if check.fixed is not None and (check.promised is None or check.kind == REVIEW):
        found.append(Bound("told", check.fixed))
    return tuple(found)


def check_due(calendar: Calendar, check: Check) -> date:
    """The last day of a survey or review: the earliest of those that bind it (never the sum of them)."""
    return min(bound.day for bound in bounds(calendar, check))


def within_pause(due: date, kind: str, ground: str | None, until: date | None) -> date:
    """The same while the case is paused for this very work: not after the day that was told in writing (art. 45)."""
    if until is None or CONTENT_OF.get(ground or "") != kind:
        return due
    return min(due, until)


@dataclass(frozen=True, slots=True)
class Opened:
    """The level that is open, the day on which its days began, and what was held since."""

    step: str
    on: date
    holds: tuple[Hold, ...] = ()


def opened(facts: Iterable[tuple[Any, ...]], levels: Sequence[str]) -> Opened | None:
    """The open level of examination, from (kind, day, data, ground, …); None before acceptance.

    A pause keeps the first level's days used; it ends a higher level, whose case begins anew at the first (a new round).
    """
    now: Opened | None = None
    for kind, day, data, ground, *_ in facts:
        now = _after(now, kind, day, data, ground, levels)
    return now


def _after(
    now: Opened | None, kind: str, day: date, data: Mapping[str, Any], ground: str, levels: Sequence[str]
) -> Opened | None:
    first = str(WorkKind.REVIEW)
    if kind == "case.accepted":
        return Opened(first, day)
    if now is None:
        return None
    if kind in SIGNATURES:
        above = str(following(levels, SIGNATURES[kind]))
        return now if above == now.step else Opened(above, day)
    if kind == "case.sent_back":
        return Opened(str(data.get("to") or first), day)
    if kind == "case.paused":
        return Opened(now.step, now.on, (*now.holds, Hold(day, None, ground)))
    if kind == "case.resumed" and now.holds and now.holds[-1].end is None:
        if now.step != first:
            return Opened(first, day)
        held = Hold(now.holds[-1].start, day, now.holds[-1].ground)
        return Opened(first, now.on, (*now.holds[:-1], held))
    return now


def level_due(calendar: Calendar, step: Opened, days: int) -> date | None:
    """The last day of a level by the guide, held days left out; None while a pause lasts."""
    if any(hold.end is None for hold in step.holds):
        return None
    if not step.holds:
        return step_due(calendar, step.on, days)
    facts = ClockFacts(step.on, days, days, holds=step.holds)
    return limit(calendar, facts, days, step.holds).due_on
