"""A worker that was stopped, lost its jobs and woke: what it then says about them no longer counts."""

import logging
from datetime import datetime

from procrastinate import jobs
from procrastinate.manager import JobManager

log = logging.getLogger(__name__)

# Whoever took the job, and how often it had been taken by then, are the fence: both change when it is given back. The row is
# locked first and looked at again after any wait: the library's functions take back what waits, too.
HELD = """
with held as materialized (
    select id from procrastinate_jobs
    where id = %(job_id)s and status = 'doing' and worker_id = %(worker_id)s and attempts = %(attempts)s for update
)
"""
FINISH = f"""{HELD}
select procrastinate_finish_job_v1(id, %(status)s::procrastinate_job_status, %(delete_job)s)::text as done from held
"""  # noqa: S608 - a constant of this file
RETRY = f"""{HELD}
select procrastinate_retry_job_v2(id, coalesce(%(retry_at)s::timestamptz, now()), %(priority)s::integer, %(queue)s::varchar,
                                  %(lock)s::varchar)::text as done from held
"""  # noqa: S608 - a constant of this file


class FencedManager(JobManager):
    """The library's manager; it finishes and puts back only what its worker still holds."""

    async def finish_job(self, job: jobs.Job, status: jobs.Status, delete_job: bool) -> None:
        """Set the job to its final state, unless it was given back meanwhile: then nothing happens."""
        done = await self.connector.execute_query_all_async(
            FINISH, **_held(job), status=status.value, delete_job=delete_job
        )
        _tell(job, bool(done))

    async def retry_job(
        self,
        job: jobs.Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put the job back for later, unless it was given back meanwhile."""
        done = await self.connector.execute_query_all_async(
            RETRY, **_held(job), retry_at=retry_at, priority=priority, queue=queue, lock=lock
        )
        _tell(job, bool(done))


def _held(job: jobs.Job) -> dict[str, int | None]:
    return {"job_id": job.id, "worker_id": job.worker_id, "attempts": job.attempts}


def _tell(job: jobs.Job, done: bool) -> None:
    if not done:
        log.warning("job %s was given to another worker meanwhile; what this one says is not heeded", job.id)
