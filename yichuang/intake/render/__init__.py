"""Files that intake hands out or works through: receipts for calendars, tables of many filings."""

from yichuang.intake.render.calendar import MEDIA_TYPE, answer_by

__all__ = ["MEDIA_TYPE", "answer_by"]
