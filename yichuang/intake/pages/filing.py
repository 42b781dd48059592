"""Checking, filing, and the receipt."""

import base64
from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_POST, require_safe

from yichuang.cases import rules as case_rules
from yichuang.cases.flow import State
from yichuang.catalogue.flow import MaterialSource
from yichuang.catalogue.rules.forms import asked
from yichuang.catalogue.rules.guide import materials_for
from yichuang.directory.flow import Capability
from yichuang.gateways.qr import svg
from yichuang.intake import commands, queries, render
from yichuang.intake.flow import PAPER
from yichuang.intake.pages.device import channel_of
from yichuang.intake.pages.drafting import Links, case_link, download, draft_context, links, show
from yichuang.intake.pages.signed import fingerprints, kept_receipt, require_signing_key
from yichuang.intake.queries import DraftRow, open_draft, own_draft, region_names, review_of
from yichuang.intake.rules import drafting
from yichuang.intake.rules.codes import spelled
from yichuang.intake.rules.drafting import Review
from yichuang.intake.rules.standing import short_day
from yichuang.journal.commands import View, ViewKind, note_view
from yichuang.kernel.errors import Conflict, Invalid, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, post_key, signed_in

DECLARE = "请先核对内容，再勾选声明"


@require_safe
def check(request: Request, draft_id: UUID) -> HttpResponse:
    """核对: everything that will be filed, each with a link to change it, and the declaration."""
    found = open_draft(draft_id, by=request.by)
    if not found.is_current:
        return HttpResponseRedirect(links(request, found)())
    return _page(request, found, review_of(found, today=local_day(request.at)))


@require_POST
def file(request: Request, draft_id: UUID) -> HttpResponse:
    """File the draft; the receipt follows. What is wrong comes back with the page, nothing is lost."""
    return file_by(request, draft_id, commands.file_draft)


def file_by(request: Request, draft_id: UUID, filing: Callable[..., queries.Receipt]) -> HttpResponse:
    """File by a command: that of intake, or the window's, which also records its act."""
    key = post_key(request)
    found = own_draft(draft_id, by=request.by)
    if found.case_id is None and not request.POST.get("declared"):
        review = review_of(found, today=local_day(request.at))
        return _page(request, found, review, wrong={"declared": DECLARE}, key=key, status=422)
    raw = request.POST.get("edit", "")
    seen = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None
    try:
        require_signing_key()
        receipt = filing(
            draft_id, key=key, by=request.by, at=request.at, seen=seen, channel=channel_of(request)
        )
    except (Invalid, Conflict) as problem:
        latest = own_draft(draft_id, by=request.by)
        if latest.case_id is not None:
            raise
        review = review_of(latest, today=local_day(request.at))
        return _page(request, latest, review, problem=problem, status=problem.status)
    name = "window-receipt" if request.by.kind == "staff" else "receipt"
    return HttpResponseRedirect(reverse(name, args=[receipt.case_id]))


