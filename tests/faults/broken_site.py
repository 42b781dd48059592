"""Deliberately broken builds of the site, one by `FAULTS_VARIANT`. Each has a mistake that real systems have made."""

import hashlib
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from unittest.mock import patch
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("YICHUANG_STATEMENT_SECONDS", "5")

from django.conf import settings
from django.test import Client

VARIANT = os.environ["FAULTS_VARIANT"]
HEADER = "HTTP_IDEMPOTENCY_KEY"
Environment = dict[str, Any]
Site = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]
LATER_SECONDS = 0.4


def patient() -> None:
    """No limit on waiting for the database: as PostgreSQL's client behaves unless it is told."""
    found = settings.DATABASES["default"]
    found["ENGINE"] = "django.db.backends.postgresql"
    for name in ("tcp_user_timeout", "connect_timeout", "keepalives_idle", "options"):
        found["OPTIONS"].pop(name, None)


if VARIANT == "patient":
    patient()

from config.wsgi import application as sound  # noqa: E402
from tests.faults.apart import PLACE, apart  # noqa: E402
from yichuang.cases.commands import file  # noqa: E402
from yichuang.gateways import files  # noqa: E402


def in_two_transactions() -> None:
    """The case is committed before its receipt is written."""
    patch(PLACE, apart(file)).start()


def late_files() -> None:
    """A file is written a moment after it was acknowledged."""
    put = files.FileStore.put_pieces

    def later(self: files.FileStore, pieces: Iterable[bytes], *, limit: int) -> files.Stored:
        data = b"".join(pieces)
        threading.Timer(LATER_SECONDS, put, (self, (data,)), {"limit": limit}).start()
        return files.Stored(hashlib.sha256(data).hexdigest(), len(data))

    files.FileStore.put_pieces = later  # type: ignore[method-assign]


def early_ack() -> Site:
    """The answer is given first; the work waits in memory, as in a queue that is not in the database."""
    waiting: queue.Queue[tuple[str, str, bytes]] = queue.Queue()

    def work() -> None:
        client = Client(headers={"host": "127.0.0.1"})
        while True:
            key, token, body = waiting.get()
            time.sleep(LATER_SECONDS)
            client.post(
                "/api/v1/cases", body, "application/json",
                headers={"Idempotency-Key": key, "Authorization": token},
            )  # fmt: skip

    threading.Thread(target=work, daemon=True).start()

    def site(environ: Environment, start: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") != "POST":
            return sound(environ, start)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        waiting.put((environ[HEADER], environ["HTTP_AUTHORIZATION"], body))
        start("201 Created", [("Content-Type", "application/json")])
        return [json.dumps({"receipt": {"case_no": "-"}, "replayed": False}).encode()]

    return site


def keyless(environ: Environment, start: Callable[..., Any]) -> Iterable[bytes]:
    """The client's key is not heeded: every post is a new one."""
    if HEADER in environ:
        environ[HEADER] = uuid4().hex
    return sound(environ, start)


application: Site = sound
if VARIANT == "early_ack":
    application = early_ack()
elif VARIANT == "keyless":
    application = keyless
elif VARIANT == "two_transactions":
    in_two_transactions()
elif VARIANT == "late_files":
    late_files()
