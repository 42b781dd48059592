"""Special procedures (特别程序): the spans of a case that its time limit does not count."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from yichuang.workdays.rules.calendar import Calendar, CountingError


@dataclass(frozen=True, slots=True)
class Hold:
    """Working days in (start, end] are not counted. `end` is None while the procedure lasts."""

    start: date
    end: date | None
    ground: str = ""


def in_order(holds: Iterable[Hold]) -> tuple[Hold, ...]:
    """The holds by date. Raises CountingError where one ends before it starts or two overlap.

    Two holds may touch: (1 May, 5 May] and (5 May, 9 May] have no day in common.
    """
    ordered = tuple(sorted(holds, key=lambda hold: (hold.start, hold.end or date.max)))
    for hold in ordered:
        if hold.end is not None and hold.end < hold.start:
            raise CountingError(f"暂停的结束日 {hold.end} 早于开始日 {hold.start}，请核对两个日期的先后。")
    for earlier, later in pairwise(ordered):
        if earlier.end is None or later.start < earlier.end:
            until = earlier.end or "至今"
            raise CountingError(
                f"{earlier.start} 至 {until} 的暂停与 {later.start} 开始的暂停重叠，请核对起止日期。"
            )
    return ordered


def held_days(calendar: Calendar, hold: Hold, accepted_on: date, until: date) -> int:
    """Working days of a hold after acceptance, counted up to `until` inclusive."""
    start = max(hold.start, accepted_on)
    end = until if hold.end is None else min(hold.end, until)
    return calendar.between(start, end) if end > start else 0
