"""R8 in short: what a dead worker had taken is given back, done once, and laid aside when it kills every worker."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import psycopg
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from tests.faults.invariants import Auditor
from yichuang.cases.tests import factories as make
from yichuang.effects import commands, jobs
from yichuang.effects.cli.fencing import FINISH, FencedManager
from yichuang.effects.table import EFFECTS
from yichuang.kernel import sql
from yichuang.notices.models import Message

TASKS = {task.name: task for tasks in EFFECTS.values() for task in tasks} | {
    job.name: job for job in (jobs.deliver_message, jobs.deliver_messages)
}


def a_worker() -> int:
    """A worker that has said that it lives."""
    found = sql.one("insert into procrastinate_workers default values returning id")
    assert found is not None
    return int(found[0])


def take(worker: int) -> list[tuple[int, str, Any]]:
    """Take every job that waits, as a worker does."""
    rows = sql.rows(
        "update procrastinate_jobs set status = 'doing', worker_id = %(worker)s where status = 'todo' "
        "returning id, task_name, args",
        {"worker": worker},
    )
    return [(number, name, json.loads(arguments)) for number, name, arguments in rows]


def silent(worker: int) -> None:
    """It was killed a while ago."""
    statement = (
        "update procrastinate_workers set last_heartbeat = now() - interval '1 minute' where id = %(id)s"
    )
    sql.execute(statement, {"id": worker})


def do(taken: list[tuple[int, str, Any]]) -> None:
    """Do the jobs and say that they are done."""
    for number, name, arguments in taken:
        TASKS[name](**arguments)
        sql.execute("select procrastinate_finish_job_v1(%(id)s, 'succeeded', true)", {"id": number})


@pytest.fixture
def auditor(committed: dict[str, str]) -> Auditor:
    make.filed()
    commands.drain_all(at=make.AT)
    return Auditor(committed["owner"])


def test_jobs_of_a_dead_worker_are_given_back_and_done_once(auditor: Auditor) -> None:
    dead, alive = a_worker(), a_worker()
    found = take(dead)
    # It died after the message was written and before it said so.
    TASKS[found[0][1]](**found[0][2])
    silent(dead)
    assert commands.take_back() == len(found) == 1
    do(take(alive))
    do(take(alive))
    assert auditor.stuck_jobs() == auditor.messages_once() == []
    assert Message.objects.filter(sent_at__isnull=False).count() == Message.objects.count() == 1


def test_without_leases_they_would_be_stuck_for_ever(auditor: Auditor) -> None:
    """The broken variant: nobody gives them back."""
    dead = a_worker()
    take(dead)
    silent(dead)
    assert take(a_worker()) == []
    assert auditor.stuck_jobs()


def test_a_worker_that_lives_keeps_its_jobs(auditor: Auditor) -> None:
    take(a_worker())
    assert commands.take_back() == 0


class Asked:
    """A connector that asks the test's own connection."""

    async def execute_query_all_async(self, query: str, **given: Any) -> list[dict[str, Any]]:
        """The rows."""
        return [{"row": row} for row in await sync_to_async(sql.rows)(query, given)]


def held(worker: int) -> Job:
    """The job as the worker took it, with its fence."""
    rows = sql.rows(
        "select id, queue_name, task_name, attempts from procrastinate_jobs where worker_id = %(id)s",
        {"id": worker},
    )
    ((number, queue, name, attempts),) = rows
    return Job(
        id=number,
        queue=queue,
        lock=None,
        queueing_lock=None,
        task_name=name,
        attempts=attempts,
        worker_id=worker,
    )


def says(manager: JobManager, job: Job, how: str) -> None:
    """What a worker says about its job when it thinks that it is through."""
    if how == "retry":
        async_to_sync(manager.retry_job)(job)
    else:
        async_to_sync(manager.finish_job)(job, Status(how), how == "succeeded")


def standing_jobs() -> list[tuple[str, int]]:
    """The jobs there are: their state, and whose they are."""
    return [tuple(row) for row in sql.rows("select status::text, worker_id from procrastinate_jobs")]


