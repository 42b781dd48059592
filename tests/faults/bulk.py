"""B1 and B2: the worker of long jobs is killed at random moments of a file of filings and of a bulk act on its cases; every row
and every case ends exactly once. A worker that is to be killed does everything but the end of its job, before which it waits for
the blow: however late this falls, it falls on a job that is under way.
"""

import gc
import os
import random
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import psycopg
from django.db import connections

from config.launch.machine import open_log
from config.launch.processes import alive, wait_until
from tests.faults.installation import ROOT
from tests.faults.invariants import Auditor, Rows, first
from tests.faults.kills import kill
from yichuang.cases.commands.bulk_acts import prepare_bulk_act, propose_bulk_act, release_bulk_act
from yichuang.cases.flow.bulk_acts import ActKind
from yichuang.cases.queries.bulk_choice import Choice
from yichuang.cases.tests import factories_bulk as acts
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.effects import commands as effects
from yichuang.intake.commands.bulk import confirm_run
from yichuang.intake.tests import factories as make
from yichuang.intake.tests import factories_bulk as filings
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.statistics.commands.recount import recount

# A worker that does nothing for so long will not do anything any more.
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.001
BAD_EVERY = 50

# Nobody is struck earlier than the place that was chosen, and most a moment later.
LINGER_SECONDS = 0.01


class Begin(Protocol):
    """Starts a worker; its id. One that is held never ends a job."""

    def __call__(self, *, held: bool = False) -> int:
        """Start it."""


class Watching(Auditor):
    """An auditor who keeps the line open: whoever waits for a moment asks hundreds of times a second."""

    _line: "psycopg.Connection[Any] | None" = None

    def ask(self, statement: str, parameters: dict[str, Any] | None = None) -> Rows:
        """The rows of a statement, at this moment."""
        if self._line is None:
            self._line = psycopg.connect(self._url, autocommit=True)
        return self._line.execute(statement.encode(), parameters).fetchall()

    def hang_up(self) -> None:
        """Close the line."""
        if self._line is not None:
            self._line.close()
            self._line = None


@contextmanager
def watching(url: str) -> Iterator[Watching]:
    """Somebody who watches a database while the block runs."""
    made = Watching(url)
    try:
        yield made
    finally:
        made.hang_up()


@dataclass(frozen=True, slots=True)
class Job:
    """A job that is killed on its way: how far it has come, and whether it is over."""

    through: Callable[[], int]
    over: Callable[[], bool]


def points(total: int, kills: int, chance: random.Random) -> list[int]:
    """Where to kill: one random place in each of as many equal parts of the way, never before the first step."""
    part = total / max(1, kills)
    return [max(1, int(part * (turn + chance.random() * 0.6))) for turn in range(kills)]


def killed_along(
    begin: Begin, job: Job, places: Sequence[int], chance: random.Random, *, linger: float = LINGER_SECONDS
) -> int:
    """Let workers begin one after the other, kill each as soon as the job has come to its place, or at most so many seconds later;
    how many died so. Only the blow that struck a living worker with its job under way counts.
    """
    kills = 0
    for place in places:
        if job.over():
            break
        pid = begin(held=True)
        wait_until(partial(_there, job, place, pid), PATIENCE_SECONDS, every=LOOK_SECONDS)
        wait_until(job.over, chance.uniform(0, linger), every=LOOK_SECONDS)
        if job.through() >= place and not job.over() and alive(pid):
            kills += kill(pid)
        reap(pid)
    return kills


def _there(job: Job, place: int, pid: int) -> bool:
    return job.through() >= place or job.over() or not alive(pid)


def finished(begin: Begin, job: Job) -> list[str]:
    """Let one more worker bring the job to its end; what is wrong where it does not."""
    pid = begin()
    wait_until(lambda: job.over() or not alive(pid), PATIENCE_SECONDS)
    reap(pid)
    return [] if job.over() else [f"the job stands still at {job.through()}"]


