"""The indicators of the 一网通办 score and the values that are entered: forms with their history."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from yichuang.directory.flow import Capability, DepartmentKind
from yichuang.directory.queries import department_names, departments
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key
from yichuang.statistics import commands
from yichuang.statistics.flow.scores import ENTERED, MOST_INDICATORS, SCORE_MEASURES, Direction
from yichuang.statistics.queries.scores import (
    entries,
    indicator_sets,
    packaged_yardsticks,
    set_in_force,
    yardstick,
    yardsticks_of,
)
from yichuang.statistics.rules.efficiency import printed
from yichuang.statistics.rules.scores import Yardstick

COLUMNS = ("code", "label", "unit", "measure", "weight", "full_value", "zero_value", "target")
NUMBERS = ("full_value", "zero_value", "target")
BLANK_ROWS = 2
LARGEST = Decimal(10) ** 9
MEASURE_OPTIONS = [
    (ENTERED, "人工录入，注明出处"),
    *((each.code, f"自动：{each.label}") for each in SCORE_MEASURES),
]
ENTRY_FIELDS = ("code", "department", "as_of", "value", "source")
Given = dict[str, str]


@needs(Capability.SCORE_MANAGE)
@require_safe
def indicators(request: Request) -> HttpResponse:
    """The set in force in a form, and every set that went before."""
    return _indicators(request)


def _indicators(
    request: Request, given: list[Given] | None = None, problem: Problem | None = None
) -> HttpResponse:
    sets = indicator_sets()
    known = [yardstick(row) for row in sets[0].indicators.all()] if sets else list(packaged_yardsticks())
    rows = [_as_given(each) for each in known] if given is None else given
    room = max(0, min(BLANK_ROWS, MOST_INDICATORS - len(rows)))
    blank = dict.fromkeys(COLUMNS, "")
    posted = request.POST if problem else {}
    context: dict[str, Any] = {
        "rows": list(enumerate([*rows, *([dict(blank) for _ in range(room)] if given is None else [])])),
        "sets": [(each, [yardstick(row) for row in each.indicators.all()]) for each in sets],
        "valid_from": posted.get("valid_from", ""),
        "reason": posted.get("reason", ""),
        "problem": problem,
        "errors": problem.fields if problem else {},
        "measures": MEASURE_OPTIONS,
        "printed": printed,
        "key": posted.get("client_key") or client_key(),
    }
    return render(request, "statistics/indicators.html", context, status=problem.status if problem else 200)


def _as_given(each: Yardstick) -> Given:
    values = ((name, getattr(each, name)) for name in COLUMNS)
    return {name: printed(value) if isinstance(value, Decimal) else str(value) for name, value in values}


@needs(Capability.SCORE_MANAGE)
@require_POST
def save(request: Request) -> HttpResponse:
    """Put the set of the form in force from its day. Rows without a name are left out."""
    key = post_key(request)
    given = [
        row
        for place in range(MOST_INDICATORS + BLANK_ROWS)
        if (row := _posted(request, place))["label"] or row["weight"]
    ]
    try:
        rows, day = _read(given, request.POST.get("valid_from", ""), key)
        reason = clean_text(request.POST.get("reason", ""), limit=500)
        commands.set_indicators(rows, valid_from=day, reason=reason, key=key, by=request.by, at=request.at)
    except Problem as problem:
        return _indicators(request, given, problem)
    messages.success(request, f"新的指标自 {day} 起生效，以前的得分不变。")
    return HttpResponseRedirect(reverse("desk-indicators"))


def _posted(request: Request, place: int) -> Given:
    return {name: clean_text(request.POST.get(f"{name}-{place}", ""), limit=100) for name in COLUMNS}


def _read(given: list[Given], day: str, key: str) -> tuple[list[Yardstick], date]:
    """The set of the form. Raises Invalid with every field that cannot be read."""
    wrong: dict[str, str] = {}
    rows = []
    for place, row in enumerate(given):
        weight, numbers = _whole(row["weight"]), [_decimal(row[name]) for name in NUMBERS]
        wrong |= {
            f"{name}-{place}": "应为数字，例如：90"
            for name, value in zip(NUMBERS, numbers, strict=True)
            if value is None
        }
        if weight is None:
            wrong[f"weight-{place}"] = "权重应为 1 至 100 的整数"
        if not wrong:
            # An entered indicator keeps its code from set to set; a new one takes the key of the form and its place.
            code = row["measure"] or row["code"] or f"{key[:8]}-{place}"
            full, zero, target = (value or Decimal(0) for value in numbers)
            # Whichever way the full value lies is the better way.
            way = Direction.HIGHER if full > zero else Direction.LOWER
            rows.append(
                Yardstick(
                    code, row["label"], row["unit"], weight or 0, way, full, zero, target,
                    row["measure"],
                )
            )  # fmt: skip
    found = _day(day)
    if found is None:
        wrong["valid_from"] = "请填写生效日期，例如：2022-07-01"
    if wrong or found is None:
        raise Invalid("指标还不能生效，请先改正。", fields=wrong)
    return rows, found


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None


def _decimal(text: str) -> Decimal | None:
    """A number with at most two decimals that the table can hold."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= LARGEST or value != round(value, 2):
        return None
    return value


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2099 else None


