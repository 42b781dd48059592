"""Issued and past reports for everybody: list, search, one issue, its files."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from yichuang.kernel.web import Request, public
from yichuang.reports import queries
from yichuang.reports.pages.common import FORMATS, file_of, html_of, show


@public
@require_safe
def reports(request: Request) -> HttpResponse:
    """Issues newest first, or those that hold the words asked for."""
    asked = request.GET.get("q", "").strip()[:200]
    page = queries.published(asked, after=request.GET.get("after", ""))
    kept = {"q": asked} if asked else {}
    context = {
        "q": asked,
        "found": page.rows,
        "previous": "" if page.is_first else f"?{urlencode(kept)}",
        "following": f"?{urlencode({**kept, 'after': page.following})}" if page.following else "",
    }
    return show(request, "reports", context)


@public
@require_safe
def report(request: Request, slug: str) -> HttpResponse:
    """One issue, exactly as it was issued."""
    found = queries.published_report(slug)
    document = queries.issued_document(found)
    context = {
        "report": found,
        "name": document.number_line or slug,
        "html": html_of(document, by=request.by),
        "formats": FORMATS,
    }
    return show(request, "report", context)


@public
@require_safe
def download(request: Request, slug: str, form: str) -> HttpResponse:
    """The issue as a file."""
    return file_of(queries.issued_document(queries.published_report(slug)), form)
