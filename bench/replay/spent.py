"""What some work took: on the clock, in this process, and in its connection's process of the database."""

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from yichuang.kernel import sql

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds."""

    seconds: float
    python: float
    database: float

    @staticmethod
    def between(before: "Spent", after: "Spent") -> "Spent":
        """What was used from one moment to another."""
        return Spent(
            after.seconds - before.seconds, after.python - before.python, after.database - before.database
        )

    def as_json(self) -> dict[str, float]:
        """By name."""
        return asdict(self)


def spent() -> Spent:
    """Everything up to now."""
    return Spent(time.monotonic(), time.process_time(), _database())


def _database() -> float:
    pid = (sql.one("select pg_backend_pid()") or (0,))[0]
    fields = (
        Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / TICK
