"""The queues of jobs: which of them a worker serves, and serving them until it is told to end."""

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import click
from procrastinate import App
from procrastinate.contrib.django import app, utils
from procrastinate.psycopg_connector import PsycopgConnector

from yichuang.effects.cli.fencing import FencedManager
from yichuang.effects.commands import HEARTBEAT_SECONDS, LEASE_SECONDS

log = logging.getLogger(__name__)
LONG_QUEUE = "long"
AT_ONCE = 2
# Beside the jobs the loop looks names of hosts up in them.
SPARE_THREADS = 1
# The library would hold four connections from the start. One waits for work; more are opened when they are wanted, and go.
FEWEST_CONNECTIONS, MOST_CONNECTIONS, UNUSED_SECONDS = 1, 4, 30.0


def queues(wanted: str) -> tuple[list[str] | None, bool]:
    """What `--queues` means: procrastinate's queues (None: all), and whether long jobs are swept.

    Nothing: everything. `short`: every queue but the long one. Else names, separated by commas.
    """
    if not wanted:
        return None, True
    known = {task.queue for task in app.tasks.values()} - {LONG_QUEUE}
    named = {name.strip() for name in wanted.split(",") if name.strip()}
    if "short" in named:
        named = named - {"short"} | known
    strange = named - known - {LONG_QUEUE}
    if strange:
        raise click.BadParameter(
            f"没有队列 {'、'.join(sorted(strange))}；有 short、long、{'、'.join(sorted(known))}。"
        )
    return sorted(named), LONG_QUEUE in named


def has_jobs(names: list[str] | None) -> bool:
    """Whether any job can ever come to these queues (None: all). The long queue has none of its own: its work is swept."""
    return names is None or any(task.queue in names for task in app.tasks.values())


def chosen(names: list[str] | None) -> dict[str, Any]:
    """Every queue is said by saying nothing: an empty list would mean none at all."""
    return {} if names is None else {"queues": names}


def pool() -> PsycopgConnector:
    """The connections of the jobs, of the database of the site."""
    return PsycopgConnector(
        kwargs=utils.connector_params(), min_size=FEWEST_CONNECTIONS, max_size=MOST_CONNECTIONS, max_idle=UNUSED_SECONDS
    )  # fmt: skip


def hands() -> ThreadPoolExecutor:
    """The threads of the jobs: each keeps a connection of its own, and the loop would make as many as it may."""
    return ThreadPoolExecutor(AT_ONCE + SPARE_THREADS, "jobs")


async def rest() -> None:
    """Wait until the process is told to end: without jobs no queue is asked and no connection held for it."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()
    log.info("the worker stops")


def running_app(worker: PsycopgConnector) -> App:
    """The jobs' own application, with connections of its own and every task of the house.

    The tasks stay with the site's application: what the drain puts into the queue goes by the drain's connection and stands or falls with
    its transaction. By the jobs' connections it would be kept whatever became of the drain, and wait for a pool that another thread's
    loop serves, or that is being closed.
    """
    made = App(connector=worker)
    made.tasks = app.tasks
    made.job_manager = FencedManager(worker)
    return made


async def run_jobs(names: list[str] | None) -> None:
    """Do the jobs of these queues until the process is told to end."""
    running, loop = running_app(pool()), asyncio.get_running_loop()
    loop.set_default_executor(hands())
    await running.open_async()
    task = asyncio.ensure_future(
        running.run_worker_async(
            **chosen(names),
            concurrency=AT_ONCE,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=LEASE_SECONDS,
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        log.info("the worker stops")
    finally:
        await running.close_async()
