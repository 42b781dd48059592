"""Whether the tables of a period balance: every group and department, with a mark or the difference."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs
from yichuang.statistics import queries
from yichuang.statistics.flow import GROUPS
from yichuang.statistics.pages.period import period, valid_period

COLUMNS = (
    ("opening", "期初在办"), ("received", "收件"), ("moved_in", "转入"), ("moved_out", "转出"), ("concluded", "办结"),
    ("refused", "不予受理"), ("terminated", "终结"), ("expected", "应为期末在办"), ("closing", "清点期末在办"),
)  # fmt: skip


@needs(Capability.FIGURES_READ)
@require_safe
def balance(request: Request) -> HttpResponse:
    """Both tables of a period and everything that does not add up."""
    asked = period(request.GET, local_day(request.at))
    names = department_names()
    found = queries.balances(asked.first, asked.last)
    reported = queries.reported_flows(asked.first, asked.last)
    problems = queries.imbalances_of(found, names) + queries.fallen(asked.first, asked.last)
    context: dict[str, Any] = {
        "period": asked,
        "given": request.GET if asked.wrong else asked.query,
        "head": ["类别", "部门", *({"label": label, "num": True} for _, label in COLUMNS), "是否相符"],
        "columns": COLUMNS,
        "whole": [(GROUPS[row.group], "全部部门", row) for row in found if row.department is None],
        "departments": [
            (GROUPS[row.group], names.get(row.department, "（已撤销的部门）"), row)
            for row in found
            if row.department is not None
        ],
        "reported": [
            (
                GROUPS[row.group],
                names.get(row.department, "（已撤销的部门）") if row.department else "全部部门",
                row,
            )
            for row in reported
            if any((row.opening, row.accepted, row.closing))
        ],
        "problems": problems,
        "csv": f"/desk/figures/balance.csv?{urlencode(asked.query)}",
    }
    return render(request, "statistics/balance.html", context, status=422 if asked.wrong else 200)


@needs(Capability.FIGURES_READ)
@require_safe
def balance_csv(request: Request) -> HttpResponseBase:
    """Every row as CSV. Raises Invalid for a wrong period."""
    asked = valid_period(request.GET, local_day(request.at))
    names = department_names()
    head = ("起", "止", "类别", "部门", *(label for _, label in COLUMNS), "相差")
    return csv_response(
        f"数表平衡-{asked.first}-{asked.last}.csv",
        head,
        (
            (
                asked.first, asked.last, GROUPS[row.group],
                names.get(row.department, "（已撤销的部门）") if row.department else "全部部门",
                *(getattr(row, name) for name, _ in COLUMNS), row.difference,
            )
            for row in queries.balances(asked.first, asked.last)
        ),
    )  # fmt: skip
