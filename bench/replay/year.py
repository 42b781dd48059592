"""The whole year on a site of its own: load through the door, drain, issue the four printed reports, compare every figure, measure.

`python -m bench.replay --run [--scale N]`; at full size some hours and tens of gigabytes. The work is `bench.replay.lived` and
`bench.replay.measures`, in the environment of the database under test; progress goes to standard error.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.replay.comparison import Line, table
from bench.replay.plan import plan
from bench.site import Site
from config.launch.say import Stop

WANTED_LINES = 48
STATEMENT_SECONDS = {"YICHUANG_STATEMENT_SECONDS": "3600"}


@dataclass(frozen=True, slots=True)
class How:
    """What is replayed and how: printed ÷ scale, the world, the loading processes; `resume` goes on with what a run that was killed left,
    `keep` leaves the database on the disk.
    """

    scale: int = 1
    departments: int = 60
    items: int = 30
    loaders: int = 1
    keep: bool = False
    resume: bool = False

    @property
    def database(self) -> str:
        """Its name: not of the kind that the next bench clears away."""
        return f"replay_{self.scale}"

    @property
    def world(self) -> list[str]:
        """As arguments of the processes."""
        return [str(self.scale), str(self.departments), str(self.items)]


def run(how: How) -> int:
    """Replay and tell; 0 where every figure is equal. Errors: Stop."""
    site = Site(cases=0)
    try:
        site.start_empty(how.database, kept=how.resume)
        found = worked(site, "lived", [*how.world, str(how.loaders)])
        if not how.keep:
            site.drop()
    finally:
        site.stop()
    return tell(found, how.scale)


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
