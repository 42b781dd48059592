"""PX: reported events in batches of 50,000, beside COPY of exactly the rows that they write, in the same run.

`python -m bench.exchange [--batches N] [--events N]`; for the house of benches: `run(asked)`.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.asked import Asked
from bench.machine import busy_share
from bench.p1 import shortcomings, smaller
from bench.results import Bound, Scenario, told
from bench.site import Site
from bench.stopping import program
from config.launch.say import Stop

MUST = {"events_per_second": 10_000.0}
AIM = {"ingest_cpu_us": 90.0}
CORES = 2
Told = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Size:
    """How many batches of how many events, into a database with how many cases."""

    batches: int = 4
    events: int = 50_000
    cases: int = 0


USUAL = Size()


def run(asked: Asked) -> Scenario:
    """Measure with the usual size: the batches are sent once, whatever was asked. Errors: Stop."""
    busy = busy_share()
    return measure(USUAL, shortcomings(replace(asked, rounds=1), busy, preloaded=False, phases=False))


def measure(size: Size, said: Sequence[str] = ()) -> Scenario:
    """Bring a database up, send the batches, write the same rows by COPY into a fresh one, stop. Errors: Stop."""
    site = Site(size.cases)
    try:
        site.start_database()
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "rows"
            load = ["bench.exchange_load", str(size.batches), str(size.events), str(kept)]
            ours: Told = json.loads(site.tool(load))
            site._make_database()
            limit: Told = json.loads(site.tool(["bench.exchange_load", "--replay", str(kept)]))
    finally:
        site.stop()
    return judged(ours, limit, size, said)


def cpu(found: Mapping[str, float]) -> float:
    """Microseconds of processor an event, here and in the database."""
    return found["python_us"] + found["database_us"]


def judged(ours: Told, limit: Told, size: Size, said: Sequence[str] = ()) -> Scenario:
    """The figures against the goals. The first batch warms up and does not count.

    Sustained on both processors: what all of them do in a second, over what an event costs from its bytes to the figures; the limit likewise, of COPY alone.
    """
    ingest = [one for name, one in ours.items() if name.startswith("batch")][1:] or [ours["batch 1"]]
    middle = statistics.median(cpu(one) for one in ingest)
    whole = middle + cpu(ours["drain"])
    sustained = CORES * 1e6 / whole
    copied = CORES * 1e6 / cpu(limit["copy"])
    reached = 1e6 / statistics.median(one["wall_us"] for one in ingest)
    more: dict[str, Any] = {
        "batches": size.batches, "events_a_batch": size.events, "one_connection_per_second": round(reached),
        "ingest_cpu_us": round(middle, 1), "drain_cpu_us": round(cpu(ours["drain"]), 1), "parts": dict(ours), "copy": dict(limit["copy"]),
    }  # fmt: skip
    return Scenario(
        name="PX", ours=round(sustained), unit="events/s", limit=round(copied), peers={}, cpu_ms=round(whole / 1000, 4),
        must=[Bound("events_per_second", ">=", MUST["events_per_second"], round(sustained))],
        aim=[Bound("ingest_cpu_us", "<=", AIM["ingest_cpu_us"], round(middle, 1))],
        deferred=[*said, *smaller(size.batches * size.events, USUAL.batches * USUAL.events, "events")], more=more,
    )  # fmt: skip


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.exchange", description=__doc__)
    parser.add_argument("--batches", type=int, default=USUAL.batches)
    parser.add_argument("--events", type=int, default=USUAL.events)
    asked = parser.parse_args()
    try:
        found = measure(Size(asked.batches, asked.events))
    except Stop as stop:
        return stop.tell() or 2
    print(told(found), file=sys.stderr, flush=True)
    print(json.dumps(found.as_json(machine="", commit=""), ensure_ascii=False, indent=1))
    return 0 if all(bound.met for bound in found.must) else 1


if __name__ == "__main__":
    sys.exit(program(main))
