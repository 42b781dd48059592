"""The totals that were published before the system: the list, the form, and the cancelling of a wrong entry."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs
from yichuang.statistics import commands, queries
from yichuang.statistics.flow import BROUGHT_FORWARD, LABELS_OF_GROUPS, WINDOW, measure_of
from yichuang.statistics.models import BroughtForward

KINDS = (
    ("total", "累计数", "当年 1 月 1 日到这一天的累计；以后的办件从第二天起接着加"),
    ("increment", "增量", "在累计数之后另外增加的数，不是办件"),
)
# What may be brought forward of any group; which of them a group has is said by the command.
MEASURES = [
    (code, measure_of(group, code).label, measure_of(group, code).unit)
    for code, group in (
        ("accepted", "licence"), ("concluded", "licence"), ("consulted", WINDOW), ("handed_over", WINDOW), ("issued", WINDOW),
    )
]  # fmt: skip
FIELDS = ("as_of", "group", "measure", "kind", "value", "source")
MOST = 10**12


@needs(Capability.FIGURES_BRING_FORWARD)
@require_safe
def entries(request: Request) -> HttpResponse:
    """Every entry with its source, cancelled ones struck out of the sums but not of the list, and the form."""
    return _page(request)


def _page(
    request: Request,
    *,
    given: dict[str, str] | None = None,
    problem: Problem | None = None,
    cancelling: UUID | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "rows": [_row(entry) for entry in queries.brought_forward()],
        "groups": [(group, LABELS_OF_GROUPS[group]) for group in BROUGHT_FORWARD],
        "measures": MEASURES,
        "kinds": KINDS,
        "given": given or {**dict.fromkeys(FIELDS, ""), "kind": KINDS[0][0]},
        "problem": problem,
        "errors": problem.fields if problem and cancelling is None else {},
        "cancelling": cancelling,
        "today": local_day(request.at),
    }
    return render(
        request, "statistics/brought_forward.html", context, status=problem.status if problem else 200
    )


def _row(entry: BroughtForward) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "as_of": entry.as_of,
        "group": LABELS_OF_GROUPS[entry.item_group],
        "measure": measure_of(entry.item_group, entry.measure).label,
        "kind": "累计数" if entry.is_total else "增量",
        "value": entry.value,
        "source": entry.source,
        "at": entry.at,
        "by": entry.by_name,
        "cancelled_at": entry.cancelled_at,
        "cancelled_by": entry.cancelled_by_name,
    }


@needs(Capability.FIGURES_BRING_FORWARD)
@require_POST
def enter(request: Request) -> HttpResponse:
    """Enter one total or increment. The same cell twice is refused, so a repeated click does nothing new."""
    given = {name: clean_text(request.POST.get(name, ""), limit=500) for name in FIELDS}
    try:
        as_of, value = _read(given, local_day(request.at))
        commands.bring_forward(
            as_of=as_of, group=given["group"], measure=given["measure"], value=value,
            is_total=given["kind"] == "total", source=given["source"], by=request.by, at=request.at,
        )  # fmt: skip
    except Problem as problem:
        return _page(request, given=given, problem=problem)
    known = measure_of(given["group"], given["measure"])
    messages.success(
        request, f"已录入：{LABELS_OF_GROUPS[given['group']]}{known.label} {value:,} {known.unit}。"
    )
    return HttpResponseRedirect("/desk/figures/brought-forward")


def _read(given: dict[str, str], today: date) -> tuple[date, int]:
    """The day and the number. Raises Invalid with every field that is wrong, so that nothing is asked twice."""
    wrong: dict[str, str] = {}
    day = _day(given["as_of"])
    if day is None or not 2000 <= day.year <= today.year or day > today:
        wrong["as_of"] = "请填写不晚于今天的日期，例如：2022-07-22"
    number = given["value"].replace(",", "").replace("，", "")
    if not (number.isascii() and number.isdigit() and int(number) < MOST):
        wrong["value"] = "应为不小于 0 的整数，例如：465145"
    for name, words, known in (
        ("group", "请选择事项类别", set(BROUGHT_FORWARD)),
        (
            "measure",
            "请选择统计项",
            set(BROUGHT_FORWARD.get(given["group"], [code for code, *_ in MEASURES])),
        ),
        ("kind", "请选择累计数或增量", {kind for kind, *_ in KINDS}),
    ):
        if given[name] not in known:
            wrong[name] = words
    if not given["source"]:
        wrong["source"] = "请写明出处，例如：窗口工作周报 2022年第24期"
    if wrong or day is None:
        raise Invalid("承前数还不能录入，请先改正。", fields=wrong)
    return day, int(number)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@needs(Capability.FIGURES_BRING_FORWARD)
@require_POST
def cancel(request: Request, entry_id: UUID) -> HttpResponse:
    """Cancel one entry with a reason."""
    try:
        commands.cancel_brought_forward(
            entry_id,
            reason=clean_text(request.POST.get("reason", ""), limit=500),
            by=request.by,
            at=request.at,
        )
    except Invalid as problem:
        return _page(request, problem=problem, cancelling=entry_id)
    messages.success(request, "已注销。今年以来的统计已按其余记录重算，已签发的快照不变。")
    return HttpResponseRedirect("/desk/figures/brought-forward")
