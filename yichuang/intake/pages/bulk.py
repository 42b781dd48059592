"""批量申报: files of filings uploaded, looked at, confirmed and followed; for applicants and, at the desk, for staff."""

import io
from tempfile import TemporaryFile
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import (
    FileResponse,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.catalogue.queries import FilingGuide, filing_guide
from yichuang.directory.flow import Capability
from yichuang.gateways.files import FileStore
from yichuang.gateways.sheets_in import open_sheet
from yichuang.intake.commands.bulk import (
    NewRun,
    begin_run,
    cancel_run,
    check_item,
    choose_columns,
    confirm_run,
    pause_run,
    resume_run,
)
from yichuang.intake.flow import (
    BULK_AT_WORK,
    BULK_ENDED,
    BULK_LABELS,
    MOST_FILE_BYTES,
    MOST_ROWS,
    BulkState,
)
from yichuang.intake.models import BulkRun
from yichuang.intake.pages.drafting import show
from yichuang.intake.queries.bulk import (
    applicant_of,
    bulk_columns,
    bulk_run,
    faults_of,
    guide_of_run,
    progress_of,
    runs_visible_to,
)
from yichuang.intake.queries.bulk_items import fileable_items, samples
from yichuang.intake.render.bulk_files import (
    CSV,
    MEDIA,
    MOST_MARKED,
    XLSX,
    fault_lines,
    write_faults,
    write_template,
)
from yichuang.intake.render.bulk_work import LIMITS
from yichuang.intake.rules.bulk_columns import Column, header_faults
from yichuang.kernel import paging
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid, Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local
from yichuang.kernel.web import Request, clean_text, post_key

PAGE_SIZE = 20
SHOWN_FAULTS = 50
MEGABYTE = 1 << 20
ACCEPT = ".csv,.txt,.xlsx"
TONES = {
    BulkState.DONE: "good", BulkState.FAILED: "bad", BulkState.CANCELLED: "plain", BulkState.PAUSED: "warn",
    BulkState.CHECKED: "warn", BulkState.COLUMNS: "warn",
}  # fmt: skip
ACTS = {"pause": pause_run, "resume": resume_run, "cancel": cancel_run}
ACTED = {"pause": "已暂停，可以随时继续。", "resume": "已继续。", "cancel": "已取消，已申报的办件保留。"}


def place(request: Request) -> str:
    """Whose pages these are, for the names of their addresses."""
    return "my-bulk" if request.by.kind == "applicant" else "desk-bulk"


def to(request: Request, page: str = "", *arguments: object) -> str:
    """The address of one of these pages."""
    return reverse(place(request) + page, args=arguments)


@require_safe
def index(request: Request) -> HttpResponseBase:
    """What was uploaded, the newest first; and the items that can be filed by a table."""
    text = clean_text(request.GET.get("q", ""), limit=100)
    found = runs_visible_to(request.by).order_by("-id")
    if text:
        found = found.filter(item__name__icontains=text) | found.filter(file_name__icontains=text)
    if request.GET.get("format") == "csv":
        head = ["事项", "文件", "状态", "上传时间", "可申报", "已申报", "有误", "重复", "以前已申报"]
        return csv_response("批量申报.csv", head, (_csv(run) for run in found.iterator(chunk_size=500)))
    after = request.GET.get("after", "")
    cursor = paging.decode(after, parts=1)
    if cursor is not None:
        found = found.filter(pk__lt=paging.id_part(cursor[0]))
    page = paging.cut(
        list(found[: PAGE_SIZE + 1]), size=PAGE_SIZE, key=lambda run: (str(run.pk),), after=after
    )
    context = {
        "page": page, "lines": [_line(request, run) for run in page.rows], "q": text, "here": to(request),
        "items": [(one.name, to(request, "-new", one.code), one.department) for one in fileable_items(by=request.by)],
    }  # fmt: skip
    return show(request, "bulk", context)


def _csv(run: BulkRun) -> tuple[object, ...]:
    return (
        run.item.name, run.file_name, BULK_LABELS[BulkState(run.state)], f"{local(run.created_at):%Y-%m-%d %H:%M}", run.good, run.filed,
        run.bad, run.double, run.known,
    )  # fmt: skip


def _line(request: Request, run: BulkRun) -> dict[str, Any]:
    return {
        "run": run, "href": to(request, "-run", run.pk), "label": BULK_LABELS[BulkState(run.state)],
        "tone": TONES.get(BulkState(run.state), "action"),
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
def new(request: Request, bulk_item: str) -> HttpResponse:
    """What the file must look like, and its upload."""
    found = filing_guide(bulk_item)
    if request.method == "GET":
        return _new_page(request, found)
    try:
        begun = begin_run(_uploaded(request, found), by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _new_page(request, found, problem)
    if begun.again:
        messages.info(request, "这个文件已经上传过，没有重复处理。下面是它的办理情况。")
    return HttpResponseRedirect(to(request, "-run", begun.id))


def _new_page(request: Request, found: FilingGuide, problem: Problem | None = None) -> HttpResponse:
    stops: Problem | None = None
    applicant = None
    try:
        applicant = check_item(found, papers=True, by=request.by, at=request.at)
    except Problem as refused:
        stops = refused
    context = {
        "found": found, "columns": [] if stops else bulk_columns(found, applicant, request.at), "stops": stops,
        "problem": problem, "errors": problem.fields if problem else {}, "key": client_key(), "accept": ACCEPT,
        "max_mb": MOST_FILE_BYTES // MEGABYTE, "most": MOST_ROWS, "here": to(request, "-new", found.item_code),
        "template": to(request, "-template", found.item_code), "index": to(request),
        "staff": request.by.kind == "staff", "supplements": clean_text(_asked(request, "after"), limit=64),
        "papers": request.POST.get("papers") == "yes",
    }  # fmt: skip
    return show(request, "bulk_new", context, status=problem.status if problem else 200)


def _asked(request: Request, name: str) -> str:
    return request.POST.get(name, "") or request.GET.get(name, "")


def _uploaded(request: Request, found: FilingGuide) -> NewRun:
    """The upload put away, its heading read. Raises Invalid."""
    upload = request.FILES.get("file")
    if not isinstance(upload, UploadedFile) or not upload.size:
        raise Invalid("没有收到文件。", fields={"file": "请选择填好的 CSV 或者 Excel 文件"})
    if upload.size > MOST_FILE_BYTES:
        raise Invalid("文件过大。", fields={"file": f"文件不能超过 {MOST_FILE_BYTES // MEGABYTE} MB"})
    name = clean_text(upload.name or "文件", limit=200)
    try:
        with open_sheet(upload.file, name=name, limits=LIMITS) as sheet:  # type: ignore[arg-type]  # what Django keeps is seekable
            header, expected = sheet.header, _rows_in(sheet.kind, upload)
    except Invalid as wrong:
        raise Invalid(wrong.message, how=wrong.how, fields={"file": wrong.message}) from wrong
    upload.seek(0)
    stored = FileStore(settings.FILES_DIR).put_pieces(upload.chunks(), limit=MOST_FILE_BYTES)
    return NewRun(
        found.item_code, name, stored.digest, stored.size, header, expected=expected,
        supplements=parse_uuid(request.POST.get("after", "")), papers=request.POST.get("papers") == "yes",
    )  # fmt: skip


def _rows_in(kind: str, upload: "UploadedFile[Any]") -> int:
    """How many rows a text may have, for the bar of the check; 0 where only reading tells."""
    if kind != CSV:
        return 0
    upload.seek(0)
    ends: int = sum(piece.count(b"\n") for piece in upload.chunks())
    return min(MOST_ROWS, max(0, ends - 1))


@require_safe
def template(request: Request, bulk_item: str) -> HttpResponseBase:
    """The file to fill in."""
    found = filing_guide(bulk_item)
    # Staff may look at the columns of what their window is not authorised for yet.
    own = request.by.kind == "applicant"
    applicant = check_item(found, papers=True, by=request.by, at=request.at) if own else None
    kind = CSV if request.GET.get("format") == CSV else XLSX
    out = io.BytesIO()
    write_template(bulk_columns(found, applicant, request.at), kind, out)
    return _download(HttpResponse(out.getvalue(), content_type=MEDIA[kind]), f"批量申报模板.{kind}")


Made = TypeVar("Made", bound=HttpResponseBase)


def _download(made: Made, name: str) -> Made:
    made["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return made


@require_safe
def run(request: Request, bulk_id: UUID) -> HttpResponse:
    """A run as it stands: columns to be chosen, progress, what was found, what came of it."""
    return _run_page(request, bulk_run(bulk_id, by=request.by))


def _run_page(request: Request, found: BulkRun, problem: Problem | None = None) -> HttpResponse:
    state = BulkState(found.state)
    context: dict[str, Any] = {
        "run": found, "state": str(state), "label": BULK_LABELS[state], "tone": TONES.get(state, "action"),
        "progress": progress_of(found), "at_work": state in BULK_AT_WORK, "ended": state in BULK_ENDED,
        "confirmed": found.confirmed_at is not None, "here": to(request, "-run", found.pk), "index": to(request),
        "acted_on": _acted_on(request, found), "problem": problem, "errors": problem.fields if problem else {}, "key": client_key(),
        "columns": to(request, "-columns", found.pk), "confirm_to": to(request, "-confirm", found.pk),
        "act": to(request, "-act", found.pk), "errors_file": to(request, "-errors-file", found.pk),
        "most_marked": MOST_MARKED,
    }  # fmt: skip
    if request.headers.get("HX-Request") and context["at_work"]:
        return render(request, "intake/bulk_progress.html", context)
    if request.headers.get("HX-Request"):
        # The work has come to an end: the whole page is another.
        made = HttpResponse(status=204)
        made["HX-Refresh"] = "true"
        return made
    context |= _found(request, found, state)
    return show(request, "bulk_run", context, status=problem.status if problem else 200)


def _acted_on(request: Request, found: BulkRun) -> str:
    """Where the cases of a run are acted on, for whoever may and while its rows say which they are."""
    by = request.by
    may = by.can(Capability.CASE_ACT_BULK) and by.reaches(found.item.department_id)
    return (
        reverse("desk-bulk-filed-act", args=[found.pk]) if may and found.filed and not found.purged_at else ""
    )


def _found(request: Request, found: BulkRun, state: BulkState) -> dict[str, Any]:
    """What only a run that stands still shows: the columns, the first faults, samples."""
    columns: tuple[Column, ...] = ()
    if state in (BulkState.COLUMNS, BulkState.CHECKED):
        columns = bulk_columns(guide_of_run(found), applicant_of(found), request.at)
    shown = state not in BULK_AT_WORK and state != BulkState.COLUMNS and found.purged_at is None
    return {
        "options": [(one.code, one.label + ("（必填）" if one.required else "")) for one in columns],
        "headings": list(zip(range(len(found.header)), found.header, found.mapping, strict=False)),
        "header_faults": header_faults(found.header, found.mapping, columns) if columns else [],
        "faults": faults_of(found, limit=SHOWN_FAULTS)[:SHOWN_FAULTS] if shown else [],
        "samples": samples(found) if state == BulkState.CHECKED else [],
        "again": f"{to(request, '-new', found.item.code)}?after={found.pk}",
        "supplements": to(request, "-run", found.supplements_id) if found.supplements_id else "",
        "supplemented": [
            (one.file_name, to(request, "-run", one.pk)) for one in found.supplemented_by.order_by("id")[:20]
        ],
    }


@require_POST
def columns(request: Request, bulk_id: UUID) -> HttpResponse:
    """Say which column is which."""
    found = bulk_run(bulk_id, by=request.by)
    chosen = [clean_text(request.POST.get(f"column-{n}", ""), limit=100) for n in range(len(found.header))]
    seen = clean_text(request.POST.get("seen", ""), limit=12)
    try:
        choose_columns(
            bulk_id, chosen, seen=int(seen) if seen.isdigit() else -1, by=request.by, at=request.at
        )
    except Invalid as problem:
        found.mapping = chosen if len(chosen) == len(found.mapping) else found.mapping
        return _run_page(request, found, problem)
    return HttpResponseRedirect(to(request, "-run", bulk_id))


@require_POST
def confirm(request: Request, bulk_id: UUID) -> HttpResponse:
    """Have the sound rows filed."""
    seen = clean_text(request.POST.get("cases", ""), limit=12)
    try:
        confirm_run(
            bulk_id,
            cases=int(seen) if seen.isdigit() else -1,
            by=request.by,
            at=request.at,
            key=post_key(request),
        )
    except Missing:
        raise
    except Problem as problem:
        return _run_page(request, bulk_run(bulk_id, by=request.by), problem)
    return HttpResponseRedirect(to(request, "-run", bulk_id))


@require_POST
def act(request: Request, bulk_id: UUID) -> HttpResponse:
    """Pause, resume, give up."""
    name = request.POST.get("act", "")
    if name not in ACTS:
        raise Missing
    try:
        ACTS[name](bulk_id, by=request.by, at=request.at)
    except Missing:
        raise
    except Problem as problem:
        return _run_page(request, bulk_run(bulk_id, by=request.by), problem)
    messages.success(request, ACTED[name])
    return HttpResponseRedirect(to(request, "-run", bulk_id))


@require_safe
def errors_file(request: Request, bulk_id: UUID) -> HttpResponseBase:
    """The faulty rows, to be corrected and uploaded again: a workbook with marks, or CSV; of many always CSV."""
    found = bulk_run(bulk_id, by=request.by)
    if found.purged_at is not None:
        raise Missing("错误清单已按保存期限清除。", how="请用原文件重新上传。")
    if request.GET.get("format") == CSV or found.bad > MOST_MARKED:
        lines = StreamingHttpResponse(fault_lines(found), content_type=MEDIA[CSV])
        return _download(lines, f"需要改正的行.{CSV}")
    out = TemporaryFile()  # noqa: SIM115 - the answer closes it
    write_faults(found, out)
    out.seek(0)
    return _download(FileResponse(out, content_type=MEDIA[XLSX]), f"需要改正的行.{XLSX}")
