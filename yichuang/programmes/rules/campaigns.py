"""Pure functions about campaigns: progress by day, the pace, and what becomes of it by the deadline."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from yichuang.programmes.flow.campaigns import PACE_DAYS
from yichuang.workdays.rules import Calendar
from yichuang.workdays.rules.calendar import OutsideCalendarError

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reported:
    """How many were filed elsewhere up to a day, as somebody reported it."""

    as_of: date
    count: int


@dataclass(frozen=True, slots=True)
class Stages:
    """How far the cases are that were filed here: how many came from a file, were accepted, decided, delivered."""

    bulk: int = 0
    accepted: int = 0
    decided: int = 0
    delivered: int = 0

    def __add__(self, other: "Stages") -> "Stages":
        return Stages(
            self.bulk + other.bulk, self.accepted + other.accepted, self.decided + other.decided,
            self.delivered + other.delivered,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """What has been filed, by day: cases filed here, and the growth of what was reported by hand."""

    cases: Mapping[date, int]
    reported: tuple[Reported, ...] = ()
    stages: Stages = Stages()

    def filed_here(self, until: date) -> int:
        """Cases filed here up to a day."""
        return sum(count for day, count in self.cases.items() if day <= until)

    def by_hand(self, until: date) -> int:
        """The latest number reported by hand for a day not after `until`; 0 before the first."""
        return next((one.count for one in reversed(self.reported) if one.as_of <= until), 0)

    def total(self, until: date) -> int:
        """Everything filed up to a day."""
        return self.filed_here(until) + self.by_hand(until)


def in_order(reported: Iterable[Reported]) -> tuple[Reported, ...]:
    """Numbers by day; of several for one day the one given last stands."""
    return tuple(sorted({one.as_of: one for one in reported}.values(), key=lambda one: one.as_of))


def joined(parts: Iterable[Progress]) -> Progress:
    """The progress of several filers together."""
    kept = list(parts)
    cases: dict[date, int] = {}
    for part in kept:
        for day, count in part.cases.items():
            cases[day] = cases.get(day, 0) + count
    days = sorted({one.as_of for part in kept for one in part.reported})
    reported = tuple(Reported(day, sum(part.by_hand(day) for part in kept)) for day in days)
    return Progress(cases, reported, sum((part.stages for part in kept), Stages()))


def percent(done: int, target: int) -> Decimal:
    """Per cent of the target, two places, rounded half up."""
    return (Decimal(100 * done) / Decimal(target)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where it leads. `days_left`: working days from today (itself included) to the deadline; `pace`: filed in
    `pace_days` working days; `needed`: to be filed on each working day left, rounded up (None: no day is left);
    `finish`: the day on which the target is reached at this pace (None: never); `missing`: short at the deadline.
    """

    done: int
    target: int
    days_left: int
    pace: int
    pace_days: int
    needed: int | None
    finish: date | None
    missing: int
    reached: bool

    @property
    def mean(self) -> Decimal:
        """The mean of a working day, one place, rounded half up."""
        if not self.pace_days:
            return Decimal(0)
        return (Decimal(self.pace) / self.pace_days).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def is_behind(self) -> bool:
        """Whether the target will not be reached in time at this pace."""
        return self.missing > 0


def forecast(
    progress: Progress, *, target: int, starts_on: date, deadline: date, today: date, calendar: Calendar
) -> Forecast:
    """The pace is what came in during the last five working days before today (rest days between them included);
    the days left are counted by the official calendar, today included.
    """
    done = progress.total(today)
    remaining = max(0, target - done)
    # Before the start nothing can be filed, so the days begin with the start.
    eve = max(today, starts_on) - DAY
    days_left = max(0, calendar.between(eve, deadline))
    pace, pace_days = _pace(progress, starts_on, today, calendar)
    finish = None
    if remaining and pace > 0:
        finish = _after(calendar, eve, -(-remaining * pace_days // pace))
    reachable = pace * days_left // pace_days if pace_days else 0
    return Forecast(
        done=done,
        target=target,
        days_left=days_left,
        pace=pace,
        pace_days=pace_days,
        needed=-(-remaining // days_left) if days_left else None,
        finish=finish,
        missing=max(0, remaining - reachable),
        reached=not remaining,
    )


def _pace(progress: Progress, starts_on: date, today: date, calendar: Calendar) -> tuple[int, int]:
    """What came in during the last working days before today, and how many of them there were (at most five)."""
    before = starts_on - DAY
    days = min(PACE_DAYS, calendar.between(before, today - DAY)) if today > starts_on else 0
    if days <= 0:
        return 0, 0
    first = today
    for _ in range(days):
        first = _workday_before(calendar, first)
    grown = progress.total(today - DAY) - progress.total(first - DAY)
    return max(0, grown), days


def _workday_before(calendar: Calendar, day: date) -> date:
    day -= DAY
    while not calendar.is_workday(day):
        day -= DAY
    return day


def _after(calendar: Calendar, eve: date, days: int) -> date | None:
    try:
        return calendar.add(eve, days)
    except OutsideCalendarError:
        return None


def outlook(found: Forecast, unit: str, *, in_print: bool = False) -> str:
    """The forecast in one sentence. Pages group the digits of a number, printed reports do not."""

    def many(number: int | None) -> str:
        return f"{number}{unit}" if in_print or number is None else f"{number:,}{unit}"

    if found.reached:
        return "已完成目标。"
    if not found.days_left:
        return f"已到期限，还缺{many(found.target - found.done)}。"
    if not found.pace_days:
        return f"开始不满一个工作日，暂不预测；每个工作日须完成{many(found.needed)}。"
    if found.finish is None:
        return f"近{found.pace_days}个工作日没有进展，不能按期完成，缺{many(found.missing)}。"
    day = f"{found.finish.year}年{found.finish.month}月{found.finish.day}日"
    if found.is_behind:
        return f"按目前进度要到{day}才能完成，不能按期完成，到期还缺{many(found.missing)}。"
    return f"按目前进度将于{day}完成。"


@dataclass(frozen=True, slots=True)
class DayCount:
    """One day of the trend: filed that day here and by hand, and everything so far."""

    day: date
    filed: int
    by_hand: int
    total: int


def trend(progress: Progress, first: date, last: date, calendar: Calendar) -> list[DayCount]:
    """Every working day of a period, and the rest days on which something came in."""
    days = [first + DAY * step for step in range((last - first).days + 1)]
    found = []
    for before, day in pairwise([first - DAY, *days]):
        filed = progress.cases.get(day, 0)
        by_hand = progress.by_hand(day) - progress.by_hand(before)
        if filed or by_hand or calendar.is_workday(day):
            found.append(DayCount(day, filed, by_hand, progress.total(day)))
    return found
