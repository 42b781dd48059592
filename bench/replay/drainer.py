"""The drain beside the load: `python -m bench.replay.drainer`, in the environment of the database under test, until it is asked to end.

Works on the day of the newest batch, as a worker does on its own; tells at its end how many facts it drained and what that took.
"""

import json
import os
import signal
import threading
from datetime import datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db.models import Max  # noqa: E402

from bench.replay.spent import Spent, spent  # noqa: E402
from yichuang.effects.commands import enqueue  # noqa: E402
from yichuang.exchange.models import Batch  # noqa: E402
from yichuang.statistics.commands import close_batch  # noqa: E402

DRAINED = 50_000
REST_SECONDS = 4.0
"""After a batch that was not full: the next one groups more events into the same cells."""


def newest() -> datetime | None:
    """The moment of the newest batch; None before the first."""
    found: datetime | None = Batch.objects.aggregate(newest=Max("at"))["newest"]
    return found


def drain_once() -> int:
    """One batch of the queue into the figures and under a seal, and what follows from it. How many facts."""
    at = newest()
    drained = close_batch(at=at, limit=DRAINED) if at is not None else 0
    if drained:
        enqueue()
    return drained


def drain_until(stop: threading.Event, *, rest: float = REST_SECONDS) -> int:
    """Drain until `stop` is set. How many facts."""
    total = 0
    while not stop.is_set():
        drained = drain_once()
        total += drained
        if drained < DRAINED:
            stop.wait(rest)
    return total


if __name__ == "__main__":
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    before = spent()
    events = drain_until(ended)
    print(json.dumps({"events": events, **Spent.between(before, spent()).as_json()}))
