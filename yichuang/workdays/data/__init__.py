"""The packaged calendar and the reader of calendar files: date, festival, kind, notice_url. No Django.

Where the figures come from: SOURCES.md beside this module.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from yichuang.workdays.flow import DayKind
from yichuang.workdays.rules import STATUTE, Calendar, Day, Notice, NoticeDay, notice_title, notice_year

FOLDER = Path(__file__).parent
COLUMNS = ("date", "festival", "kind", "notice_url")
FIXED_COLUMNS = ("date", "name")


class UnreadableCalendarError(ValueError):
    """A calendar file that cannot be read; the Chinese message names the line and what is expected."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    cells: dict[str, str]


def decode(content: bytes) -> str:
    """The text of a calendar file: UTF-8, with or without mark, or GB 18030 as spreadsheets write it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableCalendarError("文件不是文本文件：请使用 UTF-8 或 GB 18030 编码的 CSV 文件。")


def read_notices(text: str) -> tuple[Notice, ...]:
    """The notices of a calendar file, by year: its rows grouped by the address of the notice.

    Raises UnreadableCalendarError on missing columns, an unreadable date, an unknown kind, a missing address.
    Whether the content is plausible is asked of `rules.faults`.
    """
    groups: dict[str, list[NoticeDay]] = defaultdict(list)
    for line in _lines(text, COLUMNS):
        kind = _kind(line)
        groups[_address(line)].append(NoticeDay(_date(line), kind, line.cells["festival"]))
    if not groups:
        raise UnreadableCalendarError("文件中没有日期：表头之下至少应有一行。")
    notices = [
        Notice(year, notice_title(year), url, tuple(sorted(days, key=lambda day: day.date)))
        for url, days in groups.items()
        for year in (notice_year(days),)
    ]
    return tuple(sorted(notices, key=lambda notice: (notice.year, notice.url)))


def read_statutory_days(text: str) -> tuple[Day, ...]:
    """The holidays that the rule on public holidays fixes by itself; two festivals on one day become one."""
    names: dict[date, list[str]] = defaultdict(list)
    for line in _lines(text, FIXED_COLUMNS):
        names[_date(line)].append(line.cells["name"])
    return tuple(Day(day, DayKind.HOLIDAY, "、".join(names[day]), STATUTE) for day in sorted(names))


@cache
def packaged_notices() -> tuple[Notice, ...]:
    """The State Council's notices 2018–2026 that come with the program."""
    return read_notices((FOLDER / "workdays_holidays.csv").read_text(encoding="utf-8"))


@cache
def packaged_statutory_days() -> tuple[Day, ...]:
    """The fixed holidays 2027–2030 that come with the program."""
    return read_statutory_days((FOLDER / "fixed_holidays.csv").read_text(encoding="utf-8"))


@cache
def packaged_calendar() -> Calendar:
    """The calendar as it comes with the program: nine official years and four provisional ones."""
    official = [day for notice in packaged_notices() for day in notice.calendar_days]
    return Calendar.of([*official, *packaged_statutory_days()])


def _lines(text: str, columns: tuple[str, ...]) -> Iterator[_Line]:
    reader = csv.DictReader(text.splitlines(), restval="")
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise UnreadableCalendarError(f"表头缺少列：{'、'.join(missing)}。应有：{','.join(columns)}。")
    for row in reader:
        cells = {name: row[name].strip() for name in columns}
        if any(cells.values()):
            yield _Line(reader.line_num, cells)


def _date(line: _Line) -> date:
    written = line.cells["date"]
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = None
    if day is None or day.isoformat() != written:
        raise UnreadableCalendarError(
            f"第 {line.number} 行：日期“{written}”不可读，应写作 2027-02-06 的形式。"
        )
    return day


def _kind(line: _Line) -> DayKind:
    written = line.cells["kind"]
    if written not in {kind.value for kind in DayKind}:
        known = "、".join(f"{kind.value}（{kind.label}）" for kind in DayKind)
        raise UnreadableCalendarError(f"第 {line.number} 行：类别“{written}”不可识别，应为 {known}。")
    return DayKind(written)


def _address(line: _Line) -> str:
    written = line.cells["notice_url"]
    parts = urlsplit(written)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise UnreadableCalendarError(f"第 {line.number} 行：notice_url 应为通知的网址，以 https:// 开头。")
    return written
