"""Signing in and out, and the switch of the elder mode."""

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from yichuang.directory.queries import actor_of
from yichuang.kernel.actor import ANONYMOUS
from yichuang.kernel.web import Request, clean_text, public

WRONG = "账号或密码不正确。"
SWITCHED_OFF = "这个账号的岗位已停用，不能登录。请联系本部门管理员。"
ELDER_AGE = 365 * 24 * 3600


def _next(request: HttpRequest, given: str, fallback: str) -> str:
    safe = url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure())
    return given if given and safe else fallback


@public
@require_http_methods(["GET", "POST"])
def sign_in(request: Request) -> HttpResponse:
    """Sign in with an account; failures are counted and slowed down."""
    context: dict[str, Any] = {
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "username": "",
        "error": "",
    }
    if request.method == "POST":
        context["username"] = clean_text(request.POST.get("username", ""), limit=64)
        account = authenticate(
            request, username=context["username"], password=request.POST.get("password", "")
        )
        who = actor_of(account.pk) if account is not None else ANONYMOUS
        if account is not None and who.kind != "anonymous":
            login(request, account)
            home = "/desk" if who.kind == "staff" else "/my"
            return HttpResponseRedirect(_next(request, context["next"], home))
        context["error"] = WRONG if account is None else SWITCHED_OFF
    return render(request, "home/sign_in.html", context, status=422 if context["error"] else 200)


@public
@require_POST
def sign_out(request: Request) -> HttpResponse:
    """End the session."""
    logout(request)
    return HttpResponseRedirect("/")


@public
@require_POST
def elder(request: Request) -> HttpResponse:
    """Switch the elder mode on or off and come back to the page."""
    response = HttpResponseRedirect(_next(request, request.POST.get("next", ""), "/"))
    if request.POST.get("elder") == "1":
        response.set_cookie("elder", "1", max_age=ELDER_AGE, samesite="Lax", httponly=True)
    else:
        response.delete_cookie("elder")
    return response


def locked_out(
    request: HttpRequest, credentials: dict[str, Any] | None = None, *_: Any, **__: Any
) -> HttpResponse:
    """Too many failures from one place for one account."""
    context = {"next": "", "username": "", "error": "连续多次输入错误，请 15 分钟后再试。"}
    return render(request, "home/sign_in.html", context, status=429)
