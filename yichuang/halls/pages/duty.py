"""Pages of duty visits: the list of a year, entering one, one with its requirements, the plan by department."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yichuang.directory.flow import Capability
from yichuang.directory.queries import departments
from yichuang.halls.commands import duty as commands
from yichuang.halls.commands.duty import NewVisit, PlanForm
from yichuang.halls.models import Window
from yichuang.halls.pages import duty_requirements
from yichuang.halls.pages.rounds_common import integer, posted_day, show, text
from yichuang.halls.queries import duty as queries
from yichuang.halls.queries.duty import VisitFilter
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key, signed_in

FIELDS = (
    "department", "person", "post", "window", "on", "on_text", "cases", "certificates", "consultations", "note",
)  # fmt: skip
PLAN_FIELDS = ("department", "visits", "who", "when")


def _year(request: Request) -> int:
    raw = request.GET.get("year", "") or request.POST.get("year", "")
    fits = len(raw) == 4 and raw.isascii() and raw.isdigit() and 2018 <= int(raw) <= 2099
    return int(raw) if fits else local_day(request.at).year


def _asked(request: Request) -> VisitFilter:
    found = clean_text(request.GET.get("q", ""), limit=60)
    return VisitFilter(_year(request), parse_uuid(request.GET.get("department", "")), found)


def _departments(request: Request) -> list[tuple[UUID, str]]:
    """The departments for which the actor may enter something."""
    return [(each.pk, each.short_name) for each in departments() if request.by.reaches(each.pk)]


def _address(request: Request, name: str = "desk-duty", **changes: str) -> str:
    kept = {each: clean_text(request.GET.get(each, ""), limit=60) for each in ("year", "department", "q")}
    asked = urlencode({each: value for each, value in (kept | changes).items() if value})
    return f"{reverse(name)}?{asked}" if asked else reverse(name)


@signed_in
@require_GET
def listing(request: Request) -> HttpResponse:
    """The visits of a year in reach, and the year by department against its plan."""
    asked = _asked(request)
    page = queries.visits_page(asked, by=request.by, after=request.GET.get("after", "")[:500])
    counts = queries.requirement_counts(local_day(request.at), by=request.by)
    context = {
        "page": page, "asked": asked, "counts": counts,
        "years": queries.year_by_department(asked.year or 0, by=request.by),
        "csv": _address(request, "desk-duty-csv"),
        "first_page": "" if page.is_first else _address(request),
        "following": _address(request, after=page.following) if page.following else "",
        "year_links": [
            (f"{year} 年", _address(request, year=str(year)), year == asked.year)
            for year in range(local_day(request.at).year, local_day(request.at).year - 3, -1)
        ],
        "may_record": request.by.can(Capability.DUTY_RECORD),
    }  # fmt: skip
    return show(request, "duty", context)


@signed_in
@require_GET
def as_csv(request: Request) -> StreamingHttpResponse:
    """The visits of a year as a file."""
    asked = _asked(request)
    queries.visible_visits(request.by)
    head = [
        "日期", "部门", "值守人", "职务", "窗口", "查看办件", "颁发证照", "解答咨询", "要求", "未销号", "情况", "作废理由",
    ]  # fmt: skip
    return csv_response(f"厅（局）长进大厅_{asked.year}.csv", head, _rows(request, asked))


def _rows(request: Request, asked: VisitFilter) -> Iterator[list[object]]:
    for row in queries.visits(asked, by=request.by).iterator(chunk_size=500):
        yield [
            row.on.isoformat() if row.on else row.on_text, row.department.short_name, row.person, row.post,
            row.window, "、".join(row.cases), row.certificates, row.consultations, *queries.counted(row), row.note,
            row.cancelled_reason,
        ]  # fmt: skip


@needs(Capability.DUTY_RECORD)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Enter a visit."""
    given: dict[str, Any] = {"certificates": "0", "consultations": "0"}
    problem: Problem | None = None
    if request.method == "POST":
        given = {name: text(request, name) for name in FIELDS}
        try:
            made = commands.record_visit(
                _visit_form(request, given), by=request.by, at=request.at, key=post_key(request)
            )
            messages.success(request, f"已登记值守：{made.person}。可以接着登记提出的要求。")
            return HttpResponseRedirect(reverse("desk-duty-visit", args=[made.pk]))
        except Problem as found:
            problem = found
    choices = _departments(request)
    if len(choices) == 1:
        given.setdefault("department", choices[0][0])
    context = {
        "given": given, "departments": choices, "key": client_key(),
        "windows": list(Window.objects.filter(is_active=True).values_list("code", "name")),
    }  # fmt: skip
    return show(request, "duty_new", context, problem)


