"""What the addresses of webhooks are tried with."""

from uuid import UUID

from tests.stories.tables import Tables

TABLES = Tables(
    parameters={"webhook_id": lambda s: UUID(int=1)},
    post_only=frozenset({"webhook-switch", "webhook-replay", "webhook-secret", "webhook-ping"}),
    axe={
        "admin": lambda s: {
            "事件推送": "/desk/exchange/webhooks",
            "登记推送地址": "/desk/exchange/webhooks/new",
        }
    },
)
