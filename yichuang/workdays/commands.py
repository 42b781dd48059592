"""Filling the calendar from official notices, and moving the clock of a demonstration.

An import leaves no fact: the notice row itself, with its content, hash and importer, is the record. It says
from which day on due dates must be computed again; the rooms that keep due dates do that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Refused
from yichuang.kernel.keys import uuid7
from yichuang.workdays import queries
from yichuang.workdays.data import packaged_notices, packaged_statutory_days
from yichuang.workdays.flow import DaySource
from yichuang.workdays.models import BusinessClock, CalendarDay, CalendarNotice
from yichuang.workdays.rules import (
    FIRST_DAY,
    LAST_DAY,
    Calendar,
    Notice,
    NoticeDay,
    day_of_another_notice,
    faults,
    notice_title,
    notice_year,
    revised,
    unsettled_from,
)

IMPORT = "calendar.import"
MOVE_CLOCK = "clock.move"
# One import at a time, across all processes: the number is this room's own.
IMPORT_LOCK = 0x776F726B64617973
SHOWN_FAULTS = 5


@dataclass(frozen=True, slots=True)
class ImportedNotice:
    """What an import did. `years` are those it laid days down for, the notice's own first.

    `recompute_from` is the first day on which the calendar now answers differently (None: nowhere): every due
    date on or after it must be computed again.
    """

    year: int
    title: str
    url: str
    days: int
    changed: bool
    replaced: bool
    years: tuple[int, ...]
    recompute_from: date | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading the packaged calendar did; `recompute_from` as for one notice."""

    notices: tuple[ImportedNotice, ...]
    statutory_days: int
    recompute_from: date | None


@transaction.atomic
def load_packaged(at: datetime, by: Actor) -> Loaded:
    """Fill the calendar from the packaged file: its notices, and the fixed holidays of years without one.

    Run twice it changes nothing. A year that a person imported stays as imported.
    """
    by.require(IMPORT)
    _one_at_a_time()
    before = queries.stored_calendar()
    theirs = set(
        CalendarNotice.objects.filter(superseded_at=None, packaged=False).values_list("year", flat=True)
    )
    notices = [notice for notice in packaged_notices() if notice.year not in theirs]
    imported = tuple(_import(notice, at=at, by=by, packaged=True) for notice in notices)
    statutory = _renew_statutory_days()
    _forget()
    return Loaded(imported, statutory, unsettled_from(before, queries.stored_calendar()))


@transaction.atomic
def import_notice(
    rows: Sequence[NoticeDay], *, title: str, url: str, at: datetime, by: Actor
) -> ImportedNotice:
    """Enter one year's notice; the year is that of most of its days, an empty title the customary one.

    The same notice again changes nothing; another content for the same year replaces it and keeps the record.
    Raises Invalid (faults of the notice), Conflict (a day that another year's notice holds), Refused.
    """
    by.require(IMPORT)
    if not rows:
        raise Invalid("通知中没有日期。", how="请录入该年全部放假日和调休上班日。")
    _one_at_a_time()
    year = notice_year(rows)
    days = tuple(sorted(rows, key=lambda day: day.date))
    result = _import(Notice(year, title.strip() or notice_title(year), url.strip(), days), at=at, by=by)
    _forget()
    return result


@transaction.atomic
def import_notices(notices: Iterable[Notice], *, at: datetime, by: Actor) -> tuple[ImportedNotice, ...]:
    """Enter the notices of one calendar file: all of them or none. Raises as `import_notice` does."""
    by.require(IMPORT)
    _one_at_a_time()
    imported = tuple(_import(notice, at=at, by=by) for notice in notices)
    _forget()
    return imported


