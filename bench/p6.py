"""P6: pages under an open loop of 167 requests a second (5,000 people with half a minute to think), beside the same pages in
plain Django with the ORM and its templates on the same server and database, and the capacity of both.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.asked import Asked
from bench.lives import lives
from bench.machine import busy_share, tree_seconds
from bench.p1 import CLEAR, live, percentile, shortcomings
from bench.results import Bound, Scenario
from bench.site import Site, end, pid_of, serving
from bench.stopping import talking
from config.launch.machine import free_port
from config.launch.running import health

RATE = 167.0
# Requests a second of each loop; the closed one has its own pace. Of the peer only the capacity is asked.
LOOPS = {"open": RATE, "closed": 0.0}
PEER_LOOPS = {"closed": 0.0}
SHARES = {"list": 0.6, "detail": 0.3, "figures": 0.1}
LIVED_SECONDS = 5.0
LOAD = "bench.open_loop"
# A page warms a process up sooner than a life does.
WARM = 1.0
PEER_ONCE = "the peer is read once after our rounds, not in turns with them"
PEER = "bench.peers.plain_django.wsgi:application"


@dataclass(frozen=True, slots=True)
class Phase:
    """What one phase saw: seconds of all answers, answers a second, failures, processor milliseconds a page by process."""

    times: Mapping[str, Sequence[float]]
    seconds: float
    failed: int
    failures: Sequence[str]
    web_ms: float
    database_ms: float

    @property
    def all(self) -> list[float]:
        """Seconds of every answer."""
        return [one for times in self.times.values() for one in times]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.all) / self.seconds


def run(asked: Asked) -> Scenario:
    """Bring the site up, let real cases be lived, read; then the same with the peer. Errors: Stop."""
    site, busy = Site(asked.cases), [busy_share()]
    try:
        site.start()
        live(site, lives(site.prepared), replace(asked, seconds=LIVED_SECONDS, warm=0.5), "p6")
        site.rest_worker()
        site.ask(CLEAR)
        site.ask("analyze")
        readers = json.loads(site.tool(["bench.readers"]))
        web = pid_of(site.web)
        ours = measured(site, site.port, web, readers, replace(asked, warm=WARM))
        busy.append(busy_share())
        peer, port = started_peer(site)
        try:
            theirs = measured(site, port, peer.pid, readers, replace(asked, rounds=1, warm=WARM), PEER_LOOPS)
        finally:
            end(peer)
        return scenario(ours, theirs, asked, statistics.median([*busy, busy_share()]))
    finally:
        site.stop()


def measured(
    site: Site, port: int, web: int | None, readers: list[dict[str, Any]], asked: Asked, loops: Mapping[str, float] = LOOPS
) -> dict[str, list[Phase]]:  # fmt: skip
    """The open loop and the capacity at 8 connections, as many rounds as asked."""
    found: dict[str, list[Phase]] = {name: [] for name in loops}
    for _ in range(asked.rounds):
        for name, rate in loops.items():
            found[name].append(phase(site, port, web, readers, asked, rate))
            one = found[name][-1]
            print(f"  {name} on port {port}: {one.rate:.0f} pages/s, p99 {percentile(one.all, 0.99)} ms, {one.failed} failed {list(one.failures[:2])}", file=sys.stderr, flush=True)  # fmt: skip
    return found


def phase(
    site: Site, port: int, web: int | None, readers: list[dict[str, Any]], asked: Asked, rate: float,
    shares: Mapping[str, float] = SHARES,
) -> Phase:  # fmt: skip
    """One phase of one server; `shares` of the kinds of pages."""
    plan = planned(port, readers, asked, rate, shares)
    with talking([str(site.places.python), "-m", LOAD], site.places.root) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(plan))
        process.stdin.close()
        process.stdout.readline()
        before, web_before = site.usage(), tree_seconds(web)
        process.stdout.readline()
        used, web_used = site.usage().since(before), tree_seconds(web) - web_before
        told = json.loads(process.stdout.readline())
    pages = max(1, sum(map(len, told["times"].values())))
    return Phase(
        told["times"], told["seconds"], told["failed"], told["failures"], web_used * 1000 / pages,
        used.database * 1000 / pages,
    )  # fmt: skip


def planned(
    port: int, readers: list[dict[str, Any]], asked: Asked, rate: float, shares: Mapping[str, float] = SHARES
) -> dict[str, Any]:
    """What the load is told."""
    return {
        "host": "127.0.0.1", "port": port, "seconds": asked.seconds, "warm": asked.warm, "rate": rate,
        "connections": asked.connections, "shares": dict(shares), "readers": readers,
    }  # fmt: skip


def started_peer(site: Site) -> tuple[subprocess.Popen[bytes], int]:
    """Plain Django with as many processes and threads as the house."""
    port = free_port()
    command = [str(site.places.venv / "bin" / "granian"), *serving(port), PEER]
    environment = {**site.environment(), "DJANGO_SETTINGS_MODULE": "bench.peers.plain_django.settings"}
    with open(os.devnull, "wb") as nothing:
        child = subprocess.Popen(
            command, cwd=site.places.root, env=environment, stdin=subprocess.DEVNULL, stdout=nothing, stderr=nothing,
            start_new_session=True,
        )  # fmt: skip
    patience = time.monotonic() + 30
    while health(port)[0] != 200 and time.monotonic() < patience:
        time.sleep(0.2)
    return child, port


def scenario(
    ours: dict[str, list[Phase]], theirs: dict[str, list[Phase]], asked: Asked, busy: float
) -> Scenario:
    """The figures with their goals: medians of the rounds."""

    def middle(phases: list[Phase], share: float) -> float:
        return round(statistics.median(percentile(one.all, share) for one in phases), 1)

    capacity = statistics.median(one.rate for one in ours["closed"])
    peer = statistics.median(one.rate for one in theirs["closed"])
    p99, p50 = middle(ours["open"], 0.99), middle(ours["open"], 0.50)
    failed = sum(one.failed for phases in ours.values() for one in phases)
    ratio = round(capacity / peer, 2) if peer else 0.0
    return Scenario(
        name="P6", ours=round(capacity, 1), unit="pages/s at 8 connections", limit=round(peer, 1), peers={"plain_django": round(peer, 1)},
        cpu_ms=round(statistics.median(one.web_ms + one.database_ms for one in ours["closed"]), 2),
        must=(
            Bound("open loop 167/s, p99 ms", "<=", 300.0, p99), Bound("8 connections, p99 ms", "<=", 100.0, middle(ours["closed"], 0.99)),
            Bound("pages/s to plain Django", ">=", 2.0, ratio), Bound("failures", "<=", 0, failed),
        ),
        aim=(Bound("open loop, p50 ms", "<=", 8.0, p50), Bound("open loop, p99 ms", "<=", 30.0, p99), Bound("pages/s to plain Django", ">=", 5.0, ratio)),
        deferred=[PEER_ONCE, *shortcomings(asked, busy)],
        more={
            "pages": {
                name: {
                    "p50_ms": round(statistics.median(percentile(one.times.get(name, []), 0.5) for one in ours["open"]), 1),
                    "p99_ms": round(statistics.median(percentile(one.times.get(name, []), 0.99) for one in ours["open"]), 1),
                    "plain_p50_ms": percentile(theirs["closed"][0].times.get(name, []), 0.5),
                }
                for name in SHARES
            },
            "cpu_ms_by_process": {
                "web": round(statistics.median(one.web_ms for one in ours["closed"]), 2),
                "database": round(statistics.median(one.database_ms for one in ours["closed"]), 2),
                "plain web": round(theirs["closed"][0].web_ms, 2), "plain database": round(theirs["closed"][0].database_ms, 2),
            },
            "plain_p99_ms": middle(theirs["closed"], 0.99), "plain_failed": sum(one.failed for one in theirs["closed"]),
            "failures": [words for phases in ours.values() for one in phases for words in one.failures][:5],
            "busy_before": round(busy, 2),
        },
    )  # fmt: skip
