"""One worker of all hosts does what the clock asks for: each duty is held by a lease in the database.

A lease and not a lock of a connection: a worker that was frozen keeps its locks and does nothing, but not its lease. Each
duty is safe to do twice all the same, because a worker that was frozen may wake in the middle of one.
"""

import os
import socket
import time
from datetime import date
from uuid import uuid4

from yichuang.kernel import sql

LEASE_SECONDS = 15.0
# Where it is known that the lease holds this long still, nothing is asked.
RENEW_BELOW_SECONDS = 7.0

# One statement: whoever gets a row back holds the duty. The database's clock alone decides when a lease has ended.
TAKE = """
insert into effects_duty as d (name, holder, until)
values (%(name)s, %(holder)s, now() + make_interval(secs => %(lease)s))
on conflict (name) do update set holder = excluded.holder, until = excluded.until
where d.holder = excluded.holder or d.until < now()
returning d.done_on
"""
DONE = "update effects_duty set done_on = %(day)s where name = %(name)s and holder = %(holder)s"
TIDY = (
    "delete from effects_counter where until <= now()",
    "delete from django_session where expire_date <= now()",
)
LET_GO = "update effects_duty set until = now() where holder = %(holder)s"


def worker_name() -> str:
    """A name that no other worker process of any host has."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


class Roster:
    """The duties that this worker holds, and until when it need not ask for them again."""

    def __init__(self, holder: str | None = None, lease: float = LEASE_SECONDS) -> None:
        self.holder = holder or worker_name()
        self._lease = lease
        self._until: dict[str, float] = {}
        self._done: dict[str, date | None] = {}

    def mine(self, name: str) -> bool:
        """Whether the duty is this worker's now: taken, renewed, or known to be held long enough."""
        asked = time.monotonic()
        if self._until.get(name, 0.0) - asked > min(RENEW_BELOW_SECONDS, self._lease / 2):
            return True
        row = sql.one(TAKE, {"name": name, "holder": self.holder, "lease": self._lease})
        if row is None:
            self._until.pop(name, None)
            return False
        # Counted from before the question: the database's lease cannot end sooner than ours.
        self._until[name], self._done[name] = asked + self._lease, row[0]
        return True

    def due(self, name: str, day: date) -> bool:
        """Whether a daily duty is this worker's and has not been done on this day yet, by whomever."""
        if not self.mine(name):
            return False
        return self._done[name] != day

    def done(self, name: str, day: date) -> None:
        """Note that the daily duty was done."""
        sql.execute(DONE, {"name": name, "holder": self.holder, "day": day})
        self._done[name] = day

    def let_go(self) -> None:
        """Give every duty back at an orderly stop, so that the next worker need not wait for the lease's end."""
        self._until.clear()
        sql.execute(LET_GO, {"holder": self.holder})


def tidy() -> int:
    """Drop what is over and nobody drops on the way: counted tries, sessions. How many rows."""
    return sum(sql.execute(statement) for statement in TIDY)
