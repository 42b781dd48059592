"""The worker's drain: how soon it looks again.

Pages of figures read what was not drained yet, row by row: some 2 µs a row and page, 8 ms for the 4,000 that a file of
filings writes in a second. So it is let wait by number and not by time alone; and many small seals cost more than one large, so no more
often than five times a second.
"""

import logging
import threading
import time

from django.db import close_old_connections, connection

from yichuang.effects.cli.publishing import past_agrees
from yichuang.effects.commands import drain
from yichuang.statistics.commands import BATCH
from yichuang.workdays.queries import now

log = logging.getLogger(__name__)
IDLE_SECONDS, BUSY_SECONDS = 1.0, 0.2
# About so many facts are let wait while many come.
WAITING = 500
PAUSE_AFTER_TROUBLE = 5.0
PAUSE_AFTER_DISAGREEMENT = 30.0


def pause(found: int, seconds: float) -> float:
    """How long to wait, in seconds, when `found` facts had come together in so many seconds.

    Until WAITING have come again at that rate: 1 s where few come, 0.2 s where many do, and none where a whole batch was there.
    """
    if found >= BATCH:
        return 0.0
    again = WAITING * seconds / found if found else IDLE_SECONDS
    return min(IDLE_SECONDS, max(BUSY_SECONDS, again))


def drain_for_ever(stop: threading.Event) -> None:
    """Drain until `stop`. Trouble is logged and tried again."""
    agreed, since = False, time.monotonic()
    while not stop.is_set():
        try:
            close_old_connections()
            # A restored database must not grow another past under numbers that have left the house already.
            agreed = agreed or past_agrees()
            if not agreed:
                stop.wait(PAUSE_AFTER_DISAGREEMENT)
                continue
            before, since = since, time.monotonic()
            stop.wait(pause(drain(at=now()), since - before))
        except Exception:
            log.exception("the drain stumbled; it goes on in a moment")
            connection.close()
            stop.wait(PAUSE_AFTER_TROUBLE)
