"""Tokens by which other systems ask: the list, making one (its secret is shown once), revoking one."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.directory import commands, queries
from yichuang.directory.flow import LABELS, Capability
from yichuang.directory.models import Account, ApiToken
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Missing, Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, needs, post_key

CSV_HEAD = ("用途", "账号", "部门", "权限", "签发时间", "到期时间", "最近使用", "状态")
DAYS = ((30, "30 天"), (90, "90 天"), (180, "180 天"), (365, "1 年"))
DEFAULT_DAYS = "90"


def state_of(token: ApiToken, at: datetime) -> tuple[str, str]:
    """A token's state in words, with its tone."""
    if token.revoked_at is not None:
        return "已吊销", "plain"
    return ("已过期", "plain") if token.expires_at <= at else ("有效", "good")


def scope_words(token: ApiToken) -> str:
    """What a token allows, in words."""
    return "、".join(LABELS[Capability(scope)] for scope in token.scopes)


def _where(account: Account) -> str:
    return account.post.department.short_name if account.post else "申请人"


@needs(Capability.TOKEN_MANAGE)
@require_safe
def listing(request: Request) -> HttpResponse:
    """Tokens within reach, the newest first."""
    text = clean_text(request.GET.get("q", ""), limit=100)
    page = queries.tokens_page(by=request.by, text=text, after=request.GET.get("after", ""))
    given = {"q": text} if text else {}
    rows = [
        {
            "token": one,
            "state": state_of(one, request.at),
            "scopes": scope_words(one),
            "where": _where(one.account),
            "open": one.revoked_at is None and one.expires_at > request.at,
        }
        for one in page.rows
    ]
    context: dict[str, Any] = {
        "rows": rows,
        "q": text,
        "csv": f"{reverse('tokens-csv')}?{urlencode(given)}",
        "previous": "" if page.is_first else f"?{urlencode(given)}",
        "following": f"?{urlencode({**given, 'after': page.following})}" if page.following else "",
    }
    return render(request, "directory/tokens.html", context)


@needs(Capability.TOKEN_MANAGE)
@require_safe
def listing_csv(request: Request) -> HttpResponseBase:
    """The whole list as CSV; it holds no secret, because nobody has one."""
    text = clean_text(request.GET.get("q", ""), limit=100)
    rows = (
        (
            one.name, one.account.username, _where(one.account), scope_words(one), one.made_at.isoformat(),
            one.expires_at.isoformat(), one.last_used_on, state_of(one, request.at)[0],
        )
        for one in queries.tokens_export(by=request.by, text=text)
    )  # fmt: skip
    return csv_response(f"接口令牌-{local_day(request.at).isoformat()}.csv", CSV_HEAD, rows)


@needs(Capability.TOKEN_MANAGE)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Make a token: the account is chosen first, then what of its rights the token may use, and for how long."""
    if request.method == "POST":
        return _made(request)
    account = parse_uuid(request.GET.get("account", ""))
    return _form(request, account, {"name": "", "scopes": [], "days": DEFAULT_DAYS})


def _form(
    request: Request, account_id: UUID | None, given: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    accounts = queries.service_accounts(by=request.by)
    account = next((one for one in accounts if one.pk == account_id), None)
    held = queries.actor_of(account.pk, on=local_day(request.at)).capabilities if account else frozenset()
    context = {
        "accounts": [
            (str(one.pk), f"{_where(one)} {one.display_name}（{one.username}）") for one in accounts
        ],
        "account": account,
        "where": _where(account) if account else "",
        "scopes": [(str(one), LABELS[one]) for one in Capability if str(one) in held],
        "days": DAYS,
        "given": given,
        "problem": problem,
        "errors": problem.fields if problem else {},
        "key": client_key(),
    }
    return render(request, "directory/token_new.html", context, status=problem.status if problem else 200)


def _made(request: Request) -> HttpResponse:
    account = parse_uuid(request.POST.get("account", ""))
    raw = request.POST.get("days", "")
    given = {
        "name": clean_text(request.POST.get("name", ""), limit=200),
        "scopes": request.POST.getlist("scopes"),
        "days": raw,
    }
    if account is None:
        raise Missing
    days = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 5 else 0
    try:
        made = commands.make_token(
            account, name=str(given["name"]), scopes=request.POST.getlist("scopes"), days=days,
            key=post_key(request), by=request.by, at=request.at,
        )  # fmt: skip
    except Problem as problem:
        return _form(request, account, given, problem)
    response = render(request, "directory/token_made.html", {"secret": made.secret, "name": given["name"]})
    response["Cache-Control"] = "no-store"
    return response


@needs(Capability.TOKEN_MANAGE)
@require_POST
def revoke(request: Request, token_id: UUID) -> HttpResponse:
    """Revoke a token at once."""
    commands.revoke_token(token_id, by=request.by, at=request.at)
    messages.success(request, "已吊销，从现在起不能再用。")
    return HttpResponseRedirect(reverse("tokens"))
