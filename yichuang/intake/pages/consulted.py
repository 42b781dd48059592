"""What a department that is asked for its opinion may read of the application: no more than it needs.

The answers with everything personal masked, and of the materials only those that the lead has named in the question.
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from yichuang.cases.queries.opinions import Asked, opinion
from yichuang.intake.pages.drafting import download, show
from yichuang.intake.queries import in_words, read_application
from yichuang.intake.queries.filed import Filed
from yichuang.kernel.errors import Missing
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, signed_in


@signed_in
@require_safe
def content(request: Request, opinion_id: UUID) -> HttpResponse:
    """The application as the asked department reads it."""
    found = opinion(opinion_id, by=request.by, today=local_day(request.at))
    filed = read_application(found.case.id)
    context: dict[str, Any] = {
        "opinion": found.opinion, "case": found.case,
        "sections": in_words(filed.guide, filed.answers, shade=True) if filed else [],
        "files": [_row(found, one) for one in _shared(found)],
    }  # fmt: skip
    return show(request, "consulted", context)


def _shared(found: Asked) -> list[Filed]:
    """The newest round of each material that the question names."""
    filed = read_application(found.case.id)
    materials = [one for one in filed.materials if one.code in found.opinion.shares] if filed else []
    latest = {one.code: one.round for one in sorted(materials, key=lambda one: one.round)}
    return [one for one in materials if one.round == latest[one.code]]


def _row(found: Asked, one: Filed) -> dict[str, Any]:
    href = "" if one.is_paper else reverse("desk-opinion-material", args=[found.opinion.pk, one.id])
    return {
        "name": f"{one.title}：{one.name}",
        "href": href,
        "size": None if one.is_paper else one.size,
        "note": "纸质" if one.is_paper else "",
    }


@signed_in
@require_safe
def material(request: Request, opinion_id: UUID, shared_id: UUID) -> HttpResponse:
    """A material that the question names. Raises Missing for every other."""
    found = opinion(opinion_id, by=request.by, today=local_day(request.at))
    for one in _shared(found):
        if one.id == shared_id and not one.is_paper:
            return download(one.name, one.kind, one.sha256)
    raise Missing
