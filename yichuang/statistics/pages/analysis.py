"""专题分析: analysts ask in words of the tables, and are answered from the monthly files; nobody types a statement."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yichuang.directory.flow import Capability
from yichuang.gateways.columns import Answer
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid, Unavailable
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs
from yichuang.statistics.flow.analysis import DIMENSION, DIMENSIONS, FILTERS, MEASURE, MEASURES
from yichuang.statistics.pages.period import Period, period, valid_period
from yichuang.statistics.queries.late import department_labels, departments_called
from yichuang.statistics.render.analysis import about, answer
from yichuang.statistics.rules.analysis import Asked

PAGE_ROWS, CSV_ROWS = 500, 50_000
MOST_LENGTH = 100
MOST_NAMED = 5
EMPTY = "—"


@dataclass(frozen=True, slots=True)
class _Form:
    """What was chosen, as it stands in the address; `wrong` by field."""

    measure: str
    dimensions: tuple[str, ...]
    only: Mapping[str, str]
    wrong: Mapping[str, str]

    def query(self, asked: Period) -> dict[str, str]:
        """For an address."""
        by = {f"by{place}": code for place, code in enumerate(self.dimensions, start=1)}
        return {"measure": self.measure, **by, **asked.query, **self.only}


def _form(given: Mapping[str, str]) -> _Form:
    wrong: dict[str, str] = {}
    measure = given.get("measure", "accepted")
    if measure not in MEASURE:
        wrong["measure"] = "请选择一个统计项"
    chosen = [given.get(name, "") for name in ("by1", "by2")]
    for name, code in zip(("by1", "by2"), chosen, strict=True):
        if code and code not in DIMENSION:
            wrong[name] = "请选择一个分组"
    dimensions = tuple(dict.fromkeys(code for code in chosen if code in DIMENSION))
    only = {
        code: value
        for code in FILTERS
        if (value := given.get(code, "").replace("\0", "").strip()[:MOST_LENGTH])
    }
    return _Form(measure if measure in MEASURE else "accepted", dimensions, only, wrong)


def _asked(form: _Form, first: date, last: date, request: Request) -> Asked:
    """The question within the reader's reach, a department by its id. Raises Invalid for a name that several have."""
    reached = request.by.scope_departments
    only = dict(form.only)
    if called := only.get("department"):
        found = _called(called, reached)
        only["department"] = "" if found is None else str(found)
    departments = None if reached is None else tuple(reached)
    return Asked(form.measure, form.dimensions, first, last, only, departments)


def _called(name: str, reached: Collection[UUID] | None) -> UUID | None:
    """The department within reach that is called so, as the answers name it or by a name of its own; None for nobody. Raises Invalid
    where several are.
    """
    inside = None if reached is None else set(reached)
    labels = {one: label for one, label in department_labels().items() if inside is None or one in inside}
    found = [one for one, label in labels.items() if label == name]
    found = found or [one for one in departments_called(name) if one in labels]
    if len(found) > 1:
        told = "；".join(sorted(labels[one] for one in found)[:MOST_NAMED])
        told += f"等 {len(found):,} 个" if len(found) > MOST_NAMED else ""
        raise Invalid(f"叫“{name}”的部门不止一个：{told}。", how="请按上面的全称填写要统计的那一个。")
    return found[0] if found else None


@needs(Capability.ANALYSIS_READ)
@require_safe
def analysis(request: Request) -> HttpResponse:
    """The form, and the answer once something was asked."""
    today = local_day(request.at)
    asked = period(request.GET, today, default=(today.replace(month=1, day=1), today))
    form = _form(request.GET)
    wrong = {**asked.wrong, **form.wrong}
    problem, found = None, None
    if request.GET and not wrong:
        try:
            question = _asked(form, asked.first, asked.last, request)
            found = _named(question, answer(question, rows=PAGE_ROWS))
        except (Invalid, Unavailable) as error:
            problem = error
    context: dict[str, Any] = {
        "period": asked,
        "given": request.GET if wrong else form.query(asked),
        "wrong": wrong,
        "problem": problem,
        "measures": [(one.code, f"{one.label}（{one.unit}）") for one in MEASURES],
        "dimensions": [("", "不分组"), *((one.code, one.label) for one in DIMENSIONS)],
        "filters": [(code, DIMENSION[code].label, _options(code)) for code in FILTERS],
        "about": about(),
        "asked": found is not None,
        "head": _head(form) if found else [],
        "rows": _rows(form, found) if found else [],
        "more": bool(found and found.more),
        "most": PAGE_ROWS,
        "csv": f"/desk/analysis.csv?{urlencode(form.query(asked))}",
    }
    status = 422 if wrong or isinstance(problem, Invalid) else 200
    return render(request, "statistics/analysis.html", context, status=status)


def _named(asked: Asked, found: Answer) -> Answer:
    """The answer with departments as they are called today, in the order of their names."""
    if "department" not in asked.dimensions:
        return found
    place, labels = asked.dimensions.index("department"), department_labels()

    def named(row: tuple[Any, ...]) -> tuple[Any, ...]:
        said = row[place]
        label = said and labels.get(UUID(said), f"名录里没有的部门（{said}）")
        return (*row[:place], label, *row[place + 1 :])

    def order(row: tuple[Any, ...]) -> list[tuple[bool, Any]]:
        return [(one is None, one or "") for one in row[: len(asked.dimensions)]]

    return replace(found, rows=sorted(map(named, found.rows), key=order))


def _options(code: str) -> list[tuple[str, str]] | None:
    words = DIMENSION[code].words
    return None if words is None else [("", "不限"), *words.items()]


def _head(form: _Form) -> list[Any]:
    measure = MEASURE[form.measure]
    last = {"label": f"{measure.label}（{measure.unit}）", "num": True}
    return [*(DIMENSION[code].label for code in form.dimensions), last] if form.dimensions else ["范围", last]


def _rows(form: _Form, found: Answer) -> list[list[Any]]:
    rows = []
    for row in found.rows:
        *by, value = row
        words = [_said(code, one) for code, one in zip(form.dimensions, by, strict=True)]
        rows.append([*(words or ["合计"]), EMPTY if value is None else _number(value)])
    return rows


def _said(code: str, value: Any) -> str:
    if value in (None, ""):
        return EMPTY
    words = DIMENSION[code].words
    return str(value) if words is None else words.get(str(value), str(value))


def _number(value: int | Decimal) -> int | str:
    """Whole numbers as they are; a mean with all its places."""
    return str(value) if isinstance(value, Decimal) else int(value)


@needs(Capability.ANALYSIS_READ)
@require_safe
def analysis_csv(request: Request) -> HttpResponseBase:
    """The answer as CSV, to 50,000 rows. Raises Invalid for what cannot be read or takes too long."""
    today = local_day(request.at)
    asked = valid_period(request.GET, today, default=(today.replace(month=1, day=1), today))
    form = _form(request.GET)
    if form.wrong:
        raise Invalid("专题分析的选择有误。", how="请回到专题分析页重新选择。", fields=dict(form.wrong))
    question = _asked(form, asked.first, asked.last, request)
    found = _named(question, answer(question, rows=CSV_ROWS))
    head = tuple(one if isinstance(one, str) else one["label"] for one in _head(form))
    return csv_response(f"专题分析-{asked.first}-{asked.last}.csv", head, map(tuple, _rows(form, found)))
