"""Random histories of cases over the years of the calendar: the law's clock against a walk day by day.

No database: facts go into the pure rules as they would come out of the journal; the oracle knows only what happened
and the bare calendar file. Each history is made from its own number, so that one that differs can be told again.
"""

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from multiprocessing import get_context
from typing import Any

from yichuang.cases import rules
from yichuang.cases.flow import PAUSE_GROUNDS_ALL
from yichuang.cases.rules import Happened
from yichuang.cases.tests.clock_oracle import Told, lawful, steps, walk, walk_back, worked
from yichuang.workdays.data import packaged_calendar

CALENDAR = packaged_calendar()
FIRST, LAST = date(2018, 2, 1), date(2027, 9, 30)
PUBLISHED = range(2018, 2027)
GROUNDS = tuple(PAUSE_GROUNDS_ALL)
LIMITS = ((0, 0), (5, 0), (20, 0), (5, 5), (20, 1), (20, 10), (20, 20), (30, 15), (45, 20), (45, 45))
RENEWALS = ("art50", "water25", "radio19", "radio33")
CLOCKS = ("00:00:00", "09:00:00", "17:29:59", "17:30:00", "17:30:01", "23:59:59")
CHUNK = 500
SHOWN = 5
Fact = tuple[str, date, dict[str, Any], str]


@dataclass
class History:
    """One case as it goes: what the journal would hold, what the oracle was told, and where the two disagreed."""

    number: int
    chance: random.Random
    facts: list[Fact] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def same(self, what: str, program: object, walked: object) -> None:
        """Note a difference."""
        if program != walked:
            self.differences.append(f"{self.number} {what}: {program} ≠ {walked}")

    def later(self, day: date, most: int) -> date:
        """A day up to so many days later."""
        return day + timedelta(days=self.chance.randrange(most + 1))


def history(number: int, seed: int = 0) -> History:
    """Live one case from filing to delivery and compare every date on the way."""
    it = History(number, random.Random(seed * 1_000_003 + number))
    filed = FIRST + timedelta(days=it.chance.randrange((LAST - FIRST).days))
    received = _door(it, filed)
    told = _accepted(it, received)
    day = told.accepted_on
    for _ in range(it.chance.randrange(7)):
        day, told = _move(it, day, told)
        _compare(it, told, day)
    if told.running is not None:
        day, told = _resume(it, it.later(day, 20), told)
        _compare(it, told, day)
    _ended(it, day, told)
    _renewed(it, filed)
    return it


def _door(it: History, filed: date) -> date:
    """Filing, perhaps one correction: the day from which the window's five days run, and when silence speaks."""
    received = filed
    if it.chance.random() < 0.3:
        received = it.later(filed, 40)
        it.facts.append(("case.correction_answered", received, {}, ""))
    it.same("received", rules.received_on(filed, it.facts), received)
    last = walk(received, 5)
    it.same("answer by", rules.answer_by(CALENDAR, received), last)
    for asked in (last - timedelta(days=1), last, last + timedelta(days=1), it.later(received, 20)):
        it.same(f"silent on {asked}", rules.silent(CALENDAR, received, asked), asked > last)
    return received


def _accepted(it: History, received: date) -> Told:
    """The window answers, in time or not at all: silence accepts from the day of receipt (art. 32)."""
    statutory, promised = it.chance.choice(LIMITS)
    answered = it.later(received, 12)
    silence = answered > walk(received, 5)
    told = Told(received if silence else answered, statutory, promised)
    data: dict[str, Any] = {}
    if not promised and not silence:
        data["time"] = it.chance.choice(CLOCKS)
        told = replace(told, after_hours=time.fromisoformat(data["time"]) > time(17, 30))
    it.facts.append(("case.accepted", answered, data, ""))
    _compare(it, told, told.accepted_on)
    return told


def _move(it: History, day: date, told: Told) -> tuple[date, Told]:
    """Something that the law allows on that day, or nothing."""
    move = it.chance.choice(("pause", "resume", "resume", "extend", "propose"))
    on = it.later(day, 14)
    if move == "propose" or not lawful(told, move, on):
        return day, told
    if move == "pause":
        it.facts.append(
            ("case.paused", on, {"expected_days": it.chance.randint(1, 25)}, it.chance.choice(GROUNDS))
        )
        return on, told.pause(on)
    if move == "resume":
        return _resume(it, on, told)
    more = it.chance.randint(1, 15)
    it.facts.append(("case.extended", on, {"days": more}, "art42"))
    return on, told.extend(more)


def _resume(it: History, on: date, told: Told) -> tuple[date, Told]:
    """The end of a hold, with the days by which it outlasted the time that was told."""
    kind, start, data, _ = it.facts[-1]
    assert (kind, told.running) == ("case.paused", start)
    until = walk(start, data["expected_days"])
    it.same("expected until", rules.expected_until(CALENDAR, start, data["expected_days"]), until)
    over = max(1, steps(until, on)) if on > until else 0
    it.same("overrun", rules.overrun(CALENDAR, until, on), over)
    it.facts.append(("case.resumed", on, {}, ""))
    return on, told.resume(on)


