"""A material that follows (容缺受理): uploaded by the applicant, or taken in at the window on paper or as a file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from yichuang.cases.commands.happenings import IN_EXAMINATION
from yichuang.cases.queries.pending import pending_one
from yichuang.directory.flow import Capability
from yichuang.intake.commands.supply import supply_material
from yichuang.intake.pages.drafting import ACCEPT, MEGABYTES, received, show
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, post_key


@needs(Capability.CASE_SUPPLY)
@require_http_methods(["GET", "POST"])
def supply(request: Request, pending_id: UUID) -> HttpResponse:
    """The form of one material; the applicant needs a file, the window may tick that paper was handed over."""
    found, row = pending_one(pending_id, by=request.by)
    desk = request.by.kind == "staff"
    back = reverse("desk-case" if desk else "my-case", args=[row.id])
    problem: Problem | None = None
    if request.method == "POST":
        try:
            _take(request, pending_id, desk=desk)
            messages.success(request, f"「{found.name}」已收到。")
            return HttpResponseRedirect(back)
        except Problem as wrong:
            problem = wrong
    context: dict[str, Any] = {
        "pending": found, "case": row, "desk": desk, "back": back, "problem": problem,
        "errors": problem.fields if problem else {}, "accept": ACCEPT, "megabytes": MEGABYTES, "key": client_key(),
        "late": found.promised_on < local_day(request.at), "ready": row.state in IN_EXAMINATION,
        "paper": request.POST.get("paper") == "yes",
    }  # fmt: skip
    return show(request, "supply", context, status=problem.status if problem else 200)


def _take(request: Request, pending_id: UUID, *, desk: bool) -> None:
    key = post_key(request)
    upload = request.FILES.get("file")
    if upload is None and desk and request.POST.get("paper") != "yes":
        raise Invalid(
            "还没有收到材料。", fields={"file": "请选择文件；收到的是纸质材料的，请勾选「已收到纸质材料」"}
        )
    try:
        file = received(upload) if upload is not None else None
    except Invalid as wrong:
        raise Invalid("文件没有收下。", fields={"file": f"{wrong.message}{wrong.how}"}) from wrong
    supply_material(pending_id, file, by=request.by, at=request.at, key=key)
