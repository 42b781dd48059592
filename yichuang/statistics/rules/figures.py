"""Pure arithmetic of figures: shares, means, percentiles, and how published totals go on. No floats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Protocol

from yichuang.statistics.flow import MEASURES, Form

COUNTED = tuple(measure.code for measure in MEASURES if measure.form == Form.COUNT)
DERIVED = tuple(measure for measure in MEASURES if measure.form not in (Form.COUNT, Form.STOCK))
PARTS = {Form.MEDIAN: 50, Form.P90: 90}
TWO_PLACES = Decimal("0.01")
ONE_PLACE = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Cell:
    """How many facts of a kind, with one promptness."""

    kind: str
    promptness: str
    count: int


@dataclass(frozen=True, slots=True)
class Used:
    """How many decisions took so many working days against such a limit."""

    days_used: int
    limit_days: int
    count: int

    @property
    def limited(self) -> int:
        """How many of them had a limit."""
        return self.count

    @property
    def limits(self) -> int:
        """Their limits added up."""
        return self.limit_days * self.count


@dataclass(frozen=True, slots=True)
class Spread:
    """How many decisions took so many working days; `limits`: the statutory limits of the `limited` ones added up."""

    days_used: int
    count: int
    limited: int
    limits: int


class Days(Protocol):
    """One number of days of a histogram. Histograms of days, departments and types are merged by putting them together."""

    @property
    def days_used(self) -> int:
        """Working days used."""

    @property
    def count(self) -> int:
        """How many decisions took them."""

    @property
    def limited(self) -> int:
        """How many of these had a limit."""

    @property
    def limits(self) -> int:
        """Their limits added up."""


def spreads(first: int, numbers: str, limited: int, limits: int) -> list[Days]:
    """A row of the histogram taken apart: counts separated by commas, of so many days and up, without those that are zero.

    The limits, which are known of all together, stand with the first; so does what a correction has left of them alone.
    """
    counts = [int(number) for number in numbers.split(",")]
    found: list[Days] = [Spread(first + place, count, 0, 0) for place, count in enumerate(counts) if count]
    if limited or limits:
        found.append(Spread(first, 0, limited, limits))
    return found


def spans(first: date, last: date) -> list[tuple[str, date, date]]:
    """A period as stretches of the coarse grain: days before the first whole month, whole months, days after.

    Each is (span, first row, last row); a month is named by its first day. Nothing is in two of them, nothing left out.
    """
    month = first if first.day == 1 else _next_month(first)
    end = (last + timedelta(days=1)).replace(day=1)
    if month >= end:
        return [("day", first, last)] if first <= last else []
    found = [("day", first, month - timedelta(days=1))] if first < month else []
    found.append(("month", month, (end - timedelta(days=1)).replace(day=1)))
    return [*found, ("day", end, last)] if end <= last else found


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def share(part: int, whole: int) -> Decimal | None:
    """Percent with two decimals, half up; None of nothing."""
    if whole == 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(TWO_PLACES, ROUND_HALF_UP)


def mean(total: int, count: int) -> Decimal | None:
    """Average with one decimal, half up; None of nothing."""
    if count == 0:
        return None
    return (Decimal(total) / Decimal(count)).quantize(ONE_PLACE, ROUND_HALF_UP)


def merged(days: Iterable[Days]) -> list[tuple[int, int]]:
    """Histograms put together: (number of days, how many decisions), by number of days."""
    counted: dict[int, int] = {}
    for used in days:
        counted[used.days_used] = counted.get(used.days_used, 0) + used.count
    return sorted(counted.items())


def percentile(days: Iterable[Days], part: int) -> Decimal | None:
    """The smallest number of days within which `part` of a hundred decisions were made (nearest rank); None of nothing.

    The histogram has a count for every number of days, so the error is 0 however many histograms were merged.
    """
    return _within(merged(days), part)


def _within(histogram: Sequence[tuple[int, int]], part: int) -> Decimal | None:
    whole = sum(count for _, count in histogram)
    seen = 0
    for number, count in histogram:
        seen += count
        if whole > 0 and seen * 100 >= whole * part:
            return Decimal(number)
    return None


def p90(days: Iterable[Days]) -> Decimal | None:
    """The smallest number of days within which nine of ten decisions were made (nearest rank)."""
    return percentile(days, 90)


def median(days: Iterable[Days]) -> Decimal | None:
    """The smallest number of days within which half of the decisions were made (nearest rank)."""
    return percentile(days, 50)


def values(cells: Sequence[Cell], days: Sequence[Days]) -> dict[str, Decimal | int | None]:
    """Every measure of the table from the cells of one group, department or whole."""
    counted = dict.fromkeys(COUNTED, 0)
    unjudged = 0
    for cell in cells:
        for code in _counted_by(cell.kind, cell.promptness):
            counted[code] += cell.count
        # Of what a department's own system decided without reporting a limit nobody can say whether it was in time.
        if cell.kind == "reported.decided" and not cell.promptness:
            unjudged += cell.count
    histogram = merged(days)
    means = {
        "used": (sum(number * count for number, count in histogram), sum(count for _, count in histogram)),
        "limit": (sum(used.limits for used in days), sum(used.limited for used in days)),
    }
    found: dict[str, Decimal | int | None] = dict(counted)
    for measure in DERIVED:
        if measure.form == Form.SHARE:
            found[measure.code] = share(counted[measure.of], counted["concluded"] - unjudged)
        elif measure.form == Form.MEAN:
            found[measure.code] = mean(*means[measure.of])
        else:
            found[measure.code] = _within(histogram, PARTS[measure.form])
    return found


@cache
def _counted_by(kind: str, promptness: str) -> tuple[str, ...]:
    """The measures that count facts of a kind and promptness."""
    return tuple(
        measure.code
        for measure in MEASURES
        if measure.form == Form.COUNT
        and kind in measure.kinds
        and (not measure.promptness or promptness in measure.promptness)
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """A brought-forward total, or an increment to it, with where it was published."""

    as_of: date
    is_total: bool
    value: int
    source: str = ""


def valid_entries(entries: Iterable[Entry], as_of: date) -> list[Entry]:
    """What stands behind a year's figure on a day: the newest total and the increments after it, oldest first.

    Without a total every increment of the year counts. Those of another year, or dated later, never do.
    """
    known = [entry for entry in entries if entry.as_of.year == as_of.year and entry.as_of <= as_of]
    last = max((entry.as_of for entry in known if entry.is_total), default=None)
    if last is not None:
        known = [entry for entry in known if (entry.as_of == last if entry.is_total else entry.as_of > last)]
    return sorted(known, key=lambda entry: (entry.as_of, not entry.is_total))


def carried(entries: Iterable[Entry], as_of: date) -> tuple[int, date | None]:
    """What published totals contribute to a year's figure on a day, and the last day that they cover.

    Counted cases are added only after that day. Of several totals of one day the first given counts: the table
    allows one.
    """
    valid = valid_entries(entries, as_of)
    totals = [entry for entry in valid if entry.is_total]
    increments = sum(entry.value for entry in valid if not entry.is_total)
    if not totals:
        return increments, None
    return totals[0].value + increments, totals[0].as_of


def balanced(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Year-to-date figures never fall: the keys whose figure did."""
    return sorted(key for key, value in before.items() if key in after and after[key] < value)