def test_a_worker_that_wakes_after_its_lease_is_not_heeded(
    auditor: Auditor, caplog: pytest.LogCaptureFixture
) -> None:
    sleeper, next_one = a_worker(), a_worker()
    taken = take(sleeper)
    its_job = held(sleeper)
    silent(sleeper)
    assert commands.take_back() == 1
    again = take(next_one)
    fenced = FencedManager(cast("Any", Asked()))
    # It wakes, does what it was about to do, and says so; meanwhile the next one has the job.
    TASKS[taken[0][1]](**taken[0][2])
    for how in ("succeeded", "failed", "retry"):
        says(fenced, its_job, how)
        assert standing_jobs()[0] == ("doing", next_one), how
    # It takes its own job once more: an old word of its does not count for the new turn either.
    TASKS[again[0][1]](**again[0][2])
    heard = len(caplog.records)
    assert heard == 3
    says(fenced, held(next_one), "succeeded")
    assert len(caplog.records) == heard, "who still holds the job is heeded, and told so"
    assert next_one not in {worker for _, worker in standing_jobs()}
    assert auditor.messages_once() == []
    assert Message.objects.count() == 1


def test_a_worker_that_wakes_where_nobody_asks_for_the_fence_is_caught(auditor: Auditor) -> None:
    """The broken variant: the library's own manager lets it end a job that is another's."""
    sleeper, next_one = a_worker(), a_worker()
    take(sleeper)
    its_job = held(sleeper)
    silent(sleeper)
    commands.take_back()
    take(next_one)
    sql.execute("select procrastinate_finish_job_v1(%(id)s, 'failed', false)", {"id": its_job.id})
    assert standing_jobs() != [("doing", next_one)]
    assert auditor.stuck_jobs() == []


# What the fence was at first: the job is judged as it was before the wait, and the function takes what waits, too.
UNLOCKED = (
    "select procrastinate_finish_job_v1(id, %(status)s::procrastinate_job_status, %(delete_job)s)::text "
    "from procrastinate_jobs where id = %(job_id)s and status = 'doing' and worker_id = %(worker_id)s "
    "and attempts = %(attempts)s"
)


@pytest.mark.parametrize(("statement", "left"), [(FINISH, "todo"), (UNLOCKED, "failed")])
def test_a_word_that_meets_the_giving_back_waits_and_is_not_heeded(
    auditor: Auditor, committed: dict[str, str], statement: str, left: str
) -> None:
    """The second is the broken variant: the job that was just given back would be lost."""
    sleeper = a_worker()
    take(sleeper)
    job = held(sleeper)
    given = {
        "job_id": job.id, "worker_id": sleeper, "attempts": job.attempts, "status": "failed", "delete_job": False
    }  # fmt: skip

    def late() -> None:
        with psycopg.connect(committed["owner"]) as woken:
            woken.execute(statement.encode(), given)

    with ThreadPoolExecutor(1) as aside, psycopg.connect(committed["owner"]) as giving:
        giving.execute(
            "update procrastinate_jobs set status = 'todo', worker_id = null where id = %s", [job.id]
        )
        said = aside.submit(late)
        with pytest.raises(TimeoutError):
            said.result(0.3)
        giving.commit()
        said.result(5)
    assert [state for state, _ in standing_jobs()] == [left]


def test_a_job_whose_worker_was_forgotten_is_given_back(auditor: Auditor) -> None:
    dead = a_worker()
    take(dead)
    sql.execute("delete from procrastinate_workers where id = %(id)s", {"id": dead})
    assert commands.take_back() == 1


def test_a_job_that_kills_every_worker_is_laid_aside(auditor: Auditor) -> None:
    for attempt in range(commands.MOST_ATTEMPTS):
        dead = a_worker()
        assert len(take(dead)) == 1, f"attempt {attempt}"
        silent(dead)
        commands.take_back()
    assert sql.rows("select status::text from procrastinate_jobs") == [("failed",)]
    assert auditor.stuck_jobs() == []


def test_a_message_told_twice_is_caught(committed: dict[str, str], auditor: Auditor) -> None:
    """The broken variant: the database does not mind, and a job that runs twice writes twice."""
    with psycopg.connect(committed["owner"]) as owner:
        owner.execute("alter table notices_message drop constraint message_once_a_fact")
    ((_, name, arguments),) = take(a_worker())
    for _ in range(2):
        TASKS[name](**arguments)
    assert auditor.messages_once()
