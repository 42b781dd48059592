"""A worker holds few connections: each costs PostgreSQL megabytes for as long as it stands, used or not."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections, transaction
from procrastinate import App
from procrastinate.contrib.django import app

from yichuang.cases.tests import factories as make
from yichuang.effects.cli import queues, worker
from yichuang.effects.cli.fencing import FencedManager
from yichuang.effects.cli.worker import Duty
from yichuang.effects.scheduling import Roster
from yichuang.effects.table import EFFECTS
from yichuang.kernel import replica, sql

ROOT = Path(__file__).resolve().parents[3]
OPEN = (
    "select count(*) from pg_stat_activity where datname = current_database() and application_name = %(name)s"
)
# One listens for jobs, one finishes them; the threads of drain, leases, publishing and waking have one each.
OF_SHORT, OF_LONG, OF_LIBRARY = 6, 1, 4
WORKER = """
import sys, django
django.setup()
from yichuang.effects.cli import worker
worker.work.main(sys.argv[1:], standalone_mode=True)
"""


class Given:
    """Connections that only count how often they are given back."""

    def __init__(self) -> None:
        self.back = 0

    def close_all(self) -> None:
        self.back += 1


def looked(monkeypatch: pytest.MonkeyPatch, every: float) -> int:
    """How often a duty that is looked at so often has given its connections back after its first look."""
    held, stop = Given(), threading.Event()

    def do(_at: datetime) -> None:
        stop.set()

    named = {
        "connections": held,
        "IDLE_SECONDS": 0,
        "now": lambda: make.AT,
        "close_old_connections": lambda: None,
    }
    for name, value in named.items():
        monkeypatch.setattr(worker, name, value)
    roster = SimpleNamespace(mine=lambda _name: True)
    worker.keep_for_ever(Duty("x", do, every=every), roster, stop)  # type: ignore[arg-type]
    return held.back


def test_who_looks_once_a_minute_gives_its_connection_back(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked(monkeypatch, worker.LAPSE_SECONDS) == 1
    assert looked(monkeypatch, worker.RECOUNT_SECONDS) == 1
    assert looked(monkeypatch, worker.IDLE_SECONDS) == 0
    # The broken variant keeps it for the minute.
    monkeypatch.setattr(worker, "SELDOM_SECONDS", float("inf"))
    assert looked(monkeypatch, worker.LAPSE_SECONDS) == 0


def test_trouble_gives_it_back_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    closed, stop = [], threading.Event()

    def do(_at: datetime) -> None:
        stop.set()
        raise OSError

    monkeypatch.setattr(worker, "connection", SimpleNamespace(close=lambda: closed.append(True)))
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    roster = SimpleNamespace(mine=lambda _name: True)
    worker.keep_for_ever(Duty("x", do, every=60.0), roster, stop)  # type: ignore[arg-type]
    assert closed == [True]


def test_without_a_replica_nobody_asks_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [duty.name for duty in worker.duties()]
    assert "heartbeat" not in names
    assert [duty.name for duty in worker.DUTIES if duty.name != "heartbeat"] == names
    monkeypatch.setattr(replica, "configured", lambda: True)
    assert worker.duties() == worker.DUTIES


def test_the_long_queue_has_no_jobs_and_every_other_has() -> None:
    assert not queues.has_jobs(["long"])
    assert not queues.has_jobs([])
    assert queues.has_jobs(None)
    short, _ = queues.queues("short")
    assert short is not None
    assert queues.has_jobs(short)
    assert queues.has_jobs([*short, "long"])
    for name in short:
        assert queues.has_jobs([name])


def test_what_runs_beside_the_jobs_is_asked_by_those_who_can_do_them() -> None:
    stop, roster = threading.Event(), Roster()
    names = {
        (works, drains): [thread.name for thread in worker._threads(stop, roster, works=works, drains=drains)]
        for works in (False, True)
        for drains in (False, True)
    }
    assert names[False, False] == []
    assert names[True, False] == ["leases"]
    duties = [duty.name for duty in worker.duties()]
    assert names[False, True] == ["drain", *duties]
    assert names[True, True] == ["leases", "drain", *duties]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_without_jobs_rests_until_it_is_told(number: signal.Signals) -> None:
    async def rested(told: bool) -> None:
        loop = asyncio.get_running_loop()
        if told:
            loop.call_later(0.02, os.kill, os.getpid(), number)
        await asyncio.wait_for(queues.rest(), 5 if told else 0.1)

    asyncio.run(rested(told=True))
    with pytest.raises(TimeoutError):
        asyncio.run(rested(told=False))


@pytest.mark.django_db
def test_the_jobs_begin_with_one_connection_of_the_site() -> None:
    found = queues.pool()
    told = found._pool_args
    assert (told["min_size"], told["max_size"]) == (1, OF_LIBRARY)
    assert told["max_idle"] < worker.LAPSE_SECONDS
    assert told["kwargs"]["dbname"] == connections["default"].settings_dict["NAME"]
    assert told["kwargs"]["options"] == connections["default"].settings_dict["OPTIONS"]["options"]
    assert queues.AT_ONCE < queues.MOST_CONNECTIONS


def threads_of(hands: ThreadPoolExecutor | None, turns: int = 30) -> int:
    """How many threads have done a job each of whose turns ended before the next was given, two at a time."""
    seen: set[int] = set()

    async def worked() -> None:
        loop = asyncio.get_running_loop()
        if hands is not None:
            loop.set_default_executor(hands)

        def job() -> None:
            seen.add(threading.get_ident())
            time.sleep(0.001)

        for _ in range(turns):
            await asyncio.gather(*(loop.run_in_executor(None, job) for _ in range(8)))

    asyncio.run(worked())
    return len(seen)


def test_the_jobs_have_no_more_threads_than_jobs_and_one() -> None:
    """Each thread of a job keeps a connection. The broken variant is the loop's own executor."""
    assert threads_of(queues.hands()) <= queues.AT_ONCE + queues.SPARE_THREADS == 3
    usual = ThreadPoolExecutor(8)
    assert threads_of(usual) > 3


