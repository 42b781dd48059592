"""P4: a report from the figures in the database to PDF and DOCX, beside typst alone on the same text with its compiler kept."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace

from bench.asked import Asked
from bench.machine import busy_share
from bench.p1 import shortcomings, smaller
from bench.results import Bound, Scenario
from bench.site import Site
from config.launch.say import Stop

MUST = {"to_limit": 3.0, "warm_ms": 600.0, "cold_ms": 1500.0, "together_s": 10.0}
AIM = {"to_limit": 1.5, "warm_ms": 200.0}
ROUNDS = 15
DEFINED_PAGES = 3
# The report reads figures, not cases: the months of the demonstration are enough, P3 measures the reading at volume.
CASES = 0


def run(asked: Asked) -> Scenario:
    """Load the demonstration, print its draft again and again. Errors: Stop."""
    site, busy = Site(CASES), busy_share()
    try:
        site.start()
        load_demonstration(site)
        stand_still(site)
        found = json.loads(site.tool(["bench.press", str(ROUNDS)]))
        # It is printed fifteen times whatever was asked.
        return scenario(
            found, shortcomings(replace(asked, rounds=ROUNDS), busy, preloaded=False, phases=False)
        )
    finally:
        site.stop()


def load_demonstration(site: Site) -> None:
    """The demonstration's month, with its draft of a report."""
    command(site, ["demo", "load"], "演示数据装不进去")


def stand_still(site: Site) -> None:
    """Seal everything and end the worker: a draft names the newest seal, and the same report has the same bytes only of the same seal."""
    site.rest_worker()
    command(site, ["drain"], "封不了账")


def command(site: Site, arguments: list[str], trouble: str) -> None:
    """One of the product's commands on the database under test. Errors: Stop."""
    done = subprocess.run(
        [str(site.places.command), *arguments], cwd=site.places.root, env={**site.environment(), "YICHUANG_DEMO": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Stop(f"{trouble}：{done.stderr[-1500:]}", f"{arguments} failed.", code=1)


def scenario(found: dict[str, float], said: Sequence[str] = ()) -> Scenario:
    """The figures against their goals. Ours is to be small: the ratio says how many times the limit it takes."""
    warm, limit = round(found["warm_ms"], 1), round(found["pdf_ms"], 1)
    values = {
        "to_limit": round(found["warm_ms"] / found["pdf_ms"], 2), "warm_ms": warm, "cold_ms": round(found["cold_ms"], 1),
        "together_s": round(found["together_s"], 2),
    }  # fmt: skip
    must = [Bound(name, "<=", bound, values[name]) for name, bound in MUST.items()]
    must.append(Bound("different_bytes", "<=", 0, found["different"]))
    aim = [Bound(name, "<=", bound, values[name]) for name, bound in AIM.items()]
    more = {name: found[name] for name in ("pages", "pdf_bytes", "docx_bytes")}
    told = [*said, *smaller(found["pages"], DEFINED_PAGES, "pages of the report")]
    return Scenario("P4", warm, "ms", limit, {}, round(found["cpu_ms"], 1), must, aim, told, more)
