"""The arithmetic of working days: a calendar as a value, due dates with their reasons, the check of a notice.

Pure: no database, no clock. The same functions serve the command line, the calendar table and the cases.
"""

from yichuang.workdays.rules.calendar import (
    FIRST_DAY,
    LAST_DAY,
    STATUTE,
    WEEKENDS,
    Basis,
    Calendar,
    CountingError,
    Day,
    OutsideCalendarError,
)
from yichuang.workdays.rules.counting import (
    Counting,
    hours_due,
    last_day,
    latest_before,
    natural_due,
    person_due,
)
from yichuang.workdays.rules.due import (
    CLOSING,
    DueDate,
    allowance,
    due_date,
    due_on,
    instant_due,
    remaining,
    used_days,
)
from yichuang.workdays.rules.holds import Hold, held_days
from yichuang.workdays.rules.notice import (
    FESTIVAL_LENGTH,
    TITLE_LENGTH,
    URL_LENGTH,
    Notice,
    NoticeDay,
    day_of_another_notice,
    faults,
    notice_title,
    notice_year,
    revised,
    unsettled_from,
)

__all__ = [
    "CLOSING",
    "FESTIVAL_LENGTH",
    "FIRST_DAY",
    "LAST_DAY",
    "STATUTE",
    "TITLE_LENGTH",
    "URL_LENGTH",
    "WEEKENDS",
    "Basis",
    "Calendar",
    "Counting",
    "CountingError",
    "Day",
    "DueDate",
    "Hold",
    "Notice",
    "NoticeDay",
    "OutsideCalendarError",
    "allowance",
    "day_of_another_notice",
    "due_date",
    "due_on",
    "faults",
    "held_days",
    "hours_due",
    "instant_due",
    "last_day",
    "latest_before",
    "natural_due",
    "notice_title",
    "notice_year",
    "person_due",
    "remaining",
    "revised",
    "unsettled_from",
    "used_days",
]
