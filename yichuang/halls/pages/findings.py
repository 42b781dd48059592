"""Pages of findings: the list with what is overdue, one finding with its steps, its pictures."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from yichuang.directory.queries import departments
from yichuang.halls.commands import findings as commands
from yichuang.halls.commands.findings import StepForm
from yichuang.halls.flow.findings import FINDING_LABELS, FindingAction, FindingState, Stage
from yichuang.halls.pages.rounds_common import (
    MEGABYTES,
    asked_day,
    integer,
    picture,
    posted_photos,
    show,
    text,
    tokens,
)
from yichuang.halls.queries import findings as queries
from yichuang.halls.queries.findings import FindingFilter
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid, Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, signed_in
from yichuang.workdays.queries import calendar


@signed_in
@require_GET
def listing(request: Request) -> HttpResponse:
    """Findings in reach, narrowed by state, department, heading, days; the overdue ones apart."""
    asked, after = _asked(request), request.GET.get("after", "")[:500]
    page = queries.findings_page(asked, by=request.by, after=after)
    counts = queries.finding_counts(asked.today, by=request.by)
    context = {
        "page": page, "asked": asked, "left": [_left(request, row) for row in page.rows],
        "chips": [
            ("已超期", _address(request, overdue="" if asked.overdue else "1"), asked.overdue, counts["overdue"]),
            *(
                (each.label, _address(request, state="" if asked.state == each else each.value),
                 asked.state == each, counts.get(each, 0))
                for each in FindingState
            ),
        ],
        "departments": [(each.pk, each.short_name) for each in departments()] if request.by.everywhere else [],
        "csv": _address(request, "desk-findings-csv"),
        "first_page": "" if page.is_first else _address(request),
        "following": _address(request, after=page.following) if page.following else "",
        "state_of": {each.value: each for each in FindingState},
    }  # fmt: skip
    return show(request, "findings", context)


def _asked(request: Request) -> FindingFilter:
    state = request.GET.get("state", "")
    return FindingFilter(
        today=local_day(request.at), state=state if state in set(FindingState) else "",
        department=parse_uuid(request.GET.get("department", "")),
        heading=clean_text(request.GET.get("heading", ""), limit=40), first=asked_day(request, "first"),
        last=asked_day(request, "last"), overdue=request.GET.get("overdue") == "1",
        text=clean_text(request.GET.get("q", ""), limit=60),
    )  # fmt: skip


def _address(request: Request, name: str = "desk-findings", **changes: str) -> str:
    kept = ("state", "department", "heading", "first", "last", "overdue", "q")
    query = {each: clean_text(request.GET.get(each, ""), limit=60) for each in kept} | changes
    asked = urlencode({each: value for each, value in query.items() if value})
    return f"{reverse(name)}?{asked}" if asked else reverse(name)


def _left(request: Request, row: Any) -> int | None:
    """Working days left for the department; None once it has rectified."""
    if row.state in (FindingState.RECTIFIED, FindingState.PASSED, FindingState.WITHDRAWN):
        return None
    return calendar().between(local_day(request.at), row.due_on)


@signed_in
@require_GET
def as_csv(request: Request) -> StreamingHttpResponse:
    """The list as a file."""
    asked = _asked(request)
    queries.visible_findings(request.by)
    head = [
        "日期", "部门", "窗口", "项目", "类别", "问题", "责任岗位", "期限", "状态", "整改日期", "整改报告人", "复查人", "是否超期",
    ]  # fmt: skip
    return csv_response("大厅巡查问题.csv", head, _rows(request, asked))


def _rows(request: Request, asked: FindingFilter) -> Iterator[list[object]]:
    for row in queries.export_findings(asked, by=request.by):
        yield [
            row.found_on.isoformat(), row.department.short_name, row.window, row.heading.name, row.category.name,
            row.words, row.answering, row.due_on.isoformat(), FindingState(row.state).label,
            row.rectified_on.isoformat() if row.rectified_on else "", row.rectified_by_name, row.rechecked_by_name,
            "是" if queries.is_overdue(row, asked.today) else "",
        ]  # fmt: skip


@signed_in
@require_GET
def one(request: Request, finding_id: UUID) -> HttpResponse:
    """A finding with its pictures, its history, and what may be done now."""
    return _page(request, finding_id)


@signed_in
@require_POST
def step(request: Request, finding_id: UUID, finding_action: str) -> HttpResponse:
    """One step of the finding's table; who may take it is the command's to say."""
    if finding_action not in set(FindingAction):
        raise Missing("没有这一步。", how="请从问题页面办理。")
    queries.finding_for(finding_id, by=request.by)
    photos, wrong = posted_photos(request)
    given = {"words": text(request, "words"), "days": text(request, "days"), "action": finding_action}
    form = StepForm(given["words"], photos, integer(request, "days"))
    seen = integer(request, "seen") or 0
    try:
        if wrong:
            raise Invalid("照片没有收下，其他内容都在下面。", fields={"photos": wrong})
        moved = commands.step_finding(
            finding_id, FindingAction(finding_action), form, seen=seen, by=request.by, at=request.at
        )
    except Problem as problem:
        return _page(request, finding_id, given | {"kept": tokens(photos, request)}, problem)
    messages.success(request, f"已办理，现在是「{FindingState(moved.state).label}」。")
    return HttpResponseRedirect(reverse("desk-finding", args=[finding_id]))


def _page(
    request: Request, finding_id: UUID, given: dict[str, Any] | None = None, problem: Problem | None = None
) -> HttpResponse:
    row = queries.finding_for(finding_id, by=request.by)
    photos = list(row.photos.all())
    context = {
        "finding": row,
        "state": FindingState(row.state),
        "left": _left(request, row),
        "moves": queries.moves_of(row, by=request.by),
        "entries": [
            {"at": note.at, "title": FINDING_LABELS[note.fact], "by": note.by_name, "text": note.words}
            for note in row.notes.all()
        ],
        "stages": [(each.label, [photo for photo in photos if photo.stage == each]) for each in Stage],
        "given": given or {},
        "key": client_key(),
        "megabytes": MEGABYTES,
    }
    return show(request, "findings_finding", context, problem)


@signed_in
@require_GET
def photo(request: Request, photo_id: UUID) -> HttpResponse:
    """A picture of a finding in reach."""
    found = queries.photo_for(photo_id, by=request.by)
    return picture(found.sha256, found.kind)


urlpatterns: list[URLPattern] = [
    path("desk/hall/findings", listing, name="desk-findings"),
    path("desk/hall/findings.csv", as_csv, name="desk-findings-csv"),
    path("desk/hall/findings/<uuid:finding_id>", one, name="desk-finding"),
    path("desk/hall/findings/<uuid:finding_id>/<str:finding_action>", step, name="desk-finding-step"),
    path("desk/hall/photos/<uuid:photo_id>", photo, name="desk-finding-photo"),
]
