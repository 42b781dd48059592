"""The front door: who asks, at what business time, and whether the page may be opened at all.

Closed by default: a view that declares nothing (see `kernel.web`) is refused, whatever it does.
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import urlencode

from config.reading import READERS
from config.sessions import SessionStore
from yichuang.cases.api import asked_along
from yichuang.cases.queries import ahead
from yichuang.directory.commands import note_use
from yichuang.directory.queries import actor_of, session_actor, token_use
from yichuang.home.pages.errors import problem_page
from yichuang.home.pages.health import out_of_order
from yichuang.kernel import replica, sql
from yichuang.kernel.actor import ANONYMOUS, Actor
from yichuang.kernel.api import Unknown, is_api, problem_answer
from yichuang.kernel.errors import Problem, Refused
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import PUBLIC, SIGNED_IN, Request, requirement
from yichuang.workdays.queries import now

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def person(request: Request) -> Actor:
    """Who is signed in. A session whose account and password stand is read in one statement with the actor."""
    today, session, beside = local_day(request.at), request.session, None
    if isinstance(session, SessionStore):
        beside = session.read_for(today)
    known = parse_uuid(str(session.get(SESSION_KEY, "")))
    if known and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS:
        by = session_actor(
            known, session_hash=str(session.get(HASH_SESSION_KEY, "")), on=today, beside=beside
        )
        if by is not None:
            return by
    # Everything else is Django's to judge: a key that was replaced, a session to be ended.
    account = request.user.pk if request.user.is_authenticated else None
    return actor_of(account, on=today)


def machine(request: Request) -> Actor:
    """Who asks at the JSON door. Only a token counts: no cookie is looked at, so no other site can lend one.

    The case that the address names is read in the same question: who may see it is asked later, of everybody.
    """
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    # Without a token nothing is asked of the database: what is public is told without it, and a stranger is refused.
    if scheme.lower() != "bearer":
        return ANONYMOUS
    case = asked_along(request)
    if case is not None and sql.distributes():
        case = None
    used = token_use(secret.strip(), request.at, case.along if case else None)
    if used is None:
        return ANONYMOUS
    if case is not None:
        request.along = (case.number, used.along)
        request.ahead = (used.along, case.key, used.then) if used.then else None
    if used.last_used_on != local_day(request.at):
        note_use(used.token_id, local_day(request.at))
    return used.actor


class FrontDoor:
    """Middleware: sets `request.by` and `request.at`, checks the view's requirement, renders problems."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = cast("Request", request)
        # Refuses a host that is not ours (DisallowedHost, 400) before anything is read: Django itself asks only when a
        # page builds an address.
        request.get_host()
        try:
            asked.at, asked.along, asked.ahead = now(), None, None
            asked.by = machine(asked) if is_api(asked) else person(asked)
        except OperationalError:
            return out_of_order(asked)
        with nullcontext() if asked.ahead is None else ahead(*asked.ahead):
            response = self.get_response(request)
        replica.remember_write(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Refuse what the actor may not open; send strangers to sign in first; read from the replica what may be."""
        asked = cast("Request", request)
        refusal = self._refusal(asked, view)
        match = request.resolver_match
        if (
            refusal is not None
            or match is None
            or match.url_name not in READERS
            or not replica.may_ask(request)
        ):
            return refusal
        try:
            return cast("HttpResponseBase", replica.ask(lambda: view(request, *args, **kwargs)))
        except (Problem, OperationalError) as error:
            return self.process_exception(request, error)

    def _refusal(self, asked: Request, view: Callable[..., Any]) -> HttpResponseBase | None:
        wanted = requirement(view)
        if wanted == PUBLIC:
            return None
        if asked.by.kind == "anonymous" and is_api(asked):
            return problem_answer(
                Unknown(
                    "没有有效的接口令牌。",
                    how="请在请求头 Authorization 中给出 Bearer 令牌；令牌可能已过期或被吊销。",
                )
            )
        if asked.by.kind == "anonymous":
            # A form that was sent cannot be sent again by coming back: only pages are returned to.
            back = {"next": asked.get_full_path()} if asked.method in ("GET", "HEAD") else {}
            return HttpResponseRedirect(f"/sign-in?{urlencode(back)}" if back else "/sign-in")
        if wanted is None or (wanted != SIGNED_IN and not asked.by.can(wanted)):
            return problem_page(
                asked, Refused("您没有打开这个页面的权限。", how="如工作需要，请联系管理员。")
            )
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A problem that no page has caught is told in the look of the house."""
        if isinstance(error, Problem):
            return problem_page(request, error)
        if isinstance(error, OperationalError):
            return out_of_order(cast("Request", request))
        return None
