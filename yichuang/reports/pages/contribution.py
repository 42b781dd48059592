"""One contribution: what was sent, its figures and photos, and what became of its words in the report."""

from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from yichuang.gateways.files import FileStore
from yichuang.gateways.uploads import Kind
from yichuang.kernel.errors import Missing
from yichuang.kernel.web import Request, signed_in
from yichuang.reports import queries
from yichuang.reports.flow import ContributionState
from yichuang.reports.pages.common import show
from yichuang.reports.pages.contribution_form import Typed
from yichuang.reports.rules.tracking import runs


@signed_in
@require_safe
def contribution(request: Request, contribution_id: UUID) -> HttpResponse:
    """For its department and for editors."""
    found = queries.contribution_for(contribution_id, by=request.by)
    outcome = queries.outcome_of(found)
    changed = outcome is not None and outcome.words is not None and outcome.words != found.body
    context = {
        "row": found,
        "state": ContributionState(found.state),
        "outcome": outcome,
        "changed": runs(found.body, outcome.words) if changed and outcome and outcome.words else (),
        "figures": list(found.figures.all()),
        "photos": list(found.photos.all()),
    }
    return show(request, "contribution", context)


@signed_in
@require_safe
def photo(request: Request, contribution_id: UUID, photo_place: int) -> HttpResponse:
    """A photo of a contribution, for whoever may read the contribution."""
    found = queries.contribution_for(contribution_id, by=request.by)
    for each in found.photos.all():
        if each.position == photo_place:
            return _image(each.name, each.kind, each.sha256)
    raise Missing("没有找到这张照片。")


@signed_in
@require_safe
def draft_photo(request: Request, contribution_draft_id: UUID, photo_place: int) -> HttpResponse:
    """A photo of one's own draft."""
    photos = Typed.from_json(queries.own_draft(contribution_draft_id, by=request.by).data).photos
    if photo_place >= len(photos):
        raise Missing("没有找到这张照片。")
    chosen = photos[photo_place]
    return _image(chosen["name"], chosen["kind"], chosen["sha256"])


def _image(name: str, kind: str, sha256: str) -> HttpResponse:
    """A picture that was checked when it came in, shown in the page; the browser may not take it for anything else."""
    data = FileStore(settings.FILES_DIR).read(sha256)
    response = HttpResponse(data, content_type=Kind(kind).media_type)
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name, safe='')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response
