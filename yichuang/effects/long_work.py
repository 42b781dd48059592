"""Long jobs: files of hundreds of thousands of rows in and out. Each waits as a row of its own room; the long worker asks
every second and does one at a time.

A room knows two functions: which of its jobs wait, and how one goes on from where its row says it stands. Here stands
what all have in common: two workers never run the same job (an advisory lock of the very connection that works, so that
who loses the connection loses the lock too), a job whose worker was killed goes on in another, and a job that fails is
tried again later and at last laid aside, without keeping others waiting.
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.db import connection

from yichuang.cases.commands.bulk_acts_run import lay_aside_act, run_bulk_act
from yichuang.cases.queries.bulk_acts import find_waiting as bulk_acts
from yichuang.effects.webhooks import deliver
from yichuang.exchange.cli import drops
from yichuang.exchange.queries.webhooks import due
from yichuang.exports import render as exports
from yichuang.intake.queries.bulk import find_waiting as bulk_runs
from yichuang.intake.render import bulk_work
from yichuang.kernel import sql
from yichuang.workdays.queries import now

log = logging.getLogger(__name__)
# After its n-th failure a job waits 5 s · 2^n, at most five minutes; after so many it is laid aside.
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 300
MOST_STUMBLES = 8
# Killed without having failed: the machine's fault more likely than the job's, unless it is always this one.
MOST_DEATHS = 40
# What libraries took and Python does not give back: beyond it the worker starts itself anew between two jobs.
WORN_BYTES = 150 * 1024 * 1024


class Run(Protocol):
    """Goes on with a job until it is done, paused or cancelled; safe to run twice."""

    def __call__(self, job_id: UUID, /, *, at: datetime) -> object:
        """Short committed batches (a second at most), the progress in the job's own row."""


class LayAside(Protocol):
    """Marks a job as failed on its own row, with what is to be told."""

    def __call__(self, job_id: UUID, /, *, why: str, at: datetime) -> object:
        """Safe to run twice."""


@dataclass(frozen=True, slots=True)
class Long:
    """A kind of long job: its name, the jobs that wait (oldest first), how one is run, how one is given up.

    A job that is under way waits too: whether somebody is still at it is not the row's but the lock's to say.
    """

    name: str
    find_waiting: Callable[[], list[UUID]]
    run: Run
    lay_aside: LayAside | None = None


# One line a kind.
LONG: tuple[Long, ...] = (
    Long("bulk", bulk_runs, bulk_work.run, bulk_work.lay_aside),
    Long("bulk_act", lambda: bulk_acts(at=now()), run_bulk_act, lay_aside_act),
    Long("export", exports.find_waiting, exports.run, exports.lay_aside),
    Long("drop", drops.find_waiting, drops.run, drops.lay_aside),
    Long("webhook", lambda: due(now()), deliver),
)

TRY_LOCK = "select pg_try_advisory_lock(hashtext('long'), hashtext(%(key)s))"
UNLOCK = "select pg_advisory_unlock(hashtext('long'), hashtext(%(key)s))"
# The locks of this database: PostgreSQL tells those of all of them.
UNDER_WAY = """
select key from unnest(%(keys)s::text[]) as u(key) where exists (
    select from pg_locks
    where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
      and classid = hashtext('long')::oid and objid = hashtext(u.key)::oid and objsubid = 2 and granted)
"""
TROUBLED = """
select key, begun, not_before <= now() and stumbled < %(most)s from effects_longjob where key = any(%(keys)s)
"""
BEGIN = """
insert into effects_longjob (key, begun, stumbled, not_before, trouble) values (%(key)s, 1, 0, now(), '')
on conflict (key) do update set begun = effects_longjob.begun + 1
returning begun, stumbled
"""
STUMBLED = """
update effects_longjob set stumbled = %(times)s, trouble = %(why)s, not_before = now() + make_interval(secs => %(pause)s)
where key = %(key)s
"""
FORGET = "delete from effects_longjob where key = %(key)s"


