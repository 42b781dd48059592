"""The task list of a draft and the pages of its form: one section a page, saved as it is typed."""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.intake import commands
from yichuang.intake.flow import ALL_SECTIONS, PAPER, SectionState
from yichuang.intake.pages.drafting import (
    Links,
    draft_context,
    links,
    posted_answers,
    questions,
    show,
)
from yichuang.intake.pages.materials import file_line
from yichuang.intake.queries import DraftRow, in_words, open_draft, own_draft, review_of
from yichuang.intake.rules import drafting
from yichuang.intake.rules.drafting import Review
from yichuang.kernel.errors import Conflict, Missing
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, post_key

LATER = "later"


@require_safe
def draft(request: Request, draft_id: UUID) -> HttpResponse:
    """The task list: every part with its state, and what to do next."""
    found = own_draft(draft_id, by=request.by)
    if found.case_id is not None:
        name = "my-case" if found.mends else "window-receipt" if links(request, found).desk else "receipt"
        return HttpResponseRedirect(reverse(name, args=[found.case_id]))
    if found.is_withdrawn:
        return _withdrawn(request, found)
    moved = commands.renew_draft(draft_id, by=request.by, at=request.at)
    if moved:
        found = own_draft(draft_id, by=request.by)
    if found.mends is not None:
        return HttpResponseRedirect(reverse("my-correction", args=[found.mends]))
    review = review_of(found, today=local_day(request.at))
    tasks = task_list(found, review, links(request, found))
    context = draft_context(request, found) | {
        "tasks": tasks,
        "following": next((task for task in tasks if task["state"] not in ("done", "locked")), None),
        "renewed": moved,
        "key": client_key(),
    }
    return show(request, "draft", context)


def _withdrawn(request: Request, found: DraftRow) -> HttpResponse:
    """The item is offered no more: all that was typed can be read, copied and thrown away, but not filed."""
    to = links(request, found)
    context = draft_context(request, found) | {
        "answered": in_words(found.guide, found.answers),
        "files": [
            file_line(one.name, one.size, to("file-of", one.id))
            for one in found.materials
            if one.kind != PAPER
        ],
        "key": client_key(),
    }
    return show(request, "withdrawn", context)


def task_list(found: DraftRow, review: Review, to: Links) -> list[dict[str, str]]:
    """The lines of the task list: sections, materials, the check page."""
    tasks = [
        {
            "title": part.title,
            "href": to("section", part.code) + ("?check=1" if part.state == SectionState.ERROR else ""),
            "state": str(part.state),
            "hint": part.hint,
        }
        for part in drafting.parts(found.guide.form, review)
    ]
    missing = len(review.missing_materials)
    state = SectionState.DONE if not missing else SectionState.DOING if found.materials else SectionState.TODO
    hint = f"还差 {missing} 份" if missing else ""
    tasks.append({"title": "申请材料", "href": to("materials"), "state": str(state), "hint": hint})
    ready = review.is_complete
    tasks.append(
        {
            "title": "核对并提交",
            "href": to("check"),
            "state": str(SectionState.TODO if ready else SectionState.LOCKED),
            "hint": "" if ready else "前面各部分填完后可以提交",
        }
    )
    return tasks


@require_http_methods(["GET", "POST"])
def section(request: Request, draft_id: UUID, code: str) -> HttpResponse:
    """One section of the form. A post keeps what was typed, then checks it; what is wrong comes back with the page."""
    found = open_draft(draft_id, by=request.by)
    if not drafting.sections(found.guide.form, code):
        raise Missing("表单中没有这一部分。", how="请返回草稿重新选择。")
    if request.method == "POST":
        return _save(request, found, code)
    if found.is_withdrawn:
        return HttpResponseRedirect(links(request, found)())
    messages = _messages(request, found, code) if request.GET.get("check") else {}
    return _page(request, found, code, found.answers, messages)


def _messages(request: Request, found: DraftRow, code: str) -> dict[str, str]:
    review = review_of(found, today=local_day(request.at))
    return drafting.in_section(found.guide.form, code, review.wrong)


def _save(request: Request, found: DraftRow, code: str) -> HttpResponse:
    typed = posted_answers(request, found, code)
    try:
        _keep(request, found, code, typed)
    except Conflict as problem:
        return _page(request, found, code, found.answers | typed, {}, problem=problem, status=409)
    saved = open_draft(found.id, by=request.by)
    if request.POST.get("act") == LATER:
        return HttpResponseRedirect(_leave(request, saved))
    messages = _messages(request, saved, code)
    if messages:
        return _page(request, saved, code, saved.answers, messages, status=422)
    return HttpResponseRedirect(_onward(request, saved, code))


def _keep(request: Request, found: DraftRow, code: str, typed: Mapping[str, object]) -> None:
    raw = request.POST.get("edit", "")
    edit = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0
    tab = clean_text(request.POST.get("tab", ""), limit=64)
    commands.save_section(found.id, code, typed, edit, by=request.by, at=request.at, tab=tab)


def _leave(request: Request, found: DraftRow) -> str:
    if found.mends:
        return reverse("my-correction", args=[found.mends])
    return reverse("window") if links(request, found).desk else links(request, found)()


def _onward(request: Request, found: DraftRow, code: str) -> str:
    to = links(request, found)
    if found.mends:
        return reverse("my-correction", args=[found.mends])
    order = [part.code for part in found.guide.form.sections]
    following = None if code == ALL_SECTIONS else drafting.next_part(order, code)
    return to("section", following) if following else to("materials")


def _page(
    request: Request, found: DraftRow, code: str, answers: Mapping[str, object], messages: Mapping[str, str], *,
    problem: Conflict | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    order = [part.code for part in found.guide.form.sections]
    context = draft_context(request, found) | {
        "code": code,
        "parts": questions(found, code, answers, messages),
        "messages_by_field": messages,
        "problem": problem,
        "tab": request.POST.get("tab") or client_key(),
        "key": client_key(),
        "place": order.index(code) + 1 if code in order else 0,
        "places": len(order),
        "is_all": code == ALL_SECTIONS,
    }
    return show(request, "section", context, status=status)


@require_POST
def save(request: Request, draft_id: UUID, code: str) -> HttpResponse:
    """Autosave: keeps what is typed, valid or not, and says nothing else."""
    found = open_draft(draft_id, by=request.by)
    _keep(request, found, code, posted_answers(request, found, code))
    return HttpResponse(status=204)


@require_POST
def asked(request: Request, draft_id: UUID, code: str) -> HttpResponse:
    """The questions of a section as the answers typed so far bring them up; nothing is saved."""
    found = open_draft(draft_id, by=request.by)
    answers = found.answers | posted_answers(request, found, code)
    context = draft_context(request, found) | {"code": code, "parts": questions(found, code, answers, {})}
    return show(request, "questions", context)


@require_POST
def discard(request: Request, draft_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    post_key(request)
    commands.discard_draft(draft_id, by=request.by)
    return HttpResponseRedirect(reverse("window" if request.by.kind == "staff" else "my"))
