"""The site in this process instead of behind a server: the same posts, cheap enough for every run of the tests."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.test import Client

from tests.faults.filing import REQUEST_SECONDS, Answer, Post, Sender

Spoil = Callable[[str], str]


def heeded(key: str) -> str:
    """A key as a sound house takes it: as it is."""
    return key


class NearSender(Sender):
    """Asks the application itself; each request begins without a connection to the database."""

    spoil: Spoil = staticmethod(heeded)

    def send(
        self, method: str, path: str, body: bytes | None = None, key: str = "", *, kind: str = "application/json"
    ) -> Answer | None:  # fmt: skip
        """The answer; the application has no way not to give one."""
        connection.close()
        headers = {"Authorization": f"Bearer {self.token}"} | (
            {"Idempotency-Key": self.spoil(key)} if key else {}
        )
        client = Client(raise_request_exception=False, headers=headers)
        found = client.generic(method, path, body or b"", content_type=kind)
        connection.close()
        if found.status_code == http.client.INTERNAL_SERVER_ERROR:
            return Answer(found.status_code, "")
        return Answer(found.status_code, found.content.decode())


@dataclass(frozen=True)
class NearPost(Post):
    """The same people, asking the application itself. `spoil` is what a careless house does to a key."""

    spoil: Spoil = heeded

    def sender(self, *, seconds: float = REQUEST_SECONDS) -> Sender:
        """A new client."""
        made = NearSender(self.address, self.account.token, self.account.user, seconds=seconds)
        made.spoil = self.spoil
        return made