def _visit_form(request: Request, given: dict[str, Any]) -> NewVisit:
    numbers = given["cases"].replace("，", "\n").replace("、", "\n").replace(",", "\n").split()
    return NewVisit(
        department_id=parse_uuid(given["department"]), person=given["person"], post=given["post"],
        window=given["window"], on=posted_day(request, "on"), on_text=given["on_text"], cases=tuple(numbers),
        certificates=integer(request, "certificates") if given["certificates"] else 0,
        consultations=integer(request, "consultations") if given["consultations"] else 0, note=given["note"],
    )  # fmt: skip


@signed_in
@require_GET
def visit(request: Request, duty_visit_id: UUID) -> HttpResponse:
    """A visit with what was done, its requirements, and the form of one more."""
    return duty_requirements.visit_page(request, duty_visit_id)


@needs(Capability.DUTY_RECORD)
@require_POST
def cancel(request: Request, duty_visit_id: UUID) -> HttpResponse:
    """Take back a visit that was entered by mistake."""
    queries.visit_for(duty_visit_id, by=request.by)
    try:
        commands.cancel_visit(duty_visit_id, text(request, "reason"), by=request.by, at=request.at)
    except Problem as problem:
        return duty_requirements.visit_page(
            request, duty_visit_id, {"reason": text(request, "reason")}, problem
        )
    messages.success(request, "这次值守已作废，记录和理由保留。")
    return HttpResponseRedirect(reverse("desk-duty-visit", args=[duty_visit_id]))


@needs(Capability.DUTY_PLAN)
@require_http_methods(["GET", "POST"])
def plans(request: Request) -> HttpResponse:
    """The plan of a year by department: set or change one, see how far each is."""
    year = _year(request)
    given: dict[str, Any] = {}
    problem: Problem | None = None
    if request.method == "POST":
        given = {name: text(request, name) for name in PLAN_FIELDS}
        form = PlanForm(
            year, parse_uuid(given["department"]), integer(request, "visits"), given["who"], given["when"]
        )
        try:
            commands.save_plan(form, seen=integer(request, "seen") or 0, by=request.by, at=request.at)
            messages.success(request, f"已保存 {year} 年计划。")
            return HttpResponseRedirect(f"{reverse('desk-duty-plans')}?year={year}")
        except Problem as found:
            problem = found
    return _plans_page(request, year, given, problem)


def _plans_page(request: Request, year: int, given: dict[str, Any], problem: Problem | None) -> HttpResponse:
    rows = queries.year_by_department(year, by=request.by)
    chosen = request.GET.get("department", "") or given.get("department", "")
    known = next((row.plan for row in rows if str(row.department.pk) == chosen), None)
    if known and not given:
        given = {
            "department": known.department_id,
            "visits": known.visits,
            "who": known.who,
            "when": known.when,
        }
    context = {
        "year": year, "rows": rows, "given": {"department": chosen} | given, "departments": _departments(request),
        "seen": known.edit if known else 0, "history": queries.plan_history(known) if known else [],
        "chosen": known,
        "year_links": [
            (f"{each} 年", f"{reverse('desk-duty-plans')}?year={each}", each == year)
            for each in range(local_day(request.at).year + 1, local_day(request.at).year - 3, -1)
        ],
    }  # fmt: skip
    return show(request, "duty_plans", context, problem)


urlpatterns: list[URLPattern] = [
    path("desk/hall/duty", listing, name="desk-duty"),
    path("desk/hall/duty.csv", as_csv, name="desk-duty-csv"),
    path("desk/hall/duty/new", new, name="desk-duty-new"),
    path("desk/hall/duty/plans", plans, name="desk-duty-plans"),
    path("desk/hall/duty/visits/<uuid:duty_visit_id>", visit, name="desk-duty-visit"),
    path("desk/hall/duty/visits/<uuid:duty_visit_id>/cancel", cancel, name="desk-duty-visit-cancel"),
    *duty_requirements.urlpatterns,
]
