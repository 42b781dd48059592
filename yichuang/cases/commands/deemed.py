"""What the law makes of silence, done by the platform itself: deemed acceptance, deemed renewal, pauses that overran.

Each case is a transaction of its own and each step is safe beside a clerk's: the row moves only from the state and
version that were read. Run again, nothing new happens; broken off, the next run goes on.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import DataError, IntegrityError, InternalError

from yichuang.cases import flow, rules
from yichuang.cases.commands.acceptance import acceptance
from yichuang.cases.commands.decision import decision
from yichuang.cases.commands.procedures import note_overrun, overrun_days, resumption
from yichuang.cases.commands.step import Ask, Stepped, begin, finish
from yichuang.cases.flow import Action, Outcome, State
from yichuang.cases.queries import load
from yichuang.cases.queries.lapses import Place, expired, overrunning, unanswered
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day

log = logging.getLogger(__name__)
BATCH = 200
ART32, ART50 = "art32", "art50"

Candidates = Callable[[date, Place | None, int], list[Place]]
Act = Callable[[UUID, datetime], bool]


@dataclass(frozen=True, slots=True)
class Lapsed:
    """How many cases a run has dealt with: deemed accepted, deemed granted, overruns noted, and those with trouble."""

    accepted: int = 0
    granted: int = 0
    overrun: int = 0
    trouble: int = 0


def lapse(*, at: datetime, batch: int = BATCH) -> Lapsed:
    """All three, in the order in which the law speaks: acceptance, renewal, overruns."""
    accepted, first = _every(unanswered, _accept, at, batch)
    granted, second = _every(expired, _grant, at, batch)
    overrun, third = _every(overrunning, _note, at, batch)
    return Lapsed(accepted, granted, overrun, first + second + third)


def accept_silent(at: datetime, *, batch: int = BATCH) -> int:
    """Accept every application that was left unanswered for five working days, from the day of receipt (art. 32).

    The limits run from that day; the notice goes out by the effects. How many.
    """
    return _every(unanswered, _accept, at, batch)[0]


def grant_lapsed(at: datetime, *, batch: int = BATCH) -> int:
    """Grant every renewal that was asked for in time and left undecided until the licence had run out (art. 50).

    What is still unaccepted is accepted, what is paused is resumed; materials that were to follow stay owed, but do not
    hinder what the law itself decides. Not granted: what was asked for late, and what waits for the applicant's
    correction. How many.
    """
    return _every(expired, _grant, at, batch)[0]


def note_overruns(at: datetime, *, batch: int = BATCH) -> int:
    """Note once for every pause that it has outlasted the time told in writing (art. 45). How many."""
    return _every(overrunning, _note, at, batch)[0]


def _every(candidates: Candidates, act: Act, at: datetime, batch: int) -> tuple[int, int]:
    """Batch by batch, each case by itself; one that fails is logged and does not hold up the others."""
    done = trouble = 0
    after: Place | None = None
    while places := candidates(local_day(at), after, batch):
        for after in places:
            try:
                done += act(after[1], at)
            except Problem as problem:
                log.info("case %s went on by itself: %s", after[1], problem.message)
            except (DataError, IntegrityError, InternalError):
                trouble += 1
                log.exception("case %s could not be dealt with; the others go on", after[1])
    return done, trouble


def _accept(case_id: UUID, at: datetime) -> bool:
    ask = Ask(Action.ACCEPT, SYSTEM, at, client_key(), ground=flow.SILENCE)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return False
    row = ready.case
    # The stored day may be older than the calendar: the rules decide.
    if not rules.silent(ready.calendar, row.received_on, ready.day, row.acceptance_rule):
        return False
    finish(ask, ready, acceptance(ready, at, on=row.received_on, deemed=ART32))
    return True


def _grant(case_id: UUID, at: datetime) -> bool:
    """Each step is a fact and a transaction of its own; broken off in between, the next run goes on from there."""
    row = load(case_id)
    renewal = row.renewal if row else None
    if row is None or renewal is None or not (renewal.in_time and renewal.over(local_day(at))):
        return False
    if row.state == State.CORRECTING:
        return False
    if row.state == State.RECEIVED:
        _accept_renewal(case_id, at)
    if row.state == State.SPECIAL:
        _resume(case_id, at)
    ask = Ask(Action.DECIDE, SYSTEM, at, client_key(), ground=flow.RENEWAL_SILENCE)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return False
    change = decision(ready, Outcome.GRANTED)
    owed = {"pending": ready.case.pending_open} if ready.case.pending_open else {}
    data = {**change.data, "deemed": ART50, "expired_on": renewal.expires_on, **owed}
    finish(ask, ready, replace(change, row=replace(change.row, pending_open=0), data=data))
    return True


def _accept_renewal(case_id: UUID, at: datetime) -> None:
    ask = Ask(Action.ACCEPT, SYSTEM, at, client_key(), ground=flow.SILENCE)
    ready = begin(case_id, ask)
    if isinstance(ready, Stepped):
        return
    row = ready.case
    silent = rules.silent(ready.calendar, row.received_on, ready.day, row.acceptance_rule)
    if not silent:  # The window still had days to answer, but the licence had none.
        ask = replace(ask, ground=flow.RENEWAL_SILENCE)
    change = acceptance(ready, at, on=row.received_on, deemed=ART32 if silent else ART50)
    finish(ask, ready, change)


def _resume(case_id: UUID, at: datetime) -> None:
    ask = Ask(Action.RESUME, SYSTEM, at, client_key(), words={"result": "许可有效期届满，特别程序结束"})
    ready = begin(case_id, ask)
    if not isinstance(ready, Stepped):
        finish(ask, ready, resumption(ready, overrun_days(ready)))


def _note(case_id: UUID, at: datetime) -> bool:
    note_overrun(case_id, at=at)
    return True
