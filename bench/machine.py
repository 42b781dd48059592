"""Processor time of whole process trees, from /proc: what throughput alone hides."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from config.launch.processes import children

TICK = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
USER, SYSTEM, REAPED_USER, REAPED_SYSTEM = 11, 12, 13, 14


def seconds_of(pid: int) -> float:
    """Processor seconds of one process and of its children that ended, user and system; 0 where it is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return sum(int(fields[at]) for at in (USER, SYSTEM, REAPED_USER, REAPED_SYSTEM)) / TICK


def tree_seconds(pid: int | None) -> float:
    """Processor seconds of a process and everything below it, living or reaped."""
    return sum(seconds_of(one) for one in children(pid)) if pid is not None else 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds by kind of process at one moment, with the moment; or the difference of two."""

    web: float
    worker: float
    database: float
    at: float

    def since(self, before: "Usage") -> "Usage":
        """What was used from `before` to this moment."""
        return Usage(
            self.web - before.web,
            self.worker - before.worker,
            self.database - before.database,
            self.at - before.at,
        )


def usage(web: int | None, worker: int | None, database: int | None) -> Usage:
    """What the three process trees have used up to now."""
    return Usage(tree_seconds(web), tree_seconds(worker), tree_seconds(database), time.monotonic())


def busy_share(seconds: float = 2.0) -> float:
    """The share of all processors that the machine was busy for a while: near 0 on a quiet one, 1 when full."""
    busy, total = _ticks()
    time.sleep(seconds)
    busy_after, total_after = _ticks()
    return (busy_after - busy) / max(1, total_after - total)


def _ticks() -> tuple[int, int]:
    fields = [int(one) for one in (PROC / "stat").read_text().splitlines()[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return sum(fields) - idle, sum(fields)
