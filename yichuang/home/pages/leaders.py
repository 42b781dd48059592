"""The leaders' board: one screen of figures, each leading to its list; the wall's mode; the same as a workbook."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET
from markupsafe import Markup

from yichuang.cases.queries import BAND_LABELS, Band, Risk, by_risk
from yichuang.cases.queries.risk import MOST
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.gateways import charts
from yichuang.gateways.workbooks import Sheet, workbook
from yichuang.home.queries import board
from yichuang.home.queries.board import Line, Week
from yichuang.home.queries.board_panels import panels
from yichuang.journal.queries import head
from yichuang.kernel import paging
from yichuang.kernel.errors import Refused
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local, local_day
from yichuang.kernel.web import Request, needs
from yichuang.workdays.queries import calendar

SOON_DAYS = 3
# Classes, width and height of the plot, and by how much it is enlarged.
SCREENS = (
    ("d-none d-xl-block", 800, 200, Decimal(1)),
    ("d-none d-md-block d-xl-none", 520, 200, Decimal(1)),
    ("d-md-none", 220, 200, Decimal(1)),
)
WALL = (("", 290, 84, Decimal("2.4")),)
SIZE = re.compile(r'\b(width|height)="([\d.]+)"')
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs(Capability.DASHBOARD_READ)
@require_GET
def leaders(request: Request) -> HttpResponse:
    """The board of the whole centre, or of one department: a head sees the own one."""
    today, department = local_day(request.at), _department(request)
    span = _span(request, today)
    found = board.lines(today, department)
    weeks = board.weeks(today, department)
    names = department_names()
    wall = request.GET.get("wall") == "1"
    context = {
        "span": span,
        "spans": [
            (each.label, _here(department, span=each.code, wall=wall), each.code == span.code)
            for each in board.spans(today)
        ],
        "tiles": [_tile(line, department) for line in found if line.span.code == span.code],
        "lines": _table(found, department),
        "weeks": [_week(week, department) for week in weeks],
        "charts": _charts(weeks, department, wall=wall),
        "risk": _open_work(request, today, department),
        "departments": _departments(span, names) if department is None else [],
        "department_name": names.get(department, "") if department else "",
        "choices": sorted(names.items(), key=lambda pair: pair[1]) if _sees_all(request) else [],
        "chosen": department,
        "all": _sees_all(request),
        "panels": list(panels(span, by=request.by)) if department is None or not _sees_all(request) else [],
        "seal": head().number,
        "moment": f"{local(request.at):%H:%M}",
        "wall": wall,
        "wall_link": _here(department, span=span.code, wall=not wall),
        "xlsx": f"{reverse('desk-leaders-xlsx')}{_query(department)}",
    }  # fmt: skip
    return render(request, "home/leaders_wall.html" if wall else "home/leaders.html", context)


def _sees_all(request: Request) -> bool:
    return request.by.everywhere


def _department(request: Request) -> UUID | None:
    """The department asked for; a head's own, whatever was asked. Raises Refused for an account without one."""
    asked = parse_uuid(request.GET.get("department", ""))
    if _sees_all(request) or (asked is not None and request.by.reaches(asked)):
        return asked
    if request.by.department_id is None:
        raise Refused("您的账号没有所属部门，不能查看看板。", how="请联系管理员。")
    return request.by.department_id


def _span(request: Request, today: date) -> board.Span:
    found = {each.code: each for each in board.spans(today)}
    return found.get(request.GET.get("span", ""), found["week"])


def _query(department: UUID | None, **more: str) -> str:
    asked = ({"department": str(department)} if department else {}) | more
    return f"?{urlencode(asked)}" if asked else ""


def _here(department: UUID | None, *, span: str, wall: bool) -> str:
    return reverse("desk-leaders") + _query(department, span=span, **({"wall": "1"} if wall else {}))


def _cases(measure: str, first: date, last: date, department: UUID | None) -> str:
    """The list of the cases behind a figure; means lead to the concluded cases that they are made of."""
    counted = "concluded" if measure == "mean_days" else measure
    return reverse("desk-figures-cases") + _query(
        department, measure=counted, first=first.isoformat(), last=last.isoformat()
    )


def _tile(line: Line, department: UUID | None) -> dict[str, Any]:
    span = line.span
    before = "—" if line.before is None else f"{line.before:,}"
    return {
        "value": "—" if line.value is None else f"{line.value:,}",
        "unit": line.unit if line.value is not None else "",
        "label": line.label,
        "before": f"去年同期 {before}",
        "note": line.growth,
        "href": _cases(line.measure, span.first, span.last, department) if line.value else "",
    }


def _table(lines: list[Line], department: UUID | None) -> list[list[Any]]:
    """A row a measure; for every span now and a year before."""
    rows = []
    for code in board.MEASURES:
        mine = [line for line in lines if line.measure == code]
        row: list[Any] = [f"{mine[0].label}（{mine[0].unit}）"]
        for line in mine:
            row.append(_linked(line.value, _cases(code, line.span.first, line.span.last, department)))
            row.append(_linked(line.before, _cases(code, *line.span.before, department)))
        rows.append(row)
    return rows


def _linked(value: board.Value, href: str) -> Any:
    shown = "—" if value is None else f"{value:,}"
    return {"text": shown, "href": href} if value else shown


