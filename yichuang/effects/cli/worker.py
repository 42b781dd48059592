"""`yichuang work`: the worker that drains the queue and runs the jobs."""

import asyncio
import logging
import signal
import threading
from datetime import date

import click
from django.db import close_old_connections, connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from yichuang.cases.commands import Lapsed, lapse
from yichuang.cases.commands.transfer import execute_due
from yichuang.effects.chasing import FIRST_HOUR, chase
from yichuang.effects.cli.fencing import FencedManager
from yichuang.effects.cli.nightly import recount_for_ever
from yichuang.effects.cli.publishing import past_agrees, publish
from yichuang.effects.commands import HEARTBEAT_SECONDS, LEASE_SECONDS, drain, drain_all, take_back
from yichuang.journal.commands import make_partitions_ahead
from yichuang.kernel.times import local, local_day
from yichuang.statistics.commands import BATCH
from yichuang.workdays.queries import now

log = logging.getLogger(__name__)
IDLE_SECONDS = 1.0
PAUSE_AFTER_TROUBLE = 5.0
PAUSE_AFTER_DISAGREEMENT = 30.0
LAPSE_SECONDS = 60.0
NOTHING = Lapsed()


def drain_for_ever(stop: threading.Event) -> None:
    """Drain every second; once a day make partitions ahead and carry out the transfers of the day. Trouble is logged and tried again."""
    prepared: date | None = None
    agreed = False
    while not stop.is_set():
        try:
            close_old_connections()
            at = now()
            # A restored database must not grow another past under numbers that have left the house already.
            agreed = agreed or past_agrees()
            if not agreed:
                stop.wait(PAUSE_AFTER_DISAGREEMENT)
                continue
            if prepared != local_day(at):
                make_partitions_ahead(at)
                execute_due(at=at)
                prepared = local_day(at)
            # A seal a second, and at once only where a whole batch waits: many small seals cost more than one large.
            stop.wait(0 if drain(at=at) >= BATCH else IDLE_SECONDS)
        except Exception:
            log.exception("the drain stumbled; it goes on in a moment")
            connection.close()
            stop.wait(PAUSE_AFTER_TROUBLE)


def publish_for_ever(stop: threading.Event) -> None:
    """Publish new heads every second, beside the drain: a witness that does not answer holds up nothing."""
    while not stop.wait(IDLE_SECONDS):
        try:
            close_old_connections()
            told = publish(at=now())
            stop.wait(PAUSE_AFTER_TROUBLE if told.trouble else 0)
        except Exception:
            log.exception("publishing stumbled; it goes on in a moment")
            connection.close()
            stop.wait(PAUSE_AFTER_TROUBLE)


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


def lapse_for_ever(stop: threading.Event) -> None:
    """Every minute do what the law makes of silence (行政许可法 arts. 32, 50); beside other workers it is safe."""
    pause = IDLE_SECONDS
    while not stop.wait(pause):
        try:
            close_old_connections()
            done = lapse(at=now())
            if done != NOTHING:
                log.info("silence spoke: %s", done)
        except Exception:
            log.exception("doing what silence decides stumbled; it goes on in a minute")
            connection.close()
        pause = LAPSE_SECONDS


def chase_for_ever(stop: threading.Event) -> None:
    """Once a day, in the morning, ask for promised materials and record the silence of departments."""
    chased: date | None = None
    while not stop.wait(LAPSE_SECONDS):
        try:
            close_old_connections()
            at = now()
            if chased != local_day(at) and local(at).hour >= FIRST_HOUR:
                log.info("asked for what was promised: %s", chase(at=at))
                chased = local_day(at)
        except Exception:
            log.exception("asking for what was promised stumbled; it goes on in a minute")
            connection.close()


LOOPS = (
    ("drain", drain_for_ever),
    ("lapse", lapse_for_ever),
    ("publish", publish_for_ever),
    ("leases", take_back_for_ever),
    ("chase", chase_for_ever),
    ("recount", recount_for_ever),
)


@click.command(help="运行后台工作进程：汇总事实、封账、发送消息 / Run the worker: drain, seal, jobs.")
def work() -> None:
    """Run until SIGTERM or SIGINT."""
    stop = threading.Event()
    threads = [threading.Thread(target=target, args=(stop,), name=name) for name, target in LOOPS]
    for thread in threads:
        thread.start()
    try:
        asyncio.run(_run_jobs())
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)


async def _run_jobs() -> None:
    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    worker = connector.get_worker_connector()
    with app.replace_connector(worker) as running:
        await running.open_async()
        running.job_manager = FencedManager(worker)
        task = asyncio.ensure_future(
            running.run_worker_async(
                concurrency=2,
                delete_jobs="successful",
                install_signal_handlers=False,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=LEASE_SECONDS,
            )
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            log.info("the worker stops")
        finally:
            await running.close_async()


@click.command(help="立即汇总事实并封账，直到队列为空 / Drain the queue of fresh facts until it is empty.")
def drain_now() -> None:
    """Drain what waits; prints how many facts were sealed."""
    at = now()
    sealed = drain_all(at=at)
    told = publish(at=at)
    click.echo(f"已封账 {sealed} 条事实，写出 {told.heads} 个账链末端。")
