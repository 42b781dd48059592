"""P7: memory of the whole product while cases are lived, pages are read, charts are drawn and reports are printed: PSS of every
process, PostgreSQL's buffers left out.

The processes are those of `make run`: launcher, web server with two workers, a worker for short jobs that drains, a worker for long
jobs, PostgreSQL. The engines that draw charts and set documents are there only while somebody asks: they are told apart and held
to the bound of long jobs. First everything is used once, so that what a process keeps is there; then cases are lived for the
length of the run while pages are read (ten a second), charts drawn and reports printed with theirs (one in two seconds) and memory
is looked at, and the growth is that of this time.
"""

import json
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from bench import p6
from bench.asked import Asked
from bench.lives import lives
from bench.memory import Sample, Watch, growth, slope
from bench.p1 import CLEAR, Ours, live
from bench.p4 import load_demonstration
from bench.results import Bound, Scenario
from bench.site import Site, pid_of
from bench.stopping import talking

MB = 2**20
FULL_SECONDS, SHORT_PHASES = 3600.0, 3
# Everything is used so long before growth counts.
USED_SECONDS = 5.0
PAGES_RATE, PRINTS_RATE = 10.0, 0.5
PRINTS_SHARES = {"report": 0.25, "charts": 0.75}
USED_PRINTS_RATE, USED_PRINTS_SHARES = 4.0, {"report": 0.6, "charts": 0.4}
# The engines, wherever they were started from: kinds of their own.
APART = {
    "charts": "yichuang.gateways.drawing_engine",
    "typesetting": "yichuang.gateways.documents.typesetting_engine",
}
LOOKS, LOOKS_FULL = 36, 120
# A small Django site with two processes on the same kind of machine, everything but the database.
SMALL_DJANGO_MB = 94.0
MUST = {"web_worker_mb": 110.0, "whole_mb": 600.0, "engines_mb": 256.0, "growth": 0.02}
AIM = {"web_worker_mb": 80.0, "whole_mb": 400.0}
# What the launcher holds while it waits: its modules, and nothing that it does.
LAUNCHER = "import time, config.launch.running, config.launch.__main__; time.sleep(1e6)"


def run(asked: Asked) -> Scenario:
    """Bring the whole product up, use it, live cases and look. Errors: Stop."""
    site = Site(asked.cases)
    try:
        site.start()
        plan = lives(site.prepared)
        site.rest_worker()
        roots = started(site)
        readers, printers = used(site, plan, asked)
        length = seconds(asked)
        how = replace(asked, seconds=length, warm=0.5)
        plans = [
            p6.planned(site.port, readers, how, PAGES_RATE),
            p6.planned(site.port, printers, how, PRINTS_RATE, PRINTS_SHARES),
        ]
        every = length / (LOOKS_FULL if asked.size == "full" else LOOKS)
        with Watch(roots, every, APART) as watch, reading(site, plans) as told:
            done = live(site, plan, how, "p7")
        say("before", watch.samples[0])
        say("at the end", watch.samples[-1])
        return scenario(watch.samples, done, length, told)
    finally:
        site.stop()


def seconds(asked: Asked) -> float:
    """How long cases are lived while memory is looked at: an hour at full size."""
    return FULL_SECONDS if asked.size == "full" else asked.seconds * SHORT_PHASES


def started(site: Site) -> dict[str, int | None]:
    """The processes that `make run` has beside web server and database; the roots of all, by kind."""
    command = str(site.places.command)
    short = site.start_beside("worker", [command, "work", "--queues", "short"])
    long = site.start_beside("long worker", [command, "work", "--queues", "long", "--no-drain", "--sleep"])
    launcher = site.start_beside("launcher", [str(site.places.python), "-c", LAUNCHER])
    return {
        "web": pid_of(site.web), "worker": short.pid, "long worker": long.pid, "launcher": launcher.pid,
        "database": site.cluster.pid(),
    }  # fmt: skip


Readers = list[dict[str, Any]]


def used(site: Site, plan: list[list[dict[str, str]]], asked: Asked) -> tuple[Readers, Readers]:
    """Everything once, before growth counts: lives, lists, cases, figures, charts, reports; who reads, and who prints."""
    how = replace(asked, seconds=USED_SECONDS, warm=0.5)
    load_demonstration(site)
    live(site, plan, how, "p7warm")
    site.ask(CLEAR)
    site.ask("analyze")
    readers: Readers = json.loads(site.tool(["bench.readers"]))
    printers: Readers = json.loads(site.tool(["bench.readers", "--printing"]))
    # Often enough that each of the web processes has printed: the engine that sets a report stays with it.
    with reading(site, [p6.planned(site.port, printers, how, USED_PRINTS_RATE, USED_PRINTS_SHARES)]):
        p6.phase(site, site.port, pid_of(site.web), readers, how, p6.RATE)
    live(site, plan, how, "p7again")
    return readers, printers


