"""P3: the whole set of figures of a weekly report at 1, 10, 20 and 100 million cases a year, made as generated daily figures.

`python -m bench.p3 ADMIN_URL` measures in the database that DATABASE_URL names (a scratch one: its daily figures are replaced)
and prints JSON. The limit is a group by over a table that holds one row a case, measured at `--base` cases in the same run.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from bench.results import Bound, Scenario

HERE = Path(__file__).parent
SIZES = (1_000_000, 10_000_000, 20_000_000, 100_000_000)
BASE = 1_000_000
ROUNDS = 9
FIRST, LAST = date(2022, 11, 14), date(2022, 11, 18)
FIRST_BEFORE, LAST_BEFORE = date(2021, 11, 14), date(2021, 11, 18)
MUST_MS, AIM_MS = 150.0, 20.0
MUST_GROWTH, AIM_GROWTH = 1.5, 1.1
MUST_BASE, AIM_BASE = 30.0, 500.0
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
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute((HERE / name).read_text(encoding="utf-8").replace(":cases", str(cases)).encode())
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
    from yichuang.statistics import queries

    figures = queries.report_figures(first_day=FIRST, last_day=LAST)
    queries.cells(first_day=FIRST_BEFORE, last_day=LAST_BEFORE).counted().values()
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
    import django

    django.setup()
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


def scenario(found: Mapping[str, Any]) -> Scenario:
    """What was measured as a line of the results file."""
    sizes = {int(size): float(one["ms"]) for size, one in found["sizes"].items()}
    small, large = min(sizes), max(sizes)
    ours = sizes.get(20_000_000, sizes[large])
    growth = round(sizes[large] / sizes[small], 2)
    times = round(found["base_ms"] * small / found["base_cases"] / sizes[small], 1)
    return Scenario(
        name="P3", ours=ours, unit="ms", limit=found["base_ms"], cpu_ms=ours, peers={},
        must=(
            Bound("ms_at_20_million", "<=", MUST_MS, ours), Bound("growth", "<=", MUST_GROWTH, growth),
            Bound("times_base_scan", ">=", MUST_BASE, times),
        ),
        aim=(
            Bound("ms_at_20_million", "<=", AIM_MS, ours), Bound("growth", "<=", AIM_GROWTH, growth),
            Bound("times_base_scan", ">=", AIM_BASE, times),
        ),
        more={"sizes": dict(found["sizes"]), "base_cases": found["base_cases"]},
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.p3", description=__doc__)
    parser.add_argument("admin", help="the same database as its superuser")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--base", type=int, default=BASE)
    asked = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    found = measure(asked.admin, [int(one) for one in asked.sizes.split(",")], asked.base)
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
