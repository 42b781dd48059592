"""Machines for tests: a token for an actor's account, and a client that sends it."""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from tests.described import misfit
from yichuang.directory.models import ApiToken
from yichuang.directory.queries.tokens import PREFIX, digest_of
from yichuang.directory.tests.factories import AT
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7


def token_of(
    actor: Actor, *scopes: str, at: datetime = AT, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A token with these scopes (all that the actor may do, where none is named), and its secret."""
    secret = PREFIX + secrets.token_urlsafe(32)
    assert actor.id is not None
    made = ApiToken.objects.create(
        id=uuid7(at), account_id=actor.id, name="测试接口", digest=digest_of(secret),
        scopes=sorted(scopes or actor.capabilities), made_at=at, made_by="staff:test",
        expires_at=expires_at or at + timedelta(days=365),
    )  # fmt: skip
    return made, secret


class Machine:
    """A client of the JSON door: every answer has the status and the shape that are described."""

    def __init__(self, secret: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.secret = secret

    def get(self, path: str) -> Any:
        """GET with the token."""
        return self._judged(
            "GET", path, self.client.get(path, headers={"Authorization": f"Bearer {self.secret}"})
        )

    def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> Any:
        """POST JSON (or bytes as they are) with the token and, where given, an idempotency key."""
        given = (
            {"Authorization": f"Bearer {self.secret}"} | ({"Idempotency-Key": key} if key else {}) | headers
        )
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = given.pop("Content-Type", "application/json")
        return self._judged("POST", path, self.client.post(path, data=data, content_type=kind, headers=given))

    def _judged(self, method: str, path: str, response: Any) -> Any:
        differs = misfit(method, path, response.status_code, response.content)
        assert not differs, differs
        return response


def machine_of(actor: Actor, *scopes: str, at: datetime = AT) -> Machine:
    """A client that asks in the name of an actor's account."""
    return Machine(token_of(actor, *scopes, at=at)[1])
