"""Why this date: the count of a time limit told line by line, in the order of the days, for the applicant."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from yichuang.workdays.flow import DayKind
from yichuang.workdays.rules.calendar import SATURDAY, STATUTE, Basis, Calendar, Day
from yichuang.workdays.rules.holds import Hold, held_days

WEEKDAYS = "一二三四五六日"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Count:
    """One finished count: what went in and the due date that came out. No hold is open."""

    accepted_on: date
    due_on: date
    days: int
    extension: int
    holds: tuple[Hold, ...]


def explain(calendar: Calendar, count: Count) -> tuple[str, ...]:
    """The lines from the rule on the first day to the result."""
    if not count.days + count.extension:
        head, result = _same_day(count)
    else:
        head, result = _many_days(calendar, count)
    provisional = _provisional(calendar, count.accepted_on, count.due_on)
    return (*head, *_passed(calendar, count), result, *provisional)


def explain_instant(calendar: Calendar, received: datetime, due: date, closing: time) -> tuple[str, ...]:
    """The lines for an instant item, by the minute at which it was received."""
    day = received.date()
    moment = f"{_named(day)}{received:%H:%M}收到"
    if day == due:
        lines = [f"即办件于{moment}，未过当日{closing:%H:%M}，当日办结。"]
    elif calendar.is_workday(day):
        lines = [f"即办件于{moment}，已过当日{closing:%H:%M}，顺延至下一个工作日{_named(due)}办结。"]
    else:
        lines = [f"即办件于{moment}，当日为休息日，顺延至下一个工作日{_named(due)}办结。"]
    passed = _passed(calendar, Count(day, due, 0, 0, ()))
    return (*lines, *passed, *_provisional(calendar, day, due))


def _same_day(count: Count) -> tuple[list[str], str]:
    head = [f"{_named(count.accepted_on)}受理，为即办事项（办理期限0个工作日）。"]
    if count.due_on == count.accepted_on:
        return head, f"受理当日为工作日，期限于当日（{_long(count.due_on)}）届满。"
    if any(hold.start == count.accepted_on for hold in count.holds):
        return head, f"扣除暂停的工作日后，期限于{_named(count.due_on)}届满。"
    head.append("受理当日为休息日，顺延至下一个工作日。")
    return head, f"下一个工作日为{_named(count.due_on)}，期限于当日届满。"


def _many_days(calendar: Calendar, count: Count) -> tuple[list[str], str]:
    total = count.days + count.extension
    first = _first_counted(calendar, count)
    head = [f"{_named(count.accepted_on)}受理，办理期限{count.days}个工作日，受理当日不计入。"]
    if first == count.accepted_on + ONE_DAY:
        head.append(f"自受理次日{_named(first)}起算第1个工作日。")
    else:
        head.append(f"自受理次日起算，第1个计入期限的工作日为{_named(first)}。")
    if count.extension:
        head.append(f"经批准延长{count.extension}个工作日，合计{total}个工作日。")
    return head, f"第{total}个工作日为{_named(count.due_on)}，期限于当日届满。"


def _first_counted(calendar: Calendar, count: Count) -> date:
    first = calendar.add(count.accepted_on, 1)
    for hold in count.holds:
        if hold.end is not None and hold.start < first <= hold.end:
            first = calendar.add(hold.end, 1)
    return first


def _passed(calendar: Calendar, count: Count) -> Iterator[str]:
    """Festivals, make-up days and holds up to the due date, in their order; ordinary weekends last."""
    start, end = count.accepted_on, count.due_on
    special = calendar.special_days(start, end)
    off = [day for day in special if day.kind is DayKind.HOLIDAY]
    lines = [(span[0].date, _holiday(span)) for span in _spans(off)]
    lines += [(days[0].date, _makeup(days)) for days in _groups(_counted_makeup_days(special, count.holds))]
    lines += [(hold.start, _hold(calendar, count, hold)) for hold in count.holds]
    yield from (line for _, line in sorted(lines, key=lambda pair: pair[0]))
    weekends = (end - start).days - calendar.between(start, end) - len(off)
    if weekends:
        yield f"其间{'另有' if off else '有'}周末（周六、周日）{weekends}天，不计入。"


def _spans(off: Iterable[Day]) -> Iterator[list[Day]]:
    """Days off in a row with the same festival and basis."""
    span: list[Day] = []
    for day in off:
        if span and not _continues(span[-1], day):
            yield span
            span = []
        span.append(day)
    if span:
        yield span


def _continues(last: Day, day: Day) -> bool:
    return day.date - last.date == ONE_DAY and (day.festival, day.basis) == (last.festival, last.basis)


def _counted_makeup_days(special: Iterable[Day], holds: Sequence[Hold]) -> Iterator[Day]:
    """Worked Saturdays and Sundays outside every hold; a weekday that a notice names needs no word."""
    for day in special:
        held = any(hold.end is not None and hold.start < day.date <= hold.end for hold in holds)
        if day.kind is DayKind.MAKEUP_WORKDAY and day.date.weekday() >= SATURDAY and not held:
            yield day


def _groups(days: Iterable[Day]) -> Iterator[list[Day]]:
    """Make-up days within a week of each other that belong to one festival."""
    group: list[Day] = []
    for day in days:
        if group and (day.festival != group[-1].festival or day.date - group[-1].date > 7 * ONE_DAY):
            yield group
            group = []
        group.append(day)
    if group:
        yield group


def _holiday(span: Sequence[Day]) -> str:
    dates = _span_text(span[0].date, span[-1].date)
    return f"{dates}{span[0].festival}放假，不计入（依据：{_cited(span[0].basis)}）。"


def _makeup(days: Sequence[Day]) -> str:
    dates = _list_text([day.date for day in days])
    weekdays = "、".join(dict.fromkeys(_weekday(day.date) for day in days))
    return f"{dates}（{weekdays}）因{days[0].festival}调休上班，计入（依据：{_cited(days[0].basis)}）。"


def _hold(calendar: Calendar, count: Count, hold: Hold) -> str:
    end = hold.end or hold.start
    pause = f"{_span_text(hold.start, end)}{f'因{hold.ground}' if hold.ground else ''}暂停计算期限"
    if end <= count.accepted_on:
        return f"{pause}，在受理之前结束，不影响期限。"
    held = held_days(calendar, hold, count.accepted_on, end) if hold.start < count.due_on else 0
    if not held:
        return f"{pause}，其间没有需要扣除的工作日。"
    first = max(hold.start, count.accepted_on) + ONE_DAY
    return f"{pause}：{_span_text(first, end)}有{held}个工作日，不计入。"


def _provisional(calendar: Calendar, start: date, end: date) -> Iterator[str]:
    for year in range(start.year, end.year + 1):
        if calendar.is_official(year):
            continue
        if calendar.basis_of(year) == STATUTE:
            how = f"按周六、周日和《{STATUTE.title}》规定的放假日推算，未计调休和补假"
        else:
            how = "仅按周六、周日休息推算"
        yield f"暂计：{year}年部分节假日安排的通知尚未录入，该年日期{how}；录入后将重新计算。"


def _cited(basis: Basis) -> str:
    return f"《{basis.title}》"


def _weekday(day: date) -> str:
    return f"周{WEEKDAYS[day.weekday()]}"


def _long(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _named(day: date) -> str:
    return f"{_long(day)}（{_weekday(day)}）"


def _short(day: date, before: date) -> str:
    """A date after another one, without the year and month they share."""
    if day.year != before.year:
        return _long(day)
    return f"{day.day}日" if day.month == before.month else f"{day.month}月{day.day}日"


def _span_text(start: date, end: date) -> str:
    return _long(start) if start == end else f"{_long(start)}至{_short(end, start)}"


def _list_text(days: Sequence[date]) -> str:
    return "、".join([_long(days[0]), *(_short(day, before) for before, day in pairwise(days))])