@needs(Capability.SCORE_MANAGE)
@require_safe
def entered(request: Request) -> HttpResponse:
    """What was entered, with its source, and the form."""
    return _entered(request)


def _entered(request: Request, given: Given | None = None, problem: Problem | None = None) -> HttpResponse:
    names, page = department_names(), entries(after=request.GET.get("after", ""))
    provincial = departments().filter(kind=DepartmentKind.PROVINCIAL)
    known = [each for each in yardsticks_of(set_in_force(local_day(request.at))) if each.measure == ENTERED]
    labels = {row.code: row for found in indicator_sets() for row in found.indicators.all()}
    context: dict[str, Any] = {
        "rows": [(row, labels.get(row.code), names.get(row.department_id, "")) for row in page.rows],
        "previous": "" if page.is_first else reverse("desk-indicator-entries"),
        "following": f"?{urlencode({'after': page.following})}" if page.following else "",
        "printed": printed,
        "indicators": [(each.code, f"{each.label}（{each.unit}）") for each in known],
        "departments": [(str(each.pk), each.short_name) for each in provincial],
        "given": given or dict.fromkeys(ENTRY_FIELDS, ""),
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": request.POST.get("client_key") or client_key() if problem else client_key(),
    }
    return render(
        request, "statistics/indicator_entries.html", context, status=problem.status if problem else 200
    )


@dataclass(frozen=True, slots=True)
class Typed:
    """The form of one value, read as far as it can be read."""

    day: date | None
    value: Decimal | None


@needs(Capability.SCORE_MANAGE)
@require_POST
def enter(request: Request) -> HttpResponse:
    """Enter one value with its source."""
    key = post_key(request)
    given = {name: clean_text(request.POST.get(name, ""), limit=500) for name in ENTRY_FIELDS}
    typed = Typed(_day(given["as_of"]), _decimal(given["value"]))
    department = parse_uuid(given["department"])
    try:
        if typed.day is None or typed.value is None or department is None:
            raise Invalid("指标值还不能录入，请先改正。", fields=_unread(typed, department is None))
        commands.enter_indicator(
            given["code"], department, as_of=typed.day, value=typed.value, source=given["source"], key=key,
            by=request.by, at=request.at,
        )  # fmt: skip
    except Problem as problem:
        return _entered(request, given, problem)
    messages.success(request, "指标值已录入，得分已重算。")
    return HttpResponseRedirect(reverse("desk-indicator-entries"))


def _unread(typed: Typed, no_department: bool) -> dict[str, str]:
    checks = (
        ("as_of", typed.day is None, "请填写不晚于今天的日期，例如：2022-05-31"),
        ("value", typed.value is None, "应为数字，最多两位小数，例如：99.5"),
        ("department", no_department, "请选择省级部门"),
    )
    return {name: words for name, bad, words in checks if bad}
