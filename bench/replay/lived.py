"""The replay in the environment of a migrated database: `python -m bench.replay.lived SCALE DEPARTMENTS ITEMS LOADERS`; prints JSON.

Processes load through the door of the exchange (`bench.replay.loader`) while another drains (`bench.replay.drainer`). Every printed report
is issued by the platform's own commands on its day of issue; what it says is its frozen snapshot.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from bench.replay.comparison import Line, compared  # noqa: E402
from bench.replay.door import evening  # noqa: E402
from bench.replay.plan import CARRIED_OVER, plan  # noqa: E402
from bench.replay.printed import GROUPS, ISSUES, LABELS, LAST, Printed  # noqa: E402
from bench.replay.register import register  # noqa: E402
from bench.replay.spent import Spent, spent  # noqa: E402
from bench.replay.world import world  # noqa: E402
from yichuang.kernel.actor import SYSTEM  # noqa: E402
from yichuang.kernel.times import SHANGHAI  # noqa: E402
from yichuang.reports.flow import State  # noqa: E402
from yichuang.reports.models import PrintedFigure, Report  # noqa: E402
from yichuang.reports.tests import factories as make  # noqa: E402
from yichuang.statistics import commands  # noqa: E402
from yichuang.statistics.commands.recount import recount  # noqa: E402

DRAINED = 50_000
MEASURES = {"受理": "accepted", "办结": "concluded"}
Figures = dict[tuple[str, str, str], int]
Told = dict[str, float]


def moment(day: date) -> datetime:
    """An afternoon."""
    return datetime.combine(day, clock(16), SHANGHAI)


def computed(issue: Printed) -> Figures:
    """What the platform says of an issue's days: its report is issued (or was, by a run that was killed), and its snapshot read.

    Errors: AssertionError where paper and snapshot differ.
    """
    there = Report.objects.filter(
        first_day=issue.first, last_day=issue.last, state=State.ISSUED.value
    ).first()
    made = there or make.issued(issue.first, issue.last, at=moment(issue.issued))
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


class Loading:
    """The processes that load and the one that drains; `end` ends them all."""

    def __init__(self, world_of: Sequence[int], loaders: int) -> None:
        self.loaders = [
            self._process("loader", *world_of, share, loaders, given=subprocess.PIPE)
            for share in range(loaders)
        ]
        self.drainer = self._process("drainer")
        self.told: list[Told] = []

    @staticmethod
    def _process(name: str, *arguments: int, given: int | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, "-W", "ignore", "-m", f"bench.replay.{name}", *map(str, arguments)]
        return subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, text=True)

    def upto(self, last: date) -> None:
        """Let all of them load up to a day. Raises RuntimeError where one has failed."""
        for one in self.loaders:
            assert one.stdin is not None
            one.stdin.write(f"{last}\n")
            one.stdin.flush()
        for one in self.loaders:
            assert one.stdout is not None
            answer = one.stdout.readline()
            if not answer:
                raise RuntimeError(f"a loading process ended before {last}, its reason stands above")
            self.told.append(json.loads(answer))

    def drained(self) -> Told:
        """End the drain in order; what it told."""
        self.drainer.terminate()
        said, _ = self.drainer.communicate()
        if self.drainer.returncode != 0:
            raise RuntimeError("the drain has failed, its reason stands above")
        found: Told = json.loads(said)
        return found

    def end(self) -> None:
        """Leave no process behind."""
        for one in (*self.loaders, self.drainer):
            if one.poll() is None:
                one.kill()
            one.wait()


def drain(day: date) -> int:
    """Drain what is left. How many facts."""
    total = 0
    while drained := commands.close_batch(at=moment(day), limit=DRAINED):
        total += drained
    return total


def loaded(world_of: Sequence[int], loaders: int) -> dict[str, Any]:
    """The year through the door, each report issued on its day."""
    year, lines = plan(world_of[0]), list[Line]()
    began, loading = time.monotonic(), Loading(world_of, loaders)
    try:
        for issue in ISSUES:
            loading.upto(min(issue.issued - timedelta(days=1), LAST))
            lines += compared(issue, year, computed(issue))
        before, beside = spent(), loading.drained()
        beside["events"] += drain(LAST)
        after = Spent.between(before, spent())
    finally:
        loading.end()
    load = {name: sum(one[name] for one in loading.told) for name in loading.told[0]}
    beside = {
        name: value + after.as_json().get(name, 0.0) if name in ("python", "database") else value
        for name, value in beside.items()
    }
    return {
        "lines": [asdict(one) for one in lines], "load": load, "drain": beside, "loaders": loaders,
        "seconds": time.monotonic() - began,
    }  # fmt: skip


def lived(world_of: Sequence[int], loaders: int) -> dict[str, Any]:
    """The year, and its recount."""
    register(world(*world_of[1:]), at=evening(CARRIED_OVER[0]))
    told = loaded(world_of, loaders)
    result = recount(CARRIED_OVER[0], LAST, by=SYSTEM, at=moment(LAST))
    return told | {
        "differences": result.differences, "cells": result.cells, "recount_seconds": float(result.seconds),
    }  # fmt: skip


if __name__ == "__main__":
    *world_given, processes = map(int, sys.argv[1:5])
    print(json.dumps(lived(world_given, processes)))
