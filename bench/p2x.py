"""P2x: 300,000 rows of 20 columns as CSV and as a workbook, beside `COPY TO` of the same query in the same run.

Each is made by a process of its own, `bench.p2x_made`, as the worker makes it.
"""

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.asked import Asked
from bench.machine import busy_share, tree_seconds
from bench.p1 import shortcomings
from bench.results import Bound, Scenario
from bench.site import Site

ROWS, COLUMNS = 300_000, 20
MUST = {"csv_ratio": 2.0, "xlsx_seconds": 8.0, "rss_mb": 128.0, "first_byte_seconds": 1.0}
AIM = {"csv_ratio": 1.3, "xlsx_seconds": 4.0}
KINDS = ("limit", "csv", "xlsx", "parquet")
# No goal asks for it: it is told where there is time.
WITHOUT_GOAL = ("parquet",)
# A tenth more than is exported, so that the query has something to leave out.
SPARE = 1.1

Told = Mapping[str, float]


def run(asked: Asked) -> Scenario:
    """Measure in turns, the median of `rounds`. Errors: Stop where the site does not come up."""
    site, busy = Site(cases=max(asked.cases, int(ROWS * SPARE))), busy_share()
    try:
        site.start()
        site.rest_worker()
        kinds = [kind for kind in KINDS if asked.size != "short" or kind not in WITHOUT_GOAL]
        found = {kind: _median(site, kind, asked.rounds) for kind in kinds}
    finally:
        site.stop()
    return scenario(found, shortcomings(asked, busy, phases=False))


def _median(site: Site, kind: str, rounds: int) -> Told:
    turns = []
    for _ in range(rounds):
        before = tree_seconds(site.cluster.pid())
        with TemporaryDirectory(dir=site.cluster.home) as folder:
            said = json.loads(site.tool(["bench.p2x_made", kind, str(ROWS), str(Path(folder) / "out")]))
        turns.append({**said, "database_cpu": tree_seconds(site.cluster.pid()) - before})
    return {name: statistics.median(one[name] for one in turns) for name in turns[0]}


def scenario(found: Mapping[str, Told], said: Sequence[str] = ()) -> Scenario:
    """The figures as the results file has them: seconds of the CSV beside those of the bare COPY."""
    ratio = found["csv"]["seconds"] / found["limit"]["seconds"]
    values = {
        "csv_ratio": round(ratio, 3),
        "xlsx_seconds": round(found["xlsx"]["seconds"], 2),
        "rss_mb": round(max(found["csv"]["rss_mb"], found["xlsx"]["rss_mb"]), 1),
        "first_byte_seconds": round(max(found["csv"]["first"], found["xlsx"]["first"]), 3),
    }
    cpu = {kind: round(one["cpu"] + one["database_cpu"], 2) for kind, one in found.items()}
    return Scenario(
        "P2x", round(found["csv"]["seconds"], 2), "s", round(found["limit"]["seconds"], 2), {},
        round(1_000 * cpu["csv"] / ROWS, 4),
        [Bound(name, "<=", bound, values[name]) for name, bound in MUST.items()],
        [Bound(name, "<=", bound, values[name]) for name, bound in AIM.items()],
        said, {"rows": ROWS, "columns": COLUMNS, "cpu_seconds": cpu, "turns": {k: dict(v) for k, v in found.items()}},
    )  # fmt: skip
