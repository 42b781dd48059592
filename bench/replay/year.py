"""The whole year on a site of its own: load, drain, issue the four printed reports, compare every figure.

`python -m bench.replay --run [--scale N]`; at full size some hours and about 30 GB. The work is `bench.replay.lived`, in the environment
of the database under test; its progress goes to standard error.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bench.replay.comparison import Line, table
from bench.replay.plan import plan
from bench.site import Site
from config.launch.say import Stop

WANTED_LINES = 48


def run(scale: int, departments: int, items: int) -> int:
    """Replay and tell; 0 where every figure is equal. Errors: Stop."""
    site = Site(cases=0)
    try:
        site.start_empty()
        command = [str(site.places.python), "-W", "ignore", "-m", "bench.replay.lived", str(scale), str(departments), str(items)]  # fmt: skip
        done = subprocess.run(
            command,
            cwd=site.places.root,
            env=site.environment() | {"YICHUANG_STATEMENT_SECONDS": "3600"},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        site.stop()
    if done.returncode != 0:
        raise Stop("重放失败，原因见上。", "The replay failed.", code=1)
    return tell(json.loads(done.stdout.splitlines()[-1]), scale)


def tell(found: Mapping[str, Any], scale: int) -> int:
    """Print the table and what it took; 0 where every figure of the four issues is there and equal."""
    lines = [Line(**one) for one in found["lines"]]
    print(table(lines))
    wrong = faults(lines, found, scale)
    for one in wrong:
        print(one, file=sys.stderr)
    print(
        f"{found['events']:,} events: load {found['load_seconds']:.0f} s, drain {found['drain_seconds']:.0f} s; "
        f"{len(lines)} figures, {sum(one.equal for one in lines)} equal; recount: {found['differences']} differences"
    )
    return 1 if wrong else 0


def faults(lines: Sequence[Line], found: Mapping[str, Any], scale: int) -> list[str]:
    """What is not as it has to be, one sentence each."""
    year = plan(scale)
    wanted = year.total("accepted") + year.total("concluded") + sum(year.opening.values())
    told = [f"第 {one.issue} 期 {one.scope} {one.group} {one.verb}: {one.wanted} ≠ {one.computed}" for one in lines if not one.equal]  # fmt: skip
    if len(lines) != WANTED_LINES:
        told.append(f"{len(lines)} figures instead of {WANTED_LINES}")
    if found["events"] != wanted:
        told.append(f"{found['events']:,} events loaded instead of {wanted:,}")
    if found["differences"]:
        told.append(f"the recount differs in {found['differences']} cells")
    return told
