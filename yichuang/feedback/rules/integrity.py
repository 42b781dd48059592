"""Pure functions of the signals: shares per officer against the median, what is outside opening hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

from yichuang.feedback.rules.ratings import percent
from yichuang.workdays.rules import CLOSING, Calendar

OPENING = time(9, 0)


@dataclass(frozen=True, slots=True)
class Share:
    """Of an officer's cases, how many show something."""

    actor: str
    marked: int
    cases: int

    @property
    def percent(self) -> Decimal:
        """The share in percent, one place."""
        return percent(self.marked, self.cases) or Decimal("0.0")


def median(values: Sequence[Decimal]) -> Decimal:
    """The middle value, of an even number the mean of the two in the middle; 0 of nothing."""
    ordered = sorted(values)
    if not ordered:
        return Decimal(0)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def standing_out(shares: Iterable[Share], *, times: int, least: int) -> tuple[list[Share], Decimal]:
    """Officers whose share is `times` percent of the median or more, with at least `least` cases; and the median.

    Where the median is 0, whoever shows anything stands out. The highest share comes first.
    """
    known = list(shares)
    middle = median([each.percent for each in known])
    found = [
        each for each in known if each.marked and each.cases >= least and each.percent * 100 >= middle * times
    ]
    return sorted(found, key=lambda each: (-each.percent, -each.marked, each.actor)), middle


def outside_hours(at: datetime, calendar: Calendar) -> bool:
    """Whether a moment in Shanghai's time is on a rest day, before opening or after closing."""
    return not calendar.is_workday(at.date()) or not OPENING <= at.time() <= CLOSING
