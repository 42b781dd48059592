"""Comments on a report: the list, writing one, answering, settling."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import Request, post_key, posted_uuid, signed_in
from yichuang.reports import commands, queries
from yichuang.reports.commands import NewComment
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.models import Report
from yichuang.reports.pages.common import show, text
from yichuang.reports.pages.sections import editing_context

FIELDS = ("place", "quote", "body")


def readable(request: Request, report_id: UUID) -> Report:
    """Drafts are for those who edit, review or issue; a past report has none. Raises Missing."""
    report = queries.report_for(report_id, by=request.by)
    if report.imported or not queries.sees_drafts(request.by):
        raise Missing("没有找到这期周报，或者您无权查看。")
    return report


@signed_in
@require_http_methods(["GET", "POST"])
def comments(request: Request, report_id: UUID) -> HttpResponse:
    """Every thread, the open ones first; and the form of a new one."""
    report = readable(request, report_id)
    if request.method != "POST":
        return _page(request, report, {"place": request.GET.get("place", "")})
    given = {name: text(request, name, 4000) for name in FIELDS}
    section, _, item = given["place"].partition("/")
    parent = posted_uuid(request, "parent")
    try:
        new = NewComment(section, given["body"], item, given["quote"], parent)
        commands.comment(report_id, new, by=request.by, at=request.at, key=post_key(request))
    except Problem as problem:
        return _page(request, report, given | {"parent": parent}, problem)
    messages.success(request, "已回复。" if parent else "已批注。")
    return HttpResponseRedirect(reverse("desk-report-comments", args=[report_id]))


def _page(
    request: Request, report: Report, given: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    texts = queries.pieces_of(report)
    items = [piece for piece in texts if piece.key.startswith("item:")]
    places = [(spec.key, spec.heading) for spec in queries.form_of(report).sections]
    options = [
        option
        for key, heading in places
        for option in (
            (key, heading),
            *(
                (f"{key}/{each.key[5:]}", _line(each.heading, each.label, each.text))
                for each in items
                if each.section == key
            ),
        )
    ]
    found = queries.threads(report, texts)
    context = editing_context(report) | {
        "threads": found,
        "open": sum(thread.open for thread in found),
        "options": options,
        "given": {"place": "", "quote": "", "body": "", "parent": None} | given,
        "may_write": report.state not in PUBLISHED,
        "key": client_key(),
    }
    return show(request, "comments", context, problem)


def _line(heading: str, label: str, words: str) -> str:
    return f"{heading} {label}：{words[:18]}{'…' if len(words) > 18 else ''}"


@signed_in
@require_POST
def settle(request: Request, report_id: UUID, comment_id: UUID, settling: str) -> HttpResponse:
    """Mark a thread as dealt with, or open it again."""
    report = readable(request, report_id)
    done = {"resolve": commands.resolve_comment, "reopen": commands.reopen_comment}.get(settling)
    if done is None:
        raise Missing("没有这个操作。")
    try:
        done(report_id, comment_id, by=request.by, at=request.at)
    except Problem as problem:
        return _page(request, report, {}, problem)
    messages.success(request, "已标为解决。" if settling == "resolve" else "已重新打开。")
    return HttpResponseRedirect(reverse("desk-report-comments", args=[report_id]))
