"""Long work makes way for people: it rests between its pieces while pages are being asked for.

A priority given by the system does not do it: the work of a file is half its own process and half a backend of the server, which
may stand elsewhere, and a backend that is put back while it holds a lock holds up everybody who waits for it. So the work rests
when it holds nothing.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from yichuang.kernel import sql

# What a process that serves pages calls its connections (`config.web`).
WEB = "web"
# How often is looked, and how long ago a connection may have been used to count.
LOOK_SECONDS = 1.0
# After each piece the work rests so many times as long as the piece took, for each connection in use and divided by the processors
# of this machine; and at most so many times: a file takes three times as long then, and pages find a processor that is free.
SHARE, MOST_SHARE = 0.8, 2.4
PROCESSORS = os.cpu_count() or 1
IN_USE = """/*one plan*/
select count(*) from pg_stat_activity
where datname = current_database() and application_name = %(web)s and pid <> pg_backend_pid()
  and (state = 'active' or state_change > clock_timestamp() - make_interval(secs => %(seconds)s))
"""


def in_use() -> int:
    """How many connections of the web were used in the last second, on whatever host it is."""
    found = sql.one(IN_USE, {"web": WEB, "seconds": LOOK_SECONDS})
    return int(found[0]) if found else 0


def share(used: int) -> float:
    """How long to rest after a piece of work that took a second, in seconds, while so many connections are in use."""
    return min(MOST_SHARE, SHARE * max(0, used) / PROCESSORS)


@dataclass(slots=True)
class MakingWay:
    """Of one long work: `rest` after each of its pieces, outside of any transaction."""

    look: Callable[[], int] = in_use
    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _used: int = 0
    _looked: float = float("-inf")
    _since: float = 0.0

    def __post_init__(self) -> None:
        self._since = self.clock()

    def rest(self) -> None:
        """Rest for what was worked since the last rest; not at all where nobody asks for pages. Raises what the look raises."""
        worked = self.clock() - self._since
        if self.clock() - self._looked >= LOOK_SECONDS:
            self._used, self._looked = self.look(), self.clock()
        pause = share(self._used) * worked
        if pause > 0:
            self.sleep(pause)
        self._since = self.clock()
