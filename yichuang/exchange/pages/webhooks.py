"""Webhooks: whom we tell of what, how it goes, and what a receiver needs to check that it is us."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.exchange.commands import webhooks as commands
from yichuang.exchange.commands.webhooks import WebhookForm
from yichuang.exchange.flow import WebhookState
from yichuang.exchange.models import Webhook
from yichuang.exchange.queries import webhooks as queries
from yichuang.exchange.render import signed_post
from yichuang.exchange.rules.webhooks import kinds, secret, secret_text
from yichuang.gateways import outward
from yichuang.journal.queries import head
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Problem
from yichuang.kernel.keys import client_key, parse_uuid
from yichuang.kernel.web import Request, clean_text, needs, post_key
from yichuang.workdays.queries import real_now

TONES = {WebhookState.ACTIVE: "good", WebhookState.PAUSED: "plain", WebhookState.SUSPENDED: "bad"}
LONGEST_NUMBER = 15


def state_of(one: Webhook) -> tuple[str, str]:
    """The state in words, with its tone; an address that does not take what it is sent is said to."""
    state = WebhookState(one.state)
    if state is WebhookState.ACTIVE and one.failures:
        return "推送失败，正在重试", "warn"
    return state.label, TONES[state]


@needs(Capability.EXCHANGE_MANAGE)
@require_safe
def listing(request: Request) -> HttpResponse:
    """The addresses within reach."""
    newest = head().number
    rows = [
        {
            "webhook": one, "state": state_of(one), "departments": queries.department_words(one),
            "behind": max(0, newest - one.seal),
        }
        for one in queries.webhooks(by=request.by)
    ]  # fmt: skip
    return render(request, "exchange/webhooks.html", {"rows": rows})


@needs(Capability.EXCHANGE_MANAGE)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Enter an address."""
    if request.method == "GET":
        return _form(request, None, _nothing())
    given = _given(request)
    try:
        made = commands.add_webhook(_entered(given), key=post_key(request), by=request.by, at=request.at)
    except Problem as problem:
        return _form(request, None, given, problem)
    messages.success(request, "已保存，从现在起的事件会推送到这个地址。请先试推一次。")
    return HttpResponseRedirect(reverse("webhook", args=[made.pk]))


@needs(Capability.EXCHANGE_MANAGE)
@never_cache
@require_safe
def one(request: Request, webhook_id: UUID) -> HttpResponse:
    """One address: how it goes, what was tried, how the receiver checks the signature."""
    found = queries.webhook(webhook_id, by=request.by)
    return _show(request, found)


def _show(request: Request, found: Webhook, problem: Problem | None = None) -> HttpResponse:
    names = kinds()
    context: dict[str, Any] = {
        "webhook": found, "state": state_of(found), "departments": queries.department_words(found),
        "kinds": [names.get(kind, kind) for kind in found.kinds], "posts": queries.posts(found), "newest": head().number,
        "secret": secret_text(secret(settings.SECRET_KEY, found.pk, found.secret_no)),
        "active": found.state == WebhookState.ACTIVE, "problem": problem, "errors": problem.fields if problem else {},
    }  # fmt: skip
    return render(request, "exchange/webhook.html", context, status=problem.status if problem else 200)


@needs(Capability.EXCHANGE_MANAGE)
@require_http_methods(["GET", "POST"])
def change(request: Request, webhook_id: UUID) -> HttpResponse:
    """Change an address."""
    found = queries.webhook(webhook_id, by=request.by)
    if request.method == "GET":
        given = {
            "name": found.name, "address": found.address, "kinds": found.kinds, "departments": [str(d) for d in found.departments],
        }  # fmt: skip
        return _form(request, found, given)
    given = _given(request)
    try:
        commands.change_webhook(
            webhook_id, _entered(given), seen=_whole(request, "seen"), by=request.by, at=request.at
        )
    except Problem as problem:
        return _form(request, found, given, problem)
    messages.success(request, "已保存。")
    return HttpResponseRedirect(reverse("webhook", args=[webhook_id]))


@needs(Capability.EXCHANGE_MANAGE)
@require_POST
def switch(request: Request, webhook_id: UUID) -> HttpResponse:
    """Pause an address, or go on."""
    active = request.POST.get("active") == "1"
    commands.set_webhook_state(webhook_id, active=active, by=request.by, at=request.at)
    messages.success(
        request, "已恢复推送，从上次停下的地方接着推。" if active else "已暂停，期间的事件留到恢复后再推。"
    )
    return HttpResponseRedirect(reverse("webhook", args=[webhook_id]))


