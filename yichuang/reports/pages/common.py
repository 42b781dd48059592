"""What the pages of reports share: the document as HTML and as a file, where figures lead, fields of forms."""

from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render as render_page
from markupsafe import Markup

from yichuang.directory.flow import Capability
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid, Missing, Problem
from yichuang.kernel.web import Request, clean_text
from yichuang.reports.render import Format, official, render, report_html
from yichuang.reports.rules.document import Cited, Document

TEXT_LIMIT = 20_000
FORMATS = (
    (Format.PDF, "PDF"),
    (Format.OFD, "OFD"),
    (Format.DOCX, "Word"),
    (Format.TXT, "纯文本"),
    (Format.HTML, "网页"),
)


def cases_address(figure: Cited) -> str:
    """Where the cases behind a figure are listed."""
    asked = {
        "measure": figure.measure,
        "first": figure.first_day.isoformat(),
        "last": figure.last_day.isoformat(),
        "group": figure.group,
    }
    return f"/desk/figures/cases?{urlencode(asked)}"


def html_of(document: Document, *, by: Actor) -> Markup:
    """The document for a page, headings from h2; figures lead to their cases for those who may read figures."""
    linked = by.can(Capability.FIGURES_READ)
    report = official(document, cases_address if linked else lambda _: "")
    return Markup(report_html(report, top_level=2))  # noqa: S704 - the renderer escapes every word


def file_of(document: Document, form: str) -> HttpResponse:
    """The document as a file to keep. Raises Missing for an unknown form, Unavailable where a typeface lacks."""
    if form not in {each.value for each in Format}:
        raise Missing(
            "没有这种文件格式。", how="可以下载 PDF、OFD、Word（docx）、纯文本（txt）或网页（html）。"
        )
    made = render(official(document), Format(form), Path(settings.FONTS_DIR))
    response = HttpResponse(made.content, content_type=made.media_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(made.file_name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def show(
    request: Request, page: str, context: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    """A page of this room; with a problem, its status."""
    context |= {"problem": problem, "errors": problem.fields if problem else {}}
    return render_page(request, f"reports/{page}.html", context, status=problem.status if problem else 200)


def text(request: Request, name: str, limit: int = TEXT_LIMIT) -> str:
    """A text field without control characters."""
    return clean_text(request.POST.get(name, ""), limit=limit)


def seen(request: Request) -> int:
    """The edit version that was on the screen; 0, which fits none, where it is missing."""
    raw = request.POST.get("seen", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0


def day(request: Request, name: str) -> date | None:
    """A day, None where the field is empty. Raises Invalid for what is no day."""
    raw = request.POST.get(name, "").strip()
    if not raw:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise Invalid("日期格式有误。", fields={name: "请按 2022-05-13 的格式填写"}) from error
