"""What the worker does once a night: every figure of every day is held against its facts."""

import logging
import threading

from django.db import close_old_connections, connection

from yichuang.statistics.commands.recount import nightly
from yichuang.workdays.queries import now

log = logging.getLogger(__name__)
LOOK_SECONDS = 300.0


def recount_for_ever(stop: threading.Event) -> None:
    """Look every few minutes whether tonight's recount is still to be made; of several workers one makes it."""
    while not stop.wait(LOOK_SECONDS):
        try:
            close_old_connections()
            done = nightly(at=now())
            if done is not None and done.differences:
                log.error("figures differ from their facts in %d cells: %s", done.differences, done.found)
            elif done is not None:
                log.info("%d figures of %d days agree with their facts", done.cells, done.days)
        except Exception:
            log.exception("the recount stumbled; it is tried again in some minutes")
            connection.close()
