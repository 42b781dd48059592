"""Figures at the desk: any period, every measure by group and department, and the cases behind every number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yichuang.cases.flow import OUTCOME_LABELS, PROMPTNESS_LABELS, Outcome, Promptness
from yichuang.cases.pages.blocks import every_row
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.journal.queries import head, waiting
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.paging import Page
from yichuang.kernel.times import local_day
from yichuang.kernel.together import together
from yichuang.kernel.web import Request, needs
from yichuang.statistics import queries
from yichuang.statistics.flow import (
    BY_CODE,
    GROUPS,
    LABELS_OF_GROUPS,
    MEASURES,
    REPORTED_OPEN,
    WINDOW_MEASURES,
)
from yichuang.statistics.pages import tables
from yichuang.statistics.pages.period import Period, chips, period, valid_period
from yichuang.statistics.queries.late import SOURCE_LABELS
from yichuang.statistics.render.trend import trend_chart, trend_days
from yichuang.workdays.queries import calendar

CSV_PAGE = 1000
CHART_DAYS = 100
CASES_HEAD = ("办件编号", "事项", "部门", "计入日期", "结果", "时效", "用时（工作日）")
CSV_HEAD = (*CASES_HEAD, "来源")


@needs(Capability.FIGURES_READ)
@require_safe
def figures(request: Request) -> HttpResponse:
    """Every measure of a period by group and by department, and the year to date with what was brought forward."""
    today = local_day(request.at)
    asked = period(request.GET, today)
    cells, names, acts, reported, days, carried, window_carried, seal, queued = together(
        lambda: queries.cells(first_day=asked.first, last_day=asked.last),
        department_names,
        lambda: queries.window_acts(first_day=asked.first, last_day=asked.last),
        lambda: queries.reported_flows(asked.first, asked.last, by_department=False),
        lambda: _days(asked),
        lambda: queries.year_to_date_with_source(asked.last),
        lambda: queries.window_year_to_date_with_source(asked.last),
        head,
        waiting,
    )
    groups = tables.by_group(cells)
    departments = tables.by_department(cells, names)
    context: dict[str, Any] = {
        "period": asked,
        "given": request.GET if asked.wrong else asked.query,
        "chips": chips(asked, today),
        "groups": _two_tables(groups, asked, "类别"),
        "departments": _two_tables(departments, asked, "部门"),
        "carried": [*carried, *window_carried],
        "group_labels": LABELS_OF_GROUPS,
        "measure_labels": {code: measure.label for code, measure in BY_CODE.items()},
        **_window(acts, names),
        **_reported(reported),
        "seal": seal,
        "waiting": queued,
        "at": request.at,
        "csv": f"/desk/figures.csv?{urlencode(asked.query)}",
        "may_enter": request.by.can(Capability.FIGURES_BRING_FORWARD),
        **_trend(asked, days),
    }
    return render(request, "statistics/desk_figures.html", context, status=422 if asked.wrong else 200)


def _window(acts: queries.WindowActs, names: dict[UUID, str]) -> dict[str, Any]:
    values = acts.values()
    return {
        "window_head": tables.window_head("部门"),
        "window_rows": tables.window_rows(acts, names),
        "window_foot": ["合计", *values.values()],
        "window_definitions": WINDOW_MEASURES,
    }


def _reported(flows: list[queries.ReportedFlow]) -> dict[str, Any]:
    some = any((row.opening, row.accepted, row.closing) for row in flows)
    return {"reported": flows if some else [], "reported_measure": REPORTED_OPEN}


def _two_tables(rows: list[tables.Row], asked: Period, first: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "head": tables.head(first, codes),
            "rows": [row.cells(codes, asked) for row in rows if row.label != "合计"],
            "foot": next((row.cells(codes, asked) for row in rows if row.label == "合计"), []),
        }
        for name, codes in (("件数", tables.COUNTS), ("比率和用时", tables.RATES))
    ]


def _days(asked: Period) -> list[tuple[date, str, int]] | None:
    """What happened day by day; None of a period that is too long to be drawn by days."""
    if (asked.last - asked.first).days >= CHART_DAYS:
        return None
    return queries.trend(first_day=asked.first, last_day=asked.last)


def _trend(asked: Period, found: list[tuple[date, str, int]] | None) -> dict[str, Any]:
    if found is None:
        return {"days": [], "chart": ""}
    days = trend_days(found, first_day=asked.first, last_day=asked.last, calendar=calendar())
    return {"days": days, "chart": trend_chart(days, "每日受理、办结")}


@needs(Capability.FIGURES_READ)
@require_safe
def figures_csv(request: Request) -> HttpResponseBase:
    """Both tables of the page as CSV: every measure by group and by department. Raises Invalid for a wrong period."""
    asked = valid_period(request.GET, local_day(request.at))
    cells = queries.cells(first_day=asked.first, last_day=asked.last)
    rows = [("类别", row) for row in tables.by_group(cells)]
    rows += [("部门", row) for row in tables.by_department(cells, department_names())]
    return csv_response(
        f"统计-{asked.first}-{asked.last}.csv",
        ("起", "止", "分组", "名称", *(f"{m.label}（{m.unit}）" for m in MEASURES)),
        (
            (asked.first, asked.last, kind, row.label, *(row.values[measure.code] for measure in MEASURES))
            for kind, row in rows
        ),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Which number somebody clicked on."""

    measure: str
    period: Period
    group: str
    department: UUID | None

    @property
    def query(self) -> dict[str, str]:
        """For an address."""
        more = {"group": self.group} if self.group else {}
        more |= {"department": str(self.department)} if self.department else {}
        return {"measure": self.measure, **self.period.query, **more}

    def page(self, request: Request, *, after: str = "", size: int = 50) -> Page[queries.CountedCase]:
        """The cases, as far as the actor may see them."""
        return queries.counted_cases(
            self.measure, by=request.by, first_day=self.period.first, last_day=self.period.last, group=self.group,
            department=self.department, after=after, size=size,
        )  # fmt: skip


