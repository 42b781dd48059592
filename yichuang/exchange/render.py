"""What is posted to a webhook: the words, and the headers that sign them."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from yichuang.exchange.models import Webhook
from yichuang.exchange.rules.webhooks import Told, envelope, message_id, secret
from yichuang.gateways.outward import signature
from yichuang.kernel import canonical


def signed_post(one: Webhook, facts: Sequence[Told], *, at: datetime) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a post about some facts (none: a trial); `at` is the real time, receivers refuse what is old."""
    body = canonical.text(envelope(one.pk, facts)).encode()
    identifier, seconds = message_id(one.pk, facts), int(at.timestamp())
    key = secret(settings.SECRET_KEY, one.pk, one.secret_no)
    return body, {
        "Content-Type": "application/json", "webhook-id": identifier, "webhook-timestamp": str(seconds),
        "webhook-signature": signature(key, message_id=identifier, seconds=seconds, body=body),
    }  # fmt: skip
