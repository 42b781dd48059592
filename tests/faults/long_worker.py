"""`yichuang work --queues long`, in small blocks so that there is much to be killed between them; broken where FAULTS_VARIANT says so.

Where it is held (FAULTS_HELD) it does everything but the end of a job, and waits there until it is killed."""

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402

from yichuang.cases.commands import bulk_acts_run, bulk_acts_write  # noqa: E402
from yichuang.effects.cli import worker  # noqa: E402
from yichuang.effects.long_work import sweep  # noqa: E402
from yichuang.intake.commands import bulk_blocks  # noqa: E402
from yichuang.intake.render import bulk_work  # noqa: E402
from yichuang.kernel import sql  # noqa: E402

# Rows or cases of a block; how long a broken worker dreams between its two transactions.
SMALL = 20
DREAM_SECONDS = 0.05


def small_blocks(rows: int = SMALL) -> None:
    """Work in blocks of so many rows, and a quarter as many cases of an act."""
    vars(bulk_work).update(ROWS_AT_ONCE=rows, FEWEST_AT_ONCE=rows, FEWEST_BESIDE=rows)
    vars(bulk_acts_run).update(BLOCK=max(1, rows // 4))


def remembers_first(file_block: Callable[..., Any]) -> Callable[..., Any]:
    """The broken variant of a filing: the place in the file is committed before its cases are."""

    def careless(run: Any, block: Any, *given: Any, **named: Any) -> Any:
        sql.execute(
            "update intake_bulkrun set filed_through = %(through)s where id = %(id)s",
            {"through": block.through, "id": run.pk},
        )
        run.filed_through = block.through
        time.sleep(DREAM_SECONDS)
        return file_block(run, block, *given, **named)

    return careless


def marks_first(write: Callable[..., Any], url: str) -> Callable[..., Any]:
    """The broken variant of a bulk act: its cases are marked as done, in a transaction of their own, before they are."""

    def careless(steps: Any) -> Any:
        with psycopg.connect(url, autocommit=True) as beside:
            beside.execute(
                "update cases_bulkactcase set state = 'done' where case_id = any(%s)",
                [[step.ready.case.id for step in steps]],
            )
        time.sleep(DREAM_SECONDS)
        return write(steps)

    return careless


def broken(variant: str, url: str) -> None:
    """Put the mistake in its place."""
    if variant == "remembers_first":
        vars(bulk_work).update(file_block=remembers_first(bulk_blocks.file_block))
    elif variant == "marks_first":
        vars(bulk_acts_run).update(write=marks_first(bulk_acts_write.write, url))


def wait_for_the_blow(*_given: Any, **_named: Any) -> NoReturn:
    """Stands for the end of a job: there is none before somebody kills the process."""
    while True:
        time.sleep(1)


def hold_ends() -> None:
    """Let no file be said to be checked or filed, and no act to be over: each waits there, an act inside its last transaction."""
    vars(bulk_work).update(finish_check=wait_for_the_blow, end_run=wait_for_the_blow)
    vars(bulk_acts_run).update(_end=wait_for_the_blow)


def for_ever(at: Any, variant: str = "", url: str = "", *, held: bool = False) -> None:
    """Do the waiting long jobs at this moment, as the worker's thread does, until somebody kills the process."""
    small_blocks()
    broken(variant, url)
    if held:
        hold_ends()
    while True:
        if not sweep(at=at):
            time.sleep(0.01)


if __name__ == "__main__":
    small_blocks()
    broken(
        os.environ.get("FAULTS_VARIANT", ""),
        str(settings.DATABASES["default"].get("URL", os.environ["DATABASE_URL"])),
    )
    if os.environ.get("FAULTS_HELD"):
        hold_ends()
    partial(worker.work.main, ["--queues", "long", "--no-drain"], standalone_mode=True)()