def _asked(request: Request) -> Asked:
    """Raises Invalid for an unknown measure, group or department, and for a period that cannot be read."""
    measure, group = request.GET.get("measure", ""), request.GET.get("group", "")
    raw = request.GET.get("department", "")
    department = parse_uuid(raw)
    if measure not in tables.LINKED or (group and group not in GROUPS) or (raw and department is None):
        raise Invalid("没有这个统计项。", how="请从统计表中点击数字进入。")
    return Asked(measure, valid_period(request.GET, local_day(request.at)), group, department)


@needs(Capability.FIGURES_READ)
@require_safe
def cases(request: Request) -> HttpResponse:
    """The cases behind one number, by the day on which each counts."""
    asked = _asked(request)
    page = asked.page(request, after=request.GET.get("after", ""))
    names = department_names()
    cells = queries.cells(
        first_day=asked.period.first, last_day=asked.period.last, department=asked.department
    )
    values = cells.values(asked.group) if asked.group else cells.counted().values()
    measure = tables.CASES[asked.measure]
    context = {
        "measure": measure,
        "value": values[measure.of or measure.code],
        "period": asked.period,
        "group": GROUPS.get(asked.group, ""),
        "department": names.get(asked.department, "") if asked.department else "",
        "head": [*CASES_HEAD[:6], {"label": CASES_HEAD[6], "num": True}],
        "rows": [_case_row(case, names) for case in page.rows],
        "everywhere": request.by.everywhere,
        "may_open": request.by.can(Capability.CASE_SEARCH),
        "previous": "" if page.is_first else f"?{urlencode(asked.query)}",
        "following": f"?{urlencode({**asked.query, 'after': page.following})}" if page.following else "",
        "csv": f"/desk/figures/cases.csv?{urlencode(asked.query)}",
        "export": f"/desk/exports/new?{urlencode({'list': 'counted', **asked.query})}",
        "back": f"/desk/figures?{urlencode(asked.period.query)}",
    }
    return render(request, "statistics/cases.html", context)


def _case_row(case: queries.CountedCase, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": case.id,
        "number": case.number,
        "item": case.item_name,
        "department": names.get(case.department_id, ""),
        "day": case.day,
        "outcome": OUTCOME_LABELS[Outcome(case.outcome)] if case.outcome else "",
        "promptness": PROMPTNESS_LABELS[Promptness(case.promptness)] if case.promptness else "",
        "days_used": case.days_used,
        "source": case.source,
    }


@needs(Capability.FIGURES_READ)
@require_safe
def cases_csv(request: Request) -> HttpResponseBase:
    """Every case behind one number as CSV."""
    asked = _asked(request)
    name = f"{BY_CODE[asked.measure].label}-{asked.period.first}-{asked.period.last}.csv"
    return csv_response(name, CSV_HEAD, _every_case(asked, request))


def _every_case(asked: Asked, request: Request) -> Iterator[tuple[object, ...]]:
    names = department_names()
    for case in every_row(request, lambda after: asked.page(request, after=after, size=CSV_PAGE)):
        _, *told, source = _case_row(case, names).values()
        yield (*told, SOURCE_LABELS[source])
