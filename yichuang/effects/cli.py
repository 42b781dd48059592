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

from yichuang.cases.commands.transfer import execute_due
from yichuang.effects.commands import drain, drain_all
from yichuang.journal.commands import make_partitions_ahead
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import now

log = logging.getLogger(__name__)
IDLE_SECONDS = 1.0
PAUSE_AFTER_TROUBLE = 5.0


def drain_for_ever(stop: threading.Event) -> None:
    """Drain every second; once a day make partitions ahead and carry out the transfers of the day. Trouble is logged and tried again."""
    prepared: date | None = None
    while not stop.is_set():
        try:
            close_old_connections()
            at = now()
            if prepared != local_day(at):
                make_partitions_ahead(at)
                execute_due(at=at)
                prepared = local_day(at)
            stop.wait(0 if drain(at=at) else IDLE_SECONDS)
        except Exception:
            log.exception("the drain stumbled; it goes on in a moment")
            connection.close()
            stop.wait(PAUSE_AFTER_TROUBLE)


@click.command(help="运行后台工作进程：汇总事实、封账、发送消息 / Run the worker: drain, seal, jobs.")
def work() -> None:
    """Run until SIGTERM or SIGINT."""
    stop = threading.Event()
    drainer = threading.Thread(target=drain_for_ever, args=(stop,), name="drain")
    drainer.start()
    try:
        asyncio.run(_run_jobs())
    finally:
        stop.set()
        drainer.join(10)


async def _run_jobs() -> None:
    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    worker = connector.get_worker_connector()
    with app.replace_connector(worker) as running:
        await running.open_async()
        task = asyncio.ensure_future(
            running.run_worker_async(concurrency=2, delete_jobs="successful", install_signal_handlers=False)
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
    click.echo(f"已封账 {drain_all(at=now())} 条事实。")
