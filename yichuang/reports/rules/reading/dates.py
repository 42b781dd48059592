"""Printed days: 2022年5月13日, 5月13日, 5.13, 二〇二二年五月十三日, and spans of them."""

import re
from dataclasses import dataclass
from datetime import date

from .numerals import CHINESE, chinese_int

_YEAR = r"(?:19|20)\d\d"
_TO = "(?:—+|-+|－|–+|~|～|至|到)"
_CN = f"[{CHINESE}]"
FULL_DATE = re.compile(
    rf"(?P<y>{_YEAR})(?:年|\.|-|/)?(?P<m>\d{{1,2}})(?:月|\.|-|/)(?P<d>\d{{1,2}})(?:日|号|(?!\d))"
    rf"|(?P<cy>{_CN}{{4}})年(?P<cm>{_CN}{{1,3}})月(?P<cd>{_CN}{{1,3}})日"
)
RANGE = re.compile(
    rf"(?<![\d.\-/])(?:(?P<y1>{_YEAR})[年.\-/]?)?(?P<m1>\d{{1,2}})[月.\-/](?P<d1>\d{{1,2}})[日号]?{_TO}"
    rf"(?:(?P<y2>{_YEAR})[年.\-/]?)?(?:(?P<m2>\d{{1,2}})[月.\-/])?(?P<d2>\d{{1,2}})[日号]?(?![\d.%个件])"
)
# In running text only 月 makes a day: 1.5-2.3 is more often a pair of figures.
SPAN_IN_TEXT = re.compile(
    rf"(?:(?P<y1>{_YEAR})年?)?(?P<m1>\d{{1,2}})月(?P<d1>\d{{1,2}})[日号]?{_TO}"
    rf"(?:(?P<y2>{_YEAR})年?)?(?:(?P<m2>\d{{1,2}})月)?(?P<d2>\d{{1,2}})[日号]"
)
DAY = re.compile(rf"(?:(?P<y>{_YEAR})年?)?(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})[日号]")


@dataclass(frozen=True)
class Span:
    """A printed span; years are None where they are not printed."""

    first: tuple[int | None, int, int]
    last: tuple[int | None, int, int]


def make_date(year: int | None, month: int | None, day: int | None) -> date | None:
    """The day, or None where it is incomplete or not in the calendar (30 February)."""
    if year is None or month is None or day is None:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def full_date(found: re.Match[str]) -> date | None:
    """The day of a match of FULL_DATE."""
    names = ("cy", "cm", "cd") if found["cy"] else ("y", "m", "d")
    year, month, day = (chinese_int(found[name]) for name in names)
    return make_date(year, month, day)


def span(found: re.Match[str]) -> Span:
    """The two ends of a match of RANGE; a month not printed twice is the first one."""
    year1 = int(found["y1"]) if found["y1"] else None
    year2 = int(found["y2"]) if found["y2"] else None
    month1 = int(found["m1"])
    month2 = int(found["m2"]) if found["m2"] else month1
    return Span((year1, month1, int(found["d1"])), (year2, month2, int(found["d2"])))


def nearest(month: int, day: int, to: date) -> date | None:
    """The month and day in the year that brings it nearest to the given day."""
    candidates = [
        made for year in (to.year - 1, to.year, to.year + 1) if (made := make_date(year, month, day))
    ]
    return min(candidates, key=lambda each: abs((each - to).days), default=None)


def resolve(
    printed: Span, year: int | None, issued_on: date | None, number: int | None
) -> tuple[date, date] | None:
    """Both days of a span, or None where the year cannot be told or a day does not exist.

    A printed year wins. Else the end lies nearest to the day of issue; without one it lies in the year of
    the issue, except that a span over the turn of the year begins in the year of a late issue.
    """
    last = _last(printed, year, issued_on, number)
    if last is None:
        return None
    known, month, day = printed.first
    first = make_date(known or last.year, month, day)
    if first is not None and known is None and first > last:
        first = make_date(last.year - 1, month, day)
    return (first, last) if first is not None and first <= last else None


def _last(printed: Span, year: int | None, issued_on: date | None, number: int | None) -> date | None:
    known, month, day = printed.last
    first_year, first_month, _ = printed.first
    crosses = first_month > month
    if known is None and first_year is not None:
        known = first_year + crosses
    if known is not None:
        return make_date(known, month, day)
    if issued_on is not None:
        return nearest(month, day, issued_on)
    late = crosses and number is not None and number > 10
    return make_date(year + late if year is not None else None, month, day)
