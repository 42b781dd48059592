"""P2, bulk filing: from the last uploaded byte to cases that can be found, beside COPY of exactly the rows that the filing wrote.

The measuring is `bench.p2_filed`, in processes of its own, on a database without cases: the limit writes into emptied tables, and
both have to do the same. `python -m bench.p2 --rows 30000` still measures in the environment of any empty, migrated database.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bench.asked import Asked
from bench.machine import busy_share
from bench.p1 import NONE_SEEN, percentile, shortcomings
from bench.p6 import RATE, phase
from bench.p8 import finish
from bench.results import Bound, Scenario
from bench.site import Site, pid_of
from yichuang.intake.flow import MOST_ROWS

ROWS = {"short": 15_000, "full": 300_000}
KINDS = ("csv", "csv-gb18030", "xlsx")
# A workbook is held against the CSV and has no limit of its own.
LIMITED = KINDS[:2]
BAD_EVERY = 100
MUST_RATIO, AIM_RATIO = 0.45, 0.7
MUST_XLSX, MUST_MB, MUST_SINGLE_MS = 1.8, 256.0, 60.0
MUST_PAGES = 2.0
# Pages are asked for at the rate of P6, for so long, and beside them a file is filed that is judged already and not done before they
# are; the largest that is taken has 500,000 rows.
PAGES_SECONDS, PAGES_WARM = {"short": 8.0, "full": 20.0}, 1.0
PAGES_ROWS = {"short": 120_000, "full": MOST_ROWS}
PAGES_SHARES = {"list": 0.9, "figures": 0.1}
# How many times slower pages are of which nothing can be told: no goal is met by it.
NONE_ANSWERED = 9999.0
NOT_MEASURED = ("bulk_create and the scenario's own P1 are not run beside it: their figures stand with P1",)

Told = Mapping[str, Any]


def run(asked: Asked) -> Scenario:
    """Bring an empty site up and file in turns. Errors: Stop."""
    site, busy = Site(cases=0), busy_share()
    try:
        site.start()
        site.rest_worker()
        command = ["bench.p2_filed", "--rows", str(ROWS[asked.size]), "--kinds", ",".join(KINDS)]
        owner = {"OWNER_URL": site.url("admin")}
        found = [json.loads(site.tool(command, more=owner).splitlines()[-1]) for _ in range(asked.rounds)]
        pages = pages_beside(site, asked)
    finally:
        site.stop()
    return scenario(found, pages, shortcomings(asked, busy, preloaded=False, phases=False))


@dataclass(frozen=True, slots=True)
class Pages:
    """The 99th percentile of pages in milliseconds, alone and beside a filing; whether that outlasted them; what failed."""

    alone_ms: float
    beside_ms: float
    outlasted: bool
    failed: int
    failures: tuple[str, ...] = ()

    @property
    def slower(self) -> float:
        """How many times slower they were beside it; `NONE_ANSWERED` where pages failed, none was answered, or the file was over first:
        pages that wait twenty seconds alone are no slower beside anything."""
        both = 0 < self.alone_ms < NONE_SEEN and 0 < self.beside_ms < NONE_SEEN
        told = both and not self.failed and self.outlasted
        return round(self.beside_ms / self.alone_ms, 2) if told else NONE_ANSWERED


def pages_beside(site: Site, asked: Asked) -> Pages:
    """Lists and figures (P6's pages without those of single cases, which are another table's) at P6's rate, with nothing beside them and
    with a file being filed.

    The worker for short jobs runs as in the product, and has drained what the turns before left: a page of figures reads whatever
    was not drained yet, so with the worker at rest it would read every row that was ever filed here. Errors: Stop.
    """
    site.start_beside("worker", [str(site.places.command), "work", "--queues", "short"])
    finish(site)
    # As the server does by itself within a minute of so many rows. What was drained in one go lies about dead until then, and figures
    # read past it; plans that were kept from an empty table are made anew.
    site.ask("vacuum analyze")
    how = replace(asked, seconds=PAGES_SECONDS[asked.size], warm=PAGES_WARM)
    readers = json.loads(site.tool(["bench.readers", "--lists"]))
    # The first pages of a server that has stood idle, with plans that were made for an empty table, are not what is compared.
    phase(site, site.port, pid_of(site.web), readers, how, RATE, PAGES_SHARES)
    alone = phase(site, site.port, pid_of(site.web), readers, how, RATE, PAGES_SHARES)
    command = [
        str(site.places.python),
        "-W",
        "ignore",
        "-m",
        "bench.p2_filed",
        "--only-file",
        "--rows",
        str(PAGES_ROWS[asked.size]),
    ]
    environment = site.environment()
    filing = subprocess.Popen(
        command, cwd=site.places.root, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert filing.stdout is not None
        filing.stdout.readline()
        found = phase(site, site.port, pid_of(site.web), readers, how, RATE, PAGES_SHARES)
        outlasted = filing.poll() is None
    finally:
        filing.kill()
        filing.communicate()
    return Pages(
        percentile(alone.all, 0.99),
        percentile(found.all, 0.99),
        outlasted,
        alone.failed + found.failed,
        (*alone.failures[:3], *found.failures[:3]),
    )


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


def scenario(found: Sequence[Told], pages: Pages, said: Sequence[str] = ()) -> Scenario:
    """What was measured in all turns, with the goals."""
    filed, seconds = middle(found, "csv", "filed"), middle(found, "csv", "seconds")
    shares = {kind: ratio(found, kind) for kind in LIMITED}
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
            Bound("single_filing_p99_ms", "<=", MUST_SINGLE_MS, single), Bound("pages_slower_beside", "<=", MUST_PAGES, pages.slower),
            Bound("pages_failed", "<=", 0, pages.failed), Bound("rows_unaccounted", "<=", 0, unaccounted(found)),
        ),
        aim=(
            Bound("csv_ratio", ">=", AIM_RATIO, shares["csv"]),
            # The harder limit: COPY that was told what the filing knows, to plan the check of its keys once and not for every row.
            Bound("csv_ratio_to_best_copy", ">=", MUST_RATIO, ratio(found, "csv", "best_seconds")),
        ),
        deferred=[*NOT_MEASURED, *said, *fewer(found), *short(pages)],
        more={"pages": asdict(pages), "rows": found[0]["rows"], "rounds": len(found), "turns": [dict(one) for one in found]},
    )  # fmt: skip


def short(pages: Pages) -> list[str]:
    """What a reader must know of the pages."""
    return (
        []
        if pages.outlasted
        else [
            "the file was filed before the pages were read: a part of them had nothing beside, so how much slower they are is not told"
        ]
    )


def fewer(found: Sequence[Told]) -> list[str]:
    """What a reader must know of the size."""
    rows = found[0]["rows"]
    return [f"files of {rows:,} rows instead of {ROWS['full']:,}"] if rows < ROWS["full"] else []


if __name__ == "__main__":
    sys.exit(subprocess.run([sys.executable, "-m", "bench.p2_filed", *sys.argv[1:]], check=False).returncode)
