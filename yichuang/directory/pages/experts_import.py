"""Many experts from a table: the template, a look at what the file would do, and the confirmation."""

import json
from typing import Any
from urllib.parse import quote_plus

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.directory.commands import import_experts
from yichuang.directory.flow import Capability
from yichuang.directory.queries.experts import import_plan
from yichuang.directory.rules.experts_plan import (
    COLUMNS,
    MOST_ROWS,
    Fate,
    Plan,
    Table,
    known_columns,
    read_experts,
)
from yichuang.gateways.tables_in import ACCEPT, LIMITS, rows_of
from yichuang.gateways.uploads import MEGABYTE, Kind
from yichuang.gateways.workbooks import Sheet, workbook
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import Request, clean_text, needs, post_key

SHOWN = 100
LONGEST_CELL = 600
# The look carries the table to the confirmation as a field of a form: what is beside it there stays below this.
BESIDE_TABLE = 64 * 1024
WORDS = f"专家库导入模板：每行一位，一次最多 {MOST_ROWS} 位。没有的列不改动库中已有的内容。"


@needs(Capability.EXPERT_MANAGE)
@require_http_methods(["GET", "POST"])
def upload(request: Request) -> HttpResponse:
    """What the file must look like; and what an uploaded one would do, before anything is written."""
    if request.method == "GET":
        return _form_page(request)
    try:
        uploaded = request.FILES.get("file")
        if uploaded is None or isinstance(uploaded, list):
            raise Invalid("没有收到文件。", fields={"file": "请选择要导入的 CSV 或者 Excel 文件"})
        if (uploaded.size or 0) > LIMITS.size:
            raise Invalid("文件过大。", fields={"file": f"文件不能超过 {LIMITS.size // MEGABYTE} MB"})
        table = _read(_clean(rows_of(uploaded.read(), uploaded.name or "")))
        return _preview(request, table, import_plan(table, by=request.by))
    except Problem as problem:
        return _form_page(request, problem)


@needs(Capability.EXPERT_MANAGE)
@require_POST
def confirm(request: Request) -> HttpResponse:
    """Import what was looked at: all of it or nothing."""
    try:
        key, table = post_key(request), _posted(request)
    except Problem as problem:
        return _form_page(request, problem)
    try:
        seen = clean_text(request.POST.get("seen", ""), limit=64)
        made = import_experts(table, seen=seen, by=request.by, at=request.at, key=key)
    except Problem as problem:
        return _again(request, table, problem)
    messages.success(request, f"已导入：新增 {made.new} 位，修改 {made.changed} 位，未变 {made.same} 位。")
    return HttpResponseRedirect(reverse("experts"))


@needs(Capability.EXPERT_MANAGE)
@require_safe
def template(request: Request) -> HttpResponseBase:
    """The empty file to fill in: CSV, or a workbook that keeps telephones and codes as they are typed."""
    head = [one.label for one in COLUMNS]
    if request.GET.get("format") != "xlsx":
        return csv_response("专家库导入模板.csv", head, [])
    made = HttpResponse(workbook([Sheet("专家", WORDS, head, [])]), content_type=Kind.XLSX.media_type)
    made["Content-Disposition"] = 'attachment; filename="experts.xlsx"'
    return made


def _read(table: Table) -> Table:
    """What the import reads of a table, no more than a confirmation can carry. Raises Invalid."""
    try:
        read_experts(table)
    except ValueError as error:
        how = "请下载模板核对后重新上传。"
        raise Invalid("文件不能当作专家名单读取。", how=how, fields={"file": str(error)}) from error
    known = known_columns(table)
    if _sent_size(known) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) - BESIDE_TABLE:
        raise Invalid(
            "文件中的文字太多。", how="请分成几份导入。", fields={"file": "一次导入的文字太多，请分成几份"}
        )
    return known


def _sent(table: Table) -> str:
    return json.dumps(table, ensure_ascii=False)


def _sent_size(table: Table) -> int:
    """How many bytes of a form the table takes: a browser writes every sign but letters, digits and *-._ in threes."""
    sent = quote_plus(_sent(table))
    return len(sent) + 2 * sent.count("~")


def _again(request: Request, table: Table, problem: Problem) -> HttpResponse:
    """What was sent is looked at once more, beside the reason why it was not imported."""
    try:
        return _preview(request, table, import_plan(_read(table), by=request.by), problem)
    except Invalid as unreadable:
        return _form_page(request, unreadable)


def _clean(table: Table) -> Table:
    """Cells without control signs and without ends that nobody reads; blank columns at the right are left out."""
    cleaned: list[tuple[int, list[str]]] = []
    for line, cells in table:
        kept = [clean_text(cell, limit=LONGEST_CELL) for cell in cells]
        while kept and not kept[-1]:
            kept.pop()
        cleaned.append((line, kept))
    return cleaned


def _posted(request: Request) -> Table:
    """The table as the look carried it. Raises Invalid for anything that the look has not written."""
    try:
        read: Any = json.loads(request.POST.get("table", ""))
        sound = isinstance(read, list) and all(
            isinstance(row, list) and len(row) == 2 and type(row[0]) is int and isinstance(row[1], list)
            and all(isinstance(cell, str) for cell in row[1])
            for row in read
        )  # fmt: skip
    except (ValueError, RecursionError):
        sound = False
    if not sound:
        raise Invalid("没有收到要导入的内容。", how="请重新上传文件。")
    return _clean([(row[0], row[1]) for row in read])


def _preview(request: Request, table: Table, plan: Plan, problem: Problem | None = None) -> HttpResponse:
    counts = {fate.value: len(plan.of(fate)) for fate in Fate}
    context = {
        "counts": counts,
        "faulty": plan.of(Fate.FAULTY)[:SHOWN],
        "more_faulty": max(counts["faulty"] - SHOWN, 0),
        "lines": plan.of(Fate.NEW, Fate.CHANGED)[:SHOWN],
        "more_lines": max(counts["new"] + counts["changed"] - SHOWN, 0),
        "sent": _sent(table),
        "seen": plan.digest,
        "problem": problem,
        "key": client_key(),
    }
    status = problem.status if problem else 200
    return render(request, "directory/experts_preview.html", context, status=status)


def _form_page(request: Request, problem: Problem | None = None) -> HttpResponse:
    context = {
        "columns": COLUMNS, "accept": ACCEPT, "most": MOST_ROWS, "max_mb": LIMITS.size // MEGABYTE,
        "problem": problem, "errors": problem.fields if problem else {},
    }  # fmt: skip
    return render(
        request, "directory/experts_import.html", context, status=problem.status if problem else 200
    )


urlpatterns: list[URLPattern] = [
    path("desk/experts/import", upload, name="experts-import"),
    path("desk/experts/import/confirm", confirm, name="experts-import-confirm"),
    path("desk/experts/import/template", template, name="experts-import-template"),
]
