"""Many at once: every thread has a connection of its own and starts at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Answer = TypeVar("Answer")
PATIENCE_SECONDS = 30
# What the statement of a step asks of the row itself, for broken variants that do not.
AS_READ = "(%(row_version)s::text is null or c.xmin = %(row_version)s::text::xid)"


def together(works: Sequence[Callable[[], Answer]]) -> list[Answer | Exception]:
    """What each has answered, or the exception with which it ended."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Answer]) -> Answer | Exception:
        try:
            connection.ensure_connection()
            start.wait(PATIENCE_SECONDS)
            return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
