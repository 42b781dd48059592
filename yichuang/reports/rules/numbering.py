"""Numbers of issues, and the rule that a running total of the year never falls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# The provincial centre counts its issues through: 第14期 of 2022 is 总第389期, 第44期 of 2023 is 总第464期.
PROVINCIAL_CENTRE = "四川省政府政务服务和公共资源交易服务中心"
OFFSETS: Mapping[int, int] = {2022: 375, 2023: 420}


def total_number(year: int, number: int, offsets: Mapping[int, int] = OFFSETS) -> int:
    """The total number (总第…期) of issue `number` of `year`.

    Raises KeyError for a year without an offset and ValueError for a number below 1: nothing is guessed.
    """
    if number < 1:
        raise ValueError("期号从 1 起")
    if year not in offsets:
        raise KeyError(f"{year} 年没有总期数的起算数")
    return offsets[year] + number


@dataclass(frozen=True)
class Total:
    """One printed running total of a year, as compared between issues."""

    as_of: date
    type: str | None
    measure: str
    value: Decimal


@dataclass(frozen=True)
class Fall:
    """A running total that is smaller on the later day: one of the two reports is wrong."""

    earlier: Total
    later: Total


def check_monotone(totals: Iterable[Total]) -> list[Fall]:
    """Every place where a year-to-date figure falls between two following days of one year.

    Figures of different years, types or measures are not compared; the order of the input does not matter.
    """
    falls: list[Fall] = []
    latest: dict[tuple[int, str | None, str], Total] = {}
    for total in sorted(totals, key=lambda each: each.as_of):
        key = (total.as_of.year, total.type, total.measure)
        before = latest.get(key)
        if before is not None and total.value < before.value:
            falls.append(Fall(before, total))
        latest[key] = total
    return falls
