"""The calendar: the days of a year, the notices behind them, and the import of a new one with its consequences."""

import calendar as months
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST, require_safe

from yichuang.cases.commands import import_notices
from yichuang.cases.queries import would_move
from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Conflict, Invalid, Problem
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs
from yichuang.workdays.data import UnreadableCalendarError, decode, read_notices
from yichuang.workdays.flow import DayKind
from yichuang.workdays.queries import calendar, notice_history
from yichuang.workdays.rules import (
    FIRST_DAY,
    LAST_DAY,
    Calendar,
    Notice,
    day_of_another_notice,
    faults,
    revised,
    unsettled_from,
)

WEEKDAYS = "一二三四五六日"
LARGEST_FILE = 256 * 1024
SHOWN_MOVES = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of a month: its number, the word that says what is special, and the festival for readers."""

    number: int
    word: str = ""
    title: str = ""
    rest: bool = False


def month_grid(days: Calendar, year: int, month: int) -> list[list[Cell | None]]:
    """The weeks of a month, Monday first; None where a day belongs to another month."""
    weeks = months.Calendar().monthdayscalendar(year, month)
    return [[_cell(days, date(year, month, number)) if number else None for number in week] for week in weeks]


def _cell(days: Calendar, day: date) -> Cell:
    special = days.day(day)
    rest = not days.is_workday(day)
    if special is None:
        return Cell(day.day, "", "", rest)
    word = "班" if special.kind is DayKind.MAKEUP_WORKDAY else "休"
    return Cell(day.day, word, f"{special.festival}{special.kind.label}", rest)


@needs(Capability.CALENDAR_IMPORT)
@require_safe
def year_page(request: Request) -> HttpResponse:
    """The year asked for as twelve months, the notices, and the form."""
    return _page(request)


def _page(request: Request, *, problem: Problem | None = None, text: str = "") -> HttpResponse:
    days = calendar()
    year = _year(request)
    years = range(max(FIRST_DAY.year, year - 4), min(LAST_DAY.year, year + 4) + 1)
    context: dict[str, Any] = {
        "year": year,
        "years": [
            (f"{one}{'' if days.is_official(one) else '（暂计）'}", f"?year={one}", one == year)
            for one in years
        ],
        "official": days.is_official(year),
        "basis": days.basis_of(year),
        "months": [(month, month_grid(days, year, month)) for month in range(1, 13)],
        "weekdays": WEEKDAYS,
        "workdays": days.between(date(year, 1, 1), date(year, 12, 31))
        + int(days.is_workday(date(year, 1, 1))),
        "notices": notice_history(),
        "version": days.version,
        "problem": problem,
        "text": text,
    }
    return render(request, "home/calendar.html", context, status=problem.status if problem else 200)


def _year(request: Request) -> int:
    raw = request.GET.get("year", "")
    if raw.isascii() and raw.isdigit() and len(raw) == 4 and FIRST_DAY.year <= int(raw) <= LAST_DAY.year:
        return int(raw)
    return local_day(request.at).year


def _posted(request: Request) -> tuple[str, tuple[Notice, ...]]:
    """The text that was uploaded or pasted, and its notices. Raises Invalid for what cannot be read or used."""
    text = _text(request)
    try:
        notices = read_notices(text)
    except UnreadableCalendarError as error:
        raise Invalid(
            "放假安排读不出来。", how="请按样例改正后重新提交。", fields={"text": str(error)}
        ) from error
    wrong = [fault for notice in notices for fault in faults(notice)]
    if wrong:
        raise Invalid(
            "放假安排有误，没有录入。", how="请对照通知原文改正。", fields={"text": "".join(wrong[:5])}
        )
    return text, notices


def _text(request: Request) -> str:
    file = request.FILES.get("file")
    if isinstance(file, UploadedFile):
        if (file.size or 0) > LARGEST_FILE:
            raise Invalid("文件过大。", fields={"file": "放假安排的 CSV 文件不会超过 256 KB，请核对文件"})
        try:
            return decode(file.read())
        except UnreadableCalendarError as error:
            raise Invalid("文件读不出来。", fields={"file": str(error)}) from error
    text = request.POST.get("text", "").strip()[:LARGEST_FILE]
    if not text:
        raise Invalid("没有收到放假安排。", fields={"text": "请上传 CSV 文件，或把内容粘贴到这里"})
    return text


@needs(Capability.CALENDAR_IMPORT)
@require_POST
def preview(request: Request) -> HttpResponse:
    """What an import would change: the days, and every running case whose due date it would move. Writes nothing."""
    try:
        text, notices = _posted(request)
        before = calendar()
        after = _after(before, notices)
    except Problem as problem:
        return _page(request, problem=problem, text=request.POST.get("text", "")[:LARGEST_FILE])
    since = unsettled_from(before, after)
    moves = would_move(after, since=since) if since else []
    context = {
        "text": text,
        "notices": [
            (notice, sum(day.kind is DayKind.HOLIDAY for day in notice.days), before.is_official(notice.year))
            for notice in notices
        ],
        "since": since,
        "moves": moves[:SHOWN_MOVES],
        "moved": sum(move.before != move.after for move in moves),
        "settled": len(moves),
        "more": max(0, len(moves) - SHOWN_MOVES),
    }
    return render(request, "home/calendar_preview.html", context)


def _after(before: Calendar, notices: Sequence[Notice]) -> Calendar:
    """The calendar with the notices in place. Raises Conflict where another year's notice holds one of the days."""
    after = before
    for notice in notices:
        other = day_of_another_notice(after, notice)
        if other is not None:
            raise Conflict(
                f"{other.date} 已由《{other.basis.title}》安排，{notice.year} 年的通知不能重复安排。",
                how="请核对两份通知。",
            )
        after = revised(after, notice)
    return after


@needs(Capability.CALENDAR_IMPORT)
@require_POST
def enter(request: Request) -> HttpResponse:
    """Import what the preview has shown, and recompute. The same notice again changes nothing."""
    try:
        _, notices = _posted(request)
        done = import_notices(notices, by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, problem=problem, text=request.POST.get("text", "")[:LARGEST_FILE])
    changed = [str(notice.year) for notice in done.notices if notice.changed]
    if not changed:
        messages.info(request, "与现有的放假安排完全相同，没有变动。")
        return HttpResponseRedirect("/desk/calendar")
    messages.success(
        request,
        f"已录入 {'、'.join(changed)} 年的放假安排，{len(done.moved)} 件的到期日已重新确定并通知双方。",
    )
    return HttpResponseRedirect(f"/desk/calendar?year={changed[-1]}")


urlpatterns: list[URLPattern] = [
    path("desk/calendar", year_page, name="calendar"),
    path("desk/calendar/preview", preview, name="calendar-preview"),
    path("desk/calendar/enter", enter, name="calendar-enter"),
]
