"""The backend itself: a question that the database does not answer in time ends as a lost connection does.

`statement_timeout` bounds the work of a server that lives, `tcp_user_timeout` a wire that is cut. Neither helps where the
other machine still confirms what it receives and never answers (a frozen server, a dead one behind a proxy): there only
the one who waits can give up. Measured: without this a request hung until the other side was awake again.
"""

from types import ModuleType, SimpleNamespace
from typing import Any, cast

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from psycopg import errors
from psycopg.abc import PQGen

Answer = Any


class Impatient(psycopg.Connection[Any]):
    """A connection that closes itself when the database has said nothing for `DATABASE_PATIENCE_SECONDS`.

    `endless`: while it stands, somebody has asked for what takes as long as it takes (`kernel.online`).
    """

    endless = False

    def wait(self, gen: PQGen[Answer], interval: float = 0.1, timeout: float | None = None) -> Answer:
        """Psycopg's one place of waiting. Errors: OperationalError when the time is over, and the connection is closed."""
        patience = None if self.endless else settings.DATABASE_PATIENCE_SECONDS
        try:
            return super().wait(gen, interval, patience if timeout is None else timeout)
        except errors._WaitTimeout:
            self.close()
            if timeout is not None:
                raise
            raise psycopg.OperationalError(
                "the database did not answer in time; the connection is closed"
            ) from None


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper, connecting impatiently."""

    # Django asks this for `connect` and for the names of the exceptions.
    Database = cast("ModuleType", SimpleNamespace(**{**vars(psycopg), "connect": Impatient.connect}))