def _week(week: Week, department: UUID | None) -> list[Any]:
    return [
        f"{week.first} 至 {week.last}",
        _linked(week.accepted, _cases("accepted", week.first, week.last, department)),
        _linked(week.concluded, _cases("concluded", week.first, week.last, department)),
    ]


def _charts(weeks: list[Week], department: UUID | None, *, wall: bool) -> list[tuple[str, Markup]]:
    """The trend for every width of screen; points lead to their cases. Nothing where nothing happened."""
    if not any(week.accepted or week.concluded for week in weeks):
        return []
    series = [
        charts.Series(
            label,
            tuple(
                charts.Point(week.last, getattr(week, code), _cases(code, week.first, week.last, department))
                for week in weeks
            ),
        )
        for code, label in (("accepted", "受理"), ("concluded", "办结"))
    ]
    drawn = [
        (
            look,
            _grown(
                charts.svg(
                    charts.lines("每周受理、办结", "件", series, width=width, height=height),
                    Path(settings.FONTS_DIR),
                ),
                grown,
            ),
        )
        for look, width, height, grown in (WALL if wall else SCREENS)
    ]
    # The picture is made by our own chart builder, which escapes every word and refuses scripts and styles.
    return [(look, Markup(picture)) for look, picture in drawn]  # noqa: S704


def _grown(picture: str, factor: Decimal) -> str:
    """The picture drawn larger: on the wall no word is smaller than 28 px. Its own coordinates stay."""
    head, end, rest = picture.partition(">")
    return (
        SIZE.sub(lambda found: f'{found[1]}="{(Decimal(found[2]) * factor).quantize(Decimal(1))}"', head)
        + end
        + rest
    )


def _soon(today: date) -> date:
    return calendar().add(today, SOON_DAYS)


def _open_work(request: Request, today: date, department: UUID | None) -> list[dict[str, Any]]:
    """Open work by how near its date is, for those who may see cases."""
    if not request.by.can(Capability.CASE_SEARCH):
        return []
    return _risk(
        by_risk(by=request.by, today=today, soon=_soon(today), department=department), today, department
    )


def _risk(risk: Risk, today: date, department: UUID | None) -> list[dict[str, Any]]:
    """Bands of open work with the desk's list behind each."""
    days = {
        Band.OVERDUE: {"overdue": "1"},
        Band.TODAY: {"due_from": today.isoformat(), "due_to": today.isoformat()},
        Band.SOON: {"due_from": date.fromordinal(today.toordinal() + 1).isoformat(), "due_to": _soon(today).isoformat()},
        Band.LATER: {"due_from": date.fromordinal(_soon(today).toordinal() + 1).isoformat()},
    }  # fmt: skip
    tones = {Band.OVERDUE: "bad", Band.TODAY: "warn", Band.SOON: "warn", Band.LATER: "good"}
    rows = [
        {
            "label": BAND_LABELS[band],
            "tone": tones[band],
            "count": paging.counted(risk.bands[band], MOST),
            "href": reverse("desk") + _query(department, tab="in_hand", **days[band]),
        }
        for band in Band
    ]
    waits = {"label": "等待申请人或特别程序", "tone": "plain", "count": paging.counted(risk.waiting, MOST)}
    return [*rows, {**waits, "href": reverse("desk") + _query(department, tab="waiting")}]


def _departments(span: board.Span, names: dict[UUID, str]) -> list[list[Any]]:
    return [
        [
            {"text": name, "href": _here(body, span=span.code, wall=False)},
            *(_linked(values[code], _cases(code, span.first, span.last, body)) for code in board.MEASURES),
        ]
        for body, name, values in board.departments(span.first, span.last, names)
    ]


@needs(Capability.DASHBOARD_READ)
@require_GET
def leaders_xlsx(request: Request) -> HttpResponse:
    """The board as a workbook: every span beside last year's, the weeks, open work by risk, the departments."""
    today, department = local_day(request.at), _department(request)
    asof = f"截至 {today} {local(request.at):%H:%M}，已封账至第 {head().number} 号封"
    lines = board.lines(today, department)
    risk = _open_work(request, today, department)
    year = board.spans(today)[-1]
    sheets = [
        Sheet("指标", asof, ("时段", "起", "止", "指标", "单位", "数值", "去年同期", "增减"), [
            (line.span.label, line.span.first, line.span.last, line.label, line.unit, line.value, line.before, line.growth)
            for line in lines
        ]),
        Sheet("每周", asof, ("起", "止", "受理（件）", "办结（件）"), [
            (week.first, week.last, week.accepted, week.concluded) for week in board.weeks(today, department)
        ]),
        Sheet("期限", asof, ("期限", "件"), [
            (row["label"], row["count"]) for row in risk
        ]),
    ]  # fmt: skip
    if department is None:
        rows = board.departments(year.first, year.last, department_names())
        heads = ("部门", "收件", "受理", "办结", "提前办结率（%）", "平均用时（工作日）")
        sheets.append(
            Sheet(
                "部门",
                asof,
                heads,
                [(name, *(values[code] for code in board.MEASURES)) for _, name, values in rows],
            )
        )
    response = HttpResponse(workbook(sheets), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="board-{today}.xlsx"'
    return response


urlpatterns: list[URLPattern] = [
    path("desk/leaders", leaders, name="desk-leaders"),
    path("desk/leaders.xlsx", leaders_xlsx, name="desk-leaders-xlsx"),
]