def _page(
    request: Request, found: DraftRow, review: Review, *, wrong: dict[str, str] | None = None,
    problem: Problem | None = None, key: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    to = links(request, found)
    context = draft_context(request, found) | {
        "summaries": _summaries(found, review, to),
        "material_rows": _material_rows(found, review, to),
        "review": review,
        "wrong": wrong or {},
        "problem": problem,
        "key": key or client_key(),
    }
    return show(request, "check", context, status=status)


def _summaries(found: DraftRow, review: Review, to: Links) -> list[dict[str, object]]:
    form = found.guide.form
    names = region_names(drafting.region_answers(form, review.answers))
    shown = asked(form, review.answers)
    made: list[dict[str, object]] = []
    for part in form.sections:
        href = to("section", "all" if to.desk else part.code)
        rows = []
        for field in part.fields:
            if field.code not in shown:
                continue
            error = review.wrong.get(field.code, "")
            value = drafting.shown_answer(field, found.answers.get(field.code), names)
            own = href + ("?check=1" if error else "") + f"#f-{field.code}"
            rows.append(
                {
                    "key": field.label,
                    "value": value,
                    "error": error,
                    "href": "" if field.code in found.held else own,
                }
            )
        made.append({"title": part.title, "rows": rows})
    return made


def _material_rows(found: DraftRow, review: Review, to: Links) -> list[dict[str, str]]:
    made = []
    for material in materials_for(found.guide, review.answers):
        error = review.missing_materials.get(material.code, "")
        free = material.source is MaterialSource.NOT_NEEDED
        files = found.files_of(material.code)
        words = "；".join("纸质件" if one.kind == PAPER else one.name for one in files)
        free = material.source is MaterialSource.NOT_NEEDED
        if not files and not drafting.is_required(material):
            words = "免提交" if free else "未交"
        href = "" if free else to("materials") + ("?check=1" if error else "") + f"#f-{material.code}"
        made.append({"key": material.name, "value": words, "error": error, "href": href})
    return made


@signed_in
@require_safe
def receipt(request: Request, case_id: UUID) -> HttpResponse:
    """The receipt of a filing: for its applicant and for the staff who may see the case."""
    return _receipt(request, case_id)


@needs(Capability.CASE_FILE_FOR)
@require_safe
def window_receipt(request: Request, case_id: UUID) -> HttpResponse:
    """The same receipt within the desk, to be printed for the walk-in."""
    return _receipt(request, case_id)


def _receipt(request: Request, case_id: UUID) -> HttpResponse:
    found, row = queries.receipt(case_id, by=request.by)
    today = local_day(found.filed_at)
    proof = kept_receipt(case_id)
    follow = request.build_absolute_uri(_follow_address(found.number))
    verify = request.build_absolute_uri(proof.body["verify_url"]) if proof else ""
    context = {
        "receipt": found,
        "row": row,
        "code": spelled(found.follow_code),
        "handed_in": _handed_in(case_id),
        "can_accept": row.state == State.RECEIVED and request.by.can(Capability.CASE_ACCEPT),
        "desk_link": case_link(case_id),
        "qr": _picture(follow),
        "proof": proof,
        "fingerprints": fingerprints(proof) if proof else [],
        "verify": verify,
        "verify_qr": _picture(verify) if verify else "",
        "next": [
            f"{row.department_short_name}窗口应在 {short_day(found.accept_by, today)} 前（收到申请起 "
            f"{case_rules.ACCEPTANCE_DAYS} 个工作日内）告诉您是否受理。",
            f"受理后 {row.promised_days} 个工作日内作出决定（法定 {row.statutory_days} 个工作日）。",
            f"作出准予决定后 {case_rules.DELIVERY_DAYS} 个工作日内送达结果。",
            "需要补正时会发消息给您，也可以用编号和查询码随时查看进度。",
        ],
    }
    return show(request, "receipt", context)


def _picture(address: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg(address).encode()).decode()}"


def _handed_in(case_id: UUID) -> list[tuple[str, str]]:
    """Each material that came with the filing, with its copies on paper or the names of its files."""
    application = queries.read_application(case_id)
    found: dict[str, list[str]] = {}
    for one in application.materials if application else ():
        if one.round == 0:
            found.setdefault(one.title, []).append(f"纸质 {one.size} 份" if one.is_paper else one.name)
    return [(title, "、".join(what)) for title, what in found.items()]


@signed_in
@require_safe
def receipt_calendar(request: Request, case_id: UUID) -> HttpResponse:
    """The day of the answer for the applicant's own calendar, as a file that every phone opens."""
    found, row = queries.receipt(case_id, by=request.by)
    link = request.build_absolute_uri(_follow_address(found.number))
    content = render.answer_by(found, office=row.department_short_name, link=link)
    response = HttpResponse(content, content_type=render.MEDIA_TYPE)
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=f"{found.number}.ics"
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _follow_address(number: str) -> str:
    return f"{reverse('follow')}?{urlencode({'number': number})}"


@signed_in
@require_safe
def material_file(request: Request, case_id: UUID, material_id: UUID) -> HttpResponse:
    """A filed material, for whoever may see the case; always as an attachment."""
    found, row = queries.material_of(case_id, material_id, by=request.by)
    look = View(
        ViewKind.FILE,
        case_id,
        row.number,
        f"{found.title}：{found.name}",
        address=request.META.get("REMOTE_ADDR", ""),
    )
    note_view(look, by=request.by, at=request.at)
    return download(found.name, found.kind, found.sha256)
