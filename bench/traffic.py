"""TR: the traffic of a centre for half an hour (pressed day, arrivals by hour), and a surge of ten times that.

What must hold: the day is served without a refusal; in the surge visitors are turned away politely, nobody fails, staff pages stay quick, and every
filing that was acknowledged is there.
"""

import json
import subprocess
from typing import Any

from bench.asked import Asked
from bench.p1 import percentile
from bench.results import Bound, Scenario
from bench.site import Site
from config.launch.say import Stop

# A minute stands for the half hour in the short bench.
DAY_SECONDS = 1800.0
MEAN = 25.0
SURGE = 10
SURGE_SHARE = 0.25
STAFF = ("queue", "case")
COUNT = "select count(*) from journal_client_key where key like %(like)s"


def run(asked: Asked) -> Scenario:
    """Bring the site up, let a day pass, then let everybody come at once. Errors: Stop."""
    site = Site(asked.cases)
    try:
        site.start()
        plan = planned(site)
        length = day_seconds(asked)
        day = crowd(site, plan, seconds=length, mean=MEAN, flat=False, name="day")
        surge = crowd(
            site,
            plan,
            seconds=max(10.0, length * SURGE_SHARE),
            mean=MEAN * SURGE,
            flat=True,
            name="surge",
        )
        ((kept,),) = site.ask(COUNT, {"like": "traffic-%"})
        return scenario(day, surge, kept)
    finally:
        site.stop()


def day_seconds(asked: Asked) -> float:
    """How long the day is: half an hour at full size, else four phases."""
    return DAY_SECONDS if asked.size == "full" else asked.seconds * 4


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
    cases = [path for one in readers for path in one["paths"]["detail"]]
    return {
        "host": "127.0.0.1", "port": site.port, "cookies": [one["cookie"] for one in readers], "token": ready["tokens"]["clerk"],
        "filings": filings,
        "pages": {
            "home": ["/"], "search": ["/items?q=许可", "/items?q=电台", "/items?q=取水", "/items"], "guide": [f"/items/{code}" for code in codes],
            "follow": ["/follow"], "figures": ["/figures", "/figures/definitions"], "report": ["/reports"],
            "queue": ["/desk", "/desk?tab=in_hand", "/desk?tab=done"], "case": cases,
        },
    }  # fmt: skip


def crowd(
    site: Site, plan: dict[str, Any], *, seconds: float, mean: float, flat: bool, name: str
) -> dict[str, Any]:
    """One phase, from a process of its own."""
    given = {**plan, "seconds": seconds, "mean": mean, "flat": flat, "seed": name, "run": f"traffic-{name}"}
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


def scenario(day: dict[str, Any], surge: dict[str, Any], kept: int) -> Scenario:
    """The figures with their goals. The limit is what came: ours is what was served of it in the surge."""
    all_day, in_surge = served(day), served(surge)
    came = len(in_surge) + sum(surge["told"].values()) + surge["failed"]
    staff_told = sum(surge["told"].get(want, 0) for want in STAFF)
    must = [
        Bound("day_turned_away", "<=", 0, sum(day["told"].values())),
        Bound("day_failed", "<=", 0, day["failed"]),
        Bound("day_p99_ms", "<=", 300.0, percentile(all_day, 0.99)),
        Bound("surge_failed", "<=", 0, surge["failed"]),
        Bound("surge_staff_turned_away", "<=", 0, staff_told),
        Bound("surge_staff_p99_ms", "<=", 1000.0, percentile(served(surge, STAFF), 0.99)),
        Bound("acknowledged_and_lost", "<=", 0, day["accepted"] + surge["accepted"] - kept),
    ]
    more = {
        "day": {want: {"served": len(times), "p99_ms": percentile(times, 0.99)} for want, times in sorted(day["times"].items())},
        "surge": {
            want: {"served": len(times), "told": surge["told"].get(want, 0), "p99_ms": percentile(times, 0.99)}
            for want, times in sorted(surge["times"].items())
        },
        "failures": [*day["failures"], *surge["failures"]], "retry_after_s": sorted(set(surge["waits"])),
    }  # fmt: skip
    return Scenario(
        "TR", float(len(in_surge)), "requests served of those that came in the surge", float(max(came, 1)), {},
        round(surge["cpu"], 1), must, [], more=more,
    )  # fmt: skip
