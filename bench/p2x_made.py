"""One file of P2x, made as the worker makes it: `python -m bench.p2x_made csv 300000 FILE` on the database under test.

Prints seconds, processor seconds, seconds to the first row, and the peak of the process's memory in MB. `limit` is the bare
`COPY TO` of the same query, thrown away as it comes.
"""

import json
import os
import resource
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from yichuang.exports import render  # noqa: E402
from yichuang.exports.flow import Format, Selection  # noqa: E402
from yichuang.exports.queries import cases  # noqa: E402
from yichuang.exports.queries.wording import statement  # noqa: E402
from yichuang.kernel.actor import SYSTEM  # noqa: E402
from yichuang.kernel.times import local_day  # noqa: E402
from yichuang.workdays.queries import now  # noqa: E402


@dataclass(slots=True)
class Clocked(render.Progress):
    """Progress that remembers when the first row came."""

    began: float = 0.0
    first: float = 0.0

    def count(self) -> None:
        """One row more; there is no export whose progress were to be noted."""
        if not self.rows:
            self.first = time.perf_counter() - self.began
        self.rows += 1


def chosen(rows: int) -> Selection:
    """So many ended cases, the newest first, as somebody exports them who may see them all."""
    found = cases.queue({"tab": "done"}, SYSTEM, local_day(now()))
    return replace(found, source=f"{found.source} limit {rows:d}")


def drained(connection: psycopg.Connection[Any], asked: Selection, progress: Clocked) -> int:
    """The limit: what the server sends is thrown away."""
    text = statement(asked.columns, asked.source, formulas_off=False)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy ({text}) to stdout (format csv)".encode(), dict(asked.parameters)) as copy,
    ):
        for _ in copy:
            progress.count()
    return progress.rows


def made(kind: str, rows: int, path: Path) -> dict[str, float]:
    """Make one file and measure it."""
    asked = chosen(rows)
    # What the program itself takes before it begins: most of the peak.
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with render.reader() as connection:
        began, cpu = time.perf_counter(), time.process_time()
        progress = Clocked(UUID(int=0), rows, began=began)
        if kind == "limit":
            count = drained(connection, asked, progress)
        else:
            count = render.WRITERS[Format(kind)](connection, asked, path, progress)
        seconds, used = time.perf_counter() - began, time.process_time() - cpu
    if count != rows:
        raise SystemExit(f"{count} rows instead of {rows}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": used, "first": progress.first, "rss_mb": peak, "base_mb": base}


if __name__ == "__main__":
    print(json.dumps(made(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
