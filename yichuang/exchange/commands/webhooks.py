"""Webhooks: entered, changed, stopped and started, set back to an earlier seal; and what became of each post."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from yichuang.directory.flow import Capability
from yichuang.exchange.flow import WebhookState
from yichuang.exchange.models import Webhook, WebhookPost
from yichuang.exchange.queries.webhooks import reaches, webhook
from yichuang.exchange.rules.webhooks import GIVES_UP_AFTER, kinds, pause_after
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.journal.queries import head
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7

LONGEST_NAME = 100
KEPT_POSTS = 200
GONE = 410


@dataclass(frozen=True, slots=True)
class WebhookForm:
    """What is entered about a webhook. `trouble`: why the address cannot be used, found by whoever looked it up; empty if it can."""

    name: str
    address: str
    kinds: Sequence[str]
    departments: Sequence[UUID] = field(default=())
    trouble: str = ""


@keyed("webhook")
@transaction.atomic
def add_webhook(form: WebhookForm, *, key: str, by: Actor, at: datetime) -> Webhook:
    """Enter an address; it is told of what is sealed from now on. Raises Refused, Invalid by field."""
    by.require(Capability.EXCHANGE_MANAGE)
    known = Webhook.objects.filter(key=key).first()
    if known is not None:
        return known
    _check(form, by)
    made = Webhook.objects.create(
        id=uuid7(at), name=form.name.strip(), address=form.address.strip(), kinds=sorted(set(form.kinds)),
        departments=sorted(set(form.departments)), seal=head().number, position=2**31 - 1, made_at=at, made_by_name=by.name,
        key=key,
    )  # fmt: skip
    _fact(made, "webhook.added", _as_data(made), by, at)
    return made


@transaction.atomic
def change_webhook(webhook_id: UUID, form: WebhookForm, *, seen: int, by: Actor, at: datetime) -> Webhook:
    """Change what an address is told. Saving the same again changes nothing. Raises Missing, Conflict (changed meanwhile), Invalid."""
    found = _held(webhook_id, by)
    _check(form, by)
    wanted = {
        "name": form.name.strip(), "address": form.address.strip(), "kinds": sorted(set(form.kinds)),
        "departments": sorted(set(form.departments)),
    }  # fmt: skip
    if all(getattr(found, name) == value for name, value in wanted.items()):
        return found
    if found.edit != seen:
        raise Conflict("这个推送地址刚刚被别人改过。", how="请刷新后查看，再决定是否重做。")
    for name, value in wanted.items():
        setattr(found, name, value)
    found.edit += 1
    found.save(update_fields=[*wanted, "edit"])
    _fact(found, "webhook.changed", _as_data(found), by, at)
    return found


@transaction.atomic
def set_webhook_state(webhook_id: UUID, *, active: bool, by: Actor, at: datetime) -> Webhook:
    """Pause an address, or go on where it was left; what is so already stays. Raises Missing."""
    found = _held(webhook_id, by)
    wanted = WebhookState.ACTIVE if active else WebhookState.PAUSED
    if found.state == wanted or (not active and found.state == WebhookState.SUSPENDED):
        return found
    _started_afresh(found)
    found.state = wanted
    found.edit += 1
    found.save(update_fields=["state", "edit", *FRESH])
    _fact(found, "webhook.resumed" if active else "webhook.paused", {}, by, at)
    return found


@transaction.atomic
def replay_webhook(webhook_id: UUID, *, seal: int, by: Actor, at: datetime) -> Webhook:
    """Tell an address again of everything from a seal on: it may be told twice of what it knows, never not at all.

    Raises Missing, Invalid for a seal that is not there.
    """
    found = _held(webhook_id, by)
    newest = head().number
    if not 1 <= seal <= newest:
        raise Invalid("没有这个封账号。", fields={"seal": f"应为 1 至 {newest}"})
    _started_afresh(found)
    found.seal, found.position = seal, -1
    found.edit += 1
    found.save(update_fields=["seal", "position", "edit", *FRESH])
    _fact(found, "webhook.replayed", {"seal": seal}, by, at)
    return found


@transaction.atomic
def renew_webhook_secret(webhook_id: UUID, *, seen: int, by: Actor, at: datetime) -> Webhook:
    """Another secret from now on; the old one signs nothing any more. Raises Missing, Conflict (changed meanwhile)."""
    found = _held(webhook_id, by)
    if found.edit != seen:
        raise Conflict("这个推送地址刚刚被改过。", how="请刷新后查看，再决定是否重做。")
    found.secret_no += 1
    found.edit += 1
    found.save(update_fields=["secret_no", "edit"])
    _fact(found, "webhook.secret_renewed", {"secret_no": found.secret_no}, by, at)
    return found


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a post: the first place and how many facts were in it, the answer's status (0: none), the trouble in words."""

    first_place: str
    facts: int
    status: int
    trouble: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver took it."""
        return not self.trouble


@transaction.atomic
def note_posted(before: Webhook, posted: Posted | None, *, place: tuple[int, int], at: datetime) -> bool:
    """Keep what became of a post, and move on if it was taken, or if there was nothing to post up to `place`.

    Only from the very place and edit at which `before` was read: whoever was slower, or was overtaken by a change, moves nothing.
    Whether it was noted. After three days of failures in a row, or where the receiver says that it is gone, nothing is sent any
    more until somebody starts it again.
    """
    same = Webhook.objects.filter(
        pk=before.pk, edit=before.edit, seal=before.seal, position=before.position, state=WebhookState.ACTIVE
    )
    if posted is None or posted.is_taken:
        count = posted.facts if posted else 0
        done = same.update(
            seal=place[0],
            position=place[1],
            told=F("told") + count,
            failures=0,
            failing_since=None,
            next_try_at=None,
            trouble="",
        )
    else:
        done = same.update(**_failed(before, posted, at))
    if done and posted is not None:
        _keep(before, posted, at)
    return bool(done)


def _failed(before: Webhook, posted: Posted, at: datetime) -> dict[str, Any]:
    since = before.failing_since or at
    given_up = posted.status == GONE or at - since >= GIVES_UP_AFTER
    failures = before.failures + 1
    return {
        "failures": failures, "failing_since": since, "next_try_at": at + pause_after(failures), "trouble": posted.trouble,
        "state": WebhookState.SUSPENDED if given_up else WebhookState.ACTIVE,
    }  # fmt: skip


def _keep(before: Webhook, posted: Posted, at: datetime) -> None:
    WebhookPost.objects.create(
        id=uuid7(at), webhook_id=before.pk, at=at, first_place=posted.first_place, facts=posted.facts, status=posted.status,
        trouble=posted.trouble,
    )  # fmt: skip
    sql.execute(
        "delete from exchange_webhookpost where webhook_id = %(webhook)s and id < "
        "(select id from exchange_webhookpost where webhook_id = %(webhook)s order by id desc offset %(kept)s limit 1)",
        {"webhook": before.pk, "kept": KEPT_POSTS - 1},
    )


FRESH = ("failures", "failing_since", "next_try_at", "trouble")


def _started_afresh(found: Webhook) -> None:
    found.failures, found.failing_since, found.next_try_at, found.trouble = 0, None, None, ""


def _held(webhook_id: UUID, by: Actor) -> Webhook:
    by.require(Capability.EXCHANGE_MANAGE)
    webhook(webhook_id, by=by)
    return Webhook.objects.select_for_update(of=("self",)).get(pk=webhook_id)


def _check(form: WebhookForm, by: Actor) -> None:
    wrong: dict[str, str] = {}
    if not form.name.strip() or len(form.name.strip()) > LONGEST_NAME:
        wrong["name"] = f"请写明推送给谁、做什么用，不超过 {LONGEST_NAME} 个字"
    if form.trouble or not form.address.strip():
        wrong["address"] = form.trouble or "请填写地址，例如：https://example.gov.cn/hooks"
    if not form.kinds or not set(form.kinds) <= set(kinds()):
        wrong["kinds"] = "请至少选择一类事件"
    if not reaches(form.departments, by=by):
        wrong["departments"] = "请从您管理的部门中选择"
    if wrong:
        raise Invalid("推送地址还不能保存，请先改正。", fields=wrong)


def _as_data(made: Webhook) -> dict[str, Any]:
    return {"name": made.name, "address": made.address, "kinds": made.kinds, "departments": made.departments}


def _fact(made: Webhook, kind: str, data: dict[str, Any], by: Actor, at: datetime) -> None:
    record(NewFact(made.pk, "webhook", kind, data), by=by, at=at)
