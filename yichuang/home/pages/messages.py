"""An officer's messages: what happened to the cases in one's hands. Nothing that needs no action comes here."""

from urllib.parse import urlencode

from django.contrib import messages as told
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_POST

from yichuang.directory.flow import Capability
from yichuang.kernel import paging
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.web import Request, needs
from yichuang.notices.commands import read_all
from yichuang.notices.queries import MOST_UNREAD, messages_for, unread

PAGE = 50


@needs(Capability.CASE_SEARCH)
@require_GET
def own(request: Request) -> HttpResponse:
    """The own messages, newest first; new ones are marked."""
    found = messages_for(request.by)
    before = parse_uuid(request.GET.get("before", ""))
    rows = list((found.filter(pk__lt=before) if before else found)[: PAGE + 1])
    older = f"?{urlencode({'before': rows[PAGE - 1].pk})}" if len(rows) > PAGE else ""
    context = {
        "rows": rows[:PAGE],
        "unread": paging.counted(unread(request.by), MOST_UNREAD),
        "previous": "/desk/messages" if before else "",
        "older": older,
    }
    return render(request, "home/messages.html", context)


@needs(Capability.CASE_SEARCH)
@require_POST
def mark(request: Request) -> HttpResponse:
    """Say that all of them have been read."""
    count = read_all(by=request.by, at=request.at)
    told.success(request, f"已把 {count} 条消息标为已读。")
    return HttpResponseRedirect("/desk/messages")


urlpatterns: list[URLPattern] = [
    path("desk/messages", own, name="desk-messages"),
    path("desk/messages/read", mark, name="desk-messages-read"),
]
