"""TR: the traffic of a centre for half an hour (pressed day, arrivals by hour), and a surge in which ten times as many people come
while those who work here are as many as ever.

What must hold: the day is served without a refusal; in the surge visitors are turned away politely (503 with a time to come back), nobody gets another
5xx or no answer at all, staff pages stay as quick as they were (at most twice, or 300 ms, and never more than a second), and every
filing that was acknowledged is there.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench.arrivals import STAFF
from bench.asked import Asked
from bench.lives import lives
from bench.machine import busy_share
from bench.p1 import USUAL, live, percentile, shortcomings, smaller
from bench.results import Bound, Scenario
from bench.site import Site
from config.launch.say import Stop

# Two and a quarter minutes stand for the half hour in the short bench, three quarters of a minute for its surge.
DAY_SECONDS = 1800.0
SHORT_PHASES = 9
MEAN = 25.0
SURGE = 10
SURGE_SHARE = 1 / 3
# Real cases that are there to be read before anybody comes.
LIVED_SECONDS = 5.0
STAFF_MS, STAFF_MOST_MS = 300.0, 1000.0
STAFF_DEFINED = f"surge_staff_p99_ms may be twice that of the day, {STAFF_MS:g} ms where that is less, and never more than {STAFF_MOST_MS:g} ms"
QUEUES = ["/desk", "/desk?tab=in_hand", "/desk?tab=done"]
COUNT = "select count(*) from journal_client_key where key like %(like)s"


def run(asked: Asked) -> Scenario:
    """Bring the site up, let a day pass, then let everybody come at once. Errors: Stop."""
    site, busy = Site(asked.cases), busy_share()
    try:
        site.start()
        live(site, lives(site.prepared), replace(asked, seconds=LIVED_SECONDS, warm=0.5), "lived")
        site.ask("analyze")
        plan = planned(site)
        length = day_seconds(asked)
        day = crowd(site, plan, seconds=length, mean=MEAN, times=1, name="day")
        surge = crowd(
            site,
            plan,
            seconds=max(10.0, length * SURGE_SHARE),
            mean=MEAN,
            times=SURGE,
            name="surge",
        )
        ((kept,),) = site.ask(COUNT, {"like": "traffic-%"})
        return scenario(day, surge, kept, deferred(asked, busy))
    finally:
        site.stop()


def day_seconds(asked: Asked) -> float:
    """How long the day is: half an hour at full size, else nine phases."""
    return DAY_SECONDS if asked.size == "full" else asked.seconds * SHORT_PHASES


def planned(site: Site) -> dict[str, Any]:
    """What is asked for, from what the prepared database holds."""
    readers = json.loads(site.tool(["bench.readers"]))
    ready = site.prepared
    codes = [str(one["item_code"]) for one in ready["matters"]]
    applicants = list(ready["applicants"].values())
    filings = [
        {
            "item_code": one["item_code"], "channel": ready["channel"], "applicant": applicants[place % len(applicants)],
            "answers": one["answers"], "materials": one["materials"],
        }
        for place, one in enumerate(ready["matters"]) if one["materials"]
    ]  # fmt: skip
    if not filings or not readers:
        raise Stop("没有可以申报的事项，或者没有可以看的办件。", "Nothing to file or nobody to read.", code=1)
    # Who works in a department reads its cases: those of another are not there for them.
    staff = [{"cookie": one["cookie"], "queue": QUEUES, "case": one["paths"]["detail"]} for one in readers]
    return {
        "host": "127.0.0.1", "port": site.port, "staff": staff, "token": ready["tokens"]["clerk"],
        "filings": filings,
        "pages": {
            "home": ["/"], "search": ["/items?q=许可", "/items?q=电台", "/items?q=取水", "/items"], "guide": [f"/items/{code}" for code in codes],
            "follow": ["/follow"], "figures": ["/figures", "/figures/definitions"], "report": ["/reports"],
        },
    }  # fmt: skip


def crowd(
    site: Site, plan: dict[str, Any], *, seconds: float, mean: float, times: float, name: str
) -> dict[str, Any]:
    """One phase, from a process of its own."""
    given = {
        **plan,
        "seconds": seconds,
        "mean": mean,
        "flat": times > 1,
        "times": times,
        "seed": name,
        "run": f"traffic-{name}",
    }
    done = subprocess.run(
        [str(site.places.python), "-m", "bench.crowd"], cwd=site.places.root, input=json.dumps(given), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Stop(f"发生器失败：{done.stderr[-1500:]}", "bench.crowd failed.", code=1)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def served(found: dict[str, Any], wants: tuple[str, ...] = ()) -> list[float]:
    """Seconds of what was served, of some wants or of all."""
    return [one for want, times in found["times"].items() if not wants or want in wants for one in times]


def staff_bound(day: Sequence[float]) -> float:
    """What the slowest of a hundred staff pages may take in the surge, in milliseconds, by the seconds of the day's.

    Where staff saw no page in the day there is nothing to be twice of.
    """
    before = percentile(day, 0.99) if day else 0.0
    return min(STAFF_MOST_MS, max(STAFF_MS, 2 * before))


def deferred(asked: Asked, busy: float) -> list[str]:
    """What a reader must know."""
    length = smaller(day_seconds(asked), DAY_SECONDS, "seconds of the day")
    return [STAFF_DEFINED, *length, *shortcomings(replace(asked, rounds=USUAL.rounds), busy, phases=False)]


def scenario(
    day: dict[str, Any], surge: dict[str, Any], kept: int, said: Sequence[str] = (STAFF_DEFINED,)
) -> Scenario:
    """The figures with their goals. The limit is what came: ours is what was served of it in the surge."""
    all_day, in_surge = served(day), served(surge)
    came = len(in_surge) + sum(surge["told"].values()) + surge["failed"]
    staff_told = sum(surge["told"].get(want, 0) for want in STAFF)
    staff_before = served(day, STAFF)
    must = [
        Bound("day_turned_away", "<=", 0, sum(day["told"].values())),
        Bound("day_failed", "<=", 0, day["failed"]),
        Bound("day_p99_ms", "<=", 300.0, percentile(all_day, 0.99)),
        Bound("surge_failed", "<=", 0, surge["failed"]),
        Bound("surge_staff_turned_away", "<=", 0, staff_told),
        Bound(
            "surge_staff_p99_ms",
            "<=",
            staff_bound(staff_before),
            percentile(served(surge, STAFF), 0.99),
        ),
        Bound("acknowledged_and_lost", "<=", 0, day["accepted"] + surge["accepted"] - kept),
    ]
    more = {
        "day": {want: {"served": len(times), "p99_ms": percentile(times, 0.99)} for want, times in sorted(day["times"].items())},
        "surge": {
            want: {"served": len(times), "told": surge["told"].get(want, 0), "p99_ms": percentile(times, 0.99)}
            for want, times in sorted(surge["times"].items())
        },
        "staff_p99_ms_before": percentile(staff_before, 0.99), "failures": [*day["failures"], *surge["failures"]], "retry_after_s": sorted(set(surge["waits"])),
    }  # fmt: skip
    return Scenario(
        "TR", float(len(in_surge)), "requests served of those that came in the surge", float(max(came, 1)), {},
        round(surge["cpu"], 1), must, [], said, more,
    )  # fmt: skip
