"""P1: the whole life of a case over HTTP, beside pgbench writing the same rows in the same run."""

import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench import limit
from bench.asked import Asked
from bench.limit import Limit
from bench.lives import lives
from bench.machine import Usage, busy_share
from bench.peers import running
from bench.peers.running import Reached
from bench.results import Bound, Scenario
from bench.site import Site, worked_for
from bench.stopping import talking

# Measured on this kind of machine, quiet, the same life of five audited writes at 8 connections (application on two
# processes): quoted where they could not be run beside (see bench.peers). Open Zaak, which does more per write, always is.
PEERS: Mapping[str, float] = {
    "drf": 315,
    "spiffworkflow": 231,
    "viewflow": 152,
    "ninja_orm": 224,
    "open_zaak": 16.0,
}
PEERS_SOURCE = (
    "quoted: DRF+ORM on granian 315, SpiffWorkflow+DRF shell on gunicorn 231, Viewflow+DRF shell on gunicorn 101-152, Open Zaak 1.30 "
    "on uwsgi 16 (quiet machine); django-ninja+ORM 224 (granian, the machine 1.45x slower). 2 vCPU Xeon 2.5 GHz, PostgreSQL 15.20"
)
MUST = {
    "ratio": 0.15,
    "p99_ms": 60.0,
    "database_cpu": 1.4,
    "drf": 1.5,
    "viewflow": 2.5,
    "spiffworkflow": 1.5,
    "open_zaak": 25.0,
}
AIM = {"ratio": 0.35, "p99_ms": 25.0, "drf": 3.5, "viewflow": 7.0, "open_zaak": 60.0}
STEPS = 5
QUIET = 0.10
CLEAR = "truncate journal_fresh; delete from procrastinate_jobs"


USUAL = Asked()
# What peers reached in this run of the bench: P8 tells their cost by it.
REACHED: dict[str, Reached] = {}
# The percentile of no answer at all, in milliseconds: beyond every bound, so that silence meets no goal.
NONE_SEEN = 999_999.0


@dataclass(frozen=True, slots=True)
class Ours:
    """What the site did in one phase: answers' seconds by step, what it used, what was left to the worker."""

    times: Mapping[str, Sequence[float]]
    seconds: float
    used: Usage
    generator: float
    failures: Sequence[str]
    undrained: int
    # The database's processor seconds by whom its processes serve.
    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def writes(self) -> int:
        """Answers within the window."""
        return sum(map(len, self.times.values()))


def run(asked: Asked) -> Scenario:
    """Bring the site up, take turns, stop everything. Errors: Stop."""
    site = Site(asked.cases)
    try:
        site.start()
        plan = lives(site.prepared)
        captured = json.loads(site.tool(["bench.capture"], json.dumps(plan)))
        scripts = [one["script"] for one in captured]
        found: list[tuple[Ours, Limit]] = []
        busy = [busy_share()]
        for number in range(asked.rounds):
            site.ask(CLEAR)
            ours = live(site, plan, asked, f"r{number}")
            site.rest_worker()
            site.ask(CLEAR)
            limit.measure(site, scripts, seconds=1, connections=asked.connections)
            found.append(
                (ours, limit.measure(site, scripts, seconds=asked.seconds, connections=asked.connections))
            )
            site.ask(CLEAR)
            site.wake_worker()
            busy.append(busy_share())
            say(number, *found[-1])
        beside_it, missing = peers(site, asked)
        REACHED.update(beside_it)
        return scenario(found, captured, asked, statistics.median(busy), beside_it, missing)
    finally:
        site.stop()


def live(site: Site, plan: list[list[dict[str, str]]], asked: Asked, run_name: str) -> Ours:
    """One phase of the site under load; what it used is read at the beginning and at the end of the window."""
    content = {
        "host": "127.0.0.1", "port": site.port, "seconds": asked.seconds, "warm": asked.warm,
        "connections": asked.connections, "run": run_name, "lives": plan,
    }  # fmt: skip
    with talking([str(site.places.python), "-m", "bench.generator"], site.places.root) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(content))
        process.stdin.close()
        process.stdout.readline()
        before, parts = site.usage(), site.database_parts()
        process.stdout.readline()
        used, after = site.usage().since(before), site.database_parts()
        ((undrained,),) = site.ask("select count(*) from journal_fresh")
        told = json.loads(process.stdout.readline())
    # The load's own clock counts its warm-up too: its share of the window.
    generator = told["cpu"] * asked.seconds / (asked.seconds + asked.warm)
    return Ours(
        told["times"],
        told["seconds"],
        used,
        generator,
        told["failures"],
        undrained,
        worked_for(parts, after, used.database),
    )


def peers(site: Site, asked: Asked) -> tuple[dict[str, Reached], list[str]]:
    """What peers reach on the same server, one round each, our own worker at rest; and which could not be had."""
    site.rest_worker()
    return running.measure_all(site, asked)


