"""Official documents as PDF: rendered on demand, kept by their hash, the same bytes ever after."""

from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from yichuang.cases import queries as cases
from yichuang.cases.commands import GONE
from yichuang.cases.queries import CaseRow, Event
from yichuang.gateways.files import FileStore
from yichuang.home.pages import private
from yichuang.home.render import document_pdf, document_title
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
    title = document_title(event, row) if event else ""
    if event is None or not title:
        raise Missing("没有找到这份文书。")
    if row.applicant_name == GONE:
        raise Missing("这一件的内容已依法删除，文书不再提供。", how="办理经过和文号仍可在办件页查看。")
    private.opened_document(request, row, title)
    data = _kept(row, seq) or _rendered(request, row, event, events)
    response = HttpResponse(data, content_type="application/pdf")
    name = quote(f"{title}-{row.number}.pdf", safe="")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{name}"
    response["Cache-Control"] = "private, no-cache"
    return response


def _kept(row: CaseRow, seq: int) -> bytes | None:
    found = issued(row.id, seq)
    return FileStore(settings.FILES_DIR).read(found.sha256) if found else None


def _rendered(request: Request, row: CaseRow, event: Event, events: list[Event]) -> bytes:
    """Render and keep. Of two who ask at once, the first one's document is everybody's."""
    address = request.build_absolute_uri(f"{reverse('follow')}?number={row.number}")
    store = FileStore(settings.FILES_DIR)
    stored = store.put(document_pdf(row, event, events, address=address))
    made = notices.Rendered(row.id, event.seq, "pdf", event.number or "", stored.digest, stored.size)
    return store.read(notices.keep(made, at=request.at).sha256)
