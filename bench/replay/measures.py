"""What a loaded year answers, and how fast: `python -m bench.replay.measures SCALE DEPARTMENTS ITEMS`; prints JSON. In the environment of
a database that `bench.replay.lived` has filled.
"""

import json
import os
import statistics as middle
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.test import Client  # noqa: E402

from bench.figure_set import report_set  # noqa: E402
from bench.replay.asking import Question, quantile, questions  # noqa: E402
from bench.replay.plan import plan  # noqa: E402
from bench.replay.printed import ISSUES, LAST  # noqa: E402
from bench.replay.spent import Spent, spent  # noqa: E402
from yichuang.cases.queries.queues import WORK_OF_TAB, Filters, counts, queue  # noqa: E402
from yichuang.directory.flow import Capability  # noqa: E402
from yichuang.directory.models import Department  # noqa: E402
from yichuang.directory.tests import factories as people  # noqa: E402
from yichuang.exchange.queries.overview import standings  # noqa: E402
from yichuang.kernel import sql  # noqa: E402
from yichuang.kernel.actor import SYSTEM, Actor  # noqa: E402
from yichuang.kernel.times import SHANGHAI  # noqa: E402
from yichuang.statistics import queries  # noqa: E402
from yichuang.statistics.commands.recount import recount  # noqa: E402

ROUNDS = 15
ASKED = 200
MOST_TRIES = 50
"""So often a figure is drawn for one that counts something."""
PAGE = 50
WEEK = ISSUES[-1].first, ISSUES[-1].last
PERIOD = f"first={WEEK[0]}&last={WEEK[1]}"
PAGES = {
    "figures of a week": f"/desk/figures?{PERIOD}",
    "figures of the year": "/desk/figures?first=2022-01-01&last=2022-11-18",
    "cases behind a figure": f"/desk/figures/cases?measure=accepted&group=public_service&{PERIOD}",
    "public figures": f"/figures?{PERIOD}",
    "reported cases": "/desk/exchange/cases",
    "systems that report": "/desk/exchange",
    "queue": "/desk",
}
LEAST_BYTES = 5
"""An event: tables that have less are not told apart."""
BYTES = """
select coalesce(i.inhparent::regclass::text, c.relname), sum(pg_table_size(c.oid))::bigint, sum(pg_indexes_size(c.oid))::bigint
from pg_class c left join pg_inherits i on i.inhrelid = c.oid
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
group by 1 order by 2 desc
"""


@dataclass
class Timed:
    """How long something took again and again, and how many statements it asked (of the last time)."""

    milliseconds: list[float] = field(default_factory=list)
    statements: int = 0

    def take(self, work: Callable[[], Any]) -> Any:
        """Do it once more."""
        with sql.counting() as asked:
            began = time.perf_counter()
            found = work()
            self.milliseconds.append((time.perf_counter() - began) * 1000)
        self.statements = len(asked)
        return found

    def as_json(self) -> dict[str, float]:
        """Half of them were quicker than p50, of a hundred five slower than p95."""
        if not self.milliseconds:
            return dict.fromkeys(("p50_ms", "p95_ms", "worst_ms", "times", "statements"), 0)
        return {
            "p50_ms": round(middle.median(self.milliseconds), 2), "p95_ms": round(quantile(self.milliseconds, 0.95), 2),
            "worst_ms": round(max(self.milliseconds), 2), "times": len(self.milliseconds), "statements": self.statements,
        }  # fmt: skip


def again(work: Callable[[], Any]) -> dict[str, float]:
    """How long some work takes, on the clock and of both processors; the first time is not told."""
    found = Timed()
    work()
    before = spent()
    for _ in range(ROUNDS):
        found.take(work)
    took = Spent.between(before, spent())
    return found.as_json() | {"cpu_ms": round((took.python + took.database) * 1000 / ROUNDS, 2)}


def reader() -> Actor:
    """Somebody who sees everything that these pages show."""
    office = people.department("政务督查处", "904", "")
    held = [Capability.FIGURES_READ, Capability.CASE_SEARCH, Capability.EXCHANGE_RESOLVE]
    return people.staff("replay.reader", people.post(office, "读数岗", held, everywhere=True))


