"""Legal texts on the desk: the register, one text with its versions, the form that registers a version."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from yichuang.catalogue.commands.laws import TextForm, checked, register_text
from yichuang.catalogue.commands.lists import default_due
from yichuang.catalogue.flow.lists import TextChange
from yichuang.catalogue.pages.authorisations_typed import typed, typed_day
from yichuang.catalogue.queries.laws import concerned_by_text, legal_text, legal_texts, versions_of_text
from yichuang.catalogue.rules.lists import article_numbers
from yichuang.directory.flow import Capability
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

FIELDS = (
    "title", "change", "document_number", "issued_on", "effective_on", "expires_on", "articles", "note", "due_on",
)  # fmt: skip
CHANGES = [(one.value, one.label) for one in TextChange]


@needs(Capability.CATALOGUE_READ)
@require_GET
def laws(request: Request) -> HttpResponse:
    """Versions of legal texts, the last registered first."""
    words = clean_text(request.GET.get("q", ""), limit=200)
    page = legal_texts(by=request.by, text=words, after=request.GET.get("after", "")[:500])
    base = f"{reverse('laws')}?{urlencode({'q': words})}" if words else reverse("laws")
    following = f"{reverse('laws')}?{urlencode({'q': words, 'after': page.following})}"
    context: dict[str, Any] = {
        "page": page,
        "words": words,
        "changes": dict(CHANGES),
        "may_write": request.by.can(Capability.CATALOGUE_LISTS) and request.by.everywhere,
        "first": "" if page.is_first else base,
        "following": following if page.following else "",
    }
    return render(request, "catalogue/laws.html", context)


@needs(Capability.CATALOGUE_READ)
@require_GET
def one(request: Request, legal_text_id: UUID) -> HttpResponse:
    """One legal text: its versions with their reviews, and the guides that cite it now."""
    text = legal_text(legal_text_id, by=request.by)
    context = {
        "text": text,
        "versions": versions_of_text(text),
        "changes": dict(CHANGES),
        "citing": concerned_by_text(text.title, ()),
        "may_write": request.by.can(Capability.CATALOGUE_LISTS) and request.by.everywhere,
    }
    return render(request, "catalogue/laws_one.html", context)


@needs(Capability.CATALOGUE_LISTS)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """The form that registers a version; first the guides that it concerns are shown, then it is registered."""
    if request.method == "GET":
        title = clean_text(request.GET.get("title", ""), limit=300)
        given = {"title": title, "due_on": default_due(request.at).isoformat()}
        return _page(request, given)
    given = typed(request, *FIELDS)
    try:
        form = _form(given)
        if "confirmed" not in request.POST:
            checked(form, local_day(request.at))
            return _page(request, given, looked=True)
        version, count = register_text(form, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _page(request, given, problem=problem)
    messages.success(request, f"已登记，产生指南复核 {count} 项。")
    return HttpResponseRedirect(reverse("law", args=[version.text_id]))


def _form(given: dict[str, str]) -> TextForm:
    return TextForm(
        given["title"], given["change"], given["document_number"], typed_day(given, "issued_on"),
        typed_day(given, "effective_on"), typed_day(given, "expires_on"), given["articles"], given["note"],
        typed_day(given, "due_on"),
    )  # fmt: skip


def _page(
    request: Request, given: dict[str, str], *, problem: Problem | None = None, looked: bool = False
) -> HttpResponse:
    kept = {name: given.get(name, "") for name in FIELDS}
    context = {
        "given": kept,
        "looked": looked,
        "concerned": concerned_by_text(kept["title"], article_numbers(kept["articles"])) if looked else [],
        "changes": CHANGES,
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    return render(request, "catalogue/laws_new.html", context, status=problem.status if problem else 200)
