"""Issued and past reports for everybody: list, search, one issue, its files."""

from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from yichuang.kernel.web import Request, public
from yichuang.reports import queries
from yichuang.reports.commands.distribution import receipt_reading
from yichuang.reports.pages.common import FORMATS, file_of, html_of, show
from yichuang.reports.pages.verify import issued_file
from yichuang.reports.queries.distribution import must_receipt
from yichuang.reports.queries.errata import public_errata_of
from yichuang.reports.queries.published import Choices, Narrowed, choices
from yichuang.reports.queries.signatures import signed_file


@public
@require_safe
def reports(request: Request) -> HttpResponse:
    """Issues newest first, or those that hold the words asked for."""
    asked = request.GET.get("q", "").strip()[:200]
    there = choices()
    narrowed = _narrowed(request, there)
    page = queries.published(asked, narrowed, after=request.GET.get("after", ""))
    kept = _kept(asked, narrowed)
    context = {
        "q": asked,
        "narrowed": narrowed,
        "filters": _chips(asked, narrowed, there),
        "found": page.rows,
        "previous": "" if page.is_first else _address(kept),
        "following": _address({**kept, "after": page.following}) if page.following else "",
    }
    return show(request, "reports", context)


def _narrowed(request: Request, there: Choices) -> Narrowed:
    """What was chosen; what is not there is not chosen."""
    year, form = request.GET.get("year", ""), request.GET.get("form", "")
    return Narrowed(
        next((each for each in there.years if str(each) == year), None),
        form if form in dict(there.forms) else "",
        request.GET.get("figures") == "1",
    )


def _kept(asked: str, narrowed: Narrowed) -> dict[str, str]:
    kept = {
        "q": asked,
        "year": str(narrowed.year or ""),
        "form": narrowed.form,
        "figures": "1" if narrowed.with_figures else "",
    }
    return {name: value for name, value in kept.items() if value}


def _address(kept: dict[str, str]) -> str:
    return f"{reverse('reports')}?{urlencode(kept)}" if kept else reverse("reports")


def _chips(asked: str, narrowed: Narrowed, there: Choices) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """The filters, each a switch: what is on is switched off by its own link."""
    years = [
        (f"{each}年", _address(_kept(asked, replace(narrowed, year=None if narrowed.year == each else each))), narrowed.year == each)
        for each in there.years
    ]  # fmt: skip
    forms = [
        (name, _address(_kept(asked, replace(narrowed, form="" if narrowed.form == code else code))), narrowed.form == code)
        for code, name in there.forms
    ]  # fmt: skip
    figures = replace(narrowed, with_figures=not narrowed.with_figures)
    with_figures = [("印有数字", _address(_kept(asked, figures)), narrowed.with_figures)]
    return [("年份", years), ("表式", forms), ("内容", with_figures)] if there.years else []


@public
@require_safe
def report(request: Request, slug: str) -> HttpResponse:
    """One issue, exactly as it was issued, with the corrections that later issues printed."""
    found = queries.published_report(slug)
    document = queries.issued_document(found)
    if must_receipt(found, request.by):
        receipt_reading(found, by=request.by, at=request.at)
    context = {
        "errata": public_errata_of(found),
        "report": found,
        "name": document.number_line or slug,
        "html": html_of(document, by=request.by),
        "formats": FORMATS,
    }
    return show(request, "report", context)


@public
@require_safe
def download(request: Request, slug: str, form: str) -> HttpResponse:
    """The issue as a file: the signed one where it has been signed, byte for byte."""
    found = queries.published_report(slug)
    kept = signed_file(found.id, form)
    document = queries.issued_document(found)
    return file_of(document, form) if kept is None else issued_file(document, kept)