@contextmanager
def started(urls: dict[str, str], name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker whose connections carry a name."""
    environment = {
        **os.environ, "DATABASE_URL": urls["app"], "DJANGO_SETTINGS_MODULE": "config.settings", "YICHUANG_TOOL": "1",
        "PGAPPNAME": name,
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", WORKER, *arguments], cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def settled(name: str, most: int, seconds: float = 60.0) -> list[int]:
    """The numbers of connections that were seen until there were some and at most so many."""
    seen: list[int] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        row = sql.one(OPEN, {"name": name})
        assert row is not None
        seen.append(row[0])
        # The duties of the minute have been looked at a second after the start.
        if len(seen) > 4 and max(seen) and 0 < seen[-1] <= most and seen[-1] == seen[-2] == seen[-3]:
            return seen
        time.sleep(0.3)
    return seen


def test_workers_hold_few_connections_and_end_when_told(committed: dict[str, str]) -> None:
    # A moment of business to look at; both start at once.
    with (
        started(committed, "short one", "--queues", "short") as short,
        started(committed, "long one", "--queues", "long", "--no-drain") as long,
    ):
        assert settled("long one", OF_LONG)[-1] == OF_LONG
        seen: Any = settled("short one", OF_SHORT)
        assert 2 <= seen[-1] <= OF_SHORT, seen
        for process in (short, long):
            process.terminate()
        for process in (short, long):
            assert process.wait(timeout=20) == 0
    row = sql.one(OPEN, {"name": "short one"})
    assert row is not None
    assert row[0] == 0


async def beside(running: App) -> str:
    """Through what the site itself puts jobs into the queue while these jobs are done."""
    seen: list[str] = []

    async def run_worker_async(**_named: Any) -> None:
        seen.append(type(app.connector).__name__)

    vars(running)["run_worker_async"] = run_worker_async
    await running.run_worker_async()
    return seen[0]


def test_what_the_drain_puts_into_the_queue_goes_by_its_own_connection() -> None:
    """Then it stands or falls with the drain's transaction, and never waits for the pool of the jobs."""
    worker_of_jobs = queues.pool()
    running = queues.running_app(worker_of_jobs)
    assert asyncio.run(beside(running)) == "DjangoConnector"
    assert running.tasks is app.tasks
    assert isinstance(running.job_manager, FencedManager)
    assert running.job_manager.connector is worker_of_jobs


def test_the_jobs_connections_in_its_place_would_be_noticed() -> None:
    """The broken variant: what the worker did before."""
    with app.replace_connector(queues.pool()) as running:
        assert asyncio.run(beside(running)) == "PsycopgConnector"
        vars(running).pop("run_worker_async")


@pytest.mark.django_db
def test_a_drain_that_is_undone_has_put_nothing_into_the_queue() -> None:
    """With the jobs' application made beside it: the queue is asked by the transaction that is undone."""
    queues.running_app(queues.pool())
    task = next(task for tasks in EFFECTS.values() for task in tasks)
    with transaction.atomic():
        task.batch_defer({"facts": []})
        assert sql.one("select count(*) from procrastinate_jobs") == (1,)
        transaction.set_rollback(True)
    assert sql.one("select count(*) from procrastinate_jobs") == (0,)
