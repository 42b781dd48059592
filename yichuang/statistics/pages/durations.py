"""How long each step takes, by department and by officer, with the cases behind every number."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yichuang.cases.queries.durations import STEPS, StepTime, Taken, behind, step_times, summed
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs
from yichuang.statistics.pages.period import Period, chips, former_month, period, valid_period

LONGEST_DAYS = 366
SHOWN = 200
HEAD = ("环节", "件次", "用时合计", "平均用时", "最长", "超环节时限")
CASES_HEAD = (
    "办件编号",
    "事项",
    "环节",
    "经办",
    "起",
    "止",
    "用时（工作日）",
    "环节时限（工作日）",
    "超时限",
)


@needs(Capability.FIGURES_READ)
@require_safe
def overview(request: Request) -> HttpResponseBase:
    """Each department's steps; of one department each officer's; the same as CSV."""
    today = local_day(request.at)
    asked = _short(period(request.GET, today, default=former_month(today)))
    department = parse_uuid(request.GET.get("department", ""))
    steps = step_times(asked.first, asked.last, by=request.by, department=department)
    names, officers = department_names(), {one.officer: one.officer_name for one in steps}
    rows = summed(steps, officers=department is not None)
    if request.GET.get("format") == "csv":
        return _csv(asked, rows, names, officers)
    reached = request.by.scope_departments
    options = [(str(key), name) for key, name in names.items() if reached is None or key in reached]
    query = asked.query | {"department": str(department or "")}
    context: dict[str, Any] = {
        "period": asked,
        "given": request.GET if asked.wrong else asked.query,
        "chips": chips(asked, today, department=str(department or "")),
        "department": str(department or ""),
        "department_name": names.get(department, "") if department else "",
        "options": [("", "全部部门"), *sorted(options, key=_name)],
        "overview": None if department else _overview(rows, names, asked),
        "groups": list(_groups(rows, names, officers, asked)) if department else [],
        "csv": f"?{urlencode(query | {'format': 'csv'})}",
    }
    return render(request, "statistics/durations.html", context, status=422 if asked.wrong else 200)


def _name(option: tuple[str, str]) -> str:
    return option[1]


def _short(asked: Period) -> Period:
    """A year at most: the steps are counted from the facts themselves."""
    if (asked.last - asked.first).days < LONGEST_DAYS:
        return asked
    return Period(asked.last.replace(day=1), asked.last, {"first": "一次最多统计一年，现显示最后一个月"})


def _overview(
    rows: Mapping[tuple[str, str, str], Taken], names: Mapping[UUID, str], asked: Period
) -> dict[str, Any]:
    """Departments by steps: what each step takes on average, and how often one took too long."""
    bodies = sorted({key[0] for key in rows}, key=lambda body: _department(body, names))
    lines = []
    for body in bodies:
        own = {step: taken for (where, _, step), taken in rows.items() if where == body}
        late = sum(taken.late for taken in own.values())
        href = f"?{urlencode(asked.query | {'department': body})}"
        means = [
            {"text": f"{own[step].mean:f}", "href": _address(asked, body, "", step)} if step in own else "—"
            for step in STEPS
        ]
        too_long = {"text": late, "href": f"{_address(asked, body, '', '')}&late=1"} if late else 0
        lines.append([{"text": _department(body, names), "href": href}, *means, too_long])
    columns = [{"label": label, "num": True} for label in (*STEPS.values(), "超环节时限（件次）")]
    return {"head": ["部门", *columns], "rows": lines}


def _groups(
    rows: Mapping[tuple[str, str, str], Taken], names: Mapping[UUID, str], officers: Mapping[str, str],
    asked: Period,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """One table for each officer of a department."""
    whose = dict.fromkeys(key[:2] for key in rows)
    for body, officer in sorted(
        whose, key=lambda key: (_department(key[0], names), officers.get(key[1], ""))
    ):
        lines = [
            (step, taken, _address(asked, body, officer, step))
            for (where, who, step), taken in rows.items()
            if (where, who) == (body, officer)
        ]
        yield {
            "name": officers[officer],
            "rows": [_line(step, taken, href) for step, taken, href in lines],
        }


def _department(body: str, names: Mapping[UUID, str]) -> str:
    return names.get(UUID(body), "（已撤销的部门）") if body else "（未分部门）"


def _address(asked: Period, body: str, officer: str, step: str) -> str:
    query = asked.query | {"department": body, "officer": officer, "step": step}
    return f"/desk/durations/cases?{urlencode(query)}"


def _line(step: str, taken: Taken, href: str) -> list[Any]:
    late = {"text": taken.late, "href": f"{href}&late=1"} if taken.late else 0
    count = {"text": taken.count, "href": href}
    return [STEPS[step], count, taken.days, f"{taken.mean:f}", taken.longest, late]


def _csv(
    asked: Period, rows: Mapping[tuple[str, str, str], Taken], names: Mapping[UUID, str],
    officers: Mapping[str, str],
) -> HttpResponseBase:  # fmt: skip
    lines = (
        (asked.first, asked.last, _department(body, names), officers.get(officer, "全部"), STEPS[step], taken.count,
         taken.days, taken.mean, taken.longest, taken.late)
        for (body, officer, step), taken in rows.items()
    )  # fmt: skip
    return csv_response(
        f"环节用时-{asked.first}-{asked.last}.csv", ("起", "止", "部门", "经办", *HEAD), lines
    )


@needs(Capability.FIGURES_READ)
@require_safe
def cases(request: Request) -> HttpResponseBase:
    """The cases behind a number, the longest first; all of them as CSV. Raises Invalid for what cannot be read."""
    asked = _short(valid_period(request.GET, local_day(request.at)))
    step = request.GET.get("step", "")
    if step not in ("", *STEPS):
        raise Invalid("没有这个环节。", how="请从环节用时的表格里点数字进入。", fields={"step": "未知的环节"})
    department = parse_uuid(request.GET.get("department", ""))
    found = behind(
        step_times(asked.first, asked.last, by=request.by, department=department), by=request.by, step=step,
        officer=request.GET.get("officer", "")[:80], late=request.GET.get("late") == "1",
    )  # fmt: skip
    if request.GET.get("format") == "csv":
        return csv_response(
            f"环节用时办件-{asked.first}-{asked.last}.csv", CASES_HEAD, map(_case_cells, found)
        )
    given = {name: value for name, value in request.GET.items() if name != "format"}
    context = {
        "period": asked,
        "step": STEPS.get(step, "全部环节"),
        "rows": found[:SHOWN],
        "more": max(0, len(found) - SHOWN),
        "csv": f"?{urlencode(given | {'format': 'csv'})}",
        "back": f"/desk/durations?{urlencode(asked.query | {'department': str(department or '')})}",
    }
    return _page(request, context)


def _page(request: Request, context: dict[str, Any]) -> HttpResponse:
    return render(request, "statistics/durations_cases.html", context)


def _case_cells(one: StepTime) -> tuple[object, ...]:
    promised = "" if one.promised is None else one.promised
    return (
        one.number, one.item_name, one.label, one.officer_name, one.began_on, one.ended_on, one.days, promised,
        "是" if one.late else "",
    )  # fmt: skip