def reap(pid: int) -> None:
    """End a process of ours and wait for it."""
    kill(pid)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def forked(work: Callable[..., object], *, held: bool = False) -> int:
    """The work in a process of its own, which has everything loaded already; its id."""
    connections.close_all()
    gc.collect()
    child = os.fork()
    if child:
        return child
    try:
        work(held=held)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def long_worker(environment: Mapping[str, str], log: Path, *, held: bool = False) -> int:
    """`yichuang work --queues long`, as an installation runs it; its id."""
    handle = open_log(log)
    started = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.faults.long_worker"], cwd=ROOT,
        env={**environment, "FAULTS_HELD": "1" if held else ""},
        stdin=subprocess.DEVNULL, stdout=handle, stderr=handle, start_new_session=True,
    )  # fmt: skip
    os.close(handle)
    # It is waited for by its id: the object must not take its end away.
    started.returncode = 0
    return started.pid


@dataclass(slots=True)
class Filing:
    """A file of filings with its faulty rows, uploaded and not yet looked at."""

    auditor: Watching
    rows: int
    at: datetime
    run: UUID

    @property
    def bad(self) -> set[int]:
        """Faulty rows, as the file numbers them: the first below the heading is 2."""
        return {number + 1 for number in range(1, self.rows + 1) if number % BAD_EVERY == 0}

    def checking(self) -> Job:
        """The rows being judged."""
        return Job(partial(self._told, "read_through"), lambda: self.state() == "checked")

    def filing(self) -> Job:
        """The cases being filed."""
        return Job(partial(self._told, "filed_through"), lambda: self.state() in ("done", "failed"))

    def state(self) -> str:
        """How the run stands."""
        return str(
            self.auditor.ask("select state from intake_bulkrun where id = %(id)s", {"id": self.run})[0][0]
        )

    def _told(self, column: str) -> int:
        asked = f"select {column} from intake_bulkrun where id = %(id)s"
        return int(self.auditor.ask(asked, {"id": self.run})[0][0])

    def confirm(self) -> None:
        """Its operator has it filed."""
        good = int(
            self.auditor.ask("select good from intake_bulkrun where id = %(id)s", {"id": self.run})[0][0]
        )
        confirm_run(self.run, cases=good, by=operator(), at=self.at, key=make.key())

    def wrong(self) -> list[str]:
        """What a file must not leave behind: rows lost or twice, faulty rows not told once, numbers, chains, messages."""
        found = [*self._rows(), *self._list(), *first(self.auditor.all())]
        filed, bad, state = self.auditor.ask(
            "select filed, bad, state from intake_bulkrun where id = %(id)s", {"id": self.run}
        )[0]
        if (filed, bad, state) != (self.rows - len(self.bad), len(self.bad), "done"):
            found.append(f"B1: the run says {state}, {filed} filed, {bad} bad")
        told = self.auditor.ask(
            "select count(*) from notices_message where subject_id = %(id)s", {"id": self.run}
        )
        if told[0][0] != 1:
            found.append(f"B1: the operator was told {told[0][0]} times")
        return found

    def _rows(self) -> list[str]:
        cases = self.auditor.ask(
            "select substring(answers from '示例山(\\d+)号')::int, count(*) from intake_application a "
            "join cases_case c on c.id = a.case_id group by 1"
        )
        wanted = {number for number in range(1, self.rows + 1) if number + 1 not in self.bad}
        lost = wanted - {number for number, _ in cases}
        twice = [number for number, count in cases if count > 1]
        strange = {number for number, _ in cases} - wanted
        return [
            *first(f"B1: row {number + 1} was lost" for number in sorted(lost)),
            *first(f"B1: row {number + 1} was filed twice" for number in twice),
            *first(f"B1: row {number + 1} is faulty and was filed" for number in sorted(strange)),
        ]

    def _list(self) -> list[str]:
        told = self.auditor.ask(
            "select number, count(*) from intake_bulkrow where run_id = %(id)s and state = 'bad' group by 1",
            {"id": self.run},
        )
        if {number for number, _ in told} == self.bad and all(count == 1 for _, count in told):
            return []
        return [f"B1: {len(told)} faulty rows are listed instead of {len(self.bad)}"]


def operator() -> Actor:
    """Who uploads the files."""
    return make.applicant()


