"""Pure arithmetic of figures: shares, means, percentiles, and how published totals go on. No floats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from yichuang.statistics.flow import MEASURES, Form, Measure

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


def p90(days: Iterable[Used]) -> Decimal | None:
    """The smallest number of days within which nine of ten decisions were made (nearest rank)."""
    ordered = sorted(days, key=lambda used: used.days_used)
    whole = sum(used.count for used in ordered)
    seen = 0
    for used in ordered:
        seen += used.count
        if seen * 10 >= whole * 9:
            return Decimal(used.days_used)
    return None


def values(cells: Sequence[Cell], days: Sequence[Used]) -> dict[str, Decimal | int | None]:
    """Every measure of the table from the cells of one group, department or whole."""
    counted = {m.code: _count(m, cells) for m in MEASURES if m.form == Form.COUNT}
    found: dict[str, Decimal | int | None] = dict(counted)
    whole = sum(used.count for used in days)
    totals = {
        "used": sum(used.days_used * used.count for used in days),
        "limit": sum(used.limit_days * used.count for used in days),
    }
    for measure in MEASURES:
        if measure.form == Form.SHARE:
            found[measure.code] = share(counted[measure.of], counted["concluded"])
        elif measure.form == Form.MEAN:
            found[measure.code] = mean(totals[measure.of], whole)
        elif measure.form == Form.P90:
            found[measure.code] = p90(days)
    return found


def _count(measure: Measure, cells: Sequence[Cell]) -> int:
    return sum(
        cell.count
        for cell in cells
        if cell.kind in measure.kinds and (not measure.promptness or cell.promptness in measure.promptness)
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
