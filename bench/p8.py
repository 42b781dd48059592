"""P8: what a case costs from its filing to the figures of the report: processor seconds of everything that serves 1,000 whole lives.

Counted is every process of the site, from the first request until facts are sealed and drained and the last message is written, and one
report, printed from its figures to PDF and DOCX in a process that has not printed before, to every 1,000 cases. The load itself is not
counted. The limit is PostgreSQL alone writing the same rows.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bench import limit
from bench.asked import Asked
from bench.limit import Limit
from bench.lives import lives
from bench.machine import Usage, busy_share
from bench.p1 import CLEAR, REACHED, live, shortcomings
from bench.p4 import load_demonstration
from bench.peers.running import Reached
from bench.results import Bound, Scenario
from bench.site import Site
from config.launch.say import Stop

MUST, AIM = 12.0, 6.0
PATIENCE = 300.0
# Processor seconds per 1,000 cases of other ways to write the same life, measured quiet on this kind of machine: quoted for those that
# P1 has not measured in this run.
STEPS = 5
PEERS = {"lean_prototype": 11.0, "ninja": 19.0, "orm": 42.0, "drf": 38.0, "open_zaak": 590.0}
LEFT = (
    "select (select count(*) from journal_fresh) + (select count(*) from procrastinate_jobs "
    "where status in ('todo', 'doing') and coalesce(scheduled_at, now()) <= now())"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: whole lives, what was used until nothing was left to do, what one report took, and the failures."""

    lives: int
    used: Usage
    report: float
    failures: Sequence[str]

    def per_thousand(self) -> dict[str, float]:
        """Processor seconds to 1,000 whole lives, by who used them. Errors: Stop where no life was whole."""
        if not self.lives:
            raise Stop("没有一件办完，量不出成本。", "No case was lived to its end.", code=1)
        share = 1000 / self.lives
        return {
            "web": self.used.web * share, "worker": self.used.worker * share, "database": self.used.database * share,
            "report": self.report,
        }  # fmt: skip

    def whole(self) -> float:
        """All of it."""
        return sum(self.per_thousand().values())


def run(asked: Asked) -> Scenario:
    """Bring the site up with a report that is being written, live, wait, print; the limit in turns. Errors: Stop."""
    site = Site(asked.cases)
    try:
        site.start()
        load_demonstration(site)
        finish(site)
        plan = lives(site.prepared)
        scripts = [one["script"] for one in json.loads(site.tool(["bench.capture"], json.dumps(plan)))]
        # The first lives of a process pay for what it keeps: they are no part of what a case costs.
        live(site, plan, replace(asked, seconds=asked.warm + 1, warm=0.5), "warm")
        found: list[Turn] = []
        busy = [busy_share()]
        for number in range(asked.rounds):
            site.ask(CLEAR)
            found.append(turn(site, plan, asked, f"p8-{number}"))
            busy.append(busy_share())
            said = f"  round {number + 1}: {found[-1].whole():.1f} CPU s for 1,000 cases"
            print(said, file=sys.stderr, flush=True)
        site.rest_worker()
        site.ask(CLEAR)
        # Told beside, bound by no goal: once, and a third of a phase.
        reached = limit.measure(
            site, scripts, seconds=max(1.0, asked.seconds / 3), connections=asked.connections
        )
        return scenario(found, reached, asked, sorted(busy)[len(busy) // 2], REACHED)
    finally:
        site.stop()


def turn(site: Site, plan: list[list[dict[str, str]]], asked: Asked, name: str) -> Turn:
    """Live, wait until nothing is left to do, print. Errors: Stop."""
    before = site.usage()
    done = live(site, plan, replace(asked, warm=0.0), name)
    finish(site)
    used = site.usage().since(before)
    idle = site.usage()
    printed = json.loads(site.tool(["bench.press", "once"]))
    report = printed["cpu"] + site.usage().since(idle).database
    # The few lives that end after the bell are paid for and not counted.
    return Turn(len(done.times.get("deliver", ())), used, report, done.failures)


def finish(site: Site, patience: float = PATIENCE) -> None:
    """Wait until facts are drained and jobs are done. Errors: Stop where that does not happen."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if site.ask(LEFT) == [(0,)]:
            return
        time.sleep(0.5)
    raise Stop("后台任务没有做完。", "The worker did not finish what was left.", code=1)


def middle(found: Sequence[Turn], part: str = "") -> float:
    """The median turn, of one part or of the whole."""
    values = sorted(one.per_thousand()[part] if part else one.whole() for one in found)
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def peers(reached: Mapping[str, Reached]) -> tuple[dict[str, float], list[str]]:
    """What others take for 1,000 cases, and what a reader must know of it: five writes a case as P1 measured them in this run,
    quoted where it did not."""
    known = {name: round(one.cpu_ms * STEPS, 1) for name, one in reached.items()}
    quoted = ", ".join(name for name in PEERS if name not in known)
    told = [f"measured in this run with P1: {', '.join(known)}"] if known else []
    return {**PEERS, **known}, [
        f"quoted, not run in this run: {quoted}",
        *told,
        "peers are told without the report",
    ]


def scenario(
    mine: Sequence[Turn], reached: Limit, asked: Asked, busy: float, beside_it: Mapping[str, Reached] = MappingProxyType({})
) -> Scenario:  # fmt: skip
    """The figures with their goals: medians of the turns. `beside_it`: what peers reached in P1 of this run."""
    compared, said = peers(beside_it)
    whole = round(middle(mine), 2)
    bare = reached.database * 1000 / max(1, reached.lives)
    failures = [words for one in mine for words in one.failures]
    return Scenario(
        name="P8", ours=whole, unit="CPU s per 1,000 cases", limit=round(bare, 2), peers=compared, cpu_ms=whole,
        must=[Bound("cpu_s_per_1000", "<=", MUST, whole), Bound("failures", "<=", 0, len(failures))],
        aim=[Bound("cpu_s_per_1000", "<=", AIM, whole)],
        deferred=[*said, *shortcomings(asked, busy)],
        more={
            "parts": {part: round(middle(mine, part), 2) for part in ("web", "worker", "database", "report")},
            "lives": [one.lives for one in mine], "failures": failures[:5],
        },
    )  # fmt: skip