def uploaded(auditor: Watching, rows: int, at: datetime) -> Filing:
    """A file of so many rows, of which every fiftieth is faulty."""
    item = filings.offer().item.code
    table = filings.rows(rows)
    for number in range(BAD_EVERY, rows + 1, BAD_EVERY):
        table[number - 1]["承诺日期"] = "2022年13月1日"
    made = filings.begun(filings.as_csv(table), operator(), item=item, at=at)
    return Filing(auditor, rows, at, made.id)


def brought_through(found: Filing, begin: Begin, kills: int, chance: random.Random) -> tuple[int, list[str]]:
    """The file judged, confirmed and filed while workers are killed, half of the kills in each phase; kills, complaints."""
    early = kills // 2
    done = killed_along(begin, found.checking(), points(found.rows, early, chance), chance)
    wrong = finished(begin, found.checking())
    if wrong:
        return done, wrong
    found.confirm()
    done += killed_along(begin, found.filing(), points(found.rows, kills - early, chance), chance)
    return done, [*finished(begin, found.filing()), *found.wrong()]


def figures_agree(at: datetime) -> list[str]:
    """Every figure is drained and equal to its facts, counted again."""
    effects.drain_all(at=at)
    result = recount(None, None, by=SYSTEM, at=at)
    return [f"B1: {result.differences} figures differ from their facts"] if result.differences else []


@dataclass(slots=True)
class Accepting:
    """A bulk act that accepts cases, released and about to be carried out."""

    auditor: Watching
    act: UUID
    cases: int

    def job(self) -> Job:
        """The cases being accepted."""
        return Job(self._done, lambda: self._state() == "done")

    def _done(self) -> int:
        asked = "select count(*) from cases_bulkactcase where act_id = %(id)s and state = 'done'"
        return int(self.auditor.ask(asked, {"id": self.act})[0][0])

    def _state(self) -> str:
        return str(
            self.auditor.ask("select state from cases_bulkact where id = %(id)s", {"id": self.act})[0][0]
        )

    def wrong(self) -> list[str]:
        """What an act must not leave behind: cases that did not move, or twice; figures of its own that are not true."""
        moved = self.auditor.ask(
            "select count(*), count(distinct f.subject_id) from journal_fact f join cases_bulkactcase b "
            "on b.case_id = f.subject_id and b.act_id = %(id)s where f.kind = 'case.accepted'", {"id": self.act},
        )[0]  # fmt: skip
        found = first(self.auditor.all())
        if moved != (self.cases, self.cases):
            found.append(f"B2: {moved[0]} acceptances of {moved[1]} cases, of {self.cases}")
        done, state = self.auditor.ask(
            "select done, state from cases_bulkact where id = %(id)s", {"id": self.act}
        )[0]
        if (done, state) != (self.cases, "done"):
            found.append(f"B2: the act says {state}, {done} done")
        return found


def _two() -> tuple[Actor, Actor]:
    """Who prepares the act, and who releases it."""
    office = Department.objects.order_by("pk").first()
    assert office is not None
    held = people.post(office, "综窗批量岗", [*people.CLERK, Capability.CASE_ACT_BULK], everywhere=True)
    return people.staff("bulk_first", held), people.staff("bulk_second", held)


def released(auditor: Watching, begin: Begin, most: int, at: datetime) -> Accepting:
    """An act that accepts cases that were filed, looked at, proposed and released by two people."""
    rows = auditor.ask(
        "select id from cases_case where state = 'received' order by id limit %(most)s", {"most": most}
    )
    maker, second = _two()
    choice = Choice("本次批量申报", case_ids=tuple(row[0] for row in rows))
    made = prepare_bulk_act(acts.FORMS[ActKind.ACCEPT], choice, by=maker, at=at, key=make.key())
    if made.state == "checking":
        finished(begin, Job(lambda: 0, lambda: acts.fresh(made.pk).state != "checking"))
    propose_bulk_act(made.pk, by=maker, at=at)
    release_bulk_act(made.pk, able=len(rows), by=second, at=at)
    return Accepting(auditor, made.pk, len(rows))
