"""`yichuang work` with one more kind of long job, whose rows are two tables that the test has made."""

import os
import time
from datetime import datetime
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from yichuang.effects import long_work  # noqa: E402
from yichuang.effects.cli import worker  # noqa: E402
from yichuang.kernel import sql  # noqa: E402

BATCH_SECONDS = 0.05
TABLES = """
create table scale_job (id uuid primary key, todo int not null, done int not null default 0);
create table scale_done (job_id uuid, n int, host text not null, primary key (job_id, n));
grant select, insert, update on scale_job, scale_done to {app}
"""


def find_waiting() -> list[UUID]:
    """Jobs with something left to do."""
    return [row[0] for row in sql.rows("select id from scale_job where done < todo order by id")]


def run(job_id: UUID, /, *, at: datetime) -> None:
    """One row a batch: the primary key refuses a row that is done twice."""
    while row := sql.one("select done from scale_job where id = %(id)s and done < todo", {"id": job_id}):
        time.sleep(BATCH_SECONDS)
        sql.execute(
            "with done as (update scale_job set done = done + 1 where id = %(id)s and done = %(done)s returning id) "
            "insert into scale_done select id, %(done)s, %(host)s from done",
            {"id": job_id, "done": row[0], "host": os.environ["SCALE_HOST"]},
        )


if __name__ == "__main__":
    vars(long_work)["LONG"] = (*long_work.LONG, long_work.Long("scale", find_waiting, run))
    worker.work.main([], standalone_mode=True)
