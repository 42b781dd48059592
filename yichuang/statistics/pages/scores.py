"""The 一网通办 score: the table of places, one department's indicators, and what would raise it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from yichuang.directory.flow import Capability
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs
from yichuang.statistics.flow.scores import SCORE_MEASURE
from yichuang.statistics.pages.period import Period, chips, former_month, period, valid_period
from yichuang.statistics.queries.scores import Standing, scores, standing
from yichuang.statistics.rules.efficiency import printed
from yichuang.statistics.rules.scores import Result


@needs(Capability.FIGURES_READ)
@require_safe
def places(request: Request) -> HttpResponse:
    """Every department's place; a head sees the own one and the others without name."""
    today = local_day(request.at)
    asked = period(request.GET, today, default=former_month(today))
    found = scores(asked.first, asked.last, by=request.by)
    context: dict[str, Any] = {
        "period": asked,
        "given": request.GET if asked.wrong else asked.query,
        "chips": [_month_chip(asked, request), *chips(asked, today)],
        "scores": found,
        "rows": [_row(each, asked) for each in found.standings],
        "own": next((_row(each, asked) for each in found.standings if _is_own(each, request)), None),
        "everywhere": request.by.everywhere,
        "may_manage": request.by.can(Capability.SCORE_MANAGE),
        "measures": SCORE_MEASURE,
        "printed": printed,
        "csv": f"/desk/figures/scores.csv?{urlencode(asked.query)}",
    }
    return render(request, "statistics/scores.html", context, status=422 if asked.wrong else 200)


def _month_chip(asked: Period, request: Request) -> tuple[str, str, bool]:
    first, last = former_month(local_day(request.at))
    return (
        "上月",
        f"?{urlencode({'first': first, 'last': last})}",
        (first, last) == (asked.first, asked.last),
    )


def _is_own(row: Standing, request: Request) -> bool:
    return not request.by.everywhere and row.department_id is not None


def _row(row: Standing, asked: Period) -> dict[str, Any]:
    href = ""
    if row.department_id is not None:
        href = f"{reverse('desk-scores-of', args=[row.department_id])}?{urlencode(asked.query)}"
    return {
        "rank": row.rank,
        "name": row.name,
        "href": href,
        "total": row.total,
        "former": row.former_total,
        "rise": _rise(row.rise),
        "advice": row.advice if row.results else "",
    }


def _rise(places_gained: int | None) -> tuple[str, str]:
    """The change of place in words with its tone."""
    if places_gained is None:
        return ("无可比", "plain")
    if places_gained == 0:
        return ("持平", "plain")
    return (f"上升 {places_gained} 位", "good") if places_gained > 0 else (f"下降 {-places_gained} 位", "bad")


@needs(Capability.FIGURES_READ)
@require_safe
def places_csv(request: Request) -> HttpResponseBase:
    """The table as CSV with every indicator that the reader may see. Raises Invalid for a wrong period."""
    today = local_day(request.at)
    asked = valid_period(request.GET, today, default=former_month(today))
    found = scores(asked.first, asked.last, by=request.by)
    labels = [f"{each.label}（{each.weight}分）" for each in found.yardsticks]
    head = ("起", "止", "名次", "部门", "得分", "上期得分", "上期名次", *labels, "建议")
    return csv_response(
        f"一网通办得分-{asked.first}-{asked.last}.csv",
        head,
        (
            (
                asked.first, asked.last, row.rank, row.name, row.total, row.former_total, row.former_rank,
                *([each.points for each in row.results] or [None] * len(labels)), row.advice if row.results else "",
            )
            for row in found.standings
        ),
    )  # fmt: skip


@needs(Capability.FIGURES_READ)
@require_safe
def place(request: Request, score_department_id: UUID) -> HttpResponse:
    """One department: every indicator with its value, target, points and what is missing."""
    today = local_day(request.at)
    asked = valid_period(request.GET, today, default=former_month(today))
    found, mine = standing(score_department_id, asked.first, asked.last, by=request.by)
    context = {
        "period": asked,
        "scores": found,
        "mine": _row(mine, asked),
        "printed": printed,
        "rows": [_result(each) for each in mine.results],
        "back": f"{reverse('desk-scores')}?{urlencode(asked.query)}",
    }
    return render(request, "statistics/score.html", context)


def _result(each: Result) -> dict[str, Any]:
    measure = SCORE_MEASURE.get(each.yardstick.measure)
    value = each.value
    counts = f"{value.part:,} ÷ {value.whole:,}" if value and value.part is not None and value.whole else ""
    return {
        "indicator": each.yardstick,
        "value": None if value is None else printed(value.value),
        "behind": counts or (value.source if value else "本期没有数据，不计入总分"),
        "formula": measure.formula if measure else "按公布的数录入，注明出处",
        "met": None if value is None else each.yardstick.meets(value.value),
        "points": each.points,
        "lost": each.lost,
    }
