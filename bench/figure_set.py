"""The measuring half of P3: `python -m bench.figure_set ADMIN_URL`, in the environment of a scratch database.

Makes the daily figures of so many cases a year, and times the whole set of figures of a weekly report; prints JSON.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from yichuang.kernel import sql  # noqa: E402
from yichuang.statistics import queries  # noqa: E402

HERE = Path(__file__).parent
SIZES = (1_000_000, 10_000_000, 20_000_000, 100_000_000)
BASE = 1_000_000
ROUNDS = 21
FIRST, LAST = date(2022, 11, 14), date(2022, 11, 18)
FIRST_BEFORE, LAST_BEFORE = date(2021, 11, 14), date(2021, 11, 18)
SCAN = """
select department_id, item_type, channel, promptness, count(*) filter (where accepted_on between '{first}' and '{last}'),
       count(*) filter (where decided_on between '{first}' and '{last}'),
       sum(days_used) filter (where decided_on between '{first}' and '{last}'),
       percentile_disc(0.9) within group (order by days_used) filter (where decided_on between '{first}' and '{last}')
from bench_base where accepted_on between '{first}' and '{last}' or decided_on between '{first}' and '{last}'
group by 1, 2, 3, 4
"""
PERIODS = ((FIRST, LAST), (date(2022, 1, 1), LAST))


def generate(admin: str, cases: int) -> None:
    """Daily figures of two years with so many cases each."""
    _run(admin, "p3.sql", cases)


def _run(admin: str, name: str, cases: int) -> None:
    text = (HERE / name).read_text(encoding="utf-8").replace(":cases", str(cases))
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(text.replace("/*merged*/", sql.statement(queries.__file__, "merged")).encode())
        connection.execute("vacuum analyze")


def milliseconds(work: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """How long some work takes, again and again; the first time is not told."""
    work()
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return found


def report_set() -> int:
    """Everything that a report and its pages need: the week by department, the year, the same week a year before, what stands open."""

    figures = queries.report_figures(first_day=FIRST, last_day=LAST)
    queries.cells(first_day=FIRST_BEFORE, last_day=LAST_BEFORE, by_department=False).counted().values()
    queries.reported_open(LAST)
    return len(figures)


def base_scan(admin: str) -> float:
    """The median of a group by over one row a case, for the week and the year."""
    with psycopg.connect(admin, autocommit=True) as connection:

        def scan() -> None:
            for first, last in PERIODS:
                connection.execute(SCAN.format(first=first, last=last).encode()).fetchall()

        return statistics.median(milliseconds(scan, 3))


def measure(admin: str, sizes: Sequence[int], base: int) -> dict[str, Any]:
    """Every size, and the base scan. Replaces the daily figures of the database."""
    found: dict[str, Any] = {"sizes": {}, "base_cases": base}
    for size in sizes:
        generate(admin, size)
        times = milliseconds(report_set)
        with psycopg.connect(admin) as connection:
            cells = connection.execute(
                "select (select count(*) from statistics_rollup), (select count(*) from statistics_rollupdays)"
            ).fetchone()
        found["sizes"][str(size)] = {
            "ms": round(statistics.median(times), 2), "worst_ms": round(max(times), 2), "figures": report_set(),
            "rows": cells[0] if cells else 0, "rows_days": cells[1] if cells else 0,
        }  # fmt: skip
    if base:
        _run(admin, "p3_base.sql", base)
        found["base_ms"] = round(base_scan(admin), 1)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("drop table bench_base")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.figure_set", description=__doc__)
    parser.add_argument("admin", help="the same database as its superuser")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--base", type=int, default=BASE)
    asked = parser.parse_args(arguments)
    found = measure(asked.admin, [int(one) for one in asked.sizes.split(",")], asked.base)
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
