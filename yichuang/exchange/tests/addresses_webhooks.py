"""What the addresses of webhooks are tried with."""

from uuid import UUID

from tests.stories.tables import Tables
from yichuang.exchange.models import Webhook


def _webhook() -> UUID:
    return Webhook.objects.order_by("id").values_list("pk", flat=True)[0]


TABLES = Tables(
    parameters={"webhook_id": lambda s: _webhook()},
    post_only=frozenset({"webhook-switch", "webhook-replay", "webhook-secret", "webhook-ping"}),
    axe={
        "admin": lambda s: {
            "国家交换表检查": "/desk/exchange/national",
            "事件推送": "/desk/exchange/webhooks",
            "推送地址": f"/desk/exchange/webhooks/{_webhook()}",
            "登记推送地址": "/desk/exchange/webhooks/new",
        }
    },
)
