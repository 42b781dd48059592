"""Official documents as PDF: rendered on demand, kept by their hash, the same bytes ever after."""

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from yichuang.cases import queries as cases
from yichuang.cases.flow import DOCUMENT_LABELS
from yichuang.cases.queries import CaseRow
from yichuang.gateways.files import FileStore
from yichuang.home.render import document_kind, document_pdf
from yichuang.intake.pages.follow import reading_actor
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Missing
from yichuang.kernel.web import Request, public
from yichuang.notices import commands as notices
from yichuang.notices.queries import document as issued


@public
@require_GET
def document(request: Request, case_id: UUID, seq: int) -> HttpResponse:
    """The document of a fact, for staff who see the case, for its applicant, and for whoever followed it by its code."""
    row = cases.visible(case_id, by=reading_actor(request, case_id) or request.by)
    events = cases.timeline(row, by=SYSTEM)
    event = next((event for event in events if event.seq == seq), None)
    kind = document_kind(event) if event else ""
    if event is None or not kind:
        raise Missing("没有找到这份文书。")
    data = _kept(row, seq)
    if data is None:
        address = request.build_absolute_uri(f"{reverse('follow')}?number={row.number}")
        data = document_pdf(row, event, events, address=address)
        stored = FileStore(settings.FILES_DIR).put(data)
        kept = notices.Rendered(row.id, seq, "pdf", event.number or "", stored.digest, stored.size)
        notices.keep(kept, at=request.at)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{DOCUMENT_LABELS[kind]}-{row.number}.pdf"
    return response


def _kept(row: CaseRow, seq: int) -> bytes | None:
    found = issued(row.id, seq)
    return FileStore(settings.FILES_DIR).read(found.sha256) if found else None
