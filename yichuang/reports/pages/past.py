"""Past reports: read an uploaded file, show what was read, store it; bring its totals forward.

Between looking and storing the words that were read travel with the form: what is stored is what was looked at.
"""

import base64
import binascii
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from yichuang.directory.flow import Capability
from yichuang.gateways.printed_words import ACCEPT, LIMITS, packed_text
from yichuang.gateways.uploads import MEGABYTE
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.web import Request, needs
from yichuang.reports import commands
from yichuang.reports.pages.common import show, text
from yichuang.reports.rules.reading.read import read_report
from yichuang.reports.rules.reading.report import ReadReport, Scope, Unreadable
from yichuang.reports.rules.reading.text import decode
from yichuang.reports.rules.wording import number_line, period_text

SCOPES = {Scope.WEEK: "本期", Scope.YEAR_TO_DATE: "今年累计", Scope.TO_DATE: "截至目前"}
_UPLOAD = {"accept": ACCEPT, "max_mb": LIMITS.size // MEGABYTE}
OUTCOMES = {"new": "已入库", "changed": "内容有变化，已更新", "unchanged": "以前已经入库，没有变化"}


@needs(Capability.REPORT_IMPORT)
@require_http_methods(["GET", "POST"])
def import_text(request: Request) -> HttpResponse:
    """Upload, look at what was read, then store: nothing is stored before it was looked at."""
    if request.method != "POST":
        return show(request, "import", {"read": None, **_UPLOAD})
    try:
        if "source" in request.POST:
            return _store(request)
        upload = request.FILES.get("file")
        if upload is None or upload.size is None:
            raise Invalid("请选择文件。", fields={"file": "请选择一份周报（txt、docx 或 pdf）"})
        if upload.size > LIMITS.size:
            limit = f"上限 {LIMITS.size // MEGABYTE} MB，请确认是一期周报"
            raise Invalid("文件过大。", how=limit + "。", fields={"file": limit})
        source = _words_of(upload.read())
        return _shown(request, source, (upload.name or "")[:200])
    except Problem as problem:
        return show(request, "import", {"read": None, **_UPLOAD}, problem)


def _words_of(data: bytes) -> str:
    """The words of the file, told by its content. Raises Invalid with the reason beside the field."""
    try:
        words = packed_text(data)
        return (decode(data) if words is None else words).replace("\r\n", "\n")
    except Unreadable as error:
        raise Invalid(
            f"{error}。", how="请上传纯文本（txt）、Word 文档（docx）或者 PDF。", fields={"file": str(error)}
        ) from error
    except Invalid as problem:
        raise Invalid(problem.message, how=problem.how, fields={"file": problem.message}) from problem


def _read(source: str, name: str) -> ReadReport:
    try:
        return read_report(source, name)
    except Unreadable as error:
        raise Invalid(f"{error}。", fields={"file": str(error)}) from error


def _shown(request: Request, source: str, name: str) -> HttpResponse:
    read = _read(source, name)
    context: dict[str, Any] = {
        "read": read,
        "name": number_line(read.year, read.number, read.total_number),
        "period": period_text(read.period.first, read.period.last),
        "scopes": SCOPES,
        "file_name": name,
        "source": base64.b64encode(source.encode()).decode(),
    }
    return show(request, "import", context)


def _store(request: Request) -> HttpResponse:
    try:
        source = base64.b64decode(request.POST["source"], validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Invalid("上传的内容已损坏。", how="请重新选择文件上传。") from error
    read = _read(source, text(request, "name", 200))
    stored = commands.store_past_report(read, source, at=request.at, by=request.by)
    messages.success(
        request, f"{number_line(read.year, read.number, read.total_number)}：{OUTCOMES[stored.outcome]}。"
    )
    return HttpResponseRedirect(reverse("report", args=[stored.slug]))


@needs(Capability.FIGURES_BRING_FORWARD)
@require_POST
def bring_forward(request: Request, report_id: UUID) -> HttpResponse:
    """Enter the totals of a past issue as brought-forward figures."""
    entered = commands.bring_forward(report_id, by=request.by, at=request.at)
    messages.success(request, f"已录入 {entered} 项承前数，今年累计从这一期接着计算。")
    return HttpResponseRedirect(reverse("brought-forward"))
