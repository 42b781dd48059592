"""The two ways in which a day can differ from its weekday, and where that is laid down."""

from enum import StrEnum


class DayKind(StrEnum):
    """What a special day is. The values are those of the calendar file."""

    HOLIDAY = "holiday"
    MAKEUP_WORKDAY = "makeup_workday"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return {DayKind.HOLIDAY: "放假", DayKind.MAKEUP_WORKDAY: "调休上班"}[self]


class DaySource(StrEnum):
    """Who laid the day down: the year's notice, or (until it is issued) the rule on public holidays."""

    NOTICE = "notice"
    STATUTE = "statute"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return {DaySource.NOTICE: "国务院办公厅通知", DaySource.STATUTE: "全国年节及纪念日放假办法"}[self]