@needs(Capability.EXCHANGE_MANAGE)
@require_POST
def replay(request: Request, webhook_id: UUID) -> HttpResponse:
    """Tell everything again from a seal on."""
    try:
        commands.replay_webhook(webhook_id, seal=_whole(request, "seal"), by=request.by, at=request.at)
    except Problem as problem:
        return _show(request, queries.webhook(webhook_id, by=request.by), problem)
    messages.success(request, "将从这个封账号起重新推送；接收方按事件编号去重。")
    return HttpResponseRedirect(reverse("webhook", args=[webhook_id]))


@needs(Capability.EXCHANGE_MANAGE)
@require_POST
def renew_secret(request: Request, webhook_id: UUID) -> HttpResponse:
    """Another secret."""
    commands.renew_webhook_secret(webhook_id, seen=_whole(request, "seen"), by=request.by, at=request.at)
    messages.success(request, "已更换签名密钥，请立即告知接收方。")
    return HttpResponseRedirect(reverse("webhook", args=[webhook_id]))


@needs(Capability.EXCHANGE_MANAGE)
@require_POST
def ping(request: Request, webhook_id: UUID) -> HttpResponse:
    """Post nothing once, and say what was answered."""
    found = queries.webhook(webhook_id, by=request.by)
    body, headers = signed_post(found, (), at=real_now())
    answered = outward.post(found.address, body, headers, reach=outward.reach_of(settings.WEBHOOK_NETWORKS))
    if answered.is_taken:
        messages.success(request, f"试推成功，对方回答 {answered.status}。")
    else:
        messages.error(request, f"试推没有成功：{answered.trouble}。请核对地址，或请对方检查。")
    return HttpResponseRedirect(reverse("webhook", args=[webhook_id]))


def _nothing() -> dict[str, Any]:
    return {"name": "", "address": "", "kinds": [], "departments": []}


def _given(request: Request) -> dict[str, Any]:
    return {
        "name": clean_text(request.POST.get("name", ""), limit=200),
        "address": clean_text(request.POST.get("address", ""), limit=outward.LONGEST_ADDRESS + 1).strip(),
        "kinds": request.POST.getlist("kinds"),
        "departments": request.POST.getlist("departments"),
    }


def _entered(given: dict[str, Any]) -> WebhookForm:
    trouble = ""
    try:
        outward.check(given["address"], outward.reach_of(settings.WEBHOOK_NETWORKS))
    except outward.Forbidden as refused:
        trouble = str(refused)
    departments = [found for one in given["departments"] if (found := parse_uuid(one))]
    return WebhookForm(given["name"], given["address"], given["kinds"], departments, trouble)


def _form(
    request: Request, found: Webhook | None, given: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    context = {
        "webhook": found, "given": given, "kinds": list(kinds().items()), "departments": _departments(request.by),
        "everything": request.by.everywhere, "problem": problem, "errors": problem.fields if problem else {}, "key": client_key(),
    }  # fmt: skip
    return render(request, "exchange/webhook_form.html", context, status=problem.status if problem else 200)


def _departments(by: Actor) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in department_names().items() if by.reaches(pk)]


def _whole(request: Request, name: str) -> int:
    raw = request.POST.get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= LONGEST_NUMBER else 0


urlpatterns: list[URLPattern] = [
    path("desk/exchange/webhooks", listing, name="webhooks"),
    path("desk/exchange/webhooks/new", new, name="webhook-new"),
    path("desk/exchange/webhooks/<uuid:webhook_id>", one, name="webhook"),
    path("desk/exchange/webhooks/<uuid:webhook_id>/change", change, name="webhook-change"),
    path("desk/exchange/webhooks/<uuid:webhook_id>/switch", switch, name="webhook-switch"),
    path("desk/exchange/webhooks/<uuid:webhook_id>/replay", replay, name="webhook-replay"),
    path("desk/exchange/webhooks/<uuid:webhook_id>/secret", renew_secret, name="webhook-secret"),
    path("desk/exchange/webhooks/<uuid:webhook_id>/ping", ping, name="webhook-ping"),
]
