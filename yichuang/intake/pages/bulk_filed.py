"""The cases that files of filings have brought, for whoever acts on many at once: which runs there are, an act on one of them."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from yichuang.cases.pages.bulk_acts_new import Source, handle
from yichuang.cases.queries.bulk_choice import Choice
from yichuang.directory.flow import Capability
from yichuang.intake.models import BulkRun
from yichuang.intake.queries.bulk import cases_of_run, filed_run, filed_runs
from yichuang.kernel import paging
from yichuang.kernel.masking import Personal, mask
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs

PAGE_SIZE = 20


@needs(Capability.CASE_ACT_BULK)
@require_safe
def runs(request: Request) -> HttpResponse:
    """Files whose cases are within reach, the newest first."""
    text = clean_text(request.GET.get("q", ""), limit=100)
    found = filed_runs(request.by).order_by("-id")
    if text:
        found = found.filter(item__name__icontains=text) | found.filter(applicant__name__icontains=text)
    after = request.GET.get("after", "")
    cursor = paging.decode(after, parts=1)
    if cursor is not None:
        found = found.filter(pk__lt=paging.id_part(cursor[0]))
    page = paging.cut(
        list(found[: PAGE_SIZE + 1]), size=PAGE_SIZE, key=lambda run: (str(run.pk),), after=after
    )
    lines = [(run, _who(run)) for run in page.rows]
    context = {"page": page, "lines": lines, "q": text, "here": reverse("desk-bulk-filed")}
    return render(request, "intake/bulk_filed.html", context)


def _who(run: BulkRun) -> str:
    """Who filed, as lists name them: a person masked, a company whole, a department of the house."""
    if run.applicant is None:
        return run.department.short_name if run.department else "工作人员"
    name = run.applicant.name
    return mask(Personal.NAME, name) if run.applicant.kind == "person" else name


@needs(Capability.CASE_ACT_BULK)
@require_http_methods(["GET", "POST"])
def act_on(request: Request, bulk_id: UUID) -> HttpResponse:
    """An act on the cases of one file: those of them whose open work waits for it, as far as the actor may see them."""
    run = filed_run(bulk_id, by=request.by)
    # They are only looked for when they are to be frozen: the form names the file and the number.
    among = cases_of_run(run) if request.method == "POST" else []
    day = local_day(run.created_at)
    choice = Choice(f"{day} 批量申报的“{run.item.name}”{run.filed:,} 件", among=among)
    return handle(request, Source(choice, reverse("desk-bulk-filed-act", args=[run.pk])))
