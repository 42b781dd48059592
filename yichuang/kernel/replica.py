"""Reading from a streaming replica, where one is configured: figures, search, exports; never what a write is decided from.

`ask` does one piece of reading there: a page (the front door asks so for those of its table) or the reading of a long job.
It is run again on the primary when the replica is away, so a replica that dies costs a moment and no error page. The
primary is asked from the beginning while the replica lags by more than `settings.REPLICA_LAG_SECONDS`, in a request that
may write, and for so long after a visitor's own write.

How far the replica has come is the time of the newest transaction that it has replayed: the worker makes one on the
primary every second, so that a quiet night does not look like a lag, nor a cut wire like a quiet night.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, InternalError, OperationalError, connections
from django.http import HttpRequest, HttpResponseBase

log = logging.getLogger(__name__)
ALIAS = "replica"
# The cookie of a visitor who has written something a moment ago.
FRESH = "fresh"
PROBE_SECONDS = 1.0
AWAY_SECONDS = 2.0
LONGEST_AWAY_SECONDS = 10.0
HEARTBEAT = "select pg_current_xact_id()"
PROBE = """
select pg_is_in_recovery(), moment, extract(epoch from clock_timestamp() - moment)
from (select pg_last_xact_replay_timestamp() as moment) newest
"""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Lag:
    """How the replica stands: everything committed until `as_of` can be seen there, `seconds` ago; None where it is away."""

    as_of: datetime | None
    seconds: float | None
    usable: bool


@dataclass(slots=True)
class _Known:
    lag: Lag = Lag(None, None, usable=False)
    again_at: float = 0.0
    away: float = 0.0


class Writes(Exception):
    """Rows were to be written in a context that reads the replica."""


AWAY = Lag(None, None, usable=False)
_known = _Known()
_probing = threading.Lock()
_reading: ContextVar[Lag | None] = ContextVar("yichuang_replica", default=None)


def configured() -> bool:
    """Whether the installation has a replica."""
    return ALIAS in connections.databases


def alias() -> str:
    """The connection that statements of this context go to."""
    return DEFAULT_DB_ALIAS if _reading.get() is None else ALIAS


def as_of() -> datetime | None:
    """The moment whose state this context reads; None where it reads the primary, which is always now."""
    reading = _reading.get()
    return None if reading is None else reading.as_of


def lag() -> Lag:
    """How the replica stands, asked at most once a second and by one thread; the others take what is known."""
    if time.monotonic() >= _known.again_at and _probing.acquire(blocking=False):
        try:
            _known.lag = _probe()
            _known.away = 0.0
            _known.again_at = time.monotonic() + PROBE_SECONDS
        except (OperationalError, InterfaceError, psycopg.Error) as error:
            _lost(error)
        finally:
            _probing.release()
    return _known.lag


def forget() -> None:
    """Know nothing of the replica; for tests."""
    _known.lag, _known.again_at, _known.away = AWAY, 0.0, 0.0


def beat() -> None:
    """One tiny transaction on the primary, whose time the replica tells when it has replayed it."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(HEARTBEAT)


def ask(work: Callable[[], Answer]) -> Answer:
    """Do a piece of reading on the replica; on the primary where that is away, and again there if it dies in the middle.

    The work must be safe to begin anew. Where it turns out to write (the replica refuses every write), it is begun anew
    on the primary too: what a write is decided from is read there.
    """
    if not configured() or _reading.get() is not None:
        return work()
    found = lag()
    if not found.usable:
        return work()
    token = _reading.set(found)
    try:
        return work()
    except (OperationalError, InterfaceError) as error:
        _heed(error)
    except (Writes, InternalError) as error:
        log.info("asked of the replica, and writes: %s", error)
    finally:
        _reading.reset(token)
    return work()


def may_ask(request: HttpRequest) -> bool:
    """Whether a request may be answered from the replica: it only reads, and who sends it has not just written."""
    return configured() and request.method in ("GET", "HEAD") and not request.COOKIES.get(FRESH)


def remember_write(request: HttpRequest, response: HttpResponseBase) -> None:
    """After a request that may have written: the visitor reads the primary until the replica has surely caught up."""
    if configured() and request.method not in ("GET", "HEAD", "OPTIONS") and hasattr(response, "set_cookie"):
        longest = int(settings.REPLICA_LAG_SECONDS) + 1
        response.set_cookie(
            FRESH, "1", max_age=longest, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )


class Router:
    """Django's router: the ORM follows the context, and nothing may be written in one that reads the replica."""

    def db_for_read(self, _model: Any, **_hints: Any) -> str:
        """Where rows are read."""
        return alias()

    def db_for_write(self, model: Any, **_hints: Any) -> str:
        """Where rows are written. Raises Writes in a context that reads the replica."""
        if _reading.get() is not None:
            raise Writes(model.__name__)
        return DEFAULT_DB_ALIAS

    def allow_relation(self, _one: Any, _other: Any, **_hints: Any) -> bool:
        """Rows of the replica are the primary's."""
        return True

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool:
        """The replica is migrated by its primary."""
        return db != ALIAS


def _probe() -> Lag:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(PROBE)
        recovering, moment, seconds = cursor.fetchone() or (False, None, None)
    if not recovering or moment is None or seconds is None:
        # Promoted, or fresh from the base backup: not a replica that follows us.
        return AWAY
    return Lag(moment, max(0.0, float(seconds)), usable=float(seconds) <= settings.REPLICA_LAG_SECONDS)


def _heed(error: Exception) -> None:
    """A statement that failed on the replica: only a connection that is gone counts against the replica itself."""
    raw = connections[ALIAS].connection
    if raw is None or raw.closed or connections[ALIAS].needs_rollback:
        _lost(error)
    else:
        log.info("asked of the replica in vain: %s", error)


def _lost(error: Exception) -> None:
    """Leave the replica alone for a while, longer each time."""
    log.warning("the replica is left alone for a while: %s", str(error).strip().partition("\n")[0])
    connections[ALIAS].close()
    _known.away = min(max(AWAY_SECONDS, _known.away * 2), LONGEST_AWAY_SECONDS)
    _known.lag, _known.again_at = AWAY, time.monotonic() + _known.away