def drill_down(by: Actor, asked: int = ASKED) -> dict[str, Any]:
    """Pages of 50 behind random figures, read as people read them; figures that count nothing lead nowhere."""
    bodies = list(Department.objects.filter(items__isnull=False).distinct().values_list("pk", flat=True))
    first, last, jumped = Timed(), Timed(), Timed()
    statements, figures = 0, 0
    for question in islice(questions(sorted(bodies, key=str)), asked * MOST_TRIES):
        times = list(walked(question, question.after(bodies), by))
        if not times:
            continue
        figures += 1
        (jumped if question.jump else first).milliseconds.append(times[0].milliseconds[0])
        last.milliseconds.append(times[-1].milliseconds[0])
        statements = max(statements, *(one.statements for one in times))
        if figures == asked:
            break
    everything = [*first.milliseconds, *jumped.milliseconds, *last.milliseconds]
    return {
        "figures": figures, "first": first.as_json(), "inside": jumped.as_json(), "deepest": last.as_json(),
        "p50_ms": round(quantile(everything, 0.5), 2), "p95_ms": round(quantile(everything, 0.95), 2), "most_statements": statements,
    }  # fmt: skip


def walked(question: Question, after: str, by: Actor) -> Iterator[Timed]:
    """Page after page; nothing where the figure counts nothing."""
    for _ in range(question.pages):
        timed = Timed()
        page = timed.take(partial(asked_page, question, after, by))
        if not page.rows:
            return
        yield timed
        after = page.following
        if not after:
            return


def asked_page(question: Question, after: str, by: Actor) -> Any:
    """One page of cases."""
    return queries.counted_cases(
        question.measure, by=by, first_day=question.first, last_day=question.last, group=question.group,
        department=question.department, after=after, size=PAGE,
    )  # fmt: skip


def pages(by: Actor) -> dict[str, dict[str, float]]:
    """Pages as a browser gets them."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(people.account_of(by), backend="django.contrib.auth.backends.ModelBackend")

    def got(address: str) -> None:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)

    return {name: again(partial(got, address)) for name, address in PAGES.items()}


def remainder(scale: int, by: Actor) -> dict[str, Any]:
    """已报受理未报办结: as figures have it, as the systems' batches have it, and that no queue knows of it."""
    year = plan(scale)
    wanted = {
        group: opened + sum(n for (of, verb, _), n in year.pieces.items() if (of, verb) == (group, "accepted"))
        - sum(n for (of, verb, _), n in year.pieces.items() if (of, verb) == (group, "concluded"))
        for group, opened in year.opening.items()
    }  # fmt: skip
    found = queries.reported_open(LAST)
    return {
        "wanted": wanted, "found": {group: found[group] for group in wanted},
        "of_systems": sum(one.open for one in standings(by=by)),
        "open_work": (sql.one("select count(*) from cases_work") or (0,))[0],
        "on_tabs": sum(counts(by=by).values()),
        "overdue": sum(len(queue(tab, by=by, filters=Filters(overdue_on=LAST)).rows) for tab in WORK_OF_TAB),
        "reported_open": again(lambda: queries.reported_open(LAST)), "tabs": again(lambda: counts(by=by)),
    }  # fmt: skip


def recounts() -> dict[str, dict[str, float]]:
    """A day and a week counted again from the facts."""
    found: dict[str, dict[str, float]] = {}
    at = datetime.combine(LAST + timedelta(days=1), datetime.min.time(), SHANGHAI)
    for name, first in (("day", date(2022, 5, 12)), ("week", date(2022, 5, 9))):
        last = first if name == "day" else first + timedelta(days=6)
        began = time.perf_counter()
        result = recount(first, last, by=SYSTEM, at=at)
        found[name] = {
            "ms": round((time.perf_counter() - began) * 1000), "cells": result.cells, "differences": result.differences,
        }  # fmt: skip
    return found


def sizes() -> dict[str, Any]:
    """Bytes of the database and of its largest tables, with their indexes, an event."""
    events = int((sql.one("select sum(received) from exchange_batch") or (0,))[0] or 1)
    rows = sql.rows(BYTES)
    whole = int((sql.one("select pg_database_size(current_database())") or (0,))[0])
    return {
        "events": events, "bytes": whole, "bytes_an_event": round(whole / events),
        "tables": {
            name: {"rows": round(heap / events), "indexes": round(indexes / events)}
            for name, heap, indexes in rows if heap + indexes >= LEAST_BYTES * events
        },
    }  # fmt: skip


def measured(scale: int) -> dict[str, Any]:
    """Everything."""
    by = reader()
    steps: dict[str, Callable[[], Any]] = {
        "report_set": lambda: again(report_set), "drill_down": lambda: drill_down(by), "pages": lambda: pages(by),
        "remainder": lambda: remainder(scale, by), "recounts": recounts, "sizes": sizes,
    }  # fmt: skip
    found: dict[str, Any] = {}
    for place, (name, step) in enumerate(islice(steps.items(), len(steps)), start=1):
        print(f"  measuring {name} ({place} of {len(steps)})", file=sys.stderr, flush=True)
        found[name] = step()
    return found


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))))
