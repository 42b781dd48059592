"""P2, bulk filing: from the last uploaded byte to cases that can be found, beside COPY of exactly the rows that the filing wrote.

The measuring is `bench.p2_filed`, in processes of its own, on a database without cases: the limit writes into emptied tables, and
both have to do the same. `python -m bench.p2 --rows 30000` still measures in the environment of any empty, migrated database.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bench.asked import Asked
from bench.results import Bound, Scenario
from bench.site import Site

ROWS = {"short": 30_000, "full": 300_000}
KINDS = ("csv", "csv-gb18030", "xlsx")
BAD_EVERY = 100
MUST_RATIO, AIM_RATIO = 0.45, 0.7
MUST_XLSX, MUST_MB, MUST_SINGLE_MS = 1.8, 256.0, 60.0
NOT_MEASURED = (
    "pages beside a filing (must: not twice slower) are not measured in this run",
    "bulk_create and the scenario's own P1 are not run beside it: their figures stand with P1",
)

Told = Mapping[str, Any]


def run(asked: Asked) -> Scenario:
    """Bring an empty site up and file in turns. Errors: Stop."""
    site = Site(cases=0)
    try:
        site.start()
        site.rest_worker()
        command = ["bench.p2_filed", "--rows", str(ROWS[asked.size]), "--kinds", ",".join(KINDS)]
        owner = {"OWNER_URL": site.url("admin")}
        found = [json.loads(site.tool(command, more=owner).splitlines()[-1]) for _ in range(asked.rounds)]
    finally:
        site.stop()
    return scenario(found)


def middle(found: Sequence[Told], kind: str, *names: str) -> float:
    """The median of a figure of one kind of file over the turns; of several names their sum."""
    return statistics.median(sum(float(one[kind][name]) for name in names) for one in found)


def ratio(found: Sequence[Told], kind: str, limit: str = "seconds") -> float:
    """How quick a kind was beside the limit of its own turn: the median of the turns."""
    shares = [float(one[kind]["limit"][limit]) / float(one[kind]["seconds"]) for one in found]
    return round(statistics.median(shares), 3)


def unaccounted(found: Sequence[Told]) -> int:
    """Rows that were neither filed nor told as wrong, and wrong ones more or fewer than the file has."""
    lost = 0
    for one in found:
        for kind in KINDS:
            wrong = one["rows"] // BAD_EVERY
            lost += abs(one["rows"] - wrong - one[kind]["filed"]) + abs(wrong - one[kind]["bad"])
    return int(lost)


def scenario(found: Sequence[Told]) -> Scenario:
    """What was measured in all turns, with the goals."""
    filed, seconds = middle(found, "csv", "filed"), middle(found, "csv", "seconds")
    shares = {kind: ratio(found, kind) for kind in KINDS}
    # The ratio of the results file is that of the turns; the limit is told so that the two agree.
    ours = round(filed / seconds, 1)
    xlsx = round(statistics.median(one["xlsx"]["seconds"] / one["csv"]["seconds"] for one in found), 2)
    peak = max(float(one[kind]["peak_mb"]) for one in found for kind in KINDS)
    single = statistics.median(float(one["beside"]["p99_ms"]) for one in found)
    return Scenario(
        name="P2", ours=ours, unit="cases/s", limit=round(ours / shares["csv"], 1), peers={},
        cpu_ms=round(1000 * middle(found, "csv", "own_cpu", "database_cpu") / filed, 4),
        must=(
            Bound("csv_ratio", ">=", MUST_RATIO, shares["csv"]), Bound("csv_gb18030_ratio", ">=", MUST_RATIO, shares["csv-gb18030"]),
            Bound("xlsx_to_csv", "<=", MUST_XLSX, xlsx), Bound("peak_mb", "<=", MUST_MB, peak),
            Bound("single_filing_p99_ms", "<=", MUST_SINGLE_MS, single), Bound("rows_unaccounted", "<=", 0, unaccounted(found)),
        ),
        aim=(
            Bound("csv_ratio", ">=", AIM_RATIO, shares["csv"]),
            # The harder limit: COPY that was told what the filing knows, to plan the check of its keys once and not for every row.
            Bound("csv_ratio_to_best_copy", ">=", MUST_RATIO, ratio(found, "csv", "best_seconds")),
        ),
        deferred=[*NOT_MEASURED, *fewer(found)],
        more={"rows": found[0]["rows"], "rounds": len(found), "turns": [dict(one) for one in found]},
    )  # fmt: skip


def fewer(found: Sequence[Told]) -> list[str]:
    """What a reader must know of the size."""
    rows = found[0]["rows"]
    return [f"files of {rows:,} rows instead of {ROWS['full']:,}"] if rows < ROWS["full"] else []


if __name__ == "__main__":
    sys.exit(subprocess.run([sys.executable, "-m", "bench.p2_filed", *sys.argv[1:]], check=False).returncode)
