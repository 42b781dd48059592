"""The leaders' board: figures of today, the week and the year beside last year's, from daily figures only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from yichuang.statistics import queries as statistics
from yichuang.statistics.flow import BY_CODE

Value = Decimal | int | None
MEASURES = ("received", "accepted", "concluded", "early_share", "mean_days")
TREND_WEEKS = 13


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days that leaders look at, and the same days of the year before."""

    code: str
    label: str
    first: date
    last: date

    @property
    def before(self) -> tuple[date, date]:
        """The same days a year earlier; 29 February becomes the 28th."""
        return _year_earlier(self.first), _year_earlier(self.last)


def _year_earlier(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def spans(today: date) -> tuple[Span, ...]:
    """Today, this week and this year, each up to today."""
    return (
        Span("today", "今日", today, today),
        Span("week", "本周", today - timedelta(days=today.weekday()), today),
        Span("year", "今年", today.replace(month=1, day=1), today),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of one span: now, a year before, and by how much it grew in percent (None: nothing to compare)."""

    span: Span
    measure: str
    value: Value
    before: Value

    @property
    def label(self) -> str:
        """What is measured."""
        return BY_CODE[self.measure].label

    @property
    def unit(self) -> str:
        """The unit beside the number."""
        return BY_CODE[self.measure].unit

    @property
    def growth(self) -> str:
        """增长 12.3% · 下降 4.0%: one decimal, half up; of shares and days the difference in their own unit."""
        return growth(self.value, self.before, plain=self.unit != "件")


def growth(now: Value, before: Value, *, plain: bool) -> str:
    """How a figure stands to the one before, in words; empty where there is nothing to compare with."""
    if now is None or before is None or (not plain and not before):
        return ""
    change = Decimal(now) - Decimal(before)
    if not plain:
        change = change * 100 / Decimal(before)
    change = change.quantize(Decimal("0.01") if plain else Decimal("0.1"), rounding="ROUND_HALF_UP")
    if not change:
        return "持平"
    word = "增长" if change > 0 else "下降"
    return f"{word} {abs(change)}{'' if plain else '%'}"


def lines(today: date, department: UUID | None = None) -> list[Line]:
    """Every measure of every span with last year's beside it. Two statements a span and year, none on cases."""
    found = []
    for span in spans(today):
        now = _values(span.first, span.last, department)
        before = _values(*span.before, department)
        if span.code == "year" and department is None:
            now |= _published(span.last)
            before |= _published(span.before[1])
        found += [Line(span, code, now[code], before[code]) for code in MEASURES]
    return found


def _values(first: date, last: date, department: UUID | None) -> dict[str, Value]:
    return statistics.cells(first_day=first, last_day=last, department=department).counted().values()


def _published(last: date) -> dict[str, Value]:
    """Totals of the year as they are published: with what was brought forward from before the system."""
    totals: dict[str, Value] = {}
    for (_, measure), value in statistics.year_to_date(last).items():
        totals[measure] = (totals.get(measure) or 0) + value
    return {code: totals[code] for code in MEASURES if code in totals}


@dataclass(frozen=True, slots=True)
class Week:
    """What a week had; `first` is its Monday."""

    first: date
    last: date
    accepted: int
    concluded: int


def weeks(today: date, department: UUID | None = None) -> list[Week]:
    """A quarter of weeks up to this one, from daily figures."""
    monday = today - timedelta(days=today.weekday())
    start = monday - timedelta(weeks=TREND_WEEKS - 1)
    counted: dict[tuple[date, str], int] = {}
    for day, measure, count in statistics.trend(first_day=start, last_day=today, department=department):
        key = (day - timedelta(days=day.weekday()), measure)
        counted[key] = counted.get(key, 0) + count
    return [
        Week(
            first,
            min(first + timedelta(days=6), today),
            counted.get((first, "accepted"), 0),
            counted.get((first, "concluded"), 0),
        )
        for step in range(TREND_WEEKS)
        for first in [start + timedelta(weeks=step)]
    ]


def departments(
    first: date, last: date, names: Mapping[UUID, str]
) -> list[tuple[UUID, str, dict[str, Value]]]:
    """Every department's measures of a span, most concluded first."""
    cells = statistics.cells(first_day=first, last_day=last).counted()
    found = [(body, names.get(body, ""), cells.values(department=body)) for body in cells.departments()]
    return sorted(found, key=lambda row: (-int(row[2]["concluded"] or 0), row[1]))
