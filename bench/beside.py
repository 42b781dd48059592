"""P1 under other conditions, told as a share of P1 as it is: both in the same run, in turns."""

import json
import statistics
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench import limit
from bench.asked import Asked
from bench.limit import Limit
from bench.lives import lives
from bench.machine import busy_share
from bench.p1 import CLEAR, STEPS, Ours, live, per_write, percentile, say, shortcomings
from bench.results import Bound, Scenario
from bench.site import Site


@dataclass(frozen=True, slots=True)
class Variant:
    """P1 under other conditions, told as a share of P1 itself: how it is run, what holds meanwhile, the goals of the share.

    `matters`: of how many matters the lives are; all where it is 0.
    """

    name: str
    asked: Asked
    condition: Callable[[], AbstractContextManager[None]]
    must: float
    aim: float
    matters: int = 0


def beside_itself(site: Site, asked: Asked, variant: Variant) -> Scenario:
    """P1 as it is, P1 under a condition, and the limit under that condition, in turns. Errors: Stop."""
    try:
        site.start()
        plan = lives(site.prepared)
        narrow = plan[: variant.matters or None]
        scripts = [one["script"] for one in json.loads(site.tool(["bench.capture"], json.dumps(narrow)))]
        found: list[tuple[Ours, Ours, Limit]] = []
        busy, reached = [busy_share()], None
        for number in range(asked.rounds):
            site.ask(CLEAR)
            usual = live(site, plan, asked, f"u{number}")
            site.ask(CLEAR)
            with variant.condition():
                ours = live(site, narrow, variant.asked, f"v{number}")
                # Of the limit once is enough: the goal is the share of P1 as it is.
                reached = reached or resting(site, scripts, asked.seconds, variant.asked.connections)
            found.append((usual, ours, reached))
            busy.append(busy_share())
            say(number, ours, reached)
        return share(found, asked, variant, statistics.median(busy))
    finally:
        site.stop()


def resting(site: Site, scripts: Sequence[str], seconds: float, connections: int) -> Limit:
    """The limit while the worker rests. Errors: Stop."""
    site.rest_worker()
    site.ask(CLEAR)
    reached = limit.measure(site, scripts, seconds=seconds, connections=connections)
    site.ask(CLEAR)
    site.wake_worker()
    return reached


def share(found: Sequence[tuple[Ours, Ours, Limit]], asked: Asked, variant: Variant, busy: float) -> Scenario:
    """The figures of a variant: the share of P1 is the median of the rounds' own shares."""
    usual, mine, reached = (
        [one for one, _, _ in found],
        [one for _, one, _ in found],
        [one for _, _, one in found],
    )
    speed = round(statistics.median(one.writes / one.seconds for one in mine), 1)
    bound = round(statistics.median(one.lives * STEPS / one.seconds for one in reached), 1)
    part = round(
        statistics.median(
            one.writes / two.writes for one, two in zip(mine, usual, strict=True) if two.writes
        ),
        3,
    )
    cpu = per_write(mine)
    everything = [value for one in mine for values in one.times.values() for value in values]
    failures = [text for one in mine for text in one.failures]
    return Scenario(
        name=variant.name, ours=speed, unit="writes/s", limit=bound, peers={},
        cpu_ms=round(cpu["web"] + cpu["worker"] + cpu["database"], 2),
        must=[Bound("share_of_p1", ">=", variant.must, part), Bound("failures", "<=", 0, len(failures))],
        aim=[Bound("share_of_p1", ">=", variant.aim, part)], deferred=shortcomings(asked, busy),
        more={
            "p50_ms": percentile(everything, 0.50), "p99_ms": percentile(everything, 0.99), "cpu_parts_ms": cpu,
            "usual": round(statistics.median(one.writes / one.seconds for one in usual), 1),
            "asked": {"seconds": asked.seconds, "rounds": asked.rounds, "connections": variant.asked.connections, "cases": asked.cases},
            "other_load": round(busy, 2), "failures": failures[:5],
        },
    )  # fmt: skip
