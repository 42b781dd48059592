"""`yichuang work`: the worker that drains the queue, keeps the clock's duties and runs the jobs.

As many workers as wanted, on as many hosts: the drain is one by its lock, each duty one by its lease, a job one by its row.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import click
from django.db import close_old_connections, connection, connections

from yichuang.cases.commands import Lapsed, lapse
from yichuang.cases.commands.transfer import execute_due
from yichuang.effects.chasing import FIRST_HOUR, chase
from yichuang.effects.cli import asleep
from yichuang.effects.cli.draining import PAUSE_AFTER_TROUBLE, drain_for_ever
from yichuang.effects.cli.nightly import FEED_HOUR, feed, recount
from yichuang.effects.cli.publishing import publish
from yichuang.effects.cli.purging import purge_bulk, purge_reported
from yichuang.effects.cli.queues import has_jobs, queues, rest, run_jobs
from yichuang.effects.commands import HEARTBEAT_SECONDS, drain_all, take_back
from yichuang.effects.long_work import sweep, waits, worn
from yichuang.effects.scheduling import Roster, tidy
from yichuang.journal.commands import make_partitions_ahead
from yichuang.kernel import replica, sql
from yichuang.kernel.times import local, local_day
from yichuang.workdays.queries import now

log = logging.getLogger(__name__)
IDLE_SECONDS = 1.0
BREATH_SECONDS = 0.1
LAPSE_SECONDS = 60.0
RECOUNT_SECONDS = 300.0
# At an orderly stop all threads together are given so long.
STOP_SECONDS = 10.0
# At an orderly stop a long job is given so long to come to the end of its batch; it goes on elsewhere from there.
LAST_BATCH_SECONDS = 3.0
NOTHING = Lapsed()
# A worker of long jobs alone sleeps when nothing has waited for so long (see `effects.cli.asleep`).
SLEEPY_SECONDS = 20.0
# A connection costs PostgreSQL some megabytes as long as it stands: who looks once a minute gives it back in between.
SELDOM_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Duty:
    """What the clock asks of one worker of all: how often it is looked at, and whether once a day, from which hour."""

    name: str
    do: Callable[[datetime], object]
    every: float = IDLE_SECONDS
    from_hour: int | None = None


def _publish(at: datetime) -> object:
    told = publish(at=at)
    if told.trouble:
        raise _NotTold(", ".join(told.trouble))
    return told.heads or None


class _NotTold(Exception):
    """A place was not told of heads; the reason is logged already."""


def _lapse(at: datetime) -> object:
    done = lapse(at=at)
    return None if done == NOTHING else done


def _beat(_at: datetime) -> None:
    """Let a replica tell how far it has come; nothing where there is none."""
    if replica.configured():
        replica.beat()


def _wake(_at: datetime) -> None:
    """Call those who do long jobs where one waits; who is awake or at work does not hear it."""
    if waits():
        sql.execute("select pg_notify(%(channel)s, '')", {"channel": asleep.CHANNEL})


DUTIES = (
    Duty("heartbeat", _beat),
    Duty("publish", _publish),
    Duty("wake", _wake),
    Duty("lapse", _lapse, every=LAPSE_SECONDS),
    Duty("partitions", make_partitions_ahead, every=LAPSE_SECONDS, from_hour=0),
    Duty("transfers", lambda at: execute_due(at=at), every=LAPSE_SECONDS, from_hour=0),
    Duty("tidy", lambda _at: tidy(), every=LAPSE_SECONDS, from_hour=3),
    Duty("recount", recount, every=RECOUNT_SECONDS),
    Duty("feed", feed, every=LAPSE_SECONDS, from_hour=FEED_HOUR),
    Duty("purge", lambda at: purge_bulk(at=at), every=LAPSE_SECONDS, from_hour=3),
    Duty("purge-reported", lambda at: purge_reported(at=at), every=LAPSE_SECONDS, from_hour=3),
    Duty("chase", lambda at: chase(at=at), every=LAPSE_SECONDS, from_hour=FIRST_HOUR),
)


def keep(duty: Duty, roster: Roster, at: datetime) -> object:
    """Do the duty if it is this worker's and due; what was done, None for nothing. Errors: whatever the duty raises."""
    if duty.from_hour is None:
        return duty.do(at) if roster.mine(duty.name) else None
    day = local_day(at)
    if local(at).hour < duty.from_hour or not roster.due(duty.name, day):
        return None
    done = duty.do(at)
    roster.done(duty.name, day)
    return done


def keep_for_ever(duty: Duty, roster: Roster, stop: threading.Event) -> None:
    """Keep one duty, beside the drain and the others: what is slow holds up nothing else."""
    pause = IDLE_SECONDS
    while not stop.wait(pause):
        pause = duty.every
        try:
            close_old_connections()
            done = keep(duty, roster, now())
            if duty.every >= SELDOM_SECONDS:
                connections.close_all()
            if done is not None:
                log.info("%s: %s", duty.name, done)
        except _NotTold:
            pause = PAUSE_AFTER_TROUBLE
        except Exception:
            log.exception("the duty %s stumbled; it goes on in a moment", duty.name)
            connection.close()
            pause = max(pause, PAUSE_AFTER_TROUBLE)


def take_back_for_ever(stop: threading.Event) -> None:
    """Every few seconds give back the jobs of workers that were killed. Trouble is logged and tried again."""
    while not stop.wait(HEARTBEAT_SECONDS):
        try:
            close_old_connections()
            found = take_back()
            if found:
                log.warning("%d jobs of a worker that has gone are given back", found)
        except Exception:
            log.exception("giving jobs back stumbled; it goes on in a moment")
            connection.close()


