"""P5: search over 100,000 guides of about 400 characters: 300 fixed questions of one to three words, the 20 commonest among
them, the best twenty in order; beside it the scan that a `like` needs. Everything through the very function that the pages call.

The documents are made of words drawn by Zipf's law from the names of the real catalogue. `recall`: how many of the best twenty by the
same rule over every document are among those that were ranked (candidates are capped before they are ranked).
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench.asked import Asked
from bench.machine import busy_share
from bench.p1 import percentile, shortcomings, smaller
from bench.results import Bound, Scenario
from bench.site import Site

DOCUMENTS, QUESTIONS = 100_000, 300
# Of the questions so many are asked of the scan, too, whose median is the limit.
SCANNED, SCANNED_SHORT = 30, 10


def run(asked: Asked) -> Scenario:
    """Fill the catalogue of a site, ask, compare. Errors: Stop."""
    # Guides are looked for, not cases.
    site, busy = Site(0), busy_share()
    try:
        site.start()
        site.rest_worker()
        site.tool(["bench.documents_searched", "fill", str(DOCUMENTS)])
        site.ask("vacuum analyze catalogue_item")
        scanned = SCANNED_SHORT if asked.size == "short" else SCANNED
        told = json.loads(site.tool(["bench.documents_searched", "ask", str(scanned)]))
        return scenario(told, shortcomings(replace(asked, rounds=1), busy, preloaded=False, phases=False))
    finally:
        site.stop()


def scenario(told: dict[str, Any], said: Sequence[str] = ()) -> Scenario:
    """The figures with their goals."""
    ours, scan = told["ours"], told["scan"]
    p50, p99 = percentile(ours, 0.5), percentile(ours, 0.99)
    floor = percentile(scan, 0.5)
    common = percentile(told["common"], 0.99)
    # A scan that answered nothing is nothing to be quicker than.
    faster = round(floor / p50, 1) if ours and scan else 0.0
    return Scenario(
        name="P5", ours=p99, unit="ms, p99 of 300 questions", limit=floor, peers={"like_scan_p50": floor},
        cpu_ms=round(told["cpu"] * 1000 / max(1, len(ours)), 2),
        must=(
            Bound("p50 ms", "<=", 10.0, p50), Bound("p99 ms", "<=", 60.0, p99), Bound("times the scan", ">=", 20.0, faster),
            Bound("recall of 20", ">=", 0.9, told["recall"]), Bound("an edit is found after, s", "<=", 1.0, told["edit"]),
        ),
        aim=(Bound("p99 ms", "<=", 15.0, p99),),
        deferred=[
            *said, *smaller(told["documents"], DOCUMENTS, "documents"), *smaller(len(ours), QUESTIONS, "questions"),
            *smaller(len(scan), SCANNED, "questions of the scan"),
        ],
        more={"documents": told["documents"], "common_p99_ms": common, "questions": len(ours), "scanned": len(scan)},
    )  # fmt: skip
