"""Where the web server's time goes: `python -m bench.profiled [lives|pages] [--seconds S]` brings a site up, does in one process what its
web server does, looks a thousand times a processor second at what runs, and prints the shares.

Only processor time of this process is seen (the database's stands with P1 by itself); time in C belongs to the Python function
that called it.
"""

import argparse
import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from bench.asked import Asked
from bench.lives import lives
from bench.p1 import live
from bench.site import Site

EVERY = 0.001
# The first that fits names the part.
PARTS = (
    ("psycopg", "the database driver"), ("yichuang/kernel/sql", "the runner of statements"), ("jinja2", "templates"),
    ("/templates/", "templates"), ("django/template", "templates"), ("django/db", "Django's ORM and connections"),
    ("django/middleware", "middleware"), ("django/contrib", "middleware"), ("config/", "middleware"), ("django/urls", "Django's requests and routing"),
    ("django/", "Django's requests and routing"), ("yichuang/journal", "facts, keys, canonical text"), ("/json/", "JSON"),
    ("yichuang/directory", "who it is and what they may"), ("yichuang/catalogue", "guides and their checks"), ("yichuang/workdays", "calendar and clock"),
    ("yichuang/cases", "the case and its rules"), ("yichuang/intake", "answers, materials, receipts"), ("yichuang/home", "pages"),
    ("yichuang/statistics", "figures"), ("yichuang/gateways", "gateways"), ("yichuang/kernel", "kernel"), ("yichuang/", "other rooms"),
)  # fmt: skip
OTHER = "the language's library and the rest"


def part_of(path: str) -> str:
    """Which part a source file belongs to."""
    clean = path.replace("\\", "/")
    return next((part for mark, part in PARTS if mark in clean), OTHER)


@dataclass
class Sampler:
    """Looks at the running function at every tick of the process's own processor clock."""

    parts: Counter[str] = field(default_factory=Counter)
    functions: Counter[str] = field(default_factory=Counter)

    def tick(self, _: int, frame: FrameType | None) -> None:
        """One look: the innermost frame gives the part, every house function on the stack is counted once."""
        if frame is None:
            return
        self.parts[part_of(frame.f_code.co_filename)] += 1
        seen = set()
        while frame is not None:
            path = frame.f_code.co_filename
            for root in ("/yichuang/", "/config/"):
                if root in path:
                    seen.add(f"{root[1:]}{path.rpartition(root)[2]}:{frame.f_code.co_qualname}")
            frame = frame.f_back
        self.functions.update(seen)

    @contextmanager
    def looking(self, every: float = EVERY) -> Iterator[None]:
        """Look until the end of the block; the process's own handler stands again afterwards."""
        before = signal.signal(signal.SIGPROF, self.tick)
        signal.setitimer(signal.ITIMER_PROF, every, every)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)


def shares(counted: Counter[str], whole: int, most: int) -> list[tuple[str, float]]:
    """The largest with their shares of the whole, in descending order, equal ones by name."""
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return [(name, round(count / whole, 3)) for name, count in ordered[:most]] if whole else []


def told(sampler: Sampler, done: int, cpu: float) -> str:
    """The shares as text."""
    whole = sampler.parts.total()
    lines = [f"{done} requests, {cpu * 1000 / max(1, done):.2f} ms processor time each, {whole} looks", ""]
    lines += [f"  {share:6.1%}  {name}" for name, share in shares(sampler.parts, whole, 30)]
    lines += ["", "with everything that they call:"]
    lines += [f"  {share:6.1%}  {name}" for name, share in shares(sampler.functions, whole, 45)]
    return "\n".join(lines)


def repeated(work: Sequence[Callable[[], object]], seconds: float) -> int:
    """Do all of it in turn until the time is over; how often something was done. The whole sequence is ended."""
    end, done = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for one in work:
            one()
            done += 1
    return done


def main() -> None:
    """Bring a site up, let a process of its own look, print what it says. Errors: Stop."""
    parser = argparse.ArgumentParser(prog="python -m bench.profiled", description=__doc__)
    parser.add_argument("what", choices=("lives", "pages"))
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--cases", type=int, default=100_000)
    asked = parser.parse_args()
    site = Site(asked.cases)
    try:
        site.start()
        plan = lives(site.prepared)
        live(site, plan, Asked(seconds=2.0, warm=0.5), "seen")
        site.rest_worker()
        given: Any = plan if asked.what == "lives" else json.loads(site.tool(["bench.readers"]))
        print(site.tool(["bench.profiled_inside", asked.what, str(asked.seconds)], json.dumps(given)))
    finally:
        site.stop()


if __name__ == "__main__":
    main()
