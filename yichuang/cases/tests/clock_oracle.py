"""The law's clock once more, by another method: walk day by day and count on the fingers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from yichuang.workdays.tests.oracle import ONE_DAY, days, held, worked

Span = tuple[date, date]


@dataclass(frozen=True)
class Told:
    """What has happened to an accepted case: the closed holds, and the first day of one that still lasts."""

    accepted_on: date
    statutory: int
    promised: int
    extension: int = 0
    closed: tuple[Span, ...] = ()
    running: date | None = None
    after_hours: bool = False

    def granted(self, limit: int) -> int:
        """Days that a limit grants; one for a limit of none that begins on a rest day or after the window has closed."""
        return limit + self.extension or int(self.after_hours or not worked(self.accepted_on))

    def due(self, limit: int) -> date:
        """Walk on while days are left; a held day costs nothing, unless its hold began after the last day."""
        total, spent, last, day = self.granted(limit), 0, self.accepted_on, self.accepted_on
        while True:
            day += ONE_DAY
            if not worked(day):
                continue
            starts = [start for start, end in self.closed if start < day <= end]
            if starts and (spent < total or starts[0] <= last):
                last = day
            elif spent == total:
                return last
            else:
                spent += 1
                last = day if spent == total else last

    def used(self, on: date) -> int:
        """Elapsed less held, up to and including a day."""
        spans = [*self.closed, *([(self.running, on)] if self.running else [])]
        elapsed = sum(worked(day) for day in days(self.accepted_on + ONE_DAY, on))
        return elapsed - sum(worked(day) and held(day, spans) for day in days(self.accepted_on + ONE_DAY, on))

    def speed(self, on: date) -> str:
        """How a decision on a day stands to the promise (domain practice: 即办, 提前, 按时, 超期)."""
        if on == self.accepted_on:
            return "instant"
        spent, total = self.used(on), self.granted(self.promised)
        return "early" if spent < total else "on_time" if spent == total else "late"

    def pause(self, day: date) -> "Told":
        """A hold begins."""
        return replace(self, running=day)

    def resume(self, day: date) -> "Told":
        """The hold ends."""
        assert self.running is not None
        return replace(self, closed=(*self.closed, (self.running, day)), running=None)

    def extend(self, more: int) -> "Told":
        """Both limits grow."""
        return replace(self, extension=more)


def walk(start: date, count: int) -> date:
    """The so-and-so-many-th worked day after a day, step by step."""
    day = start
    while count:
        day += ONE_DAY
        count -= worked(day)
    return day


def walk_back(day: date, count: int) -> date:
    """The latest day after which so many worked days are left up to and including `day`, step by step."""
    while count:
        count -= worked(day)
        day -= ONE_DAY
    return day


def steps(first: date, last: date) -> int:
    """Worked days after the first, up to and including the last."""
    return sum(worked(day) for day in days(first + ONE_DAY, last))


def lawful(told: Told, move: str, day: date) -> bool:
    """Whether the law lets this happen on that day: nothing is paused or extended after the statutory limit."""
    if move == "resume":
        return told.running is not None
    if told.running is not None or day > told.due(told.statutory):
        return False
    return move == "pause" or not told.extension


Move = tuple[str, int, int]


def histories(told: Told, moves: Sequence[Move]) -> list[tuple[str, date, int, Told]]:
    """The lawful ones of some moves (what, days after the move before, days of extension), each with what it leads to."""
    found, day = [], told.accepted_on
    for move, gap, more in moves:
        later = day + timedelta(days=gap)
        if not lawful(told, move, later):
            continue
        day = later
        told = (
            told.pause(day)
            if move == "pause"
            else told.resume(day)
            if move == "resume"
            else told.extend(more)
        )
        found.append((move, day, more, told))
    return found


__all__ = ["Told", "histories", "lawful", "steps", "walk", "walk_back", "worked"]
