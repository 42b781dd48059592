"""The calendar in force and the business clock, both kept in the process for a moment."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count

from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.flow import DayKind, DaySource
from yichuang.workdays.models import BusinessClock, CalendarDay, CalendarNotice
from yichuang.workdays.rules import STATUTE, Basis, Calendar, Day

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR_PROBE_SECONDS = 3.0
CLOCK_PROBE_SECONDS = 1.0

# Every import adds a notice and none is ever deleted, so their number and the newest id name the table's
# state; the statutory days of the years without a notice are counted beside them.
Probe = tuple[int, UUID | None, int]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One import of a notice, for the list of notices."""

    id: UUID
    year: int
    title: str
    url: str
    days: int
    packaged: bool
    imported_at: datetime
    imported_by: str
    superseded_at: datetime | None


@dataclass(slots=True)
class _Kept:
    calendar: Calendar | None = None
    probe: Probe | None = None
    probed_at: float = 0.0
    offset: timedelta | None = None
    offset_read_at: float = 0.0


_kept = _Kept()


def calendar() -> Calendar:
    """The calendar in force, from the table; the packaged one while the table is still empty.

    Kept in the process; whether the table has changed is asked at most every three seconds
    (`settings.CALENDAR_PROBE_SECONDS`).
    """
    moment = monotonic()
    pause = getattr(settings, "CALENDAR_PROBE_SECONDS", CALENDAR_PROBE_SECONDS)
    kept = _kept.calendar
    if kept is not None and moment - _kept.probed_at < pause:
        return kept
    probe = _probe()
    if kept is None or probe != _kept.probe:
        stored = stored_calendar()
        kept = stored if stored.days else packaged_calendar()
        _kept.calendar, _kept.probe = kept, probe
    _kept.probed_at = moment
    return kept


def stored_calendar() -> Calendar:
    """The calendar exactly as the table holds it, read now; without days when nothing was loaded."""
    fields = ("date", "kind", "festival", "source", "notice__title", "notice__url", "notice__year")
    days = CalendarDay.objects.order_by("date").values_list(*fields)
    return Calendar.of(
        Day(day, DayKind(kind), festival, STATUTE if source == DaySource.STATUTE else Basis(title, url, year))
        for day, kind, festival, source, title, url, year in days
    )


def notice_history() -> list[NoticeRow]:
    """Every import, the newest year first, superseded ones after the one in force."""
    imports = CalendarNotice.objects.annotate(size=Count("days")).order_by("-year", "-imported_at", "-id")
    return [
        NoticeRow(
            notice.id,
            notice.year,
            notice.title,
            notice.url,
            notice.size,
            notice.packaged,
            notice.imported_at,
            notice.imported_by,
            notice.superseded_at,
        )
        for notice in imports
    ]


def now() -> datetime:
    """The business clock: Asia/Shanghai, moved only in a demonstration (`settings.DEMO_CLOCK`)."""
    return real_now() + _offset()


def real_now() -> datetime:
    """Real time in Shanghai, whatever the business clock shows: only for setting that clock."""
    return datetime.now(SHANGHAI)


def today() -> date:
    """The day of the business clock."""
    return now().date()


def forget() -> None:
    """Drop what the process keeps: the next question reads the tables. Commands call it; so do tests."""
    _kept.calendar = _kept.probe = _kept.offset = None


def _probe() -> Probe:
    newest = CalendarNotice.objects.order_by("-id").values_list("id", flat=True).first()
    statutory = CalendarDay.objects.filter(source=DaySource.STATUTE).count()
    return CalendarNotice.objects.count(), newest, statutory


def _offset() -> timedelta:
    if not getattr(settings, "DEMO_CLOCK", False):
        return timedelta()
    moment = monotonic()
    kept = _kept.offset
    if kept is None or moment - _kept.offset_read_at >= CLOCK_PROBE_SECONDS:
        seconds = BusinessClock.objects.values_list("offset_seconds", flat=True).first()
        kept = timedelta(seconds=seconds or 0)
        _kept.offset, _kept.offset_read_at = kept, moment
    return kept
