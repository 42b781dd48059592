"""Due dates: when a time limit in working days ends, and how much of it is used.

行政许可法 art. 82: limits run in working days without statutory holidays; art. 45: the time of a special
procedure is not counted; art. 42: one extension. The day of acceptance itself is never counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from yichuang.workdays.rules import wording
from yichuang.workdays.rules.calendar import Basis, Calendar, CountingError
from yichuang.workdays.rules.holds import Hold, held_days, in_order

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLOSING = time(17, 30)


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day of a limit, and everything needed to show why.

    `basis` are the notices and rules that the counted span rests on, in order; `calendar_version` names the
    calendar that was used, so that a case can later show or repeat the count.
    """

    due_on: date
    provisional: bool
    explanation: tuple[str, ...]
    basis: tuple[Basis, ...]
    calendar_version: str


def due_on(
    calendar: Calendar,
    accepted_on: date,
    days: int,
    holds: Iterable[Hold] = (),
    extension: int = 0,
) -> date:
    """The last day of a limit: the (days + extension)-th working day after acceptance that is not held.

    `days` 0 means the same day, or the next working day after acceptance on a rest day. Never depends on
    today. A hold that begins on the due date itself still moves it: nothing remains while it lasts, and the last
    working day of the hold is the last on which no more than the limit has been used.
    Raises CountingError: negative days, overlapping holds, a hold that ends before it starts, is still open
    or begins after the due date; OutsideCalendarError before 2018 and after 2099.
    """
    total = allowance(calendar, accepted_on, days, extension)
    due = calendar.add(accepted_on, total) if total else accepted_on
    held = 0
    for hold in in_order(holds):
        if hold.start > due:
            raise CountingError(f"暂停开始日 {hold.start} 晚于期限届满日 {due}：期限届满后不能再暂停。")
        if hold.end is None:
            raise CountingError(f"{hold.start} 开始的暂停尚未结束，期限届满日在恢复办理后才能确定。")
        if total or hold.start == due:
            held += held_days(calendar, hold, accepted_on, hold.end)
            due = calendar.add(accepted_on, total + held) if total + held else accepted_on
    return due


def due_date(
    calendar: Calendar,
    accepted_on: date,
    days: int,
    holds: Iterable[Hold] = (),
    extension: int = 0,
) -> DueDate:
    """`due_on` with its reasons: the explanation in Chinese, the basis, whether it is provisional."""
    ordered = in_order(holds)
    due = due_on(calendar, accepted_on, days, ordered, extension)
    explanation = wording.explain(calendar, wording.Count(accepted_on, due, days, extension, ordered))
    return _dated(calendar, accepted_on, due, explanation)


def instant_due(calendar: Calendar, received: datetime, closing: time = CLOSING) -> DueDate:
    """The due date of an instant item (即办件).

    Received on a working day up to closing time: the same day. Later, or on a rest day: the next working day.
    A time with a zone is read as Shanghai's; one without is taken as it stands.
    """
    local = received.astimezone(SHANGHAI) if received.tzinfo else received
    day = local.date()
    late = calendar.is_workday(day) and local.time() > closing
    due = calendar.add(day, 1) if late else calendar.next_workday(day)
    return _dated(calendar, day, due, wording.explain_instant(calendar, local, due, closing))


def allowance(calendar: Calendar, accepted_on: date, days: int, extension: int = 0) -> int:
    """How many counted working days a limit grants.

    A limit of 0 days accepted on a rest day has the one working day that follows. Raises CountingError when
    either number is negative.
    """
    if days < 0:
        raise CountingError(f"办理期限不能为负数，现为 {days} 个工作日。")
    if extension < 0:
        raise CountingError(f"延长期限不能为负数，现为 {extension} 个工作日。")
    return days + extension or int(not calendar.is_workday(accepted_on))


def used_days(calendar: Calendar, accepted_on: date, on: date, holds: Iterable[Hold] = ()) -> int:
    """Working days in (accepted_on, on] that were not held; 0 up to the day of acceptance.

    An open hold counts up to `on`.
    """
    if on <= accepted_on:
        return 0
    held = sum(held_days(calendar, hold, accepted_on, on) for hold in in_order(holds))
    return calendar.between(accepted_on, on) - held


def remaining(
    calendar: Calendar,
    accepted_on: date,
    days: int,
    on: date,
    holds: Iterable[Hold] = (),
    extension: int = 0,
) -> int:
    """Working days left on a day: 0 = due today, negative = overdue. Works while a hold is open."""
    return allowance(calendar, accepted_on, days, extension) - used_days(calendar, accepted_on, on, holds)


def _dated(calendar: Calendar, start: date, due: date, explanation: tuple[str, ...]) -> DueDate:
    years = range(start.year, due.year + 1)
    basis = tuple(dict.fromkeys(calendar.basis_of(year) for year in years))
    provisional = not all(calendar.is_official(year) for year in years)
    return DueDate(due, provisional, explanation, basis, calendar.version)
