"""Telling webhooks: one post after another until an address knows everything that is sealed, or does not take it."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from yichuang.exchange.commands.webhooks import Posted, note_posted
from yichuang.exchange.flow import WebhookState
from yichuang.exchange.models import Webhook
from yichuang.exchange.queries.webhooks import next_facts
from yichuang.exchange.render import signed_post
from yichuang.exchange.rules.webhooks import Told
from yichuang.gateways import outward
from yichuang.workdays.queries import real_now

# One address must not keep the others waiting: what is left goes out in the next round.
MOST_POSTS = 50


def deliver(webhook_id: UUID, *, at: datetime) -> int:
    """Tell one webhook what it has not been told, in order; stops at the first post that is not taken. How many facts.

    Outside any transaction: first the receiver, then our own note, so a post may be repeated, under the same identifier,
    but none is left out.
    """
    told = 0
    for _ in range(MOST_POSTS):
        one = Webhook.objects.filter(pk=webhook_id, state=WebhookState.ACTIVE).first()
        if one is None:
            break
        facts, place = next_facts(one)
        if place == (one.seal, one.position):
            break
        posted = _post(one, facts) if facts else None
        noted = note_posted(one, posted, place=place, at=at)
        if not noted or (posted is not None and not posted.is_taken):
            break
        told += len(facts)
    return told


def _post(one: Webhook, facts: list[Told]) -> Posted:
    body, headers = signed_post(one, facts, at=real_now())
    answered = outward.post(one.address, body, headers, reach=outward.reach_of(settings.WEBHOOK_NETWORKS))
    return Posted(facts[0].place, len(facts), answered.status, answered.trouble)
