"""The limits of a special procedure itself (行政许可法 arts. 45, 47, 48): what is not counted must not last for ever."""

from dataclasses import dataclass
from datetime import date

from yichuang.cases.rules.limits import BY_CODE
from yichuang.workdays.rules import Calendar, last_day, latest_before

HEARING = "hearing"
LONGEST_PROCEDURE = 250
"""Working days; a working year. Whatever needs longer is told again."""
LONGEST_HEARING = BY_CODE["art47_ask"].days + BY_CODE["art47_hold"].days


@dataclass(frozen=True, slots=True)
class Hearing:
    """The days of a hearing as far as they are known: right told, hearing asked for, notice given, held."""

    told_on: date
    asked_on: date | None = None
    notified_on: date | None = None
    held_on: date | None = None


def longest(ground: str) -> int:
    """The most working days that a procedure may be announced with; a hearing has those of art. 47."""
    return LONGEST_HEARING if ground == HEARING else LONGEST_PROCEDURE


def ask_by(calendar: Calendar, told_on: date) -> date:
    """The last day on which a hearing may be asked for (art. 47: five days after being told)."""
    return last_day(calendar, BY_CODE["art47_ask"].counting, told_on, BY_CODE["art47_ask"].days)


def hold_by(calendar: Calendar, asked_on: date) -> date:
    """The last day on which the hearing may be held (art. 47: twenty days after it was asked for)."""
    return last_day(calendar, BY_CODE["art47_hold"].counting, asked_on, BY_CODE["art47_hold"].days)


def notify_by(calendar: Calendar, held_on: date) -> date:
    """The last day on which time and place may be told (art. 48: seven days before)."""
    return latest_before(calendar, BY_CODE["art48_notice"].counting, held_on, BY_CODE["art48_notice"].days)


def hearing_faults(calendar: Calendar, hearing: Hearing) -> dict[str, str]:
    """What is wrong with the days of a hearing, by field; empty where the law is kept."""
    wrong: dict[str, str] = {}
    asked = hearing.asked_on
    if asked is not None and not hearing.told_on <= asked <= ask_by(calendar, hearing.told_on):
        wrong["asked_on"] = (
            f"听证应在被告知之日起5个工作日内（{ask_by(calendar, hearing.told_on)}前）提出（第四十七条）"
        )
    held = hearing.held_on
    if held is None:
        return wrong
    latest = hold_by(calendar, asked or hearing.told_on)
    if not (asked or hearing.told_on) <= held <= latest:
        wrong["held_on"] = f"听证应在收到申请之日起20个工作日内（{latest}前）组织（第四十七条）"
    if hearing.notified_on is not None and hearing.notified_on > notify_by(calendar, held):
        wrong["notified_on"] = (
            f"应于举行听证7个工作日前（{notify_by(calendar, held)}前）通知时间、地点（第四十八条）"
        )
    return wrong


def expected_until(calendar: Calendar, paused_on: date, expected_days: int) -> date:
    """The day by which a procedure should be over, as the applicant was told in writing (art. 45)."""
    return calendar.add(paused_on, expected_days)


def overrun(calendar: Calendar, until: date, on: date) -> int:
    """Working days by which a procedure has outlasted the time told; at least 1 once that day has passed, else 0."""
    return max(1, calendar.between(until, on)) if on > until else 0
