"""P3: the whole set of figures of a weekly report at 1, 10, 20 and 100 million cases a year, made as generated daily figures.

The measuring is `bench.figure_set`, in a process of its own and a scratch database whose daily figures it replaces. The limit is a
group by over a table that holds one row a case, measured in the same run at `base_cases`.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bench.asked import Asked
from bench.results import Bound, Scenario
from bench.site import Site
from config.launch.say import Stop

# No goal asks for ten million: they are for the curve.
SIZES = {
    "short": (1_000_000, 20_000_000, 100_000_000),
    "full": (1_000_000, 10_000_000, 20_000_000, 100_000_000),
}
BASE = 1_000_000
NOT_MEASURED = (
    "daily figures are generated, not drained; that they are exact while cases are written is shown by the tests",
)
MUST_MS, AIM_MS = 150.0, 20.0
MUST_GROWTH, AIM_GROWTH = 1.5, 1.1
MUST_BASE, AIM_BASE = 30.0, 500.0


def run(asked: Asked) -> Scenario:
    """Bring a site up and measure in its database. Errors: Stop."""
    site = Site(cases=0)
    try:
        site.start()
        site.rest_worker()
        return scenario(measured(site.url("admin"), site.environment(), sizes=SIZES[asked.size]))
    finally:
        site.stop()


def measured(
    admin: str, environment: Mapping[str, str], *, sizes: Sequence[int] = SIZES["full"], base: int = BASE
) -> dict[str, Any]:
    """Measure in the database of an environment (`admin`: the same as its superuser). Errors: Stop."""
    command = [
        sys.executable,
        "-m",
        "bench.figure_set",
        admin,
        "--sizes",
        ",".join(map(str, sizes)),
        "--base",
        str(base),
    ]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Stop(f"P3 失败：{done.stderr[-1500:]}", "bench.figure_set failed.", code=1)
    found: dict[str, Any] = json.loads(done.stdout)
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
        deferred=NOT_MEASURED, more={"sizes": dict(found["sizes"]), "base_cases": found["base_cases"]},
    )  # fmt: skip
