"""The period that a page of figures is about: days from the address, or the last full week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST_DAYS = 366 * 5


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both counted; `wrong` says by field what could not be read."""

    first: date
    last: date
    wrong: dict[str, str]

    @property
    def query(self) -> dict[str, str]:
        """The period for an address."""
        return {"first": self.first.isoformat(), "last": self.last.isoformat()}

    @property
    def words(self) -> str:
        """2022-05-09 至 2022-05-13."""
        return f"{self.first} 至 {self.last}"


def last_full_week(today: date) -> tuple[date, date]:
    """Monday to Sunday of the week before this one."""
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)


def this_week(today: date) -> tuple[date, date]:
    """Monday to today."""
    return today - timedelta(days=today.weekday()), today


def period(given: Mapping[str, str], today: date) -> Period:
    """The period asked for; the last full week where none was asked for or what was asked for is wrong."""
    default = last_full_week(today)
    wrong: dict[str, str] = {}
    first = _day(given, "first", default[0], wrong)
    last = _day(given, "last", default[1], wrong)
    if not wrong and last < first:
        wrong["last"] = "最后一天应不早于第一天"
    if not wrong and (last - first).days >= LONGEST_DAYS:
        wrong["first"] = "一次最多统计五年"
    return Period(*default, wrong) if wrong else Period(first, last, {})


def _day(given: Mapping[str, str], name: str, default: date, wrong: dict[str, str]) -> date:
    text = given.get(name, "").strip()
    if not text:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2099:
        wrong[name] = "请按 2022-05-13 的格式填写，年份在 2000 至 2099 之间"
        return default
    return day