@dataclass(frozen=True, slots=True)
class _Job:
    kind: Long
    id: UUID

    @property
    def key(self) -> str:
        return f"{self.kind.name}:{self.id}"


def sweep(*, at: datetime, kinds: tuple[Long, ...] | None = None) -> bool:
    """Run one waiting job to its end, if one can be had; False where there is nothing to do now.

    Those that were begun least often come first: a job that kills its worker keeps nobody else waiting.
    """
    for job in _waiting(LONG if kinds is None else kinds):
        if _locked(job):
            try:
                _attempt(job, at)
            finally:
                _unlock(job)
            return True
    return False


def waits(kinds: tuple[Long, ...] | None = None) -> bool:
    """Whether a job waits that may be begun now and that nobody is at: who is woken for one that is, finds nothing to do.

    A job whose worker was killed has lost its lock with it, and waits again.
    """
    keys = {job.key for job in _waiting(LONG if kinds is None else kinds)}
    return bool(keys) and len(sql.rows(UNDER_WAY, {"keys": sorted(keys)})) < len(keys)


def _waiting(kinds: tuple[Long, ...]) -> list[_Job]:
    found = [_Job(kind, job_id) for kind in kinds for job_id in _ask(kind)]
    if not found:
        return []
    wanted = {"keys": [job.key for job in found], "most": MOST_STUMBLES}
    known = {key: (begun, ready) for key, begun, ready in sql.rows(TROUBLED, wanted)}
    fit = [(known.get(job.key, (0, True)), job) for job in found]
    return [job for (_, ready), job in sorted(fit, key=lambda one: one[0][0]) if ready]


def _ask(kind: Long) -> list[UUID]:
    """The waiting jobs of a kind; a kind that cannot be asked keeps no other waiting."""
    try:
        return kind.find_waiting()
    except Exception:
        log.exception("long jobs of kind %s cannot be found", kind.name)
        connection.close()
        return []


def _attempt(job: _Job, at: datetime) -> None:
    row = sql.one(BEGIN, {"key": job.key})
    assert row is not None
    begun, stumbled = row
    if begun - stumbled > MOST_DEATHS:
        _stumble(job, MOST_STUMBLES, f"处理程序在处理中被终止 {begun - stumbled} 次", at)
        return
    try:
        job.kind.run(job.id, at=at)
    except Exception as error:
        log.exception("long job %s stumbled", job.key)
        connection.close()
        _stumble(job, stumbled + 1, f"{type(error).__name__}: {error}"[:500], at)
    else:
        sql.execute(FORGET, {"key": job.key})


def _stumble(job: _Job, times: int, why: str, at: datetime) -> None:
    """Note the failure; after the last one the job's own room is told, and knows from then on.

    The room is told first: killed in between, the worker leaves a job that is tried, or told of, once more.
    """
    if times >= MOST_STUMBLES and job.kind.lay_aside is not None:
        job.kind.lay_aside(job.id, why=why, at=at)
        sql.execute(FORGET, {"key": job.key})
        return
    pause = min(FIRST_PAUSE_SECONDS * 2**times, LONGEST_PAUSE_SECONDS)
    sql.execute(STUMBLED, {"key": job.key, "times": times, "why": why, "pause": pause})


def _locked(job: _Job) -> bool:
    row = sql.one(TRY_LOCK, {"key": job.key})
    return bool(row and row[0])


def _unlock(job: _Job) -> None:
    if connection.connection is None or connection.connection.closed:
        return
    row = sql.one(UNLOCK, {"key": job.key})
    if not (row and row[0]):
        log.warning("long job %s lost its lock on the way: it must not close its connection", job.key)


def worn(limit: int = WORN_BYTES) -> bool:
    """Whether this process has grown beyond `limit` bytes of resident memory."""
    resident = int(Path("/proc/self/statm").read_text().split()[1])
    return resident * os.sysconf("SC_PAGE_SIZE") > limit
