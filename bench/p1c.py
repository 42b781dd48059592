"""P1c: P1 with everybody in one department and one item on one day, beside P1 as it is in the same run."""

from contextlib import nullcontext

from bench import beside
from bench.asked import Asked
from bench.results import Scenario
from bench.site import Site

MUST, AIM = 0.85, 0.95


def run(asked: Asked) -> Scenario:
    """Take turns of many matters and of one. Errors: Stop."""
    hot = beside.Variant("P1c", asked, nullcontext, MUST, AIM, matters=1)
    return beside.beside_itself(Site(asked.cases), asked, hot)
