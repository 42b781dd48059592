"""The whole year on a site of its own: load through the door, drain, issue the four printed reports, compare every figure, measure.

`python -m bench.replay --run [--scale N]`; at full size some hours and tens of gigabytes. The work is `bench.replay.lived` and
`bench.replay.measures`, in the environment of the database under test; progress goes to standard error.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from bench import results
from bench.replay import page
from bench.replay.comparison import Line, table
from bench.replay.plan import plan
from bench.results import Bound, Scenario
from bench.site import Site
from config.launch.say import Stop

NAME = "YEAR"
ROOT = Path(__file__).resolve().parent.parent.parent
LATEST = ROOT / "bench" / "results" / "latest.json"
PAGE = ROOT / "docs" / "replay-2022.md"
WANTED_LINES = 48
STATEMENT_SECONDS = {"YICHUANG_STATEMENT_SECONDS": "3600"}
REPORT_MUST_MS, REPORT_AIM_MS = 150.0, 20.0
DRILL_MUST_MS = 100.0
INGEST_AIM_US = 90.0


@dataclass(frozen=True, slots=True)
class How:
    """What is replayed and how: printed ÷ scale, the world, the loading processes.

    `resume` goes on with what a run that was killed left, `keep` leaves the database on the disk, `measure` only measures what was kept.
    """

    scale: int = 1
    departments: int = 60
    items: int = 30
    loaders: int = 1
    keep: bool = False
    resume: bool = False
    measure: bool = False

    @property
    def database(self) -> str:
        """Its name: not of the kind that the next bench clears away."""
        return f"replay_{self.scale}"

    @property
    def world(self) -> list[str]:
        """As arguments of the processes."""
        return [str(self.scale), str(self.departments), str(self.items)]


def run(how: How, latest: Path = LATEST, page_path: Path = PAGE) -> int:
    """Replay, measure, tell, and write the results; 0 where every figure is equal. Errors: Stop."""
    site = Site(cases=0)
    told = site.cluster.home / f"{how.database}.json"
    if how.measure and not told.exists():
        raise Stop(
            "没有保留下来的重放，请先运行 --run --keep。",
            "No replay was kept: run it with --keep first.",
            code=2,
        )
    try:
        site.start_empty(how.database, kept=how.resume or how.measure)
        if not how.measure:
            told.write_text(
                json.dumps(worked(site, "lived", [*how.world, str(how.loaders)])), encoding="utf-8"
            )
        site.ask("vacuum analyze")
        found = json.loads(told.read_text(encoding="utf-8")) | {
            "measured": worked(site, "measures", how.world)
        }
        if not (how.keep or how.measure):
            site.drop()
            told.unlink()
    finally:
        rested(site)
    written(judged(found, how.scale), latest, page_path)
    return tell(found, how.scale)


def rested(site: Site) -> None:
    """Stop the server when everything stands on the disk: one that is stopped in a hurry reads its log for minutes when it is next started."""
    with suppress(psycopg.Error):
        site.ask("checkpoint")
    site.stop()


def judged(found: Mapping[str, Any], scale: int) -> Scenario:
    """What was found as a line of the results file."""
    measured, load = found["measured"], found["load"]
    equal = sum(one["wanted"] == one["computed"] for one in found["lines"])
    report, drill = measured["report_set"]["p50_ms"], measured["drill_down"]["p95_ms"]
    spent = {"load_cpu_us": cpu(load), "drain_cpu_us": cpu(found["drain"])}
    fresh = load["events"] - load["again"]
    return Scenario(
        name=NAME, ours=round(fresh / load["seconds"] * found["loaders"]) if load["seconds"] else 0, unit="events/s", limit=0, peers={},
        cpu_ms=round(sum(spent.values()) / 1000, 4),
        must=(
            Bound("figures_equal", ">=", WANTED_LINES, equal), Bound("recount_differences", "<=", 0, found["differences"]),
            Bound("report_set_ms", "<=", REPORT_MUST_MS, report), Bound("drill_down_p95_ms", "<=", DRILL_MUST_MS, drill),
        ),
        aim=(
            Bound("report_set_ms", "<=", REPORT_AIM_MS, report),
            Bound("ingest_cpu_us", "<=", INGEST_AIM_US, round(spent["load_cpu_us"], 1)),
        ),
        deferred=() if scale == 1 else (f"at 1/{scale} of the year",), more={"scale": scale, **found, **spent},
    )  # fmt: skip


def written(scenario: Scenario, latest: Path, page_path: Path) -> None:
    """Into the results file and onto the page; a smaller replica never takes the place of a larger one."""
    before = entry(latest)
    if before is not None and before["scale"] < scenario.more["scale"]:
        print(f"  kept: the results of 1/{before['scale']} of the year, which is more", file=sys.stderr)
        return
    results.write(latest, [scenario], machine=results.this_machine(), commit=results.this_commit(ROOT))
    now = entry(latest)
    assert now is not None
    results.remember(latest.with_name("history.json"), [now], on=datetime.now(UTC).date())
    page.write(page_path, now)
    print(results.told(scenario), file=sys.stderr)


def entry(latest: Path) -> dict[str, Any] | None:
    """What the results file has of the replay."""
    return next((one for one in results.read(latest) if one["scenario"] == NAME), None)


def worked(site: Site, module: str, arguments: Sequence[str]) -> dict[str, Any]:
    """What a module of the replay says as JSON, in the environment of the database under test. Errors: Stop."""
    command = [str(site.places.python), "-W", "ignore", "-m", f"bench.replay.{module}", *arguments]
    done = subprocess.run(
        command, cwd=site.places.root, env=site.environment() | STATEMENT_SECONDS, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Stop(f"重放失败（{module}），原因见上。", f"The replay failed in {module}.", code=1)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def tell(found: Mapping[str, Any], scale: int) -> int:
    """Print the table and what it took; 0 where every figure of the four issues is there and equal."""
    lines = [Line(**one) for one in found["lines"]]
    print(table(lines))
    wrong = faults(lines, found, scale)
    for one in wrong:
        print(one, file=sys.stderr)
    print(
        f"{found['load']['events']:,} events in {found['seconds']:,.0f} s by {found['loaders']} loading process(es); "
        f"CPU an event: load {cpu(found['load']):.0f} µs, drain {cpu(found['drain']):.0f} µs; "
        f"{len(lines)} figures, {sum(one.equal for one in lines)} equal; "
        f"recount of {found['cells']:,} cells: {found['differences']} differences, {found['recount_seconds']:.0f} s"
    )
    return 1 if wrong else 0


def cpu(part: Mapping[str, float]) -> float:
    """Microseconds of processor an event, of both processes; of those that were there before nothing is reckoned."""
    fresh = part["events"] - part.get("again", 0)
    return (part["python"] + part["database"]) / fresh * 1e6 if fresh else 0.0


def faults(lines: Sequence[Line], found: Mapping[str, Any], scale: int) -> list[str]:
    """What is not as it has to be, one sentence each."""
    year, loaded = plan(scale), found["load"]["events"]
    wanted = year.total("accepted") + year.total("concluded") + sum(year.opening.values())
    told = [f"第 {one.issue} 期 {one.scope} {one.group} {one.verb}: {one.wanted} ≠ {one.computed}" for one in lines if not one.equal]  # fmt: skip
    if len(lines) != WANTED_LINES:
        told.append(f"{len(lines)} figures instead of {WANTED_LINES}")
    if loaded != wanted:
        told.append(f"{loaded:,} events loaded instead of {wanted:,}")
    if found["differences"]:
        told.append(f"the recount differs in {found['differences']} cells")
    return told
