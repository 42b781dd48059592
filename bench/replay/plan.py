"""How many cases of each group are accepted and concluded on each day, so that every printed total is met to the unit.

Between two printed days the arrivals follow the days: a working day has three times the weight of a rest day, as filings
online have it. All whole numbers; the same scale always gives the same plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bench.replay.printed import GROUPS, ISSUES, LAST, VERBS, YEAR

WEEKDAY, REST_DAY = 3, 1
SATURDAY = 5
FIRST = date(YEAR, 1, 1)
CARRIED_OVER = date(YEAR - 1, 12, 1), date(YEAR - 1, 12, 31)
"""When the cases were accepted with which the year opens."""

Cell = tuple[str, str, date]


@dataclass(frozen=True)
class Plan:
    """Pieces by (group, verb, day), and how many cases of each group the year opens with."""

    scale: int
    pieces: Mapping[Cell, int]
    opening: Mapping[str, int]

    def between(self, group: str, verb: str, first: date, last: date) -> int:
        """What the plan has of a group from a day to a day: the target of every figure."""
        return sum(self.pieces[group, verb, day] for day in each_day(first, last))

    def total(self, verb: str) -> int:
        """Everything of the year, the opening left out."""
        return sum(number for (_, of, _), number in self.pieces.items() if of == verb)


def each_day(first: date, last: date) -> list[date]:
    """Every day from the first to the last."""
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def weight(day: date) -> int:
    """How much of a stretch falls on a day."""
    return REST_DAY if day.weekday() >= SATURDAY else WEEKDAY


def spread(number: int, days: list[date]) -> list[int]:
    """A number over days by their weight: whole numbers whose sum is exactly the number."""
    whole, seen, given, found = sum(map(weight, days)), 0, 0, []
    for day in days:
        seen += weight(day)
        upto = number * seen // whole
        found.append(upto - given)
        given = upto
    return found


def plan(scale: int = 1) -> Plan:
    """The year at a scale: printed ÷ scale, half up."""
    pieces: dict[Cell, int] = {}
    before = dict.fromkeys([(group, verb) for group in GROUPS for verb in VERBS], 0)
    since = FIRST
    for issue in ISSUES:
        totals = issue.scaled(scale)
        days = each_day(since, issue.last)
        for key, total in totals.items():
            for day, number in zip(days, spread(total - before[key], days), strict=True):
                pieces[(*key, day)] = number
        before, since = totals, issue.last + timedelta(days=1)
    return Plan(scale, pieces, {group: _opening(group, pieces) for group in GROUPS})


def _opening(group: str, pieces: Mapping[Cell, int]) -> int:
    """How many cases must stand open when the year begins, so that nothing is concluded that was not accepted before."""
    most = ahead = 0
    for day in each_day(FIRST, LAST):
        ahead += pieces[group, "concluded", day] - pieces[group, "accepted", day]
        most = max(most, ahead)
    return most
