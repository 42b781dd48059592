"""P1y: the life of a case (P1) with a year of reported cases beneath it, millions of which never receive a finish, beside P1 with none;
and the desk's lists there. `python -m bench.replay --lives` on what `--run --keep` has kept, in turns on one server.
"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from bench import p6, results
from bench.asked import Asked
from bench.lives import lives
from bench.machine import busy_share
from bench.p1 import CLEAR, Ours, live, per_write, percentile, shortcomings
from bench.results import Bound, Scenario
from bench.site import QUARTERS, Site, pid_of
from config.launch.say import Stop

NAME = "P1y"
# The bounds of P1 itself, of P1 under another condition (P1c), and of lists.
P99_MUST_MS, SHARE_MUST, SHARE_AIM, LISTS_MUST_MS = 60.0, 0.85, 0.95, 50.0
PAGES_RATE, PAGES_SECONDS = 20.0, 10.0
# The replay's departments have numbers that the catalogue's own departments have, too.
ASIDE = """
update directory_department d set number_code = '9' || d.number_code
where length(d.number_code) = 3
  and not exists (select from directory_department o where o.region_id = d.region_id and o.number_code = '9' || d.number_code)
"""
# The night's duties are somebody else's for an hour: a year that was loaded in one go has all its nightly files still to be written.
NIGHT = """
insert into effects_duty (name, holder, until)
select name, 'bench', now() + interval '1 hour' from unnest(array['feed', 'recount', 'purge', 'purge-reported']) name
on conflict (name) do update set holder = excluded.holder, until = excluded.until
"""
REMAINDER = "select sum(opened) from exchange_batch"


@dataclass(frozen=True, slots=True)
class Turn:
    """One round: the lives over the year, and with nothing beneath them."""

    over: Ours
    alone: Ours


def run(kept: str, asked: Asked, latest: Path, root: Path) -> Scenario:
    """Take turns on the kept year and on a database without it; written into the results file. Errors: Stop."""
    site = Site(cases=0)
    if not (site.cluster.home / f"{kept}.json").exists():
        raise Stop(
            "没有保留下来的重放，请先运行 --run --keep。",
            "No replay was kept: run it with --keep first.",
            code=2,
        )
    found, busy = [], [busy_share()]
    lists: Sequence[float] = ()
    try:
        site.start_empty(kept, kept=True)
        year = place(site, kept)
        remainder = int(site.ask(REMAINDER)[0][0])
        site.start_database()
        empty = site.database, dict(site.prepared)
        for number in range(asked.rounds):
            site.database, site.prepared = year
            over = turn(site, asked, f"y{number}")
            if number == asked.rounds - 1:
                lists = listed(site, asked)
            site.rest()
            site.database, site.prepared = empty
            found.append(Turn(over, turn(site, asked, f"e{number}")))
            site.rest()
            busy.append(busy_share())
    finally:
        site.stop()
    told = scenario(found, lists, remainder, asked, statistics.median(busy))
    results.write(latest, [told], machine=results.this_machine(), commit=results.this_commit(root))
    return told


def place(site: Site, kept: str) -> tuple[str, dict[str, object]]:
    """Catalogue, people and tokens in the kept year, entered once; its name, and what the load needs to know of it."""
    told = site.cluster.home / f"{kept}_lives.json"
    if not told.exists():
        site.ask(ASIDE)
        said = site.tool(["bench.prepare"])
        site.ask(QUARTERS)
        site.ask("analyze")
        told.write_text(said, encoding="utf-8")
    return kept, json.loads(told.read_text(encoding="utf-8"))


def turn(site: Site, asked: Asked, name: str) -> Ours:
    """One phase of lives on the database that the site stands on.

    The worker drains and seals; what it does by night it leaves.
    """
    site.ask(NIGHT)
    site.serve(queues="short")
    site.ask(CLEAR)
    # Never the keys of an earlier run: the year has kept its answers, and would only repeat them.
    return live(site, lives(site.prepared), asked, f"{name}-{uuid4().hex[:12]}")


def listed(site: Site, asked: Asked) -> Sequence[float]:
    """What the desk's lists take, in seconds, among the pages of P6 and while nobody writes."""
    readers = json.loads(site.tool(["bench.readers"]))
    how = replace(asked, seconds=PAGES_SECONDS, warm=2.0)
    return p6.phase(site, site.port, pid_of(site.web), readers, how, PAGES_RATE).times.get("list", ())


def scenario(
    found: Sequence[Turn], lists: Sequence[float], remainder: int, asked: Asked, busy: float
) -> Scenario:
    """The figures with their goals: medians of the rounds, percentiles of every answer together."""
    over, alone = [one.over for one in found], [one.alone for one in found]
    speed, bound = (
        round(statistics.median(one.writes / one.seconds for one in of), 1) for of in (over, alone)
    )
    cpu, without = per_write(over), per_write(alone)
    part = round(speed / bound, 3) if bound else 0.0
    everything = [value for one in over for values in one.times.values() for value in values]
    p99, lists_p95 = percentile(everything, 0.99), percentile(lists, 0.95)
    failures = [text for one in (*over, *alone) for text in one.failures]
    return Scenario(
        name=NAME, ours=speed, unit="writes/s", limit=bound, peers={}, cpu_ms=round(cpu["web"] + cpu["worker"] + cpu["database"], 2),
        must=(
            Bound("p99_ms", "<=", P99_MUST_MS, p99), Bound("share_of_p1", ">=", SHARE_MUST, part),
            Bound("lists, p95 ms", "<=", LISTS_MUST_MS, lists_p95), Bound("failures", "<=", 0, len(failures)),
        ),
        aim=(Bound("share_of_p1", ">=", SHARE_AIM, part),),
        deferred=("the limit is P1 with nothing beneath it", *shortcomings(asked, busy, preloaded=False)),
        more={
            "remainder": remainder, "p50_ms": percentile(everything, 0.5), "p99_ms": p99, "cpu_parts_ms": cpu, "without_cpu_parts_ms": without,
            "rounds": [[round(one.over.writes / one.over.seconds, 1), round(one.alone.writes / one.alone.seconds, 1)] for one in found],
            "lists_asked": len(lists), "lists_p50_ms": percentile(lists, 0.5), "failures": failures[:5],
        },
    )  # fmt: skip
