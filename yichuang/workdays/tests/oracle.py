"""A second way to count, by another method: walk day by day over the bare file, without any arithmetic."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache

from yichuang.workdays.data import FOLDER

ONE_DAY = timedelta(days=1)
Span = tuple[date, date]


@cache
def exceptions() -> dict[date, bool]:
    """Date to whether it is worked, as the packaged files say it."""
    known: dict[date, bool] = {}
    with (FOLDER / "fixed_holidays.csv").open(encoding="utf-8") as lines:
        known |= {date.fromisoformat(row["date"]): False for row in csv.DictReader(lines)}
    with (FOLDER / "workdays_holidays.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            known[date.fromisoformat(row["date"])] = row["kind"] == "makeup_workday"
    return known


def worked(day: date) -> bool:
    """Whether the day is worked."""
    return exceptions().get(day, day.isoweekday() <= 5)


def days(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    while first <= last:
        yield first
        first += ONE_DAY


def held(day: date, spans: Iterable[Span]) -> bool:
    """Whether a day lies in one of the spans, start exclusive, end inclusive."""
    return any(start < day <= end for start, end in spans)


def due(accepted_on: date, total: int, spans: Iterable[Span] = ()) -> date:
    """Walk on from the day of acceptance until so many worked days outside the spans have been met.

    A span that begins on that very day carries it on to the span's own last worked day.
    """
    spans = sorted(spans)
    day, left = accepted_on, total
    if total == 0 and not worked(accepted_on):
        left = 1
    while left:
        day += ONE_DAY
        left -= worked(day) and not held(day, spans)
    for start, end in spans:
        if start == day:
            day = max((one for one in days(start + ONE_DAY, end) if worked(one)), default=day)
    return day


def used(accepted_on: date, on: date, spans: Iterable[Span] = ()) -> int:
    """Worked days after acceptance, up to and including `on`, outside the spans."""
    spans = list(spans)
    return sum(worked(day) and not held(day, spans) for day in days(accepted_on + ONE_DAY, on))
