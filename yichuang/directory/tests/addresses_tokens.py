"""What the addresses of tokens are tried with."""

from uuid import UUID

from tests.stories.tables import Tables

TABLES = Tables(
    parameters={"token_id": lambda s: UUID(int=1)},
    post_only=frozenset({"token-revoke"}),
    axe={"admin": lambda s: {"接口令牌": "/desk/tokens", "签发令牌": "/desk/tokens/new"}},
)
