"""The events of the year, one after the other in the order of their days, made anew by every run from the same seed.

A case that is concluded on its day (即办) is told at once, acceptance and decision after each other, as a department's system tells it.

Nothing is held but what may still be concluded: at full size 30 million events pass through some tens of megabytes.
"""

from bisect import bisect
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate, chain, islice
from typing import NamedTuple

from bench.replay.plan import CARRIED_OVER, FIRST, Plan, each_day
from bench.replay.printed import GROUPS, LAST
from yichuang.kernel.times import SHANGHAI

SEED = 2022
KNUTH = 2_654_435_761
"""Multiplied by it, numbers in a row fall evenly between 0 and 2³²."""
MORNING, AFTERNOON = 9, 14
MOST_WAITING = 400_000
"""Of each group so many cases may still be concluded; older ones stay open for good, as 12 million did."""
SAME_DAY = 0.6
"""The part of a day's conclusions that concern cases of that day (即办)."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a case is about: codes as the department's own system says them."""

    department: str
    item: str
    item_type: str
    limit_days: int | None = None


class Event(NamedTuple):
    """One event of one case: `serial` counts within the case, `second` within the day; days in working days, None where none are reported."""

    source_number: str
    serial: int
    kind: str
    day: date
    accepted_on: date
    group: str
    matter: Matter
    second: int
    days_used: int | None = None

    def as_json(self) -> dict[str, object]:
        """As the platform's door reads it (`exchange.rules.lines`)."""
        moment = datetime.combine(self.day, time(), SHANGHAI) + timedelta(seconds=self.second)
        said: dict[str, object] = {
            "source_number": self.source_number, "event_no": self.serial, "kind": self.kind, "at": moment.isoformat(),
            "item_code": self.matter.item,
        }  # fmt: skip
        if self.kind == "decided":
            said["outcome"] = "granted"
            if self.days_used is not None:
                said |= {"days_used": self.days_used, "limit_days": self.matter.limit_days}
        return said

    def line(self) -> str:
        """The same as a line of JSON, put together by hand: a year has thirty million. Nothing in it needs escaping."""
        minute, second = divmod(self.second, 60)
        hour, minute = divmod(minute, 60)
        more = ""
        if self.kind == "decided":
            more = ',"outcome":"granted"'
            if self.days_used is not None:
                more += f',"days_used":{self.days_used},"limit_days":{self.matter.limit_days}'
        return (
            f'{{"source_number":"{self.source_number}","event_no":{self.serial},"kind":"{self.kind}",'
            f'"at":"{_iso(self.day)}T{hour:02d}:{minute:02d}:{second:02d}+08:00","item_code":"{self.matter.item}"{more}}}\n'
        )


@lru_cache(maxsize=1024)
def _iso(day: date) -> str:
    return day.isoformat()


class Choice:
    """One of several matters, the n-th with 1/n of the weight of the first (Zipf)."""

    def __init__(self, matters: Sequence[Matter]) -> None:
        self.matters = matters
        self.weights = list(accumulate(1 / rank for rank in range(1, len(matters) + 1)))

    def of(self, number: int) -> Matter:
        """The matter of the n-th case: always the same."""
        chance = ((number + SEED) * KNUTH & 0xFFFF_FFFF) / 2**32
        return self.matters[min(bisect(self.weights, chance * self.weights[-1]), len(self.matters) - 1)]


@dataclass(slots=True)
class Waiting:
    """The cases of a group that may still be concluded, oldest first, and the number of the next one."""

    cases: deque[tuple[int, date]]
    following: int = 1


def events(plan: Plan, matters: Mapping[str, Sequence[Matter]]) -> Iterator[Event]:
    """Everything from what the year opens with to the last printed day. Raises IndexError for a plan that cannot be."""
    choices = {group: Choice(matters[group]) for group in GROUPS}
    waiting = {group: Waiting(deque()) for group in GROUPS}
    first, last = CARRIED_OVER
    for group in GROUPS:
        span = (last - first).days + 1
        for place in range(plan.opening[group]):
            yield _accepted(group, waiting[group], choices[group], first + timedelta(days=place % span))
    for day in each_day(FIRST, LAST):
        for group in GROUPS:
            yield from _day(plan, group, day, waiting[group], choices[group])


def _day(plan: Plan, group: str, day: date, waiting: Waiting, choice: Choice) -> Iterator[Event]:
    accepted, concluded = plan.pieces[group, "accepted", day], plan.pieces[group, "concluded", day]
    fresh = min(int(concluded * SAME_DAY), accepted)
    for place in range(accepted):
        yield _accepted(group, waiting, choice, day)
        if place >= accepted - fresh:
            yield _decided(group, *waiting.cases.pop(), day, choice)
    for _ in range(concluded - fresh):
        yield _decided(group, *waiting.cases.popleft(), day, choice)
    while len(waiting.cases) > MOST_WAITING:
        waiting.cases.popleft()


def _accepted(group: str, waiting: Waiting, choice: Choice, day: date) -> Event:
    number = waiting.following
    waiting.following += 1
    waiting.cases.append((number, day))
    return Event(
        _numbered(group, number), 1, "accepted", day, day, group, choice.of(number), _second(number, MORNING)
    )


def _decided(group: str, number: int, accepted_on: date, day: date, choice: Choice) -> Event:
    matter = choice.of(number)
    used = None if matter.limit_days is None else _weekdays(accepted_on, day)
    return Event(
        _numbered(group, number),
        2,
        "decided",
        day,
        accepted_on,
        group,
        matter,
        _second(number, AFTERNOON),
        used,
    )


def _numbered(group: str, number: int) -> str:
    """The number of a case in its department's own system: ten characters."""
    return f"{group[0].upper()}{number:09d}"


def _second(number: int, from_hour: int) -> int:
    """A second of the four hours after an hour, another for every case."""
    return from_hour * 3600 + (number * KNUTH & 0xFFFF_FFFF) * 14_400 // 2**32


def _weekdays(start: date, end: date) -> int:
    """Weekdays after a day up to another, counted: near enough to working days for what a system reports."""
    whole, rest = divmod((end - start).days, 7)
    return whole * 5 + sum((start + timedelta(days=whole * 7 + n + 1)).weekday() < 5 for n in range(rest))


def until(source: Iterator[Event], last: date, kept: list[Event]) -> Iterator[Event]:
    """The events up to a day; the first of what follows is put aside in `kept`, and comes first the next time."""
    for event in chain(list(kept), source):
        kept.clear()
        if event.day > last:
            kept.append(event)
            return
        yield event


def batches(found: Iterable[Event], size: int) -> Iterator[list[Event]]:
    """The events in batches, as a department's system sends them."""
    source = iter(found)
    while batch := list(islice(source, size)):
        yield batch


def json_lines(batch: Iterable[Event]) -> str:
    """A batch as JSON lines."""
    return "".join(event.line() for event in batch)
