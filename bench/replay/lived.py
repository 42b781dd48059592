"""The replay in the environment of an empty, migrated database: `python -m bench.replay.lived SCALE DEPARTMENTS ITEMS`; prints JSON.

Every printed report is issued by the platform's own commands on its day of issue; what it says is its frozen snapshot.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from bench.replay.comparison import Line, compared  # noqa: E402
from bench.replay.direct import loader  # noqa: E402
from bench.replay.events import Event, batches, events, until  # noqa: E402
from bench.replay.plan import FIRST, plan  # noqa: E402
from bench.replay.printed import GROUPS, ISSUES, LABELS, LAST, Printed  # noqa: E402
from bench.replay.world import world  # noqa: E402
from yichuang.directory.tests import factories as people  # noqa: E402
from yichuang.kernel.actor import SYSTEM  # noqa: E402
from yichuang.kernel.keys import uuid7  # noqa: E402
from yichuang.kernel.times import SHANGHAI  # noqa: E402
from yichuang.reports.models import PrintedFigure  # noqa: E402
from yichuang.reports.tests import factories as make  # noqa: E402
from yichuang.statistics import commands  # noqa: E402
from yichuang.statistics.commands.recount import recount  # noqa: E402

PIECE = 500_000
DRAINED = 50_000
MEASURES = {"受理": "accepted", "办结": "concluded"}
Figures = dict[tuple[str, str, str], int]


def moment(day: date) -> datetime:
    """An afternoon."""
    return datetime.combine(day, clock(16), SHANGHAI)


def computed(issue: Printed) -> Figures:
    """What the platform says of an issue's days: its report is issued, and its snapshot read. Errors: AssertionError where paper and
    snapshot differ.
    """
    made = make.issued(issue.first, issue.last, at=moment(issue.issued))
    assert made.snapshot is not None
    found: Figures = {}
    for figure in commands.frozen_figures(made.snapshot):
        if figure.group in GROUPS and figure.department is None and figure.measure in MEASURES.values():
            assert isinstance(figure.value, int)
            found[figure.scope, figure.group, figure.measure] = figure.value
    groups = {label: group for group, label in LABELS.items()}
    on_paper = PrintedFigure.objects.filter(report=made, scope="year_to_date", type__in=groups)
    printed = {(groups[row.type], MEASURES[row.measure]): int(row.value) for row in on_paper}
    assert printed == {(group, measure): found["year_to_date", group, measure] for group in GROUPS for measure in MEASURES.values()}  # fmt: skip
    return found


class Replay:
    """One replay: what was loaded, and how long it took."""

    def __init__(self, departments: int, items: int) -> None:
        self.matters = world(departments, items)
        bodies = {
            f"D{place:03d}": people.department(f"示例{place}厅", f"{place:03d}", f"示{place}").pk
            for place in range(1, departments + 1)
        }
        codes = {one.item for group in GROUPS for one in self.matters[group]}
        self.load = loader(bodies, {code: uuid7(moment(FIRST)) for code in sorted(codes)})
        self.events, self.loading, self.draining = 0, 0.0, 0.0

    def take(self, source: Iterator[Event], day: date, *, drain: bool) -> None:
        """Load events in pieces, each drained; the last piece waits where `drain` is false."""
        for piece in batches(source, PIECE):
            begun = time.monotonic()
            self.load(piece)
            self.loading += time.monotonic() - begun
            self.events += len(piece)
            if drain or len(piece) == PIECE:
                self.drain(day)
            print(f"  {day}: {self.events:,} events", file=sys.stderr, flush=True)

    def drain(self, day: date) -> None:
        """Drain everything."""
        begun = time.monotonic()
        while commands.close_batch(at=moment(day), limit=DRAINED):
            pass
        self.draining += time.monotonic() - begun


def lived(scale: int, departments: int, items: int) -> dict[str, Any]:
    """The year: one issue with everything drained, the next with what waits counted in."""
    year, replay = plan(scale), Replay(departments, items)
    source, kept, lines = events(year, replay.matters), list[Event](), list[Line]()
    for issue in ISSUES:
        last = min(issue.issued - timedelta(days=1), LAST)
        replay.take(until(source, last, kept), issue.issued, drain=issue.number % 2 == 0)
        lines += compared(issue, year, computed(issue))
    replay.drain(LAST)
    result = recount(date(2021, 12, 1), LAST, by=SYSTEM, at=moment(LAST))
    return {
        "lines": [asdict(one) for one in lines], "events": replay.events, "load_seconds": replay.loading,
        "drain_seconds": replay.draining, "differences": result.differences,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(lived(*map(int, sys.argv[1:4]))))
