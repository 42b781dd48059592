"""The total number of an issue, where the offsets of the years are data and a year may lack one."""

from collections.abc import Mapping

from yichuang.reports.rules.numbering import total_number


def total_for(year: int, number: int, offsets: Mapping[int, int], previous_total: int | None) -> int:
    """总第…期 of an issue: number plus the year's offset; in a year without one it follows the previous issue.

    Raises ValueError for a number below 1.
    """
    if year in offsets:
        return total_number(year, number, offsets)
    if number < 1:
        raise ValueError("期号从 1 起")
    return number if previous_total is None else previous_total + 1
