"""How fast and how easily matters are handled: claims with their formulas, and the cases behind every number."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yichuang.cases.flow import CHANNEL_LABELS, Channel
from yichuang.cases.pages.blocks import every_row
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs
from yichuang.statistics.flow.efficiency import CLAIM, CLAIMS, PROJECT_CLASSES, Basis
from yichuang.statistics.pages.period import Period, chips, period, valid_period
from yichuang.statistics.queries.efficiency import (
    Claimed,
    Survey,
    cases_address,
    claims_of,
    item_names,
    online_items,
    survey,
)
from yichuang.statistics.queries.efficiency_cases import Behind, ClaimedCase, claimed_cases
from yichuang.statistics.rules.efficiency import Workload, efficiency

SPEED = ("concluded", "mean_days", "mean_limit", "shortened", "early_share", "best", "ahead")
EASE = ("natural_days", "trips", "online_filed", "online_items")
LINKED = {claim.code for claim in CLAIMS if claim.basis != Basis.GUIDES}
CSV_PAGE = 1000
# A row: its label, what narrows down its cases, what was done.
Line = tuple[Any, Mapping[str, object], Workload]
CASES_HEAD = (
    "办件编号", "事项", "部门", "提交", "办结", "送达", "提交方式", "用时（工作日）", "法定期限（工作日）", "提前（工作日）",
    "申请到领证（自然日）", "到现场（次）", "项目类别",
)  # fmt: skip
# On the page the units stand above the table: thirteen columns must fit a desk's screen.
SHORT = tuple(label.partition("（")[0] for label in CASES_HEAD)
NUMERIC = {7, 8, 9, 10, 11}


def _values(work: Workload) -> dict[str, Any]:
    found = efficiency(work)
    values: dict[str, Any] = {code: getattr(found, code) for code in (*SPEED[:5], *EASE)}
    values["best"] = found.best.days_used if found.best else None
    values["ahead"] = found.best.ahead if found.best else None
    return values


def _shown(value: Any) -> Any:
    return "—" if value is None else value if isinstance(value, int) else f"{value:f}"


def _head(first: str, codes: tuple[str, ...]) -> list[Any]:
    labels = [f"{CLAIM[code].label}（{CLAIM[code].unit.removeprefix('个')}）" for code in codes]
    return [first, *({"label": label, "num": True} for label in labels)]


def _cells(asked: Period, codes: tuple[str, ...], work: Workload, whose: Mapping[str, object]) -> list[Any]:
    values = _values(work)
    return [_cell(asked, code, values, whose) for code in codes]


def _cell(asked: Period, code: str, values: dict[str, Any], whose: Mapping[str, object]) -> Any:
    value = values[code]
    if value is None or (code == "concluded" and not value):
        return _shown(value)
    if code not in LINKED:
        query = urlencode({name: str(each) for name, each in whose.items() if name == "department"})
        return {"text": _shown(value), "href": f"/desk/figures/efficiency/items?{query}"}
    narrowed = {"ahead": values["ahead"]} if code in ("best", "ahead") else {}
    return {"text": _shown(value), "href": cases_address(asked.first, asked.last, code, **whose, **narrowed)}


@needs(Capability.FIGURES_READ)
@require_safe
def overview(request: Request) -> HttpResponse:
    """Every department, or every item of one; the sentences that the figures yield; what each number means."""
    asked = period(request.GET, local_day(request.at))
    department = parse_uuid(request.GET.get("department", ""))
    names = department_names()
    read = survey(asked.first, asked.last, department=department)
    rows = _item_rows(read) if department else _department_rows(read, names)
    context: dict[str, Any] = {
        "period": asked,
        "given": request.GET if asked.wrong else asked.query,
        "chips": chips(asked, local_day(request.at), department=str(department or "")),
        "department": department,
        "department_name": names.get(department, "") if department else "",
        "options": [("", "全部部门"), *sorted(((str(key), name) for key, name in names.items()), key=_label)],
        "tables": [
            {
                "name": name,
                "head": _head("事项" if department else "部门", codes),
                "rows": [[label, *_cells(asked, codes, work, whose)] for label, whose, work in rows],
            }
            for name, codes in (("办得多快", SPEED), ("办得多方便", EASE))
        ],
        "claims": [_claim(each, asked) for each in claims_of(read) if department or each.item_id is None],
        "definitions": CLAIMS,
        "csv": f"/desk/figures/efficiency.csv?{urlencode(asked.query)}",
        "items": f"/desk/figures/efficiency/items?{urlencode({'department': department or ''})}",
    }
    return render(request, "statistics/efficiency.html", context, status=422 if asked.wrong else 200)


def _label(option: tuple[str, str]) -> str:
    return option[1]


def _department_rows(read: Survey, names: Mapping[UUID, str]) -> list[Line]:
    found: list[Line] = [
        (
            {
                "text": names.get(body, "（已撤销的部门）"),
                "href": f"?{urlencode({'first': read.first, 'last': read.last, 'department': body})}",
            },
            {"department": body},
            read.of(body),
        )
        for body in read.departments()
    ]
    return sorted(found, key=lambda row: str(row[0]["text"]))


def _item_rows(read: Survey) -> list[Line]:
    parts = read.items()
    names = item_names({key[1] for key in parts})
    found: list[Line] = [
        (names.get(key[1], "（已删除的事项）"), {"department": key[0], "item": key[1]}, work)
        for key, work in parts.items()
    ]
    return sorted(found, key=lambda row: (-row[2].concluded, row[0]))


def _claim(claimed: Claimed, asked: Period) -> dict[str, Any]:
    first = claimed.sentence.quoted[0]
    whose = {"department": claimed.department_id, "item": claimed.item_id or ""}
    return {
        "text": claimed.sentence.text,
        "formula": claimed.formula,
        "href": cases_address(asked.first, asked.last, first.code, **whose, **first.narrowed),
    }


@needs(Capability.FIGURES_READ)
@require_safe
def overview_csv(request: Request) -> HttpResponseBase:
    """Every department and item of a period as CSV. Raises Invalid for a wrong period."""
    asked = valid_period(request.GET, local_day(request.at))
    read = survey(asked.first, asked.last)
    names, parts = department_names(), read.items()
    items = item_names({key[1] for key in parts})
    listed = [(names.get(body, ""), "全部事项", read.of(body)) for body in read.departments()]
    listed += [(names.get(key[0], ""), items.get(key[1], ""), work) for key, work in parts.items()]
    codes = (*SPEED, *EASE)
    head = ("起", "止", "部门", "事项", *(f"{CLAIM[code].label}（{CLAIM[code].unit}）" for code in codes))
    rows = (
        (asked.first, asked.last, body, item, *(_values(work)[code] for code in codes))
        for body, item, work in sorted(listed, key=lambda row: (row[0], row[1] != "全部事项", row[1]))
    )
    return csv_response(f"办理效能-{asked.first}-{asked.last}.csv", head, rows)


def _behind(request: Request) -> Behind:
    """Raises Invalid for a claim without cases, a department, item or number that cannot be read, a wrong period."""
    given = {
        name: request.GET.get(name, "") for name in ("claim", "department", "item", "project_class", "ahead")
    }
    asked = valid_period(request.GET, local_day(request.at))
    department, item = parse_uuid(given["department"]), parse_uuid(given["item"])
    ahead = (
        int(given["ahead"])
        if given["ahead"].isascii() and given["ahead"].isdigit() and len(given["ahead"]) < 6
        else None
    )
    unread = (
        given["claim"] not in LINKED or (given["department"] and department is None)
        or (given["item"] and item is None) or (given["ahead"] and ahead is None)
    )  # fmt: skip
    if unread:
        raise Invalid("没有这个效能数字。", how="请从办理效能页中点击数字进入。")
    return Behind(
        given["claim"], asked.first, asked.last, department, item, given["project_class"][:50], ahead
    )


def _query(asked: Behind) -> dict[str, str]:
    found = {
        "claim": asked.claim, "first": asked.first, "last": asked.last, "department": asked.department or "",
        "item": asked.item or "", "project_class": asked.project_class, "ahead": asked.ahead or "",
    }  # fmt: skip
    return {name: str(value) for name, value in found.items() if value}


@needs(Capability.FIGURES_READ)
@require_safe
def cases(request: Request) -> HttpResponse:
    """The cases behind one claim, with what each contributes."""
    asked = _behind(request)
    page = claimed_cases(asked, by=request.by, after=request.GET.get("after", ""), size=50)
    names, claim = department_names(), CLAIM[asked.claim]
    item = item_names({asked.item}).get(asked.item, "") if asked.item else ""
    context = {
        "claim": claim,
        "period": Period(asked.first, asked.last, {}),
        "about": " · ".join(
            each
            for each in (
                names.get(asked.department, "") if asked.department else "", item,
                PROJECT_CLASSES.get(asked.project_class, asked.project_class),
                f"比法定期限提前不少于 {asked.ahead} 个工作日" if asked.ahead else "",
            )
            if each
        ),
        "head": [{"label": each, "num": True} if place in NUMERIC else each for place, each in enumerate(SHORT)],
        "rows": [(case.id, _case_row(case, names)) for case in page.rows],
        "everywhere": request.by.everywhere,
        "may_open": request.by.can(Capability.CASE_SEARCH),
        "previous": "" if page.is_first else f"?{urlencode(_query(asked))}",
        "following": f"?{urlencode(_query(asked) | {'after': page.following})}" if page.following else "",
        "csv": f"/desk/figures/efficiency/cases.csv?{urlencode(_query(asked))}",
        "back": f"/desk/figures/efficiency?{urlencode({'first': asked.first, 'last': asked.last})}",
    }  # fmt: skip
    return render(request, "statistics/efficiency_cases.html", context)


def _case_row(case: ClaimedCase, names: Mapping[UUID, str]) -> list[Any]:
    kind = case.project_class or ""
    return [
        case.number, case.item_name, names.get(case.department_id, ""), case.filed_on, case.decided_on or "",
        case.delivered_on or "", CHANNEL_LABELS[Channel(case.channel)],
        case.days_used if case.decided_on else None, case.limit_days, case.ahead, case.natural_days, case.trips,
        PROJECT_CLASSES.get(kind, kind),
    ]  # fmt: skip


@needs(Capability.FIGURES_READ)
@require_safe
def cases_csv(request: Request) -> HttpResponseBase:
    """Every case behind one claim as CSV."""
    asked = _behind(request)
    name = f"{CLAIM[asked.claim].label}-{asked.first}-{asked.last}.csv"
    return csv_response(name, CASES_HEAD, _every_case(asked, request))


def _every_case(asked: Behind, request: Request) -> Iterator[list[Any]]:
    names = department_names()
    found = every_row(request, lambda after: claimed_cases(asked, by=request.by, after=after, size=CSV_PAGE))
    yield from (_case_row(case, names) for case in found)


@needs(Capability.FIGURES_READ)
@require_safe
def items(request: Request) -> HttpResponse:
    """The items behind 全程网办事项占比: what each guide says about coming and about the channel."""
    department = parse_uuid(request.GET.get("department", ""))
    names = department_names()
    found = online_items(department)
    context = {
        "claim": CLAIM["online_items"],
        "department": names.get(department, "") if department else "",
        "whole": len(found),
        "part": sum(each.fully_online for each in found),
        "rows": [(each, names.get(each.department_id, "")) for each in found],
    }
    return render(request, "statistics/efficiency_items.html", context)
