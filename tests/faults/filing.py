"""Clients that file over HTTP: each has a key for each filing, and asks again until it knows what became of it."""

import base64
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tests.faults.beside import beside
from tests.faults.ledger import Ledger

PATIENCE_SECONDS = 60.0
REQUEST_SECONDS = 20.0
AGAIN_SECONDS = 0.15
FILE = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
Bodies = Callable[[int], dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What came back: status, and the text as it was sent."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        """The text, read."""
        return json.loads(self.text)


class Sender:
    """One client of the interface, with a connection that it keeps while it lasts. One thread only."""

    def __init__(self, address: str, token: str, user: str, *, seconds: float = REQUEST_SECONDS) -> None:
        self._place = urlsplit(address)
        self.token, self.user, self._seconds = token, user, seconds
        self._connection: http.client.HTTPConnection | None = None

    def send(
        self, method: str, path: str, body: bytes | None = None, key: str = "", *, kind: str = "application/json"
    ) -> Answer | None:  # fmt: skip
        """The answer; None where the connection broke or nothing came in time."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        if key:
            headers["Idempotency-Key"] = key
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    self._place.hostname or "", self._place.port, timeout=self._seconds
                )
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return Answer(answer.status, answer.read().decode("utf-8", "replace"))
        except (OSError, http.client.HTTPException):
            self.close()
            return None

    def post(self, body: bytes, key: str) -> Answer | None:
        """File once."""
        return self.send("POST", "/api/v1/cases", body, key)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def encoded(body: dict[str, Any]) -> bytes:
    """A body as it is sent: the same content, the same bytes."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()


def new_key() -> str:
    """A key that nobody has used."""
    return uuid4().hex


def attachment(code: str, words: str) -> dict[str, str]:
    """A small file whose bytes hold these words, as the interface takes it."""
    content = base64.b64encode(FILE + f"% {words}\n".encode()).decode()
    return {"code": code, "name": f"{code}.pdf", "content_base64": content}


def settle(sender: Sender, ledger: Ledger, body: bytes, key: str, patience: float = PATIENCE_SECONDS) -> bool:
    """File and ask again with the same key until there is a receipt; whether there was one in time."""
    end, began = time.monotonic() + patience, 0.0
    while not began or time.monotonic() < end:
        began = time.monotonic()
        ledger.sending(key, body)
        answer = sender.post(body, key)
        if answer is not None:
            ledger.answered(answer.status, answer.text)
        if answer is None or answer.status >= http.client.INTERNAL_SERVER_ERROR:
            ledger.lost_sight(key)
            time.sleep(AGAIN_SECONDS)
            continue
        if answer.status not in {http.client.OK, http.client.CREATED}:
            ledger.complain(f"a sound filing was answered {answer.status}: {answer.text[:200]}")
            return False
        ledger.acknowledged(key, sender.user, answer.json["receipt"])
        ledger.served_between(began, time.monotonic())
        return True
    ledger.complain(f"key {key} found no answer in {patience:.0f} s")
    return False


@dataclass(frozen=True)
class Account:
    """Who files: a token and the name under which the ledger keeps it."""

    token: str
    user: str


@dataclass(frozen=True)
class Post:
    """Where and as whom to file, and what: everything a load needs."""

    address: str
    account: Account
    bodies: Bodies

    def sender(self, *, seconds: float = REQUEST_SECONDS) -> Sender:
        """A new client."""
        return Sender(self.address, self.account.token, self.account.user, seconds=seconds)

    def at(self, address: str) -> "Post":
        """The same people at another web server."""
        return Post(address, self.account, self.bodies)


@contextmanager
def load(post: Post, ledger: Ledger, clients: int, *, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """So many clients file one thing after another while the block runs; all have settled when it has ended."""

    def file_on(number: int, stop: threading.Event) -> None:
        sender, serial = post.sender(), 0
        while not stop.is_set():
            serial += 1
            settle(sender, ledger, encoded(post.bodies(number * 1_000_000 + serial)), new_key(), patience)
        sender.close()

    with beside([partial(file_on, number) for number in range(clients)]):
        yield


def replays(post: Post, ledger: Ledger, every: int) -> list[str]:
    """I3: ask again for every n-th ack and for all that were once unknown; what differs, in words."""
    sender, found = post.sender(), []
    for position, ack in enumerate(list(ledger.acks.values())):
        if position % every and not ack.was_unknown:
            continue
        answer = sender.send("GET", f"/api/v1/keys/{ack.key}")
        if answer is None or answer.status != http.client.OK:
            found.append(f"I3: key {ack.key} of {ack.case_no} is answered {answer and answer.status}")
        elif answer.json["state"] != "done" or str(answer.json["receipt"]["case_no"]) != ack.case_no:
            found.append(f"I3: key {ack.key} of {ack.case_no} brings {answer.text[:120]}")
        elif json.dumps(answer.json["receipt"], ensure_ascii=False, sort_keys=True) != ack.receipt:
            found.append(f"I3: the receipt of {ack.case_no} has changed")
    sender.close()
    return found
