"""Departments send in what happened with them, and see what became of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from yichuang.directory.flow import Capability
from yichuang.gateways import words_in
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, needs, post_key
from yichuang.reports import commands, queries
from yichuang.reports.commands.contributing import MOST_PHOTOS
from yichuang.reports.flow import ContributionState
from yichuang.reports.pages.common import show, text
from yichuang.reports.pages.contribution_form import (
    FIELDS,
    PHOTO_BYTES,
    Typed,
    contribution_of,
    forget_photos,
    typed,
    with_uploads,
)
from yichuang.reports.queries import Stated
from yichuang.reports.rules.contributed import parsed

PASTE_LIMIT = 40_000


@needs(Capability.REPORT_CONTRIBUTE)
@require_http_methods(["GET", "POST"])
def contribute(request: Request) -> HttpResponse:
    """The form, the author's drafts, and the department's own contributions with their state."""
    draft_id = parse_uuid(request.POST.get("draft") or request.GET.get("draft", ""))
    if request.method != "POST":
        if draft_id:
            draft = queries.own_draft(draft_id, by=request.by)
            return _page(request, Typed.from_json(draft.data), draft_id=draft_id)
        open_now = queries.open_for_contributions()
        return _page(request, Typed({"report": open_now[0][0] if open_now else ""}))
    before = Typed.from_json(queries.own_draft(draft_id, by=request.by).data) if draft_id else Typed({})
    given, wrong = with_uploads(request, typed(request, before))
    if wrong:
        draft_id = _keep(request, given, draft_id)
        problem = Invalid("有的照片没有上传，其余内容已存为草稿。", fields=wrong)
        return _page(request, given, problem, draft_id=draft_id)
    if text(request, "act") not in ("", "send"):
        answer = _saved(request, given, draft_id)
        if isinstance(
            answer, HttpResponseRedirect
        ):  # Saved: where it was not, the draft still shows its photos.
            forget_photos(photo for photo in before.photos if photo["sha256"] not in _digests(given))
        return answer
    return _send(request, given, draft_id)


def _digests(given: Typed) -> set[str]:
    return {photo["sha256"] for photo in given.photos}


def _send(request: Request, given: Typed, draft_id: UUID | None) -> HttpResponse:
    """Send it in; where something is wrong, nothing typed and no photo is lost."""
    try:
        new = contribution_of(given, _choices(request, given.fields["report"]))
        commands.contribute(new, by=request.by, at=request.at, key=post_key(request), draft_id=draft_id)
    except Problem as problem:
        if given.photos:
            draft_id = _keep(request, given, draft_id)
        return _page(request, given, problem, draft_id=draft_id)
    messages.success(request, "已报送。采用情况会显示在下面的列表中。")
    return HttpResponseRedirect(reverse("desk-report-contribute"))


def _saved(request: Request, given: Typed, draft_id: UUID | None) -> HttpResponse:
    try:
        kept = _keep(request, given, draft_id)
    except Problem as problem:
        return _page(request, given, problem, draft_id=draft_id)
    messages.success(request, "已存为草稿，尚未报送。")
    return _to_draft(kept)


def _keep(request: Request, given: Typed, draft_id: UUID | None) -> UUID:
    return commands.save_contribution_draft(
        given.as_json(), by=request.by, at=request.at, key=f"d{post_key(request)}"[:64], draft_id=draft_id
    )


def _to_draft(draft_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('desk-report-contribute')}?draft={draft_id}#contribute-title")


@needs(Capability.REPORT_CONTRIBUTE)
@require_POST
def read_in(request: Request) -> HttpResponse:
    """A file or a paste becomes title and paragraphs of a new draft, to be looked over and sent."""
    pasted = text(request, "pasted", PASTE_LIMIT)
    try:
        found = parsed(_lines(request, pasted))
        open_now = queries.open_for_contributions()
        fields = {
            "report": open_now[0][0] if open_now else "",
            "title": found.title,
            "body": found.body or found.title,
        }
        draft_id = _keep(request, Typed(fields), None)
    except Problem as problem:
        return _page(request, Typed({}), problem, pasted=pasted)
    words = "" if found.title_is_own else "没有找到单独一行的标题，请核对标题。"
    messages.success(request, f"已读入 {found.paragraphs} 段文字，存为草稿。{words}请核对后报送。")
    return _to_draft(draft_id)


def _lines(request: Request, pasted: str) -> list[str]:
    upload = request.FILES.get("file")
    if upload is None:
        if not pasted.strip():
            raise Invalid("没有要读入的内容。", fields={"pasted": "请选择文件，或者在这里粘贴文字"})
        return pasted.splitlines()
    try:
        if (upload.size or 0) > words_in.LIMITS.size:
            raise Invalid("文件太大。", how=f"最大 {words_in.LIMITS.size >> 20} MB。")
        return words_in.lines_of(upload.read(), upload.name or "")
    except Invalid as problem:
        raise Invalid(
            problem.message, how=problem.how, fields={"file": problem.message + problem.how}
        ) from problem


def _choices(request: Request, report_id: str) -> dict[str, Stated]:
    """The figures of the registers that the own department may cite: those of the report's days."""
    chosen = parse_uuid(report_id)
    if chosen is None:
        return {}
    return queries.citable_figures(chosen, by=request.by)


def _page(
    request: Request,
    given: Typed,
    problem: Problem | None = None,
    *,
    draft_id: UUID | None = None,
    pasted: str = "",
) -> HttpResponse:
    sections = queries.contribution_sections()
    fields = {name: given.fields.get(name, "") for name in FIELDS}
    context: dict[str, Any] = {
        "given": fields,
        "typed": given,
        "draft_id": draft_id,
        "pasted": pasted,
        "drafts": [_draft(draft) for draft in queries.own_drafts(by=request.by)],
        "reports": [*queries.open_for_contributions(), ("next", "下一期")],
        "sections": sections,
        "choices": [(ref, each.words) for ref, each in _choices(request, fields["report"]).items()],
        "rows": queries.department_contributions(by=request.by),
        "sent": ContributionState.SENT,
        "key": client_key(),
        "read_key": client_key(),
        "today": local_day(request.at),
        "most_photos": MOST_PHOTOS,
        "photo_mb": PHOTO_BYTES >> 20,
        "accept": words_in.ACCEPT,
        "file_mb": words_in.LIMITS.size >> 20,
    }
    return show(request, "contribute", context, problem)


def _draft(draft: Any) -> dict[str, Any]:
    given = Typed.from_json(draft.data)
    return {"id": draft.id, "title": given.fields.get("title") or "（未写标题）", "at": draft.at}


@needs(Capability.REPORT_CONTRIBUTE)
@require_POST
def discard(request: Request, contribution_draft_id: UUID) -> HttpResponse:
    """Throw an own draft away."""
    draft = queries.own_draft(contribution_draft_id, by=request.by)
    photos = Typed.from_json(draft.data).photos
    commands.discard_contribution_draft(contribution_draft_id, by=request.by, at=request.at)
    forget_photos(photos)
    messages.success(request, "草稿已删除。")
    return HttpResponseRedirect(reverse("desk-report-contribute"))


@needs(Capability.REPORT_CONTRIBUTE)
@require_POST
def withdraw(request: Request, contribution_id: UUID) -> HttpResponse:
    """Take a contribution back."""
    try:
        commands.withdraw_contribution(contribution_id, by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, Typed({}), problem)
    messages.success(request, "已撤回。")
    return HttpResponseRedirect(reverse("desk-report-contribute"))
