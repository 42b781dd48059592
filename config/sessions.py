"""Sessions as Django keeps them in its table, read in one statement with the account that they stand for.

Nothing that decides is remembered: the row of the session and that of the account are read anew for every page, so a session
that was ended and a right that was taken are gone at once. Remembered is only what follows from a text that has just been
read (what a signed text says), and a guess: whom a key stood for when it was last read, so that both rows can be asked for
together. A guess that is wrong costs a statement and nothing else.
"""

import json
import re
import time
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db import OperationalError, connection

from yichuang.directory.queries import Beside, session_row
from yichuang.kernel.keys import parse_uuid
from yichuang.workdays.queries import real_now

# What Django makes keys of; anything else is no key, and is not looked for.
KEY = re.compile(r"[a-z0-9]{8,40}")
MOST_GUESSES = 20_000
MOST_TEXTS = 5_000
# A connection that has died says so at once; a database that does not answer has already taken the patience there is.
AT_ONCE_SECONDS = 0.5

_guesses: dict[str, UUID] = {}


class SessionStore(db.SessionStore):
    """Django's store of sessions. Its name stands in the signature of what is kept, so it is the same here."""

    # The account that the session was guessed to stand for, as it was read beside the session.
    beside: Beside | None = None

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing for a key that is none, was ended, or is too old."""
        return self._read(None, None)

    def read_for(self, day: date) -> Beside | None:
        """Read the session, and with it the account that it probably stands for on that day: that one. One statement, once."""
        if self.session_key is not None and not hasattr(self, "_session_cache"):
            self._session_cache = self._read(_guesses.get(self.session_key), day)
            self.accessed = True
        return self.beside

    def save(self, must_create: bool = False) -> None:
        """Keep what the session holds; whom it stands for need not be guessed then."""
        super().save(must_create)
        _learn(str(self.session_key), getattr(self, "_session_cache", {}))

    def _read(self, guess: UUID | None, day: date | None) -> dict[str, Any]:
        key = str(self.session_key)
        found = None
        if KEY.fullmatch(key):
            found = _patiently(key, guess, day)
        if found is None:
            _guesses.pop(key, None)
            self._session_key = None
            return {}
        text, self.beside = found
        held = cast("dict[str, Any]", json.loads(_said(text, settings.SECRET_KEY)))
        _learn(key, held)
        return held


def _patiently(key: str, guess: UUID | None, day: date | None) -> tuple[str, Beside | None] | None:
    """The rows; asked once more where the connection has died since it was last used (the database was restarted)."""
    began = time.monotonic()
    try:
        return session_row(key, guess, at=real_now(), on=day)
    except OperationalError:
        raw = connection.connection
        dead = raw is not None and raw.closed and not connection.in_atomic_block
        if not dead or time.monotonic() - began > AT_ONCE_SECONDS:
            raise
        connection.close()
        return session_row(key, guess, at=real_now(), on=day)


def _learn(key: str, held: Mapping[str, Any]) -> None:
    """Guess next time whom the session names now."""
    account = parse_uuid(str(held.get(SESSION_KEY, "")))
    if account is None:
        _guesses.pop(key, None)
        return
    if len(_guesses) >= MOST_GUESSES and key not in _guesses:
        _guesses.clear()
    _guesses[key] = account


@lru_cache(MOST_TEXTS)
def _said(text: str, _secret: str) -> str:
    """What a signed text says, as JSON; an empty object for one that was not signed here. The same text says the same for ever."""
    return json.dumps(SessionStore().decode(text))
