"""LISTS: every list and search of cases, and of what stands beside them, at `--cases`: each asked with values as they come, first
pages and deep ones; the ninety-fifth of a hundred within 50 ms, of every single list, and of those answers of it alone that held
anything, which at least a quarter must. The ballast is made without log and with the
indexes afterwards (`bench.volume`), what that took is told, and what 20 million would take.
"""

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg

from bench import volume
from bench.asked import Asked
from bench.machine import busy_share
from bench.p1 import USUAL, percentile, shortcomings, smaller
from bench.results import Bound, Scenario
from bench.site import Site

WITHIN = 50.0
# What finds nothing is quick, and proves nothing: so large a share of a list's answers must hold something.
HELD = 0.25
WHOLE = 20_000_000


def run(asked: Asked) -> Scenario:
    """Fill a site of its own, ask, judge. Errors: Stop."""
    site, busy = Site(0), busy_share()
    try:
        site.start()
        site.rest_worker()
        with psycopg.connect(site.url("admin"), autocommit=True) as admin:
            made = volume.make(admin, max(asked.cases, 1), lambda words: print(f"  {words}", file=sys.stderr))
        before = site.usage()
        told = json.loads(site.tool(["bench.lists_asked"]))
        used = site.usage().since(before).database
        return scenario(
            told,
            made,
            used,
            shortcomings(replace(asked, rounds=USUAL.rounds), busy, preloaded=False, phases=False),
        )
    finally:
        site.stop()


def scenario(told: dict[str, Any], made: volume.Made, database: float, said: Sequence[str] = ()) -> Scenario:
    """The figures with their goal. `database`: processor seconds of the server while all was asked."""
    times = {name: [one / 1000 for one in found] for name, found in told["times"].items()}
    rows: dict[str, list[int]] = {name: told["rows"].get(name, []) for name in times}
    full = {name: [one for one, held in zip(times[name], rows[name], strict=False) if held] for name in times}
    share = {name: round(len(full[name]) / max(1, len(times[name])), 2) for name in times}
    empty = sorted(name for name in times if share[name] < HELD)
    whole_p95 = {name: percentile(found, 0.95) for name, found in times.items()}
    full_p95 = {name: percentile(found, 0.95) for name, found in full.items() if found}
    p95 = {name: max(whole_p95[name], full_p95.get(name, 0.0)) for name in times}
    worst = max(p95, key=lambda name: p95[name])
    asked = sum(map(len, times.values()))
    whole = made.of(WHOLE)
    return Scenario(
        name="LISTS", ours=p95[worst], unit="ms, p95 of the slowest list", limit=WITHIN, peers={},
        cpu_ms=round((told["cpu"] + database) * 1000 / max(1, asked), 2),
        must=(Bound("p95 of every list, ms", "<=", WITHIN, p95[worst]), Bound("lists that found too little", "<=", 0, len(empty))),
        aim=(Bound("lists over 20 ms at p95", "<=", 0, sum(one > 20 for one in p95.values())),),
        deferred=[*said, *smaller(made.cases, WHOLE, "cases")],
        more={
            "found_too_little": empty, "slowest": worst, "cases": made.cases, "asked": asked,
            "lists": {name: {"p50_ms": percentile(found, 0.5), "p95_ms": whole_p95[name], "p95_found_ms": full_p95.get(name), "found": share[name]} for name, found in times.items()},
            "p50_of_all_ms": round(statistics.median(percentile(found, 0.5) for found in times.values()), 2),
            "made": {"seconds": round(made.seconds, 1), "of_indexes": round(made.indexed, 1), "disk_mb": made.disk >> 20, "log_mb": made.log >> 20},
            "for_20_million": {"minutes": round(whole.seconds / 60, 1), "disk_gb": round(whole.disk / 2**30, 1), "log_gb": round(whole.log / 2**30, 1)},
        },
    )  # fmt: skip