def _clock_facts(it: History, told: Told) -> rules.ClockFacts:
    return rules.clock_facts(told.accepted_on, told.statutory, told.promised, it.facts)


def _compare(it: History, told: Told, day: date) -> None:
    """The clock as the rules read it from the facts, and as the walk finds it."""
    facts = _clock_facts(it, told)
    clock = rules.read_clock(CALENDAR, facts)
    if told.running is not None:
        spent = told.used(told.running)
        it.same("paused on", clock.paused_on, told.running)
        it.same("no due date while paused", (clock.due_on, clock.statutory_due_on), (None, None))
        it.same("days left", clock.days_left, told.granted(told.promised) - spent)
        it.same("statutory days left", clock.statutory_days_left, told.granted(told.statutory) - spent)
    else:
        due, statutory = told.due(told.promised), told.due(told.statutory)
        it.same("due", clock.due_on, due)
        it.same("statutory due", clock.statutory_due_on, statutory)
        span = range(told.accepted_on.year, max(due, statutory).year + 1)
        it.same("provisional", clock.provisional, any(year not in PUBLISHED for year in span))
        if due is not None and day <= due:
            it.same("left", rules.days_left(CALENDAR, clock.due_on, day), steps(day, due))
    on = it.later(day, 30)
    paused = [(hold.start, hold.end or on) for hold in facts.holds]
    elapsed = steps(told.accepted_on, on) if on > told.accepted_on else 0
    lost = sum(steps(min(start, on), min(end, on)) for start, end in paused)
    it.same("used = elapsed − paused", rules.days_used(CALENDAR, facts, on), elapsed - lost)


def _ended(it: History, day: date, told: Told) -> None:
    """The decision is judged on its day; delivery has its own limit; the steps add up to what was used."""
    on = max(day, told.due(told.promised)) if it.chance.random() < 0.3 else it.later(day, 40)
    facts = _clock_facts(it, told)
    used, granted = rules.days_used(CALENDAR, facts, on), rules.granted(CALENDAR, facts, told.promised)
    it.same("used at the decision", used, told.used(on))
    it.same("promptness", rules.promptness(used, granted, same_day=on == told.accepted_on), told.speed(on))
    promised = it.chance.choice((0, 3, 10))
    last = walk(on, promised) if promised else on if worked(on) else walk(on, 1)
    due = rules.deliver_by(CALENDAR, on, promised)
    it.same("deliver by", due, last)
    delivered = it.later(on, 20)
    late = max(1, steps(last, delivered)) if delivered > last else 0
    left = rules.days_left(CALENDAR, due, delivered)
    it.same("delivery late", max(0, -(left or 0)), late)
    happened = [Happened("case.filed", told.accepted_on), Happened("case.accepted", told.accepted_on)]
    happened += [
        Happened(kind, when) for kind, when, *_ in it.facts if kind in ("case.paused", "case.resumed")
    ]
    spans = rules.spans([*happened, Happened("case.decided", on)])
    spent = sum(rules.worked_days(CALENDAR, span) for span in spans if span.step != "held")
    it.same("steps add up", spent, told.used(on))


def _renewed(it: History, filed: date) -> None:
    """A renewal: the last day to ask, whether it was asked in time, and when silence would grant it (art. 50)."""
    rule = rules.BY_CODE[it.chance.choice(RENEWALS)]
    expires = it.later(filed + timedelta(days=10), 70)
    natural = rule.counting.value == "natural_days"
    last = expires - timedelta(days=rule.days) if natural else walk_back(expires, rule.days)
    found = rules.renewal(CALENDAR, expires, filed, rule)
    it.same(f"ask by ({rule.code})", found.ask_by, last)
    it.same("asked in time", found.in_time, filed <= last)
    it.same("licence over", (found.over(expires), found.over(expires + timedelta(days=1))), (False, True))


@dataclass(frozen=True)
class Outcome:
    """What a run has found: how many histories, how many of them differ, and the first few differences."""

    histories: int
    differences: int
    shown: tuple[str, ...] = ()


def compare(first: int, count: int, seed: int = 0) -> Outcome:
    """Some histories by their numbers, in this process."""
    told = [it.differences for it in (history(number, seed) for number in range(first, first + count))]
    wrong = [lines for lines in told if lines]
    return Outcome(count, len(wrong), tuple(lines[0] for lines in wrong[:SHOWN]))


def prove(count: int, *, seed: int = 0, workers: int = 1) -> Outcome:
    """So many histories, divided among processes."""
    parts = list(_parts(count))
    if workers == 1:
        found = [compare(first, size, seed) for first, size in parts]
    else:
        # Fresh processes: one that is forked beside running threads may wait for ever for a lock nobody holds.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(compare, *zip(*parts, strict=True), [seed] * len(parts)))
    shown = [line for part in found for line in part.shown]
    return Outcome(
        sum(part.histories for part in found), sum(part.differences for part in found), tuple(shown[:SHOWN])
    )


def _parts(count: int) -> Iterator[tuple[int, int]]:
    for first in range(0, count, CHUNK):
        yield first, min(CHUNK, count - first)
