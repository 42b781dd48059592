"""My exports: what I asked for, how far it is, the file; and the small form that a list's 导出 leads to."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.exports.commands import ask_export, cancel_export
from yichuang.exports.flow import (
    FORMAT_LABELS,
    KEPT_FOR,
    LONGEST_PURPOSE,
    OPEN,
    STATE_LABELS,
    TONES,
    Format,
    State,
)
from yichuang.exports.models import Export
from yichuang.exports.queries.lists import listing, narrowed, selection, words_of
from yichuang.exports.queries.own import mine, own
from yichuang.exports.render import file_name, handouts
from yichuang.exports.rules import still_reaches
from yichuang.journal.commands import View, ViewKind, note_view
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused
from yichuang.kernel.keys import client_key
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key


@needs(Capability.LIST_EXPORT)
@require_safe
def exports(request: Request) -> HttpResponse:
    """The actor's own exports, the newest first; while one is open the list asks for itself again."""
    page = mine(by=request.by, after=request.GET.get("after", "")[:500])
    context = {
        "rows": [_line(row) for row in page.rows],
        "key": client_key(),
        "open": any(row.state in OPEN for row in page.rows),
        "days": KEPT_FOR.days,
        "previous": "" if page.is_first else reverse("desk-exports"),
        "following": f"?{urlencode({'after': page.following})}" if page.following else "",
    }
    return render(request, "exports/list.html", context)


def _line(row: Export) -> dict[str, Any]:
    state = State(row.state)
    # The planner's guess is a guess: the bar stands still before the end rather than saying that it is done.
    share = min(99, row.rows * 100 // row.expected) if row.expected else None
    return {
        "row": row,
        "state": STATE_LABELS[state],
        "tone": TONES[state],
        "running": state is State.RUNNING,
        "open": state in OPEN,
        "done": state is State.DONE,
        "share": share,
        "format": FORMAT_LABELS[Format(row.format)],
    }


@needs(Capability.LIST_EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponse:
    """The form: what is exported in words, the format, what for. Its address carries the list and its filters."""
    if request.method != "POST":
        return _form(request, {"format": Format.XLSX.value, "purpose": ""})
    given = {
        "format": clean_text(request.POST.get("format", ""), limit=20),
        "purpose": clean_text(request.POST.get("purpose", ""), limit=LONGEST_PURPOSE + 100),
    }
    code, asked = _asked(request)
    try:
        ask_export(
            code, given["format"], asked, given["purpose"], address=request.META.get("REMOTE_ADDR", ""),
            by=request.by, at=request.at, key=post_key(request),
        )  # fmt: skip
    except (Invalid, Conflict) as problem:
        return _form(request, given, problem)
    messages.success(request, "已开始导出，完成后可以在这里下载；您可以先去做别的事。")
    return HttpResponseRedirect(reverse("desk-exports"))


def _asked(request: Request) -> tuple[str, dict[str, str]]:
    code = request.GET.get("list", "")
    return code, narrowed(listing(code, by=request.by), request.GET.dict())


def _form(request: Request, given: dict[str, str], problem: Problem | None = None) -> HttpResponse:
    code, asked = _asked(request)
    # What cannot be read is said now, not when the job runs.
    selection(code, asked, by=request.by, today=local_day(request.at))
    context = {
        "words": words_of(code, asked, by=request.by),
        "given": given,
        "formats": [(str(one), label) for one, label in FORMAT_LABELS.items()],
        "days": KEPT_FOR.days,
        "longest": LONGEST_PURPOSE,
        "here": f"{reverse('desk-export-new')}?{urlencode({'list': code, **asked})}",
        "problem": problem,
        "key": client_key(),
    }
    return render(request, "exports/new.html", context, status=problem.status if problem else 200)


@needs(Capability.LIST_EXPORT)
@require_POST
def cancel(request: Request, export_id: UUID) -> HttpResponse:
    """Give an export up."""
    cancel_export(export_id, by=request.by, at=request.at, key=post_key(request))
    messages.success(request, "导出已取消。")
    return HttpResponseRedirect(reverse("desk-exports"))


@needs(Capability.LIST_EXPORT)
@require_safe
def download(request: Request, export_id: UUID) -> FileResponse:
    """The file, for whoever asked for it and may still open the list; the view log keeps that it was taken."""
    found = own(export_id, by=request.by)
    listing(found.code, by=request.by)
    if found.state == State.DONE and not still_reaches(found.reach, by=request.by):
        raise Refused("您的权限在导出以后缩小了，这个文件含有您现在看不到的内容。", how="请重新导出。")
    if found.state != State.DONE or (found.expires_at is not None and found.expires_at <= request.at):
        raise Missing("这个导出没有可以下载的文件。", how="请在“我的导出”查看状态；已过期的请重新导出。")
    file = handouts().open(file_name(found))
    taken = View(
        ViewKind.EXPORT, found.pk, found.words, "下载", reason=found.purpose, address=request.META.get("REMOTE_ADDR", "")
    )  # fmt: skip
    note_view(taken, by=request.by, at=request.at)
    name = f"{found.words.split('：')[0]}-{local_day(found.asked_at)}.{found.format}"
    response = FileResponse(
        file, as_attachment=True, filename=name, content_type=Format(found.format).media_type
    )
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns: list[URLPattern] = [
    path("desk/exports", exports, name="desk-exports"),
    path("desk/exports/new", new, name="desk-export-new"),
    path("desk/exports/<uuid:export_id>/cancel", cancel, name="desk-export-cancel"),
    path("desk/exports/<uuid:export_id>/file", download, name="desk-export-file"),
]