def sweep_for_ever(
    stop: threading.Event, wear: Callable[[], object], sleep: Callable[[], object] | None = None
) -> None:
    """Every second look for long jobs and do them one by one; `wear` is called once the process has grown too large.

    `sleep`, where it is given, is called when nothing has waited for SLEEPY_SECONDS.
    """
    last = time.monotonic()
    while not stop.is_set():
        try:
            close_old_connections()
            done = sweep(at=now())
            last = time.monotonic() if done else last
            if done and worn():
                wear()
                return
            if sleep is not None and time.monotonic() - last >= SLEEPY_SECONDS:
                sleep()
                return
            # A job that ends at once and still waits must not keep the processor busy.
            stop.wait(BREATH_SECONDS if done else IDLE_SECONDS)
        except Exception:
            log.exception("looking for long jobs stumbled; it goes on in a moment")
            connection.close()
            stop.wait(PAUSE_AFTER_TROUBLE)


def duties() -> tuple[Duty, ...]:
    """The duties of this installation: without a replica nobody asks how far one has come."""
    return tuple(duty for duty in DUTIES if duty.do is not _beat or replica.configured())


@click.command(
    help="运行后台工作进程：汇总事实、封账、发送消息、长任务 / Run the worker: drain, seal, jobs, long jobs."
)
@click.option("--queues", "wanted", default="", help="short、long 或队列名，逗号分隔；缺省全部 / which jobs")
@click.option(
    "--drain/--no-drain", "drains", default=True, help="是否汇总、封账并办理定时事务 / drain and keep duties"
)
@click.option(
    "--sleep/--no-sleep",
    "sleeps",
    default=False,
    help="没有长任务时让出内存 / give memory back while nothing waits",
)
def work(wanted: str, drains: bool, sleeps: bool) -> None:
    """Run until SIGTERM or SIGINT."""
    names, sweeps = queues(wanted)
    stop, lives = threading.Event(), NextLife()
    roster = Roster()
    works = has_jobs(names)
    if sleeps and (works or drains or not sweeps):
        raise click.UsageError("只有专做长任务的进程（--queues long --no-drain）可以用 --sleep。")
    threads = _threads(stop, roster, works=works, drains=drains)
    for thread in threads:
        thread.start()
    if sweeps:
        _start_sweeping(stop, lives, sleeps=sleeps)
    try:
        asyncio.run(run_jobs(names) if works else rest())
    finally:
        _stop(stop, threads, roster if drains else None)
    _end(lives)


@dataclass
class NextLife:
    """As what this process goes on when it has come to its end: nothing, itself anew, or asleep."""

    command: tuple[str, ...] = ()
    why: str = ""

    def end(self, command: tuple[str, ...], why: str) -> None:
        """Bring this life to its end, as if we had been told from outside."""
        self.command, self.why = command, why
        os.kill(os.getpid(), signal.SIGTERM)


def _threads(stop: threading.Event, roster: Roster, *, works: bool, drains: bool) -> list[threading.Thread]:
    """What runs beside the jobs; jobs of the dead are given back by those who could do them."""
    threads = []
    if works:
        threads += [threading.Thread(target=take_back_for_ever, args=(stop,), name="leases")]
    if drains:
        threads += [threading.Thread(target=drain_for_ever, args=(stop,), name="drain")]
        threads += [
            threading.Thread(target=keep_for_ever, args=(duty, roster, stop), name=duty.name)
            for duty in duties()
        ]
    return threads


def _start_sweeping(stop: threading.Event, lives: NextLife, *, sleeps: bool) -> None:
    anew = tuple(sys.orig_argv[1:])

    def wear() -> None:
        lives.end(anew, "long jobs have made this process large; it starts anew")

    def sleep() -> None:
        lives.end(("-m", asleep.__name__, *anew), "")

    # It may be in the middle of a file of half a million rows: the process does not wait for it (see `_end`).
    threading.Thread(
        target=sweep_for_ever, args=(stop, wear, sleep if sleeps else None), name="long", daemon=True
    ).start()


def _stop(stop: threading.Event, threads: list[threading.Thread], roster: Roster | None) -> None:
    stop.set()
    # One patience for all: two duties in the midst of a night's work would each be waited for otherwise. What they have not
    # committed is done again (see `_end`).
    end = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    if roster is not None:
        try:
            roster.let_go()
        except Exception:
            log.exception("the duties were not given back; their leases end by themselves")


def _end(lives: NextLife) -> None:
    """Leave at once: what a long job has not committed is undone by the database and done again by the next worker.

    A process that long jobs have made large starts itself anew instead, under the same process id; so does one that goes to sleep.
    """
    for thread in threading.enumerate():
        if thread.name == "long":
            thread.join(LAST_BATCH_SECONDS)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if lives.command:
        if lives.why:
            log.warning(lives.why)
        os.execv(sys.executable, [sys.executable, *lives.command])  # noqa: S606 - ourselves, as we were called
    os._exit(0)


@click.command(help="立即汇总事实并封账，直到队列为空 / Drain the queue of fresh facts until it is empty.")
def drain_now() -> None:
    """Drain what waits; prints how many facts were sealed."""
    at = now()
    sealed = drain_all(at=at)
    told = publish(at=at)
    click.echo(f"已封账 {sealed} 条事实，写出 {told.heads} 个账链末端。")
