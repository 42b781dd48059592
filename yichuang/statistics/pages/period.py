"""The period that a page of figures is about: days from the address, or the last full week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from yichuang.kernel.errors import Invalid

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


def former_month(today: date) -> tuple[date, date]:
    """The first and last day of the month before this one."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def period(given: Mapping[str, str], today: date, *, default: tuple[date, date] | None = None) -> Period:
    """The period asked for; `default` (the last full week) where none was asked for or what was asked for is wrong."""
    default = default or last_full_week(today)
    wrong: dict[str, str] = {}
    first = _day(given, "first", default[0], wrong)
    last = _day(given, "last", default[1], wrong)
    if not wrong and last < first:
        wrong["last"] = "最后一天应不早于第一天"
    if not wrong and (last - first).days >= LONGEST_DAYS:
        wrong["first"] = "一次最多统计五年"
    return Period(*default, wrong) if wrong else Period(first, last, {})


def chips(asked: Period, today: date, **kept: str) -> list[tuple[str, str, bool]]:
    """The usual periods as filter chips; `kept`: what else stays in the address."""
    choices = (
        ("上周", last_full_week(today)),
        ("本周至今", this_week(today)),
        ("本月至今", (today.replace(day=1), today)),
        ("今年至今", (today.replace(month=1, day=1), today)),
    )
    more = {name: value for name, value in kept.items() if value}
    return [
        (
            label,
            f"?{urlencode({'first': first, 'last': last} | more)}",
            (first, last) == (asked.first, asked.last),
        )
        for label, (first, last) in choices
    ]


def valid_period(
    given: Mapping[str, str], today: date, *, default: tuple[date, date] | None = None
) -> Period:
    """The period asked for. Raises Invalid where it cannot be read: a file has no form to mend it in."""
    asked = period(given, today, default=default)
    if asked.wrong:
        raise Invalid("统计期间有误。", how="请回到统计页重新选择期间。", fields=asked.wrong)
    return asked


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