def say(number: int, ours: Ours, reached: Limit) -> None:
    """One line of progress."""
    print(
        f"  round {number + 1}: ours {ours.writes / ours.seconds:.0f} writes/s, limit {reached.lives * STEPS / reached.seconds:.0f}, "
        f"failures {len(ours.failures)}", file=sys.stderr, flush=True,
    )  # fmt: skip


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile in milliseconds; `NONE_SEEN` of nothing."""
    ordered = sorted(values)
    return (
        round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1) if ordered else NONE_SEEN
    )


def per_write(found: Sequence[Ours]) -> dict[str, float]:
    """Processor milliseconds of each kind of process for one write, the median of the rounds."""
    parts = {
        "web": [one.used.web / max(1, one.writes) for one in found],
        "worker": [one.used.worker / max(1, one.writes) for one in found],
        "database": [one.used.database / max(1, one.writes) for one in found],
        "generator": [one.generator / max(1, one.writes) for one in found],
    }
    for name in sorted({name for one in found for name in one.parts}):
        parts[f"database for {name}"] = [one.parts.get(name, 0.0) / max(1, one.writes) for one in found]
    return {name: round(statistics.median(values) * 1000, 3) for name, values in parts.items()}


def scenario(
    found: Sequence[tuple[Ours, Limit]],
    captured: Sequence[Mapping[str, Any]],
    asked: Asked,
    busy: float,
    run_beside: Mapping[str, Reached],
    missing: Sequence[str] = (),
) -> Scenario:
    """The figures of all rounds: medians of throughput and CPU, percentiles of every answer together."""
    mine, reached = [one for one, _ in found], [one for _, one in found]
    compared = {**PEERS, **{name: one.rate for name, one in run_beside.items()}}
    speed = round(statistics.median(one.writes / one.seconds for one in mine), 1)
    bound = round(statistics.median(one.lives * STEPS / one.seconds for one in reached), 1)
    cpu = per_write(mine)
    limit_cpu = round(statistics.median(one.database / (one.lives * STEPS) for one in reached) * 1000, 3)
    times = {name: [value for one in mine for value in one.times[name]] for name in mine[0].times}
    everything = [value for values in times.values() for value in values]
    values = {
        "ratio": round(speed / bound, 3), "p99_ms": percentile(everything, 0.99),
        "database_cpu": round(cpu["database"] / limit_cpu, 2), **{name: round(speed / peer, 2) for name, peer in compared.items()},
    }  # fmt: skip
    failures = [text for one in mine for text in one.failures]
    return Scenario(
        name="P1", ours=speed, unit="writes/s", limit=bound, peers=compared,
        cpu_ms=round(cpu["web"] + cpu["worker"] + cpu["database"], 2),
        must=[*bounds(MUST, values), Bound("failures", "<=", 0, len(failures))], aim=bounds(AIM, values),
        deferred=[*deferred(asked, busy, run_beside), *missing],
        more={
            "p50_ms": percentile(everything, 0.50), "p99_ms": values["p99_ms"], "cpu_parts_ms": cpu, "limit_cpu_ms": limit_cpu,
            "steps": steps(times, captured), "peers_source": PEERS_SOURCE, "peer_cpu_ms": {name: one.cpu_ms for name, one in run_beside.items()}, "rounds": [
                {"ours": round(one.writes / one.seconds, 1), "limit": round(two.lives * STEPS / two.seconds, 1), "undrained": one.undrained}
                for one, two in found
            ],
            "asked": {"seconds": asked.seconds, "rounds": asked.rounds, "connections": asked.connections, "cases": asked.cases},
            "matters": len(captured), "other_load": round(busy, 2), "failures": failures[:5],
        },
    )  # fmt: skip


def bounds(goals: Mapping[str, float], values: Mapping[str, float]) -> list[Bound]:
    """The goals with what was found; times and costs may not be more, everything else not less."""
    names = {"database_cpu": "database_cpu_to_limit", "ratio": "ratio", "p99_ms": "p99_ms"}
    return [
        Bound(
            names.get(name, f"times_{name}"),
            "<=" if name in ("p99_ms", "database_cpu") else ">=",
            bound,
            values[name],
        )
        for name, bound in goals.items()
    ]


def steps(
    times: Mapping[str, Sequence[float]], captured: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """For each step: percentiles, and the statements that it sends (the median of all matters)."""
    return {
        each["name"]: {
            "p50_ms": percentile(times.get(each["name"], ()), 0.50),
            "p99_ms": percentile(times.get(each["name"], ()), 0.99),
            "statements": statistics.median_low(one["steps"][at]["statements"] for one in captured),
            "writes": statistics.median_low(one["steps"][at]["writes"] for one in captured),
        }
        for at, each in enumerate(captured[0]["steps"])
    }


def deferred(asked: Asked, busy: float, run_beside: Mapping[str, Reached]) -> list[str]:
    """What a reader must know: what was not measured, and what was measured under worse conditions."""
    quoted = ", ".join(name for name in PEERS if name not in run_beside)
    return [f"quoted, not run in this run: {quoted} (see peers_source)", *shortcomings(asked, busy)]


def shortcomings(asked: Asked, busy: float, *, preloaded: bool = True, phases: bool = True) -> list[str]:
    """Under which worse conditions than the usual ones it was measured.

    `preloaded`: whether cases stand there before; `phases`: whether its rounds last as long as was asked.
    """
    found = []
    if busy > QUIET:
        found.append(f"measured beside other load: {busy:.0%} of the processors were busy between the phases")
    if preloaded and asked.cases < USUAL.cases:
        found.append(f"{asked.cases:,} cases preloaded instead of {USUAL.cases:,}")
    if phases and (asked.seconds < USUAL.seconds or asked.rounds < USUAL.rounds):
        found.append(
            f"{asked.rounds} rounds of {asked.seconds:g} s instead of {USUAL.rounds} of {USUAL.seconds:g} s"
        )
    if not phases and asked.rounds < USUAL.rounds:
        found.append(f"{asked.rounds} rounds instead of {USUAL.rounds}")
    return found


def smaller(size: float, defined: float, what: str) -> list[str]:
    """What a reader must know of a size: nothing where it is that of the definition, or more."""
    return [f"{what}: {size:,.0f} instead of {defined:,.0f}"] if size < defined else []
