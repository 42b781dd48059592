"""The guard of whatever serves or writes: `config.wsgi`, `yichuang work` and every command that writes.

It judges the environment once, and every connection to the database at the moment it is made: a server that was down at
the start, was started again with other settings, or was given new ones later cannot slip through. Importing settings or
running tests asks nothing.
"""

import logging
import sys
from typing import Any, NoReturn, cast

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.utils import OperationalError

from config.refusals import Refusal, weak_database, weak_settings

log = logging.getLogger(__name__)
CODE = 2


class WeakDatabase(OperationalError):
    """The database could lose what it confirms: nothing is read from it or written to it."""


def stand(*, serves: bool = True) -> None:
    """Refuse to go on (exit code 2, one sentence a reason) or watch every connection from now on.

    `serves`: whether secrets and DEBUG matter, or only the database. A database that does not answer yet is judged when
    it does: until then nothing can be written anyway. A process of pytest is not judged: its database is made to be fast.
    """
    if settings.TESTING:
        return
    if serves:
        judge(list(weak_settings(secret(), settings.FOLLOW_SECRET, debug=settings.DEBUG)))
    connection_created.connect(prove, dispatch_uid="yichuang.guard")
    try:
        connection.ensure_connection()
    except WeakDatabase as weak:
        refuse(str(weak))
    except DatabaseError:
        log.warning("the database does not answer yet; it is judged as soon as it does")
    finally:
        connection.close()


def secret() -> str:
    """The secret key; empty where there is none, which Django tells by an exception."""
    try:
        return settings.SECRET_KEY
    except ImproperlyConfigured:
        return ""


def judge(found: list[Refusal]) -> None:
    """Refuse for the reasons that were found; a developer's machine is only warned, and never without a key."""
    if not found:
        return
    said = "\n".join(map(str, found))
    if settings.DEVELOPMENT and secret():
        log.warning("YICHUANG_DEVELOPMENT=1:\n%s", said)
        return
    refuse(said)


def prove(connection: BaseDatabaseWrapper, **_told: Any) -> None:
    """Close a connection just made, and raise WeakDatabase, where its database could lose a confirmed case."""
    raw = cast("psycopg.Connection[Any]", connection.connection)
    found = "\n".join(map(str, weak_database(raw)))
    if not found:
        return
    if settings.DEVELOPMENT:
        log.info("YICHUANG_DEVELOPMENT=1:\n%s", found)
        return
    # Django keeps a connection whose listeners failed: left open, the next question would go through.
    connection.close()
    raise WeakDatabase(found)


def refuse(said: str) -> NoReturn:
    """Say why on standard error and end with code 2."""
    print(said, file=sys.stderr, flush=True)
    sys.exit(CODE)
