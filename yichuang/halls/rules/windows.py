"""Pure rules of the window: numbers on a sheet, masked papers, the week and the year, the report's sentence."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from yichuang.halls.flow.windows import ACT_LABELS, MOST_NUMBERS, ActKind

_BETWEEN = re.compile(r"[\s,，;；、]+")
_CODE = re.compile(r"[A-Z][0-9]{2,3}")
SHOWN_DIGITS = 4
LONGEST_NUMBER = 64
# The report names the acts in this order.
ORDER = (ActKind.CONSULTED, ActKind.ACCEPTED, ActKind.ISSUED, ActKind.HANDED_OVER)


def is_window_code(code: str) -> bool:
    """Whether a window may be called so: a letter of the zone and two or three digits, like A01."""
    return _CODE.fullmatch(code) is not None


def numbers_of(text: str) -> tuple[str, ...]:
    """The case numbers typed into one field, in order, each once.

    Raises ValueError with words for the user: too many, too long, or twice the same number.
    """
    found = [piece.upper() for piece in _BETWEEN.split(text) if piece]
    if len(found) > MOST_NUMBERS:
        raise ValueError(f"一次最多填 {MOST_NUMBERS} 个编号，现在有 {len(found)} 个，请分几张单")
    for number in found:
        if len(number) > LONGEST_NUMBER:
            raise ValueError(f"编号“{number[:20]}…”过长，最多 {LONGEST_NUMBER} 个字符")
    seen: set[str] = set()
    for number in found:
        if number in seen:
            raise ValueError(f"编号“{number}”填了两次，请删去一个")
        seen.add(number)
    return tuple(found)


def masked(paper: str) -> str:
    """A paper's number with nothing but its last digits: what a register may show of a person."""
    plain = "".join(paper.split()).upper()
    if not plain:
        return ""
    shown = plain[-SHOWN_DIGITS:] if len(plain) > SHOWN_DIGITS else plain[-1:]
    return "*" * (len(plain) - len(shown)) + shown


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both counted."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        """Whether a day lies within."""
        return self.first <= day <= self.last


def week_of(day: date) -> Span:
    """The week of a day, Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return Span(monday, monday + timedelta(days=6))


def year_to(day: date) -> Span:
    """From the first of January to a day."""
    return Span(date(day.year, 1, 1), day)


def tally(acts: Iterable[tuple[ActKind, int]]) -> dict[ActKind, int]:
    """Pieces by act; every act has its number, 0 included."""
    found = dict.fromkeys(ActKind, 0)
    for kind, quantity in acts:
        found[kind] += quantity
    return found


def sentence(week: Mapping[ActKind, int], year: Mapping[ActKind, int]) -> str:
    """The figures of the one-stop window as the report of 2023 tells them."""
    return f"本周，共计{_told(week)}；今年以来，累计{_told(year)}。"


def _told(figures: Mapping[ActKind, int]) -> str:
    return "、".join(f"{ACT_LABELS[kind]} {figures[kind]} {kind.unit}" for kind in ORDER)