@contextmanager
def reading(site: Site, plans: Sequence[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Loads that read while the block runs; what each saw stands in the list afterwards."""
    told: list[dict[str, Any]] = []
    with ExitStack() as stack:
        command = [str(site.places.python), "-m", p6.LOAD]
        started = [stack.enter_context(talking(command, site.places.root)) for _ in plans]
        for process, plan in zip(started, plans, strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps(plan))
            process.stdin.close()
        yield told
        for process in started:
            assert process.stdout is not None
            told.append(json.loads(process.stdout.read().splitlines()[-1]))


def say(word: str, one: Sample) -> None:
    """One line of progress."""
    parts = ", ".join(f"{kind} {size / MB:.0f}" for kind, size in one.bytes.items())
    print(f"  {word}: {one.whole / MB:.0f} MB ({parts})", file=sys.stderr, flush=True)


def scenario(
    samples: Sequence[Sample], done: Ours, length: float, told: Sequence[Mapping[str, Any]] = ()
) -> Scenario:
    """The figures with their goals: the most that was seen, and the growth from the first quarter to the last.

    `told`: what the loads beside the lives saw; a page that failed held no memory, and counts as a failure.
    """
    pages = {kind: len(times) for one in told for kind, times in one["times"].items()}
    failures = [*done.failures, *(words for one in told for words in one["failures"])]
    failed = len(done.failures) + sum(one["failed"] for one in told)
    # What was asked for and never came is no less a failure than what came and was none.
    absent = [kind for kind in (*p6.SHARES, *PRINTS_SHARES) if told and not pages.get(kind)]
    lasting, passing = [one.without(APART) for one in samples], [one.only(APART) for one in samples]
    most = max(samples, key=lambda one: one.without(APART).whole)
    whole = round(most.without(APART).whole / MB, 1)
    worker = round(max(one.largest["web"] for one in samples) / MB, 1)
    engines = round(max(one.whole for one in passing) / MB, 1)
    grew = round(growth(lasting), 4)
    values = {"web_worker_mb": worker, "whole_mb": whole, "engines_mb": engines, "growth": grew}
    more: dict[str, Any] = {
        "first_mb": _megabytes(samples[0]), "most_mb": _megabytes(most), "last_mb": _megabytes(samples[-1]),
        "first_quarter_mb": _typical(samples[: len(samples) // 4]), "last_quarter_mb": _typical(samples[-(len(samples) // 4) :]),
        "engines_most_mb": _megabytes(max(passing, key=lambda one: one.whole)),
        "slope_mb_an_hour": round(slope(lasting) / MB, 1), "seconds": length, "looks": len(samples), "writes": done.writes,
        "pages": pages, "failures": failures[:5],
    }  # fmt: skip
    return Scenario(
        name="P7", ours=whole, unit="MB", limit=SMALL_DJANGO_MB, peers={"small_django": SMALL_DJANGO_MB},
        cpu_ms=round(1000 * (done.used.web + done.used.worker + done.used.database) / max(1, done.writes + sum(pages.values())), 2),
        must=[
            *(Bound(name, "<=", bound, values[name]) for name, bound in MUST.items()),
            Bound("failures", "<=", 0, failed), Bound("kinds of pages not read", "<=", 0, len(absent)),
        ],
        aim=[Bound(name, "<=", bound, values[name]) for name, bound in AIM.items()],
        deferred=deferred(length), more=more,
    )  # fmt: skip


def _megabytes(one: Sample) -> dict[str, float]:
    return {kind: round(size / MB, 1) for kind, size in one.bytes.items()}


def _typical(samples: Sequence[Sample]) -> dict[str, float]:
    """The middle of each kind: which of them grew."""
    return {
        kind: round(statistics.median(one.bytes[kind] for one in samples) / MB, 1)
        for kind in samples[0].bytes
    }


def deferred(length: float) -> list[str]:
    """What a reader must know."""
    found = [
        "the engines that draw charts and set documents end seconds after the last question: they are held to 256 MB, the bound of long jobs",
        "the limit is a small Django site without this product's features, quoted; the launcher is a process with its modules that only waits",
        "peaks of long jobs are measured with the jobs (P2, P2x)",
    ]
    if length < FULL_SECONDS:
        found.append(f"growth over {length:g} s of P1 instead of an hour")
    return found
