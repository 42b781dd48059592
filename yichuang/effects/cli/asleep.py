"""The worker of long jobs while there are none: a small process that becomes the worker again, under the same process id, when it is woken.

`python -m yichuang.effects.cli.asleep COMMAND …`, which a worker started with `--sleep` puts in its own place when nothing has waited
for a while (`effects.cli.worker`). A worker holds the whole house in memory, some sixty megabytes; this holds the language and the
driver of the database, and imports nothing else. It is woken by the duty `wake`, again each second while a job waits, so that no
call is missed for long; and it wakes by itself now and then, should nobody keep that duty.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Sequence

import psycopg
from psycopg import sql

log = logging.getLogger(__name__)
CHANNEL = "yichuang_long_jobs"
WAKES_BY_ITSELF_SECONDS = 1800.0
AGAIN_SECONDS = 2.0
CONNECT_SECONDS = 3
# As the settings say where the environment says nothing.
ADDRESS = "postgresql://yichuang_app@127.0.0.1:5432/yichuang"


def woken(address: str, seconds: float = WAKES_BY_ITSELF_SECONDS) -> bool:
    """Sleep until somebody calls; False when the time is over. A database that cannot be reached is waited for."""
    end, told = time.monotonic() + seconds, False
    while (left := end - time.monotonic()) > 0:
        try:
            if _called(address, left):
                return True
        except psycopg.Error as trouble:
            if not told:
                log.warning("the database cannot be reached; it is tried again and again: %s", trouble)
            told = True
            time.sleep(min(AGAIN_SECONDS, left))
    return False


def _called(address: str, seconds: float) -> bool:
    with psycopg.connect(
        address, autocommit=True, connect_timeout=CONNECT_SECONDS, keepalives_idle=10, keepalives_interval=3,
        keepalives_count=3,
    ) as line:  # fmt: skip
        line.execute(sql.SQL("listen {}").format(sql.Identifier(CHANNEL)))
        return any(True for _ in line.notifies(timeout=seconds, stop_after=1))


def main(command: Sequence[str]) -> None:
    """Sleep, then go on as the worker, called as it was called (without the interpreter's name)."""
    logging.basicConfig(level=logging.WARNING)
    # There is nothing to bring to an end: whoever is told to stop while asleep is gone at once.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    woken(os.environ.get("DATABASE_URL") or ADDRESS)
    os.execv(sys.executable, [sys.executable, *command])  # noqa: S606 - the worker in whose place we are


if __name__ == "__main__":
    main(sys.argv[1:])
