"""The drain's upper half: close a batch, then enqueue the jobs that the table names for the facts of every new seal."""

from datetime import datetime

from django.db import transaction
from procrastinate.types import JSONValue

from yichuang.effects.models import Cursor
from yichuang.effects.table import EFFECTS
from yichuang.journal.queries import head, sealed_of_kinds
from yichuang.kernel import sql
from yichuang.statistics.commands import close_batch

NAME = "effects"
# A worker says every HEARTBEAT_SECONDS that it lives; one that was silent for LEASE_SECONDS has lost its jobs. Together
# with the poll of the next worker a job is never stuck for a minute.
HEARTBEAT_SECONDS = 5.0
LEASE_SECONDS = 20.0
MOST_ATTEMPTS = 8
# A job costs more than what it does for one fact. So many facts of a seal go together.
CHUNK = 200
# What a bulk run or a bulk act did to a case tells nobody by itself: whoever ordered it is told once, when it ends.
BULK = "bulk:"

TAKE_BACK = """
with left_behind as (
    select j.id, j.attempts from procrastinate_jobs j
    left join procrastinate_workers w on w.id = j.worker_id
    where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - make_interval(secs => %(lease)s))
    order by j.id limit 500
    for update of j skip locked
)
select id, case when attempts + 1 >= %(most)s then procrastinate_finish_job_v1(id, 'failed', false)
                else procrastinate_retry_job_v2(id, now(), null, null, null) end::text
from left_behind
"""


def drain(*, at: datetime) -> int:
    """Drain one batch and enqueue what follows from it. How many facts were sealed; 0 when idle."""
    sealed = close_batch(at=at)
    enqueue()
    return sealed


def drain_all(*, at: datetime) -> int:
    """Drain until the queue is empty."""
    total = 0
    while found := drain(at=at):
        total += found
    return total


@transaction.atomic
def enqueue() -> int:
    """Enqueue the jobs of every seal that has not been dealt with; the cursor moves in the same transaction.

    A seal may have been closed by somebody else (a frozen snapshot closes batches too), so the cursor, not the batch,
    says what is left to do. How many jobs.
    """
    Cursor.objects.get_or_create(name=NAME)
    cursor = Cursor.objects.select_for_update().get(name=NAME)
    newest = head().number
    jobs = 0
    for number in range(cursor.seal + 1, newest + 1):
        jobs += _enqueue_seal(number)
    if newest != cursor.seal:
        Cursor.objects.filter(name=NAME).update(seal=newest)
    return jobs


def _enqueue_seal(number: int) -> int:
    wanted: dict[str, list[JSONValue]] = {}
    for subject_id, seq, kind in sealed_of_kinds(number, list(EFFECTS), but_keys=BULK):
        for task in EFFECTS[kind]:
            wanted.setdefault(task.name, []).append([str(subject_id), seq])
    tasks = {task.name: task for each in EFFECTS.values() for task in each}
    jobs = 0
    for name, facts in sorted(wanted.items()):
        chunks: list[dict[str, JSONValue]] = [
            {"facts": facts[start : start + CHUNK]} for start in range(0, len(facts), CHUNK)
        ]
        tasks[name].batch_defer(*chunks)
        jobs += len(chunks)
    return jobs


def take_back(*, lease: float = LEASE_SECONDS) -> int:
    """Give back what workers have taken that have said nothing for `lease` seconds. How many jobs.

    A job that was taken MOST_ATTEMPTS times is laid aside as failed and stays to be seen. Every effect may run twice and
    then does nothing new, so a worker that was only slow does no harm.
    """
    return len(sql.rows(TAKE_BACK, {"lease": lease, "most": MOST_ATTEMPTS}))