@transaction.atomic
def move_clock(to: datetime | None, at: datetime, by: Actor) -> timedelta:
    """Let the business clock of a demonstration show `to` from now on; None sets it back to real time.

    `at` is kept as the business time of the request. Returns the new offset from real time, in whole seconds.
    Raises Refused outside a demonstration, Invalid for a time without zone or outside the calendar.
    """
    by.require(MOVE_CLOCK)
    if not getattr(settings, "DEMO_CLOCK", False):
        raise Refused("本系统不是演示环境，不能调整业务时钟。", how="如需演示，请使用演示环境。")
    offset = timedelta() if to is None else _offset_to(to)
    BusinessClock.objects.update_or_create(
        id=BusinessClock.ONLY,
        defaults={"offset_seconds": offset // timedelta(seconds=1), "moved_at": at, "moved_by": by.name},
    )
    _forget()
    return offset


def _offset_to(to: datetime) -> timedelta:
    if to.tzinfo is None:
        raise Invalid("演示时间缺少时区。", how="请写明时区，例如 2022-09-26T09:00:00+08:00。")
    if not FIRST_DAY <= to.astimezone(queries.SHANGHAI).date() <= LAST_DAY:
        raise Invalid(f"演示时间应在 {FIRST_DAY} 至 {LAST_DAY} 之间。", how="请选择工作日历范围内的日期。")
    return timedelta(seconds=round((to - queries.real_now()).total_seconds()))


def _import(notice: Notice, *, at: datetime, by: Actor, packaged: bool = False) -> ImportedNotice:
    _check(notice)
    content = _content(notice)
    sha256 = canonical.digest(content)
    current = CalendarNotice.objects.filter(year=notice.year, superseded_at=None).first()
    if current is not None and current.sha256 == sha256:
        return _imported(notice, changed=False, replaced=False, recompute_from=None)
    before = queries.stored_calendar()
    after = _revised(before, notice)
    if current is not None:
        CalendarDay.objects.filter(notice=current).delete()
        current.superseded_at = at
        current.save(update_fields=["superseded_at"])
    dates = [day.date for day in notice.days]
    provisional = CalendarDay.objects.filter(source=DaySource.STATUTE)
    provisional.filter(Q(date__year=notice.year) | Q(date__in=dates)).delete()
    row = CalendarNotice.objects.create(
        id=uuid7(at),
        year=notice.year,
        title=notice.title,
        url=notice.url,
        content=content,
        sha256=sha256,
        packaged=packaged,
        imported_at=at,
        imported_by=by.name,
    )
    CalendarDay.objects.bulk_create(
        CalendarDay(date=day.date, kind=day.kind, festival=day.festival, source=DaySource.NOTICE, notice=row)
        for day in notice.days
    )
    return _imported(
        notice, changed=True, replaced=current is not None, recompute_from=unsettled_from(before, after)
    )


def _check(notice: Notice) -> None:
    found = faults(notice)
    if found:
        shown = "".join(found[:SHOWN_FAULTS])
        more = f"另有 {len(found) - SHOWN_FAULTS} 处。" if len(found) > SHOWN_FAULTS else ""
        raise Invalid(f"{notice.year} 年放假安排有误：{shown}{more}", how="请对照通知原文改正后重新录入。")


def _revised(before: Calendar, notice: Notice) -> Calendar:
    other = day_of_another_notice(before, notice)
    if other is not None:
        raise Conflict(
            f"{other.date} 已由《{other.basis.title}》安排，{notice.year} 年的通知不能重复安排。",
            how=f"请核对两份通知；如前一份录入有误，请先重新录入 {other.basis.year} 年的通知。",
        )
    return revised(before, notice)


def _content(notice: Notice) -> str:
    days = [[day.date, day.kind, day.festival] for day in notice.days]
    return canonical.text({"title": notice.title, "url": notice.url, "days": days})


def _imported(
    notice: Notice, *, changed: bool, replaced: bool, recompute_from: date | None
) -> ImportedNotice:
    others = sorted({day.date.year for day in notice.days} - {notice.year})
    return ImportedNotice(
        year=notice.year,
        title=notice.title,
        url=notice.url,
        days=len(notice.days),
        changed=changed,
        replaced=replaced,
        years=(notice.year, *others),
        recompute_from=recompute_from,
    )


def _renew_statutory_days() -> int:
    """Let the table hold exactly the packaged fixed holidays of years without a notice; their number."""
    official = set(CalendarNotice.objects.filter(superseded_at=None).values_list("year", flat=True))
    taken = set(CalendarDay.objects.filter(source=DaySource.NOTICE).values_list("date", flat=True))
    wanted = {
        day.date: day
        for day in packaged_statutory_days()
        if day.date.year not in official and day.date not in taken
    }
    stored = CalendarDay.objects.filter(source=DaySource.STATUTE)
    if {day.date: day.festival for day in wanted.values()} != dict(stored.values_list("date", "festival")):
        stored.delete()
        CalendarDay.objects.bulk_create(
            CalendarDay(date=day.date, kind=day.kind, festival=day.festival, source=DaySource.STATUTE)
            for day in wanted.values()
        )
    return len(wanted)


def _one_at_a_time() -> None:
    sql.one("select pg_advisory_xact_lock(%s)", [IMPORT_LOCK])


def _forget() -> None:
    """Now for the rest of this transaction, and again once others can see it."""
    queries.forget()
    transaction.on_commit(queries.forget)
